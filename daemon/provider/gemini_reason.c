/* SPDX-License-Identifier: MIT */

/*
 * Every way Gemini says that it is done. A block is never repeated by itself, although the picture
 * filters are not deterministic: another try is another bill, which is for a person to decide.
 */

#include "provider/gemini.h"

/* clang-format off */
static const GeminiReason finish_reasons[] = {
        /* word                        usable  without content    again   for ops */
        {"STOP",                       true,  OUTCOME_BROKEN,    true,  "the model answered without what was asked for"},
        {"MAX_TOKENS",                 true,  OUTCOME_BROKEN,    false, "the answer was cut at its token limit: raise max_output_tokens"},
        {"CONTINUATION",               true,  OUTCOME_BROKEN,    false, "the answer goes on only in a further paid call, which is not made: ask for less"},
        {"FINISH_REASON_UNSPECIFIED",  true,  OUTCOME_BROKEN,    true,  "the answer ended without a reason and without content"},
        {"",                           true,  OUTCOME_BROKEN,    true,  "the answer ended without a reason and without content"},
        {"SAFETY",                     false, OUTCOME_BLOCKED,   false, "blocked by the provider's safety filter"},
        {"PROHIBITED_CONTENT",         false, OUTCOME_BLOCKED,   false, "blocked as prohibited content"},
        {"BLOCKLIST",                  false, OUTCOME_BLOCKED,   false, "blocked for a word on the provider's list"},
        {"SPII",                       false, OUTCOME_BLOCKED,   false, "blocked for personal data"},
        {"RECITATION",                 false, OUTCOME_BLOCKED,   false, "blocked as too close to existing work"},
        {"LANGUAGE",                   false, OUTCOME_BLOCKED,   false, "blocked for a language the model does not take"},
        {"IMAGE_SAFETY",               false, OUTCOME_BLOCKED,   false, "the picture was blocked by the provider's safety filter"},
        {"IMAGE_PROHIBITED_CONTENT",   false, OUTCOME_BLOCKED,   false, "the picture was blocked as prohibited content"},
        {"IMAGE_RECITATION",           false, OUTCOME_BLOCKED,   false, "the picture was blocked as too close to existing work"},
        {"NO_IMAGE",                   false, OUTCOME_BROKEN,    true,  "the model made no picture"},
        {"IMAGE_OTHER",                false, OUTCOME_BROKEN,    true,  "the picture failed for a reason the provider does not give"},
        {"OTHER",                      false, OUTCOME_BROKEN,    true,  "the answer failed for a reason the provider does not give"},
        {"MALFORMED_FUNCTION_CALL",    false, OUTCOME_BROKEN,    true,  "the model's answer was malformed"},
        {"UNEXPECTED_TOOL_CALL",       false, OUTCOME_BROKEN,    true,  "the model's answer was malformed"},
        {"TOO_MANY_TOOL_CALLS",        false, OUTCOME_BROKEN,    true,  "the model's answer was malformed"},
        {"MALFORMED_RESPONSE",         false, OUTCOME_BROKEN,    true,  "the model's answer was malformed"},
        {"MISSING_THOUGHT_SIGNATURE",  false, OUTCOME_BROKEN,    false, "the provider missed a thought signature"},
};
static const GeminiReason finish_unknown =
        {"",                           false, OUTCOME_BROKEN,    false, "the answer ended for a reason this program does not know"};

static const GeminiReason block_reasons[] = {
        {"SAFETY",                     false, OUTCOME_BLOCKED,   false, "the prompt was blocked by the provider's safety filter"},
        {"OTHER",                      false, OUTCOME_BLOCKED,   false, "the prompt was blocked, perhaps by the provider's terms of service"},
        {"BLOCKLIST",                  false, OUTCOME_BLOCKED,   false, "the prompt was blocked for a word on the provider's list"},
        {"PROHIBITED_CONTENT",         false, OUTCOME_BLOCKED,   false, "the prompt was blocked as prohibited content"},
        {"IMAGE_SAFETY",               false, OUTCOME_BLOCKED,   false, "a picture was blocked by the provider's safety filter before it was made"},
        {"MODEL_ARMOR",                false, OUTCOME_BLOCKED,   false, "the prompt was blocked by Model Armor"},
        {"JAILBREAK",                  false, OUTCOME_BLOCKED,   false, "the prompt was blocked as an attempt to evade the rules"},
        {"BLOCKED_REASON_UNSPECIFIED", false, OUTCOME_BLOCKED,   false, "the prompt was blocked without a reason"},
};
static const GeminiReason block_unknown =
        {"",                           false, OUTCOME_BLOCKED,   false, "the prompt was blocked for a reason this program does not know"};
/* clang-format on */

static const GeminiReason *find(const GeminiReason *rows, size_t n, const char *word) {
        for (size_t i = 0; i < n; i++)
                if (streq(rows[i].word, word))
                        return &rows[i];
        return NULL;
}

const GeminiReason *gemini_finish_reason(const char *word) {
        const GeminiReason *found;

        assert(word);

        found = find(finish_reasons, ARRAY_LEN(finish_reasons), word);
        return found ? found : &finish_unknown;
}

const GeminiReason *gemini_block_reason(const char *word) {
        const GeminiReason *found;

        assert(word);

        found = find(block_reasons, ARRAY_LEN(block_reasons), word);
        return found ? found : &block_unknown;
}
