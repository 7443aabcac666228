/* SPDX-License-Identifier: MIT */

/*
 * Error answers, in every shape they come in:
 *
 *      {"error": {"message", "type", "code"}}   {"error": "text", "issues": [...]}
 *      {"detail": "text", "error_type"}         {"detail": [{"loc": [...], "msg", "type"}]}
 *      {"message", "code"}   [any of these]     a page of HTML, or nothing
 *
 * Every member may be missing or of another type. What a status means unless a driver knows better
 * is here too.
 */

#include <stdio.h>

#include "provider/driver.h"

enum {
        RETRY_MAX_MS = 24 * 3600 * 1000, /* longer waits are not believed */
        NUMBER_MAX = 10,                 /* digits of one number of a duration */
};

bool text_says(const char *text, const char *const *words) {
        assert(text);
        assert(words);

        for (size_t i = 0; words[i]; i++)
                if (strcasestr(text, words[i]))
                        return true;
        return false;
}

typedef struct Words { /* borrowed from the body, each may be NULL */
        const char *message, *where, *code, *type;
} Words;

/* {"loc": ["body", "prompt"], "msg": "field required", "type": "missing"}: the last of loc is the
 * field. */
static Words read_detail(const Json *detail) {
        const Json *loc = json_get(detail, "loc");
        Words w = {.message = json_str(detail, "msg"), .code = json_str(detail, "type")};

        if (!w.message)
                w.message = json_str(detail, "message");
        for (const Json *l = json_first(json_is_array(loc) ? loc : NULL); l; l = json_next(l))
                w.where = json_text(l) ? json_text(l) : w.where;
        return w;
}

/* {"error": "text", "issues": [{"path": [...], "message": "..."}]} */
static Words read_text_error(const Json *body, const char *text) {
        const Json *issues = json_get(body, "issues");
        const char *issue = json_str(json_is_array(issues) ? json_at(issues, 0) : NULL, "message");

        return (Words){.message = issue ? issue : text, .where = issue ? text : NULL};
}

static Words read_words(const Json *body) {
        const Json *error = json_get(body, "error"), *detail = json_get(body, "detail");

        if (json_is_object(error))
                return (Words){.message = json_str(error, "message"),
                               .code = json_str(error, "code"),
                               .type = json_str(error, "type")};
        if (json_text(error))
                return read_text_error(body, json_text(error));
        if (json_is_array(detail))
                return read_detail(json_at(detail, 0));
        if (json_is_object(detail))
                return read_detail(detail);
        return (Words){.message = json_text(detail) ? json_text(detail) : json_str(body, "message"),
                       .code = json_str(body, "error_type"),
                       .type = json_str(body, "code")};
}

/* ---- "Please try again in 1m2.5s", "Your rate limit resets in ~30s." ---- */

/* Milliseconds of a unit at *p, which moves past it; 0 when there is none. */
static int64_t read_unit(const char **p) {
        static const struct {
                const char *word;
                int64_t ms;
        } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}};

        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
                size_t n = strlen(units[i].word);

                if (strncmp(*p, units[i].word, n) != 0)
                        continue;
                *p += n;
                return units[i].ms;
        }
        return 0;
}

/* One "2.5s" at *p, in milliseconds, rounded up; -1 when there is none. */
static int64_t read_term(const char **p) {
        const char *q = *p;
        int64_t thousandths = 0, unit;
        size_t whole = strspn(q, "0123456789"), fraction = 0;

        if (whole == 0 || whole > NUMBER_MAX)
                return -1;
        for (size_t i = 0; i < whole; i++)
                thousandths = thousandths * 10 + (*q++ - '0');
        if (*q == '.')
                fraction = strspn(++q, "0123456789");
        for (size_t i = 0; i < 3; i++)
                thousandths = thousandths * 10 + (i < fraction ? q[i] - '0' : 0);
        q += fraction;
        unit = read_unit(&q);
        if (unit == 0)
                return -1;
        *p = q;
        if (thousandths >= (int64_t) RETRY_MAX_MS * 1000 / unit)
                return RETRY_MAX_MS;
        return (thousandths * unit + 999) / 1000;
}

/* The wait a sentence asks for; -1 when it asks for none. */
static int64_t wait_said(const char *message) {
        const char *p = strcasestr(message, "try again in "),
                   *q = strcasestr(message, "resets in ");
        int64_t sum = -1;

        if (!p && !q)
                return -1;
        p = p ? p + strlen("try again in ") : q + strlen("resets in ");
        p += *p == '~';
        for (;;) {
                int64_t term = read_term(&p);

                if (term < 0)
                        return sum;
                sum = MIN_OF(MAX_OF(sum, 0) + term, RETRY_MAX_MS);
        }
}

