/* SPDX-License-Identifier: MIT */

/* Errors in the words of the real APIs. */

#include "google.h"

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
        return google_error(c->a, 429, "RESOURCE_EXHAUSTED", message, details);
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
        return google_error(c->a, 429, "RESOURCE_EXHAUSTED",
                            "Your project has exceeded its spend limit. Please try again later.",
                            NULL);
}

/* Retry-After in a header, nothing in the body. */
static int do_429header(Call *c) {
        (void) snprintf(c->a->headers, sizeof c->a->headers, "Retry-After: %lld\r\n",
                        (long long) action_number(c, 1));
        return google_error(c->a, 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", NULL);
}

static int do_503(Call *c) {
        return google_error(c->a, 503, "UNAVAILABLE",
                            "The model is overloaded. Please try again later.", NULL);
}

/* As front ends and streams wrap them. */
static int do_array503(Call *c) {
        int r = answer_add_text(c->a, strdup("["));

        if (r >= 0)
                r = do_503(c);
        return r < 0 ? r : answer_add_text(c->a, strdup("]\n"));
}

static int do_key400(Call *c) {
        return google_error(c->a, 400, "INVALID_ARGUMENT",
                            "API key not valid. Please pass a valid API key.",
                            "[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
                            "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]");
}

static int do_billing400(Call *c) {
        return google_error(c->a, 400, "FAILED_PRECONDITION",
                            "Gemini API free tier is not available in your country. Please enable "
                            "billing on your project in Google AI Studio.",
                            NULL);
}

static int do_leaked403(Call *c) {
        return google_error(c->a, 403, "PERMISSION_DENIED",
                            "Your API key was reported as leaked. Please use another API key.",
                            NULL);
}

static int do_retired404(Call *c) {
        _cleanup_(freep) char *text = str_printf(
                "This model models/%s is no longer available. Please update your code to use a "
                "newer model.",
                c->ask->model);

        return text ? google_error(c->a, 404, "NOT_FOUND", text, NULL) : -ENOMEM;
}

const ActionRow google_error_actions[] = {
        {"429minute", do_429minute}, {"429day", do_429day},         {"429zero", do_429zero},
        {"429spend", do_429spend},   {"429header", do_429header},   {"503", do_503},
        {"array503", do_array503},   {"key400", do_key400},         {"billing400", do_billing400},
        {"leaked403", do_leaked403}, {"retired404", do_retired404}, {NULL, NULL},
};
const ActionRow *const google_actions[] = {google_error_actions, NULL};
