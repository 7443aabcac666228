/* SPDX-License-Identifier: MIT */

#include "night/limiter.h"

#include "support/test.h"

#define S UINT64_C(1000000)
#define START (100 * S)

static Limiter open_limiter(int64_t concurrency, int64_t per_minute,
                            const LimiterLearned *learned) {
        LimiterCeilings c = {.concurrency = concurrency, .per_minute = per_minute};
        Limiter l;

        limiter_init(&l, &c, learned, 0, START);
        return l;
}

/* Sends n calls as soon as each may leave, none of which ends; the time of the last. */
static uint64_t send(Limiter *l, uint64_t now, int n) {
        for (int i = 0; i < n; i++) {
                uint64_t wait = limiter_wait(l, now);

                CHECK(wait != UINT64_MAX);
                now += wait;
                CHECK_INT(limiter_wait(l, now), 0);
                limiter_sent(l, now);
        }
        return now;
}

TEST(starts_at_one_a_second_and_grows) {
        Limiter l = open_limiter(0, 0, NULL);
        uint64_t now = send(&l, START, 1);

        CHECK_INT(now, START);
        CHECK_INT(limiter_wait(&l, now), S);
        now = send(&l, now, 100);
        CHECK(l.pace > 3);
        CHECK(now < START + 60 * S);
        CHECK(limiter_learned(&l).per_minute == 0);
}

TEST(a_hint_is_where_it_starts) {
        LimiterCeilings none = {0};
        Limiter l;

        limiter_init(&l, &none, NULL, 5, START);
        (void) send(&l, START, 1);
        CHECK_INT(limiter_wait(&l, START), S / 5);
}

/* A hundred calls that may leave at once leave in one turn of the loop, until one is refused. */
TEST(without_a_refusal_there_is_no_pace) {
        LimiterCeilings wide = {.concurrency = 100};
        Limiter l;

        limiter_init(&l, &wide, NULL, LIMITER_PACE_NONE, START);
        CHECK_INT(send(&l, START, 100), START);
        for (int i = 0; i < 50; i++)
                limiter_ended(&l, START + S, LIMITER_OK, START, -1);
        CHECK_INT(send(&l, START + S, 50), START + S);
        limiter_ended(&l, START + 2 * S, LIMITER_OVERLOADED, START + S, 1000);
        for (int i = 0; i < 50; i++)
                limiter_ended(&l, START + 2 * S, LIMITER_OK, START + S, -1);
        CHECK(send(&l, START + 4 * S, 50) > START + 4 * S);
}

/* Of a hundred at once ten were taken: that is no rate, and what follows begins modestly. */
TEST(refused_at_the_start_it_begins_again) {
        LimiterCeilings wide = {.concurrency = 100};
        Limiter l;

        limiter_init(&l, &wide, NULL, LIMITER_PACE_NONE, START);
        (void) send(&l, START, 100);
        for (int i = 0; i < 90; i++)
                limiter_ended(&l, START + S / 10, LIMITER_REFUSED, START, 1000);
        CHECK(l.limit == 0);
        CHECK(l.pace == 1);
        CHECK_INT(l.in_flight, 10);
        CHECK(limiter_wait(&l, START + S / 10) >= S);
        (void) send(&l, START + 2 * S, 50);
        CHECK(l.pace > 2);
}

/* Nor does a pace end where it is highest: a probe is to tell what that level bears. */
TEST(a_known_limit_has_a_pace_however_high) {
        LimiterLearned learned = {.per_minute = 57000};
        LimiterCeilings wide = {.concurrency = 500};
        uint64_t now = START;
        Limiter l;

        limiter_init(&l, &wide, &learned, LIMITER_PACE_NONE, START);
        for (int i = 0; i < 3000; i++) {
                now = send(&l, now + S / 10, 1);
                limiter_ended(&l, now, LIMITER_OK, now, -1);
        }
        CHECK(l.pace > 940);
        CHECK(send(&l, now, 100) - now > 90 * 1000);
}

