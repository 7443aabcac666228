/* SPDX-License-Identifier: MIT */

/* Files from elsewhere: like results of a job, but nobody paid for them and they belong to no cell. */

#include <stdio.h>
#include <sys/random.h>

#include "base/strbuf.h"
#include "core/alike.h"
#include "core/asset.h"
#include "core/keep.h"
#include "core/object.h"
#include "core/term.h"

typedef struct Terms {
        int64_t brand, hook, category;
} Terms;

char *al_import_spool_name(void) {
        uint64_t chance;

        if (getrandom(&chance, sizeof chance, 0) != (ssize_t) sizeof chance)
                return NULL;
        return str_printf("spool/" KEEP_IMPORT "%016llx", (unsigned long long) chance);
}

int al_import_find(Library *lib, const Digest *digest, const char *brand, const char *hook,
                   const char *category, char ret_id[static 13], Err *err) {
        Terms t = {0};
        Stmt *s;
        int r;

        assert(lib && digest && brand && hook && category);
        r = term_find(lib, "brand", brand, &t.brand, err);
        if (r == 0)
                r = term_find(lib, "hook", hook, &t.hook, err);
        if (r == 0)
                r = term_find(lib, "category", category, &t.category, err);
        if (r != 0) /* a word nobody has: AL_NOT_FOUND */
                return r;
        r = db_query(lib->db, SQL_IMPORT_SAME, &s, err, "blll", digest->bytes, sizeof digest->bytes,
                     t.brand, t.hook, t.category);
        if (r < 0)
                return r;
        if (r == 1)
                (void) snprintf(ret_id, ASSET_UID_LEN + 1, "%s", db_col_text(s, 0));
        db_reset(s);
        return r == 1 ? AL_TAKEN : AL_NOT_FOUND;
}

static int intern(Library *lib, const AlImport *i, Terms *ret, Err *err) {
        int r = term_intern(lib, "brand", i->brand, &ret->brand, err);

        if (r >= 0)
                r = term_intern(lib, "hook", i->hook, &ret->hook, err);
        return r < 0 ? r : term_intern(lib, "category", i->category, &ret->category, err);
}

static int choose_uid(Library *lib, const AlImport *i, char ret[static ASSET_UID_LEN + 1],
                      Err *err) {
        _cleanup_(freep) char *seed = str_printf("import %s %s %s", i->brand, i->hook, i->category);

        if (!seed)
                return err_errno(err, -ENOMEM, "cannot name an asset");
        return asset_uid_free(lib, seed, 0, &i->asset.digest, ret, err);
}

static int insert(Library *lib, const AlImport *i, const Terms *t, const char *uid, int64_t object,
                  int64_t now_ms, int64_t *ret_row, Err *err) {
        int r = db_exec(lib->db, SQL_ASSET_INSERT, NULL, err, "sl??lslll?ssll?", uid, object,
                        INT64_MIN, INT64_MIN, (int64_t) 0, asset_kind_word(i->kind), t->brand,
                        t->hook, t->category, INT64_MIN, asset_status_word(ASSET_READY),
                        i->asset.text, (int64_t) 0, now_ms, INT64_MIN);

        if (r < 0)
                return r;
        *ret_row = db_last_id(lib->db);
        r = db_exec(lib->db, SQL_WORDS_ADD, NULL, err, "l", *ret_row);
        if (r >= 0)
                r = asset_tags_add(lib, *ret_row, i->tags, err);
        if (r < 0)
                return r;
        return db_exec(lib->db, SQL_IMPORT_INSERT, NULL, err, "llss", *ret_row, now_ms, i->who,
                       i->name);
}

static int import_rows(Library *lib, const AlImport *i, int64_t now_ms,
                       char ret_id[static ASSET_UID_LEN + 1], Err *err) {
        Fingerprint look = {0};
        AlikePlace place = {0};
        int64_t object, row, first;
        Terms t;
        int r = al_import_find(lib, &i->asset.digest, i->brand, i->hook, i->category, ret_id, err);

        if (r != AL_NOT_FOUND)
                return r;
        r = intern(lib, i, &t, err);
        if (r >= 0)
                r = object_upsert(lib, &i->asset, now_ms, &object, err);
        if (r >= 0)
                r = choose_uid(lib, i, ret_id, err);
        if (r >= 0)
                r = insert(lib, i, &t, ret_id, object, now_ms, &row, err);
        if (r < 0)
                return r;
        if (i->asset.text)
                fingerprint_of_text(i->asset.text, &look);
        else if (i->asset.look)
                look = *i->asset.look;
        place = (AlikePlace){.brand = t.brand, .hook = t.hook, .category = t.category};
        r = alike_keep(lib, object, &look, err);
        return r < 0 ? r : alike_mark(lib, row, object, &look, &place, now_ms, &first, err);
}

int al_import(Library *lib, const AlImport *i, int64_t now_ms, char ret_id[static 13], Err *err) {
        char id[ASSET_UID_LEN + 1] = "";
        int r;

        assert(lib && i && i->brand && i->hook && i->category && i->name && i->who);
        assert(i->asset.spool);
        assert(lib->objects_fd >= 0);
        r = al_import_find(lib, &i->asset.digest, i->brand, i->hook, i->category, ret_id, err);
        if (r != AL_NOT_FOUND)
                return r;
        r = al_object_place(lib->dir_fd, i->asset.spool, &i->asset.digest, i->asset.ext, err);
        if (r >= 0)
                r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = import_rows(lib, i, now_ms, id, err);
        al_crash_point("import-before-commit");
        r = lib_end(lib, r, err);
        if (r >= 0)
                memcpy(ret_id, id, sizeof id);
        return r;
}
