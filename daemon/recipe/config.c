/* SPDX-License-Identifier: MIT */

/* Loading: which files, in which order. Settings first, then prices and model dates, brands and
 * hooks, and last the recipes, which are checked against all of them. */

#include "recipe/config.h"

#include <limits.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "recipe/tables.h"

typedef int (*FileLoadFn)(Loading *l, const ConfigFile *file);

/* ---- finding ------------------------------------------------------------------------------ */

const Vars *config_brand(const Config *c, const char *name) {
        assert(c);
        assert(name);
        for (size_t i = 0; i < c->n_brands; i++)
                if (streq(c->brands[i].name, name))
                        return &c->brands[i];
        return NULL;
}

const Vars *config_hook(const Config *c, const char *name) {
        assert(c);
        assert(name);
        for (size_t i = 0; i < c->n_hooks; i++)
                if (streq(c->hooks[i].name, name))
                        return &c->hooks[i];
        return NULL;
}

const Recipe *config_recipe(const Config *c, const char *name) {
        assert(c);
        assert(name);
        for (size_t i = 0; i < c->n_recipes; i++)
                if (streq(c->recipes[i].name, name))
                        return &c->recipes[i];
        return NULL;
}

const ProviderConfig *config_provider(const Config *c, const char *name) {
        assert(c);
        assert(name);
        for (size_t i = 0; i < c->settings.n_providers; i++)
                if (c->settings.providers[i].name && streq(c->settings.providers[i].name, name))
                        return &c->settings.providers[i];
        return NULL;
}

Config *config_free(Config *config) {
        if (!config)
                return NULL;
        strv_done(&config->left_out);
        (void) arena_free(config->arena);
        free(config);
        return NULL;
}

/* ---- one file ----------------------------------------------------------------------------- */

static int report_open(Loading *l, const char *name, int error) {
        if (error == -EFBIG)
                return problem_add(l->problems, PROBLEM_ERROR, name, 0, 0,
                                   "the file is larger than %d KiB; split it",
                                   CONFIG_FILE_MAX / 1024);
        return problem_add(l->problems, PROBLEM_ERROR, name, 0, 0, "cannot read the file: %s",
                           strerror(-error));
}

int config_file_open(Loading *l, const char *path, bool optional, ConfigFile *ret,
                     bool *ret_missing) {
        _cleanup_(freep) char *text = NULL;
        ConfigFile f = {.errors_before = l->problems->n_errors};
        Node *root = NULL;
        size_t n;
        int r;

        assert(path);
        assert(ret);
        f.name = arena_strdup(l->config->arena, path);
        if (!f.name)
                return -ENOMEM;
        r = fs_read_file(path, CONFIG_FILE_MAX, &text, &n);
        if (ret_missing)
                *ret_missing = r == -ENOENT;
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                *ret = f;
                return optional && r == -ENOENT ? 0 : report_open(l, f.name, r);
        }
        digest_of(text, n, &f.hash);
        f.source = (Source){.file = f.name, .text = text, .n = n};
        if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                f.source.text += 3;
                f.source.n -= 3;
        }
        f.source.text = arena_strndup(l->scratch, f.source.text, f.source.n);
        if (!f.source.text)
                return -ENOMEM;
        r = node_parse(l->scratch, &f.source, l->problems, &root);
        if (r < 0)
                return r;
        f.root = root;
        *ret = f;
        return 0;
}

bool config_file_has_errors(const Loading *l, const ConfigFile *file) {
        assert(l);
        assert(file);
        return l->problems->n_errors > file->errors_before;
}

Reader config_file_reader(Loading *l, const ConfigFile *file) {
        assert(l);
        assert(file);
        return (Reader){.arena = l->config->arena, .problems = l->problems, .source = file->source};
}

/* Opens, reads and forgets the tree of one file. */
static int load_file(Loading *l, const char *path, bool optional, FileLoadFn fn) {
        _cleanup_(arena_freep) Arena *scratch = arena_new();
        ConfigFile file = {0};
        bool missing = false;
        int r;

        if (!scratch)
                return -ENOMEM;
        l->scratch = scratch;
        r = config_file_open(l, path, optional, &file, &missing);
        if (r >= 0 && !(optional && missing))
                r = fn(l, &file);
        l->scratch = NULL;
        return r < 0 ? r : 0;
}

/* ---- directories and extra files ---------------------------------------------------------- */

typedef enum FileKind { FILE_BRAND, FILE_HOOK, FILE_RECIPE, _FILE_KIND_MAX } FileKind;

