/* SPDX-License-Identifier: MIT */

/* pregend config show: the settings in force, each with the place it comes from. */

#include <stdio.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/out.h"
#include "base/strbuf.h"
#include "cmds.h"
#include "recipe/tables.h"

static int arg_format;

static const CliOption options[] = {
        APP_FORMAT_OPTION(arg_format),
};

const CliOption *cmd_config_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

typedef struct Showing {
        Out *out;
        const Config *config;
} Showing;

static void row(Out *out, const char *path, const char *value, const char *origin) {
        (void) out_str(out, path);
        (void) out_str(out, value);
        (void) out_str(out, origin);
}

/* What stands above the files: --library and $PREGEN_LIBRARY; without a value, what the driver
 * says. */
static const char *overridden(const Showing *s, const char *path, const char **ret_origin) {
        const char *env = getenv("PREGEN_LIBRARY");

        if (!streq(path, "library"))
                return NULL;
        if (arg_app.library) {
                *ret_origin = "--library";
                return arg_app.library;
        }
        *ret_origin = "$PREGEN_LIBRARY";
        return env && *env ? env : NULL;
}

/* providers.NAME.base_url without a value is the driver's. */
static const char *driver_default(const Showing *s, const char *path) {
        const Settings *settings = &s->config->settings;

        for (size_t i = 0; i < settings->n_providers; i++) {
                _cleanup_(freep) char *mine =
                        str_printf("providers.%s.base_url", settings->providers[i].name);

                if (mine && streq(mine, path))
                        return settings->providers[i].base_url;
        }
        return NULL;
}

static int show_value(const char *path, const char *value, const Node *node, void *userdata) {
        const Showing *s = userdata;
        _cleanup_(freep) char *place = NULL;
        const char *origin = "default", *other;

        other = overridden(s, path, &origin);
        if (other) {
                row(s->out, path, other, origin);
                return 0;
        }
        if (!node) {
                other = value ? NULL : driver_default(s, path);
                row(s->out, path, other ? other : value, other ? "driver" : "default");
                return 0;
        }
        place = str_printf("%s:%d", s->config->settings.file, node->line);
        if (!place)
                return -ENOMEM;
        if (streq(path, "library"))
                value = s->config->settings.library; /* made absolute */
        row(s->out, path, value, place);
        return 0;
}

/* The tree is read again: the structures do not remember where a value stood. */
static int show_tree(const Config *config, const Node *root) {
        static const OutColumn columns[] = {
                {.key = "key", .title = "KEY"},
                {.key = "value", .title = "VALUE", .max_width = 70},
                {.key = "origin", .title = "FROM"},
        };
        _cleanup_(out_freep) Out *out = NULL;
        Showing s = {.config = config};
        int r;

        r = out_new(stdout, (OutFormat) arg_format, "settings", columns, ARRAY_LEN(columns), &out);
        if (r < 0)
                return r;
        s.out = out;
        r = schema_show(&settings_schema, root, show_value, &s);
        return r < 0 ? r : out_end(out);
}

static int show(Config *config) {
        _cleanup_(arena_freep) Arena *scratch = arena_new();
        _cleanup_(problems_done) Problems problems = {0};
        Loading l = {.config = config, .problems = &problems, .scratch = scratch};
        ConfigFile file = {0};
        int r = scratch ? config_file_open(&l, config->settings.file, false, &file, NULL) : -ENOMEM;

        if (r >= 0 && !file.root)
                r = -EIO; /* changed between the two readings */
        return r < 0 ? r : show_tree(config, file.root);
}

int cmd_config(const CliVerb *verb, const Strv *args) {
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        (void) verb;
        if (!streq(args->items[0], "show")) {
                fprintf(stderr, "pregend: unknown 'config %s'; run 'pregend config show'\n",
                        args->items[0]);
                return EXIT_CODE_USAGE;
        }
        r = app_load_config(&config);
        if (r != EXIT_CODE_OK)
                return r;
        r = show(config);
        if (r < 0) {
                fprintf(stderr, "pregend: cannot show the settings: %s\n", strerror(-r));
                return EXIT_CODE_ERROR;
        }
        return EXIT_CODE_OK;
}
