/* SPDX-License-Identifier: MIT */

/* Counts of what is on the shelf, from the postings: chunk by chunk, the shelf's set and each
 * term's. */

#include "core/query.h"

typedef struct Facet {
        char *key, *value;
        Posting posting;
        int64_t n;
} Facet;

typedef struct Facets {
        Facet *items;
        size_t n;
} Facets;

static void facets_done(Facets *f) {
        for (size_t i = 0; i < f->n; i++) {
                free(f->items[i].key);
                free(f->items[i].value);
        }
        free(f->items);
}

static int facet_add(Facets *f, Stmt *s) {
        Facet *items = reallocarray(f->items, f->n + 1, sizeof *items);

        if (!items)
                return -ENOMEM;
        f->items = items;
        items[f->n] = (Facet){.key = strdup(db_col_text(s, 1)),
                              .value = strdup(db_col_text(s, 2)),
                              .posting = POSTING(db_col_int(s, 0))};
        f->n++;
        return items[f->n - 1].key && items[f->n - 1].value ? 0 : -ENOMEM;
}

/* Columns of an asset that are terms stand under keys that no tag can have. */
static const char *stored_key(const char *key) {
        static const char *const columns[][2] = {
                {"provider", ":provider"}, {"model", ":model"}, {"kind", ":kind"}};

        for (size_t i = 0; i < ARRAY_LEN(columns); i++)
                if (streq(columns[i][0], key))
                        return columns[i][1];
        return key;
}

static int facets_read(Library *lib, const char *key, Facets *f, Err *err) {
        Stmt *s;
        int r = streq(key, "tag")
                        ? db_query(lib->db, SQL_FACET_TAGS, &s, err, "")
                        : db_query(lib->db, SQL_FACET_TERMS, &s, err, "s", stored_key(key));

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err))
                if (facet_add(f, s) < 0) {
                        r = err_set(err, -ENOMEM, "out of memory");
                        break;
                }
        db_reset(s);
        return r;
}

static int facets_count_chunk(QueryRun *run, Facets *f, int64_t chunk, Err *err) {
        int64_t next;
        Set16 set;

        for (size_t i = 0; i < f->n && run->set.n > 0; i++) {
                int r = post_load(run->lib, &f->items[i].posting, chunk, false, &set, &next, err);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                set16_and(&set, &run->set);
                f->items[i].n += set.n;
        }
        return 0;
}

static int facets_count(Library *lib, Facets *f, int64_t now_ms, Err *err) {
        _cleanup_(plan_done) Plan plan = {0};
        AlQuery shelf = {.now_ms = now_ms};
        int64_t next;
        QueryRun run;
        int r = plan_make(lib, &shelf, &plan, err);

        if (r >= 0)
                r = plan_exclude_expired(lib, &plan, now_ms, err);
        if (r >= 0)
                r = run_begin(lib, &plan, now_ms, &run, err);
        if (r < 0)
                return r;
        for (int64_t chunk = run.last; chunk != CHUNK_NONE; chunk = next) {
                r = run_chunk(&run, chunk, &next, err);
                if (r >= 0)
                        r = facets_count_chunk(&run, f, chunk, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int facet(Library *lib, const char *key, int64_t now_ms, AlFacetFn fn, void *userdata,
                 Err *err) {
        _cleanup_(facets_done) Facets f = {0};
        int r = facets_read(lib, key, &f, err);

        if (r >= 0)
                r = facets_count(lib, &f, now_ms, err);
        for (size_t i = 0; i < f.n && r >= 0; i++)
                if (f.items[i].n > 0)
                        r = fn(streq(key, "tag") ? f.items[i].key : key, f.items[i].value,
                               f.items[i].n, userdata);
        return r;
}

int al_facet(Library *lib, const char *key, int64_t now_ms, AlFacetFn fn, void *userdata,
             Err *err) {
        int r;

        assert(lib && key && fn);
        r = db_begin_read(lib->db, err);
        return r < 0 ? r : lib_end(lib, facet(lib, key, now_ms, fn, userdata, err), err);
}
