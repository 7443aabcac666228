/* SPDX-License-Identifier: MIT */

/* Runway: Gen-4 and the models it hosts. The table; runway_build.c makes the requests,
 * runway_parse.c reads the answers. */

#include "provider/runway.h"

#define IMAGE (1u << KIND_IMAGE)
#define VIDEO (1u << KIND_VIDEO)

static const char *const qualities[] = {"auto", "low", "medium", "high", "xhigh", "max", NULL};
static const char *const backgrounds[] = {"auto", "opaque", "transparent", NULL};
static const char *const thresholds[] = {"auto", "low", NULL};
static const char *const ways[] = {"upload", "inline", NULL};

/* Left out on purpose: outputCount (a job is one asset) and outputFormat (its surcharge has no
 * price here, and archives are no assets). */
static const ParamSpec params[] = {
        {.name = "aspect_ratio",
         .type = PARAM_TEXT,
         .kinds = IMAGE | VIDEO,
         .help = "the provider's ratio, which is a size: 1280:720, 1920:1080, as the model allows"},
        {.name = "seconds",
         .type = PARAM_INT,
         .kinds = VIDEO,
         .min = 1,
         .max = RUNWAY_SECONDS_MAX,
         .help = "length of the video, as the model allows"},
        {.name = "audio",
         .type = PARAM_BOOL,
         .kinds = VIDEO,
         .help = "with sound, where the model can choose"},
        {.name = "negative_prompt",
         .type = PARAM_TEXT,
         .kinds = VIDEO,
         .help = "what is not to be seen, where the model takes it"},
        {.name = "last_frame",
         .type = PARAM_BOOL,
         .kinds = VIDEO,
         .help = "the last reference is where the video ends, not where it begins"},
        {.name = "quality",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = qualities,
         .help = "where the model has it"},
        {.name = "background",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = backgrounds,
         .help = "where the model has it"},
        {.name = "public_figures",
         .type = PARAM_WORD,
         .kinds = IMAGE | VIDEO,
         .words = thresholds,
         .help = "how strictly known faces are refused, where the model takes it"},
        {.name = "send_seed",
         .type = PARAM_BOOL,
         .kinds = IMAGE | VIDEO,
         .help = "send the job's seed; not every model takes one"},
        {.name = "references_as",
         .type = PARAM_WORD,
         .kinds = IMAGE | VIDEO,
         .words = ways,
         .help = "upload (any size) or inline (below 5 MB as base64); without it upload"},
};

/* A data URI may have 5 MB. */
static int64_t reference_max(const Json *job_params) {
        const char *way = json_str(job_params, "references_as");

        return way && streq(way, "inline") ? RUNWAY_INLINE_BYTES : RUNWAY_UPLOAD_BYTES;
}

const Driver driver_runway = {
        .name = "runway",
        .summary = "Runway: Gen-4 and the models it hosts: videos and pictures",
        .kinds = IMAGE | VIDEO,
        .needs_credential = true,
        .default_base_url = RUNWAY_BASE_URL,
        .poll_floor_ms = 5000,
        .usual_min_ms = 15000,
        .usual_max_ms = 300000,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .reference_max = reference_max,
        .build_prepare = runway_build_prepare,
        .parse_prepare = runway_parse_prepare,
        .build = runway_build,
        .parse = runway_parse,
        .build_fetch = runway_build_fetch,
        .build_poll = runway_build_poll,
        .parse_poll = runway_parse_poll,
        .build_cancel = runway_build_cancel,
        .cancel_destroys = true,
        .build_models = runway_build_models,
        .parse_models = runway_parse_models,
};
