/* SPDX-License-Identifier: MIT */

#include "recipe/schema_types.h"

#include "base/clock.h"
#include "base/parse.h"
#include "base/strbuf.h"

typedef bool (*ScalarFn)(Reader *r, const SchemaKey *key, const Node *node, void *target);

static bool read_text(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        size_t max = key->max > 0 ? (size_t) key->max : SCHEMA_TEXT_MAX, n = strlen(node->text);
        char *copy;

        if (n == 0 || n < (size_t) key->min) {
                reader_error(r, node, "is empty; give it a value or remove the line");
                return false;
        }
        if (n > max) {
                reader_error(r, node, "is too long: %zu bytes, at most %zu", n, max);
                return false;
        }
        copy = reader_strdup(r, node->text);
        if (copy)
                *(const char **) target = copy;
        return copy;
}

static bool read_name(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        if (!name_is_valid(node->text)) {
                reader_error(r, node,
                             "'%s' is not a name: lower-case letters, digits and . _ - are, at "
                             "most %d of them",
                             shown(node->text).text, NAME_MAX_LEN);
                return false;
        }
        return read_text(r, key, node, target);
}

static bool read_word(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        _cleanup_(strbuf_done) StrBuf list = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        size_t n = 0;

        for (; key->words[n]; n++) {
                if (streq(key->words[n], node->text)) {
                        *(int *) target = (int) n;
                        return true;
                }
                (void) strbuf_printf(&list, "%s%s", n > 0 ? ", " : "", key->words[n]);
        }
        reader_error(r, node, "'%s' is not one of %s%s", shown(node->text).text, strbuf_text(&list),
                     suggest(node->text, key->words, n).text);
        return false;
}

static bool read_bool(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        if (parse_bool(node->text, target) < 0) {
                reader_error(r, node, "'%s' is neither true nor false", shown(node->text).text);
                return false;
        }
        return true;
}

static bool read_int(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        if (parse_int(node->text, key->min, key->max, target) < 0) {
                reader_error(r, node, "'%s' is not a whole number from %lld to %lld",
                             shown(node->text).text, (long long) key->min, (long long) key->max);
                return false;
        }
        return true;
}

static bool read_money(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        if (parse_money(node->text, target) < 0) {
                reader_error(r, node,
                             "'%s' is not an amount of money; write e.g. 50 or 0.10 (at most 6 "
                             "decimals, not negative)",
                             shown(node->text).text);
                return false;
        }
        return true;
}

static bool read_duration(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        char min[TIME_TEXT_MAX], max[TIME_TEXT_MAX];
        int64_t ms;

        if (parse_duration(node->text, &ms) < 0) {
                reader_error(r, node, "'%s' is not a duration; write e.g. '10m', '1h30m', '30d'",
                             shown(node->text).text);
                return false;
        }
        if (ms < key->min || ms > key->max) {
                duration_format(key->min, min);
                duration_format(key->max, max);
                reader_error(r, node, "'%s' is out of range: from %s to %s", shown(node->text).text,
                             min, max);
                return false;
        }
        *(int64_t *) target = ms;
        return true;
}

static bool read_date(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        if (parse_date(node->text, target) < 0) {
                reader_error(r, node, "'%s' is not a date; write e.g. 2026-11-23",
                             shown(node->text).text);
                return false;
        }
        return true;
}

static bool read_time(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        if (parse_time_of_day(node->text, target) < 0) {
                reader_error(r, node, "'%s' is not a time of day; write e.g. \"06:00\"",
                             shown(node->text).text);
                return false;
        }
        return true;
}

static const struct {
        const char *noun;
        ScalarFn read;
} scalars[_SCHEMA_TYPE_MAX] = {
        [SCHEMA_TEXT] = {"text", read_text},
        [SCHEMA_NAME] = {"a name", read_name},
        [SCHEMA_WORD] = {"a word", read_word},
        [SCHEMA_BOOL] = {"true or false", read_bool},
        [SCHEMA_INT] = {"a whole number", read_int},
        [SCHEMA_MONEY] = {"an amount of money", read_money},
        [SCHEMA_DURATION] = {"a duration", read_duration},
        [SCHEMA_DATE] = {"a date", read_date},
        [SCHEMA_TIME] = {"a time of day", read_time},
};

bool schema_scalar_read(Reader *r, const SchemaKey *key, const Node *node, void *target) {
        assert(r);
        assert(key && key->type < _SCHEMA_TYPE_MAX && scalars[key->type].read);
        assert(node);
        assert(target);
        return schema_scalar(r, node, scalars[key->type].noun) &&
               scalars[key->type].read(r, key, node, target);
}

static bool read_one_text(Reader *r, const SchemaKey *key, const Node *node, const char **target) {
        int word;

        if (!schema_scalar(r, node, "text"))
                return false;
        if (key->words && !read_word(r, key, node, &word))
                return false;
        return read_text(r, key, node, target);
}

bool schema_read_texts(Reader *r, const SchemaKey *key, const Node *node, const char ***ret,
                       size_t *ret_n) {
        const char **texts;
        bool fine = true;
        size_t i = 0;

        assert(r);
        assert(key);
        assert(node);
        if (node->type == NODE_MAP || (node->type == NODE_LIST && node->n == 0)) {
                reader_error(r, node, "expected text or a list of texts, found %s",
                             node->type == NODE_MAP ? "a map" : "an empty list");
                return false;
        }
        texts = reader_array(r, node->n + 2, sizeof *texts);
        if (!texts)
                return false;
        if (node->type == NODE_SCALAR)
                fine = read_one_text(r, key, node, &texts[i++]);
        for (const Node *child = node->first; child; child = child->next, i++) {
                ReaderPath frame;

                reader_enter(r, &frame, NULL, i);
                if (!read_one_text(r, key, child, &texts[i]))
                        fine = false;
                reader_leave(r);
        }
        if (fine) {
                *ret = texts;
                *ret_n = i;
        }
        return fine;
}

void read_element_name(Reader *r, const Schema *schema, const Node *key, void *structure) {
        static const SchemaKey row = {.key = "name", .type = SCHEMA_NAME};

        assert(schema);
        if (schema->name_at > 0)
                (void) schema_scalar_read(r, &row, key, (char *) structure + schema->name_at - 1);
}
