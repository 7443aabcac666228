/* SPDX-License-Identifier: MIT */

/* Reading the ledger. */

#include "core/lib.h"

void al_attempt_done(AlAttempt *a) {
        if (!a)
                return;
        free(a->reason_code);
        free(a->reason);
        free(a->model_returned);
        free(a->request_id);
        free(a->usage);
        *a = (AlAttempt){0};
}

static int attempt_read(Stmt *s, AlAttempt *ret, Err *err) {
        AlAttempt a = {
                .id = db_col_int(s, 0),
                .job = db_col_int(s, 1),
                .run = db_col_int(s, 2),
                .number = db_col_int(s, 3),
                .outcome = outcome_from_word(db_col_text(s, 4)),
                .reserved = db_col_int(s, 5),
                .billed = db_col_int(s, 6),
                .http_status = (int) db_col_int(s, 7),
                .started_ms = db_col_int(s, 13),
                .ended_ms = db_col_int(s, 14),
        };
        char **texts[] = {&a.reason_code, &a.reason, &a.model_returned, &a.request_id, &a.usage};
        int r = a.outcome < 0 ? -EUCLEAN : 0;

        for (int i = 0; r >= 0 && i < (int) ARRAY_LEN(texts); i++)
                r = lib_copy(texts[i], db_col_text(s, 8 + i));
        if (r < 0) {
                (void) err_errno(err, r, "cannot read attempt %lld", (long long) a.id);
                al_attempt_done(&a);
                return r;
        }
        *ret = a;
        return 0;
}

int al_attempts(Library *lib, int64_t job, AlAttemptFn fn, void *userdata, Err *err) {
        AlAttempt a;
        Stmt *s;
        int r;

        assert(lib && fn);
        r = job == 0 ? db_query(lib->db, SQL_ATTEMPTS_ALL, &s, err, "")
                     : db_query(lib->db, SQL_ATTEMPTS_OF_JOB, &s, err, "l", job);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = attempt_read(s, &a, err);
                if (r < 0)
                        break;
                r = fn(&a, userdata);
                al_attempt_done(&a);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

void al_operation_done(AlOperation *op) {
        if (!op)
                return;
        free(op->handle);
        free(op->request_id);
        *op = (AlOperation){0};
}

int al_operation(Library *lib, int64_t attempt, AlOperation *ret, Err *err) {
        AlOperation op = {0};
        Stmt *s;
        int r;

        assert(lib && ret);
        r = db_query(lib->db, SQL_ATTEMPT_OPERATION, &s, err, "l", attempt);
        if (r <= 0)
                return r < 0 ? r : AL_NOT_FOUND;
        op.started_ms = db_col_int(s, 1);
        op.accepted_ms = db_col_int(s, 2);
        r = lib_copy(&op.handle, db_col_text(s, 0));
        if (r >= 0)
                r = lib_copy(&op.request_id, db_col_text(s, 3));
        db_reset(s);
        if (r < 0) {
                al_operation_done(&op);
                return err_errno(err, r, "cannot read attempt %lld", (long long) attempt);
        }
        *ret = op;
        return AL_OK;
}

int al_calls(Library *lib, const char *provider, const char *day, int64_t *ret, Err *err) {
        Stmt *s;
        int r;

        assert(lib && provider && day && ret);
        r = db_query(lib->db, SQL_ATTEMPT_CALLS, &s, err, "ss", provider, day);
        if (r < 0)
                return r;
        *ret = db_col_int(s, 0);
        db_reset(s);
        return 0;
}

int al_expected_ms(Library *lib, const char *provider, const char *model, int64_t *ret_ms,
                   Err *err) {
        Stmt *s;
        int r;

        assert(lib && provider && model && ret_ms);
        r = db_query(lib->db, SQL_ATTEMPT_EXPECTED, &s, err, "ss", provider, model);
        if (r < 0)
                return r;
        *ret_ms = r == 1 ? (int64_t) db_col_double(s, 0) : 0;
        db_reset(s);
        return 0;
}
