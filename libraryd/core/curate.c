/* SPDX-License-Identifier: MIT */

/* Changes of an asset's status by people (and by verify), each with its history row. */

#include <stdio.h>

#include "core/alike.h"
#include "core/asset.h"

/* What a change finds. */
typedef struct Subject {
        int64_t row;
        AssetStatus status;
        AssetStatus before; /* ready or pending: what it was before it left the shelf */
        Digest digest;
} Subject;

static int subject_read(Stmt *s, const char *uid, Subject *ret, Err *err) {
        const char *before = db_col_text(s, 3);
        const void *blob;
        size_t n;

        blob = db_col_blob(s, 2, &n);
        *ret = (Subject){.row = db_col_int(s, 0),
                         .status = asset_status_from_word(db_col_text(s, 1)),
                         .before = before ? asset_status_from_word(before) : ASSET_READY};
        if (ret->status < 0 || ret->before < 0 || n != sizeof ret->digest.bytes)
                return err_set(err, -EUCLEAN, "the row of asset '%s' is damaged", uid);
        memcpy(ret->digest.bytes, blob, n);
        return 0;
}

/* 0; AL_NOT_FOUND. */
static int subject_of(Library *lib, const char *uid, Subject *ret, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_ASSET_STATUS_BY_UID, &s, err, "s", uid);

        if (r < 0)
                return r;
        if (r == 0)
                return AL_NOT_FOUND;
        r = subject_read(s, uid, ret, err);
        db_reset(s);
        return r;
}

static int event_write(Library *lib, const Subject *a, AssetStatus to, const char *reason,
                       const char *who, int64_t now_ms, Err *err) {
        bool approves = to == ASSET_READY;

        return db_exec(lib->db, SQL_ASSET_EVENT_INSERT, NULL, err, "llssssb", a->row, now_ms, who,
                       asset_status_word(a->status), asset_status_word(to), reason,
                       approves ? a->digest.bytes : NULL, approves ? sizeof a->digest.bytes : 0);
}

static int status_write(Library *lib, const char *uid, const Subject *a, AssetStatus to,
                        const char *reason, const char *who, int64_t now_ms, Err *err) {
        int r;

        if (a->status == ASSET_COLLECTED)
                return err_set(err, -ENODATA,
                               "asset '%s' was collected: its file is gone; make or import another",
                               uid);
        r = db_exec(lib->db, SQL_ASSET_SET_STATUS, NULL, err, "lss", a->row, asset_status_word(to),
                    reason);
        if (r >= 0)
                r = event_write(lib, a, to, reason, who, now_ms, err);
        return r < 0 ? r : alike_reorder(lib, a->row, err);
}

static int set_status(Library *lib, const char *uid, AssetStatus to, const char *reason,
                      const char *who, int64_t now_ms, Err *err) {
        Subject a;
        int r = subject_of(lib, uid, &a, err);

        if (r != 0)
                return r;
        if (a.status == to)
                return 0; /* nothing changes, so there is no history of it */
        return status_write(lib, uid, &a, to, reason, who, now_ms, err);
}

int al_asset_set_status(Library *lib, const char *id, AssetStatus to, const char *reason,
                        const char *who, int64_t now_ms, Err *err) {
        char uid[ASSET_UID_LEN + 1];
        int r;

        assert(lib && id && who);
        assert(to >= 0 && to < _ASSET_STATUS_MAX);
        if (!asset_id_normalise(id, uid))
                return AL_NOT_FOUND;
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        return lib_end(lib, set_status(lib, uid, to, reason, who, now_ms, err), err);
}

static AssetStatus target_of(AlCurate what, const Subject *a) {
        switch (what) {
        case AL_CURATE_APPROVE:
                return ASSET_READY;
        case AL_CURATE_REJECT:
                return ASSET_REJECTED;
        case AL_CURATE_RETIRE:
                return ASSET_RETIRED;
        case AL_CURATE_RESTORE:
                return a->status == ASSET_RETIRED || a->status == ASSET_REJECTED ? a->before
                                                                                 : a->status;
        case _AL_CURATE_MAX:
                break;
        }
        assert_not_reached();
        return a->status;
}

static int missing(const char *id, Err *err) {
        (void) err_set(err, -ENOENT, "no asset '%s'", id);
        return AL_NOT_FOUND;
}

/* Nobody signs for bytes that are not there. */
static int check_file(Library *lib, const char *id, AlCurate what, Err *err) {
        _cleanup_(al_asset_done) AlAsset a = {0};
        AlFileState state = AL_FILE_WHOLE;
        Subject s;
        int r = subject_of(lib, id, &s, err);

        if (r == AL_NOT_FOUND)
                return missing(id, err);
        if (r < 0 || target_of(what, &s) == s.status || target_of(what, &s) != ASSET_READY ||
            s.status == ASSET_COLLECTED) /* has none, and is refused for that */
                return r;
        r = asset_load(lib, s.row, &a, err);
        if (r >= 0)
                r = al_asset_check(lib, &a, &state, err);
        if (r < 0 || state == AL_FILE_WHOLE)
                return r;
        return err_set(err, -EUCLEAN, "asset '%s': its file is %s; 'assetlib verify' tells more",
                       id, al_file_state_word(state));
}

static int curate_one(Library *lib, const char *id, AlCurate what, const char *reason,
                      const char *who, int64_t now_ms, AlChangedFn fn, void *userdata, Err *err) {
        AssetStatus to;
        Subject a;
        int r = subject_of(lib, id, &a, err);

        if (r == AL_NOT_FOUND)
                return missing(id, err);
        if (r < 0)
                return r;
        to = target_of(what, &a);
        if (to == a.status)
                return 0;
        r = status_write(lib, id, &a, to, reason, who, now_ms, err);
        return r < 0 || !fn ? r : fn(id, a.status, to, userdata);
}

int al_curate(Library *lib, const Strv *ids, AlCurate what, const char *reason, const char *who,
              int64_t now_ms, AlChangedFn fn, void *userdata, Err *err) {
        int r = 0;

        assert(lib && ids && who);
        assert(what >= 0 && what < _AL_CURATE_MAX);
        for (size_t i = 0; r == 0 && i < ids->n; i++)
                r = check_file(lib, ids->items[i], what, err);
        if (r != 0)
                return r;
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        for (size_t i = 0; r == 0 && i < ids->n; i++)
                r = curate_one(lib, ids->items[i], what, reason, who, now_ms, fn, userdata, err);
        if (r == AL_NOT_FOUND) {
                db_rollback(lib->db);
                return r;
        }
        return lib_end(lib, r, err);
}
