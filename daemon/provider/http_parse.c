/* SPDX-License-Identifier: MIT */

/*
 * Answers of an API that the settings describe. A 2xx is read by the state it says, if it says one;
 * anything else is an error, in whatever shape. The settings' own words for errors go before what a
 * status would mean; a poll that fails says nothing of the operation, whatever they are.
 */

#include <stdio.h>

#include "provider/http_internal.h"

enum {
        STATE_NONE = -1, /* none is said, or a word that nobody explained */
};

/* A whole number in full, however it is written; any other value as JSON. NULL with 0 for a number
 * that is none: rounded, it would name another. */
static int print_value(const Json *j, char **ret) {
        _cleanup_(json_freep) Json *holder = json_new_object();
        _cleanup_(freep) char *text = NULL;
        int64_t v;

        if (json_add(holder, "v", json_copy(j)) < 0)
                return -ENOMEM;
        if (json_int(holder, "v", &v))
                text = str_printf("%lld", (long long) v);
        else
                text = json_print(j);
        if (!text)
                return -ENOMEM;
        if (!strchr("-0123456789", text[0]) || !text[1 + strspn(text + 1, "0123456789")])
                *ret = TAKE_PTR(text);
        return 0;
}

/* A text, or anything else as JSON. NULL: nothing is there, or a number that is not whole.
 * *owned is to be freed. */
static int text_at(const Json *body, const char *pointer, char **owned, const char **ret) {
        const Json *found = http_pointer_get(body, pointer);
        int r;

        *owned = NULL;
        *ret = json_text(found);
        if (*ret || !found)
                return 0;
        r = print_value(found, owned);
        if (r >= 0 && *owned && !streq(*owned, "null"))
                *ret = *owned;
        return r;
}

static int state_of(const HttpStep *step, const Json *body, int *ret) {
        _cleanup_(freep) char *owned = NULL;
        const char *word;
        int r;

        *ret = STATE_NONE;
        if (!step->state)
                return 0;
        r = text_at(body, step->state, &owned, &word);
        for (size_t i = 0; r >= 0 && word && i < step->n_states; i++)
                if (strcasecmp(step->states[i].word, word) == 0)
                        *ret = (int) step->states[i].outcome;
        return r;
}

/* ---- errors ---- */

static int read_error_text(const HttpSpec *h, const ProviderReply *reply, const Json *body,
                           ErrorReply *ret) {
        _cleanup_(freep) char *message_owned = NULL, *code_owned = NULL;
        const char *message = NULL, *code = NULL;
        int r = 0;

        error_reply_read(reply, body, ret);
        ret->status = reply->status;
        ret->own = json_is_object(body); /* what shape its errors have nobody has to say */
        if (h->error)
                r = text_at(body, h->error, &message_owned, &message);
        if (r >= 0 && h->code)
                r = text_at(body, h->code, &code_owned, &code);
        if (message && *message)
                (void) snprintf(ret->message, sizeof ret->message, "%s", message);
        if (code && *code)
                (void) snprintf(ret->code, sizeof ret->code, "%s", code);
        else if (strncmp(ret->code, "HTTP_", 5) == 0)
                (void) snprintf(ret->code, sizeof ret->code, "HTTP_%d", reply->status);
        return r;
}

/* What the settings say of it; STATE_NONE: nothing. */
static int error_outcome(const HttpSpec *h, const ErrorReply *e) {
        char status[8];

        (void) snprintf(status, sizeof status, "%d", e->status);
        for (size_t i = 0; i < h->n_errors; i++) {
                const char *word = h->errors[i].word;

                if (streq(word, status) || strcasecmp(word, e->code) == 0 ||
                    strcasestr(e->message, word))
                        return (int) h->errors[i].outcome;
        }
        return STATE_NONE;
}

static const char *sentence_of(Outcome outcome) {
        switch (outcome) {
        case OUTCOME_BLOCKED:
                return "blocked by the provider's rules of content";
        case OUTCOME_REJECTED:
                return "the provider refused the request";
        case OUTCOME_THROTTLED:
                return "too many requests";
        case OUTCOME_TRANSIENT:
                return "the provider failed";
        case OUTCOME_CREDENTIALS:
                return "the provider refused the key";
        case OUTCOME_FUNDS:
                return "the account is out of credit";
        case OUTCOME_BROKEN:
        case OUTCOME_UNKNOWN:
                return "the provider made nothing that is of use";
        case OUTCOME_OPEN:
        case OUTCOME_MADE:
        case _OUTCOME_MAX:
        case _OUTCOME_INVALID:
                break;
        }
        assert_not_reached();
        return "";
}

