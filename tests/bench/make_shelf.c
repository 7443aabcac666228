/* SPDX-License-Identifier: MIT */

/*
 * make_shelf DIR N: a library of N assets as skewed as real ones, without files, for benchmarks of
 * queries. 200 brands (Zipf 0.9), 500 hooks (0.8), 40 categories (0.9); 75 % pictures, 10 % films,
 * 15 % copy; 0 to 6 of 5,000 tags (Zipf 1.0); nine in ten on the shelf, nine in ten never taken; one
 * job, with its prompt, for every 20 assets. Written past the triggers, in minutes; the postings are
 * made afterwards by the statements that `assetlib verify --repair` uses.
 */

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>

#include "base/db_private.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "core/post.h"

enum {
        BRANDS = 200,
        HOOKS = 500,
        CATEGORIES = 40,
        TAGS = 5000,
        TAGS_MAX = 6,
        PER_JOB = 20,
};

typedef struct Zipf {
        double *upto;
        size_t n;
        int64_t *terms;
} Zipf;

typedef struct Shelf {
        sqlite3 *db;
        uint64_t state;
        Zipf brand, hook, category, tag;
        sqlite3_stmt *job, *object, *asset, *asset_tag;
} Shelf;

static uint64_t draw(Shelf *s, uint64_t n) {
        uint64_t z = s->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (z ^ z >> 31) % n;
}

static void must(sqlite3 *db, bool ok) {
        if (ok)
                return;
        (void) fprintf(stderr, "make_shelf: %s\n", sqlite3_errmsg(db));
        exit(1);
}

