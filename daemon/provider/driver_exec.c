/* SPDX-License-Identifier: MIT */

/*
 * A command of one's own as a provider. It reads the job as JSON from its standard input, leaves
 * files in its working folder, and may say more as JSON on its standard output:
 *
 *      in    {"schema": 1, "kind", "model", "prompt", "params": {}, "references": [PATH],
 *             "want", "max_chars", "seed"}
 *      out   {"files": ["a.png"], "variants": ["copy"], "outcome", "code", "reason", "retry_after",
 *             "usd", "model", "request_id", "usage", "seconds", "credits", "images", "input_tokens",
 *             "output_tokens", "image_tokens"}
 *
 * Every member of the answer may be missing: without `outcome` the exit code tells it, without
 * `files` what lies in the folder is the result. A failure that is in no table may have cost what it
 * would have cost had it worked.
 */

#include <stdio.h>

#include "provider/driver.h"

enum {
        EXEC_REFERENCES_MAX = 16,
        EXIT_CODE_MAX = 255,
        RETRY_SECONDS_MAX = 24 * 3600,
};
#define USD_MAX 1e6
#define SEED_MASK ((INT64_C(1) << 53) - 1) /* numbers of JSON are exact so far */

/* ---- the job ---- */

static int add_references(const ProviderJob *job, Json *input) {
        Json *list = json_add_array(input, "references");
        int r = list ? 0 : -ENOMEM;

        for (size_t i = 0; i < job_n_references(job) && r >= 0; i++)
                r = json_push(list, json_new_string(job->references->items[i]));
        return r;
}

static int build_input(const ProviderJob *job, char **ret) {
        const struct {
                const char *key, *text;
        } texts[] = {{"kind", asset_kind_word(job->kind)},
                     {"model", job->model},
                     {"prompt", job->prompt}};
        const struct {
                const char *key;
                int64_t number;
        } numbers[] = {{"schema", 1},
                       {"want", MAX_OF(job->want, 1)},
                       {"max_chars", job->max_chars},
                       {"seed", job->seed & SEED_MASK}};
        _cleanup_(json_freep) Json *input = json_new_object();
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(texts) && r >= 0; i++)
                r = json_add_str(input, texts[i].key, texts[i].text);
        for (size_t i = 0; i < ARRAY_LEN(numbers) && r >= 0; i++)
                r = json_add_int(input, numbers[i].key, numbers[i].number);
        if (r >= 0)
                r = json_add(input, "params",
                             job->params ? json_copy(job->params) : json_new_object());
        if (r >= 0)
                r = add_references(job, input);
        *ret = r < 0 ? NULL : json_print(input);
        return *ret ? 0 : -ENOMEM;
}

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_RUN};
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        if (!job->spec || !job->spec->exec)
                return err_set(err, -EINVAL, "the settings name no command: add 'exec'");
        r = job_check_references(job, EXEC_REFERENCES_MAX, err);
        if (r >= 0 && job->kind == KIND_TEXT)
                r = copy_check_want(job, err);
        if (r < 0)
                return r;
        if (build_input(job, &call.run.input) < 0)
                return err_errno(err, -ENOMEM, "cannot write the job");
        call.run.spec = job->spec->exec;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- how it ended ---- */

typedef struct Ran {
        int64_t exit;
        const Json *files, *said; /* of the envelope; said NULL: nothing, or no object */
        const char *complained;
} Ran;

/* Exit codes with a meaning, as in sysexits.h. */
static Outcome outcome_of_exit(int64_t code) {
        switch (code) {
        case 0:
                return OUTCOME_MADE;
        case 64: /* EX_USAGE */
        case 65: /* EX_DATAERR */
                return OUTCOME_REJECTED;
        case 69: /* EX_UNAVAILABLE */
        case 75: /* EX_TEMPFAIL */
                return OUTCOME_TRANSIENT;
        case 77: /* EX_NOPERM */
        case 78: /* EX_CONFIG */
                return OUTCOME_CREDENTIALS;
        default:
                return OUTCOME_BROKEN;
        }
}

/* What the command says goes before its exit code; it may not say that it made something and fail.
 */
