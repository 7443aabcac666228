/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * JSON in and out. The only file that touches cJSON: everything else goes through these typed
 * calls, which never trust a member to be there or to have the expected type. Numbers: whole ones are
 * read and handed on digit by digit, however long; of ours those beyond 2^53 travel as strings,
 * because most readers have doubles.
 */

#include "base/err.h"

typedef struct cJSON Json;

enum {
        JSON_TEXT_MAX = 16 * 1024 * 1024,
};

Json *json_free(Json *j); /* returns NULL, accepts NULL */
DEFINE_CLEANUP(Json, json_free);

/* Parses exactly one value; trailing bytes other than white space are an error. -EBADMSG with the
 * offset in err, -E2BIG, -ENOMEM. */
int json_parse(const char *text, size_t n, Json **ret, Err *err);

/* Reading. All accept NULL and a value of any type, and answer NULL / false / the fallback then.
 * Everything is borrowed. */
const Json *json_get(const Json *object, const char *key); /* member, or NULL; exact case */
const Json *json_at(const Json *array, size_t i);          /* element, or NULL */
size_t json_length(const Json *array_or_object);           /* 0 for anything else */
bool json_is_array(const Json *j);
bool json_is_object(const Json *j);
bool json_is_string(const Json *j);
const char *json_text(const Json *j);                      /* the string, or NULL when it is none */
const char *json_str(const Json *object, const char *key); /* member as string, or NULL */
const char *json_key(const Json *member);                  /* name of an object's member, or NULL */
bool json_int(const Json *object, const char *key,
              int64_t *ret); /* whole number, or a string of digits; false otherwise, and beyond 64
                                bits */
bool json_number(const Json *object, const char *key, double *ret);
bool json_bool(const Json *object, const char *key, bool *ret);
/* Follows "a.b[0].c"; NULL as soon as a step is missing. */
const Json *json_path(const Json *j, const char *path);
const Json *json_first(const Json *array_or_object); /* iteration: first child, then json_next */
const Json *json_next(const Json *child);

/* Building. Each returns 0 or -ENOMEM; NULL target means an earlier failure and gives -ENOMEM, so a
 * chain may be checked once at the end through json_print(). A NULL string value adds null. Strings
 * must be valid UTF-8 (invalid bytes become U+FFFD). */
Json *json_new_object(void);
Json *json_new_array(void);
Json *json_new_string(const char *s);
Json *json_copy(const Json *j);
int json_add_str(Json *object, const char *key, const char *value);
int json_add_int(Json *object, const char *key, int64_t value);
int json_add_number(Json *object, const char *key, double value);
int json_add_money(Json *object, const char *key,
                   Micros value); /* a JSON number in currency units, exact to 6 decimals */
int json_add_bool(Json *object, const char *key, bool value);
int json_add_null(Json *object, const char *key);
int json_add_time(Json *object, const char *key,
                  int64_t wall_ms); /* "2026-11-23T02:00:07Z"; <= 0 gives null */
int json_add(Json *object, const char *key,
             Json *value);               /* takes value, even on failure; NULL value = -ENOMEM */
int json_push(Json *array, Json *value); /* takes value, even on failure */
Json *json_add_object(Json *object, const char *key); /* new child, borrowed; NULL on failure */
Json *json_add_array(Json *object, const char *key);

/* One line, or indented for people. Caller frees; NULL when memory ran out. */
char *json_print(const Json *j);
char *json_print_pretty(const Json *j);
