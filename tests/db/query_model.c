/* SPDX-License-Identifier: MIT */

/* A query is made as text and as its answer at the same time. */

#include "query_model.h"

#include <sqlite3.h>
#include <stdio.h>

#include "base/db_private.h"

static const char *const brands[] = {"b0", "b1", "b2"};
static const char *const hooks[] = {"h0", "h1", "h2", "h3"};
static const char *const categories[] = {"c0", "c1"};
static const char *const kinds[] = {"image", "video", "text"};
static const char *const statuses[] = {"ready", "pending", "rejected", "retired"};
static const char *const recipes[] = {"r0", "r1", "r2"};
static const char *const models[] = {"m0", "m1"};
static const char *const campaigns[] = {"spring", "autumn"};
static const char *const formats[] = {"square", "story", "wide"};
static const char *const words[] = {"free", "shipping", "today", "only"};
static const int widths[] = {0, 1080, 1080, 1200, 600}, heights[] = {0, 1080, 1920, 628, 1067};

uint64_t draw(World *w, uint64_t n) {
        uint64_t z = w->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (z ^ z >> 31) % n;
}

/* Ids on both sides of the borders of chunks, and one chunk that has none. */
static int64_t item_id(int i) {
        static const int64_t bases[] = {1, 65500, 65536 + 65530, 4 * 65536};

        return bases[i % 4] + i;
}

static void item_make(World *w, int i) {
        Item *it = &w->items[i];
        static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

        *it = (Item){.id = item_id(i)};
        for (int c = 0; c < 12; c++)
                it->uid[c] = digits[draw(w, c == 0 ? 4 : 32)];
        it->brand = (int) draw(w, 3);
        it->hook = (int) draw(w, 4);
        it->category = (int) draw(w, 2);
        it->kind = (int) draw(w, 3);
        it->status = draw(w, 3) ? 0 : (int) draw(w, 4);
        it->recipe = (int) draw(w, 3);
        it->model = (int) draw(w, 2);
        it->formats = (int) draw(w, 8);
        it->takers = draw(w, 2) ? 0 : (int) draw(w, 4);
        it->uses = draw(w, 2) ? 0 : (int) draw(w, 12);
        it->size = it->kind == KIND_TEXT ? 0 : 1 + (int) draw(w, 4);
        it->duration = it->kind == KIND_VIDEO ? 1000 * (int64_t) draw(w, 20) : 0;
        it->words = (int) draw(w, 1 << WORDS);
        it->bytes = (int64_t) draw(w, 10) * 1000000;
        it->price = (int64_t) draw(w, 4) * 10000;
        it->created = NOW + (int64_t) draw(w, 100) * HOUR_MS;
        it->expires = draw(w, 3) ? 0 : NOW + (int64_t) draw(w, 200) * HOUR_MS;
        it->expired = it->expires > 0 && it->expires <= w->now && draw(w, 2);
}

static void item_words(const Item *it, StrBuf *b) {
        for (int i = 0; i < WORDS; i++)
                if (it->words >> i & 1)
                        (void) strbuf_printf(b, "%s ", words[i]);
}

static int64_t term_id(sqlite3 *db, const char *key, const char *value) {
        _cleanup_(freep) char *sql = str_printf(
                "INSERT INTO term (key, value) VALUES ('%s', '%s') ON CONFLICT DO UPDATE SET key = "
                "key RETURNING id",
                key, value);
        sqlite3_stmt *s = NULL;
        int64_t id;

        CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
        CHECK_INT(sqlite3_step(s), SQLITE_ROW);
        id = sqlite3_column_int64(s, 0);
        CHECK_INT(sqlite3_finalize(s), SQLITE_OK);
        return id;
}

static void execute(sqlite3 *db, char *sql) {
        char *why = NULL;

        CHECK(sql);
        if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
                test_fail(__FILE__, __LINE__, "%s: %s", sql, why);
        free(sql);
}