TEST(a_declared_concurrency_is_never_passed) {
        LimiterLearned learned = {.per_minute = 6000, .cap = 50};
        Limiter l = open_limiter(3, 0, &learned);
        uint64_t now = send(&l, START, 3);

        CHECK_INT(limiter_wait(&l, now + 1000 * S), UINT64_MAX);
        limiter_ended(&l, now + 1000 * S, LIMITER_OK, START, -1);
        CHECK_INT(limiter_wait(&l, now + 1000 * S), 0);
        l = open_limiter(0, 0, &learned);
        now = send(&l, START, 50);
        CHECK_INT(limiter_wait(&l, now), UINT64_MAX);
}

TEST(a_declared_rate_is_never_passed) {
        LimiterLearned learned = {.per_minute = 6000};
        Limiter l = open_limiter(0, 60, &learned);
        uint64_t now = START, last = 0;

        for (int i = 0; i < 400; i++) {
                now = send(&l, now, 1);
                CHECK(now - last > S); /* also after a pause, and while it probes */
                last = now;
                now += i % 50 == 0 ? 20 * S : 0;
                limiter_ended(&l, now, LIMITER_OK, last, -1);
        }
}

TEST(retry_after_closes_the_gate_for_all) {
        Limiter l = open_limiter(0, 0, NULL);
        uint64_t now = send(&l, START, 4);

        limiter_ended(&l, now, LIMITER_REFUSED, now, 7000);
        CHECK(limiter_wait(&l, now) >= 7 * S);
        CHECK(limiter_wait(&l, now) < 8 * S);
        CHECK(limiter_wait(&l, now + 8 * S) == 0);
        limiter_ended(&l, now, LIMITER_REFUSED, now, INT64_MAX); /* cut to a day */
        CHECK(limiter_wait(&l, now) <= 86401 * S);
}

TEST(without_one_it_waits_longer_each_time) {
        static const uint64_t waits_s[] = {2, 8, 16, 32, 60, 60, 60, 60};
        Limiter l = open_limiter(0, 0, NULL);
        uint64_t now = START;

        for (size_t i = 0; i < ARRAY_LEN(waits_s); i++) {
                CHECK(!limiter_is_dry(&l));
                now = send(&l, now, 1);
                limiter_ended(&l, now, LIMITER_REFUSED, now, -1);
                CHECK(limiter_wait(&l, now) >= waits_s[i] * S);
                CHECK(limiter_wait(&l, now) < (waits_s[i] + 1) * S);
                now += limiter_wait(&l, now);
        }
        now = send(&l, now, 1);
        limiter_ended(&l, now, LIMITER_REFUSED, now, -1);
        CHECK(limiter_is_dry(&l));
        now = send(&l, now, 1);
        limiter_ended(&l, now, LIMITER_OK, now, -1);
        CHECK(!limiter_is_dry(&l));
}

/* Sends one call, which is answered at once. */
static uint64_t accept_one(Limiter *l, uint64_t now) {
        now = send(l, now, 1);
        limiter_ended(l, now, LIMITER_OK, now, -1);
        return now;
}

TEST(a_refusal_with_nothing_accepted_before_it_teaches_nothing) {
        LimiterLearned learned = {.per_minute = 300};
        Limiter l = open_limiter(1, 0, NULL);
        uint64_t now = send(&l, START, 1);

        limiter_ended(&l, now, LIMITER_REFUSED, now, 0);
        CHECK(limiter_learned(&l).per_minute == 0);
        CHECK(limiter_wait(&l, now) < S);
        for (int i = 0; i < 24; i++)
                now = accept_one(&l, now);
        CHECK(now < START + 20 * S);

        l = open_limiter(1, 0, NULL); /* after a slow call, too */
        limiter_sent(&l, START);
        limiter_ended(&l, START + 55 * S, LIMITER_OK, START, -1);
        now = send(&l, START + 55 * S, 1);
        limiter_ended(&l, now, LIMITER_REFUSED, now, 1000);
        CHECK(limiter_learned(&l).per_minute == 0);
        CHECK(limiter_wait(&l, now) < 2 * S);

        l = open_limiter(4, 0, &learned); /* nor does it deny what is known */
        now = send(&l, START, 1);
        limiter_ended(&l, now, LIMITER_REFUSED, now, 1000);
        CHECK(limiter_learned(&l).per_minute == 300);
        CHECK_INT(limiter_learned(&l).cap, 0);
}

