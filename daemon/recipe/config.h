/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Everything ops people write, as plain structures: settings, recipes, brands, hooks, prices. Read
 * once, never changed; a reload builds a new Config and swaps it in. One Config owns every string
 * below it (an arena of its own): nothing inside is freed singly, pointers live as long as the
 * Config.
 *
 * Loading never stops at the first mistake: every problem of every file goes to the Problems list
 * with its place. A recipe (brand, hook) with a problem is left out and the rest is usable; a
 * problem in the settings or the prices makes the whole Config unusable (config_load returns
 * -EINVAL).
 */

#include <stdio.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "base/macro.h"
#include "core/library.h"
#include "provider/provider.h"
#include "recipe/model.h"

enum {
        CONFIG_FILE_MAX = 256 * 1024, /* bytes of one YAML file */
        CONFIG_FILES_MAX = 1000,      /* files of one kind */
        CONFIG_DEPTH_MAX = 16,        /* nesting in a YAML file */
        CONFIG_PROBLEMS_MAX = 500,    /* beyond it: one last line that says how many more */
        RECIPE_AXES_MAX = 12,
        RECIPE_VALUES_MAX = 1000, /* values of one axis */
        RECIPE_CELLS_MAX = 20000, /* cells of one recipe after exclude */
        RECIPE_VARIANTS_MAX = 50,
        RECIPE_STOCK_MAX = 1000,
        RECIPE_REFERENCES_MAX = 14,
        RECIPE_CHAIN_MAX = 8,   /* recipes that wait for each other by references */
        LIST_VALUES_MAX = 100,  /* values of a list variable */
        PROMPT_MAX = 32 * 1024, /* rendered */
};

/* ---- problems ---- */

typedef enum ProblemLevel { PROBLEM_WARNING, PROBLEM_ERROR } ProblemLevel;

typedef struct Problem {
        ProblemLevel level;
        char *file;       /* as opened */
        int line, column; /* 1-based; 0: the file as a whole */
        char *text; /* "params.aspect_ratio: '1:9' is no aspect ratio of this model; did you mean
                       '1:1'?" */
} Problem;

typedef struct Problems {
        Problem *items;
        size_t n;
        size_t n_errors;
        size_t dropped;
} Problems;

void problems_done(Problems *p);
int problem_add(Problems *p, ProblemLevel level, const char *file, int line, int column,
                const char *format, ...) _printf_(6, 7);
/* By file, line, column, text. */
void problems_sort(Problems *p);
/* Sorts by file, line, column and writes "file:line:column: error: text" lines, fit for a terminal.
 */
int problems_print(const Problems *p, FILE *stream, bool colour);

/* ---- values ---- */

/* A free variable of a brand or hook: one text or a list of texts (a list gives one of its values
 * per job, by the job's seed). Nested mappings are flattened with dots: `colors: {ink: "#111"}` is
 * the variable `colors.ink`. */
typedef struct Variable {
        const char *name;
        const char **values; /* n >= 1 */
        size_t n;
        Place place;
} Variable;

typedef struct Caps { /* -1 = no cap */
        Micros per_run, per_day, per_month;
} Caps;

typedef struct Vars {     /* a brand or a hook */
        const char *name; /* "acme" */
        const char *file;
        Variable *items;
        size_t n;
        Caps caps; /* of a brand, over all its recipes */
} Vars;
const Variable *vars_find(const Vars *v, const char *name);

/* ---- settings ---- */

typedef struct ProviderConfig {
        const char *name;   /* "gemini", "studio" */
        const char *driver; /* a name in the driver registry */
        const char *base_url;
        const char *credential;      /* NAME in $CREDENTIALS_DIRECTORY; NULL: none */
        const char *credential_file; /* else a file with mode 0600 */
        int64_t concurrency;         /* default 4 */
        int64_t per_minute, per_day; /* 0 = none declared */
        int64_t timeout_ms;          /* of one call, default 10 min */
        int64_t poll_every_ms;       /* how often an operation is asked for; 0 = as is learned */
        Caps caps;
        const ParamSpec *params; /* the driver's, and those that were declared beside it */
        size_t n_params;
        ProviderSpec spec;
        Place place;
} ProviderConfig;

typedef struct Settings {
        const char *file;
        const char *library;
        const char *time_zone;           /* "Europe/Berlin"; NULL: the machine's */
        int from_minutes, until_minutes; /* the window, local minutes after midnight; -1 = none */
        int64_t grace_ms;                /* after its end, for what is in flight; default 30 min */
        const char *currency;            /* "USD" */
        Caps caps;
        Micros retry_below; /* unknown_outcome.retry_below, default 0.10 */
        ProviderConfig *providers;
        size_t n_providers;
        bool notify_failure, notify_shortage, notify_always;
        AlKeeping keeping;           /* duplicates, retention */
        const char **notify_command; /* argv, NULL-terminated; NULL: none */
} Settings;

/* ---- recipes ---- */

typedef struct Axis {
        const char *name;
        const char **values;
        size_t n;
        Place place;
} Axis;

typedef struct Exclude { /* a cell is left out when it agrees with all of them */
        AlAxis *pairs;
        size_t n;
} Exclude;

/* A driver parameter: one value for all cells, or one per value of an axis. Values are kept as text
 * (templates allowed in strings). */
