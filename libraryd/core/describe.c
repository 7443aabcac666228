/* SPDX-License-Identifier: MIT */

/* `assetlib show`: one asset with everything that is known of it, as JSON. */

#include "core/lib.h"

/* Text that is JSON becomes what it says; text that is none stays text. NULL on -ENOMEM. */
static Json *json_or_text(const char *text) {
        Json *j = NULL;

        if (!text)
                return json_new_string("");
        return json_parse(text, strlen(text), &j, NULL) >= 0 ? j : json_new_string(text);
}

static int add_axes(const AlAsset *a, Json *out) {
        Json *axes = json_add_object(out, "axes");
        int r = json_add_str(axes, "brand", a->brand);

        if (r >= 0)
                r = json_add_str(axes, "hook", a->hook);
        if (r >= 0)
                r = json_add_str(axes, "category", a->category);
        return r < 0 ? r : json_add(out, "tags", json_copy(a->tags));
}

static int add_file(const AlAsset *a, Json *out) {
        Json *file = json_add_object(out, "file");
        int r = json_add_str(file, "path", a->path);

        if (r >= 0)
                r = json_add_str(file, "sha256", a->sha256);
        if (r >= 0)
                r = json_add_int(file, "bytes", a->bytes);
        if (r >= 0)
                r = json_add_str(file, "media_type", a->media_type);
        if (r >= 0 && a->width > 0)
                r = json_add_int(file, "width", a->width);
        if (r >= 0 && a->height > 0)
                r = json_add_int(file, "height", a->height);
        if (r >= 0 && a->duration_ms > 0)
                r = json_add_int(file, "duration_ms", a->duration_ms);
        return r;
}

static int add_basics(const AlAsset *a, Json *out) {
        int r = json_add_str(out, "id", a->id);

        if (r >= 0)
                r = json_add_str(out, "kind", asset_kind_word(a->kind));
        if (r >= 0)
                r = json_add_str(out, "status", asset_status_word(a->status));
        if (r >= 0 && a->status_reason)
                r = json_add_str(out, "status_reason", a->status_reason);
        if (r >= 0 && a->alternate_of[0])
                r = json_add_str(out, "alternate_of", a->alternate_of);
        if (r >= 0)
                r = add_axes(a, out);
        if (r >= 0)
                r = add_file(a, out);
        if (r >= 0)
                r = json_add_str(out, "text", a->text);
        if (r >= 0)
                r = json_add_time(out, "created", a->created_ms);
        if (r >= 0)
                r = json_add_time(out, "expires", a->expires_ms);
        return r < 0 ? r : json_add_int(out, "uses", a->uses);
}

static int attempt_fields(const AlAttempt *a, Json *out) {
        int r = json_add_int(out, "number", a->number);

        if (r >= 0)
                r = json_add_str(out, "outcome", outcome_word(a->outcome));
        if (r >= 0)
                r = json_add_int(out, "run", a->run);
        if (r >= 0)
                r = json_add_money(out, "reserved", a->reserved);
        if (r >= 0)
                r = a->outcome == OUTCOME_OPEN ? json_add_null(out, "billed")
                                               : json_add_money(out, "billed", a->billed);
        if (r >= 0 && a->http_status != 0)
                r = json_add_int(out, "http_status", a->http_status);
        if (r >= 0 && a->reason_code)
                r = json_add_str(out, "reason_code", a->reason_code);
        if (r >= 0 && a->reason)
                r = json_add_str(out, "reason", a->reason);
        if (r >= 0 && a->request_id)
                r = json_add_str(out, "request_id", a->request_id);
        if (r >= 0 && a->usage)
                r = json_add(out, "usage", json_or_text(a->usage));
        if (r >= 0)
                r = json_add_time(out, "started", a->started_ms);
        return r < 0 ? r : json_add_time(out, "ended", a->ended_ms);
}

static int add_attempt(const AlAttempt *a, void *userdata) {
        _cleanup_(json_freep) Json *out = json_new_object();
        int r = attempt_fields(a, out);

        return r < 0 ? r : json_push(userdata, TAKE_PTR(out));
}

/* The row of asset_provenance; *ret_job is its job. */
static int provenance_fields(Stmt *s, const AlAsset *a, Json *out, int64_t *ret_job) {
        static const struct {
                const char *key;
                int column;
        } texts[] = {{"recipe", 3},  {"recipe_hash", 4}, {"prompt", 5},         {"provider", 9},
                     {"driver", 10}, {"model", 11},      {"model_returned", 12}};
        int r = 0;

        *ret_job = db_col_int(s, 0);
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(texts); i++)
                r = json_add_str(out, texts[i].key, db_col_text(s, texts[i].column));
        if (r >= 0)
                r = json_add(out, "params", json_or_text(db_col_text(s, 6)));
        if (r >= 0)
                r = json_add(out, "references", json_or_text(db_col_text(s, 7)));
        if (r >= 0)
                r = json_add_int(out, "seed", db_col_int(s, 8));
        if (r >= 0)
                r = json_add_int(out, "variant", db_col_int(s, 13));
        if (r >= 0)
                r = json_add_money(out, "price", a->price);
        if (r >= 0)
                r = json_add_int(out, "run", db_col_int(s, 2));
        return r < 0 ? r : json_add_str(out, "job", db_col_text(s, 1));
}

/* {"imported_from": "hero.png", "by": "ann", "at": "..."} */
static int add_import(Library *lib, const AlAsset *a, Json *out, Err *err) {
        Json *provenance;
        Stmt *s;
        int r = db_query(lib->db, SQL_IMPORT_GET, &s, err, "l", a->row);

        if (r < 0)
                return r;
        if (r == 0)
                return json_add_null(out, "provenance");
        provenance = json_add_object(out, "provenance");
        (void) json_add_str(provenance, "imported_from", db_col_text(s, 2));
        (void) json_add_str(provenance, "by", db_col_text(s, 1));
        r = json_add_time(provenance, "at", db_col_int(s, 0));
        db_reset(s);
        return r;
}

