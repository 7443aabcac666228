/* SPDX-License-Identifier: MIT */

/*
 * A group of near-duplicates is a star: its first asset, and all others, which name that one as
 * `alternate_of`. Only the first counts as stock, as long as it is ready; so whatever takes it off the
 * shelf hands the place to the next that is.
 */

#include "core/alike.h"

static int bits_read(Stmt *s, int column, Fingerprint *ret) {
        const void *bits;
        size_t n;

        bits = db_col_blob(s, column, &n);
        *ret = (Fingerprint){0};
        /* Bits of a later form than ours compare with nothing. */
        return bits ? fingerprint_from_bytes(bits, n, ret) : 0;
}

int alike_keep(Library *lib, int64_t object, const Fingerprint *f, Err *err) {
        assert(lib && f);
        if (f->n == 0)
                return 0;
        return db_exec(lib->db, SQL_FINGERPRINT_PUT, NULL, err, "lb", object, f->bytes, f->n);
}

/* The statement that gives the candidates, at its first row. */
static int candidates(Library *lib, int64_t asset, const AlikePlace *p, int64_t now_ms, Stmt **ret,
                      Err *err) {
        if (p->cell > 0)
                return db_query(lib->db, SQL_ALIKE_IN_CELL, ret, err, "llll", p->cell, now_ms,
                                asset, (int64_t) ALIKE_CANDIDATES_MAX);
        return db_query(lib->db, SQL_ALIKE_IN_AXES, ret, err, "llllll", p->brand, p->hook,
                        p->category, now_ms, asset, (int64_t) ALIKE_CANDIDATES_MAX);
}

static int find(Library *lib, int64_t asset, int64_t object, const Fingerprint *f,
                const AlikePlace *place, int64_t now_ms, int64_t *ret_first, Err *err) {
        int64_t first = 0;
        AlKeeping keeping;
        Stmt *s;
        int best, r;

        r = al_keeping(lib, &keeping, err);
        if (r < 0)
                return r;
        best = (int) keeping.alike + 1;
        r = candidates(lib, asset, place, now_ms, &s, err);
        if (r < 0)
                return r;
        for (; r == 1 && best > 0; r = db_step(lib->db, s, err)) {
                Fingerprint other;
                int distance;

                (void) bits_read(s, 3, &other);
                distance = db_col_int(s, 2) == object ? 0 : fingerprint_distance(f, &other);
                if (distance < best) {
                        best = distance;
                        first = db_col_int(s, 1);
                }
        }
        db_reset(s);
        if (r < 0)
                return r;
        *ret_first = first;
        return 0;
}

int alike_mark(Library *lib, int64_t asset, int64_t object, const Fingerprint *f,
               const AlikePlace *place, int64_t now_ms, int64_t *ret, Err *err) {
        int64_t first = 0;
        int r;

        assert(lib && f && place && ret);
        r = find(lib, asset, object, f, place, now_ms, &first, err);
        if (r >= 0 && first > 0)
                r = db_exec(lib->db, SQL_ALTERNATE_SET, NULL, err, "ll", asset, first);
        if (r < 0)
                return r;
        *ret = first;
        return 0;
}

int alike_reorder(Library *lib, int64_t asset, Err *err) {
        int64_t first, next;
        AssetStatus status;
        Stmt *s;
        int r;

        assert(lib);
        r = db_query(lib->db, SQL_ALTERNATE_ROOT, &s, err, "l", asset);
        if (r <= 0)
                return r;
        first = db_col_int(s, 0);
        status = asset_status_from_word(db_col_text(s, 1));
        db_reset(s);
        if (status == ASSET_READY)
                return 0;
        r = db_query(lib->db, SQL_ALTERNATE_NEXT, &s, err, "l", first);
        if (r < 0)
                return r;
        next = db_col_int(s, 0);
        db_reset(s);
        return next == 0 ? 0 : db_exec(lib->db, SQL_ALTERNATES_MOVE, NULL, err, "ll", first, next);
}

/* ---- groups, for people ---- */

int al_alternates(Library *lib, AlAlternateFn fn, void *userdata, Err *err) {
        Stmt *s;
        int r;

        assert(lib && fn);
        r = al_begin(lib, err);
        if (r < 0)
                return r;
        r = db_query(lib->db, SQL_ALTERNATES, &s, err, "");
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = fn(db_col_int(s, 0), db_col_int(s, 1), userdata);
                if (r < 0) {
                        db_reset(s);
                        break;
                }
        }
        return lib_end(lib, r, err);
}
