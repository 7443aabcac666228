/* SPDX-License-Identifier: MIT */

#include "core/query.h"

/* `free "shipping"` -> `"free ""shipping"""`: one phrase, in which nothing is an operator of the
 * full-text index. A star at the end asks for words that begin so. */
char *text_query(const char *words) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        size_t n;
        bool prefix;

        assert(words);
        n = strlen(words);
        prefix = n > 1 && words[n - 1] == '*';
        (void) strbuf_putc(&b, '"');
        for (size_t i = 0; i < n - prefix; i++)
                (void) strbuf_printf(&b, words[i] == '"' ? "\"\"" : "%c", words[i]);
        (void) strbuf_puts(&b, prefix ? "\" *" : "\"");
        return strbuf_take(&b);
}