static void item_insert(World *w, sqlite3 *db, const Item *it) {
        _cleanup_(strbuf_done) StrBuf copy = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        long long id = it->id;

        item_words(it, &copy);
        execute(db,
                str_printf("INSERT INTO object (id, sha256, bytes, media_type, ext, width, "
                           "height, duration_ms, created_ms) VALUES (%lld, randomblob(32), %lld, "
                           "'x', 'x', %d, %d, %lld, 0)",
                           id, (long long) it->bytes, widths[it->size], heights[it->size],
                           (long long) it->duration));
        execute(db,
                str_printf("INSERT INTO job (id, uid, run, cell, state, kind, provider, driver, "
                           "model, recipe, recipe_hash, brand, hook, category, prompt, params, "
                           "refs, tags, want, seed, max_age_ms, review_manual, worst, priority, "
                           "created_ms, updated_ms) SELECT %lld, printf('%%016d', %lld), run, "
                           "cell, state, kind, provider, driver, '%s', recipe, recipe_hash, "
                           "brand, hook, category, prompt, params, refs, tags, want, seed, "
                           "max_age_ms, review_manual, worst, priority, created_ms, updated_ms "
                           "FROM job WHERE id = 1",
                           1000000 + id, id, models[it->model]));
        execute(db,
                str_printf("INSERT INTO asset (id, uid, object, job, kind, brand, hook, category, "
                           "recipe, status, text, price, created_ms, expires_ms, uses, expired) "
                           "VALUES (%lld, '%s', %lld, %lld, '%s', %lld, %lld, %lld, %lld, '%s', "
                           "'%s', %lld, %lld, nullif(%lld, 0), %d, 0)",
                           id, it->uid, id, 1000000 + id, kinds[it->kind],
                           (long long) term_id(db, "brand", brands[it->brand]),
                           (long long) term_id(db, "hook", hooks[it->hook]),
                           (long long) term_id(db, "category", categories[it->category]),
                           (long long) term_id(db, "recipe", recipes[it->recipe]),
                           statuses[draw(w, 4)], strbuf_text(&copy), (long long) it->price,
                           (long long) it->created, (long long) it->expires, (int) draw(w, 12)));
        for (size_t f = 0; f < ARRAY_LEN(formats); f++)
                if (it->formats >> f & 1)
                        execute(db, str_printf("INSERT INTO asset_tag VALUES (%lld, %lld)", id,
                                               (long long) term_id(db, "format", formats[f])));
        /* Who has it, who gave it back, and whose time is over. */
        for (size_t c = 0; c < ARRAY_LEN(campaigns); c++)
                execute(db,
                        str_printf("INSERT INTO take (asset, campaign, exclusive, who, taken_ms, "
                                   "until_ms, released_ms, released_by) VALUES (%lld, '%s', 0, "
                                   "'x', 0, %s)",
                                   id, campaigns[c],
                                   it->takers >> c & 1 ? "NULL, NULL, NULL"
                                   : draw(w, 2)        ? "NULL, 1, 'x'"
                                                       : "1, NULL, NULL"));
        /* Some things are changed afterwards, as a night and its people do. */
        execute(db, str_printf("UPDATE asset SET status = '%s', uses = %d, expired = %d WHERE id = "
                               "%lld",
                               statuses[it->status], it->uses, it->expired, id));
        execute(db, str_printf("INSERT INTO asset_words (rowid, prompt, copy) SELECT id, prompt, "
                               "copy FROM asset_text WHERE id = %lld",
                               id));
}

World *world_make(const char *name, uint64_t seed) {
        World *w = calloc(1, sizeof *w);
        _cleanup_(freep) char *path = NULL;
        sqlite3 *db = NULL;

        CHECK(w);
        w->state = seed;
        w->now = NOW + 100 * HOUR_MS;
        w->text = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        w->dir = fix_dir(name);
        w->lib = fix_open(w->dir);
        (void) fix_job(w->lib, &(FixJob){0}, NOW);
        path = str_printf("%s/library.db", w->dir);
        CHECK_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        CHECK_INT(db_functions(db), SQLITE_OK);
        execute(db, strdup("BEGIN"));
        for (int i = 0; i < ITEMS; i++) {
                item_make(w, i);
                item_insert(w, db, &w->items[i]);
        }
        execute(db, strdup("COMMIT"));
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
        return w;
}

void world_done(World *w) {
        (void) al_close(w->lib);
        strbuf_done(&w->text);
        free(w->dir);
        free(w);
}

/* ---- terms: what is written, and for whom it holds ---- */

typedef enum Key {
        KEY_BRAND,
        KEY_HOOK,
        KEY_CATEGORY,
        KEY_KIND,
        KEY_STATUS,
        KEY_RECIPE,
        KEY_MODEL,
        KEY_FORMAT,
        KEY_FOR,
        KEY_USED,
        KEY_WIDTH,
        KEY_RATIO,
        KEY_DURATION,
        KEY_BYTES,
        KEY_PRICE,
        KEY_CREATED,
        KEY_EXPIRES,
        KEY_TEXT,
        KEY_ID,
        KEY_FITS,
        _KEY_MAX,
} Key;
static const char *const keys[] = {"brand",   "hook",    "category", "kind",  "status",
                                   "recipe",  "model",   "format",   "for",   "used",
                                   "width",   "ratio",   "duration", "bytes", "price",
                                   "created", "expires", "text",     "id",    "fits"};
static_assert(ARRAY_LEN(keys) == _KEY_MAX, "one word a key");

static int of_list(World *w, const char *const *list, size_t n) {
        int v = (int) draw(w, n + 1);

        (void) strbuf_puts(&w->text, (size_t) v < n ? list[v] : "nosuch");
        return v;
}

