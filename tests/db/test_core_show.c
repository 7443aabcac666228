/* SPDX-License-Identifier: MIT */

/* One asset: finding it, everything about it, its status; and the facets. */

#include "base/strbuf.h"
#include "core_fixture.h"

TEST(found_by_id_and_by_prefix) {
        _cleanup_(freep) char *dir = fix_dir("find");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _unused_ _cleanup_(freep) char *one = fix_asset(lib, &(FixJob){0}, "1", NOW);
        _unused_ _cleanup_(freep) char *two = fix_asset(lib, &(FixJob){0}, "2", NOW);
        _cleanup_(strv_done) Strv candidates = {0};
        AlAsset a;
        Err err = {0};

        raw_exec(dir, "UPDATE asset SET uid = 'abcd0000000' || id");
        CHECK_INT(al_asset_find(lib, "abcd00000001", &a, NULL, &err), AL_OK);
        CHECK_STR(a.id, "abcd00000001");
        al_asset_done(&a);
        CHECK_INT(al_asset_find(lib, "ABCDooo0oooi", &a, NULL, &err), AL_OK); /* o is 0, i is 1 */
        al_asset_done(&a);
        CHECK_INT(al_asset_find(lib, "abcd", &a, &candidates, &err), AL_AMBIGUOUS);
        CHECK_INT(candidates.n, 2);
        CHECK_STR(candidates.items[1], "abcd00000002");
        CHECK_INT(al_asset_find(lib, "abcd", &a, NULL, &err), AL_AMBIGUOUS);
        raw_exec(dir, "UPDATE asset SET uid = 'abce00000000' WHERE id = 2");
        CHECK_INT(al_asset_find(lib, "abce", &a, NULL, &err), AL_OK);
        CHECK_INT(a.row, 2);
        al_asset_done(&a);
        CHECK_INT(al_asset_find(lib, "abc", &a, NULL, &err), AL_NOT_FOUND); /* too short */
        CHECK_INT(al_asset_find(lib, "", &a, NULL, &err), AL_NOT_FOUND);
        CHECK_INT(al_asset_find(lib, "zzzz", &a, NULL, &err), AL_NOT_FOUND);
        CHECK_INT(al_asset_find(lib, "abcd00000001x", &a, NULL, &err), AL_NOT_FOUND);
        CHECK_INT(al_asset_find(lib, "ab%d", &a, NULL, &err), AL_NOT_FOUND);
}

static Json *describe(Library *lib, const char *id) {
        AlAsset a;
        Json *j = NULL;
        Err err = {0};

        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        CHECK_OK(al_asset_describe(lib, &a, NOW, true, &j, &err), &err);
        al_asset_done(&a);
        return j;
}

static void has(const Json *j, const char *path, const char *want) {
        _cleanup_(freep) char *got = json_path(j, path) ? json_print(json_path(j, path)) : NULL;

        if (!got || !streq(got, want))
                test_fail(__FILE__, __LINE__, "%s: got %s, want %s", path, got ? got : "nothing",
                          want);
}

TEST(everything_about_an_asset) {
        _cleanup_(freep) char *dir = fix_dir("show");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.max_age_ms = HOUR_MS, .seed = 42};
        int64_t job = fix_job(lib, &j, NOW);
        _cleanup_(freep) char *id = NULL;
        _cleanup_(json_freep) Json *d = NULL;
        Err err = {0};

        fix_end(lib, fix_begin(lib, job, 1, 50000, NOW), OUTCOME_TRANSIENT, JOB_PLANNED, 0, NOW);
        id = fix_made(lib, fix_begin(lib, job, 1, 50000, NOW + 1000), "x", 33600, NOW + 2000);
        CHECK_INT(al_asset_set_status(lib, id, ASSET_RETIRED, "old logo", "ops", NOW + 3000, &err),
                  AL_OK);
        d = describe(lib, id);
        CHECK_STR(json_str(d, "id"), id);
        has(d, "kind", "\"image\"");
        has(d, "status", "\"retired\"");
        has(d, "status_reason", "\"old logo\"");
        has(d, "axes", "{\"brand\":\"acme\",\"hook\":\"urgency\",\"category\":\"lifestyle\"}");
        has(d, "tags", "{\"format\":\"square\"}");
        CHECK_HAS(json_str(json_get(d, "file"), "path"), "/objects/2d/2d711642b726b0");
        has(d, "file.sha256",
            "\"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\"");
        has(d, "file.bytes", "1");
        has(d, "file.media_type", "\"image/png\"");
        has(d, "file.width", "1080");
        has(d, "text", "null");
        has(d, "created", "\"2026-11-23T02:00:02Z\"");
        has(d, "expires", "\"2026-11-23T03:00:02Z\"");
        has(d, "uses", "0");
        has(d, "provenance.recipe", "\"spring\"");
        has(d, "provenance.recipe_hash", "\"" HASH64 "\"");
        has(d, "provenance.prompt", "\"a photo\"");
        has(d, "provenance.params", "{\"aspect_ratio\":\"1:1\"}");
        has(d, "provenance.references", "[]");
        has(d, "provenance.seed", "42");
        has(d, "provenance.provider", "\"studio\"");
        has(d, "provenance.driver", "\"local\"");
        has(d, "provenance.model", "\"local-1\"");
        has(d, "provenance.model_returned", "\"local-1.1\"");
        has(d, "provenance.price", "0.0336");
        has(d, "provenance.run", "1");
        CHECK_INT(json_length(json_path(d, "provenance.attempts")), 2);
        has(d, "provenance.attempts[0].outcome", "\"transient\"");
        has(d, "provenance.attempts[0].reason", "\"because\"");
        has(d, "provenance.attempts[1].number", "2");
        has(d, "provenance.attempts[1].billed", "0.0336");
        has(d, "history",
            "[{\"at\":\"2026-11-23T02:00:03Z\",\"who\":\"ops\",\"from\":\"ready\",\"to\":"
            "\"retired\","
            "\"reason\":\"old logo\"}]");
        CHECK(!json_get(d, "schema"));
}

