/* SPDX-License-Identifier: MIT */

/* Cells, the shelf, runs and their totals. */

#include "core_fixture.h"

static AlCellStock stock_of(Library *lib, const FixJob *j, int64_t now_ms) {
        _cleanup_(freep) char *key = fix_cell_key(j);
        AlCellStock stock;
        Err err = {0};

        CHECK_OK(al_cell_stock(lib, j->recipe ? j->recipe : "spring", key, now_ms, &stock, &err),
                 &err);
        return stock;
}

TEST(cell_key_is_canonical) {
        _cleanup_(freep) char *key = fix_cell_key(&(FixJob){.format = "story"});
        _cleanup_(freep) char *none = al_cell_key(NULL, 0);

        CHECK_STR(key, "brand=acme;category=lifestyle;format=story;hook=urgency");
        CHECK_STR(none, "");
}

TEST(sync_keeps_the_cell_and_updates_it) {
        _cleanup_(freep) char *dir = fix_dir("sync");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t a = fix_cell(lib, &(FixJob){.target = 3}, NOW);
        int64_t b = fix_cell(lib, &(FixJob){.target = 7}, NOW + 1);
        int64_t c = fix_cell(lib, &(FixJob){.format = "story"}, NOW + 1);

        CHECK_INT(a, b);
        CHECK(a != c);
        CHECK_INT(raw_int(dir, "SELECT target FROM cell WHERE id = 1"), 7);
        CHECK_INT(raw_int(dir, "SELECT synced_ms FROM cell WHERE id = 1"), NOW + 1);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM term WHERE key NOT LIKE ':%'"), 3);
}

TEST(a_new_max_age_reaches_the_assets) {
        _cleanup_(freep) char *dir = fix_dir("age");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.max_age_ms = HOUR_MS};

        free(fix_asset(lib, &j, "one", NOW));
        CHECK_INT(stock_of(lib, &j, NOW + HOUR_MS - 1).ready, 1);
        CHECK_INT(stock_of(lib, &j, NOW + HOUR_MS).ready, 0);
        j.max_age_ms = 2 * HOUR_MS;
        (void) fix_cell(lib, &j, NOW);
        CHECK_INT(stock_of(lib, &j, NOW + HOUR_MS).ready, 1);
        CHECK_INT(stock_of(lib, &j, NOW + 2 * HOUR_MS).ready, 0);
        j.max_age_ms = 0;
        (void) fix_cell(lib, &j, NOW);
        CHECK_INT(stock_of(lib, &j, NOW + 9000 * HOUR_MS).ready, 1);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE expires_ms IS NULL"), 1);
}

TEST(stock_of_a_cell) {
        _cleanup_(freep) char *dir = fix_dir("stock");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.kind = KIND_TEXT, .want = 4};
        int64_t run = fix_run(lib, NOW), job, attempt;

        CHECK_INT(stock_of(lib, &j, NOW).owed, 0); /* never seen */
        j.run = run;
        (void) fix_job(lib, &j, NOW);
        CHECK_INT(stock_of(lib, &j, NOW).owed, 4);
        job = fix_job(lib, &j, NOW);
        attempt = fix_begin(lib, job, run, 10, NOW);
        CHECK_INT(stock_of(lib, &j, NOW).owed, 8); /* planned and submitting */
        fix_end(lib, attempt, OUTCOME_UNKNOWN, JOB_UNKNOWN, 10, NOW);
        CHECK_INT(stock_of(lib, &j, NOW).owed, 8); /* may still come */
        free(fix_made(lib, fix_begin(lib, fix_job(lib, &j, NOW), run, 10, NOW), "x", 10, NOW));
        CHECK_INT(stock_of(lib, &j, NOW).owed, 8);
        CHECK_INT(stock_of(lib, &j, NOW).ready, 1);
        j.review = true;
        free(fix_made(lib, fix_begin(lib, fix_job(lib, &j, NOW), run, 10, NOW), "y", 10, NOW));
        CHECK_INT(stock_of(lib, &j, NOW).ready, 1);
        CHECK_INT(stock_of(lib, &j, NOW).pending, 1);
        CHECK_INT(stock_of(lib, &(FixJob){.format = "story"}, NOW).ready, 0);
}

static char *asset_of(Library *lib, const FixJob *j, int64_t now_ms) {
        _cleanup_(freep) char *key = fix_cell_key(j);
        AlAsset asset = {0};
        Err err = {0};
        char *id;
        int r = al_cell_asset(lib, "spring", key, now_ms, &asset, &err);

        CHECK_OK(r, &err);
        id = strdup(r == AL_OK ? asset.id : "none");
        al_asset_done(&asset);
        return id;
}

