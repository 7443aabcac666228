/* SPDX-License-Identifier: MIT */

#include "base/parse.h"
#include "cli/import.h"

void words_done(Words *w) {
        for (size_t i = 0; i < w->n; i++) {
                free(w->items[i].key);
                free(w->items[i].value);
        }
        w->n = 0;
}

int words_set(Words *w, const char *key, const char *value, size_t n) {
        _cleanup_(freep) char *v = strndup(value, n);

        if (!v)
                return -ENOMEM;
        for (size_t i = 0; i < w->n; i++)
                if (streq(w->items[i].key, key)) {
                        free(w->items[i].value);
                        w->items[i].value = TAKE_PTR(v);
                        return 0;
                }
        if (w->n == IMPORT_KEYS_MAX)
                return -E2BIG;
        w->items[w->n].key = strdup(key);
        if (!w->items[w->n].key)
                return -ENOMEM;
        w->items[w->n++].value = TAKE_PTR(v);
        return 0;
}

const char *words_get(const Words *w, const char *key) {
        for (size_t i = 0; i < w->n; i++)
                if (streq(w->items[i].key, key))
                        return w->items[i].value;
        return NULL;
}

int path_pattern_check(const char *pattern, Err *err) {
        assert(pattern);
        if (strlen(pattern) > IMPORT_PATTERN_MAX)
                return err_set(err, -EINVAL, "the pattern is longer than %d characters",
                               (int) IMPORT_PATTERN_MAX);
        for (const char *p = pattern; (p = strchr(p, '{')); p++) {
                size_t n = strcspn(p + 1, "}");
                _cleanup_(freep) char *key = strndup(p + 1, n);

                if (!key)
                        return err_errno(err, -ENOMEM, "cannot read the pattern");
                if (!p[1 + n])
                        return err_set(err, -EINVAL, "'%s': a brace is not closed", pattern);
                if (!name_is_valid(key))
                        return err_set(err, -EINVAL,
                                       "'{%s}' is no key: brand, hook, category or a tag", key);
        }
        return 0;
}

/* Steps back through both at the last place that may take one character more: no recursion, and at most
 * pattern times path steps. */
typedef struct Take {
        const char *pattern; /* behind the {key} or the * */
        const char *key;     /* NULL for * */
        size_t key_n;
        const char *from, *to;
} Take;

static bool take_more(Take *takes, size_t *n, const char **pattern, const char **path) {
        while (*n > 0) {
                Take *t = &takes[*n - 1];

                if (*t->to && *t->to != '/') {
                        t->to++;
                        *pattern = t->pattern;
                        *path = t->to;
                        return true;
                }
                --*n;
        }
        return false;
}

enum {
        TAKES_MAX = IMPORT_KEYS_MAX,
        STEPS_MAX = 1000000, /* of one path: a pattern full of stars gives up */
};

static const char *tail_of(const char *pattern, const char *path) {
        size_t parts = 1;
        const char *p = path + strlen(path);

        for (const char *q = pattern; *q; q++)
                parts += *q == '/';
        for (; p > path; p--)
                if (p[-1] == '/' && --parts == 0)
                        break;
        return p;
}

/* The next element of the pattern at `path`; false when it does not fit. */
static bool match_step(Take *takes, size_t *n, const char **pattern, const char **path) {
        const char *p = *pattern;

        if (*p == '{' || *p == '*') {
                size_t key_n = *p == '{' ? strcspn(p + 1, "}") : 0;
                Take t = {.pattern = *p == '{' ? p + key_n + 2 : p + 1,
                          .key = *p == '{' ? p + 1 : NULL,
                          .key_n = key_n,
                          .from = *path,
                          .to = *path};

                if (*n == TAKES_MAX || (t.key && (!*t.to || *t.to == '/')))
                        return false;
                if (t.key)
                        t.to++;
                takes[(*n)++] = t;
                *pattern = t.pattern;
                *path = t.to;
                return true;
        }
        if (*p != **path)
                return false;
        ++*pattern;
        ++*path;
        return true;
}

bool path_match(const char *pattern, const char *path, Words *words) {
        Take takes[TAKES_MAX];
        const char *at;
        size_t n = 0;

        assert(pattern && path && words);
        at = tail_of(pattern, path);
        for (int64_t steps = 0; *pattern || *at; steps++)
                if (steps == STEPS_MAX || (!(*pattern && match_step(takes, &n, &pattern, &at)) &&
                                           !take_more(takes, &n, &pattern, &at)))
                        return false;
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *key =
                        takes[i].key ? strndup(takes[i].key, takes[i].key_n) : NULL;

                if (takes[i].key && (!key || words_set(words, key, takes[i].from,
                                                       (size_t) (takes[i].to - takes[i].from)) < 0))
                        return false;
        }
        return true;
}