/* Numbers say no more than the HTTP status does. */
static bool is_word(const char *text) {
        return text && text[strspn(text, "0123456789")] != '\0';
}

void error_reply_read(const ProviderReply *reply, const Json *body, ErrorReply *ret) {
        Words w;
        bool own;

        assert(reply);
        assert(ret);

        if (json_is_array(body) && json_length(body) == 1)
                body = json_at(body, 0);
        w = read_words(body);
        own = w.message || w.code || w.type;
        if (!w.message || !*w.message)
                w.message = body ? "no message" : "the answer is no JSON";
        /* An error in a 2xx is a gateway's; nothing in it says more than that something failed. */
        *ret = (ErrorReply){.status = reply->status >= 200 && reply->status < 300 ? 500
                                                                                  : reply->status,
                            .own = own,
                            .retry_ms = MIN_OF(reply->retry_after_ms, RETRY_MAX_MS)};
        (void) snprintf(ret->message, sizeof ret->message, "%s%s%s", w.where ? w.where : "",
                        w.where ? ": " : "", w.message);
        if (ret->retry_ms < 0)
                ret->retry_ms = wait_said(ret->message);
        if (is_word(w.code) || is_word(w.type))
                (void) snprintf(ret->code, sizeof ret->code, "%s",
                                is_word(w.code) ? w.code : w.type);
        else
                (void) snprintf(ret->code, sizeof ret->code, "HTTP_%d", ret->status);
}

void error_reply_set(const ErrorReply *f, Outcome outcome, const char *what, ProviderResult *ret) {
        bool retryable = outcome == OUTCOME_TRANSIENT || outcome == OUTCOME_THROTTLED;

        assert(f);
        assert(what);
        assert(ret);

        provider_result_set(ret, outcome, retryable, false, f->code, "%s: HTTP %d: %s", what,
                            f->status, f->message);
        if (retryable)
                ret->retry_after_ms = f->retry_ms;
}

static void not_found(const ProviderJob *job, const ErrorReply *f, ProviderResult *ret) {
        bool retired = TEXT_SAYS(f->message, "no longer available", "retired", "shut down",
                                 "deprecated", "discontinued", "sunset");

        provider_result_set(ret, OUTCOME_REJECTED, false, false,
                            retired            ? "MODEL_RETIRED"
                            : f->status == 410 ? "GONE"
                                               : "NOT_FOUND",
                            "model '%s' %s: change 'model:' in the recipe: HTTP %d: %s", job->model,
                            retired ? "is retired" : "was not found", f->status, f->message);
}

/* 409, 425, 499 and 504 are among these because they are definite: nothing was made. */
static bool status_is_transient(int status) {
        return status == 408 || status == 409 || status == 425 || status == 499 || status >= 500;
}

static void throttled(const ErrorReply *f, ProviderResult *ret) {
        bool day = TEXT_SAYS(f->message, "per day", "daily", "(RPD)", "(TPD)", "24 hours");

        error_reply_set(f, OUTCOME_THROTTLED,
                        day ? "the day's quota is used up" : "too many requests", ret);
        ret->throttle = day ? THROTTLE_DAY : THROTTLE_MINUTE;
        if (day) /* the seconds that come with it would not help */
                ret->retry_after_ms = -1;
}

void error_reply_by_status(const ProviderJob *job, const ErrorReply *f, ProviderResult *ret) {
        assert(job);
        assert(f);
        assert(ret);

        /* A quota that is used up for good comes as 429, from whoever hosts OpenAI's models, too. */
        if (f->status == 401 || f->status == 403)
                error_reply_set(f, OUTCOME_CREDENTIALS, "the provider refused the key", ret);
        else if (f->status == 402 || streq(f->code, "insufficient_quota"))
                error_reply_set(f, OUTCOME_FUNDS, "the account is out of credit", ret);
        else if (f->status == 404 || f->status == 410)
                not_found(job, f, ret);
        else if (f->status == 429)
                throttled(f, ret);
        else if (status_is_transient(f->status))
                error_reply_set(f, OUTCOME_TRANSIENT, "the provider failed", ret);
        else
                error_reply_set(f, OUTCOME_REJECTED, "the provider refused the request", ret);
}

void error_reply_of_poll(const ProviderJob *job, const ErrorReply *f, ProviderResult *ret) {
        assert(job);
        assert(f);
        assert(ret);

        if (f->status == 404 || f->status == 410) {
                provider_result_poll_denied(ret, f->own, f->status, f->message);
                return;
        }
        error_reply_by_status(job, f, ret);
        provider_result_poll_trouble(ret);
}
