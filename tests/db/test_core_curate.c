/* SPDX-License-Identifier: MIT */

/* Curation of many: all or none, back to what was before, approvals of bytes; tags; the log. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"

static int count_changes(const char *id, AssetStatus from, AssetStatus to, void *userdata) {
        CHECK(id[0] && from != to);
        ++*(int *) userdata;
        return 0;
}

static int curate(Library *lib, const Strv *ids, AlCurate what, int *changes, Err *err) {
        *changes = 0;
        return al_curate(lib, ids, what, "because", "anna", NOW, count_changes, changes, err);
}

static AssetStatus status_of(const char *dir, int row) {
        char sql[64];
        _cleanup_(freep) char *word = NULL;

        (void) snprintf(sql, sizeof sql, "SELECT status FROM asset WHERE id = %d", row);
        word = raw_text(dir, sql);
        return asset_status_from_word(word);
}

TEST(restored_to_what_it_was) {
        _cleanup_(freep) char *dir = fix_dir("restore");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};
        Err err = {0};
        int n;

        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){0}, "1", NOW)) == 0);
        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){.review = true}, "2", NOW)) == 0);
        CHECK_INT(curate(lib, &ids, AL_CURATE_RETIRE, &n, &err), 0);
        CHECK_INT(n, 2);
        CHECK_INT(curate(lib, &ids, AL_CURATE_REJECT, &n, &err), 0);
        CHECK_INT(n, 2);
        CHECK_INT(curate(lib, &ids, AL_CURATE_RESTORE, &n, &err), 0);
        CHECK_INT(n, 2);
        CHECK_INT(status_of(dir, 1), ASSET_READY);
        CHECK_INT(status_of(dir, 2), ASSET_PENDING);
        CHECK_INT(curate(lib, &ids, AL_CURATE_RESTORE, &n, &err), 0);
        CHECK_INT(n, 0); /* nothing to bring back */
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset_event"), 6);
}

TEST(all_or_none) {
        _cleanup_(freep) char *dir = fix_dir("all");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};
        const AlTagChange add = {.key = "mood", .value = "calm"};
        int64_t changed = 0;
        Err err = {0};
        int n;

        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){0}, "1", NOW)) == 0);
        CHECK(strv_add(&ids, "zzzzzzzzzzzz") == 0);
        CHECK_INT(curate(lib, &ids, AL_CURATE_RETIRE, &n, &err), AL_NOT_FOUND);
        CHECK_HAS(err.text, "no asset 'zzzzzzzzzzzz'");
        CHECK_INT(status_of(dir, 1), ASSET_READY);
        CHECK_INT(al_tag(lib, &ids, &add, 1, "anna", NOW, NULL, NULL, &changed, &err), -ENOENT);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM tag_event"), 0);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset_tag"), 1);
}

TEST(nobody_approves_bytes_that_are_not_there) {
        _cleanup_(freep) char *dir = fix_dir("approve");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};
        _cleanup_(al_asset_done) AlAsset a = {0};
        _cleanup_(json_freep) Json *before = NULL, *after = NULL;
        AlFileState state;
        Err err = {0};
        int n;

        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){.review = true}, "good", NOW)) == 0);
        CHECK_INT(al_asset_find(lib, ids.items[0], &a, NULL, &err), AL_OK);
        CHECK_INT(curate(lib, &ids, AL_CURATE_APPROVE, &n, &err), 0);
        CHECK_OK(al_asset_describe(lib, &a, NOW, true, &before, &err), &err);
        CHECK_STR(json_text(json_path(before, "approval.state")), "valid");
        CHECK_STR(json_text(json_path(before, "approval.who")), "anna");
        CHECK(chmod(a.path, 0600) == 0);
        CHECK_INT(fs_write_file_durable(AT_FDCWD, a.path, "evil", 4, 0440), 0);
        CHECK_OK(al_asset_check(lib, &a, &state, &err), &err);
        CHECK_INT(state, AL_FILE_CHANGED);
        CHECK_OK(al_asset_describe(lib, &a, NOW, true, &after, &err), &err);
        CHECK_STR(json_str(after, "file_state"), "changed");
        CHECK_HAS(json_text(json_path(after, "approval.state")), "void");
        CHECK_INT(curate(lib, &ids, AL_CURATE_RETIRE, &n, &err), 0);
        CHECK_INT(curate(lib, &ids, AL_CURATE_RESTORE, &n, &err), -EUCLEAN);
        CHECK_INT(curate(lib, &ids, AL_CURATE_APPROVE, &n, &err), -EUCLEAN);
        CHECK_HAS(err.text, "its file is changed");
        CHECK_INT(status_of(dir, 1), ASSET_RETIRED);
        CHECK(unlink(a.path) == 0);
        CHECK_OK(al_asset_check(lib, &a, &state, &err), &err);
        CHECK_INT(state, AL_FILE_MISSING);
        CHECK(symlink("/etc/passwd", a.path) == 0);
        CHECK_OK(al_asset_check(lib, &a, &state, &err), &err);
        CHECK_INT(state, AL_FILE_CHANGED);
}