static void check_asset_of(Library *lib, const FixJob *j, int64_t now_ms, const char *want) {
        _cleanup_(freep) char *got = asset_of(lib, j, now_ms);

        CHECK_STR(got, want);
}

TEST(the_asset_others_refer_to) {
        _cleanup_(freep) char *dir = fix_dir("refer"), *old = NULL, *new = NULL;
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.max_age_ms = HOUR_MS};
        Err err = {0};

        check_asset_of(lib, &j, NOW, "none"); /* a cell never seen */
        old = fix_asset(lib, &j, "one", NOW);
        check_asset_of(lib, &j, NOW, old);
        new = fix_asset(lib, &j, "two", NOW + 1);
        check_asset_of(lib, &j, NOW + 1, new);
        raw_exec(dir, "UPDATE asset SET taken_until = 9e15 WHERE id = 2");
        check_asset_of(lib, &j, NOW + 1, old); /* untaken goes first */
        CHECK_OK(al_asset_set_status(lib, old, ASSET_RETIRED, "x", "ann", NOW + 2, &err), &err);
        check_asset_of(lib, &j, NOW + 1, new); /* better than none */
        check_asset_of(lib, &j, NOW + HOUR_MS, new);
        check_asset_of(lib, &j, NOW + HOUR_MS + 1, "none"); /* too old */
        raw_exec(dir, "UPDATE object SET lost_ms = 1");
        check_asset_of(lib, &j, NOW + 1, "none");
}

TEST(quarantine_until_something_was_made) {
        _cleanup_(freep) char *dir = fix_dir("quarantine");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.run = fix_run(lib, NOW)};
        int64_t attempt = fix_begin(lib, fix_job(lib, &j, NOW), j.run, 10, NOW);

        CHECK_STR(stock_of(lib, &j, NOW).quarantine_reason, "");
        fix_end(lib, attempt, OUTCOME_BLOCKED, JOB_BLOCKED, 0, NOW + 1);
        CHECK_STR(stock_of(lib, &j, NOW).quarantine_reason, "because");
        CHECK_STR(stock_of(lib, &j, NOW).quarantine_recipe_hash, HASH64);
        free(fix_asset(lib, &j, "x", NOW + 2));
        CHECK_STR(stock_of(lib, &j, NOW).quarantine_reason, "");
        attempt = fix_begin(lib, fix_job(lib, &j, NOW + 3), j.run, 10, NOW + 3);
        fix_end(lib, attempt, OUTCOME_BLOCKED, JOB_BLOCKED, 0, NOW + 4);
        CHECK_STR(stock_of(lib, &j, NOW).quarantine_reason, "because");
}

typedef struct Rows {
        AlStockRow items[8];
        size_t n;
} Rows;

static int keep_row(const AlStockRow *row, void *userdata) {
        Rows *rows = userdata;

        CHECK(rows->n < ARRAY_LEN(rows->items));
        rows->items[rows->n++] = *row;
        return 0;
}

static int stop_row(const AlStockRow *row, void *userdata) {
        (void) row;
        ++*(int *) userdata;
        return -EPIPE;
}

TEST(shelf_sums_current_cells) {
        _cleanup_(freep) char *dir = fix_dir("shelf");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Rows rows = {0};
        int calls = 0;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){.target = 1}, "a", NOW));
        free(fix_asset(lib, &(FixJob){.target = 1}, "b", NOW)); /* one more than asked for */
        (void) fix_cell(lib, &(FixJob){.format = "story", .target = 3}, NOW);
        (void) fix_cell(lib, &(FixJob){.brand = "zenith", .target = 2}, NOW);
        (void) fix_cell(lib, &(FixJob){.brand = "gone", .target = 9}, NOW - 5);
        (void) fix_cell(lib, &(FixJob){.recipe = "copy", .kind = KIND_TEXT, .target = 4}, NOW);
        CHECK_OK(al_cells_retire_unsynced(lib, NOW, &err), &err);

        CHECK_OK(al_stock(lib, NOW, keep_row, &rows, &err), &err);
        CHECK_INT(rows.n, 3);
        CHECK_STR(rows.items[0].brand, "acme");
        CHECK_INT(rows.items[0].kind, KIND_IMAGE);
        CHECK_INT(rows.items[0].cells, 2);
        CHECK_INT(rows.items[0].ready, 2);
        CHECK_INT(rows.items[0].target, 4);
        CHECK_INT(rows.items[0].short_by, 3); /* one cell's surplus fills no other */
        CHECK_INT(rows.items[1].kind, KIND_TEXT);
        CHECK_INT(rows.items[1].short_by, 4);
        CHECK_STR(rows.items[2].brand, "zenith");
        CHECK_STR(rows.items[2].hook, "urgency");
        CHECK_STR(rows.items[2].category, "lifestyle");

        CHECK_INT(al_stock(lib, NOW, stop_row, &calls, &err), -EPIPE);
        CHECK_INT(calls, 1);
}

