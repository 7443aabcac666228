/* SPDX-License-Identifier: MIT */

/* Errors of OpenAI and of what is compatible with it, and the frame of every answer. */

#include "provider/openai.h"

const char *const openai_dialects[] = {"openai", "compatible", NULL};

bool openai_is_compatible(const Json *params) {
        const char *dialect = json_str(params, "dialect");

        return dialect && streq(dialect, "compatible");
}

/* ---- errors ---- */

static bool code_is(const ErrorReply *f, const char *const *codes) {
        for (size_t i = 0; codes[i]; i++)
                if (streq(f->code, codes[i]))
                        return true;
        return false;
}
#define CODE_IS(f, ...) code_is((f), (const char *const[]){__VA_ARGS__, NULL})

static void blocked(const ErrorReply *f, ProviderResult *ret) {
        error_reply_set(f, OUTCOME_BLOCKED, "blocked by the provider's content policy", ret);
}

/* What the provider says in words goes before what the status would mean: a quota that is used up
 * for good comes as 429, a model that one may not use as 403. */
static void read_error(const ProviderJob *job, ErrorReply *f, ProviderResult *ret) {
        if (CODE_IS(f, "insufficient_quota", "billing_hard_limit_reached", "billing_not_active"))
                error_reply_set(f, OUTCOME_FUNDS, "the account is out of credit", ret);
        else if (CODE_IS(f, "moderation_blocked", "content_policy_violation",
                         "image_content_policy_violation", "content_filter"))
                blocked(f, ret);
        else if (CODE_IS(f, "invalid_api_key", "invalid_organization", "account_deactivated"))
                error_reply_set(f, OUTCOME_CREDENTIALS, "the provider refused the key", ret);
        else if (CODE_IS(f, "model_not_found")) {
                f->status = f->status == 410 ? 410 : 404;
                error_reply_by_status(job, f, ret);
        } else
                error_reply_by_status(job, f, ret);
}

static bool has_error(const Json *body) {
        const Json *error = json_get(body, "error");

        return json_is_object(error) || json_text(error);
}

int openai_open(const ProviderJob *job, const ProviderReply *reply, Json **ret_body,
                ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        bool good;
        ErrorReply f;
        int r;

        assert(job);
        assert(reply);
        assert(ret_body);
        assert(ret);

        good = reply->status >= 200 && reply->status < 300;
        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!good || has_error(body)) {
                error_reply_read(reply, body, &f);
                read_error(job, &f, ret);
                return 1;
        }
        if (!json_is_object(body)) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "BAD_JSON",
                                    "the answer is no JSON object");
                return 1;
        }
        r = result_keep(&ret->model_returned, json_str(body, "model"));
        if (r >= 0)
                r = result_keep(&ret->request_id, json_str(body, "id"));
        if (r >= 0)
                r = result_keep_usage(ret, json_get(body, "usage"));
        if (r < 0)
                return r;
        *ret_body = TAKE_PTR(body);
        return 0;
}
