/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "base/fs.h"
#include "core/asset.h"
#include "core/object.h"

enum {
        ID_PREFIX_MIN = 4,
        CANDIDATES_MAX = 10,
};

void al_asset_done(AlAsset *a) {
        if (!a)
                return;
        free(a->brand);
        free(a->hook);
        free(a->category);
        free(a->recipe);
        free(a->path);
        free(a->media_type);
        free(a->text);
        free(a->status_reason);
        (void) json_free(a->tags);
        *a = (AlAsset){0};
}

bool asset_id_normalise(const char *text, char ret[static ASSET_UID_LEN + 1]) {
        size_t n = strlen(text);

        if (n == 0 || n > ASSET_UID_LEN)
                return false;
        for (size_t i = 0; i < n; i++) {
                char c = text[i];

                if (c >= 'A' && c <= 'Z')
                        c = (char) (c - 'A' + 'a');
                if (c == 'o')
                        c = '0';
                if (c == 'i' || c == 'l')
                        c = '1';
                if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
                        return false;
                ret[i] = c;
        }
        ret[n] = 0;
        return true;
}

static int asset_numbers(Stmt *s, AlAsset *a) {
        *a = (AlAsset){
                .row = db_col_int(s, 1),
                .kind = asset_kind_from_word(db_col_text(s, 2)),
                .status = asset_status_from_word(db_col_text(s, 3)),
                .bytes = db_col_int(s, 10),
                .width = db_col_int(s, 11),
                .height = db_col_int(s, 12),
                .duration_ms = db_col_int(s, 13),
                .price = db_col_int(s, 17),
                .created_ms = db_col_int(s, 18),
                .expires_ms = db_col_int(s, 19),
                .uses = db_col_int(s, 20),
        };
        (void) snprintf(a->id, sizeof a->id, "%s", db_col_text(s, 0));
        if (!db_col_null(s, 21))
                (void) snprintf(a->alternate_of, sizeof a->alternate_of, "%s", db_col_text(s, 21));
        return a->kind < 0 || a->status < 0 ? -EUCLEAN : 0;
}

static int asset_path(const Library *lib, Stmt *s, AlAsset *a) {
        char name[OBJECT_NAME_MAX];
        const void *blob;
        size_t n;
        Digest d;
        int r;

        blob = db_col_blob(s, 8, &n);
        if (n != sizeof d.bytes)
                return -EUCLEAN;
        memcpy(d.bytes, blob, sizeof d.bytes);
        digest_hex(&d, a->sha256);
        r = object_name(&d, db_col_text(s, 9), name);
        if (r < 0)
                return -EUCLEAN;
        a->path = path_join(lib->dir_path, name);
        return a->path ? 0 : -ENOMEM;
}

