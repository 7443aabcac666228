/* SPDX-License-Identifier: MIT */

/* Google's Gemini Developer API, models/...:generateContent, for pictures and copy. */

#include "provider/gemini.h"

#define IMAGE (1u << KIND_IMAGE)
#define TEXT (1u << KIND_TEXT)

static const char *const aspect_ratios[] = {"1:1", "1:4",  "1:8",  "2:3",  "3:2",
                                            "3:4", "4:1",  "4:3",  "4:5",  "5:4",
                                            "8:1", "9:16", "16:9", "21:9", NULL};
static const char *const image_sizes[] = {"512", "1K", "2K", "4K", NULL};
static const char *const thinking_levels[] = {"minimal", "low", "medium", "high", NULL};

/* Left out on purpose: temperature and its kin (deprecated by the provider), safety settings (they
 * do not govern the picture filters), service tiers (the prices of a job could not follow). */
const ParamSpec gemini_params[] = {
        {.name = "aspect_ratio",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = aspect_ratios,
         .help = "shape of the picture; without it that of the first reference, else 1:1"},
        {.name = "image_size",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = image_sizes,
         .help = "512 1K 2K 4K, as the model allows; without it 1K"},
        {.name = "image_only",
         .type = PARAM_BOOL,
         .kinds = IMAGE,
         .help = "ask for no text beside the picture; not every model takes it"},
        {.name = "thinking_level",
         .type = PARAM_WORD,
         .kinds = IMAGE | TEXT,
         .words = thinking_levels,
         .help = "how long the model may think, as it allows; thoughts are billed as output"},
        {.name = "max_output_tokens",
         .type = PARAM_INT,
         .kinds = IMAGE | TEXT,
         .min = 1,
         .max = GEMINI_OUTPUT_TOKENS_MAX,
         .help = "cap on what is generated, thoughts included; 16384 without it"},
};
const size_t gemini_n_params = ARRAY_LEN(gemini_params);

const Driver driver_gemini = {
        .name = "gemini",
        .summary = "Google Gemini API: pictures and copy",
        .kinds = IMAGE | TEXT,
        .needs_credential = true,
        .needs_base_url = false,
        .free = false,
        .default_base_url = GOOGLE_BASE_URL,
        .params = gemini_params,
        .n_params = ARRAY_LEN(gemini_params),
        .output_cap = gemini_output_cap,
        .references_max = GOOGLE_REFERENCES_BYTES,
        .build = gemini_build,
        .parse = gemini_parse,
        .build_fetch = gemini_build_fetch,
        .build_models = google_build_models,
        .parse_models = google_parse_models,
};