/* An imported asset has no job. */
static int add_provenance(Library *lib, const AlAsset *a, Json *out, Err *err) {
        Json *provenance;
        int64_t job = 0;
        Stmt *s;
        int r = db_query(lib->db, SQL_ASSET_PROVENANCE, &s, err, "l", a->row);

        if (r < 0)
                return r;
        if (r == 0)
                return add_import(lib, a, out, err);
        provenance = json_add_object(out, "provenance");
        r = provenance_fields(s, a, provenance, &job);
        db_reset(s);
        if (r >= 0) {
                Json *attempts = json_add_array(provenance, "attempts");

                r = attempts ? al_attempts(lib, job, add_attempt, attempts, err) : -ENOMEM;
        }
        return r;
}

static int event_fields(Stmt *s, Json *out) {
        int r = json_add_time(out, "at", db_col_int(s, 0));

        if (r >= 0)
                r = json_add_str(out, "who", db_col_text(s, 1));
        if (r >= 0)
                r = json_add_str(out, "from", db_col_text(s, 2));
        if (r >= 0)
                r = json_add_str(out, "to", db_col_text(s, 3));
        return r < 0 ? r : json_add_str(out, "reason", db_col_text(s, 4));
}

static int add_history(Library *lib, const AlAsset *a, Json *out, Err *err) {
        Json *history = json_add_array(out, "history");
        Stmt *s;
        int r = db_query(lib->db, SQL_ASSET_EVENTS, &s, err, "l", a->row);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                Json *event = json_new_object();

                r = event_fields(s, event);
                if (r >= 0)
                        r = history ? json_push(history, TAKE_PTR(event)) : -ENOMEM;
                (void) json_free(event);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

static int take_fields(Stmt *s, int64_t now_ms, Json *out) {
        int64_t until_ms = db_col_int(s, 4);
        bool released = !db_col_null(s, 5);
        bool ended = until_ms > 0 && until_ms <= now_ms;
        int r = json_add_str(out, "campaign", db_col_text(s, 0));

        if (r >= 0)
                r = json_add_str(out, "state", released ? "released" : ended ? "ended" : "live");
        if (r >= 0)
                r = json_add_bool(out, "exclusive", db_col_int(s, 1) != 0);
        if (r >= 0)
                r = json_add_str(out, "who", db_col_text(s, 2));
        if (r >= 0)
                r = json_add_time(out, "taken", db_col_int(s, 3));
        if (r >= 0)
                r = json_add_time(out, "until", until_ms);
        if (r >= 0)
                r = json_add_time(out, "released", db_col_int(s, 5));
        return r < 0 ? r : json_add_str(out, "released_by", db_col_text(s, 6));
}

/* Where it is and was used. */
static int add_takes(Library *lib, const AlAsset *a, int64_t now_ms, Json *out, Err *err) {
        Json *takes = json_add_array(out, "takes");
        Stmt *s;
        int r = db_query(lib->db, SQL_TAKES_OF_ASSET, &s, err, "l", a->row);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                Json *take = json_new_object();

                r = take_fields(s, now_ms, take);
                if (r >= 0)
                        r = takes ? json_push(takes, TAKE_PTR(take)) : -ENOMEM;
                (void) json_free(take);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

/* Who signed for the bytes it has; null when nobody did, or when it has others by now. */
static int approval_fields(Stmt *s, bool holds, Json *out) {
        Json *approval = json_add_object(out, "approval");
        int r = json_add_str(approval, "who", db_col_text(s, 1));

        if (r >= 0)
                r = json_add_time(approval, "at", db_col_int(s, 0));
        return r < 0 ? r
                     : json_add_str(approval, "state",
                                    holds ? "valid" : "void: its bytes are not those approved");
}

static int add_approval(Library *lib, const AlAsset *a, AlFileState state, Json *out, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_ASSET_APPROVAL, &s, err, "l", a->row);

        if (r < 0)
                return r;
        if (r == 0)
                return json_add_null(out, "approval");
        r = approval_fields(s, db_col_int(s, 2) != 0 && state == AL_FILE_WHOLE, out);
        db_reset(s);
        return r;
}

static int describe(Library *lib, const AlAsset *a, int64_t now_ms, bool check, Json *out,
                    Err *err) {
        AlFileState state = AL_FILE_WHOLE;
        int r = add_basics(a, out);

        if (r >= 0 && check)
                r = al_asset_check(lib, a, &state, err);
        if (r >= 0 && check)
                r = json_add_str(out, "file_state", al_file_state_word(state));
        if (r >= 0)
                r = add_approval(lib, a, state, out, err);
        if (r >= 0)
                r = add_takes(lib, a, now_ms, out, err);
        if (r >= 0)
                r = add_provenance(lib, a, out, err);
        if (r >= 0)
                r = add_history(lib, a, out, err);
        if (r == -ENOMEM)
                (void) err_errno(err, r, "cannot describe asset '%s'", a->id);
        return r;
}

int al_asset_describe(Library *lib, const AlAsset *a, int64_t now_ms, bool check, Json **ret,
                      Err *err) {
        _cleanup_(json_freep) Json *out = NULL;
        int r;

        assert(lib && a && ret);
        out = json_new_object();
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        r = lib_end(lib, describe(lib, a, now_ms, check, out, err), err);
        if (r >= 0)
                *ret = TAKE_PTR(out);
        return r;
}
