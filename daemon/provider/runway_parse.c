/* SPDX-License-Identifier: MIT */

/*
 * Answers of Runway. A task waits (PENDING, THROTTLED: in line for a place, no error), runs, and ends:
 *
 *      SUCCEEDED   the addresses of its output
 *      FAILED      failureCode: who is to blame, by its beginning; failure: for people
 *      CANCELLED
 *
 * Any other word is one of a task that goes on: only the engine's patience ends it. cost.credits is
 * what was charged, 0 when it was given back.
 */

#include "provider/runway.h"

enum {
        QUOTE_MAX = 240, /* of a failure quoted in a reason */
};

/* ---- errors ---- */

static void read_error(const ProviderJob *job, const ErrorReply *e, ProviderResult *ret) {
        if (TEXT_SAYS(e->message, "enough credits", "insufficient credits"))
                error_reply_set(e, OUTCOME_FUNDS, "the account is out of credit", ret);
        else if (e->status == 400 && TEXT_SAYS(e->message, "moderation", "SAFETY"))
                error_reply_set(e, OUTCOME_BLOCKED, "blocked by the provider's safety filter", ret);
        else
                error_reply_by_status(job, e, ret);
}

/* 0 with the body of a 2xx (an object), 1 when ret says what is wrong. */
static int open_reply(const ProviderJob *job, const ProviderReply *reply, Json **ret_body,
                      ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!reply_is_good(reply)) {
                error_reply_read(reply, body, &e);
                read_error(job, &e, ret);
                return 1;
        }
        *ret_body = TAKE_PTR(body);
        return 0;
}

/* ---- uploads ---- */

static bool slot_is_good(const Json *slot) {
        const char *url = json_str(slot, "uploadUrl"), *uri = json_str(slot, "runwayUri");

        return url && uri && url_may_fetch(url) && strncmp(uri, "runway://", 9) == 0 &&
               json_is_object(json_get(slot, "fields"));
}

/* An upload that is not where it should be is worth another try: nothing was paid. */
static int take_slot(size_t i, Json *body, Json *prepared, ProviderResult *ret) {
        char key[RUNWAY_KEY_MAX];

        if (!slot_is_good(body)) {
                provider_result_set(ret, OUTCOME_TRANSIENT, true, false, "UPLOAD",
                                    "the provider gave no place for an upload");
                return 1;
        }
        runway_slot_key(i, key);
        return json_add(prepared, key, json_copy(body));
}

static int read_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                        ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        char key[RUNWAY_KEY_MAX];
        size_t i = 0;
        RunwayStep step = runway_step(job, prepared, &i);
        int r;

        r = open_reply(job, reply, &body, ret);
        if (r == 0 && step == RUNWAY_ASK)
                return take_slot(i, body, prepared, ret);
        if (r == 0) {
                runway_sent_key(i, key);
                return json_add_bool(prepared, key, true);
        }
        /* The store for uploads is not the provider: what it refuses says nothing of the key. */
        if (r > 0 && step == RUNWAY_SEND && ret->outcome != OUTCOME_THROTTLED)
                provider_result_set(ret, OUTCOME_TRANSIENT, true, false, "UPLOAD",
                                    "a reference could not be uploaded: HTTP %d", reply->status);
        return r;
}

int runway_parse_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                         ProviderResult *ret, Err *err) {
        return driver_parse_prepare(job, reply, prepared, read_prepare, ret, err);
}

/* ---- the task ---- */

static int read_created(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        int r;

        r = open_reply(job, reply, &body, ret);
        return r != 0 ? r : result_accept_id(ret, json_str(body, "id"));
}

int runway_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_created, ret, err);
}

/* What a failureCode means: the first row whose words are in it. `again`: the same request may
 * succeed. */
typedef struct FailureRow {
        const char *words;
        Outcome outcome;
        bool again;
        const char *text;
} FailureRow;