TEST(a_limit_of_a_few_calls_is_learned_all_the_same) {
        Limiter l = open_limiter(1, 0, NULL);
        uint64_t now = START;

        for (int i = 0; i < 2; i++) { /* two a minute */
                (void) accept_one(&l, now);
                (void) accept_one(&l, now + S);
                limiter_sent(&l, now + 2 * S);
                limiter_ended(&l, now + 2 * S, LIMITER_REFUSED, now + 2 * S, 28000);
                now += 31 * S;
        }
        CHECK(limiter_learned(&l).per_minute > 1);
        CHECK(limiter_learned(&l).per_minute < 6);
}

TEST(a_faster_pace_holds_at_once) {
        ProviderQuota minute = {.limit = 300, .remaining = 299, .reset_ms = 200};
        LimiterLearned learned = {.per_minute = 1};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = send(&l, START, 1);

        CHECK(limiter_wait(&l, now) > 59 * S);
        limiter_quota_headers(&l, now, &minute, NULL);
        CHECK(limiter_wait(&l, now) < S);
        limiter_ended(&l, now, LIMITER_REFUSED, now, 7000);
        limiter_quota_headers(&l, now, &(ProviderQuota){.limit = 600, .reset_ms = 200}, NULL);
        CHECK(limiter_wait(&l, now) >= 7 * S); /* but a gate stays shut */
}

TEST(a_pace_that_nothing_can_have_taught_is_not_believed) {
        LimiterLearned learned = {.per_minute = 0.1, .cap = 1};
        Limiter l = open_limiter(4, 0, &learned);

        CHECK(send(&l, START, 4) < START + 4 * S);
}

TEST(refused_together_is_one_decision) {
        LimiterLearned learned = {.per_minute = 600};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = START, sent[5];
        double limit;

        for (int i = 0; i < 300; i++) {
                now = send(&l, now, 1);
                sent[i % 5] = now;
        }
        now += S / 10;
        limiter_ended(&l, now, LIMITER_REFUSED, sent[0], -1);
        limit = l.limit;
        CHECK(limit > 4);
        for (int i = 1; i < 5; i++)
                limiter_ended(&l, now + S / 10, LIMITER_REFUSED, sent[i], -1);
        CHECK(l.limit == limit);
        CHECK_INT(l.cap, 0);
        CHECK_INT(l.gates, 1);
}

/* The one that is sent at now is refused at once. */
static uint64_t refuse_one(Limiter *l, uint64_t now, int64_t retry_after_ms) {
        now = send(l, now, 1);
        limiter_ended(l, now, LIMITER_REFUSED, now, retry_after_ms);
        return now;
}

TEST(a_cap_is_found_exactly_and_kept) {
        LimiterLearned learned = {.per_minute = 600};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = START;

        for (int i = 0; i < 20; i++)
                now = send(&l, now, 1);
        now = refuse_one(&l, now + 90 * S, -1); /* no rate of calls can be the reason, but chance */
        CHECK_INT(limiter_learned(&l).cap, 0);
        limiter_ended(&l, now, LIMITER_OK, START, -1);
        now = send(&l, now + 60 * S, 1);
        now = refuse_one(&l, now + S, -1);
        CHECK_INT(limiter_learned(&l).cap, 20);
        CHECK_INT(limiter_wait(&l, now + 30 * S), UINT64_MAX);
        limiter_ended(&l, now, LIMITER_OK, START, -1);
        CHECK_INT(limiter_wait(&l, now + 30 * S), 0);
}

/* The first refusal is taken for a rate, the second at the same height shows that it was none. */
TEST(a_cap_that_looked_like_a_rate) {
        Limiter l = open_limiter(0, 0, NULL);
        uint64_t now = send(&l, START, 20);
        double pace = l.pace;

        now = refuse_one(&l, now, -1);
        CHECK(l.limit > 0 && l.limit < 0.9 * pace);
        limiter_ended(&l, now, LIMITER_OK, START, -1);
        now = send(&l, now + 90 * S, 1);
        (void) refuse_one(&l, now + 90 * S, -1);
        CHECK_INT(l.cap, 20);
        CHECK(l.limit > 0.99 * pace);
}