static Outcome outcome_of(const Ran *ran, bool *ret_known) {
        const char *word = json_str(ran->said, "outcome");
        Outcome said = word ? outcome_from_word(word) : _OUTCOME_INVALID;

        *ret_known = !json_get(ran->said, "outcome") || said > OUTCOME_OPEN;
        if (said <= OUTCOME_OPEN || (said == OUTCOME_MADE && ran->exit != 0))
                return outcome_of_exit(ran->exit);
        return said;
}

/* The last line of its standard error, which is where commands say why. */
static const char *last_line(const char *text) {
        const char *line = text;

        for (const char *p = text; *p; p++)
                if (*p == '\n' && p[1 + strspn(p + 1, " \t\r\n")])
                        line = p + 1;
        return line;
}

static double said_number(const Json *said, const char *key, double max) {
        double v;

        return json_number(said, key, &v) && v >= 0 && v <= max ? v : -1;
}

static int keep_usage(const Json *said, ProviderResult *ret) {
        int r;

        ret->usd = said_number(said, "usd", USD_MAX);
        ret->seconds = said_number(said, "seconds", INT32_MAX);
        ret->credits = said_number(said, "credits", INT32_MAX);
        ret->images = usage_count(said, "images");
        ret->input_tokens = usage_count(said, "input_tokens");
        ret->output_tokens = usage_count(said, "output_tokens");
        ret->image_tokens = usage_count(said, "image_tokens");
        r = result_keep(&ret->model_returned, json_str(said, "model"));
        if (r >= 0)
                r = result_keep(&ret->request_id, json_str(said, "request_id"));
        return r < 0 ? r : result_keep_usage(ret, json_get(said, "usage"));
}

/* A refusal costs nothing unless the command says so; what it made, made badly or may have made
 * does. */
static bool is_billed(Outcome outcome, double usd) {
        if (usd >= 0)
                return usd > 0;
        return outcome == OUTCOME_MADE || outcome == OUTCOME_BROKEN || outcome == OUTCOME_UNKNOWN;
}

static void set_failure(const Ran *ran, Outcome outcome, ProviderResult *ret) {
        bool again = outcome == OUTCOME_TRANSIENT || outcome == OUTCOME_THROTTLED;
        const char *code = json_str(ran->said, "code"), *reason = json_str(ran->said, "reason"),
                   *window = json_str(ran->said, "quota");
        double wait = said_number(ran->said, "retry_after", RETRY_SECONDS_MAX);
        char exit_code[24];

        (void) snprintf(exit_code, sizeof exit_code, "EXIT_%lld", (long long) ran->exit);
        if (!reason || !*reason)
                reason = *ran->complained ? last_line(ran->complained) : "it did not say why";
        provider_result_set(ret, outcome, again, is_billed(outcome, ret->usd),
                            code && *code ? code : exit_code, "the command ended with %lld: %s",
                            (long long) ran->exit, reason);
        if (again)
                ret->retry_after_ms = wait < 0 ? -1 : (int64_t) (wait * 1000);
        if (outcome == OUTCOME_THROTTLED && window && streq(window, "day"))
                ret->throttle = THROTTLE_DAY;
}

/* ---- what it made ---- */

static int payload_of(const Ran *ran, const char *name, size_t n_payloads) {
        int i = 0;

        for (const Json *f = json_first(ran->files); f; f = json_next(f), i++)
                if (json_text(f) && name && streq(json_text(f), name))
                        return (size_t) i < n_payloads ? i : -1;
        return -1;
}

static void set_no_file(const char *name, ProviderResult *ret) {
        provider_result_set(ret, OUTCOME_BROKEN, false, is_billed(OUTCOME_BROKEN, ret->usd),
                            "NO_FILE", "the command left no file%s%s%s", name ? " '" : "",
                            name ? name : "", name ? "'" : "");
}

/* The files it names, else all there are, but no more than wanted. 1 when there is one; a name
 * without its file makes the whole broken. */
