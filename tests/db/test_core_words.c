/* SPDX-License-Identifier: MIT */

/* The words and edges of C against those of the database, both ways, and the state table itself. */

#include "base/strbuf.h"
#include "core_fixture.h"

typedef const char *(*WordFn)(int i);

static const char *state_word(int i) {
        return job_state_word((JobState) i);
}
static const char *attempt_word(int i) {
        return outcome_word((Outcome) i);
}
static const char *status_word(int i) {
        return asset_status_word((AssetStatus) i);
}
static const char *kind_word(int i) {
        return asset_kind_word((AssetKind) i);
}

static void same_words(const char *dir, const char *table, int n, WordFn word) {
        _cleanup_(freep) char *count = str_printf("SELECT count(*) FROM %s", table);

        CHECK_INT(raw_int(dir, count), n);
        for (int i = 0; i < n; i++) {
                _cleanup_(freep) char *sql =
                        str_printf("SELECT count(*) FROM %s WHERE word = '%s'", table, word(i));

                CHECK_INT(raw_int(dir, sql), 1);
        }
}

static bool has_way_out(int from) {
        for (int to = 0; to < _JOB_STATE_MAX; to++)
                if (job_state_may((JobState) from, (JobState) to))
                        return true;
        return false;
}

TEST(words_of_the_database) {
        _cleanup_(freep) char *dir = fix_dir("words");

        (void) al_close(fix_open(dir));
        same_words(dir, "job_state", _JOB_STATE_MAX, state_word);
        same_words(dir, "attempt_outcome", _OUTCOME_MAX, attempt_word);
        same_words(dir, "asset_status", _ASSET_STATUS_MAX, status_word);
        same_words(dir, "asset_kind", _KIND_MAX, kind_word);
        for (int i = 0; i < _JOB_STATE_MAX; i++) {
                _cleanup_(freep) char *sql = str_printf(
                        "SELECT terminal FROM job_state WHERE word = '%s'", state_word(i));

                CHECK_INT(raw_int(dir, sql), !has_way_out(i));
        }
}

TEST(words_there_and_back) {
        for (int i = 0; i < _JOB_STATE_MAX; i++)
                CHECK_INT(job_state_from_word(job_state_word((JobState) i)), i);
        for (int i = 0; i < _OUTCOME_MAX; i++)
                CHECK_INT(outcome_from_word(outcome_word((Outcome) i)), i);
        for (int i = 0; i < _ASSET_STATUS_MAX; i++)
                CHECK_INT(asset_status_from_word(asset_status_word((AssetStatus) i)), i);
        for (int i = 0; i < _KIND_MAX; i++)
                CHECK_INT(asset_kind_from_word(asset_kind_word((AssetKind) i)), i);
        CHECK_INT(job_state_from_word("plannd"), _JOB_STATE_INVALID);
        CHECK_INT(job_state_from_word(NULL), _JOB_STATE_INVALID);
        CHECK_INT(outcome_from_word(""), _OUTCOME_INVALID);
        CHECK_INT(asset_status_from_word("Ready"), _ASSET_STATUS_INVALID);
        CHECK_INT(asset_kind_from_word("audio"), _KIND_INVALID);
        for (int i = 0; i < _AL_DAMAGE_MAX; i++)
                CHECK(al_damage_word((AlDamage) i)[0]);
}

/* Written out once more, by hand: a row is `from`, a letter is an allowed `to`, in enum order. */
TEST(edges) {
        static const char *const edges[_JOB_STATE_MAX] = {
                [JOB_PLANNED] = ".S...F.C", [JOB_SUBMITTING] = "P.RDBFU.",
                [JOB_RUNNING] = "P..DBFU.", [JOB_DONE] = "........",
                [JOB_BLOCKED] = "P.......", [JOB_FAILED] = "P.......",
                [JOB_UNKNOWN] = "P....F..", [JOB_CANCELLED] = "........",
        };

        for (int from = 0; from < _JOB_STATE_MAX; from++)
                for (int to = 0; to < _JOB_STATE_MAX; to++)
                        CHECK_INT(job_state_may((JobState) from, (JobState) to),
                                  edges[from][to] != '.');
}

/* From every state one without a way out is reached. */
TEST(every_job_can_end) {
        for (int s = 0; s < _JOB_STATE_MAX; s++) {
                unsigned reached = 1u << s, before = 0;
                bool ends = false;

                while (reached != before) {
                        before = reached;
                        for (int from = 0; from < _JOB_STATE_MAX; from++)
                                for (int to = 0; to < _JOB_STATE_MAX; to++)
                                        if (reached & 1u << from &&
                                            job_state_may((JobState) from, (JobState) to))
                                                reached |= 1u << to;
                }
                for (int t = 0; t < _JOB_STATE_MAX; t++)
                        ends = ends || (reached & 1u << t && !has_way_out(t));
                CHECK(ends);
        }
}
