/* SPDX-License-Identifier: MIT */

#include "cli/asset_out.h"

#include <inttypes.h>

#include "base/parse.h"
#include "base/strbuf.h"

enum {
        TAGS_TEXT_MAX = 4096,
        SIZE_TEXT_MAX = 64,
        TAGS_COLUMNS = 32,
        COPY_COLUMNS = 48,
};

static const OutColumn table_columns[] = {
        {.key = "id", .title = "ID"},
        {.key = "kind", .title = "KIND"},
        {.key = "status", .title = "STATUS"}, /* empty for what is ready */
        {.key = "brand", .title = "BRAND", .max_width = 24},
        {.key = "hook", .title = "HOOK", .max_width = 24},
        {.key = "category", .title = "CATEGORY", .max_width = 24},
        {.key = "tags", .title = "TAGS", .max_width = TAGS_COLUMNS},
        {.key = "size", .title = "SIZE", .right = true},
        {.key = "text", .title = "COPY", .max_width = COPY_COLUMNS},
};

static const OutColumn data_columns[] = {
        {.key = "id"},           {.key = "kind"},     {.key = "status"},      {.key = "brand"},
        {.key = "hook"},         {.key = "category"}, {.key = "recipe"},      {.key = "tags"},
        {.key = "path"},         {.key = "sha256"},   {.key = "bytes"},       {.key = "media_type"},
        {.key = "width"},        {.key = "height"},   {.key = "duration_ms"}, {.key = "text"},
        {.key = "price_usd"},    {.key = "created"},  {.key = "expires"},     {.key = "uses"},
        {.key = "alternate_of"},
};

int asset_out_new(FILE *stream, OutFormat format, Out **ret) {
        if (format == OUT_TABLE)
                return out_new(stream, format, "assets", table_columns, ARRAY_LEN(table_columns),
                               ret);
        return out_new(stream, format, "assets", data_columns, ARRAY_LEN(data_columns), ret);
}

static void add_tag(StrBuf *b, const char *key, const Json *value) {
        const char *text = json_text(value);

        if (text)
                (void) strbuf_printf(b, "%s%s=%s", b->len > 0 ? " " : "", key, text);
        for (const Json *v = json_is_array(value) ? json_first(value) : NULL; v; v = json_next(v))
                add_tag(b, key, v);
}

/* "format=story season=spring" */
static int out_tags_short(Out *out, const Json *tags) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(TAGS_TEXT_MAX);

        for (const Json *t = json_first(tags); t; t = json_next(t))
                add_tag(&b, json_key(t), t);
        return out_str(out, strbuf_text(&b)); /* what is beyond the limit would be cut anyway */
}

/* "1080x1920", "1080x1920 8s" or, for copy, "42 chars" */
static int out_size(Out *out, const AlAsset *a) {
        char size[SIZE_TEXT_MAX] = "";

        if (a->kind == KIND_TEXT)
                (void) snprintf(size, sizeof size, "%zu chars",
                                a->text ? utf8_copy_length(a->text) : 0);
        else if (a->duration_ms > 0)
                (void) snprintf(size, sizeof size, "%" PRId64 "x%" PRId64 " %.3gs", a->width,
                                a->height, (double) a->duration_ms / 1000);
        else
                (void) snprintf(size, sizeof size, "%" PRId64 "x%" PRId64, a->width, a->height);
        return out_str(out, size);
}

static int table_row(Out *out, const AlAsset *a) {
        (void) out_str(out, a->id);
        (void) out_str(out, asset_kind_word(a->kind));
        (void) out_str(out, a->status == ASSET_READY ? NULL : asset_status_word(a->status));
        (void) out_str(out, a->brand);
        (void) out_str(out, a->hook);
        (void) out_str(out, a->category);
        (void) out_tags_short(out, a->tags);
        (void) out_size(out, a);
        return out_str(out, a->text);
}

/* 0 = not applicable to this kind */
static void out_measure(Out *out, int64_t v) {
        if (v > 0)
                (void) out_int(out, v);
        else
                (void) out_null(out);
}

static int data_row(Out *out, AlAsset *a) {
        (void) out_str(out, a->id);
        (void) out_str(out, asset_kind_word(a->kind));
        (void) out_str(out, asset_status_word(a->status));
        (void) out_str(out, a->brand);
        (void) out_str(out, a->hook);
        (void) out_str(out, a->category);
        (void) out_str(out, a->recipe);
        (void) out_json(out, a->tags ? TAKE_PTR(a->tags) : json_new_object());
        (void) out_str(out, a->path);
        (void) out_str(out, a->sha256);
        (void) out_int(out, a->bytes);
        (void) out_str(out, a->media_type);
        out_measure(out, a->width);
        out_measure(out, a->height);
        out_measure(out, a->duration_ms);
        (void) out_str(out, a->text);
        (void) out_money(out, a->price);
        (void) out_time(out, a->created_ms);
        (void) out_time(out, a->expires_ms);
        (void) out_int(out, a->uses);
        return out_str(out, a->alternate_of[0] ? a->alternate_of : NULL);
}

int asset_out_row(Out *out, OutFormat format, AlAsset *a) {
        assert(out && a);
        return format == OUT_TABLE ? table_row(out, a) : data_row(out, a);
}

int asset_sidecar(Library *lib, const AlAsset *a, int64_t now_ms, Json **ret, Err *err) {
        _cleanup_(json_freep) Json *all = NULL;
        _cleanup_(json_freep) Json *document = json_new_object();
        int r;

        assert(lib && a && ret);
        r = al_asset_describe(lib, a, now_ms, false, &all, err);
        if (r < 0)
                return r;
        r = json_add_int(document, "schema", 1);
        for (const Json *m = json_first(all); r >= 0 && m; m = json_next(m))
                r = json_add(document, json_key(m), json_copy(m));
        if (r < 0)
                return err_errno(err, r, "cannot describe asset '%s'", a->id);
        *ret = TAKE_PTR(document);
        return 0;
}