TEST(an_asset_without_a_job) {
        _cleanup_(freep) char *dir = fix_dir("import");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){.tags = "{}"}, "x", NOW);
        _cleanup_(json_freep) Json *d = NULL;

        raw_exec(dir, "UPDATE asset SET job = NULL, cell = NULL, recipe = NULL");
        d = describe(lib, id);
        has(d, "provenance", "null");
        has(d, "history", "[]");
        has(d, "tags", "{}");
        has(d, "expires", "null");
}

TEST(status_changes) {
        _cleanup_(freep) char *dir = fix_dir("curate");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){.review = true}, "x", NOW);
        Err err = {0};

        CHECK_INT(al_asset_set_status(lib, id, ASSET_READY, NULL, "ann", NOW, &err), AL_OK);
        CHECK_INT(al_asset_set_status(lib, id, ASSET_READY, NULL, "bob", NOW, &err), AL_OK);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset_event"), 1);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE status = 'ready'"), 1);
        CHECK_INT(al_asset_set_status(lib, "zzzzzzzzzzzz", ASSET_READY, NULL, "ann", NOW, &err),
                  AL_NOT_FOUND);
        CHECK_INT(al_asset_set_status(lib, "?", ASSET_READY, NULL, "ann", NOW, &err), AL_NOT_FOUND);
        id[8] = 0; /* a prefix is for asking, not for changing */
        CHECK_INT(al_asset_set_status(lib, id, ASSET_RETIRED, NULL, "ann", NOW, &err),
                  AL_NOT_FOUND);
}

static int join_facet(const char *key, const char *value, int64_t count, void *userdata) {
        char *all = userdata;

        (void) snprintf(all + strlen(all), 200 - strlen(all), "%s=%s:%lld ", key, value,
                        (long long) count);
        return 0;
}

static void facet(Library *lib, const char *key, const char *want) {
        char all[200] = "";
        Err err = {0};

        CHECK_OK(al_facet(lib, key, NOW, join_facet, all, &err), &err);
        CHECK_STR(all, want);
}

TEST(facets_count_what_is_ready) {
        _cleanup_(freep) char *dir = fix_dir("facets");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "1", NOW));
        free(fix_asset(lib, &(FixJob){.brand = "zenith", .hook = "proof"}, "2", NOW));
        free(fix_asset(lib, &(FixJob){.format = "story", .recipe = "autumn"}, "3", NOW));
        free(fix_asset(lib, &(FixJob){.tags = "{\"season\":[\"spring\",\"all\"]}"}, "4", NOW));
        free(fix_asset(lib, &(FixJob){.brand = "late", .max_age_ms = 1}, "5", NOW - 5));
        free(fix_asset(lib, &(FixJob){.brand = "unseen", .review = true}, "6", NOW));
        (void) fix_cell(lib, &(FixJob){.brand = "planned"}, NOW);
        facet(lib, "brand", "brand=acme:3 brand=zenith:1 ");
        facet(lib, "hook", "hook=proof:1 hook=urgency:3 ");
        facet(lib, "category", "category=lifestyle:4 ");
        facet(lib, "recipe", "recipe=autumn:1 recipe=spring:3 ");
        facet(lib, "format", "format=square:2 format=story:1 ");
        facet(lib, "season", "season=all:1 season=spring:1 ");
        facet(lib, "tag", "format=square:2 format=story:1 season=all:1 season=spring:1 ");
        facet(lib, "nosuch", "");
        CHECK_INT(err.code, 0);
}