typedef struct ParamChoice {
        const char *axis_value; /* NULL: for all */
        const char *text;
        Place place;
} ParamChoice;
typedef struct RecipeParam {
        const char *name;
        const char *axis; /* NULL: one value for all */
        ParamChoice *choices;
        size_t n;
        Place place;
} RecipeParam;

/* A reference picture: a file, or an asset of the same cell of another recipe. The same cell is the
 * one that agrees in all axes the other recipe has. The other makes pictures, every cell here has
 * its cell there (unless excluded), and there are no circles. */
typedef struct RecipeReference {
        const char *path; /* template of a path, relative to the settings' directory; or NULL and */
        const char *recipe; /* the other recipe's name */
        Place place;
} RecipeReference;

typedef struct Recipe {
        const char *name;
        const char *file;
        Digest hash;          /* of the file's bytes */
        const char *schedule; /* OnCalendar text or NULL */
        AssetKind kind;
        const char *provider;
        const char *model;
        Axis *axes; /* sorted by name; brand, hook, category are among them */
        size_t n_axes;
        Exclude *excludes;
        size_t n_excludes;
        const char *prompt; /* template */
        Place prompt_place; /* of the prompt's first character, for errors inside it */
        RecipeParam *params;
        size_t n_params;
        Place params_place; /* of all of them; without any, of the provider's name */
        RecipeReference *references;
        size_t n_references;
        int64_t target;
        int64_t max_age_ms; /* 0 = for ever */
        AlAxis *tags;       /* extra tags */
        size_t n_tags;
        int64_t priority; /* higher first, default 0 */
        int64_t rank;     /* priority, or that of a recipe that waits for this one, if higher */
        int level;        /* 0, or one more than that of the recipes it refers to */
        Caps caps;        /* per_run / per_day / per_month of this recipe */
        bool review_manual;
        int64_t variants;  /* text: assets one job yields, default 1 */
        int64_t max_chars; /* text: 0 = none */
} Recipe;
/* Cells of the matrix after exclude; RECIPE_CELLS_MAX + 1 for any number beyond. */
int64_t recipe_cells(const Recipe *recipe);

/* ---- prices ---- */

typedef enum PriceUnit {
        UNIT_CALL,
        UNIT_IMAGE,
        UNIT_SECOND,
        UNIT_MILLION_INPUT_TOKENS,
        UNIT_MILLION_OUTPUT_TOKENS,
        UNIT_MILLION_IMAGE_TOKENS,
        UNIT_CREDIT,
        _UNIT_MAX,
        _UNIT_INVALID = -EINVAL,
} PriceUnit;

typedef struct Price {
        const char *driver, *model;
        PriceUnit unit;
        double usd;    /* as written, for display */
        Micros micros; /* per unit; for million_* per million tokens */
        AlAxis *when;  /* params that must be equal */
        size_t n_when;
        int64_t valid_from_ms, valid_to_ms; /* 0 = open */
        int64_t as_of_ms;
        const char *source;
        Place place;
} Price;

/* ---- results ---- */

/* How long the providers of a driver keep a result that is to be fetched. */
typedef struct ResultLife {
        const char *driver;
        int64_t kept_ms; /* from when it is made, at least */
        int64_t as_of_ms;
        const char *source;
} ResultLife;

typedef struct Config {
        Settings settings;
        const char *dir; /* directory of the settings file: recipes.d and relative paths are beside
                            it */
        Vars *brands;
        size_t n_brands;
        Vars *hooks;
        size_t n_hooks;
        Recipe *recipes; /* only the good ones, sorted by name */
        size_t n_recipes;
        size_t n_left_out; /* recipes that were wrong */
        Strv left_out;     /* their file names */
        Price *prices;     /* own prices.yaml first, then the shipped ones: the first match wins */
        size_t n_prices;
        Model *models; /* likewise: the first entry of a model counts */
        size_t n_models;
        ResultLife *results; /* of models.yaml: the first entry of a driver counts */
        size_t n_results;
        AlPlacement *placements; /* of specs.yaml beside the settings */
        size_t n_placements;
        struct Arena *arena;
} Config;

typedef struct ConfigSource {
        const char *settings_file; /* NULL: the installed one; a directory: pregen.yaml in it */
        const Strv *extra;         /* further recipe, brand or hook files, for check; may be NULL */
        const char *data_dir;      /* where the shipped prices.yaml, models.yaml, specs.yaml are */
} ConfigSource;

/* -EINVAL: the settings or prices are unusable (see problems); -ENOENT: no settings file; 0
 * otherwise, with the wrong recipes left out and their problems listed. *ret is owned by the
 * caller. */
int config_load(const ConfigSource *source, int64_t now_ms, Config **ret, Problems *problems,
                Err *err) _must_check_;
Config *config_free(Config *config);
DEFINE_CLEANUP(Config, config_free);

const Vars *config_brand(const Config *c, const char *name);
const Vars *config_hook(const Config *c, const char *name);
const Recipe *config_recipe(const Config *c, const char *name);
const ProviderConfig *config_provider(const Config *c, const char *name);
/* What models.yaml says of it; NULL: nothing. */
const Model *config_model(const Config *c, const char *driver, const char *model);
/* How long a result can be fetched at a provider of that driver, by models.yaml; 0: nobody knows. */
int64_t config_result_kept_ms(const Config *c, const char *driver);

/* The directory of prices.yaml and friends: $PREGEN_DATA, else beside the running program in a
 * build tree, else the installed one. */
const char *config_data_dir(void);
