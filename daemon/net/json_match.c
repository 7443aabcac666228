/* SPDX-License-Identifier: MIT */

#include "net/json_match.h"

typedef struct Step {
        const char *key; /* NULL: any element of an array */
        size_t n;
} Step;

typedef struct Pattern {
        bool dropped;
        unsigned n_steps;
        Step steps[MATCH_STEPS_MAX];
} Pattern;

struct JsonMatch {
        unsigned n;
        Pattern patterns[];
};

static int add_step(Pattern *p, const char *key, size_t n) {
        if (p->n_steps == MATCH_STEPS_MAX || n > MATCH_KEY_MAX)
                return -E2BIG;
        p->steps[p->n_steps++] = (Step){.key = key, .n = n};
        return 0;
}

static int compile(const char *path, Pattern *p) {
        int r;

        p->dropped = *path == '-';
        if (p->dropped)
                path++;
        while (*path) {
                size_t n = strcspn(path, ".[");

                if (n > 0) {
                        r = add_step(p, path, n);
                        if (r < 0)
                                return r;
                        path += n;
                } else if (strncmp(path, "[]", 2) != 0)
                        return -EINVAL;
                for (; strncmp(path, "[]", 2) == 0; path += 2) {
                        r = add_step(p, NULL, 0);
                        if (r < 0)
                                return r;
                }
                if (*path == '.' && path[1])
                        path++;
                else if (*path)
                        return -EINVAL;
        }
        return p->n_steps > 0 ? 0 : -EINVAL;
}

int json_match_new(const char *const *paths, JsonMatch **ret) {
        _cleanup_(json_match_freep) JsonMatch *m = NULL;
        unsigned n = 0;

        assert(ret);
        while (paths && paths[n])
                if (++n > MATCH_PATTERNS_MAX)
                        return -E2BIG;
        m = calloc(1, sizeof *m + n * sizeof(Pattern));
        if (!m)
                return -ENOMEM;
        for (; m->n < n; m->n++) {
                int r = compile(paths[m->n], &m->patterns[m->n]);

                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(m);
        return 0;
}

JsonMatch *json_match_free(JsonMatch *m) {
        free(m);
        return NULL;
}

MatchSet json_match_root(const JsonMatch *m) {
        assert(m);
        return (MatchSet) ((UINT64_C(1) << m->n) - 1);
}

MatchSet json_match_key(const JsonMatch *m, MatchSet set, unsigned depth, const char *key,
                        size_t n) {
        MatchSet fits = 0;

        assert(m);
        assert(key);
        for (unsigned i = 0; i < m->n; i++) {
                const Pattern *p = &m->patterns[i];

                if ((set >> i & 1) && depth < p->n_steps && p->steps[depth].key &&
                    p->steps[depth].n == n && memcmp(p->steps[depth].key, key, n) == 0)
                        fits |= (MatchSet) 1 << i;
        }
        return fits;
}

MatchSet json_match_element(const JsonMatch *m, MatchSet set, unsigned depth) {
        MatchSet fits = 0;

        assert(m);
        for (unsigned i = 0; i < m->n; i++) {
                const Pattern *p = &m->patterns[i];

                if ((set >> i & 1) && depth < p->n_steps && !p->steps[depth].key)
                        fits |= (MatchSet) 1 << i;
        }
        return fits;
}

MatchKind json_match_value(const JsonMatch *m, MatchSet set, unsigned depth) {
        assert(m);
        for (unsigned i = 0; i < m->n; i++)
                if ((set >> i & 1) && m->patterns[i].n_steps == depth)
                        return m->patterns[i].dropped ? MATCH_DROPPED : MATCH_PAYLOAD;
        return MATCH_NONE;
}
