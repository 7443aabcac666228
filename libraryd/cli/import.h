/* SPDX-License-Identifier: MIT */
#pragma once

/* What `assetlib import` is made of: files as they are found, and the words that describe them. */

#include "core/library.h"
#include "media/worker.h"

enum {
        IMPORT_TEXT_MAX = 64 * 1024, /* bytes of a file with copy */
        IMPORT_KEYS_MAX = 64,        /* words of one file */
        IMPORT_PATTERN_MAX = 1024,
};

/* key -> value of one file; a later value of the same key counts. */
typedef struct Words {
        struct {
                char *key, *value;
        } items[IMPORT_KEYS_MAX];
        size_t n;
} Words;
void words_done(Words *w);
int words_set(Words *w, const char *key, const char *value, size_t n); /* -E2BIG, -ENOMEM */
const char *words_get(const Words *w, const char *key);

/* ---- import_path.c ---- */

/* A pattern as "{brand}/{hook}/{category}_*.png" against the end of a path, as many parts as the pattern
 * has: {key} takes one or more characters, * any number, neither a slash. True with what was taken. */
bool path_match(const char *pattern, const char *path, Words *words);
/* -EINVAL with a sentence: an unclosed brace, a key that is none. */
int path_pattern_check(const char *pattern, Err *err);

/* ---- csv.c ---- */

enum {
        CSV_BYTES_MAX = 64 * 1024 * 1024,
        CSV_FIELDS_MAX = IMPORT_KEYS_MAX,
};

/* RFC 4180: fields parted by commas, quoted ones with "" for a quote, lines ended by LF or CRLF. */
typedef struct Csv {
        char *text; /* owned; fields point into it */
        size_t n, at;
        int64_t line; /* of the record read last */
        char *fields[CSV_FIELDS_MAX];
        size_t n_fields;
} Csv;
int csv_open(const char *path, Csv *ret, Err *err);
void csv_done(Csv *c);
/* 1 and the fields of the next record, 0 at the end; -EINVAL with the line. */
int csv_next(Csv *c, Err *err);

/* ---- import_file.c ---- */

typedef struct ImportFile {
        int fd;      /* of what will be stored; -1 = none */
        char *spool; /* the copy below the library; NULL: a dry run */
        char *text;  /* copy */
        AssetKind kind;
        MediaInfo info;
        Digest digest;
        int64_t bytes;
} ImportFile;
#define IMPORT_FILE_NONE ((ImportFile){.fd = -1})
void import_file_done(ImportFile *f, int lib_dir_fd); /* removes the copy, unless it was stored */

/* Opens `path` (a regular file with a name that is text, no link), copies it below the library unless it is
 * a dry run, and takes its hash; what is copied is what is looked at. -EINVAL, -ELOOP, -EFBIG: refused. */
int import_file_open(const char *path, int lib_dir_fd, bool dry_run, ImportFile *ret, Err *err);
/* What it is: a picture or video as the worker says, or copy. -EBADMSG: neither. */
int import_file_look(ImportFile *f, const char *path, MediaWorker *worker, Err *err);
