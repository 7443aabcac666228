/* SPDX-License-Identifier: MIT */

/* Results that are operations: handles a database and a URL can bear, polls that told nothing. */

#include "provider/provider.h"
#include "support/test.h"

TEST(a_handle_is_short_and_printable) {
        char longest[PROVIDER_HANDLE_MAX + 2];
        ProviderResult r;

        memset(longest, 'x', sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';
        provider_result_init(&r);
        CHECK_INT(provider_result_accept(&r, "models/m/operations/1"), 0);
        CHECK_INT(r.outcome, OUTCOME_OPEN);
        CHECK_STR(r.handle, "models/m/operations/1");
        CHECK_INT(provider_result_accept(&r, longest + 1), 0);
        CHECK_INT(strlen(r.handle), PROVIDER_HANDLE_MAX);
        provider_result_done(&r);
        CHECK(!r.handle);
        {
                const char *const bad[] = {NULL, "", "a\nb", "a\x7f", "\xc3\xa9", longest};

                for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                        CHECK_INT(provider_result_accept(&r, bad[i]), -EBADMSG);
                        CHECK_INT(r.outcome, OUTCOME_BROKEN);
                        CHECK(r.billed && !r.retryable && !r.handle);
                        provider_result_done(&r);
                }
        }
}

TEST(a_poll_that_told_nothing) {
        ProviderResult r;

        provider_result_init(&r);
        provider_result_set(&r, OUTCOME_THROTTLED, true, false, "RESOURCE_EXHAUSTED", "slow down");
        r.retry_after_ms = 3000;
        provider_result_poll_trouble(&r);
        CHECK_INT(r.outcome, OUTCOME_OPEN);
        CHECK_INT(r.trouble, OUTCOME_THROTTLED);
        CHECK_STR(r.code, "RESOURCE_EXHAUSTED");
        CHECK_INT(r.retry_after_ms, 3000);
        CHECK(!r.handle);
        provider_result_done(&r);
}
