/* SPDX-License-Identifier: MIT */

/*
 * Errors of Google, by HTTP status and by the google.rpc details in the body. The body may be an
 * error object, that in an array, a page of HTML or nothing; every member of it may be missing.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/google.h"

enum {
        RETRY_MAX_MS = 24 * 3600 * 1000, /* longer waits are not believed */
};

typedef struct Failure {
        int status;
        const char *message; /* never NULL */
        const Json *details; /* array or NULL */
        char code[RESULT_CODE_MAX];
        int64_t retry_ms; /* -1 = not said */
        bool per_day, spend, no_quota, key_invalid;
} Failure;

static bool says(const char *text, const char *const *words, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcasestr(text, words[i]))
                        return true;
        return false;
}
#define SAYS(text, ...)                                                                            \
        says((text), (const char *const[]){__VA_ARGS__},                                           \
             ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

/* "34.07s" in milliseconds, -1 when it is no duration. */
static int64_t duration_ms(const char *text) {
        char whole[12];
        size_t n = strspn(text, "0123456789"), fraction = 0;
        int64_t seconds, ms = 0;

        if (n == 0 || n >= sizeof whole)
                return -1;
        memcpy(whole, text, n);
        whole[n] = '\0';
        if (parse_int(whole, 0, RETRY_MAX_MS / 1000, &seconds) < 0)
                return -1;
        text += n;
        if (*text == '.') {
                text++;
                for (fraction = strspn(text, "0123456789"), n = 0; n < 3; n++)
                        ms = ms * 10 + (n < fraction ? text[n] - '0' : 0);
                text += fraction;
        }
        return streq(text, "s") ? seconds * 1000 + ms : -1;
}

static void read_violation(const Json *violation, Failure *f) {
        const char *id = json_str(violation, "quotaId");
        const char *metric = json_str(violation, "quotaMetric");
        int64_t value;

        if ((id && SAYS(id, "PerDay")) || (metric && SAYS(metric, "per_day")))
                f->per_day = true;
        if ((id && SAYS(id, "Spend")) || (metric && SAYS(metric, "spend")))
                f->spend = true;
        if (json_int(violation, "quotaValue", &value) && value == 0)
                f->no_quota = true;
}

static void read_detail(const Json *detail, Failure *f) {
        const char *type = json_str(detail, "@type");
        const char *reason = json_str(detail, "reason");
        const char *delay = json_str(detail, "retryDelay");

        if (type && SAYS(type, "QuotaFailure")) {
                const Json *violations = json_get(detail, "violations");

                for (const Json *v = json_first(violations); v; v = json_next(v))
                        read_violation(v, f);
        }
        if (delay)
                f->retry_ms = MAX_OF(f->retry_ms, duration_ms(delay));
        if (reason && SAYS(reason, "API_KEY_INVALID", "API_KEY_EXPIRED"))
                f->key_invalid = true;
}

/* The provider's own word for the error: "status", a code in letters, else the number. */
static void read_code(const Json *error, Failure *f) {
        const char *word = json_str(error, "status");

        if (!word || !*word)
                word = json_str(error, "code");
        if (word && *word && word[strspn(word, "0123456789")] != '\0')
                (void) snprintf(f->code, sizeof f->code, "%s", word);
        else
                (void) snprintf(f->code, sizeof f->code, "HTTP_%d", f->status);
}

static void read_failure(const ProviderReply *reply, int status, const Json *body, Failure *f) {
        const Json *error = json_get(body, "error");

        *f = (Failure){.status = status, .retry_ms = MIN_OF(reply->retry_after_ms, RETRY_MAX_MS)};
        f->message = json_str(error, "message");
        if (!f->message) /* {"error": "text"} */
                f->message = json_text(error);
        if (!f->message)
                f->message = body ? "no message" : "the answer is no JSON";
        read_code(error, f);
        f->details = json_get(error, "details");
        for (const Json *d = json_first(json_is_array(f->details) ? f->details : NULL); d;
             d = json_next(d))
                read_detail(d, f);
        f->per_day = f->per_day || SAYS(f->message, "PerDay", "per day", "daily");
        f->spend = f->spend || SAYS(f->message, "spend");
        f->no_quota =
                f->no_quota || SAYS(f->message, "limit: 0\n", "limit: 0,", "limit: 0.") ||
                (strlen(f->message) >= 8 && streq(f->message + strlen(f->message) - 8, "limit: 0"));
        f->key_invalid = f->key_invalid || SAYS(f->message, "API key not valid", "API key expired",
                                                "API key not found");
}

/* ---- by status ---- */

static void fail(ProviderResult *ret, const Failure *f, Outcome outcome, const char *what) {
        bool retryable = outcome == OUTCOME_TRANSIENT || outcome == OUTCOME_THROTTLED;

        provider_result_set(ret, outcome, retryable, false, f->code, "%s: HTTP %d: %s", what,
                            f->status, f->message);
}

static void bad_request(const Failure *f, ProviderResult *ret) {
        if (f->key_invalid)
                fail(ret, f, OUTCOME_CREDENTIALS, "the provider refused the key");
        else if (streq(f->code, "FAILED_PRECONDITION") &&
                 SAYS(f->message, "billing", "location", "free tier", "country"))
                fail(ret, f, OUTCOME_FUNDS, "the provider wants billing to be enabled");
        else
                fail(ret, f, OUTCOME_REJECTED, "the provider refused the request");
}

static void forbidden(const Failure *f, ProviderResult *ret) {
        if (SAYS(f->message, "billing"))
                fail(ret, f, OUTCOME_FUNDS, "the provider wants billing to be enabled");
        else
                fail(ret, f, OUTCOME_CREDENTIALS, "the provider refused the key");
}

static void not_found(const ProviderJob *job, Failure *f, ProviderResult *ret) {
        bool retired = SAYS(f->message, "no longer available", "retired", "shut down", "deprecated",
                            "discontinued");

        (void) snprintf(f->code, sizeof f->code, "%s", retired ? "MODEL_RETIRED" : "NOT_FOUND");
        provider_result_set(ret, OUTCOME_REJECTED, false, false, f->code,
                            retired ? "model '%s' is retired: change 'model:' in the recipe: "
                                      "HTTP %d: %s"
                                    : "model '%s' was not found: change 'model:' in the recipe: "
                                      "HTTP %d: %s",
                            job->model, f->status, f->message);
}

/* A day's limit wins over a minute's: the seconds that come with it would not help. */
static void throttled(const Failure *f, ProviderResult *ret) {
        if (f->no_quota) {
                fail(ret, f, OUTCOME_REJECTED, "the account has no quota for this model");
                return;
        }
        if (SAYS(f->message, "depleted", "prepay")) {
                fail(ret, f, OUTCOME_FUNDS, "the account is out of credit");
                return;
        }
        if (f->per_day) {
                fail(ret, f, OUTCOME_THROTTLED, "the day's quota is used up");
                ret->throttle = THROTTLE_DAY;
                return;
        }
        fail(ret, f, OUTCOME_THROTTLED,
             f->spend ? "the provider's spend limit is reached" : "too many requests");
        ret->throttle = f->spend ? THROTTLE_SPEND : THROTTLE_MINUTE;
        ret->retry_after_ms = f->retry_ms;
}

/* 499 and 504 are here because they are definite: the provider gave the request up itself. */
static bool status_is_transient(int status) {
        return status == 408 || status == 499 || status >= 500;
}

int google_rpc_status(int64_t code) {
        static const int statuses[] = {
                [1] = 499,  [2] = 500,  [3] = 400,  [4] = 504,  [5] = 404,  [6] = 409,
                [7] = 403,  [8] = 429,  [9] = 400,  [10] = 409, [11] = 400, [12] = 501,
                [13] = 500, [14] = 503, [15] = 500, [16] = 401,
        };

        if (code >= 400 && code <= 599)
                return (int) code;
        return code > 0 && code < (int64_t) ARRAY_LEN(statuses) ? statuses[code] : 500;
}

bool google_speaks_of_safety(const char *message) {
        assert(message);

        return SAYS(message, "Responsible AI", "safety", "usage guidelines", "content polic",
                    "sensitive words", "blocked", "prohibited");
}

void google_denied(const ProviderReply *reply, const Json *body, ProviderResult *ret) {
        const Json *error = json_get(body, "error");
        const char *message = json_str(error, "message");

        assert(reply);
        assert(ret);

        provider_result_poll_denied(ret, json_is_object(error), reply->status,
                                    message ? message : "no message");
}

void google_error(const ProviderJob *job, const ProviderReply *reply, int status, const Json *body,
                  ProviderResult *ret) {
        Failure f;

        assert(job);
        assert(reply);
        assert(ret);

        read_failure(reply, status, body, &f);
        if (status == 400)
                bad_request(&f, ret);
        else if (status == 401)
                fail(ret, &f, OUTCOME_CREDENTIALS, "the provider refused the key");
        else if (status == 402)
                fail(ret, &f, OUTCOME_FUNDS, "the account is out of credit");
        else if (status == 403)
                forbidden(&f, ret);
        else if (status == 404)
                not_found(job, &f, ret);
        else if (status == 429)
                throttled(&f, ret);
        else if (status_is_transient(status)) {
                fail(ret, &f, OUTCOME_TRANSIENT, "the provider failed");
                ret->retry_after_ms = f.retry_ms;
        } else
                fail(ret, &f, OUTCOME_REJECTED, "the provider refused the request");
}
