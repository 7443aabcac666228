/* SPDX-License-Identifier: MIT */

/* import: files from elsewhere become assets, each by itself: what is in stays in, so that the same command
 * goes on after an interruption, and one bad file stays one. */

#include <inttypes.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "cli/cmd.h"
#include "cli/import.h"

static const char *arg_brand, *arg_hook, *arg_category, *arg_csv, *arg_pattern;
static Strv arg_tags;
static bool arg_dry_run;
static int arg_format;

static const CliOption options[] = {
        {.name = "brand",
         .type = CLI_STRING,
         .target = &arg_brand,
         .argument = "NAME",
         .help = "of this brand",
         .complete = "brands"},
        {.name = "hook",
         .type = CLI_STRING,
         .target = &arg_hook,
         .argument = "NAME",
         .help = "of this hook",
         .complete = "hooks"},
        {.name = "category",
         .type = CLI_STRING,
         .target = &arg_category,
         .argument = "NAME",
         .help = "of this category",
         .complete = "categories"},
        {.name = "tag",
         .type = CLI_LIST,
         .target = &arg_tags,
         .argument = "KEY=VALUE",
         .help = "with this tag",
         .complete = "tags"},
        {.name = "pattern",
         .type = CLI_STRING,
         .target = &arg_pattern,
         .argument = "PATTERN",
         .help = "words from the end of each path: '{brand}/{hook}/{category}_*.png'"},
        {.name = "from-csv",
         .type = CLI_STRING,
         .target = &arg_csv,
         .argument = "FILE",
         .help = "files and their words: columns file, brand, hook, category, any other is a tag",
         .complete = "files"},
        {.name = "dry-run", .target = &arg_dry_run, .help = "look at the files, change nothing"},
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "file", .title = "FILE"},
        {.key = "result", .title = "RESULT"},
        {.key = "id", .title = "ID"},
        {.key = "kind", .title = "KIND"},
        {.key = "brand", .title = "BRAND"},
        {.key = "hook", .title = "HOOK"},
        {.key = "category", .title = "CATEGORY"},
        {.key = "why", .title = "WHY"},
};

typedef struct Import {
        Library *lib;
        Out *out;
        char *who;
        MediaWorker worker;
        int64_t imported, there, refused;
} Import;

static void import_done(Import *im) {
        media_worker_done(&im->worker);
        (void) out_free(im->out);
        (void) al_close(im->lib);
        free(im->who);
}

const CliOption *cmd_import_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int print_row(Import *im, const char *path, const char *result, const char *id,
                     const ImportFile *f, const Words *words, const char *why) {
        (void) out_str(im->out, path);
        (void) out_str(im->out, result);
        (void) out_str(im->out, id && id[0] ? id : NULL);
        (void) out_str(im->out, f && f->info.media_type[0] ? asset_kind_word(f->kind) : NULL);
        (void) out_str(im->out, words_get(words, "brand"));
        (void) out_str(im->out, words_get(words, "hook"));
        (void) out_str(im->out, words_get(words, "category"));
        return out_str(im->out, why);
}

/* The three axes are names, tags are not empty. */
static int check_words(const Words *words, Err *err) {
        static const char *const axes[] = {"brand", "hook", "category"};

        for (size_t i = 0; i < ARRAY_LEN(axes); i++) {
                const char *value = words_get(words, axes[i]);

                if (!value)
                        return err_set(err, -EINVAL, "no %s: give --%s, --pattern or --from-csv",
                                       axes[i], axes[i]);
                if (!name_is_valid(value))
                        return err_set(err, -EINVAL,
                                       "the %s '%s' is no name (lower-case letters, digits, . _ -)",
                                       axes[i], value);
        }
        for (size_t i = 0; i < words->n; i++) {
                if (!name_is_valid(words->items[i].key))
                        return err_set(err, -EINVAL, "the tag '%s' is no name",
                                       words->items[i].key);
                if (!words->items[i].value[0])
                        return err_set(err, -EINVAL, "the tag '%s' is empty", words->items[i].key);
        }
        return 0;
}

static bool is_axis(const char *key) {
        return streq(key, "brand") || streq(key, "hook") || streq(key, "category");
}

static Json *tags_of(const Words *words) {
        Json *tags = json_new_object();

        for (size_t i = 0; i < words->n; i++) {
                const char *key = words->items[i].key;

                if (!is_axis(key) && json_add_str(tags, key, words->items[i].value) < 0)
                        return json_free(tags);
        }
        return tags;
}

