/* SPDX-License-Identifier: MIT */

/*
 * Copy: N variants from one answer. Every driver asks for {"variants": ["...", ...]}; what comes
 * back is read leniently, each variant by itself, so that a bad one does not lose the others.
 */

#include "base/parse.h"
#include "provider/driver.h"

enum {
        COPY_DEPTH_MAX = 8, /* nesting of an answer that was cut */
};

int copy_check_want(const ProviderJob *job, Err *err) {
        assert(job);

        if (job->want < 1 || job->want > COPY_VARIANTS_MAX)
                return err_set(err, -EINVAL, "%lld variants cannot be asked for at once: 1 to %d",
                               (long long) job->want, COPY_VARIANTS_MAX);
        return 0;
}

char *copy_instruction(const ProviderJob *job, bool with_form) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        assert(job);

        (void) strbuf_printf(&text,
                             "Answer with exactly %lld advertising copy variant%s, each different "
                             "from the others and complete in itself.",
                             (long long) job->want, job->want == 1 ? "" : "s");
        if (job->max_chars > 0)
                (void) strbuf_printf(&text,
                                     " No variant may be longer than %lld characters, blanks and "
                                     "punctuation included; those of double width (Chinese, "
                                     "Japanese, Korean, emoji) count as two.",
                                     (long long) job->max_chars);
        if (with_form)
                (void) strbuf_puts(&text, " The answer is JSON and nothing else: {\"variants\": "
                                          "[\"...\", ...]}");
        return strbuf_take(&text);
}

static bool result_has_text(const ProviderResult *r, const char *text) {
        for (size_t i = 0; i < r->n_items; i++)
                if (streq(r->items[i].text, text))
                        return true;
        return false;
}

int copy_add(const ProviderJob *job, const char *text, ProviderResult *ret) {
        _cleanup_(freep) char *trimmed = NULL;
        size_t from, to;

        assert(job);
        assert(text);
        assert(ret);

        from = strspn(text, " \t\r\n");
        to = strlen(text);
        while (to > from && strchr(" \t\r\n", text[to - 1]))
                to--;
        if (from == to)
                return 0;
        trimmed = strndup(text + from, to - from);
        if (!trimmed)
                return -ENOMEM;
        if (!utf8_is_valid(trimmed, strlen(trimmed)) || result_has_text(ret, trimmed))
                return 0;
        if (job->max_chars > 0 && (int64_t) utf8_copy_length(trimmed) > job->max_chars)
                return 0;
        return result_add_text(ret, trimmed);
}

/* Models without a schema like to wrap JSON in a fence: ```json ... ```. */
static void strip_fence(const char **text, size_t *n) {
        const char *p = *text + strspn(*text, " \t\r\n"), *line, *end;

        if (strncmp(p, "```", 3) != 0)
                return;
        line = strchr(p, '\n');
        if (!line)
                return;
        end = strstr(line, "```");
        *text = line + 1;
        *n = end ? (size_t) (end - *text) : strlen(*text);
}

/* Where JSON that was cut off has its last whole string, and what closes it there. 0: nowhere. */
static size_t find_cut(const char *text, size_t n, char closers[static COPY_DEPTH_MAX + 1]) {
        char open[COPY_DEPTH_MAX];
        bool in_string = false, escaped = false;
        size_t depth = 0, end = 0;

        for (size_t i = 0; i < n; i++) {
                char c = text[i];

                if (in_string) {
                        in_string = escaped || c != '"';
                        escaped = !escaped && c == '\\';
                        if (in_string)
                                continue;
                        end = i + 1;
                        for (size_t k = 0; k < depth; k++)
                                closers[k] = open[depth - 1 - k];
                        closers[depth] = '\0';
                } else if (c == '"')
                        in_string = true;
                else if ((c == '{' || c == '[') && depth < COPY_DEPTH_MAX)
                        open[depth++] = c == '{' ? '}' : ']';
                else if ((c == '}' || c == ']') && depth > 0)
                        depth--;
        }
        return end;
}

/* A paid answer that was cut keeps the variants that are whole. */
static int parse_copy(const char *text, size_t n, Json **ret) {
        char closers[COPY_DEPTH_MAX + 1];
        _cleanup_(freep) char *closed = NULL;
        int r = json_parse(text, n, ret, NULL);
        size_t end;

        if (r >= 0 || r == -ENOMEM)
                return r;
        end = find_cut(text, n, closers);
        if (end == 0)
                return r;
        closed = str_printf("%.*s%s", (int) end, text, closers);
        return closed ? json_parse(closed, strlen(closed), ret, NULL) : -ENOMEM;
}

int copy_take(const ProviderJob *job, const char *text, ProviderResult *ret) {
        _cleanup_(json_freep) Json *copy = NULL;
        const Json *variants;
        size_t n;
        int r;

        assert(job);
        assert(text);
        assert(ret);

        n = strlen(text);
        strip_fence(&text, &n);
        r = parse_copy(text, n, &copy);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, COPY_BAD_JSON,
                                    "the copy is not the JSON asked for");
                return 0;
        }
        variants = json_is_array(copy) ? copy : json_get(copy, "variants");
        variants = json_is_array(variants) ? variants : NULL;
        for (const Json *v = json_first(variants); v && (int64_t) ret->n_items < job->want;
             v = json_next(v)) {
                r = json_text(v) ? copy_add(job, json_text(v), ret) : 0;
                if (r < 0)
                        return r;
        }
        if (ret->n_items > 0)
                return 1;
        provider_result_set(ret, OUTCOME_BROKEN, true, true, "NO_VARIANT",
                            "none of %zu variants is of use: empty, or longer than max_chars",
                            json_length(variants));
        return 0;
}