/* A range in one of the ways to write it; unit stands behind each number. */
static void range(World *w, int64_t max, int64_t factor, const char *unit, int64_t *low,
                  int64_t *high) {
        int64_t a = (int64_t) draw(w, (uint64_t) max), b = a + (int64_t) draw(w, (uint64_t) max);
        static const char *const shapes[] = {"%lld%s", ">=%lld%s", ">%lld%s", "<=%lld%s",
                                             "<%lld%s"};
        size_t shape = draw(w, 7);

        *low = INT64_MIN;
        *high = INT64_MAX;
        if (shape == 5)
                (void) strbuf_printf(&w->text, "%lld%s..%lld%s", (long long) a, unit, (long long) b,
                                     unit);
        else if (shape == 6)
                (void) strbuf_printf(&w->text, "..%lld%s", (long long) b, unit);
        else if (shape == 0)
                (void) strbuf_printf(&w->text, "%lld%s", (long long) a, unit);
        else
                (void) strbuf_printf(&w->text, "%.*s%lld%s", (int) strcspn(shapes[shape], "%"),
                                     shapes[shape], (long long) a, unit);
        if (shape == 0 || shape == 5 || shape == 1)
                *low = a * factor;
        if (shape == 2)
                *low = a * factor + 1;
        if (shape == 0 || shape == 3)
                *high = a * factor;
        if (shape == 4)
                *high = a * factor - 1;
        if (shape >= 5)
                *high = b * factor;
}

static bool in(int64_t v, int64_t low, int64_t high) {
        return v >= low && v <= high;
}

static bool has_phrase(const Item *it, int first, int second) {
        if (second < 0)
                return it->words >> first & 1;
        /* next to each other: nothing in between */
        for (int i = first + 1; i < second; i++)
                if (it->words >> i & 1)
                        return false;
        return first < second && (it->words >> first & 1) && (it->words >> second & 1);
}

static void hours(World *w, int64_t *low, int64_t *high) {
        int64_t a = (int64_t) draw(w, 120);
        bool more = draw(w, 2);
        int64_t day = a / 24, hour = a % 24;

        (void) strbuf_printf(&w->text,
                             more ? ">=2026-11-%02dT%02d:00:00Z" : "..2026-11-%02dT%02d:00:00Z",
                             (int) (23 + day), (int) hour);
        *low = more ? NOW + (a - 2) * HOUR_MS : INT64_MIN;
        *high = more ? INT64_MAX : NOW + (a - 2) * HOUR_MS;
}

static bool fits_story(const Item *it) {
        return it->kind == KIND_IMAGE && (it->size == 2 || it->size == 4) && it->bytes <= 30000000;
}

/* Appends one value of the key and says for whom it holds. */
static void value(World *w, Key key, Answer ret) {
        int64_t low = 0, high = 0;
        int v = 0, second = -1;
        char prefix[4] = "";

        switch (key) {
        case KEY_BRAND:
                v = of_list(w, brands, 3);
                break;
        case KEY_HOOK:
                v = of_list(w, hooks, 4);
                break;
        case KEY_CATEGORY:
                v = of_list(w, categories, 2);
                break;
        case KEY_RECIPE:
                v = of_list(w, recipes, 3);
                break;
        case KEY_MODEL:
                v = of_list(w, models, 2);
                break;
        case KEY_FORMAT:
                v = of_list(w, formats, 3);
                break;
        case KEY_FOR:
                v = of_list(w, campaigns, 2);
                break;
        case KEY_KIND:
                v = (int) draw(w, 3);
                (void) strbuf_puts(&w->text, kinds[v]);
                break;
        case KEY_STATUS:
                v = (int) draw(w, 5);
                (void) strbuf_puts(&w->text, v < 4 ? statuses[v] : "any");
                w->has_status = true;
                break;
        case KEY_USED:
                range(w, 12, 1, "", &low, &high);
                break;
        case KEY_WIDTH:
                range(w, 13, 100, "00", &low, &high);
                break;
        case KEY_DURATION:
                range(w, 20, 1000, "s", &low, &high);
                break;
        case KEY_BYTES:
                range(w, 10, 1000000, "MB", &low, &high);
                break;
        case KEY_PRICE:
                range(w, 4, 1000000, "", &low, &high);
                low /= 1;
                break;
        case KEY_RATIO:
                v = (int) draw(w, 2);
                (void) strbuf_puts(&w->text, v ? "9:16" : "1:1");
                break;
        case KEY_CREATED:
        case KEY_EXPIRES:
                hours(w, &low, &high);
                break;
        case KEY_TEXT:
                v = (int) draw(w, WORDS);
                second = draw(w, 2) ? (int) draw(w, WORDS) : -1;
                if (second >= 0)
                        (void) strbuf_printf(&w->text, "\"%s %s\"", words[v], words[second]);
                else
                        (void) strbuf_puts(&w->text, words[v]);
                break;
        case KEY_ID:
                (void) snprintf(prefix, sizeof prefix, "%.*s", 1 + (int) draw(w, 2),
                                w->items[draw(w, ITEMS)].uid);
                (void) strbuf_puts(&w->text, prefix);
                break;
        case KEY_FITS:
                (void) strbuf_puts(&w->text, "meta.story");
                break;
        case _KEY_MAX:
                assert_not_reached();
        }
        for (int i = 0; i < ITEMS; i++) {
                const Item *it = &w->items[i];
                const bool holds[] = {
                        [KEY_BRAND] = it->brand == v,
                        [KEY_HOOK] = it->hook == v,
                        [KEY_CATEGORY] = it->category == v,
                        [KEY_KIND] = it->kind == v,
                        [KEY_STATUS] = v == 4 || it->status == v,
                        [KEY_RECIPE] = it->recipe == v,
                        [KEY_MODEL] = it->model == v,
                        [KEY_FORMAT] = v < 3 && (it->formats >> v & 1),
                        [KEY_FOR] = v < 2 && (it->takers >> v & 1),
                        [KEY_USED] = in(it->uses, low, high),
                        [KEY_WIDTH] = it->size && in(widths[it->size], low, high),
                        [KEY_RATIO] = v ? it->size == 2 || it->size == 4 : it->size == 1,
                        [KEY_DURATION] = it->duration > 0 && in(it->duration, low, high),
                        [KEY_BYTES] = in(it->bytes, low, high),
                        [KEY_PRICE] = in(it->price, low, high),
                        [KEY_CREATED] = in(it->created, low, high),
                        [KEY_EXPIRES] = it->expires && in(it->expires, low, high),
                        [KEY_TEXT] = key == KEY_TEXT && has_phrase(it, v, second),
                        [KEY_ID] = strncmp(it->uid, prefix, strlen(prefix)) == 0,
                        [KEY_FITS] = fits_story(it),
                };

                ret[i] = ret[i] || holds[key];
        }
}