/* Early in a night, with hardly a call in flight: it was taken for a cap, which held all night. */
TEST(one_refusal_is_no_cap) {
        LimiterLearned learned = {.per_minute = 300};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = send(&l, START, 2);

        now = refuse_one(&l, now, 1000);
        CHECK_INT(l.cap, 0);
        CHECK(l.limit > 4.99);
        now = send(&l, now, 50); /* none of which ends */
        CHECK_INT(l.in_flight, 52);
}

/* Slots give a fiftieth of the rate that was borne yesterday. */
TEST(a_cap_that_cramps_is_doubted_soon) {
        LimiterLearned learned = {.per_minute = 600, .cap = 4};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = START;

        while (l.cap < 100 && now < START + 1200 * S) { /* each call takes 20 s */
                uint64_t sent = now;

                while (limiter_wait(&l, now) != UINT64_MAX)
                        now = send(&l, now, 1);
                now = sent + 20 * S;
                while (l.in_flight > 0)
                        limiter_ended(&l, now, LIMITER_OK, sent, -1);
        }
        CHECK(now < START + 900 * S);
}

/* Whose cap tells no wait tells it of a rate: then the cap stays as it is. */
TEST(a_wait_tells_a_rate_from_a_cap) {
        for (int told = 0; told < 2; told++) {
                LimiterLearned learned = {.per_minute = 60};
                Limiter l = open_limiter(0, 0, &learned);
                uint64_t now = send(&l, START, 20);

                now = refuse_one(&l, now + 90 * S, told ? 1000 : -1);
                limiter_ended(&l, now, LIMITER_OK, START, -1);
                now = send(&l, now + 60 * S, 1);
                now = refuse_one(&l, now + S, told ? 1000 : -1);
                CHECK_INT(l.cap, 20);
                for (int i = 0; i < 60; i++) {
                        limiter_ended(&l, now, LIMITER_OK, now, -1);
                        now = send(&l, now, 1);
                }
                limiter_ended(&l, now, LIMITER_REFUSED, now, 1000);
                CHECK_INT(l.cap, told ? 19 : 20);
        }
}

TEST(who_is_told_a_short_wait_in_vain_waits_longer) {
        static const uint64_t waits_s[] = {1, 1, 1, 2, 4, 8, 16, 32, 60, 60};
        Limiter l = open_limiter(0, 0, NULL);
        uint64_t now = START;

        for (size_t i = 0; i < ARRAY_LEN(waits_s); i++) {
                now = refuse_one(&l, now, 1000);
                CHECK(limiter_wait(&l, now) >= waits_s[i] * S);
                CHECK(limiter_wait(&l, now) < (waits_s[i] + 1) * S);
                now += limiter_wait(&l, now);
        }
}

/* Calls of a pace that is borne, one after the other, for so long. */
static uint64_t run_for(Limiter *l, uint64_t now, uint64_t s) {
        uint64_t end = now + s * S;

        while (now < end)
                now = accept_one(l, now);
        return now;
}

/* A limit that stood for long is cut, and comes back: not step by step. */
TEST(what_stood_before_a_cut_is_tried_again) {
        LimiterLearned learned = {.per_minute = 60};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = run_for(&l, START, 30);

        for (int i = 0; i < 40; i++) /* one in two is refused */
                now = i % 2 ? refuse_one(&l, now, 1000) : accept_one(&l, now);
        CHECK(l.limit < 0.6);
        CHECK(l.before > 0.9);
        now = run_for(&l, now, 180);
        CHECK(l.pace > 0.97);
        (void) run_for(&l, now, 60);
        CHECK(l.before == 0);
}

