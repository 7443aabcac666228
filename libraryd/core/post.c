/* SPDX-License-Identifier: MIT */

#include "core/post.h"

/* What is known without asking: nothing lies between `asked` and `found`. */
static bool known_missing(const Posting *p, int64_t chunk, bool up) {
        if (p->asked < 0)
                return false;
        if (up)
                return chunk >= p->asked && (p->found == CHUNK_NONE || chunk < p->found);
        return chunk <= p->asked && chunk > p->found;
}

static int damaged(const Posting *p, int64_t chunk, Err *err) {
        return err_set(err, -EUCLEAN,
                       "the index of the library is damaged (term %lld, chunk %lld); 'assetlib "
                       "verify --repair' makes it anew",
                       (long long) p->term, (long long) chunk);
}

int post_load(Library *lib, Posting *p, int64_t chunk, bool up, Set16 *ret, int64_t *ret_next,
              Err *err) {
        const void *stored;
        size_t size;
        Stmt *s;
        int r;

        assert(lib && p && ret && ret_next);
        if (known_missing(p, chunk, up)) {
                *ret_next = p->found;
                return 0;
        }
        r = db_query(lib->db, up ? SQL_POST_ABOVE : SQL_POST_BELOW, &s, err, "ll", p->term, chunk);
        if (r < 0)
                return r;
        p->asked = chunk;
        p->found = r == 1 ? db_col_int(s, 0) : CHUNK_NONE;
        *ret_next = p->found;
        if (p->found != chunk) {
                db_reset(s);
                return 0;
        }
        stored = db_col_blob(s, 2, &size);
        r = set16_load(ret, stored, size);
        if (r < 0 || ret->n != (uint64_t) db_col_int(s, 1))
                r = damaged(p, chunk, err);
        db_reset(s);
        return r < 0 ? r : 1;
}

/* The first term of the chunk whose set is not what the assets say. */
static int verify_chunk(Library *lib, int64_t chunk, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_POST_DIFFERENCE, &s, err, "l", chunk);

        if (r < 0)
                return r;
        if (r == 1) {
                Posting p = POSTING(db_col_int(s, 0));

                r = damaged(&p, chunk, err);
        }
        db_reset(s);
        return r;
}

/* Every asset has its words in the full-text index. */
static int verify_words(Library *lib, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_WORDS_MISSING, &s, err, "");

        if (r < 0)
                return r;
        if (r == 1)
                r = err_set(err, -EUCLEAN,
                            "the full-text index lacks asset row %lld; 'assetlib verify --repair' "
                            "makes it anew",
                            (long long) db_col_int(s, 0));
        db_reset(s);
        return r;
}

int post_verify(Library *lib, Err *err) {
        int64_t last = -1;
        int r;

        assert(lib);
        r = db_query_int(lib->db, SQL_POST_LAST, &last, err);
        for (int64_t chunk = 0; r >= 0 && chunk <= last; chunk++)
                r = verify_chunk(lib, chunk, err);
        return r < 0 ? r : verify_words(lib, err);
}

static int rebuild(Library *lib, Err *err) {
        static const unsigned before[] = {SQL_POST_CLEAR, SQL_CHUNK_CLEAR, SQL_CHUNK_MAKE,
                                          SQL_TERMS_MAKE, SQL_WORDS_MAKE};
        int64_t last = -1;
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(before) && r >= 0; i++)
                r = db_exec(lib->db, before[i], NULL, err, "");
        if (r >= 0)
                r = db_query_int(lib->db, SQL_POST_LAST, &last, err);
        for (int64_t chunk = 0; r >= 0 && chunk <= last; chunk++)
                r = db_exec(lib->db, SQL_POST_MAKE, NULL, err, "l", chunk);
        return r;
}

int post_rebuild(Library *lib, Err *err) {
        int r;

        assert(lib);
        r = db_begin(lib->db, err);
        return r < 0 ? r : lib_end(lib, rebuild(lib, err), err);
}
