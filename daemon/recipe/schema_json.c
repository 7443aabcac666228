/* SPDX-License-Identifier: MIT */

/* The JSON Schema of a table, for editors: the same rows, seen by another reader. */

#include "base/parse.h"
#include "recipe/schema.h"

static int add_parsed(Json *object, const char *key, const char *text) {
        Json *value = NULL;
        int r = json_parse(text, strlen(text), &value, NULL);

        return r < 0 ? r : json_add(object, key, value);
}

/* Copies the members of a JSON object given as text into `object`. */
static int merge_text(Json *object, const char *text) {
        _cleanup_(json_freep) Json *parsed = NULL;
        int r = json_parse(text, strlen(text), &parsed, NULL);

        for (const Json *m = json_first(parsed); r >= 0 && m; m = json_next(m))
                r = json_add(object, json_key(m), json_copy(m));
        return r;
}

static Json *object_json(const Schema *schema);

static int add_words(Json *object, const char *const *words) {
        Json *list = json_add_array(object, "enum");
        int r = list ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && words[i]; i++)
                r = json_push(list, json_new_string(words[i]));
        return r;
}

/* One word, or a list of words. */
static int add_word_list(Json *object, const char *const *words) {
        Json *any = json_add_array(object, "anyOf"), *one = json_new_object(), *list;
        int r = one ? add_words(one, words) : -ENOMEM;

        list = r < 0 ? NULL : json_new_object();
        if (r >= 0)
                r = json_add_str(list, "type", "array");
        if (r >= 0)
                r = json_add(list, "items", json_copy(one));
        if (r < 0) {
                (void) json_free(one);
                (void) json_free(list);
                return r;
        }
        r = json_push(any, one);
        if (r < 0) {
                (void) json_free(list);
                return r;
        }
        return json_push(any, list);
}

static int add_int_bounds(Json *object, const SchemaKey *key) {
        int r = json_add_str(object, "type", "integer");

        if (r >= 0)
                r = json_add_int(object, "minimum", key->min);
        return r >= 0 ? json_add_int(object, "maximum", key->max) : r;
}

static int add_text(Json *object, const char *pattern) {
        int r = json_add_str(object, "type", "string");

        return r >= 0 && pattern ? json_add_str(object, "pattern", pattern) : r;
}

/* Lists of maps, and maps of names. */
static int add_elements(Json *object, const SchemaKey *key) {
        bool named = key->type == SCHEMA_NAMED;
        int r = json_add_str(object, "type", named ? "object" : "array");

        if (r >= 0 && named)
                r = add_parsed(object, "propertyNames",
                               "{\"pattern\":\"^[a-z0-9][a-z0-9._-]*$\",\"maxLength\":64}");
        return r < 0 ? r
                     : json_add(object, named ? "additionalProperties" : "items",
                                object_json(key->object));
}

static int add_type(Json *object, const SchemaKey *key) {
        switch (key->type) {
        case SCHEMA_TEXT:
                return add_text(object, NULL);
        case SCHEMA_NAME:
                return add_text(object, "^[a-z0-9][a-z0-9._-]*$");
        case SCHEMA_WORD:
                return add_words(object, key->words);
        case SCHEMA_BOOL:
                return json_add_str(object, "type", "boolean");
        case SCHEMA_INT:
                return add_int_bounds(object, key);
        case SCHEMA_MONEY:
                return merge_text(object, "{\"type\":[\"number\",\"string\"],\"minimum\":0,"
                                          "\"pattern\":\"^\\\\$?[0-9]+(\\\\.[0-9]{1,6})?$\"}");
        case SCHEMA_DURATION:
                return add_text(object, "^([0-9]+(ms|s|m|h|d|w))+$");
        case SCHEMA_DATE:
                return add_text(object, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
        case SCHEMA_TIME:
                return add_text(object, "^[0-9]{1,2}:[0-9]{2}$");
        case SCHEMA_TEXTS:
                return key->words
                               ? add_word_list(object, key->words)
                               : merge_text(object,
                                            "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\","
                                            "\"minItems\":1,\"items\":{\"type\":\"string\"}}]}");
        case SCHEMA_OBJECT:
        case SCHEMA_OBJECTS:
        case SCHEMA_NAMED:
                break;
        case SCHEMA_CUSTOM:
                return merge_text(object, key->json);
        case _SCHEMA_TYPE_MAX:
                assert_not_reached();
        }
        return add_elements(object, key);
}

static Json *key_json(const SchemaKey *key) {
        _cleanup_(json_freep) Json *object = NULL;
        int r;

        object = key->type == SCHEMA_OBJECT ? object_json(key->object) : json_new_object();
        r = object ? 0 : -ENOMEM;
        if (r >= 0 && key->type != SCHEMA_OBJECT)
                r = add_type(object, key);
        if (r >= 0)
                r = json_add_str(object, "description", key->help);
        if (r >= 0 && key->fallback)
                r = key->type == SCHEMA_INT || key->type == SCHEMA_BOOL || key->type == SCHEMA_MONEY
                            ? add_parsed(object, "default", key->fallback)
                            : json_add_str(object, "default", key->fallback);
        return r < 0 ? NULL : TAKE_PTR(object);
}

static int add_required(Json *object, const Schema *schema) {
        Json *list = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < schema->n; i++) {
                if (!schema->keys[i].required)
                        continue;
                if (!list)
                        list = json_add_array(object, "required");
                r = list ? json_push(list, json_new_string(schema->keys[i].key)) : -ENOMEM;
        }
        return r;
}

static Json *object_json(const Schema *schema) {
        _cleanup_(json_freep) Json *object = json_new_object();
        Json *properties;
        int r = json_add_str(object, "type", "object");

        properties = r < 0 ? NULL : json_add_object(object, "properties");
        if (!properties)
                return NULL;
        for (size_t i = 0; r >= 0 && i < schema->n; i++)
                r = json_add(properties, schema->keys[i].key, key_json(&schema->keys[i]));
        if (r >= 0)
                r = add_required(object, schema);
        if (r >= 0)
                r = schema->other_json
                            ? add_parsed(object, "additionalProperties", schema->other_json)
                            : json_add_bool(object, "additionalProperties", false);
        return r < 0 ? NULL : TAKE_PTR(object);
}

Json *schema_json(const Schema *schema) {
        _cleanup_(json_freep) Json *whole = json_new_object(), *object = NULL;
        int r;

        assert(schema);
        r = json_add_str(whole, "$schema", "https://json-schema.org/draft/2020-12/schema");
        if (r >= 0)
                r = json_add_str(whole, "title", schema->name);
        if (r >= 0)
                r = json_add_str(whole, "description", schema->help);
        object = object_json(schema);
        if (r < 0 || !object)
                return NULL;
        for (const Json *m = json_first(object); r >= 0 && m; m = json_next(m))
                r = json_add(whole, json_key(m), json_copy(m));
        return r < 0 ? NULL : TAKE_PTR(whole);
}