/* AL_OK, AL_TAKEN, or why not. */
static int store(Import *im, const char *path, ImportFile *f, const Words *words,
                 char id[static 13], Err *err) {
        _cleanup_(json_freep) Json *tags = tags_of(words);
        const char *name = strrchr(path, '/');
        AlImport import = {.kind = f->kind,
                           .brand = words_get(words, "brand"),
                           .hook = words_get(words, "hook"),
                           .category = words_get(words, "category"),
                           .tags = tags,
                           .name = name ? name + 1 : path,
                           .who = im->who,
                           .asset = {.spool = f->spool,
                                     .digest = f->digest,
                                     .bytes = f->bytes,
                                     .media_type = f->info.media_type,
                                     .ext = f->info.ext,
                                     .width = f->info.width,
                                     .height = f->info.height,
                                     .duration_ms = f->info.duration_ms,
                                     .text = f->text,
                                     .look = &f->info.look}};

        if (!tags)
                return err_errno(err, -ENOMEM, "cannot list its tags");
        return al_import(im->lib, &import, app_now_ms(), id, err);
}

static int take_in(Import *im, const char *path, ImportFile *f, const Words *words,
                   char id[static 13], Err *err) {
        int r = import_file_open(path, al_dir_fd(im->lib), arg_dry_run, f, err);

        if (r < 0)
                return r;
        r = al_import_find(im->lib, &f->digest, words_get(words, "brand"), words_get(words, "hook"),
                           words_get(words, "category"), id, err);
        if (r != AL_NOT_FOUND)
                return r;
        r = import_file_look(f, path, &im->worker, err);
        if (r < 0 || arg_dry_run)
                return r;
        return store(im, path, f, words, id, err);
}

static bool has_tag(const AlAsset *a, const char *key, const char *value) {
        const Json *values = a->tags ? json_get(a->tags, key) : NULL;
        const char *one = a->tags ? json_str(a->tags, key) : NULL;

        if (!json_is_array(values))
                return one && streq(one, value);
        for (size_t i = 0; i < json_length(values); i++) {
                const char *text = json_text(json_at(values, i));

                if (text && streq(text, value))
                        return true;
        }
        return false;
}

/* To `why`, what was asked for and is not so with the asset that is there already. */
static int tell_there(Import *im, const char *id, const Words *words, StrBuf *why, Err *err) {
        _cleanup_(al_asset_done) AlAsset a = {0};
        int r = al_asset_find(im->lib, id, &a, NULL, err);

        if (r != AL_OK)
                return r < 0 ? r : 0;
        if (a.status == ASSET_RETIRED || a.status == ASSET_REJECTED)
                (void) strbuf_printf(why, "%s; '" APP_NAME " restore %s' puts it back",
                                     asset_status_word(a.status), id);
        for (size_t i = 0; i < words->n; i++) {
                const char *key = words->items[i].key, *value = words->items[i].value;

                if (!is_axis(key) && !has_tag(&a, key, value))
                        (void) strbuf_printf(why, "%sthe tag %s=%s was not added",
                                             why->len > 0 ? "; " : "", key, value);
        }
        return why->error;
}

/* What no other file will do better with: the rest is not tried. */
static bool ends_all(int r) {
        return r == -ENOSPC || r == -EDQUOT || r == -EROFS || r == -EUCLEAN || r == -EBUSY;
}

static int import_one(Import *im, const char *path, const Words *words, Err *err) {
        ImportFile f = IMPORT_FILE_NONE;
        _cleanup_(strbuf_done) StrBuf there = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        char id[13] = "";
        Err why = {0};
        int r = check_words(words, &why);

        if (r >= 0)
                r = take_in(im, path, &f, words, id, &why);
        if (r == AL_TAKEN) {
                im->there++;
                r = tell_there(im, id, words, &there, err);
                if (r >= 0)
                        r = print_row(im, path, "there", id, &f, words,
                                      there.len > 0 ? strbuf_text(&there) : NULL);
        } else if (r >= 0) {
                im->imported++;
                r = print_row(im, path, arg_dry_run ? "would import" : "imported", id, &f, words,
                              NULL);
        } else if (ends_all(r)) {
                if (err)
                        *err = why;
        } else {
                im->refused++;
                r = print_row(im, path, "refused", NULL, &f, words, err_text(&why));
        }
        import_file_done(&f, al_dir_fd(im->lib));
        return r;
}

/* What the options say of every file. */
static int words_of_options(Words *words, Err *err) {
        const struct {
                const char *key, *value;
        } axes[] = {{"brand", arg_brand}, {"hook", arg_hook}, {"category", arg_category}};
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(axes) && r >= 0; i++)
                if (axes[i].value)
                        r = words_set(words, axes[i].key, axes[i].value, strlen(axes[i].value));
        for (size_t i = 0; i < arg_tags.n && r >= 0; i++) {
                const char *tag = arg_tags.items[i], *equals = strchr(tag, '=');
                _cleanup_(freep) char *key = equals ? strndup(tag, (size_t) (equals - tag)) : NULL;

                if (!equals)
                        return err_set(err, -EINVAL, "'%s' is no tag: KEY=VALUE", tag);
                r = key ? words_set(words, key, equals + 1, strlen(equals + 1)) : -ENOMEM;
        }
        return r < 0 ? err_errno(err, r, "cannot keep the words of a file") : 0;
}

