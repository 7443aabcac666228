/* SPDX-License-Identifier: MIT */

#include "night/retry.h"

/* Full jitter between half and all of base * 2^(n - 1), n = attempts so far. */
static int64_t backoff(int64_t base_ms, int64_t attempts, uint64_t random) {
        int64_t shift = MIN_OF(MAX_OF(attempts - 1, 0), 16);
        int64_t whole = MIN_OF(base_ms << shift, (int64_t) BACKOFF_MAX_MS);

        return whole / 2 + (int64_t) (random % (uint64_t) (whole / 2 + 1));
}

static RetryDecision throttled(const RetryInput *in) {
        const ProviderResult *r = in->result;
        RetryDecision d = {.next = JOB_PLANNED};

        if (r->throttle != THROTTLE_MINUTE || in->throttles >= THROTTLES_IN_A_ROW_MAX ||
            r->retry_after_ms > RETRY_AFTER_MAX_MS)
                d.stop_provider = true;
        else if (r->retry_after_ms >= 0)
                d.gate_ms = r->retry_after_ms + 20;
        else
                d.gate_ms = backoff(2 * in->backoff_base_ms, in->throttles, in->random);
        return d;
}

static RetryDecision unreached(const RetryInput *in) {
        int64_t whole =
                MIN_OF(MAX_OF(in->unreached_ms, in->backoff_base_ms), (int64_t) BACKOFF_MAX_MS);
        RetryDecision d = {.next = JOB_PLANNED};

        if (in->unreached_ms >= in->patience_ms)
                d.stop_provider = true;
        else
                d.gate_ms = whole / 2 + (int64_t) (in->random % (uint64_t) (whole / 2 + 1));
        return d;
}

static RetryDecision again_or_failed(const RetryInput *in, int64_t max_attempts) {
        const ProviderResult *r = in->result;
        RetryDecision d = {.next = JOB_FAILED, .counts = true};

        if (in->attempts >= max_attempts)
                return d;
        d.next = JOB_PLANNED;
        d.delay_ms = backoff(in->backoff_base_ms, in->attempts, in->random);
        if (r->retry_after_ms >= 0)
                d.delay_ms = MIN_OF(r->retry_after_ms, (int64_t) RETRY_AFTER_MAX_MS);
        return d;
}

RetryDecision retry_decide(const RetryInput *in) {
        const ProviderResult *r;

        assert(in);
        assert(in->result);
        r = in->result;
        switch (r->outcome) {
        case OUTCOME_MADE:
                return (RetryDecision){.next = JOB_DONE, .counts = true};
        case OUTCOME_BLOCKED:
                return (RetryDecision){.next = JOB_BLOCKED, .counts = true};
        case OUTCOME_REJECTED:
                return (RetryDecision){.next = JOB_FAILED, .counts = true};
        case OUTCOME_THROTTLED:
                return throttled(in);
        case OUTCOME_TRANSIENT:
                if (in->unreached_ms > 0)
                        return unreached(in);
                return again_or_failed(in, ATTEMPTS_MAX);
        case OUTCOME_BROKEN:
                return again_or_failed(in, r->retryable ? BROKEN_ATTEMPTS_MAX : 0);
        case OUTCOME_UNKNOWN:
                if (retry_after_crash(in->free, in->worst, in->retry_below) == JOB_UNKNOWN)
                        return (RetryDecision){.next = JOB_UNKNOWN, .counts = true};
                return again_or_failed(in, ATTEMPTS_MAX);
        case OUTCOME_CREDENTIALS:
        case OUTCOME_FUNDS:
                return (RetryDecision){.next = JOB_PLANNED, .stop_provider = true};
        case OUTCOME_OPEN:
        case _OUTCOME_MAX:
        case _OUTCOME_INVALID:
                break;
        }
        assert_not_reached();
        return (RetryDecision){.next = JOB_FAILED, .counts = true};
}

JobState retry_after_crash(bool free, Micros worst, Micros retry_below) {
        return !free && worst > 0 && worst >= retry_below ? JOB_UNKNOWN : JOB_FAILED;
}
