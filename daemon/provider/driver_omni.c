/* SPDX-License-Identifier: MIT */

/* Google's Interactions API, /interactions, for videos of Gemini Omni and for pictures. */

#include "provider/omni.h"

#define VIDEO (1u << KIND_VIDEO)
#define IMAGE (1u << KIND_IMAGE)

static const char *const video_ratios[] = {"16:9", "9:16", NULL};
static const char *const image_ratios[] = {"1:1", "1:4",  "1:8",  "2:3",  "3:2",
                                           "3:4", "4:1",  "4:3",  "4:5",  "5:4",
                                           "8:1", "9:16", "16:9", "21:9", NULL};
static const char *const resolutions[] = {"360p", "720p", "1080p", "4k", NULL};
static const char *const image_sizes[] = {"512", "1K", "2K", "4K", NULL};
static const char *const uses[] = {"first_frame", "first_and_last", "asset", NULL};

static const ParamSpec params[] = {
        {.name = "seconds",
         .type = PARAM_INT,
         .kinds = VIDEO,
         .required = true,
         .min = OMNI_SECONDS_MIN,
         .max = OMNI_SECONDS_MAX,
         .help = "length of the video, as the model allows"},
        {.name = "aspect_ratio",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = video_ratios,
         .help = "shape of the video; without it the model decides"},
        {.name = "aspect_ratio",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = image_ratios,
         .help = "shape of the picture; without it that of the first reference, else 1:1"},
        {.name = "resolution",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = resolutions,
         .help = "height of the video; without it 720p; 1080p and 4k are enlarged"},
        {.name = "image_size",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = image_sizes,
         .help = "512 1K 2K 4K, as the model allows; without it 1K"},
        {.name = "references_as",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = uses,
         .help = "what the reference pictures are: the first frame (one), the first and the last "
                 "frame (two), or things to be shown; without it the first frame if there is one "
                 "picture, else things"},
};

static int64_t output_cap(const Json *params_given) {
        (void) params_given;
        return OMNI_OUTPUT_TOKENS_MAX;
}

const Driver driver_omni = {
        .name = "omni",
        .summary = "Google Interactions API: videos of Gemini Omni, and pictures",
        .kinds = VIDEO | IMAGE,
        .needs_credential = true,
        .default_base_url = GOOGLE_BASE_URL,
        .poll_floor_ms = 5000,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .output_cap = output_cap,
        .references_max = GOOGLE_REFERENCES_BYTES,
        .build = omni_build,
        .parse = omni_parse,
        .build_poll = omni_build_poll,
        .parse_poll = omni_parse_poll,
        .build_cancel = omni_build_cancel,
        .build_fetch = omni_build_fetch,
        .build_models = google_build_models,
        .parse_models = google_parse_models,
};