/* The approval is of what the row said then, whatever somebody makes of the row later. */
TEST(an_approval_of_another_object_is_void) {
        _cleanup_(freep) char *dir = fix_dir("swap");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};
        _cleanup_(al_asset_done) AlAsset a = {0};
        _cleanup_(json_freep) Json *j = NULL;
        Err err = {0};
        int n;

        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){.review = true}, "good", NOW)) == 0);
        free(fix_asset(lib, &(FixJob){0}, "other", NOW));
        CHECK_INT(curate(lib, &ids, AL_CURATE_APPROVE, &n, &err), 0);
        raw_exec(dir, "UPDATE asset SET object = 2 WHERE id = 1");
        CHECK_INT(al_asset_find(lib, ids.items[0], &a, NULL, &err), AL_OK);
        CHECK_OK(al_asset_describe(lib, &a, NOW, true, &j, &err), &err);
        CHECK_STR(json_str(j, "file_state"), "whole");
        CHECK_HAS(json_text(json_path(j, "approval.state")), "void");
}

TEST(tags_go_and_come) {
        _cleanup_(freep) char *dir = fix_dir("tags");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};
        const AlTagChange changes[] = {{.key = "format", .value = "story"},
                                       {.key = "mood", .value = "calm"},
                                       {.key = "format", .remove = true}};
        _cleanup_(freep) char *text = NULL;
        int64_t changed = 0;
        Err err = {0};

        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){0}, "1", NOW)) == 0);
        CHECK_OK(al_tag(lib, &ids, changes, 3, "anna", NOW, NULL, NULL, &changed, &err), &err);
        CHECK_INT(changed, 1);
        text = raw_text(dir, "SELECT change FROM tag_event");
        CHECK_STR(text, "-format +format=story +mood=calm");
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset_tag"), 2);
        CHECK_OK(al_tag(lib, &ids, changes + 1, 1, "anna", NOW, NULL, NULL, &changed, &err), &err);
        CHECK_INT(changed, 0); /* it had that */
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM tag_event"), 1);
        CHECK(al_tag_is_reserved("brand") && al_tag_is_reserved("status"));
        CHECK(!al_tag_is_reserved("season"));
        CHECK(al_tag_value_is_valid("Frühling, 50 %"));
        CHECK(!al_tag_value_is_valid("") && !al_tag_value_is_valid("a\nb") &&
              !al_tag_value_is_valid("\xff"));
}

static int join(const AlEvent *e, void *userdata) {
        return strbuf_printf(userdata, "%s:%s ", e->event, e->detail);
}

TEST(the_log_is_newest_first) {
        _cleanup_(freep) char *dir = fix_dir("log");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};
        _cleanup_(strbuf_done) StrBuf all = STRBUF_INIT(4096), one = STRBUF_INIT(4096),
                                      newest = STRBUF_INIT(4096), mine = STRBUF_INIT(4096);
        const AlTagChange add = {.key = "mood", .value = "calm"};
        const AlQuery q = {.now_ms = NOW};
        const AlTakeSpec spec = {.query = &q, .campaign = "spring", .who = "bob", .n = 1};
        _cleanup_(al_take_done) AlTake t = {0};
        int64_t changed;
        Err err = {0};

        CHECK(strv_take(&ids, fix_asset(lib, &(FixJob){0}, "1", NOW)) == 0);
        CHECK_INT(al_take(lib, &spec, NOW, &t, &err), AL_OK);
        CHECK_OK(al_tag(lib, &ids, &add, 1, "anna", NOW + 1, NULL, NULL, &changed, &err), &err);
        CHECK_OK(al_release(lib, ids.items[0], NULL, "bob", NOW + 2, NULL, &err), &err);
        CHECK_INT(al_asset_set_status(lib, ids.items[0], ASSET_RETIRED, "x", "me", NOW + 3, &err),
                  AL_OK);
        CHECK_OK(al_log(lib, NULL, NULL, 50, join, &all, &err), &err);
        CHECK_STR(strbuf_text(&all),
                  "status:ready -> retired release:spring tag:+mood=calm take:spring ");
        CHECK_OK(al_log(lib, ids.items[0], NULL, 50, join, &one, &err), &err);
        CHECK_STR(strbuf_text(&one), strbuf_text(&all));
        CHECK_OK(al_log(lib, NULL, NULL, 2, join, &newest, &err), &err);
        CHECK_STR(strbuf_text(&newest), "status:ready -> retired release:spring ");
        CHECK_OK(al_log(lib, NULL, "spring", 50, join, &mine, &err), &err);
        CHECK_STR(strbuf_text(&mine), "release:spring take:spring ");
        CHECK_INT(al_log(lib, "zzzzzzzzzzzz", NULL, 5, join, &mine, &err), AL_NOT_FOUND);
}
