/* SPDX-License-Identifier: MIT */

/* Reading JSON; see json_build.c for making it. */

#include "base/json.h"

#include <cJSON.h>
#include <inttypes.h>

#include "base/json_private.h"
#include "base/parse.h"

Json *json_free(Json *j) {
        cJSON_Delete(j);
        return NULL;
}

/* cJSON recurses to a depth that is not ours, so the depth is looked at before it starts. Returns
 * the offset of the bracket that is too much, or n. */
static size_t depth_exceeded_at(const char *text, size_t n) {
        unsigned depth = 0;
        bool quoted = false;

        for (size_t i = 0; i < n; i++) {
                char c = text[i];

                if (quoted) {
                        i += c == '\\';
                        quoted = c != '"';
                } else if (c == '"')
                        quoted = true;
                else if ((c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
                        return i;
                else if ((c == ']' || c == '}') && depth > 0)
                        depth--;
        }
        return n;
}

/* cJSON takes \u with anything but four digits behind it for NUL, which ends a string for whoever
 * reads it. Returns the offset of the backslash, or n. */
static size_t bad_escape_at(const char *text, size_t n) {
        for (size_t i = 0; i + 1 < n; i++) {
                if (text[i] != '\\')
                        continue;
                for (size_t k = 2; text[i + 1] == 'u' && k < 6; k++)
                        if (i + k >= n || hex_digit(text[i + k]) < 0)
                                return i;
                i++;
        }
        return n;
}

static bool only_blanks(const char *s, const char *end) {
        for (; s < end; s++)
                if (*s != ' ' && *s != '\t' && *s != '\n' && *s != '\r')
                        return false;
        return true;
}

static int check_text(const char *text, size_t n, Err *err) {
        size_t at;

        if (n > JSON_TEXT_MAX)
                return err_set(err, -E2BIG, "json is larger than %d bytes", (int) JSON_TEXT_MAX);
        at = utf8_valid_prefix(text, n);
        if (at < n)
                return err_set(err, -EBADMSG, "json is not UTF-8 at byte %zu", at);
        at = depth_exceeded_at(text, n);
        if (at < n)
                return err_set(err, -E2BIG, "json is nested deeper than %d at byte %zu",
                               (int) JSON_DEPTH_MAX, at);
        at = bad_escape_at(text, n);
        if (at < n)
                return err_set(err, -EBADMSG, "json has a wrong escape at byte %zu", at);
        return 0;
}

/* ---- long whole numbers ---- */

/* cJSON keeps a number as a double and prints 15 digits of it: seeds and ids are longer. */
enum {
        DIGITS_KEPT = 15,
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool has_long_number(const char *text, size_t n) {
        size_t run = 0;

        for (size_t i = 0; i < n && run <= DIGITS_KEPT; i++)
                run = is_digit(text[i]) ? run + 1 : 0;
        return run > DIGITS_KEPT;
}

/* What is left of a text that is JSON. */
typedef struct Rest {
        const char *p, *end;
} Rest;

/* The next number that is in no string; returns its length. */
static size_t next_number(Rest *rest, const char **ret) {
        size_t n = 0;
        bool quoted = false;

        for (; rest->p < rest->end; rest->p++)
                if (quoted && *rest->p == '\\')
                        rest->p++;
                else if (*rest->p == '"')
                        quoted = !quoted;
                else if (!quoted && (is_digit(*rest->p) || *rest->p == '-'))
                        break;
        *ret = rest->p;
        while (rest->p < rest->end && strchr("0123456789+-eE.", *rest->p) && *rest->p) {
                rest->p++;
                n++;
        }
        return n;
}

static bool is_long_integer(const char *s, size_t n) {
        size_t sign = n > 0 && *s == '-', digits = 0;

        while (sign + digits < n && is_digit(s[sign + digits]))
                digits++;
        return digits > DIGITS_KEPT && sign + digits == n && s[sign] != '0';
}

/* Each whole number that is too long becomes the text it was: they stand in the tree in the order of
 * the text. */
static int keep_long_numbers(Json *j, Rest *rest) {
        for (; j; j = j->next) {
                const char *text;
                size_t n = cJSON_IsNumber(j) ? next_number(rest, &text) : 0;

                if (n > 0 && is_long_integer(text, n)) {
                        j->valuestring = strndup(text, n);
                        if (!j->valuestring)
                                return -ENOMEM;
                        j->type = cJSON_Raw;
                }
                if (j->child && keep_long_numbers(j->child, rest) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int json_parse(const char *text, size_t n, Json **ret, Err *err) {
        _cleanup_(json_freep) Json *j = NULL;
        const char *end = text;
        int r;

        assert(text || n == 0);
        assert(ret);
        r = check_text(text, n, err);
        if (r < 0)
                return r;
        /* cJSON answers NULL for bad text and for lack of memory alike; malloc() tells. */
        errno = 0;
        j = cJSON_ParseWithLengthOpts(n > 0 ? text : "", n, &end, false);
        if (!j && errno == ENOMEM)
                return err_errno(err, -ENOMEM, "cannot read json");
        if (!j || !only_blanks(end, text + n))
                return err_set(err, -EBADMSG, "json is wrong at byte %zu",
                               n > 0 ? (size_t) (end - text) : 0);
        if (has_long_number(text, n) && keep_long_numbers(j, &(Rest){text, text + n}) < 0)
                return err_errno(err, -ENOMEM, "cannot read json");
        *ret = TAKE_PTR(j);
        return 0;
}

const Json *json_get(const Json *object, const char *key) {
        assert(key);
        return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const Json *json_at(const Json *array, size_t i) {
        const Json *child = cJSON_IsArray(array) ? array->child : NULL;

        for (; child && i > 0; i--)
                child = child->next;
        return child;
}

size_t json_length(const Json *array_or_object) {
        size_t n = 0;

        for (const Json *c = json_first(array_or_object); c; c = c->next)
                n++;
        return n;
}

bool json_is_array(const Json *j) {
        return cJSON_IsArray(j);
}

bool json_is_object(const Json *j) {
        return cJSON_IsObject(j);
}

bool json_is_string(const Json *j) {
        return cJSON_IsString(j);
}

const char *json_text(const Json *j) {
        return cJSON_IsString(j) ? j->valuestring : NULL;
}

const char *json_str(const Json *object, const char *key) {
        return json_text(json_get(object, key));
}

const char *json_key(const Json *member) {
        return member ? member->string : NULL;
}

/* Whole numbers that a double holds exactly; the comparison also refuses NaN and infinity. */
static bool whole_number(double d, int64_t *ret) {
        const double limit = (double) JSON_INT_EXACT;

        if (!(d >= -limit && d <= limit) || d != (double) (int64_t) d)
                return false;
        *ret = (int64_t) d;
        return true;
}

bool json_int(const Json *object, const char *key, int64_t *ret) {
        const Json *j = json_get(object, key);

        assert(ret);
        if (cJSON_IsNumber(j))
                return whole_number(j->valuedouble, ret);
        if (cJSON_IsString(j) || cJSON_IsRaw(j))
                return parse_int(j->valuestring, INT64_MIN, INT64_MAX, ret) == 0;
        return false;
}

/* What json_add_money() and json_add_int() wrote as text, read back from the tree they built, and
 * long whole numbers. */
static bool raw_number(const Json *j, double *ret) {
        const char *s = j->valuestring;
        bool negative = *s == '-';
        int64_t whole;
        Micros m;

        if (parse_int(s, INT64_MIN, INT64_MAX, &whole) == 0) {
                *ret = (double) whole;
                return true;
        }
        if (parse_money(s + negative, &m) < 0) {
                *ret = j->valuedouble; /* longer than 64 bits: what cJSON read */
                return true;
        }
        *ret = (negative ? -1.0 : 1.0) * (double) m / (double) MICROS_PER_UNIT;
        return true;
}

bool json_number(const Json *object, const char *key, double *ret) {
        const Json *j = json_get(object, key);

        assert(ret);
        if (cJSON_IsRaw(j))
                return raw_number(j, ret);
        if (!cJSON_IsNumber(j))
                return false;
        *ret = j->valuedouble;
        return true;
}

bool json_bool(const Json *object, const char *key, bool *ret) {
        const Json *j = json_get(object, key);

        assert(ret);
        if (!cJSON_IsBool(j))
                return false;
        *ret = cJSON_IsTrue(j);
        return true;
}

const Json *json_first(const Json *array_or_object) {
        return cJSON_IsArray(array_or_object) || cJSON_IsObject(array_or_object)
                       ? array_or_object->child
                       : NULL;
}

const Json *json_next(const Json *child) {
        return child ? child->next : NULL;
}

static const Json *member_n(const Json *object, const char *key, size_t n) {
        for (const Json *c = cJSON_IsObject(object) ? object->child : NULL; c; c = c->next)
                if (strlen(c->string) == n && memcmp(c->string, key, n) == 0)
                        return c;
        return NULL;
}

const Json *json_path(const Json *j, const char *path) {
        assert(path);
        while (*path && j) {
                size_t n = strcspn(path, ".[");

                if (n > 0)
                        j = member_n(j, path, n);
                path += n;
                if (*path == '[') {
                        size_t i = 0;

                        for (path++; *path >= '0' && *path <= '9'; path++)
                                i = i * 10 + (size_t) (*path - '0');
                        assert(*path == ']'); /* paths are written by us */
                        path++;
                        j = json_at(j, i);
                }
                path += *path == '.';
        }
        return j;
}