static int take_files(const ProviderJob *job, const Ran *ran, size_t n_payloads,
                      ProviderResult *ret) {
        const Json *list = json_get(ran->said, "files");
        size_t n;
        int r = 0;

        list = json_is_array(list) ? list : ran->files;
        n = MIN_OF(json_length(list), (size_t) MAX_OF(job->want, 1));
        for (size_t i = 0; i < n; i++)
                if (payload_of(ran, json_text(json_at(list, i)), n_payloads) < 0) {
                        set_no_file(json_text(json_at(list, i)), ret);
                        return 0;
                }
        for (size_t i = 0; i < n && r >= 0; i++)
                r = result_add_payload(
                        ret, payload_of(ran, json_text(json_at(list, i)), n_payloads), NULL);
        if (n == 0)
                set_no_file(NULL, ret);
        return r < 0 ? r : n > 0;
}

static int take_copy(const ProviderJob *job, const char *said, ProviderResult *ret) {
        int r = copy_take(job, said, ret);

        if (r == 0) {
                ret->retryable = false;
                ret->billed = is_billed(OUTCOME_BROKEN, ret->usd);
        }
        return r;
}

static int take_made(const ProviderJob *job, const Ran *ran, const char *said, size_t n_payloads,
                     ProviderResult *ret) {
        int r;

        r = job->kind == KIND_TEXT ? take_copy(job, said, ret)
                                   : take_files(job, ran, n_payloads, ret);
        if (r <= 0)
                return r;
        if (job->kind == KIND_IMAGE && ret->images < 0)
                ret->images = (int64_t) ret->n_items;
        provider_result_set(ret, OUTCOME_MADE, false, is_billed(OUTCOME_MADE, ret->usd), "", "%s",
                            "");
        return 0;
}

/* ---- the answer ---- */

static bool is_blank(const char *text) {
        return text[strspn(text, " \t\r\n")] == '\0';
}

/* `said` is no JSON object: only copy may come as a list. */
static bool is_readable(const ProviderJob *job, const char *said, const Json *answer) {
        return is_blank(said) || json_is_object(answer) || job->kind == KIND_TEXT;
}

static int read_ran(const ProviderJob *job, const Ran *ran, const char *said, const Json *answer,
                    size_t n_payloads, ProviderResult *ret) {
        bool known;
        Outcome outcome = outcome_of(ran, &known);
        int r = keep_usage(ran->said, ret);

        if (r < 0)
                return r;
        if (!known || (outcome == OUTCOME_MADE && !is_readable(job, said, answer)))
                provider_result_set(ret, OUTCOME_BROKEN, false, is_billed(OUTCOME_BROKEN, ret->usd),
                                    "BAD_JSON",
                                    known ? "the command said something that is no JSON object"
                                          : "the command names an outcome that is none");
        else if (outcome == OUTCOME_MADE)
                return take_made(job, ran, said, n_payloads, ret);
        else
                set_failure(ran, outcome, ret);
        return 0;
}

static int read_reply(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *envelope = NULL, *answer = NULL;
        const char *said, *complained;
        Ran ran = {0};
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &envelope, NULL);
        if (r == -ENOMEM)
                return r;
        said = json_str(envelope, "said");
        complained = json_str(envelope, "complained");
        if (!said || !json_int(envelope, "exit", &ran.exit) || ran.exit < 0 ||
            ran.exit > EXIT_CODE_MAX) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "TORN",
                                    "what was kept of the command's end cannot be read");
                return 0;
        }
        if (json_parse(said, strlen(said), &answer, NULL) == -ENOMEM)
                return -ENOMEM;
        ran.said = json_is_object(answer) ? answer : NULL;
        ran.files = json_get(envelope, "files");
        ran.complained = complained ? complained : "";
        return read_ran(job, &ran, said, answer, reply->n_payloads, ret);
}

static int parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_reply, ret, err);
}

const Driver driver_exec = {
        .name = "exec",
        .summary = "a command of your own: the job as JSON on its standard input, files out",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO) | (1u << KIND_TEXT),
        .declares_params = true,
        .is_exec = true,
        .build = build,
        .parse = parse,
        /* No build_fetch: what it made is in its folder. */
};