/* `polled`: it was accepted, so that what was blocked may have been made and charged. */
static void set_error(const ErrorReply *e, Outcome outcome, bool polled, ProviderResult *ret) {
        bool good = e->status >= 200 && e->status < 300;

        error_reply_set(e, outcome, sentence_of(outcome), ret);
        ret->billed = outcome == OUTCOME_BROKEN || outcome == OUTCOME_UNKNOWN
                              ? good || polled
                              : polled && outcome == OUTCOME_BLOCKED;
}

static int read_refusal(const ProviderJob *job, const HttpSpec *h, const ProviderReply *reply,
                        const Json *body, bool polled, ProviderResult *ret) {
        ErrorReply e;
        int outcome, r = read_error_text(h, reply, body, &e);

        if (r < 0)
                return r;
        if (polled) {
                error_reply_of_poll(job, &e, ret);
                return 0;
        }
        outcome = error_outcome(h, &e);
        if (outcome == STATE_NONE)
                error_reply_by_status(job, &e, ret);
        else
                set_error(&e, (Outcome) outcome, false, ret);
        return 0;
}

/* A 2xx that says it failed: as the settings' words for errors have it, else as `fallback`. */
static int read_failure(const HttpSpec *h, const ProviderReply *reply, const Json *body,
                        Outcome fallback, bool polled, ProviderResult *ret) {
        ErrorReply e;
        int outcome, r = read_error_text(h, reply, body, &e);

        if (r < 0)
                return r;
        outcome = error_outcome(h, &e);
        set_error(&e, outcome == STATE_NONE ? fallback : (Outcome) outcome, polled, ret);
        return 0;
}

/* ---- results ---- */

typedef struct Taking {
        const ProviderJob *job;
        const HttpSpec *spec;
        size_t n_payloads;
        ProviderResult *ret;
} Taking;

static int take_url(const Taking *t, const char *given) {
        _cleanup_(freep) char *url = http_address(t->job->base_url, given);

        if (!url)
                return -ENOMEM;
        if (!url_may_fetch(url))
                return 0;
        return result_add_url(t->ret, url, url_same_origin(url, t->job->base_url), NULL);
}

static int take_payload(const Taking *t, const char *text) {
        int index = payload_index(text, t->n_payloads);

        return index < 0 ? 0 : result_add_payload(t->ret, index, NULL);
}

static int take_one(const Json *found, void *userdata) {
        const Taking *t = userdata;
        const char *text = json_text(found);
        int r = 0;

        if (!text)
                return 0;
        switch (t->spec->result_type) {
        case HTTP_RESULT_URL:
                r = take_url(t, text);
                break;
        case HTTP_RESULT_BASE64:
                r = take_payload(t, text);
                break;
        case HTTP_RESULT_TEXT:
                r = copy_add(t->job, text, t->ret);
                break;
        case _HTTP_RESULT_MAX:
                assert_not_reached();
        }
        if (r < 0)
                return r;
        return (int64_t) t->ret->n_items >= MAX_OF(t->job->want, 1); /* 1: enough */
}

/* The number that is `found`; -1: none, or absurd. -ENOMEM. */
static int read_number(const Json *found, double *ret) {
        _cleanup_(json_freep) Json *holder = NULL;
        double v;

        *ret = -1;
        if (!found)
                return 0;
        holder = json_new_object();
        if (json_add(holder, "v", json_copy(found)) < 0)
                return -ENOMEM;
        if (json_number(holder, "v", &v) && v >= 0 && v <= INT32_MAX)
                *ret = v;
        return 0;
}

static int keep_usage(const HttpSpec *h, const Json *body, ProviderResult *ret) {
        double v[_HTTP_USAGE_MAX];

        for (int i = 0; i < _HTTP_USAGE_MAX; i++) {
                int r = read_number(http_pointer_get(body, h->usage[i]), &v[i]);

                if (r < 0)
                        return r;
        }
        ret->usd = v[HTTP_USAGE_USD];
        ret->credits = v[HTTP_USAGE_CREDITS];
        ret->seconds = v[HTTP_USAGE_SECONDS];
        ret->images = (int64_t) v[HTTP_USAGE_IMAGES];
        ret->input_tokens = (int64_t) v[HTTP_USAGE_INPUT_TOKENS];
        ret->output_tokens = (int64_t) v[HTTP_USAGE_OUTPUT_TOKENS];
        ret->image_tokens = (int64_t) v[HTTP_USAGE_IMAGE_TOKENS];
        return 0;
}

/* Copy may be one text with all variants, as {{instruction}} asks for: 1, whether or not any of them
 * is of use; 0: each text is one. */
static int take_whole_copy(const Taking *t, const Json *body) {
        const char *text = json_text(http_pointer_get(body, t->spec->results));
        int r;

        if (t->spec->result_type != HTTP_RESULT_TEXT || !text)
                return 0;
        r = copy_take(t->job, text, t->ret);
        return r == 0 ? !streq(t->ret->code, COPY_BAD_JSON) : r;
}

