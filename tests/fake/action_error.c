/* SPDX-License-Identifier: MIT */

/* Errors in the words of the real API. */

#include "action.h"

#define QUOTA                                                                                      \
        "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{"             \
        "\"quotaMetric\":\"generativelanguage.googleapis.com/generate_requests\","                 \
        "\"quotaId\":\"%s\",\"quotaValue\":\"%s\"}]}"
#define HELP                                                                                       \
        "{\"@type\":\"type.googleapis.com/google.rpc.Help\",\"links\":[{\"description\":"          \
        "\"Learn more\",\"url\":\"https://ai.google.dev/gemini-api/docs/rate-limits\"}]}"
#define RETRY "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"%llds\"}"
#define OVER_QUOTA "You exceeded your current quota, please check your plan and billing details."

static int quota(Call *c, const char *id, const char *value, const char *message) {
        _cleanup_(freep) char *details = str_printf("[" QUOTA "," HELP "," RETRY "]", id, value,
                                                    (long long) action_number(c, 1));

        if (!details)
                return -ENOMEM;
        return answer_error(c->a, 429, "RESOURCE_EXHAUSTED", message, details, false);
}

static int do_429minute(Call *c) {
        return quota(c, "GenerateRequestsPerMinutePerProjectPerModel", "10", OVER_QUOTA);
}

static int do_429day(Call *c) {
        return quota(c, "GenerateRequestsPerDayPerProjectPerModel", "250", OVER_QUOTA);
}

static int do_429zero(Call *c) {
        return quota(c, "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0", OVER_QUOTA);
}

static int do_429spend(Call *c) {
        return answer_error(c->a, 429, "RESOURCE_EXHAUSTED",
                            "Your project has exceeded its spend limit. Please try again later.",
                            NULL, false);
}

/* Retry-After in a header, nothing in the body. */
static int do_429header(Call *c) {
        (void) snprintf(c->a->headers, sizeof c->a->headers, "Retry-After: %lld\r\n",
                        (long long) action_number(c, 1));
        return answer_error(c->a, 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", NULL,
                            false);
}

static int do_503(Call *c) {
        return answer_error(c->a, 503, "UNAVAILABLE",
                            "The model is overloaded. Please try again later.", NULL, false);
}

static int do_array503(Call *c) {
        return answer_error(c->a, 503, "UNAVAILABLE",
                            "The model is overloaded. Please try again later.", NULL, true);
}

static int html(Call *c, int status) {
        c->a->status = status;
        c->a->content_type = "text/html; charset=UTF-8";
        return answer_add_text(
                c->a, strdup("<!DOCTYPE html>\n<html lang=en>\n<title>Error (Server Error)!!1"
                             "</title>\n<p><b>That's an error.</b>\n"));
}

static int do_html502(Call *c) {
        return html(c, 502);
}

static int do_html200(Call *c) {
        return html(c, 200);
}

static int do_empty500(Call *c) {
        c->a->status = 500;
        c->a->content_type = "text/plain";
        return answer_add_text(c->a, strdup(""));
}

static int do_key400(Call *c) {
        return answer_error(c->a, 400, "INVALID_ARGUMENT",
                            "API key not valid. Please pass a valid API key.",
                            "[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
                            "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]",
                            false);
}

static int do_billing400(Call *c) {
        return answer_error(c->a, 400, "FAILED_PRECONDITION",
                            "Gemini API free tier is not available in your country. Please enable "
                            "billing on your project in Google AI Studio.",
                            NULL, false);
}

static int do_leaked403(Call *c) {
        return answer_error(c->a, 403, "PERMISSION_DENIED",
                            "Your API key was reported as leaked. Please use another API key.",
                            NULL, false);
}

static int do_retired404(Call *c) {
        _cleanup_(freep) char *text = str_printf(
                "This model models/%s is no longer available. Please update your code to use a "
                "newer model.",
                c->ask->model);

        return text ? answer_error(c->a, 404, "NOT_FOUND", text, NULL, false) : -ENOMEM;
}

/* STATUS WORD MESSAGE... */
static int do_error(Call *c) {
        char word[FAKE_WORD_MAX] = "UNKNOWN";
        const char *rest = c->args + strcspn(c->args, " ");
        size_t n;

        rest += strspn(rest, " ");
        n = strcspn(rest, " ");
        if (n > 0)
                (void) snprintf(word, sizeof word, "%.*s", (int) n, rest);
        rest += n + strspn(rest + n, " ");
        return answer_error(c->a, (int) action_number(c, 500), word, rest, NULL, false);
}

const ActionRow error_actions[] = {
        {"429minute", do_429minute}, {"429day", do_429day},         {"429zero", do_429zero},
        {"429spend", do_429spend},   {"429header", do_429header},   {"503", do_503},
        {"array503", do_array503},   {"html502", do_html502},       {"html200", do_html200},
        {"empty500", do_empty500},   {"key400", do_key400},         {"billing400", do_billing400},
        {"leaked403", do_leaked403}, {"retired404", do_retired404}, {"error", do_error},
};
const size_t n_error_actions = ARRAY_LEN(error_actions);