TEST(runs) {
        _cleanup_(freep) char *dir = fix_dir("runs");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t one, two;
        AlRun run;
        Err err = {0};

        CHECK_INT(al_run_get(lib, 0, &run, &err), AL_NOT_FOUND);
        CHECK_OK(al_run_begin(lib, NOW, 5000000, &one, &err), &err);
        CHECK_INT(al_run_get(lib, one, &run, &err), AL_OK);
        CHECK_STR(run.result, "running");
        CHECK_INT(run.exit_code, -1);
        CHECK_INT(run.ended_ms, 0);
        CHECK_INT(run.budget, 5000000);
        CHECK_INT(run.pid, getpid());

        two = fix_run(lib, NOW + 1); /* so the first one died */
        CHECK_INT(al_run_get(lib, one, &run, &err), AL_OK);
        CHECK_STR(run.result, "died");
        (void) fix_job(lib, &(FixJob){.run = two}, NOW);
        CHECK_OK(al_run_end(lib, two, NOW + 9, "done", 3, 4, &err), &err);
        CHECK_INT(al_run_get(lib, 0, &run, &err), AL_OK);
        CHECK_INT(run.id, two);
        CHECK_INT(run.planned, 1);
        CHECK_INT(run.cells_short, 4);
        CHECK_INT(run.exit_code, 3);
        CHECK_INT(run.budget, -1);
        CHECK_INT(run.ended_ms, NOW + 9);
        CHECK_INT(al_run_end(lib, 77, NOW, "done", 0, 0, &err), AL_NOT_FOUND);
        CHECK_INT(al_run_get(lib, 77, &run, &err), AL_NOT_FOUND);
}

static int join_note(const char *kind, const char *subject, const char *text, void *userdata) {
        char *all = userdata;

        (void) snprintf(all + strlen(all), 100 - strlen(all), "%s/%s/%s;", kind, subject, text);
        return 0;
}

TEST(run_notes_in_order) {
        _cleanup_(freep) char *dir = fix_dir("notes");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t run = fix_run(lib, NOW), other;
        char all[100] = "";
        Err err = {0};

        CHECK_OK(al_run_note(lib, run, NOW, "recipe", "b", "left out", &err), &err);
        CHECK_OK(al_run_note(lib, run, NOW, "provider", "a", "no key", &err), &err);
        other = fix_run(lib, NOW);
        CHECK_OK(al_run_note(lib, other, NOW, "recipe", "c", "d", &err), &err);
        CHECK_OK(al_run_notes(lib, run, join_note, all, &err), &err);
        CHECK_STR(all, "recipe/b/left out;provider/a/no key;");
}

TEST(run_totals) {
        _cleanup_(freep) char *dir = fix_dir("totals");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.run = fix_run(lib, NOW)};
        int64_t planned = fix_job(lib, &j, NOW);
        AlRunTotals t;
        Err err = {0};

        free(fix_asset(lib, &j, "x", NOW));
        fix_end(lib, fix_begin(lib, fix_job(lib, &j, NOW), j.run, 30, NOW), OUTCOME_UNKNOWN,
                JOB_UNKNOWN, 30, NOW);
        fix_end(lib, fix_begin(lib, fix_job(lib, &j, NOW), j.run, 30, NOW), OUTCOME_BLOCKED,
                JOB_BLOCKED, 5, NOW);
        fix_end(lib, fix_begin(lib, fix_job(lib, &j, NOW), j.run, 30, NOW), OUTCOME_REJECTED,
                JOB_FAILED, 0, NOW);
        (void) fix_begin(lib, fix_job(lib, &j, NOW), j.run, 40, NOW);
        CHECK_INT(al_job_move(lib, planned, JOB_PLANNED, JOB_CANCELLED, NULL, NOW, &err), AL_OK);
        (void) fix_job(lib, &j, NOW);
        CHECK_OK(al_run_totals(lib, j.run, &t, &err), &err);
        CHECK_INT(t.jobs, 7);
        CHECK_INT(t.done, 1);
        CHECK_INT(t.blocked, 1);
        CHECK_INT(t.failed, 1);
        CHECK_INT(t.unknown, 1);
        CHECK_INT(t.cancelled, 1);
        CHECK_INT(t.calls, 1);
        CHECK_INT(t.waiting, 1);
        CHECK_INT(t.assets, 1);
        CHECK_INT(t.attempts, 5);
        CHECK_INT(t.spent, 100000 + 30 + 5);
        CHECK_INT(t.reserved, 40);
}