static int take_results(const ProviderJob *job, const HttpSpec *h, const ProviderReply *reply,
                        const Json *body, bool polled, ProviderResult *ret) {
        Taking t = {job, h, reply->n_payloads, ret};
        int r;

        if ((job->kind == KIND_TEXT) != (h->result_type == HTTP_RESULT_TEXT)) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "SETTINGS",
                                    "the provider's 'result_type' was changed: it is not for '%s'",
                                    asset_kind_word(job->kind));
                return 0;
        }
        r = keep_usage(h, body, ret);
        if (r >= 0)
                r = take_whole_copy(&t, body);
        if (r == 0)
                r = http_pointer_each(body, h->results, take_one, &t);
        if (r < 0)
                return r;
        if (ret->n_items == 0)
                return read_failure(h, reply, body, OUTCOME_BROKEN, polled, ret);
        if (job->kind == KIND_IMAGE && ret->images < 0)
                ret->images = (int64_t) ret->n_items;
        provider_result_set(ret, OUTCOME_MADE, false, true, "", "%s", "");
        return 0;
}

/* ---- the steps ---- */

/* "p:" or "f:" and the provider's name for it, which has to be there. */
static int accept(const HttpStep *next, char letter, const char *name, const ProviderJob *job,
                  ProviderResult *ret) {
        _cleanup_(freep) char *handle = NULL, *url = NULL;
        bool address = streq(next->path, "{{handle}}");

        if (name && address) {
                url = http_address(job->base_url, name);
                if (!url)
                        return -ENOMEM;
        }
        if (!name || !*name || streq(name, ".") || streq(name, "..") ||
            (address && !url_same_origin(url, job->base_url)))
                return result_accept(ret, NULL);
        handle = str_printf("%c:%s", letter, name);
        return handle ? result_accept(ret, handle) : -ENOMEM;
}

static int take_handle(const ProviderJob *job, const HttpSpec *h, const ProviderReply *reply,
                       const Json *body, ProviderResult *ret) {
        _cleanup_(freep) char *owned = NULL;
        const char *name;
        int r = text_at(body, h->handle, &owned, &name);

        if (r < 0)
                return r;
        if (!name) {
                ErrorReply e;

                r = read_error_text(h, reply, body, &e);
                if (r >= 0 && error_outcome(h, &e) != STATE_NONE)
                        set_error(&e, (Outcome) error_outcome(h, &e), false, ret);
                else if (r >= 0)
                        r = result_accept(ret, NULL);
                return r;
        }
        return accept(&h->poll, 'p', name, job, ret);
}

static int read_good(const ProviderJob *job, const HttpSpec *h, const HttpStep *step,
                     const char *handle, const ProviderReply *reply, const Json *body,
                     ProviderResult *ret) {
        bool polled = handle != NULL;
        int state, r = state_of(step, body, &state);

        if (r < 0)
                return r;
        if (state > OUTCOME_MADE)
                return read_failure(h, reply, body, (Outcome) state, polled, ret);
        if (state == OUTCOME_MADE && polled && step == &h->poll && h->fetch.method)
                return accept(&h->fetch, 'f', handle, job, ret);
        if (state == OUTCOME_MADE || step == &h->fetch || (!polled && !h->poll.method) ||
            (polled && !step->state && http_pointer_get(body, h->results)))
                return take_results(job, h, reply, body, polled, ret);
        if (!polled)
                return take_handle(job, h, reply, body, ret);
        ret->outcome = OUTCOME_OPEN;
        return 0;
}

static int read_step(const ProviderJob *job, const HttpStep *step, const char *handle,
                     const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        const HttpSpec *h = job->spec->http;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!reply_is_good(reply))
                return read_refusal(job, h, reply, body, handle, ret);
        return read_good(job, h, step, handle, reply, body, ret);
}

/* The settings no longer describe what an answer from before came from. */
static void set_unread(ProviderResult *ret) {
        provider_result_set(ret, OUTCOME_BROKEN, false, true, "NO_SPEC",
                            "the settings do not describe the API any more that this came from");
}

static int read_submitted(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        if (job->spec && job->spec->http)
                return read_step(job, &job->spec->http->submit, NULL, reply, ret);
        set_unread(ret);
        return 0;
}

int http_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err) {
        return driver_parse(job, reply, read_submitted, ret, err);
}

static int read_polled(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                       ProviderResult *ret) {
        const HttpSpec *h = job->spec ? job->spec->http : NULL;

        if (!h || strnlen(handle, 3) < 3) {
                set_unread(ret);
                return 0;
        }
        return read_step(job, *handle == 'f' ? &h->fetch : &h->poll, handle + 2, reply, ret);
}

int http_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                    ProviderResult *ret, Err *err) {
        return driver_parse_poll(job, handle, reply, read_polled, ret, err);
}
