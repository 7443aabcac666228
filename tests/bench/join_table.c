/* SPDX-License-Identifier: MIT */

#include "bench/join_table.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"

enum {
        TERMS_MAX = 8,
        LIMIT = 20,
};

typedef struct Term {
        int64_t id, n;
        bool negate;
} Term;

struct Join {
        sqlite3 *db, *library;
        sqlite3_stmt *find, *row;
        sqlite3_stmt *select[TERMS_MAX + 1][TERMS_MAX + 1]; /* by how many it has, has not */
        int64_t last;
};

static void must(sqlite3 *db, bool ok) {
        if (ok)
                return;
        (void) fprintf(stderr, "join table: %s\n", db ? sqlite3_errmsg(db) : "out of memory");
        exit(1);
}

static void execute(sqlite3 *db, const char *sql) {
        must(db, sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
        sqlite3_stmt *stmt = NULL;

        must(db,
             sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) == SQLITE_OK);
        return stmt;
}

static void make(const char *library, const char *path) {
        char *attach = sqlite3_mprintf("ATTACH %Q AS library", library);
        _cleanup_(freep) char *part = str_printf("%s.part", path);
        struct timespec from, to;
        struct stat st;
        sqlite3 *db = NULL;

        (void) clock_gettime(CLOCK_MONOTONIC, &from);
        must(NULL, attach && part);
        (void) unlink(part);
        must(db, sqlite3_open(part, &db) == SQLITE_OK);
        /* The journal's mode would be that of the library, too, once it is attached. */
        execute(db,
                "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -500000");
        execute(db, attach);
        sqlite3_free(attach);
        execute(db, "BEGIN;"
                    "CREATE TABLE tag (key TEXT, value TEXT, id INTEGER, n INTEGER,"
                    " PRIMARY KEY (key, value)) WITHOUT ROWID;"
                    "CREATE TABLE tagged (tag INTEGER, asset INTEGER, PRIMARY KEY (tag, asset))"
                    " WITHOUT ROWID;"
                    "INSERT INTO tagged"
                    " WITH shelf AS (SELECT * FROM library.asset"
                    "                 WHERE status = 'ready' AND expired = 0)"
                    " SELECT brand, id FROM shelf UNION ALL SELECT hook, id FROM shelf"
                    " UNION ALL SELECT category, id FROM shelf"
                    " UNION ALL SELECT t.term, t.asset FROM library.asset_tag AS t"
                    "                     JOIN shelf AS s ON s.id = t.asset"
                    " ORDER BY 1, 2;"
                    "INSERT INTO tag SELECT t.key, t.value, t.id, c.n FROM library.term AS t"
                    " JOIN (SELECT tag, count(*) AS n FROM tagged GROUP BY tag) AS c"
                    "   ON c.tag = t.id;"
                    "COMMIT; DETACH library; PRAGMA journal_mode = WAL");
        must(db, sqlite3_close(db) == SQLITE_OK && rename(part, path) == 0 && stat(path, &st) == 0);
        (void) clock_gettime(CLOCK_MONOTONIC, &to);
        (void) printf("# the join table was made in %lld s and has %lld MB\n",
                      (long long) (to.tv_sec - from.tv_sec), (long long) st.st_size / 1000000);
}

