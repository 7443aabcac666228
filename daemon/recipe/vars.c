/* SPDX-License-Identifier: MIT */

/* Brand and hook files: a version, a name, and free variables. Nested maps become dotted names,
 * lists become variables of several values. */

#include <strings.h>

#include "recipe/tables.h"

enum {
        VARIABLE_NAME_MAX = 128,  /* dotted */
        VARIABLE_TEXT_MAX = 8192, /* bytes of one value */
        VARIABLES_MAX = 2000,     /* of one file */
};

typedef struct VarsDraft {
        Vars vars;
        const Node *name;
} VarsDraft;

/* Every key of a map is one step of the dotted name. */
static bool check_step(Reader *r, const Node *key) {
        const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

        if (strcasecmp(key->text, "key") != 0 && strcasecmp(key->text, "token") != 0 &&
            key_is_secret(key->text)) {
                schema_unknown_key(r, &(Node){.key = key}, NULL, 0);
                return false;
        }
        if (key->text[0] && key->text[strspn(key->text, allowed)] == 0)
                return true;
        reader_error(r, key, "'%s' is not a name of a variable: letters, digits, _ and - are",
                     shown(key->text).text);
        return false;
}

/* Unlike elsewhere a text may be empty: `logo: ""` is a brand without a logo. */
static const char *read_variable_text(Reader *r, const Node *node) {
        const char *text = schema_scalar(r, node, "text");

        if (text && strlen(text) > VARIABLE_TEXT_MAX) {
                reader_error(r, node, "is too long: at most %d bytes", VARIABLE_TEXT_MAX);
                return NULL;
        }
        return text ? reader_strdup(r, text) : NULL;
}

static bool read_values(Reader *r, const Node *node, Variable *v) {
        bool fine = true;

        if (node->type == NODE_LIST && (node->n == 0 || node->n > LIST_VALUES_MAX)) {
                reader_error(r, node, "a list has 1 to %d texts", LIST_VALUES_MAX);
                return false;
        }
        v->values = reader_array(r, node->n + 1, sizeof *v->values);
        if (!v->values)
                return false;
        if (node->type == NODE_SCALAR)
                v->values[v->n++] = read_variable_text(r, node);
        for (const Node *child = node->first; child; child = child->next) {
                ReaderPath frame;

                reader_enter(r, &frame, NULL, v->n);
                v->values[v->n++] = read_variable_text(r, child);
                reader_leave(r);
        }
        for (size_t i = 0; i < v->n; i++)
                fine = fine && v->values[i];
        return fine;
}

static void add_variable(Reader *r, const Node *node, const char *name, Vars *vars) {
        Variable v = {.name = name, .place = node_place(&r->source, node)};
        Variable *items;

        if (vars->n >= VARIABLES_MAX) {
                reader_error(r, node, "more than %d variables in one file", VARIABLES_MAX);
                return;
        }
        items = arena_append(r->arena, vars->items, vars->n, sizeof *items);
        if (!items) {
                r->error = -ENOMEM;
                return;
        }
        vars->items = items;
        if (read_values(r, node, &v))
                vars->items[vars->n++] = v;
}

/* Recursion is bounded by the depth of the tree. */
static void read_variable(Reader *r, const Node *node, const char *prefix, Vars *vars) {
        const char *name;

        if (node->reported || !check_step(r, node->key))
                return;
        name = arena_printf(r->arena, "%s%s%s", prefix, *prefix ? "." : "", node->key->text);
        if (!name) {
                r->error = -ENOMEM;
                return;
        }
        if (strlen(name) > VARIABLE_NAME_MAX) {
                reader_error(r, node->key, "name of the variable is longer than %d characters",
                             VARIABLE_NAME_MAX);
                return;
        }
        if (node->type != NODE_MAP) {
                add_variable(r, node, name, vars);
                return;
        }
        for (const Node *child = node->first; child; child = child->next) {
                ReaderPath frame;

                reader_enter(r, &frame, child->key->text, 0);
                read_variable(r, child, name, vars);
                reader_leave(r);
        }
}

static void read_other(Reader *r, const Node *node, void *structure) {
        read_variable(r, node, "", &((VarsDraft *) structure)->vars);
}

#define VARIABLE_JSON                                                                              \
        "{\"anyOf\":[{\"type\":[\"string\",\"number\",\"boolean\"]},{\"type\":\"array\","          \
        "\"minItems\":1,\"items\":{\"type\":[\"string\",\"number\",\"boolean\"]}},"                \
        "{\"type\":\"object\"}],\"description\":\"a variable for templates: one text, a list of "  \
        "texts (each job draws one), or a map (names with dots)\"}"

