/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files as tables: one row a key says what its value is, where it goes, what it may be and what it
 * means. The one walker here reads a tree by such a table into a structure and reports everything
 * that does not fit; the JSON Schema for editors and `config show` come from the same rows. A new
 * setting is a new row. Knows nothing of recipes or settings.
 */

#include "base/json.h"
#include "recipe/reader.h"

typedef enum SchemaType {
        SCHEMA_TEXT,     /* const char * */
        SCHEMA_NAME,     /* const char *, name_is_valid() */
        SCHEMA_WORD,     /* int: index into words */
        SCHEMA_BOOL,     /* bool */
        SCHEMA_INT,      /* int64_t in min..max */
        SCHEMA_MONEY,    /* Micros */
        SCHEMA_DURATION, /* int64_t milliseconds in min..max */
        SCHEMA_DATE,     /* int64_t milliseconds: UTC midnight */
        SCHEMA_TIME,     /* int: minutes after midnight */
        SCHEMA_TEXTS,    /* const char **, NULL-terminated, and a size_t: one text or a list */
        SCHEMA_OBJECT,   /* a structure inside: `object` */
        SCHEMA_OBJECTS,  /* array of structures and a size_t: a list of maps */
        SCHEMA_NAMED,    /* the same from a map: name -> map */
        SCHEMA_CUSTOM,   /* read() does it all; json says what it looks like */
        _SCHEMA_TYPE_MAX,
} SchemaType;

typedef struct Schema Schema;
typedef struct SchemaKey SchemaKey;

struct SchemaKey {
        const char *key;
        SchemaType type;
        size_t offset;   /* of the value in the structure */
        size_t offset_n; /* TEXTS, OBJECTS, NAMED: of the size_t */
        size_t node;     /* AT(field) of a `const Node *` that keeps the value's node; 0 = none */
        bool required;
        int64_t min, max;         /* INT, DURATION; TEXT and TEXTS: bytes of each (max 0 = usual) */
        const char *const *words; /* WORD, TEXTS: NULL-terminated */
        const char *fallback;     /* the default as text; NULL: the structure's initial value */
        const Schema *object;
        /* After the type's own reading (CUSTOM: instead of it): further checks. May be NULL. */
        void (*read)(Reader *r, const Node *node, void *structure);
        const char *json; /* CUSTOM: JSON Schema of the value, as JSON text */
        const char *help;
};

/* Offset for the members of SchemaKey and Schema where 0 means none. */
#define AT(type, member) (offsetof(type, member) + 1)

struct Schema {
        const char *name; /* "recipe" */
        const char *help;
        const SchemaKey *keys;
        size_t n;
        size_t size;         /* of the structure */
        const void *initial; /* its value before reading; NULL: zeroes */
        size_t name_at;      /* NAMED: AT() of the const char * for the name; 0 = none */
        size_t place_at;     /* AT() of a Place of the whole object; 0 = none */
        /* A key without a row: free variables. NULL: it is an error. */
        void (*other)(Reader *r, const Node *node, void *structure);
        const char *other_json;
};

enum {
        SCHEMA_TEXT_MAX = 4096, /* bytes of a text whose row does not say */
        SCHEMA_LIST_MAX = 10000,
        SCHEMA_KEYS_MAX = 64, /* rows of one table */
};

/* Fills the structure with initial values and defaults. `node` may be NULL (nothing written). */
void schema_read(Reader *r, const Schema *schema, const Node *node, void *structure);

/* Reads a list or a single scalar into texts; each of min..max bytes. */
bool schema_read_texts(Reader *r, const SchemaKey *key, const Node *node, const char ***ret,
                       size_t *ret_n);
/* The text of a scalar; NULL after reporting that it is none. */
const char *schema_scalar(Reader *r, const Node *node, const char *expected);
/* One scalar by its row (TEXT..TIME). False after reporting what is wrong. */
bool schema_scalar_read(Reader *r, const SchemaKey *key, const Node *node, void *target);

/* A key nobody knows: nearest name; a key that looks like a credential gets its own sentence, and
 * its value is never shown. */
void schema_unknown_key(Reader *r, const Node *node, const char *const *known, size_t n);
/* Whether the map has an unknown key for which `key` is suggested: it is there, but misspelt. */
bool schema_misspelt(const Schema *schema, const Node *map, const char *key);
/* Whether a key's name says that its value is a secret. */
bool key_is_secret(const char *key);

/* JSON Schema (draft 2020-12). NULL when memory ran out. */
Json *schema_json(const Schema *schema);

/* Every key with the value in force, for `config show`: value as text, node NULL when it is the
 * default. A negative return stops and is returned. */
typedef int (*SchemaShowFn)(const char *path, const char *value, const Node *node, void *userdata);
int schema_show(const Schema *schema, const Node *node, SchemaShowFn fn, void *userdata);