static const struct {
        const char *directory, *key;
        FileLoadFn load;
} file_kinds[_FILE_KIND_MAX] = {
        [FILE_BRAND] = {"brands.d", "brand", brand_load},
        [FILE_HOOK] = {"hooks.d", "hook", hook_load},
        [FILE_RECIPE] = {"recipes.d", "recipe", recipe_load},
};

/* The name of a file beside the settings, as problems print it. */
static char *beside(const Loading *l, const char *name) {
        return *l->prefix ? path_join(l->prefix, name) : strdup(name);
}

/* Files with the other common ending would be passed over in silence. */
static int warn_yml(Loading *l, const char *directory) {
        _cleanup_(strv_done) Strv names = {0};
        int r = fs_list_dir(directory, ".yml", CONFIG_FILES_MAX, &names);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n; i++) {
                _cleanup_(freep) char *path = path_join(directory, names.items[i]);

                if (!path || problem_add(l->problems, PROBLEM_WARNING, path, 0, 0,
                                         "not read: only files that end in '.yaml' are") < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int load_directory(Loading *l, FileKind kind) {
        _cleanup_(freep) char *directory = beside(l, file_kinds[kind].directory);
        _cleanup_(strv_done) Strv names = {0};
        int r;

        if (!directory)
                return -ENOMEM;
        r = fs_list_dir(directory, ".yaml", CONFIG_FILES_MAX, &names);
        if (r == -E2BIG)
                return problem_add(l->problems, PROBLEM_ERROR, directory, 0, 0,
                                   "more than %d files", CONFIG_FILES_MAX);
        if (r < 0 && r != -ENOMEM)
                return problem_add(l->problems, PROBLEM_ERROR, directory, 0, 0,
                                   "cannot list the directory: %s", strerror(-r));
        if (r >= 0)
                r = warn_yml(l, directory);
        for (size_t i = 0; r >= 0 && i < names.n; i++) {
                _cleanup_(freep) char *path = path_join(directory, names.items[i]);

                r = path ? load_file(l, path, false, file_kinds[kind].load) : -ENOMEM;
        }
        return r;
}

/* Whether a directory listing has this file anyhow. */
static bool is_listed(const Loading *l, const char *path) {
        _cleanup_(freep) char *copy = strdup(path), *dir = NULL, *real = realpath(path, NULL);
        const char *slash;

        if (!copy || !real)
                return false;
        slash = strrchr(real, '/');
        for (size_t k = 0; k < _FILE_KIND_MAX; k++) {
                free(dir);
                dir = path_join(l->config->dir, file_kinds[k].directory);
                if (dir && slash && strlen(dir) == (size_t) (slash - real) &&
                    strncmp(dir, real, strlen(dir)) == 0 && strlen(slash) > 5 &&
                    streq(slash + strlen(slash) - 5, ".yaml"))
                        return true;
        }
        return false;
}

/* What an extra file is, by the key that names it; a recipe when it cannot be told, so that its
 * mistakes are reported as those of one. */
static int extra_kind(Loading *l, const char *path, FileKind *ret) {
        _cleanup_(arena_freep) Arena *scratch = arena_new();
        Problems unused = {0}, *kept = l->problems;
        ConfigFile file = {0};
        int r = -ENOMEM;

        *ret = FILE_RECIPE;
        l->problems = &unused;
        l->scratch = scratch;
        if (scratch)
                r = config_file_open(l, path, false, &file, NULL);
        for (size_t k = 0; r >= 0 && file.root && k < _FILE_KIND_MAX; k++)
                if (node_get(file.root, file_kinds[k].key))
                        *ret = (FileKind) k;
        l->scratch = NULL;
        l->problems = kept;
        problems_done(&unused);
        return r;
}

static int load_extras(Loading *l, const Strv *extra, FileKind kind) {
        int r = 0;

        for (size_t i = 0; r >= 0 && extra && i < extra->n; i++) {
                FileKind found;

                if (is_listed(l, extra->items[i]))
                        continue;
                r = extra_kind(l, extra->items[i], &found);
                if (r >= 0 && found == kind)
                        r = load_file(l, extra->items[i], false, file_kinds[kind].load);
        }
        return r;
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* Ours beside the settings, then the shipped one. */
static int load_data(Loading *l, const ConfigSource *source, const char *name, FileLoadFn fn) {
        _cleanup_(freep) char *own = beside(l, name), *shipped = NULL;
        int r = own ? load_file(l, own, true, fn) : -ENOMEM;

        if (r < 0 || !source->data_dir)
                return r;
        shipped = path_join(source->data_dir, name);
        return shipped ? load_file(l, shipped, true, fn) : -ENOMEM;
}

/* The shipped ones are part of the library's core. */
static int load_specs(Loading *l) {
        _cleanup_(freep) char *own = beside(l, "specs.yaml");

        return own ? load_file(l, own, true, specs_load) : -ENOMEM;
}

static int compare_recipes(const void *a, const void *b) {
        return strcmp(((const Recipe *) a)->name, ((const Recipe *) b)->name);
}

static int load_all(Loading *l, const ConfigSource *source, const char *settings,
                    bool *ret_usable) {
        Config *c = l->config;
        size_t errors = l->problems->n_errors;
        int r = load_file(l, settings, false, settings_load);

        if (r >= 0)
                r = load_data(l, source, "prices.yaml", prices_load);
        *ret_usable = l->problems->n_errors == errors;
        if (r >= 0)
                r = load_data(l, source, "models.yaml", models_load);
        if (r >= 0)
                r = load_specs(l);
        l->price_warned = r < 0 ? NULL : arena_array(c->arena, c->n_prices + 1, sizeof(bool));
        if (r >= 0 && !l->price_warned)
                r = -ENOMEM;
        for (size_t k = 0; r >= 0 && k < _FILE_KIND_MAX; k++) {
                r = load_directory(l, (FileKind) k);
                if (r >= 0)
                        r = load_extras(l, source->extra, (FileKind) k);
        }
        if (r >= 0 && c->n_recipes > 1)
                qsort(c->recipes, c->n_recipes, sizeof *c->recipes, compare_recipes);
        if (r >= 0)
                r = recipes_check_chains(l);
        return r < 0 ? r : arena_error(c->arena);
}

static Config *config_new(void) {
        Config *c = calloc(1, sizeof *c);

        if (!c)
                return NULL;
        c->arena = arena_new();
        return c->arena ? c : config_free(c);
}

/* The settings file, its directory as given and as it really is. */
static int find_settings(const ConfigSource *source, char **ret_file, char **ret_prefix,
                         char **ret_dir, Err *err) {
        const char *given = source->settings_file ? source->settings_file : PREGEN_CONFIG_FILE;
        _cleanup_(freep) char *file = NULL, *prefix = NULL, *dir = NULL;
        const char *slash;
        struct stat st;

        if (stat(given, &st) == 0 && S_ISDIR(st.st_mode))
                file = path_join(given, "pregen.yaml");
        else
                file = strdup(given);
        if (!file)
                return -ENOMEM;
        if (stat(file, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
                return err_set(err, -ENOENT,
                               "no settings file '%s'; write one, or name another with --config "
                               "FILE",
                               file);
        slash = strrchr(file, '/');
        prefix = slash ? strndup(file, slash == file ? 1 : (size_t) (slash - file)) : strdup("");
        if (!prefix)
                return -ENOMEM;
        dir = realpath(*prefix ? prefix : ".", NULL);
        if (!dir)
                return err_errno(err, -errno, "cannot find the directory of '%s'", file);
        *ret_file = TAKE_PTR(file);
        *ret_prefix = TAKE_PTR(prefix);
        *ret_dir = TAKE_PTR(dir);
        return 0;
}

int config_load(const ConfigSource *source, int64_t now_ms, Config **ret, Problems *problems,
                Err *err) {
        _cleanup_(freep) char *file = NULL, *prefix = NULL, *dir = NULL;
        _cleanup_(config_freep) Config *config = NULL;
        Loading l = {.problems = problems, .now_ms = now_ms};
        bool usable = false;
        int r;

        assert(source);
        assert(ret);
        assert(problems);
        r = find_settings(source, &file, &prefix, &dir, err);
        if (r < 0)
                return r;
        config = config_new();
        if (!config)
                return err_set(err, -ENOMEM, "out of memory while reading the configuration");
        l.config = config;
        l.prefix = prefix;
        config->dir = arena_strdup(config->arena, dir);
        r = config->dir ? load_all(&l, source, file, &usable) : -ENOMEM;
        if (r < 0)
                return err_set(err, r, "out of memory while reading the configuration");
        if (!usable)
                return err_set(err, -EINVAL,
                               "the settings or the prices have errors: nothing can be done with "
                               "'%s' until they are mended",
                               file);
        *ret = TAKE_PTR(config);
        return 0;
}
