/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "recipe/config.h"

enum {
        PROBLEM_TEXT_MAX = 4096,
};

void problems_done(Problems *p) {
        if (!p)
                return;
        for (size_t i = 0; i < p->n; i++) {
                free(p->items[i].file);
                free(p->items[i].text);
        }
        free(p->items);
        *p = (Problems){0};
}

/* Texts quote what people wrote: one line, nothing a terminal would act on. */
static void make_printable(char *s) {
        for (; *s; s++)
                if ((unsigned char) *s < 0x20 || *s == 0x7f)
                        *s = ' ';
}

static int problems_grow(Problems *p) {
        Problem *items;

        if (p->n != 0 && (p->n < 8 || (p->n & (p->n - 1)) != 0))
                return 0;
        items = reallocarray(p->items, p->n == 0 ? 8 : 2 * p->n, sizeof *items);
        if (!items)
                return -ENOMEM;
        p->items = items;
        return 0;
}

static int problem_append(Problems *p, Problem *problem) {
        if (!problem->file || !problem->text || problems_grow(p) < 0) {
                free(problem->file);
                free(problem->text);
                return -ENOMEM;
        }
        make_printable(problem->text);
        p->items[p->n++] = *problem;
        return 0;
}

int problem_add(Problems *p, ProblemLevel level, const char *file, int line, int column,
                const char *format, ...) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(PROBLEM_TEXT_MAX);
        Problem problem = {.level = level, .line = line, .column = column};
        va_list ap;

        assert(p);
        assert(file);
        assert(format);
        if (level == PROBLEM_ERROR)
                p->n_errors++;
        if (p->n >= CONFIG_PROBLEMS_MAX) {
                p->dropped++;
                return 0;
        }
        va_start(ap, format);
        (void) strbuf_vprintf(&text, format, ap);
        va_end(ap);
        problem.text =
                text.error == -E2BIG ? strdup("a problem too long to print") : strbuf_take(&text);
        problem.file = strdup(file);
        return problem_append(p, &problem);
}

static int compare_problems(const void *a, const void *b) {
        const Problem *x = a, *y = b;
        int r = strcmp(x->file, y->file);

        if (r == 0)
                r = (x->line > y->line) - (x->line < y->line);
        if (r == 0)
                r = (x->column > y->column) - (x->column < y->column);
        if (r == 0)
                r = strcmp(x->text, y->text);
        return r;
}

void problems_sort(Problems *p) {
        assert(p);
        if (p->n > 1)
                qsort(p->items, p->n, sizeof *p->items, compare_problems);
}

static int print_problem(const Problem *p, FILE *stream, bool colour) {
        /* Names of files are somebody's choice too. */
        _cleanup_(freep) char *file = text_safe(p->file), *text = text_safe(p->text);
        const char *word = p->level == PROBLEM_ERROR ? "error" : "warning";
        const char *on = p->level == PROBLEM_ERROR ? "\033[1;31m" : "\033[1;35m";

        if (!file || !text)
                return -ENOMEM;
        fputs(file, stream);
        if (p->line > 0)
                fprintf(stream, ":%d:%d", p->line, p->column);
        fprintf(stream, ": %s%s:%s %s\n", colour ? on : "", word, colour ? "\033[0m" : "", text);
        return 0;
}

int problems_print(const Problems *p, FILE *stream, bool colour) {
        _cleanup_(freep) Problem *sorted = NULL;

        assert(p);
        assert(stream);
        sorted = calloc(p->n + 1, sizeof *sorted);
        if (!sorted)
                return -ENOMEM;
        if (p->n > 0)
                memcpy(sorted, p->items, p->n * sizeof *sorted);
        qsort(sorted, p->n, sizeof *sorted, compare_problems);
        for (size_t i = 0; i < p->n; i++) {
                int r = print_problem(&sorted[i], stream, colour);

                if (r < 0)
                        return r;
        }
        if (p->dropped > 0)
                fprintf(stream, "... and %zu more; mend these first\n", p->dropped);
        return ferror(stream) ? -EIO : 0;
}