static int import_path(Import *im, const char *path, Err *err) {
        _cleanup_(words_done) Words words = {0};
        int r = 0;

        if (arg_pattern && !path_match(arg_pattern, path, &words)) {
                im->refused++;
                return print_row(im, path, "refused", NULL, NULL, &words,
                                 "its path does not match the pattern");
        }
        r = words_of_options(&words, err);
        return r < 0 ? r : import_one(im, path, &words, err);
}

/* A record of the CSV over its header; relative files are beside the CSV. */
static int import_record(Import *im, const Strv *header, const Csv *csv, Err *err) {
        _cleanup_(words_done) Words words = {0};
        _cleanup_(freep) char *path = NULL;
        const char *slash = strrchr(arg_csv, '/');
        _cleanup_(freep) char *dir =
                slash ? strndup(arg_csv, (size_t) (slash - arg_csv) + 1) : strdup("");
        int r = words_of_options(&words, err);

        if (r >= 0 && !dir)
                r = err_errno(err, -ENOMEM, "cannot read the record");
        for (size_t i = 0; i < csv->n_fields && r >= 0; i++) {
                const char *value = csv->fields[i];

                if (streq(header->items[i], "file")) {
                        path = dir[0] ? path_join(dir, value) : strdup(value);
                        r = path ? 0 : err_errno(err, -ENOMEM, "cannot read the record");
                } else if (value[0])
                        r = words_set(&words, header->items[i], value, strlen(value));
        }
        return r < 0 ? r : import_one(im, path, &words, err);
}

static int import_csv(Import *im, Err *err) {
        _cleanup_(csv_done) Csv csv = {0};
        _cleanup_(strv_done) Strv header = {0};
        int r = csv_open(arg_csv, &csv, err);

        if (r >= 0)
                r = csv_next(&csv, err);
        for (size_t i = 0; r == 1 && i < csv.n_fields; i++)
                if (strv_add(&header, csv.fields[i]) < 0)
                        r = err_errno(err, -ENOMEM, "cannot read '%s'", arg_csv);
        if (r >= 0 && !strv_has(&header, "file"))
                r = err_set(err, -EINVAL, "'%s' has no column 'file' in its first line", arg_csv);
        while (r >= 0 && (r = csv_next(&csv, err)) == 1) {
                if (csv.n_fields == 1 && !csv.fields[0][0])
                        continue; /* an empty line */
                if (csv.n_fields != header.n)
                        return err_set(err, -EINVAL,
                                       "'%s': line %" PRId64 " has %zu fields, not %zu", arg_csv,
                                       csv.line, csv.n_fields, header.n);
                r = import_record(im, &header, &csv, err);
        }
        return r < 0 ? err_prefix(err, r, "import") : 0;
}

static int import_all(Import *im, const Strv *args, Err *err) {
        int r = 0;

        for (size_t i = 0; i < args->n && r >= 0; i++)
                r = import_path(im, args->items[i], err);
        if (r >= 0 && arg_csv)
                r = import_csv(im, err);
        return r;
}

static int finish(const Import *im, int r, const Err *err) {
        app_note("%" PRId64 " %s, %" PRId64 " there already, %" PRId64 " refused", im->imported,
                 arg_dry_run ? "would be imported" : "imported", im->there, im->refused);
        if (r < 0)
                return app_fail(r, err);
        return im->refused > 0 ? EXIT_CODE_PARTIAL : EXIT_CODE_OK;
}

int cmd_import(const CliVerb *verb, const Strv *args) {
        _cleanup_(import_done) Import im = {.worker = MEDIA_WORKER_NONE};
        Err err = {0};
        int r, ended;

        assert(verb && args);
        if (args->n == 0 && !arg_csv)
                return cli_usage_error(APP_NAME, verb, "no files: name some, or give --from-csv");
        if (arg_pattern && path_pattern_check(arg_pattern, &err) < 0)
                return cli_usage_error(APP_NAME, verb, "%s", err_text(&err));
        r = app_open(arg_dry_run ? AL_READ : AL_WRITE, &im.lib);
        if (r != 0)
                return r;
        im.who = app_user();
        r = im.who ? out_new(stdout, (OutFormat) arg_format, "files", columns, ARRAY_LEN(columns),
                             &im.out)
                   : -ENOMEM;
        if (r >= 0 && !arg_dry_run)
                r = al_lock_objects(im.lib, &err);
        if (r == AL_TAKEN) {
                (void) cli_error(APP_NAME, "gc or verify is at work; try again");
                return EXIT_CODE_BUSY;
        }
        if (r < 0)
                return app_fail(r, &err);
        r = import_all(&im, args, &err);
        ended = out_end(im.out); /* what was done is told, whatever came after */
        return finish(&im, r < 0 ? r : ended, &err);
}