Join *join_open(const char *dir, const char *path) {
        _cleanup_(freep) char *library = str_printf("%s/library.db", dir);
        Join *join = calloc(1, sizeof *join);
        sqlite3_stmt *last;

        must(NULL, library && join);
        if (access(path, F_OK) < 0)
                make(library, path);
        must(join->db, sqlite3_open_v2(path, &join->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
        must(join->library,
             sqlite3_open_v2(library, &join->library, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
        execute(join->db, "PRAGMA cache_size = -524288"); /* as our own has in query_bench.c */
        join->find = prepare(join->db, "SELECT id, n FROM tag WHERE key = ?1 AND value = ?2");
        join->row = prepare(join->library, "SELECT id, uid, object, kind FROM asset WHERE id = ?1");
        last = prepare(join->library, "SELECT max(id) FROM asset");
        must(join->library, sqlite3_step(last) == SQLITE_ROW);
        join->last = sqlite3_column_int64(last, 0);
        (void) sqlite3_finalize(last);
        return join;
}

Join *join_close(Join *join) {
        if (!join)
                return NULL;
        for (size_t i = 0; i <= TERMS_MAX; i++)
                for (size_t j = 0; j <= TERMS_MAX; j++)
                        (void) sqlite3_finalize(join->select[i][j]);
        (void) sqlite3_finalize(join->find);
        (void) sqlite3_finalize(join->row);
        (void) sqlite3_close(join->db);
        (void) sqlite3_close(join->library);
        free(join);
        return NULL;
}

/* ?1 is the tag that drives; then those that it must have, then those it must not. */
static sqlite3_stmt *make_statement(sqlite3 *db, size_t has, size_t lacks) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        (void) strbuf_puts(&b, "SELECT a.asset FROM tagged AS a");
        for (size_t i = 2; i <= has; i++)
                (void) strbuf_printf(&b,
                                     " CROSS JOIN tagged AS a%zu ON a%zu.tag = ?%zu AND "
                                     "a%zu.asset = a.asset",
                                     i, i, i, i);
        (void) strbuf_puts(&b, " WHERE a.tag = ?1");
        for (size_t i = has + 1; i <= has + lacks; i++)
                (void) strbuf_printf(&b,
                                     " AND NOT EXISTS (SELECT 1 FROM tagged AS x WHERE x.tag = "
                                     "?%zu AND x.asset = a.asset)",
                                     i);
        (void) strbuf_printf(&b, " ORDER BY a.asset DESC LIMIT %d", LIMIT);
        return prepare(db, strbuf_text(&b));
}

static sqlite3_stmt *statement(Join *join, size_t has, size_t lacks) {
        sqlite3_stmt **slot = &join->select[has][lacks];

        if (!*slot)
                *slot = make_statement(join->db, has, lacks);
        return *slot;
}

static int order(const void *a, const void *b) {
        const Term *x = a, *y = b;

        if (x->negate != y->negate)
                return x->negate - y->negate;
        return (x->n > y->n) - (x->n < y->n);
}

/* "k:v": the tag; one that nobody has is of none. */
static Term find(Join *join, const char *word, size_t n, bool negate) {
        const char *colon = memchr(word, ':', n);
        Term t = {.negate = negate};

        must(NULL, colon);
        /* tags are written "tag:key=value" */
        if (strncmp(word, "tag:", 4) == 0) {
                n -= 4;
                word += 4;
                colon = memchr(word, '=', n);
                must(NULL, colon);
        }
        must(join->db,
             sqlite3_bind_text(join->find, 1, word, (int) (colon - word), SQLITE_STATIC) ==
                             SQLITE_OK &&
                     sqlite3_bind_text(join->find, 2, colon + 1, (int) (word + n - colon - 1),
                                       SQLITE_STATIC) == SQLITE_OK);
        if (sqlite3_step(join->find) == SQLITE_ROW) {
                t.id = sqlite3_column_int64(join->find, 0);
                t.n = sqlite3_column_int64(join->find, 1);
        }
        must(join->db, sqlite3_reset(join->find) == SQLITE_OK);
        return t;
}

int join_newest(Join *join, const char *terms) {
        size_t n = 0, has = 0;
        Term t[TERMS_MAX];
        bool negate = false;
        sqlite3_stmt *s;
        int found = 0, r;

        execute(join->db, "BEGIN");
        for (const char *p = terms; *p; p += strspn(p, " ")) {
                size_t len = strcspn(p, " ");

                if (strncmp(p, "not ", 4) == 0) {
                        negate = true;
                } else if (strncmp(p, "and ", 4) != 0) {
                        must(NULL, n < TERMS_MAX);
                        t[n++] = find(join, p, len, negate);
                        has += !negate;
                        negate = false;
                }
                p += len;
        }
        qsort(t, n, sizeof *t, order);
        s = statement(join, has, n - has);
        for (size_t i = 0; i < n; i++)
                must(join->db, sqlite3_bind_int64(s, (int) i + 1, t[i].id) == SQLITE_OK);
        while ((r = sqlite3_step(s)) == SQLITE_ROW)
                found++;
        must(join->db, r == SQLITE_DONE && sqlite3_reset(s) == SQLITE_OK);
        execute(join->db, "COMMIT");
        return found;
}

int join_floor(Join *join, uint64_t seed) {
        int found = 0;

        execute(join->library, "BEGIN");
        for (uint64_t i = 0; i < LIMIT; i++) {
                uint64_t z = (seed * LIMIT + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
                int64_t id = (int64_t) ((z ^ z >> 29) % (uint64_t) join->last) + 1;

                must(join->library, sqlite3_bind_int64(join->row, 1, id) == SQLITE_OK);
                found += sqlite3_step(join->row) == SQLITE_ROW && sqlite3_column_text(join->row, 1);
                must(join->library, sqlite3_reset(join->row) == SQLITE_OK);
        }
        execute(join->library, "COMMIT");
        return found;
}
