/* SPDX-License-Identifier: MIT */

#include "recipe/reader.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "base/strv.h"

Shown shown(const char *s) {
        Shown v;
        size_t n;

        assert(s);
        n = strlen(s);
        if (n < sizeof v.text) {
                memcpy(v.text, s, n + 1);
                return v;
        }
        n = sizeof v.text - 4;
        while (n > 0 && ((unsigned char) s[n] & 0xc0) == 0x80) /* not inside a character */
                n--;
        memcpy(v.text, s, n);
        memcpy(v.text + n, "...", 4);
        return v;
}

Suggestion suggest(const char *word, const char *const *words, size_t n) {
        Suggestion v = {.text = ""};
        const char *near;

        assert(word);
        near = strlen(word) < SHOWN_MAX ? nearest_word(word, words, n) : NULL;
        if (near)
                (void) snprintf(v.text, sizeof v.text, "; did you mean '%s'?", shown(near).text);
        return v;
}

Place node_place(const Source *source, const Node *node) {
        assert(source);
        assert(node);
        return (Place){.file = source->file, .line = node->line, .column = node->column};
}

/* Prepends: the path is linked from the inside out. Returns the start of the text in buf. */
static const char *path_text(const ReaderPath *path, char buf[static READER_PATH_MAX]) {
        size_t at = READER_PATH_MAX - 1;

        buf[at] = 0;
        for (const ReaderPath *p = path; p; p = p->up) {
                char step[SHOWN_MAX + 8];
                const char *dot = p->up && p->key ? "." : "";
                size_t n;

                if (p->key)
                        (void) snprintf(step, sizeof step, "%s%s", dot, shown(p->key).text);
                else
                        (void) snprintf(step, sizeof step, "[%zu]", p->index);
                n = strlen(step);
                if (n > at)
                        break;
                at -= n;
                memcpy(buf + at, step, n);
        }
        return buf + at;
}

void reader_problem(Reader *r, ProblemLevel level, Place at, const char *format, ...) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        char path[READER_PATH_MAX];
        va_list ap;

        assert(r);
        assert(format);
        va_start(ap, format);
        (void) strbuf_vprintf(&text, format, ap);
        va_end(ap);
        if (text.error < 0 ||
            problem_add(r->problems, level, at.file, at.line, at.column, "%s%s%s",
                        path_text(r->path, path), r->path ? ": " : "", strbuf_text(&text)) < 0)
                r->error = -ENOMEM;
}

void reader_enter(Reader *r, ReaderPath *frame, const char *key, size_t index) {
        assert(r);
        assert(frame);
        *frame = (ReaderPath){.up = r->path, .key = key, .index = index};
        r->path = frame;
}

void reader_leave(Reader *r) {
        assert(r);
        assert(r->path);
        r->path = r->path->up;
}

char *reader_strdup(Reader *r, const char *s) {
        char *p;

        assert(r);
        assert(s);
        p = arena_strdup(r->arena, s);
        if (!p)
                r->error = -ENOMEM;
        return p;
}

void *reader_array(Reader *r, size_t n, size_t size) {
        void *p;

        assert(r);
        p = arena_array(r->arena, n, size);
        if (!p)
                r->error = -ENOMEM;
        return p;
}