static Key term(World *w, Answer ret) {
        Key key = (Key) draw(w, _KEY_MAX);
        size_t n = 1 + draw(w, 5) / 4;

        memset(ret, 0, sizeof(Answer));
        (void) strbuf_printf(&w->text, "%s:", keys[key]);
        for (size_t i = 0; i < n; i++) {
                (void) strbuf_puts(&w->text, i > 0 ? "," : "");
                value(w, key, ret);
        }
        return key;
}

/* An item; the key of a plain term, else _KEY_MAX. */
static Key item(World *w, int depth, Answer ret) {
        uint64_t kind = draw(w, depth > 0 ? 8 : 5);
        Key key = _KEY_MAX;
        bool negate = kind == 0 || kind == 1 || kind == 7;

        (void) strbuf_puts(&w->text, kind == 0 ? "not:" : negate ? "not " : "");
        if (kind >= 6) {
                (void) strbuf_puts(&w->text, "(");
                either(w, depth - 1, ret);
                (void) strbuf_puts(&w->text, ")");
        } else {
                key = term(w, ret);
        }
        for (int i = 0; i < ITEMS && negate; i++)
                ret[i] = !ret[i];
        return negate ? _KEY_MAX : key;
}

static void side(World *w, int depth, Answer ret) {
        Answer by_key[_KEY_MAX] = {0}, one;
        bool used[_KEY_MAX] = {false};
        size_t n = 1 + draw(w, 3);

        memset(ret, 1, sizeof(Answer));
        for (size_t j = 0; j < n; j++) {
                Key key;

                (void) strbuf_puts(&w->text, j > 0 ? " " : "");
                key = item(w, depth, one);
                for (int i = 0; i < ITEMS; i++)
                        if (key == _KEY_MAX)
                                ret[i] = ret[i] && one[i];
                        else
                                by_key[key][i] = by_key[key][i] || one[i];
                if (key != _KEY_MAX)
                        used[key] = true;
        }
        for (int k = 0; k < _KEY_MAX; k++)
                for (int i = 0; i < ITEMS && used[k]; i++)
                        ret[i] = ret[i] && by_key[k][i];
}

static void both(World *w, int depth, Answer ret) {
        Answer one;

        side(w, depth, ret);
        if (draw(w, 6))
                return;
        (void) strbuf_puts(&w->text, " and ");
        side(w, depth, one);
        for (int i = 0; i < ITEMS; i++)
                ret[i] = ret[i] && one[i];
}

void either(World *w, int depth, Answer ret) {
        Answer one;

        both(w, depth, ret);
        if (draw(w, 3))
                return;
        (void) strbuf_puts(&w->text, " or ");
        both(w, depth, one);
        for (int i = 0; i < ITEMS; i++)
                ret[i] = ret[i] || one[i];
}
