/* SPDX-License-Identifier: MIT */

/* Google's Veo, models/...:predictLongRunning, for videos: the form of Vertex AI, which lives, and
 * that of the Developer API, which Google shut down on 2026-10-22 and gateways still speak. */

#include "provider/veo.h"

#define VIDEO (1u << KIND_VIDEO)

static const char *const aspect_ratios[] = {"16:9", "9:16", NULL};
static const char *const resolutions[] = {"720p", "1080p", "4k", NULL};
static const char *const uses[] = {"first_frame", "first_and_last", "asset", NULL};
/* The two forms of the API know different words; both are listed, the provider has the last one. */
static const char *const persons[] = {"allow_all", "allow_adult", "dont_allow", "disallow", NULL};

static const ParamSpec params[] = {
        {.name = "seconds",
         .type = PARAM_INT,
         .kinds = VIDEO,
         .required = true,
         .min = VEO_SECONDS_MIN,
         .max = VEO_SECONDS_MAX,
         .help = "length of the video: 4, 6 or 8; 8 with 1080p, 4k or 'references_as: asset'"},
        {.name = "aspect_ratio",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = aspect_ratios,
         .help = "shape of the video; without it 16:9"},
        {.name = "resolution",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = resolutions,
         .help = "height of the video, as the model allows; without it 720p"},
        {.name = "references_as",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = uses,
         .help = "what the reference pictures are: the first frame (one), the first and the last "
                 "frame (two), or things to be shown (up to three); without it the first frame if "
                 "there is one picture, else things"},
        {.name = "negative_prompt",
         .type = PARAM_TEXT,
         .kinds = VIDEO,
         .help = "what the video should not show"},
        {.name = "person_generation",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = persons,
         .help = "whether people may be shown, in the words of the API the base_url is of"},
        {.name = "generate_audio",
         .type = PARAM_BOOL,
         .kinds = VIDEO,
         .help = "with sound; Vertex AI only, elsewhere there is always sound"},
};

const Driver driver_veo = {
        .name = "veo",
        .summary = "Google Veo, by Vertex AI or a Gemini-compatible server: videos",
        .kinds = VIDEO,
        .needs_credential = true,
        .default_base_url = GOOGLE_BASE_URL_BETA,
        .poll_floor_ms = 5000,
        .usual_min_ms = 11 * 1000,
        .usual_max_ms = 6 * 60 * 1000,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .build = veo_build,
        .parse = veo_parse,
        .build_poll = veo_build_poll,
        .parse_poll = veo_parse_poll,
        .build_fetch = veo_build_fetch,
        .build_models = google_build_models,
        .parse_models = google_parse_models,
};
