/* SPDX-License-Identifier: MIT */
#pragma once

/* The tables of all file kinds, and what reads each kind. Only recipe/ and the verbs that print
 * tables include it. */

#include "base/strv.h"
#include "recipe/schema.h"

extern const Schema settings_schema;
extern const Schema recipe_schema;
extern const Schema brand_schema;
extern const Schema hook_schema;
extern const Schema prices_schema;
extern const Schema models_schema;
extern const Schema specs_schema;

/* Rows that several kinds share. */
#define VERSION_KEY                                                                                \
        {                                                                                          \
                .key = "version", .type = SCHEMA_CUSTOM, .required = true, .read = read_version,   \
                .json = "{\"const\":1}", .help = "format of this file; always 1"                   \
        }
void read_version(Reader *r, const Node *node, void *structure);

extern const Schema caps_schema;       /* per_run, per_day, per_month of a Caps */
extern const Caps no_caps;             /* -1 everywhere */
extern const char *const kind_words[]; /* image video text, in the order of AssetKind */

/* Whether the registry has this driver; reports it otherwise. */
bool check_driver_name(Reader *r, const Node *node, const char *name);

/* A map of name -> text into pairs. False after reporting what is wrong. */
bool read_pairs(Reader *r, const Node *node, AlAxis **ret, size_t *ret_n);

/* Names and the files they stand in. */
typedef struct NameList {
        struct {
                const char *name, *file;
                bool guessed; /* the name is that of the file: the one inside could not be read */
        } * items;
        size_t n;
} NameList;
int name_list_add(Arena *arena, NameList *list, const char *name, const char *file, bool guessed);
/* The file of a name, or NULL. `guesses`: guessed names count too. */
const char *name_list_file(const NameList *list, const char *name, bool guesses);

/* What is being loaded: the Config in the making and the scratch beside it. */
typedef struct Loading {
        Config *config;
        Problems *problems;
        Arena *scratch; /* trees of the file at hand and what else dies with the loading */
        int64_t now_ms;
        const char *prefix;   /* directory of the settings as given, for names of files */
        bool providers_known; /* false: the settings could not be read that far */
        /* Those whose files have errors: known by name, so that recipes are not told that they do
         * not exist. */
        NameList wrong_brands, wrong_hooks;
        NameList recipes;   /* all that have a name, good and wrong */
        bool *price_warned; /* one a price, once recipes are read */
} Loading;

/* One file, opened and parsed. The tree and the bytes live in l->scratch. */
typedef struct ConfigFile {
        const char *name; /* in the config's arena */
        Source source;
        Digest hash;
        const Node *root; /* NULL: no usable YAML (reported) */
        size_t errors_before;
} ConfigFile;

/* -ENOENT and other open errors: reported unless `optional` and it is -ENOENT, *ret->root NULL.
 * 0 or -ENOMEM. *ret_missing may be NULL. */
int config_file_open(Loading *l, const char *path, bool optional, ConfigFile *ret,
                     bool *ret_missing);
bool config_file_has_errors(const Loading *l, const ConfigFile *file);
Reader config_file_reader(Loading *l, const ConfigFile *file);

/* Each reads one file's tree into the Config. 0 or -ENOMEM; problems go to the list. */
int settings_load(Loading *l, const ConfigFile *file);
int brand_load(Loading *l, const ConfigFile *file);
int hook_load(Loading *l, const ConfigFile *file);
int recipe_load(Loading *l, const ConfigFile *file);
int prices_load(Loading *l, const ConfigFile *file);
int models_load(Loading *l, const ConfigFile *file);
int specs_load(Loading *l, const ConfigFile *file);

/* Once all recipes are read and sorted: leaves out those whose references from the library are wrong.
 * 0 or -ENOMEM. */
int recipes_check_chains(Loading *l);

/* Warnings about a good recipe's prices: old, ending, missing. */
void recipe_check_prices(Reader *r, const Loading *l, const Recipe *recipe, const Node *model);
