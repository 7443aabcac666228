/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of the gemini driver: driver_gemini.c (the table), gemini_build.c (requests),
 * gemini_parse.c (answers), gemini_reason.c (finish and block reasons). */

#include "provider/google.h"

enum {
        /* The output cap sent with every request, so that its worst price is known: room for a
         * picture of up to 2K (1,680 tokens) with its two drafts, or for copy, and for the thoughts
         * that count against it; a 4K picture (2,520) takes more. */
        GEMINI_OUTPUT_TOKENS = 8192,
        GEMINI_OUTPUT_TOKENS_4K = 16384,
        GEMINI_OUTPUT_TOKENS_MAX = 65536,
        GEMINI_REFERENCES_MAX = 14, /* pictures in one request */
};

extern const ParamSpec gemini_params[];
extern const size_t gemini_n_params;

int64_t gemini_output_cap(const Json *params);
int gemini_build(const ProviderJob *job, ProviderCall *ret, Err *err);
int gemini_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret, Err *err);
int gemini_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err);

/* One finishReason or blockReason: what it makes of the job. */
typedef struct GeminiReason {
        const char *word;
        bool usable;      /* content that came with it counts */
        Outcome outcome;  /* when there is no usable content */
        bool retryable;   /* the same */
        const char *text; /* for ops */
} GeminiReason;
/* Never NULL: a word nobody knows gets the row for such words. */
const GeminiReason *gemini_finish_reason(const char *word);
const GeminiReason *gemini_block_reason(const char *word);