static void execute(Shelf *s, const char *sql) {
        must(s->db, sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(Shelf *s, const char *sql) {
        sqlite3_stmt *stmt = NULL;

        must(s->db, sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK);
        return stmt;
}

static void run(Shelf *s, sqlite3_stmt *stmt) {
        must(s->db, sqlite3_step(stmt) == SQLITE_DONE);
        must(s->db, sqlite3_reset(stmt) == SQLITE_OK);
}

static void bind(Shelf *s, sqlite3_stmt *stmt, int i, int64_t v) {
        must(s->db, sqlite3_bind_int64(stmt, i, v) == SQLITE_OK);
}

static void bind_text(Shelf *s, sqlite3_stmt *stmt, int i, const char *v) {
        must(s->db, sqlite3_bind_text(stmt, i, v, -1, SQLITE_TRANSIENT) == SQLITE_OK);
}

static Zipf zipf_make(Shelf *s, const char *key, const char *prefix, size_t n, double skew) {
        Zipf z = {.upto = calloc(n, sizeof *z.upto), .n = n, .terms = calloc(n, sizeof *z.terms)};
        sqlite3_stmt *insert = prepare(s, "INSERT INTO term (key, value) VALUES (?1, ?2)");
        double sum = 0;

        must(s->db, z.upto && z.terms);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *value = str_printf("%s%zu", prefix, i);
                _cleanup_(freep) char *tag = str_printf("k%zu", i % 50);

                sum += 1 / pow((double) (i + 1), skew);
                z.upto[i] = sum;
                bind_text(s, insert, 1, key ? key : tag);
                bind_text(s, insert, 2, value);
                run(s, insert);
                z.terms[i] = sqlite3_last_insert_rowid(s->db);
        }
        must(s->db, sqlite3_finalize(insert) == SQLITE_OK);
        return z;
}

static size_t zipf_draw(Shelf *s, const Zipf *z) {
        double at = (double) draw(s, UINT64_C(1) << 52) / (double) (UINT64_C(1) << 52) *
                    z->upto[z->n - 1];
        size_t low = 0, high = z->n - 1;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (z->upto[middle] <= at)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void make_job(Shelf *s, int64_t id) {
        static const char *const words[] = {"bright", "kitchen",  "morning", "light",  "product",
                                            "hands",  "friends",  "summer",  "studio", "close",
                                            "free",   "shipping", "offer",   "today",  "only"};
        _cleanup_(strbuf_done) StrBuf prompt = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *uid = str_printf("%016lld", (long long) id);

        for (int i = 0; i < 12; i++)
                (void) strbuf_printf(&prompt, "%s ", words[draw(s, ARRAY_LEN(words))]);
        (void) strbuf_printf(&prompt, "scene%d", (int) draw(s, 20000));
        bind(s, s->job, 1, id);
        bind_text(s, s->job, 2, uid);
        bind_text(s, s->job, 3, strbuf_text(&prompt));
        run(s, s->job);
}

static void make_asset(Shelf *s, int64_t id) {
        static const char *const kinds[] = {"image", "video", "text"};
        static const int sizes[][2] = {{1080, 1080}, {1080, 1920}, {1200, 628}, {960, 1200}};
        static const char *const off[] = {"pending", "rejected", "retired"};
        static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
        uint64_t chance = draw(s, 100), shape = draw(s, 4), bits = draw(s, UINT64_MAX);
        int kind = chance < 75 ? 0 : chance < 85 ? 1 : 2;
        char uid[13] = "";
        int64_t n = (int64_t) draw(s, TAGS_MAX + 1);

        for (int i = 0; i < 12; i++)
                uid[i] = digits[bits >> 5 * i & 31];
        bind(s, s->object, 1, id);
        bind(s, s->object, 2, (int64_t) (100000 + draw(s, 3000000)));
        bind(s, s->object, 3, kind == 2 ? 0 : sizes[shape][0]);
        bind(s, s->object, 4, kind == 2 ? 0 : sizes[shape][1]);
        bind(s, s->object, 5, kind == 1 ? (int64_t) (4 + draw(s, 5)) * 1000 : 0);
        run(s, s->object);
        bind(s, s->asset, 1, id);
        bind_text(s, s->asset, 2, uid);
        bind(s, s->asset, 3, (id - 1) / PER_JOB + 1);
        bind_text(s, s->asset, 4, kinds[kind]);
        bind(s, s->asset, 5, s->brand.terms[zipf_draw(s, &s->brand)]);
        bind(s, s->asset, 6, s->hook.terms[zipf_draw(s, &s->hook)]);
        bind(s, s->asset, 7, s->category.terms[zipf_draw(s, &s->category)]);
        bind_text(s, s->asset, 8, draw(s, 10) ? "ready" : off[draw(s, 3)]);
        bind(s, s->asset, 9, INT64_C(1700000000000) + id * 1000);
        bind(s, s->asset, 10, draw(s, 10) ? 0 : (int64_t) (1 + draw(s, 5)));
        bind(s, s->asset, 11, kind == 0 ? 33600 : kind == 1 ? 3200000 : 500);
        run(s, s->asset);
        for (int64_t i = 0; i < n; i++) {
                bind(s, s->asset_tag, 1, id);
                bind(s, s->asset_tag, 2, s->tag.terms[zipf_draw(s, &s->tag)]);
                run(s, s->asset_tag);
        }
}

/* Drops the triggers, or the indexes of assets; their texts, to be run again at the end. */
static char *drop_all(Shelf *s, const char *type) {
        _cleanup_(strbuf_done) StrBuf again = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(strbuf_done) StrBuf drop = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        sqlite3_stmt *q = prepare(s, "SELECT name, sql FROM sqlite_schema WHERE type = ?1 AND sql "
                                     "IS NOT NULL AND (type = 'trigger' OR tbl_name = 'asset')");

        bind_text(s, q, 1, type);
        while (sqlite3_step(q) == SQLITE_ROW) {
                (void) strbuf_printf(&drop, "DROP %s %s;", type, sqlite3_column_text(q, 0));
                (void) strbuf_printf(&again, "%s;", sqlite3_column_text(q, 1));
        }
        must(s->db, sqlite3_finalize(q) == SQLITE_OK);
        execute(s, strbuf_text(&drop));
        return strbuf_take(&again);
}

static void index_all(Shelf *s, int64_t n) {
        sqlite3_stmt *make = prepare(s, sql_catalog.statements[SQL_POST_MAKE].sql);

        execute(s, sql_catalog.statements[SQL_CHUNK_MAKE].sql);
        execute(s, sql_catalog.statements[SQL_TERMS_MAKE].sql);
        for (int64_t chunk = 0; chunk <= n >> CHUNK_BITS; chunk++) {
                bind(s, make, 1, chunk);
                run(s, make);
        }
        must(s->db, sqlite3_finalize(make) == SQLITE_OK);
        execute(s, sql_catalog.statements[SQL_WORDS_MAKE].sql);
}

static void fill(Shelf *s, int64_t n) {
        s->brand = zipf_make(s, "brand", "b", BRANDS, 0.9);
        s->hook = zipf_make(s, "hook", "h", HOOKS, 0.8);
        s->category = zipf_make(s, "category", "c", CATEGORIES, 0.9);
        s->tag = zipf_make(s, NULL, "t", TAGS, 1.0);
        execute(s, "INSERT INTO run (id, started_ms, pid) VALUES (1, 0, 0);"
                   "INSERT INTO cell (id, recipe, key, kind, brand, hook, category, target, "
                   "max_age_ms, synced_ms, current) SELECT 1, 'r', 'k', 'image', id, id, id, 0, 0, "
                   "0, 1 FROM term WHERE key = 'brand' LIMIT 1");
        s->job = prepare(s, "INSERT INTO job (id, uid, run, cell, state, kind, provider, driver, "
                            "model, recipe, recipe_hash, brand, hook, category, prompt, params, "
                            "refs, tags, want, seed, max_age_ms, review_manual, worst, priority, "
                            "created_ms, updated_ms) VALUES (?1, ?2, 1, 1, 'done', 'image', "
                            "'gemini', 'gemini', 'nano', 'r', '', 'b', 'h', 'c', ?3, '{}', '[]', "
                            "'{}', 1, 0, 0, 0, 0, 0, 0, 0)");
        s->object = prepare(s, "INSERT INTO object (id, sha256, bytes, media_type, ext, width, "
                               "height, duration_ms, created_ms) VALUES (?1, randomblob(32), ?2, "
                               "'image/png', 'png', ?3, ?4, ?5, 0)");
        s->asset = prepare(s, "INSERT INTO asset (id, uid, object, cell, job, kind, brand, hook, "
                              "category, status, created_ms, uses, price) VALUES (?1, ?2, ?1, 1, "
                              "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        s->asset_tag = prepare(s, "INSERT INTO asset_tag VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        for (int64_t id = 1; id <= n; id++) {
                if ((id - 1) % PER_JOB == 0)
                        make_job(s, (id - 1) / PER_JOB + 1);
                make_asset(s, id);
        }
        (void) sqlite3_finalize(s->job);
        (void) sqlite3_finalize(s->object);
        (void) sqlite3_finalize(s->asset);
        (void) sqlite3_finalize(s->asset_tag);
}

int main(int argc, char **argv) {
        Shelf s = {.state = 1};
        _cleanup_(freep) char *path = NULL, *triggers = NULL, *indexes = NULL;
        Library *lib = NULL;
        int64_t n = 0;
        Err err = {0};

        if (argc != 3 || parse_int(argv[2], 1, INT32_MAX, &n) < 0 ||
            al_open(argv[1], AL_CREATE, &lib, &err) < 0) {
                (void) fprintf(stderr, "usage: make_shelf DIR N\n%s\n", err_text(&err));
                return 2;
        }
        (void) al_close(lib);
        path = str_printf("%s/library.db", argv[1]);
        must(NULL,
             path && sqlite3_open(path, &s.db) == SQLITE_OK && db_functions(s.db) == SQLITE_OK);
        execute(&s, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = "
                    "-1000000; PRAGMA locking_mode = EXCLUSIVE; BEGIN");
        triggers = drop_all(&s, "trigger");
        indexes = drop_all(&s, "index");
        fill(&s, n);
        execute(&s, indexes);
        index_all(&s, n);
        execute(&s, triggers);
        execute(&s, "COMMIT");
        execute(&s, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL");
        must(s.db, sqlite3_close(s.db) == SQLITE_OK);
        return 0;
}
