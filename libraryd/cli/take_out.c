/* SPDX-License-Identifier: MIT */

#include "cli/take_out.h"

#include "base/fs.h"
#include "cli/app.h"
#include "cli/asset_out.h"

const char *const take_format_words[] = {"table", "json", "jsonl", "csv", "path", "id", NULL};

static_assert(ARRAY_LEN(take_format_words) == _TAKE_FORMAT_MAX + 1, "one word a format");
static_assert((int) TAKE_TABLE == (int) OUT_TABLE && (int) TAKE_JSON == (int) OUT_JSON &&
                      (int) TAKE_JSONL == (int) OUT_JSONL && (int) TAKE_CSV == (int) OUT_CSV,
              "formats in the same order");

static const OutColumn columns[] = {
        {.key = "id", .title = "ID"},
        {.key = "kind", .title = "KIND"},
        {.key = "brand", .title = "BRAND", .max_width = 24},
        {.key = "hook", .title = "HOOK", .max_width = 24},
        {.key = "category", .title = "CATEGORY", .max_width = 24},
        {.key = "tags", .title = NULL},
        {.key = "file", .title = "FILE"},
        {.key = "how", .title = NULL},
        {.key = "path", .title = NULL},
        {.key = "sha256", .title = NULL},
        {.key = "bytes", .title = NULL},
        {.key = "media_type", .title = NULL},
        {.key = "text", .title = "COPY", .max_width = 40},
        {.key = "until", .title = "UNTIL"},
        {.key = "uses", .title = "USES", .right = true},
};

static const char *const how_words[] = {
        [AL_HANDED_LINK] = "link",
        [AL_HANDED_COPY] = "copy",
        [AL_HANDED_BEFORE] = "there",
};

int take_out_begin(TakeOut *o) {
        assert(o && o->lib);
        if (o->format < TAKE_PATH)
                return out_new(stdout, (OutFormat) o->format, "taken", columns, ARRAY_LEN(columns),
                               &o->out);
        o->terminal = isatty(STDOUT_FILENO) == 1;
        return 0;
}

void take_out_done(TakeOut *o) {
        assert(o);
        o->out = out_free(o->out);
}

static void tell_damaged(TakeOut *o, const AlAsset *a) {
        (void) cli_error(APP_NAME, "%s; '" APP_NAME " release %s --for %s' gives it back",
                         err_text(&o->why), a->id, o->campaign);
        o->why = (Err){0};
        o->damaged++;
}

/* The file's path and how it came to be; NULL when there is none. */
static char *hand_out(TakeOut *o, const AlAsset *a, AlHandHow *how) {
        _cleanup_(json_freep) Json *sidecar = NULL;
        char name[AL_HAND_NAME_MAX];
        int r = 0;

        if (!o->handout || o->failure < 0)
                return NULL;
        if (o->sidecar)
                r = asset_sidecar(o->lib, a, o->now_ms, &sidecar, &o->why);
        if (r >= 0) {
                r = al_handout_put(o->handout, a, sidecar, name, how, &o->why);
                if (r == -EUCLEAN) {
                        tell_damaged(o, a);
                        return NULL;
                }
        }
        o->failure = r;
        if (r < 0)
                return NULL;
        o->n_files++;
        return path_join(o->to, name);
}

static int put_line(const TakeOut *o, const char *text) {
        _cleanup_(freep) char *safe = o->terminal ? text_safe(text) : NULL;

        if (fputs(safe ? safe : text, stdout) == EOF || putchar(o->nul ? '\0' : '\n') == EOF)
                return errno > 0 ? -errno : -EIO;
        return 0;
}

static int put_row(Out *out, const AlAsset *a, int64_t until_ms, const char *file,
                   const char *how) {
        (void) out_str(out, a->id);
        (void) out_str(out, asset_kind_word(a->kind));
        (void) out_str(out, a->brand);
        (void) out_str(out, a->hook);
        (void) out_str(out, a->category);
        (void) out_json(out, a->tags ? json_copy(a->tags) : json_new_object());
        (void) out_str(out, file);
        (void) out_str(out, how);
        (void) out_str(out, a->path);
        (void) out_str(out, a->sha256);
        (void) out_int(out, a->bytes);
        (void) out_str(out, a->media_type);
        (void) out_str(out, a->text);
        (void) out_time(out, until_ms);
        return out_int(out, a->uses);
}

int take_out_asset(TakeOut *o, const AlAsset *a, int64_t until_ms) {
        AlHandHow how = AL_HANDED_COPY;
        _cleanup_(freep) char *file = NULL;

        assert(o && a);
        file = hand_out(o, a, &how);
        o->n++;
        if (o->format == TAKE_ID)
                return put_line(o, a->id);
        if (o->format == TAKE_PATH) /* what could not be handed out has no path to offer */
                return o->handout && !file ? 0 : put_line(o, file ? file : a->path);
        return put_row(o->out, a, until_ms, file, file ? how_words[how] : NULL);
}

static int short_line(const AlShort *s, Json *out) {
        int r = json_add_str(out, "brand", s->brand);

        if (r >= 0)
                r = json_add_str(out, "hook", s->hook);
        if (r >= 0)
                r = json_add_str(out, "category", s->category);
        if (r >= 0)
                r = json_add_str(out, "kind", s->brand ? asset_kind_word(s->kind) : NULL);
        if (r >= 0)
                r = json_add_str(out, "recipe", s->recipe);
        if (r >= 0)
                r = json_add_str(out, "cell", s->cell);
        if (r >= 0)
                r = json_add_int(out, "target", s->target);
        if (r >= 0)
                r = json_add_int(out, "matching", s->matching);
        if (r >= 0)
                r = json_add_int(out, "free", s->free);
        if (r >= 0)
                r = json_add_int(out, "held", s->held);
        if (r >= 0)
                r = json_add_int(out, "shared", s->shared);
        if (r >= 0)
                r = json_add_int(out, "own", s->own);
        return r < 0 ? r : json_add_int(out, "unfit", s->unfit);
}

int take_out_shorts(TakeOut *o, const AlTake *take, int64_t wanted) {
        Json *extra, *list;
        int r;

        assert(o && take);
        if (!o->out)
                return 0;
        extra = out_extra(o->out);
        r = json_add_int(extra, "wanted", wanted);
        if (r >= 0)
                r = json_add_int(extra, "found", take->found);
        list = json_add_array(extra, "short");
        for (size_t i = 0; r >= 0 && i < take->n_shorts; i++) {
                Json *line = json_new_object();

                r = short_line(&take->shorts[i], line);
                if (r >= 0)
                        r = list ? json_push(list, TAKE_PTR(line)) : -ENOMEM;
                (void) json_free(line);
        }
        return r;
}

int take_out_end(TakeOut *o) {
        assert(o);
        if (o->handout && o->failure >= 0)
                o->failure = al_handout_sync(o->handout, &o->why);
        if (o->out)
                return out_end(o->out);
        return out_flush(stdout);
}