TEST(operations_hold_their_slot) {
        Limiter l = open_limiter(2, 0, NULL);
        uint64_t now = send(&l, START, 2);

        limiter_ended(&l, now, LIMITER_HELD, START, -1);
        limiter_ended(&l, now, LIMITER_HELD, START, -1);
        CHECK_INT(limiter_wait(&l, now + 600 * S), UINT64_MAX);
        limiter_freed(&l, now + 600 * S);
        CHECK_INT(limiter_wait(&l, now + 600 * S), 0);
        limiter_adopted(&l);
        CHECK_INT(limiter_wait(&l, now + 600 * S), UINT64_MAX);
        limiter_freed(&l, now + 600 * S);
        limiter_freed(&l, now + 600 * S);
        limiter_freed(&l, now + 600 * S); /* one too many does no harm */
        CHECK_INT(l.in_flight, 0);
}

TEST(an_overload_slows_it_down_for_a_while) {
        LimiterLearned learned = {.per_minute = 60};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = send(&l, START, 10);
        double pace = l.pace;

        limiter_ended(&l, now, LIMITER_OVERLOADED, now, 5000);
        CHECK(limiter_wait(&l, now) >= 5 * S);
        CHECK(l.pace > pace * 0.9 && l.pace < pace); /* one alone is no trend */
        now = send(&l, now, 1);
        limiter_ended(&l, now, LIMITER_OVERLOADED, now, 5000);
        CHECK(l.pace < pace * 0.75);
        CHECK(limiter_learned(&l).per_minute == 60);
        for (int i = 0; i < 300; i++) {
                now = send(&l, now, 1);
                limiter_ended(&l, now, LIMITER_OK, now, -1);
        }
        CHECK(l.pace >= pace);
}

TEST(a_clock_that_goes_back_does_no_harm) {
        LimiterLearned learned = {.per_minute = 60};
        Limiter l = open_limiter(0, 0, &learned);
        uint64_t now = send(&l, START, 10);

        limiter_ended(&l, now, LIMITER_REFUSED, now, 3000);
        CHECK(limiter_wait(&l, 0) >= 3 * S); /* as if no time had passed */
        limiter_sent(&l, 0);
        limiter_ended(&l, 0, LIMITER_REFUSED, 0, -1);
        CHECK(limiter_wait(&l, now + 86400 * S) == 0);
}

TEST(unsent_leaves_no_trace_but_the_pace) {
        Limiter l = open_limiter(1, 0, NULL);
        uint64_t now = send(&l, START, 1);

        limiter_unsent(&l);
        CHECK_INT(l.in_flight, 0);
        CHECK_INT(limiter_wait(&l, now + S), 0);
}

TEST(headers_tell_a_minutes_limit) {
        ProviderQuota minute = {.limit = 300, .remaining = 299, .reset_ms = 200};
        ProviderQuota day = {.limit = 200, .remaining = 10, .reset_ms = 3600000};
        ProviderQuota azure = {.limit = 0, .remaining = 0, .reset_ms = 0};
        ProviderQuota spent = {.limit = 30000, .remaining = 0, .reset_ms = 60000};
        Limiter l = open_limiter(0, 0, NULL);

        limiter_quota_headers(&l, START, &day, NULL);
        limiter_quota_headers(&l, START, &azure, &azure);
        limiter_quota_headers(&l, START, NULL, NULL);
        CHECK(limiter_learned(&l).per_minute == 0);
        limiter_quota_headers(&l, START, &minute, NULL);
        CHECK(limiter_learned(&l).per_minute == 300);
        CHECK_INT(limiter_wait(&l, START), 0);
        limiter_quota_headers(&l, START, &minute, &spent);
        CHECK_INT(limiter_wait(&l, START), 3 * S); /* until a twentieth is there again */
        l = open_limiter(0, 120, NULL);
        limiter_quota_headers(&l, START, &minute, NULL);
        CHECK(l.pace <= 2);
}

TEST(nonsense_that_was_kept_is_bounded) {
        static const LimiterLearned kept[] = {
                {-5, -5}, {1e300, INT64_MAX}, {1e-300, 1}, {__builtin_nan(""), 0}};

        for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
                Limiter l = open_limiter(0, 0, &kept[i]);

                (void) send(&l, START, 1);
                CHECK(limiter_wait(&l, START) == UINT64_MAX || limiter_wait(&l, START) <= 600 * S);
        }
}
