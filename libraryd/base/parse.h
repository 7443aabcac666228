/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The one place where text becomes numbers, money, durations and times. All of them parse the whole
 * string, refuse leading blanks, signs where none belong, overflow and trailing junk with -EINVAL
 * (-ERANGE beyond the bounds), and leave *ret untouched on failure. No locale.
 */

#include "base/macro.h"

int parse_int(const char *s, int64_t min, int64_t max, int64_t *ret);
int parse_bool(const char *s, bool *ret);    /* true false yes no on off */
int parse_money(const char *s, Micros *ret); /* "50", "0.10", "$4.5"; at most 6 decimals, >= 0 */
int parse_duration(
        const char *s,
        int64_t *ret_ms); /* "10m" "1h30m" "30d" "500ms" "2w"; a bare number is refused */
int parse_bytes(const char *s, uint64_t *ret);            /* "64KiB" "10MB" "512" */
int parse_date(const char *s, int64_t *ret_ms);           /* "2026-11-23" (UTC midnight) */
int parse_time_of_day(const char *s, int *ret_minutes);   /* "06:00" -> 360 */
int parse_size_2d(const char *s, int *ret_w, int *ret_h); /* "1080x1920" */
int parse_ratio(const char *s, int *ret_w, int *ret_h);   /* "9:16" */
/* A point in time for --since: "2026-11-23", "2026-11-23T02:00:00Z", or an age before `now_ms`:
 * "14d", "-14d". */
int parse_since(const char *s, int64_t now_ms, int64_t *ret_ms);

enum {
        NAME_MAX_LEN = 64,
};
/* A name of a brand, hook, category, axis, recipe, provider: [a-z0-9][a-z0-9._-]*, at most
 * NAME_MAX_LEN. */
bool name_is_valid(const char *s);

/* "$4.10", "$0.0336", "$0.000012": rounded to what says something to a person. For people; data
 * gets all of it. */
enum {
        MONEY_TEXT_MAX = 40,
};
void money_format(Micros m, char ret[static MONEY_TEXT_MAX]);

/* The value of a hexadecimal digit, -1 when it is none. */
int hex_digit(char c);

/* True when the bytes are valid UTF-8 without NUL. */
bool utf8_is_valid(const char *s, size_t n);
/* Whether valid UTF-8 has control characters (C0, DEL, C1). */
bool utf8_has_control(const char *s);
/* How many of the n bytes are valid UTF-8 without NUL, from the start. */
size_t utf8_valid_prefix(const char *s, size_t n);
/* A copy with each invalid byte replaced by U+FFFD; NULL on -ENOMEM. Caller frees. */
char *utf8_clean(const char *s);
/* Characters (code points) of a valid UTF-8 string. */
size_t utf8_length(const char *s);
/* Characters of valid UTF-8 as ad platforms count those of copy: the ones of double width (Chinese,
 * Japanese, Korean, emoji) twice. */
size_t utf8_copy_length(const char *text);
