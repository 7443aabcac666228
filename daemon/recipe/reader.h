/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The state of reading one file: where values are copied to, where problems go, and the path inside
 * the file that every problem begins with ("providers.gemini.timeout: ..."). Reading never stops at
 * a problem; what ends it is the sticky error of a failed allocation, checked once at the end.
 */

#include "recipe/node.h"

typedef struct ReaderPath ReaderPath;
struct ReaderPath { /* on the stack of whoever descends */
        const ReaderPath *up;
        const char *key; /* NULL: an index */
        size_t index;
};

typedef struct Reader {
        Arena *arena; /* values live here */
        Problems *problems;
        Source source;
        const ReaderPath *path;
        int error; /* 0 or -ENOMEM */
} Reader;

enum {
        SHOWN_MAX = 64, /* bytes of somebody's text quoted in a problem */
        SUGGEST_MAX = 128,
        READER_PATH_MAX = 512,
};

/* Somebody's text, cut for a problem; a value, so that it can stand in an argument list. */
typedef struct Shown {
        char text[SHOWN_MAX];
} Shown;
Shown shown(const char *s);

/* "; did you mean 'x'?", or "" when nothing is near. */
typedef struct Suggestion {
        char text[SUGGEST_MAX];
} Suggestion;
Suggestion suggest(const char *word, const char *const *words, size_t n);

/* Adds "path: text" at the node's place. Use reader_error() and reader_warning(). */
void reader_problem(Reader *r, ProblemLevel level, Place at, const char *format, ...)
        _printf_(4, 5);
#define reader_error(r, node, ...)                                                                 \
        reader_problem((r), PROBLEM_ERROR, node_place(&(r)->source, (node)), __VA_ARGS__)
#define reader_warning(r, node, ...)                                                               \
        reader_problem((r), PROBLEM_WARNING, node_place(&(r)->source, (node)), __VA_ARGS__)

Place node_place(const Source *source, const Node *node);

/* Goes one step down until reader_leave(); `frame` is the caller's. */
void reader_enter(Reader *r, ReaderPath *frame, const char *key, size_t index);
void reader_leave(Reader *r);

/* Memory of the arena; NULL makes the error sticky. */
char *reader_strdup(Reader *r, const char *s);
void *reader_array(Reader *r, size_t n, size_t size);
