/* SPDX-License-Identifier: MIT */

/* Any bytes as any of our files: no crash, no leak, and no problem without a place. */

#include "recipe/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*LoadFn)(Loading *l, const ConfigFile *file);

static void load(LoadFn fn, const uint8_t *data, size_t size) {
        _cleanup_(config_freep) Config *config = calloc(1, sizeof *config);
        _cleanup_(arena_freep) Arena *scratch = arena_new();
        _cleanup_(freep) bool *warned = calloc(1, sizeof *warned);
        Problems problems = {0};
        Loading l = {.config = config,
                     .problems = &problems,
                     .scratch = scratch,
                     .prefix = "",
                     .providers_known = true,
                     .price_warned = warned};
        ConfigFile file = {.name = "fuzz.yaml"};
        Node *root = NULL;

        config->arena = arena_new();
        config->dir = "/nonexistent";
        file.source = (Source){.file = "fuzz.yaml", .text = (const char *) data, .n = size};
        if (node_parse(scratch, &file.source, &problems, &root) < 0)
                abort();
        file.root = root;
        if (fn(&l, &file) < 0)
                abort();
        for (size_t i = 0; i < problems.n; i++)
                assert(problems.items[i].line > 0 && problems.items[i].column > 0);
        problems_done(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const LoadFn all[] = {settings_load, recipe_load, brand_load,
                                     hook_load,     prices_load, models_load};

        if (size > CONFIG_FILE_MAX)
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(all); i++)
                load(all[i], data, size);
        return 0;
}