static int asset_texts(const Library *lib, Stmt *s, AlAsset *a) {
        const struct {
                char **to;
                int column;
        } texts[] = {
                {&a->brand, 4},       {&a->hook, 5},  {&a->category, 6},       {&a->recipe, 7},
                {&a->media_type, 14}, {&a->text, 15}, {&a->status_reason, 16},
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (lib_copy(texts[i].to, db_col_text(s, texts[i].column)) < 0)
                        return -ENOMEM;
        return asset_path(lib, s, a);
}

/* A tag's values so far become a member: one text, or an array when there are several. Takes
 * *values. */
static int tags_flush(Json *tags, const char *key, Json **values) {
        _cleanup_(json_freep) Json *v = TAKE_PTR(*values);

        if (!v)
                return 0;
        if (json_length(v) == 1)
                return json_add_str(tags, key, json_text(json_at(v, 0)));
        return json_add(tags, key, TAKE_PTR(v));
}

static int tags_collect(Library *lib, Stmt *s, Json *tags, Err *err) {
        _cleanup_(json_freep) Json *values = NULL;
        _cleanup_(freep) char *key = NULL;
        int r;

        while ((r = db_step(lib->db, s, err)) == 1) {
                if (!key || !streq(key, db_col_text(s, 0))) {
                        r = tags_flush(tags, key, &values);
                        free(key);
                        key = strdup(db_col_text(s, 0));
                        values = json_new_array();
                        if (r < 0 || !key || !values)
                                return -ENOMEM;
                }
                r = json_push(values, json_new_string(db_col_text(s, 1)));
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : tags_flush(tags, key, &values);
}

static int asset_tags(Library *lib, AlAsset *a, Err *err) {
        Stmt *s;
        int r = db_stmt(lib->db, SQL_ASSET_TAGS, &s, err);

        if (r >= 0)
                r = db_bindf(lib->db, s, err, "l", a->row);
        if (r < 0)
                return r;
        a->tags = json_new_object();
        if (!a->tags)
                return -ENOMEM;
        r = tags_collect(lib, s, a->tags, err);
        db_reset(s);
        return r;
}

int asset_load(Library *lib, int64_t row, AlAsset *ret, Err *err) {
        AlAsset a;
        Stmt *s;
        int r;

        assert(lib && ret);
        r = db_query(lib->db, SQL_ASSET_BY_ROW, &s, err, "l", row);
        if (r < 0)
                return r;
        if (r == 0)
                return AL_NOT_FOUND;
        r = asset_numbers(s, &a);
        if (r >= 0)
                r = asset_texts(lib, s, &a);
        if (r == -EUCLEAN)
                (void) err_set(err, r, "the row of asset '%s' is damaged", a.id);
        db_reset(s);
        if (r >= 0)
                r = asset_tags(lib, &a, err);
        if (r == -ENOMEM)
                (void) err_errno(err, r, "cannot read asset '%s'", a.id);
        if (r < 0) {
                al_asset_done(&a);
                return r;
        }
        *ret = a;
        return 0;
}

int al_asset_at(Library *lib, int64_t row, AlAsset *ret, Err *err) {
        return asset_load(lib, row, ret, err);
}

int asset_row_of(Library *lib, const char *id, int64_t *ret, Err *err) {
        char uid[ASSET_UID_LEN + 1];
        Stmt *s;
        int r;

        assert(lib && id && ret);
        if (!asset_id_normalise(id, uid))
                return AL_NOT_FOUND;
        r = db_query(lib->db, SQL_ASSET_ROW_BY_UID, &s, err, "s", uid);
        if (r < 0)
                return r;
        if (r == 1)
                *ret = db_col_int(s, 0);
        db_reset(s);
        return r == 1 ? 0 : AL_NOT_FOUND;
}

/* Up to CANDIDATES_MAX assets whose id begins with `prefix`; *ret_row is the first one's. */
static int find_prefix(Library *lib, const char *prefix, int64_t *ret_row, Strv *ids, Err *err) {
        char last[ASSET_UID_LEN + 2];
        Stmt *s;
        int r;

        (void) snprintf(last, sizeof last, "%s~", prefix); /* sorts behind every letter of an id */
        r = db_stmt(lib->db, SQL_ASSETS_BY_PREFIX, &s, err);
        if (r >= 0)
                r = db_bindf(lib->db, s, err, "ssi", prefix, last, CANDIDATES_MAX);
        if (r < 0)
                return r;
        while ((r = db_step(lib->db, s, err)) == 1) {
                if (ids->n == 0)
                        *ret_row = db_col_int(s, 0);
                r = strv_add(ids, db_col_text(s, 1));
                if (r < 0)
                        break;
        }
        db_reset(s);
        if (r == -ENOMEM)
                (void) err_errno(err, r, "cannot list the assets that begin with '%s'", prefix);
        return r;
}

int al_asset_find(Library *lib, const char *id, AlAsset *ret, Strv *ret_candidates, Err *err) {
        _cleanup_(strv_done) Strv ids = {0};
        char prefix[ASSET_UID_LEN + 1];
        int64_t row = 0;
        int r;

        assert(lib && id && ret);
        if (!asset_id_normalise(id, prefix) || strlen(prefix) < ID_PREFIX_MIN)
                return AL_NOT_FOUND;
        r = find_prefix(lib, prefix, &row, &ids, err);
        if (r < 0)
                return r;
        if (ids.n == 0)
                return AL_NOT_FOUND;
        if (ids.n == 1)
                return asset_load(lib, row, ret, err);
        if (ret_candidates) {
                *ret_candidates = ids;
                ids = (Strv){0};
        }
        return AL_AMBIGUOUS;
}
