/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "cli/asset_text.h"
#include "cli/cmd.h"

enum { SHOW_TEXT, SHOW_JSON, SHOW_JSONL };

static const char *const format_words[] = {"text", "json", "jsonl", NULL};

static int arg_format;

static const CliOption options[] = {
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "FORMAT",
         .help = "how to print",
         .words = format_words},
};

const CliOption *cmd_show_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* 0 with the description, or an exit code. */
static int describe(Library *lib, const char *id, Json **ret) {
        _cleanup_(al_asset_done) AlAsset asset = {0};
        _cleanup_(strv_done) Strv candidates = {0};
        Err err = {0};
        int r;

        r = al_asset_find(lib, id, &asset, &candidates, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (r != AL_OK)
                return app_fail_id((AlResult) r, id, &candidates);
        r = al_asset_describe(lib, &asset, app_now_ms(), true, ret, &err);
        return r < 0 ? app_fail(r, &err) : 0;
}

static int describe_all(Library *lib, const Strv *ids, Json *list) {
        int r = 0;

        for (size_t i = 0; i < ids->n && r == 0; i++) {
                Json *asset = NULL;

                r = describe(lib, ids->items[i], &asset);
                if (r == 0 && json_push(list, asset) < 0)
                        r = cli_error(APP_NAME, "out of memory");
        }
        return r;
}

static int print_text(const Json *list) {
        int r = 0;

        for (const Json *asset = json_first(list); asset && r >= 0; asset = json_next(asset)) {
                r = asset_text_print(stdout, asset);
                if (json_next(asset))
                        (void) fputs("\n\n", stdout);
        }
        return r;
}

static int print_jsonl(const Json *list) {
        int r = 0;

        for (const Json *asset = json_first(list); asset && r >= 0; asset = json_next(asset))
                r = out_print_jsonl(stdout, json_copy(asset));
        return r;
}

static int print_json(Json *list) {
        _cleanup_(json_freep) Json *document = json_new_object();
        int r = json_add(document, "assets", list);

        return r < 0 ? r : out_print_json(stdout, TAKE_PTR(document));
}

int cmd_show(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(json_freep) Json *list = json_new_array();
        int r;

        assert(verb && args);
        r = app_open(AL_READ, &lib);
        if (r != 0)
                return r;
        r = describe_all(lib, args, list);
        if (r != 0)
                return r;
        if (arg_format == SHOW_JSON)
                r = print_json(TAKE_PTR(list));
        else
                r = arg_format == SHOW_JSONL ? print_jsonl(list) : print_text(list);
        return r < 0 ? app_fail(r, NULL) : EXIT_CODE_OK;
}
