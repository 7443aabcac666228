/* SPDX-License-Identifier: MIT */

/*
 * Making JSON. A value that could not be added marks its parent as incomplete, by a bit of the
 * node's type that cJSON does not use; json_print() refuses a tree with such a mark, so that no
 * caller can send half an object for want of a check.
 */

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/json_private.h"
#include "base/parse.h"
#include "base/strbuf.h"

enum {
        JSON_INCOMPLETE = 1 << 16,
        JSON_NUMBER_MAX = 40,
};

/* cJSON prints whole numbers below this as they are; above it rounds to 15 digits. */
#define JSON_INT_PLAIN INT64_C(1000000000000000)

static int incomplete(Json *parent) {
        if (parent)
                parent->type |= JSON_INCOMPLETE;
        return -ENOMEM;
}

static bool is_complete(const Json *j) {
        if (j->type & JSON_INCOMPLETE)
                return false;
        for (const Json *c = j->child; c; c = c->next)
                if (!is_complete(c))
                        return false;
        return true;
}

Json *json_new_object(void) {
        return cJSON_CreateObject();
}

Json *json_new_array(void) {
        return cJSON_CreateArray();
}

Json *json_new_string(const char *s) {
        _cleanup_(freep) char *clean = NULL;

        if (!s)
                return cJSON_CreateNull();
        if (utf8_is_valid(s, strlen(s)))
                return cJSON_CreateString(s);
        clean = utf8_clean(s);
        return clean ? cJSON_CreateString(clean) : NULL;
}

Json *json_copy(const Json *j) {
        return j ? cJSON_Duplicate(j, true) : NULL;
}

int json_add(Json *object, const char *key, Json *value) {
        _cleanup_(freep) char *clean = NULL;
        _cleanup_(json_freep) Json *owned = value;

        assert(key);
        if (!object || !value)
                return incomplete(object);
        assert(cJSON_IsObject(object));
        if (!utf8_is_valid(key, strlen(key))) {
                clean = utf8_clean(key);
                if (!clean)
                        return incomplete(object);
                key = clean;
        }
        if (!cJSON_AddItemToObject(object, key, value))
                return incomplete(object);
        (void) TAKE_PTR(owned);
        return 0;
}

int json_push(Json *array, Json *value) {
        _cleanup_(json_freep) Json *owned = value;

        if (!array || !value)
                return incomplete(array);
        assert(cJSON_IsArray(array));
        if (!cJSON_AddItemToArray(array, value))
                return incomplete(array);
        (void) TAKE_PTR(owned);
        return 0;
}

int json_add_str(Json *object, const char *key, const char *value) {
        return json_add(object, key, json_new_string(value));
}

int json_add_int(Json *object, const char *key, int64_t value) {
        char text[JSON_NUMBER_MAX];

        if (value > -JSON_INT_PLAIN && value < JSON_INT_PLAIN)
                return json_add(object, key, cJSON_CreateNumber((double) value));
        (void) snprintf(text, sizeof text, "%" PRId64, value);
        if (value >= -JSON_INT_EXACT && value <= JSON_INT_EXACT)
                return json_add(object, key, cJSON_CreateRaw(text));
        return json_add(object, key, cJSON_CreateString(text));
}

int json_add_number(Json *object, const char *key, double value) {
        return json_add(object, key, cJSON_CreateNumber(value));
}

/* As text, since a double has no 0.1: "-12.0336", "4.1", "50". */
int json_add_money(Json *object, const char *key, Micros value) {
        uint64_t v = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;
        char text[JSON_NUMBER_MAX];
        size_t n;

        (void) snprintf(text, sizeof text, "%s%" PRIu64 ".%06" PRIu64, value < 0 ? "-" : "",
                        v / (uint64_t) MICROS_PER_UNIT, v % (uint64_t) MICROS_PER_UNIT);
        n = strlen(text);
        while (text[n - 1] == '0')
                text[--n] = 0;
        if (text[n - 1] == '.')
                text[--n] = 0;
        return json_add(object, key, cJSON_CreateRaw(text));
}

int json_add_bool(Json *object, const char *key, bool value) {
        return json_add(object, key, cJSON_CreateBool(value));
}

int json_add_null(Json *object, const char *key) {
        return json_add(object, key, cJSON_CreateNull());
}

int json_add_time(Json *object, const char *key, int64_t wall_ms) {
        char text[TIME_TEXT_MAX];

        if (wall_ms <= 0)
                return json_add_null(object, key);
        time_format_utc(wall_ms, text);
        return json_add_str(object, key, text);
}

static Json *add_borrowed(Json *object, const char *key, Json *child) {
        return json_add(object, key, child) < 0 ? NULL : child;
}

Json *json_add_object(Json *object, const char *key) {
        return add_borrowed(object, key, cJSON_CreateObject());
}

Json *json_add_array(Json *object, const char *key) {
        return add_borrowed(object, key, cJSON_CreateArray());
}

char *json_print(const Json *j) {
        return j && is_complete(j) ? cJSON_PrintUnformatted(j) : NULL;
}

/* cJSON indents by tabs; two blanks are what people and diff tools expect. Strings hold no raw tab:
 * it is escaped there. */
static char *tabs_to_blanks(const char *text) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(SIZE_MAX / 2);
        bool indent = true;

        for (const char *p = text; *p; p++) {
                if (*p != '\t')
                        (void) strbuf_putc(&b, *p);
                else
                        (void) strbuf_puts(&b, indent ? "  " : " ");
                indent = *p == '\n' || (indent && *p == '\t');
        }
        return strbuf_take(&b);
}

char *json_print_pretty(const Json *j) {
        _cleanup_(freep) char *text = NULL;

        if (!j || !is_complete(j))
                return NULL;
        text = cJSON_Print(j);
        return text ? tabs_to_blanks(text) : NULL;
}
