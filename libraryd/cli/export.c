/* SPDX-License-Identifier: MIT */

#include "cli/export.h"

#include "base/strbuf.h"
#include "cli/asset_out.h"

const char *const list_format_words[] = {"csv", "jsonl", NULL};
static_assert(ARRAY_LEN(list_format_words) == _LIST_FORMAT_MAX + 1, "one word a format");

/* How a list of ours begins, in every version: columns are only ever added behind. */
static const struct {
        const char *name, *first;
        OutFormat out;
} lists[] = {
        [LIST_CSV] = {"manifest.csv", "id,kind,status,brand,", OUT_CSV},
        [LIST_JSONL] = {"manifest.jsonl", "{\"schema\":1,\"id\":\"", OUT_JSONL},
};

const char *export_list_name(ListFormat format) {
        assert(format >= 0 && format < _LIST_FORMAT_MAX);
        return lists[format].name;
}

int export_begin(Export *e, Err *err) {
        int r;

        assert(e && e->lib && e->to);
        r = al_handout_open(e->lib, e->to, e->mode, &e->handout, err);
        if (r >= 0)
                r = al_handout_list_begin(e->handout, lists[e->format].name, lists[e->format].first,
                                          &e->list, err);
        if (r < 0)
                return r;
        r = asset_out_new(al_handout_list_file(e->list), lists[e->format].out, &e->out);
        return r < 0 ? err_errno(err, r, "cannot export to '%s'", e->to) : 0;
}

void export_done(Export *e) {
        assert(e);
        e->out = out_free(e->out);
        e->list = al_handout_list_free(e->list);
        e->handout = al_handout_free(e->handout);
}

/* A line of the list: what `query` tells, with the path from the list to the file. */
static int add_line(Export *e, const AlAsset *a, const char *name) {
        _cleanup_(freep) char *path = strdup(name);
        AlAsset line = *a;
        int r;

        line.path = path;
        line.tags = json_copy(a->tags);
        r = path ? asset_out_row(e->out, lists[e->format].out, &line) : -ENOMEM;
        (void) json_free(line.tags);
        return r;
}

static int hand_out(Export *e, const AlAsset *a, Err *err) {
        _cleanup_(json_freep) Json *sidecar = NULL;
        char name[AL_HAND_NAME_MAX];
        AlHandHow how;
        int r;

        r = asset_sidecar(e->lib, a, e->now_ms, &sidecar, err);
        if (r >= 0)
                r = al_handout_put(e->handout, a, sidecar, name, &how, err);
        if (r < 0)
                return r;
        e->linked += how == AL_HANDED_LINK;
        e->copied += how == AL_HANDED_COPY;
        e->there += how == AL_HANDED_BEFORE;
        e->bytes += a->bytes;
        r = add_line(e, a, name);
        return r < 0 ? err_errno(err, r, "cannot write '%s/%s'", e->to, lists[e->format].name) : 0;
}

int export_asset(Export *e, const char *id, Err *err) {
        _cleanup_(al_asset_done) AlAsset a = {0};
        int r;

        assert(e && e->out && id);
        r = al_asset_find(e->lib, id, &a, NULL, err);
        if (r > 0)
                r = err_set(err, -EUCLEAN, "asset '%s' is not there any more", id);
        if (r >= 0)
                r = hand_out(e, &a, err);
        e->damaged += r == -EUCLEAN;
        return r;
}

int export_end(Export *e, Err *err) {
        int r;

        assert(e && e->out);
        r = out_end(e->out);
        if (r < 0)
                return err_errno(err, r, "cannot write '%s/%s'", e->to, lists[e->format].name);
        return al_handout_list_end(e->list, err);
}
