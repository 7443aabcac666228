/* SPDX-License-Identifier: MIT */
#pragma once

/* Two APIs as the settings may describe them, for the tests of driver http and its fuzzing. */

#include "provider/http_spec.h"

static const HttpWord http_submit_states[] = {
        {"1", OUTCOME_OPEN}, {"23", OUTCOME_THROTTLED}, {"24", OUTCOME_BLOCKED}};
static const HttpWord http_states[] = {{"SUCCESS", OUTCOME_MADE},
                                       {"FAILURE", OUTCOME_REJECTED},
                                       {"LOST", OUTCOME_TRANSIENT},
                                       {"WAIT", OUTCOME_OPEN}};
static const HttpWord http_errors[] = {
        {"banned", OUTCOME_BLOCKED}, {"no_credit", OUTCOME_FUNDS}, {"418", OUTCOME_THROTTLED}};
static const char *const http_headers[] = {"X-Model: {{model}}", NULL};

/* Accepted, asked for, fetched, cancelled. */
static const HttpSpec http_queue = {
        .submit = {.method = "POST",
                   .path = "/submit/{{params.mode}}",
                   .body = "{\"prompt\":\"{{prompt}} --ar {{params.ratio}}\",\"seed\":\"{{seed}}\","
                           "\"images\":\"{{references}}\",\"size\":{\"w\":\"{{width}}\",\"h\":"
                           "\"{{height}}\"},\"deep\":[\"{{params.none}}\",1,true,null,\"a {{{{b\"],"
                           "\"first\":\"<{{reference}}>\",\"n\":\"{{want}}\",\"k\":\"{{kind}}\"}",
                   .state = "/code",
                   .states = http_submit_states,
                   .n_states = ARRAY_LEN(http_submit_states)},
        .poll = {.method = "GET",
                 .path = "/task/{{handle}}/fetch?x={{params.mode}}",
                 .state = "/status",
                 .states = http_states,
                 .n_states = ARRAY_LEN(http_states)},
        .fetch = {.method = "GET", .path = "/task/{{handle}}/result"},
        .cancel = {.method = "POST",
                   .path = "/task/{{handle}}/cancel",
                   .body = "{\"why\":\"{{handle}}\"}"},
        .headers = http_headers,
        .key_header = "mj-api-secret",
        .key_prefix = "",
        .handle = "/result",
        .results = "/images/*/url",
        .error = "/failReason",
        .code = "/failCode",
        .errors = http_errors,
        .n_errors = ARRAY_LEN(http_errors),
        .usage = {[HTTP_USAGE_USD] = "/cost/usd",
                  [HTTP_USAGE_CREDITS] = "/cost/credits",
                  [HTTP_USAGE_IMAGES] = "/cost/images"},
};

static const char *const http_payloads[] = {"images[]", NULL};

/* One call with the pictures in its answer. */
static const HttpSpec http_sync = {
        .submit = {.method = "POST", .path = "/txt2img", .body = "{\"prompt\":\"{{prompt}}\"}"},
        .key_header = "Authorization",
        .key_prefix = "Bearer ",
        .results = "/images/*",
        .result_type = HTTP_RESULT_BASE64,
        .payload_paths = http_payloads,
};
