/* SPDX-License-Identifier: MIT */

#include "night/retry.h"

#include "support/test.h"

static RetryDecision decide(Outcome outcome, bool retryable, int64_t attempts, Micros worst) {
        ProviderResult r;
        RetryInput in = {
                .result = &r,
                .attempts = attempts,
                .throttles = 1,
                .worst = worst,
                .retry_below = 100000,
                .random = 12345,
                .backoff_base_ms = 1000,
        };

        provider_result_init(&r);
        r.outcome = outcome;
        r.retryable = retryable;
        return retry_decide(&in);
}

TEST(made_is_done) {
        CHECK_INT(decide(OUTCOME_MADE, false, 1, 0).next, JOB_DONE);
}

TEST(blocked_is_never_sent_again) {
        CHECK_INT(decide(OUTCOME_BLOCKED, true, 1, 0).next, JOB_BLOCKED);
        CHECK(!decide(OUTCOME_BLOCKED, true, 1, 0).stop_provider);
}

TEST(rejected_fails_at_once) {
        CHECK_INT(decide(OUTCOME_REJECTED, true, 1, 0).next, JOB_FAILED);
}

TEST(transient_is_tried_a_bounded_number_of_times) {
        for (int64_t n = 1; n < ATTEMPTS_MAX; n++) {
                RetryDecision d = decide(OUTCOME_TRANSIENT, true, n, 0);

                CHECK_INT(d.next, JOB_PLANNED);
                CHECK(d.counts);
                CHECK(d.delay_ms >= 500 << (n - 1));
                CHECK(d.delay_ms <= 1000 << (n - 1));
        }
        CHECK_INT(decide(OUTCOME_TRANSIENT, true, ATTEMPTS_MAX, 0).next, JOB_FAILED);
}

TEST(while_nobody_is_reached_no_attempt_is_spent) {
        ProviderResult r;
        RetryInput in = {
                .result = &r, .attempts = ATTEMPTS_MAX, .patience_ms = 600000, .random = 12345};
        int64_t tries = 0;

        provider_result_init(&r);
        r.outcome = OUTCOME_TRANSIENT;
        in.backoff_base_ms = BACKOFF_BASE_MS;
        for (in.unreached_ms = 1; in.unreached_ms < in.patience_ms; tries++) {
                RetryDecision d = retry_decide(&in);

                CHECK_INT(d.next, JOB_PLANNED);
                CHECK(!d.counts && !d.stop_provider);
                CHECK(d.gate_ms >= BACKOFF_BASE_MS / 2 && d.gate_ms <= BACKOFF_MAX_MS);
                in.unreached_ms += d.gate_ms;
        }
        CHECK(tries > 10 && tries < 40);
        CHECK(retry_decide(&in).stop_provider);
        CHECK_INT(retry_decide(&in).next, JOB_PLANNED);
        CHECK(!retry_decide(&in).counts);
}

TEST(broken_is_tried_once_more_if_that_may_help) {
        CHECK_INT(decide(OUTCOME_BROKEN, true, 1, 0).next, JOB_PLANNED);
        CHECK_INT(decide(OUTCOME_BROKEN, true, BROKEN_ATTEMPTS_MAX, 0).next, JOB_FAILED);
        CHECK_INT(decide(OUTCOME_BROKEN, false, 1, 0).next, JOB_FAILED);
}

TEST(unknown_is_sent_again_only_when_cheap) {
        CHECK_INT(decide(OUTCOME_UNKNOWN, true, 1, 99999).next, JOB_PLANNED);
        CHECK_INT(decide(OUTCOME_UNKNOWN, true, 1, 100000).next, JOB_UNKNOWN);
        CHECK_INT(decide(OUTCOME_UNKNOWN, true, ATTEMPTS_MAX, 99999).next, JOB_FAILED);
        CHECK_INT(retry_after_crash(false, 99999, 100000), JOB_FAILED);
        CHECK_INT(retry_after_crash(false, 100000, 100000), JOB_UNKNOWN);
        CHECK_INT(retry_after_crash(true, 100000, 100000), JOB_FAILED);
        CHECK_INT(retry_after_crash(false, 0, 0), JOB_FAILED); /* its price is nothing */
        CHECK_INT(retry_after_crash(false, 1, 0), JOB_UNKNOWN);
}

TEST(a_bad_key_and_empty_funds_stop_the_provider_but_not_the_job) {
        static const Outcome both[] = {OUTCOME_CREDENTIALS, OUTCOME_FUNDS};

        for (size_t i = 0; i < ARRAY_LEN(both); i++) {
                RetryDecision d = decide(both[i], false, 1, 0);

                CHECK(d.stop_provider);
                CHECK(!d.counts);
                CHECK_INT(d.next, JOB_PLANNED);
        }
}

TEST(throttling_costs_no_attempt_and_honours_the_wait) {
        ProviderResult r;
        RetryInput in = {.result = &r, .attempts = 1, .throttles = 1, .backoff_base_ms = 1000};
        RetryDecision d;

        provider_result_init(&r);
        r.outcome = OUTCOME_THROTTLED;
        r.retry_after_ms = 34070;
        d = retry_decide(&in);
        CHECK_INT(d.next, JOB_PLANNED);
        CHECK(!d.counts);
        CHECK(!d.stop_provider);
        CHECK_INT(d.gate_ms, 34090);
        r.retry_after_ms = -1;
        d = retry_decide(&in);
        CHECK(d.gate_ms >= 1000 && d.gate_ms <= 2000);
        in.throttles = THROTTLES_IN_A_ROW_MAX;
        CHECK(retry_decide(&in).stop_provider);
        in.throttles = 1;
        r.throttle = THROTTLE_DAY;
        CHECK(retry_decide(&in).stop_provider);
        r.throttle = THROTTLE_MINUTE;
        r.retry_after_ms = RETRY_AFTER_MAX_MS + 1;
        CHECK(retry_decide(&in).stop_provider);
}
