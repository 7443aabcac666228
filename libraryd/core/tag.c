/* SPDX-License-Identifier: MIT */

/* Tags that people add and take away. */

#include "base/parse.h"
#include "core/asset.h"
#include "core/term.h"

enum {
        CHANGE_TEXT_MAX = 64 * 1024, /* AL_TAG_CHANGES_MAX of the longest keys and values fit */
};

typedef struct Tagging {
        Library *lib;
        const AlTagChange *changes;
        size_t n_changes;
        const char *who;
        int64_t now_ms;
        AlTaggedFn fn;
        void *userdata;
        StrBuf text; /* what was done to the asset at hand */
        Err *err;
} Tagging;

bool al_tag_is_reserved(const char *key) {
        static const char *const words[] = {"not", "tag", "or", "and"};

        assert(key);
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (streq(words[i], key))
                        return true;
        return al_field(key) != NULL;
}

bool al_tag_value_is_valid(const char *value) {
        size_t n;

        assert(value);
        n = strlen(value);
        if (n == 0 || n > AL_TAG_VALUE_MAX || !utf8_is_valid(value, n))
                return false;
        return !utf8_has_control(value);
}

static int note(Tagging *t, const AlTagChange *c) {
        return strbuf_printf(&t->text, "%s%c%s%s%s", t->text.len > 0 ? " " : "",
                             c->remove ? '-' : '+', c->key, c->value ? "=" : "",
                             c->value ? c->value : "");
}

static int remove_tag(Tagging *t, int64_t asset, const AlTagChange *c, int64_t *n) {
        return db_exec(t->lib->db, SQL_ASSET_TAG_REMOVE, n, t->err, "lss", asset, c->key, c->value);
}

static int add_tag(Tagging *t, int64_t asset, const AlTagChange *c, int64_t *n) {
        int64_t term;
        int r = term_intern(t->lib, c->key, c->value, &term, t->err);

        return r < 0 ? r : db_exec(t->lib->db, SQL_ASSET_TAG_INSERT, n, t->err, "ll", asset, term);
}

static int change(Tagging *t, int64_t asset, bool remove) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < t->n_changes; i++) {
                const AlTagChange *c = &t->changes[i];
                int64_t n = 0;

                if (c->remove != remove)
                        continue;
                r = remove ? remove_tag(t, asset, c, &n) : add_tag(t, asset, c, &n);
                if (r >= 0 && n > 0)
                        r = note(t, c);
        }
        return r;
}

/* 1 when something changed. */
static int tag_asset(Tagging *t, const char *id) {
        int64_t row = 0;
        int r = asset_row_of(t->lib, id, &row, t->err);

        if (r == AL_NOT_FOUND)
                return err_set(t->err, -ENOENT, "no asset '%s'", id);
        strbuf_clear(&t->text);
        if (r >= 0)
                r = change(t, row, true);
        if (r >= 0)
                r = change(t, row, false);
        if (r < 0 || t->text.len == 0)
                return r;
        r = db_exec(t->lib->db, SQL_TAG_EVENT_INSERT, NULL, t->err, "llss", row, t->now_ms, t->who,
                    strbuf_text(&t->text));
        return r < 0 ? r : 1;
}

static int tag_all(Tagging *t, const Strv *ids, int64_t *changed) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ids->n; i++) {
                r = tag_asset(t, ids->items[i]);
                if (r <= 0)
                        continue;
                ++*changed;
                if (t->fn)
                        r = t->fn(ids->items[i], t->userdata);
        }
        if (r < 0 && t->err && t->err->code == 0)
                (void) err_errno(t->err, r, "cannot change tags");
        return r < 0 ? r : 0;
}

int al_tag(Library *lib, const Strv *ids, const AlTagChange *changes, size_t n, const char *who,
           int64_t now_ms, AlTaggedFn fn, void *userdata, int64_t *ret_changed, Err *err) {
        Tagging t = {.lib = lib,
                     .changes = changes,
                     .n_changes = n,
                     .who = who,
                     .now_ms = now_ms,
                     .fn = fn,
                     .userdata = userdata,
                     .text = STRBUF_INIT(CHANGE_TEXT_MAX),
                     .err = err};
        int64_t changed = 0;
        int r;

        assert(lib && ids && changes && who && ret_changed);
        assert(n > 0 && n <= AL_TAG_CHANGES_MAX);
        for (size_t i = 0; i < n; i++)
                assert(changes[i].remove || changes[i].value);
        r = db_begin(lib->db, err);
        if (r >= 0)
                r = lib_end(lib, tag_all(&t, ids, &changed), err);
        strbuf_done(&t.text);
        if (r >= 0)
                *ret_changed = changed;
        return r;
}