#define NAME_KEY(what)                                                                             \
        {                                                                                          \
                .key = what, .type = SCHEMA_NAME, .offset = offsetof(VarsDraft, vars.name),        \
                .node = AT(VarsDraft, name), .required = true,                                     \
                .help = "name of the " what ", as recipes use it"                                  \
        }

static const SchemaKey brand_keys[] = {
        VERSION_KEY,
        NAME_KEY("brand"),
        {.key = "budget",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(VarsDraft, vars.caps),
         .object = &caps_schema,
         .help = "caps on what this brand may cost, over all recipes; no variable"},
};
static const SchemaKey hook_keys[] = {VERSION_KEY, NAME_KEY("hook")};

static const VarsDraft vars_initial = {.vars.caps = {-1, -1, -1}};

const Schema brand_schema = {
        .name = "brand",
        .help = "a file of brands.d: who the ad is for, as variables for templates",
        .keys = brand_keys,
        .n = ARRAY_LEN(brand_keys),
        .size = sizeof(VarsDraft),
        .initial = &vars_initial,
        .other = read_other,
        .other_json = VARIABLE_JSON,
};
const Schema hook_schema = {
        .name = "hook",
        .help = "a file of hooks.d: the angle that stops the scroll, as variables for templates",
        .keys = hook_keys,
        .n = ARRAY_LEN(hook_keys),
        .size = sizeof(VarsDraft),
        .initial = &vars_initial,
        .other = read_other,
        .other_json = VARIABLE_JSON,
};

const Variable *vars_find(const Vars *v, const char *name) {
        assert(v);
        assert(name);
        for (size_t i = 0; i < v->n; i++)
                if (streq(v->items[i].name, name))
                        return &v->items[i];
        return NULL;
}

/* ---- into the Config ---------------------------------------------------------------------- */

/* "brands.d/acme.yaml" -> "acme": what a file without a readable name was probably about. */
static const char *stem(Arena *arena, const char *file) {
        const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
        const char *dot = strrchr(base, '.');

        return arena_strndup(arena, base, dot ? (size_t) (dot - base) : strlen(base));
}

static int vars_append(Arena *arena, Vars **list, size_t *n, const Vars *v) {
        Vars *items = arena_append(arena, *list, *n, sizeof *items);

        if (!items)
                return -ENOMEM;
        items[(*n)++] = *v;
        *list = items;
        return 0;
}

static int wrong_append(Arena *arena, NameList *wrong, const Vars *v) {
        const char *name = v->name ? v->name : stem(arena, v->file);

        return name ? name_list_add(arena, wrong, name, v->file, !v->name) : -ENOMEM;
}

static void check_unique(Reader *r, const VarsDraft *draft, const Vars *good, size_t n_good,
                         const NameList *wrong) {
        const char *name = draft->vars.name, *first = NULL;
        ReaderPath frame;

        for (size_t i = 0; name && i < n_good; i++)
                if (streq(good[i].name, name))
                        first = good[i].file;
        if (name && !first)
                first = name_list_file(wrong, name, false);
        if (!first)
                return;
        reader_enter(r, &frame, draft->name->key->text, 0);
        reader_error(r, draft->name, "'%s' is defined in '%s' already", name, first);
        reader_leave(r);
}

static int vars_load(Loading *l, const ConfigFile *file, const Schema *schema, Vars **good,
                     size_t *n_good, NameList *wrong) {
        VarsDraft draft = {0};
        Reader r;

        assert(l);
        assert(file);
        r = config_file_reader(l, file);
        if (file->root)
                schema_read(&r, schema, file->root, &draft);
        check_unique(&r, &draft, *good, *n_good, wrong);
        draft.vars.file = file->name;
        if (r.error < 0)
                return r.error;
        if (config_file_has_errors(l, file))
                return wrong_append(l->config->arena, wrong, &draft.vars);
        return vars_append(l->config->arena, good, n_good, &draft.vars);
}

int brand_load(Loading *l, const ConfigFile *file) {
        return vars_load(l, file, &brand_schema, &l->config->brands, &l->config->n_brands,
                         &l->wrong_brands);
}

int hook_load(Loading *l, const ConfigFile *file) {
        return vars_load(l, file, &hook_schema, &l->config->hooks, &l->config->n_hooks,
                         &l->wrong_hooks);
}
