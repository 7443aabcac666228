/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "base/strbuf.h"
#include "core/asset.h"
#include "core/lib.h"
#include "core/term.h"

char *al_cell_key(const AlAxis *axes, size_t n_axes) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        assert(axes || n_axes == 0);
        for (size_t i = 0; i < n_axes; i++) {
                assert(i == 0 || strcmp(axes[i - 1].key, axes[i].key) < 0);
                (void) strbuf_printf(&b, "%s%s=%s", i > 0 ? ";" : "", axes[i].key, axes[i].value);
        }
        return strbuf_take(&b);
}

/* 0 with the cell's id and age, or AL_NOT_FOUND. */
static int cell_find(Library *lib, const char *recipe, const char *key, int64_t *ret_id,
                     int64_t *ret_max_age_ms, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_CELL_FIND, &s, err, "ss", recipe, key);

        if (r < 0)
                return r;
        if (r == 1) {
                *ret_id = db_col_int(s, 0);
                *ret_max_age_ms = db_col_int(s, 1);
        }
        db_reset(s);
        return r == 1 ? 0 : AL_NOT_FOUND;
}

static int cell_insert(Library *lib, const AlCellSpec *spec, const char *key, int64_t now_ms,
                       int64_t *ret_id, Err *err) {
        int64_t brand, hook, category;
        int r = term_intern(lib, "brand", spec->brand, &brand, err);

        if (r >= 0)
                r = term_intern(lib, "hook", spec->hook, &hook, err);
        if (r >= 0)
                r = term_intern(lib, "category", spec->category, &category, err);
        if (r >= 0)
                r = db_exec(lib->db, SQL_CELL_INSERT, NULL, err, "sssllllll", spec->recipe, key,
                            asset_kind_word(spec->kind), brand, hook, category, spec->target,
                            spec->max_age_ms, now_ms);
        if (r < 0)
                return r;
        *ret_id = db_last_id(lib->db);
        return 0;
}

static int cell_update(Library *lib, int64_t id, const AlCellSpec *spec, bool age_changed,
                       int64_t now_ms, Err *err) {
        int r = db_exec(lib->db, SQL_CELL_UPDATE, NULL, err, "lslll", id,
                        asset_kind_word(spec->kind), spec->target, spec->max_age_ms, now_ms);

        if (r < 0 || !age_changed)
                return r;
        return db_exec(lib->db, SQL_CELL_ASSETS_EXPIRE, NULL, err, "ll", id, spec->max_age_ms);
}

static int cell_sync(Library *lib, const AlCellSpec *spec, const char *key, int64_t now_ms,
                     int64_t *ret_id, Err *err) {
        int64_t max_age_ms;
        int r = cell_find(lib, spec->recipe, key, ret_id, &max_age_ms, err);

        if (r < 0)
                return r;
        if (r == AL_NOT_FOUND)
                return cell_insert(lib, spec, key, now_ms, ret_id, err);
        return cell_update(lib, *ret_id, spec, max_age_ms != spec->max_age_ms, now_ms, err);
}

int al_cell_sync(Library *lib, const AlCellSpec *spec, int64_t now_ms, int64_t *ret_id, Err *err) {
        _cleanup_(freep) char *key = NULL;
        int64_t id = 0;
        int r;

        assert(lib && spec && ret_id);
        assert(spec->recipe && spec->brand && spec->hook && spec->category);
        assert(spec->target >= 0 && spec->max_age_ms >= 0);
        key = al_cell_key(spec->axes, spec->n_axes);
        if (!key)
                return err_errno(err, -ENOMEM, "cannot name a cell of recipe '%s'", spec->recipe);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = lib_end(lib, cell_sync(lib, spec, key, now_ms, &id, err), err);
        if (r >= 0)
                *ret_id = id;
        return r;
}

int al_cells_retire_unsynced(Library *lib, int64_t since_ms, Err *err) {
        assert(lib);
        return db_exec(lib->db, SQL_CELLS_RETIRE, NULL, err, "l", since_ms);
}

static int cell_counts(Library *lib, int64_t cell, int64_t now_ms, AlCellStock *stock, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_CELL_STOCK, &s, err, "ll", cell, now_ms);

        if (r < 0)
                return r;
        stock->ready = db_col_int(s, 0);
        stock->pending = db_col_int(s, 1);
        stock->owed = db_col_int(s, 2);
        db_reset(s);
        return 0;
}

static int cell_quarantine(Library *lib, int64_t cell, AlCellStock *stock, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_CELL_LAST_BLOCKED, &s, err, "l", cell);

        if (r < 0)
                return r;
        if (r == 1) {
                const char *reason = db_col_text(s, 0);

                (void) snprintf(stock->quarantine_reason, sizeof stock->quarantine_reason, "%s",
                                reason && reason[0] ? reason : "blocked");
                (void) snprintf(stock->quarantine_recipe_hash, sizeof stock->quarantine_recipe_hash,
                                "%s", db_col_text(s, 1));
        }
        db_reset(s);
        return 0;
}

int al_cell_stock(Library *lib, const char *recipe, const char *cell_key, int64_t now_ms,
                  AlCellStock *ret, Err *err) {
        AlCellStock stock = {0};
        int64_t id, max_age_ms;
        int r;

        assert(lib && recipe && cell_key && ret);
        r = cell_find(lib, recipe, cell_key, &id, &max_age_ms, err);
        if (r < 0)
                return r;
        if (r == AL_OK) {
                r = cell_counts(lib, id, now_ms, &stock, err);
                if (r >= 0)
                        r = cell_quarantine(lib, id, &stock, err);
                if (r < 0)
                        return r;
        }
        *ret = stock;
        return 0;
}

/* 1 and the asset's row, or 0. */
static int asset_of_cell(Library *lib, int64_t cell, int64_t now_ms, int64_t *ret, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_CELL_ASSET, &s, err, "ll", cell, now_ms);

        if (r < 0)
                return r;
        if (r == 1)
                *ret = db_col_int(s, 0);
        db_reset(s);
        return r;
}

int al_cell_asset(Library *lib, const char *recipe, const char *cell_key, int64_t now_ms,
                  AlAsset *ret, Err *err) {
        int64_t cell, max_age_ms, row = 0;
        int r;

        assert(lib && recipe && cell_key && ret);
        r = cell_find(lib, recipe, cell_key, &cell, &max_age_ms, err);
        if (r != AL_OK)
                return r;
        r = asset_of_cell(lib, cell, now_ms, &row, err);
        if (r <= 0)
                return r < 0 ? r : AL_NOT_FOUND;
        return asset_load(lib, row, ret, err);
}
