/* SPDX-License-Identifier: MIT */

/* Changes of an asset's status by people (and by verify), each with its history row. */

#include "core/alike.h"
#include "core/asset.h"

/* 0, the row and its status; AL_NOT_FOUND. */
static int status_of(Library *lib, const char *uid, int64_t *ret_row, AssetStatus *ret, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_ASSET_STATUS_BY_UID, &s, err, "s", uid);

        if (r < 0)
                return r;
        if (r == 1) {
                *ret_row = db_col_int(s, 0);
                *ret = asset_status_from_word(db_col_text(s, 1));
        }
        db_reset(s);
        if (r == 1 && *ret < 0)
                return err_set(err, -EUCLEAN, "asset '%s' has an unknown status", uid);
        return r == 1 ? 0 : AL_NOT_FOUND;
}

static int status_write(Library *lib, int64_t row, AssetStatus to, const char *reason, Err *err) {
        return db_exec(lib->db, SQL_ASSET_SET_STATUS, NULL, err, "lss", row, asset_status_word(to),
                       reason);
}

static int event_write(Library *lib, int64_t row, AssetStatus from, AssetStatus to,
                       const char *reason, const char *who, int64_t now_ms, Err *err) {
        return db_exec(lib->db, SQL_ASSET_EVENT_INSERT, NULL, err, "llssss", row, now_ms, who,
                       asset_status_word(from), asset_status_word(to), reason);
}

static int set_status(Library *lib, const char *uid, AssetStatus to, const char *reason,
                      const char *who, int64_t now_ms, Err *err) {
        AssetStatus from;
        int64_t row;
        int r = status_of(lib, uid, &row, &from, err);

        if (r != 0)
                return r;
        if (from == to)
                return 0; /* nothing changes, so there is no history of it */
        if (from == ASSET_COLLECTED)
                return err_set(err, -ENODATA,
                               "asset '%s' was collected: its file is gone; make or import another",
                               uid);
        r = status_write(lib, row, to, reason, err);
        if (r >= 0)
                r = event_write(lib, row, from, to, reason, who, now_ms, err);
        return r < 0 ? r : alike_reorder(lib, row, err);
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
