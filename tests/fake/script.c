/* SPDX-License-Identifier: MIT */

/*
 * Which action answers a request. One line each:
 *
 *      [WHEN] MATCH ACTION [ARGUMENTS...]          # comment
 *
 * WHEN: nothing (one request), "5x" (five), "every" (all), "3.5%" (each with that chance).
 * MATCH: "*", "path:TEXT" (in the path), "prompt:TEXT" (in the first characters of the prompt),
 * "route:NAME" ("submit", "poll", "download" ..., or "veo/poll" of one wire), "n:K" (the K-th
 * request). The first line that fits and is not used up wins.
 */

#include "base/fs.h"
#include "base/parse.h"
#include "base/strv.h"
#include "wire.h"

enum {
        SCRIPT_MAX = 256 * 1024,
        SCRIPT_LINES_MAX = 10000,
        CHANCE_ONE = 1000000, /* a certainty */
};

typedef struct Line {
        int64_t count, left; /* -1: never used up */
        int64_t chance;      /* of CHANCE_ONE; -1: certain */
        char match[FAKE_WORD_MAX * 2];
        Action action;
} Line;

struct Script {
        Line *lines;
        size_t n;
        bool cycle;
        uint64_t random;
};

/* The next word of *p, copied and cut; false at the end. */
static bool next_word(const char **p, char *ret, size_t size) {
        size_t n;

        *p += strspn(*p, " \t");
        n = strcspn(*p, " \t");
        (void) snprintf(ret, size, "%.*s", (int) n, *p);
        *p += n;
        return n > 0;
}

/* "5x", "every", "3.5%"; false when the word is none of these. */
static bool read_when(const char *word, Line *line) {
        size_t n = strlen(word);
        char number[FAKE_WORD_MAX];
        int64_t v;

        line->count = 1;
        line->chance = -1;
        if (streq(word, "every")) {
                line->count = -1;
                return true;
        }
        if (n < 2 || n >= sizeof number)
                return false;
        memcpy(number, word, n - 1);
        number[n - 1] = '\0';
        if (word[n - 1] == 'x' && parse_int(number, 1, INT64_MAX, &v) >= 0) {
                line->count = v;
                return true;
        }
        if (word[n - 1] == '%' && parse_money(number, &v) >= 0 && v <= 100 * MICROS_PER_UNIT) {
                line->count = -1;
                line->chance = v / 100; /* micro-percent points of a hundred */
                return true;
        }
        return false;
}

static bool match_is_valid(const char *m) {
        int64_t v;

        return streq(m, "*") || strncmp(m, "path:", 5) == 0 || strncmp(m, "prompt:", 7) == 0 ||
               strncmp(m, "route:", 6) == 0 ||
               (strncmp(m, "n:", 2) == 0 && parse_int(m + 2, 1, INT64_MAX, &v) >= 0);
}

static int read_line(const char *text, Line *line) {
        char word[FAKE_WORD_MAX * 2];

        if (!next_word(&text, word, sizeof word))
                return 0;
        if (read_when(word, line) && !next_word(&text, word, sizeof word))
                return -EINVAL;
        if (!match_is_valid(word))
                return -EINVAL;
        (void) snprintf(line->match, sizeof line->match, "%s", word);
        if (!next_word(&text, line->action.name, sizeof line->action.name) ||
            !action_is_known(line->action.name))
                return -EINVAL;
        text += strspn(text, " \t");
        (void) snprintf(line->action.args, sizeof line->action.args, "%s", text);
        line->left = line->count;
        return 1;
}

static int read_lines(Script *s, char *text, Err *err) {
        int number = 0;

        for (char *next, *line = text; line; line = next) {
                Line parsed = {0}, *lines;
                char *comment;
                int r;

                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                number++;
                comment = strchr(line, '#');
                if (comment)
                        *comment = '\0';
                line[strcspn(line, "\r")] = '\0';
                r = read_line(line, &parsed);
                if (r < 0 || s->n >= SCRIPT_LINES_MAX)
                        return err_set(err, -EINVAL, "line %d is no script line: '%s'", number,
                                       line);
                if (r == 0)
                        continue;
                lines = reallocarray(s->lines, s->n + 1, sizeof *lines);
                if (!lines)
                        return -ENOMEM;
                s->lines = lines;
                s->lines[s->n++] = parsed;
        }
        return 0;
}

int script_load(const char *path, bool cycle, uint64_t seed, Script **ret, Err *err) {
        _cleanup_(freep) char *text = NULL;
        Script *s;
        size_t n;
        int r;

        r = fs_read_file(path, SCRIPT_MAX, &text, &n);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", path);
        s = calloc(1, sizeof *s);
        if (!s)
                return err_errno(err, -ENOMEM, "cannot read '%s'", path);
        s->cycle = cycle;
        s->random = seed;
        r = read_lines(s, text, err);
        if (r < 0) {
                (void) script_free(s);
                return err_prefix(err, r, "%s", path);
        }
        *ret = s;
        return 0;
}

Script *script_free(Script *s) {
        if (s) {
                free(s->lines);
                free(s);
        }
        return NULL;
}

/* "poll" or "veo/poll" */
static bool route_fits(const char *m, const Ask *ask) {
        size_t n = strlen(ask->wire->name);

        if (!ask->route)
                return false;
        if (strncmp(m, ask->wire->name, n) == 0 && m[n] == '/')
                m += n + 1;
        return streq(m, ask->route->name);
}

static bool fits(const Line *line, uint64_t seq, const char *path, const Ask *ask) {
        const char *m = line->match;
        int64_t v;

        if (streq(m, "*"))
                return true;
        if (strncmp(m, "path:", 5) == 0)
                return strstr(path, m + 5) != NULL;
        if (strncmp(m, "prompt:", 7) == 0)
                return strstr(ask->prompt, m + 7) != NULL;
        if (strncmp(m, "route:", 6) == 0)
                return route_fits(m + 6, ask);
        return parse_int(m + 2, 1, INT64_MAX, &v) >= 0 && (uint64_t) v == seq;
}

static Line *pick(Script *s, uint64_t seq, const char *path, const Ask *ask) {
        for (size_t i = 0; i < s->n; i++) {
                Line *line = &s->lines[i];

                if (line->left == 0 || !fits(line, seq, path, ask))
                        continue;
                if (line->chance >= 0 &&
                    (int64_t) (random_next(&s->random) % CHANCE_ONE) >= line->chance)
                        continue;
                return line;
        }
        return NULL;
}

void script_pick(Script *s, uint64_t seq, const char *path, const Ask *ask, Action *ret) {
        Line *line = NULL;

        *ret = (Action){.name = "ok"};
        if (!s)
                return;
        line = pick(s, seq, path, ask);
        if (!line && s->cycle) {
                for (size_t i = 0; i < s->n; i++)
                        s->lines[i].left = s->lines[i].count;
                line = pick(s, seq, path, ask);
        }
        if (!line)
                return;
        if (line->left > 0)
                line->left--;
        *ret = line->action;
}
