/* SPDX-License-Identifier: MIT */

/* Members of Google's answers. Each may be absent, of another type, or new. */

#include "base/parse.h"
#include "provider/google.h"

enum {
        USAGE_TEXT_MAX = 8 * 1024, /* beyond it the ledger keeps the counts alone */
        WORD_MAX = 128,            /* of model and answer names kept for the ledger */
};

const Json *google_member(const Json *object, const char *camel, const char *snake) {
        const Json *found = json_get(object, camel);

        return found ? found : json_get(object, snake);
}

const char *google_text(const Json *object, const char *camel, const char *snake) {
        return json_text(google_member(object, camel, snake));
}

int google_payload(const char *text, size_t n_payloads) {
        int64_t index;

        if (!text || strncmp(text, "payload:", 8) != 0 ||
            parse_int(text + 8, 0, REPLY_PAYLOADS_MAX - 1, &index) < 0)
                return -1;
        return (size_t) index < n_payloads ? (int) index : -1;
}

int google_keep_word(const char *word, char **ret) {
        char clean[WORD_MAX], *copy;

        assert(ret);

        if (!word || !*word)
                return 0;
        text_make_printable(word, clean, sizeof clean);
        copy = strdup(clean);
        if (!copy)
                return -ENOMEM;
        free(*ret);
        *ret = copy;
        return 0;
}

const Json *google_unwrap(const Json *body) {
        return json_is_array(body) && json_length(body) == 1 ? json_at(body, 0) : body;
}

int google_keep_usage(const Json *usage, ProviderResult *ret) {
        assert(ret);

        ret->usage = json_print(usage);
        if (!ret->usage)
                return -ENOMEM;
        if (strlen(ret->usage) > USAGE_TEXT_MAX) {
                free(ret->usage);
                ret->usage = NULL;
        }
        return 0;
}
