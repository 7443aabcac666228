/* SPDX-License-Identifier: MIT */

#include <inttypes.h>

#include "base/cli_internal.h"
#include "base/parse.h"
#include "base/strbuf.h"

enum {
        WORDS_TEXT_MAX = 512,
};

static int store_int(const CliOption *option, const char *value, Err *err) {
        if (parse_int(value, option->min, option->max, option->target) >= 0)
                return 0;
        if (option->max == INT64_MAX)
                return err_set(err, -EINVAL, "'%s' is not a whole number from %" PRId64 " on",
                               value, option->min);
        return err_set(err, -EINVAL, "'%s' is not a whole number from %" PRId64 " to %" PRId64,
                       value, option->min, option->max);
}

static int store_money(const CliOption *option, const char *value, Err *err) {
        if (parse_money(value, option->target) >= 0)
                return 0;
        return err_set(err, -EINVAL, "'%s' is not an amount of money such as 12.50", value);
}

static int unknown_word(const CliOption *option, const char *value, size_t n, Err *err) {
        _cleanup_(strbuf_done) StrBuf all = STRBUF_INIT(WORDS_TEXT_MAX);
        const char *near = nearest_word(value, option->words, n);

        if (near)
                return err_set(err, -EINVAL, "unknown word '%s', did you mean '%s'?", value, near);
        for (size_t i = 0; i < n; i++)
                (void) strbuf_printf(&all, "%s%s", i > 0 ? ", " : "", option->words[i]);
        return err_set(err, -EINVAL, "unknown word '%s', use one of %s", value, strbuf_text(&all));
}

static int store_word(const CliOption *option, const char *value, Err *err) {
        size_t n = 0;

        assert(option->words);
        for (; option->words[n]; n++)
                if (streq(option->words[n], value)) {
                        *(int *) option->target = (int) n;
                        return 0;
                }
        return unknown_word(option, value, n, err);
}

int cli_value_store(const CliOption *option, const char *value, Err *err) {
        assert(option && option->target);
        switch (option->type) {
        case CLI_FLAG:
                *(bool *) option->target = true;
                return 0;
        case CLI_STRING:
                *(const char **) option->target = value;
                return 0;
        case CLI_LIST:
                if (strv_add(option->target, value) < 0)
                        return err_set(err, -ENOMEM, "out of memory");
                return 0;
        case CLI_INT:
                return store_int(option, value, err);
        case CLI_MONEY:
                return store_money(option, value, err);
        case CLI_WORD:
                return store_word(option, value, err);
        }
        assert_not_reached();
        return -EINVAL;
}