/* clang-format off */
static const FailureRow failures[] = {
        {"SAFETY.INPUT",        OUTCOME_BLOCKED,   false, "the prompt or a reference was blocked by the provider's safety filter"},
        {"SAFETY.OUTPUT",       OUTCOME_BLOCKED,   false, "the result was blocked by the provider's safety filter"},
        {"SAFETY",              OUTCOME_BLOCKED,   false, "blocked by the provider's safety filter"},
        {"ASSET",               OUTCOME_REJECTED,  false, "a reference is not what the model takes"},
        {"INTERNAL.BAD_OUTPUT", OUTCOME_BROKEN,    true,  "the model made nothing of use"},
        {"INTERNAL",            OUTCOME_TRANSIENT, true,  "the provider failed"},
        {"THIRD_PARTY",         OUTCOME_TRANSIENT, true,  "the provider behind the provider failed"},
        {"INPUT_PREPROCESSING", OUTCOME_REJECTED,  false, "the input could not be used"},
};
static const FailureRow failure_unknown =
        {"",                    OUTCOME_BROKEN,    false, "the task failed for a reason this program does not know"};
/* clang-format on */

/* By the most telling of its words: safety wherever it stands, then the beginning. */
static const FailureRow *find_failure(const char *code) {
        if (strstr(code, "SAFETY"))
                for (size_t i = 0; i < ARRAY_LEN(failures); i++)
                        if (strstr(code, failures[i].words))
                                return &failures[i];
        if (strstr(code, ".INTERNAL"))
                return find_failure("INTERNAL");
        for (size_t i = 0; i < ARRAY_LEN(failures); i++)
                if (strncmp(code, failures[i].words, strlen(failures[i].words)) == 0)
                        return &failures[i];
        return &failure_unknown;
}

static void read_cost(const Json *body, ProviderResult *ret) {
        double credits;

        if (json_number(json_get(body, "cost"), "credits", &credits) && credits >= 0)
                ret->credits = credits;
}

/* Whatever was not given back is billed; where nothing is said, blocks are, for their input was read. */
static bool is_billed(const ProviderResult *ret, bool unsaid) {
        return ret->credits >= 0 ? ret->credits > 0 : unsaid;
}

static void read_failed(const Json *body, ProviderResult *ret) {
        const char *code = json_str(body, "failureCode"), *text = json_str(body, "failure");
        const FailureRow *row = find_failure(code ? code : "");
        bool billed =
                is_billed(ret, row->outcome == OUTCOME_BLOCKED || row->outcome == OUTCOME_BROKEN);
        Outcome outcome = row->outcome;
        char quote[QUOTE_MAX] = "";

        if (outcome == OUTCOME_TRANSIENT && billed)
                outcome = OUTCOME_BROKEN;
        if (text)
                text_make_printable(text, quote, sizeof quote);
        provider_result_set(ret, outcome, row->again, billed, code && *code ? code : "FAILED",
                            "%s%s%s%s", row->text, *quote ? ": '" : "", quote, *quote ? "'" : "");
}

static int read_succeeded(const ProviderJob *job, const Json *body, ProviderResult *ret) {
        const Json *output = json_get(body, "output");
        int r;

        for (const Json *o = json_first(json_is_array(output) ? output : NULL);
             o && (int64_t) ret->n_items < MAX_OF(job->want, 1); o = json_next(o)) {
                if (!json_text(o) || !url_may_fetch(json_text(o)))
                        continue;
                r = result_add_url(ret, json_text(o), false, NULL);
                if (r < 0)
                        return r;
        }
        if (ret->n_items > 0)
                provider_result_set(ret, OUTCOME_MADE, false, true, "SUCCEEDED", "%s", "");
        else
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "NO_OUTPUT",
                                    "the task has no output that can be fetched");
        if (job->kind == KIND_IMAGE && ret->n_items > 0)
                ret->images = (int64_t) ret->n_items;
        return 0;
}

static int read_task(const ProviderJob *job, const Json *body, ProviderResult *ret) {
        const char *status = json_str(body, "status");

        read_cost(body, ret);
        if (!status)
                status = "";
        if (streq(status, "SUCCEEDED"))
                return read_succeeded(job, body, ret);
        if (streq(status, "FAILED"))
                read_failed(body, ret);
        else if (streq(status, "CANCELLED"))
                provider_result_set(ret, OUTCOME_REJECTED, false, is_billed(ret, true), status,
                                    "the task was cancelled at the provider");
        else
                ret->outcome = OUTCOME_OPEN;
        return 0;
}

static int read_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                     ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!reply_is_good(reply)) {
                error_reply_read(reply, body, &e);
                error_reply_of_poll(job, &e, ret);
                return 0;
        }
        r = read_task(job, body, ret);
        return r < 0 ? r : result_keep(&ret->request_id, handle);
}

int runway_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ProviderResult *ret, Err *err) {
        return driver_parse_poll(job, handle, reply, read_poll, ret, err);
}
