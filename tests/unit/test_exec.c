/* SPDX-License-Identifier: MIT */

/* A command as a provider: the job it reads, and what its end means. */

#include "unit/driver_case.h"

static const char *const argv[] = {"/bin/true", NULL};
static const ExecSpec command = {.argv = argv, .memory_bytes = 1 << 28, .output_bytes = 1 << 26};
static const ProviderSpec spec = {.exec = &command};

static DriverCase exec_case(AssetKind kind) {
        DriverCase c = driver_case("exec", kind, "mine");

        c.job.spec = &spec;
        return c;
}

/* What the engine makes of an end; said goes in as JSON. */
static void ran(DriverCase *c, int code, const char *said, const char *complained) {
        _cleanup_(json_freep) Json *envelope = json_new_object();
        _cleanup_(freep) char *text = NULL;
        Json *files;

        CHECK(json_add_int(envelope, "exit", code) >= 0);
        CHECK(json_add_str(envelope, "said", said) >= 0);
        CHECK(json_add_str(envelope, "complained", complained) >= 0);
        files = json_add_array(envelope, "files");
        CHECK(json_push(files, json_new_string("a.png")) >= 0);
        CHECK(json_push(files, json_new_string("b.png")) >= 0);
        text = json_print(envelope);
        CHECK(text);
        case_reply(c, 0, text);
}

TEST(the_job_is_json) {
        DriverCase c = exec_case(KIND_IMAGE);
        _cleanup_(json_freep) Json *input = NULL;
        int64_t n;

        CHECK(json_add_str(c.params, "style", "bold") >= 0);
        case_reference(&c, "/a.png");
        case_set_job(&c);
        CHECK_OK(c.driver->build(&c.job, &c.call, &c.err), &c.err);
        CHECK_INT(c.call.type, CALL_RUN);
        CHECK(c.call.run.spec == &command);
        CHECK_OK(json_parse(c.call.run.input, strlen(c.call.run.input), &input, &c.err), &c.err);
        CHECK(json_int(input, "schema", &n) && n == 1);
        CHECK_STR(json_str(input, "kind"), "image");
        CHECK_STR(json_str(input, "model"), "mine");
        CHECK_STR(json_str(input, "prompt"), "a \"red\" bicycle");
        CHECK_STR(json_text(json_path(input, "params.style")), "bold");
        CHECK_STR(json_text(json_path(input, "references[0]")), "/a.png");
        CHECK(json_int(input, "want", &n) && n == 1);
        CHECK(json_int(input, "seed", &n) && n == (INT64_C(0x7654321089abcdef) & 0x1fffffffffffff));
        CHECK_INT(json_length(input), 9);
        case_done(&c);
}

TEST(what_cannot_be_run) {
        DriverCase c = exec_case(KIND_TEXT);

        c.job.want = 51;
        case_refuses(&c, "51 variants");
        c.job.want = 1;
        case_reference(&c, "/a.txt");
        case_refuses(&c, "is no picture");
        c.job.spec = NULL;
        case_refuses(&c, "add 'exec'");
        case_done(&c);
}

TEST(files_are_the_result) {
        DriverCase c = exec_case(KIND_IMAGE);

        ran(&c, 0, "", "");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 1); /* no more than wanted */
        CHECK_INT(c.result.items[0].payload, 0);
        CHECK_INT(c.result.images, 1);
        CHECK(c.result.billed && c.result.usd < 0);
        ran(&c, 0,
            "{\"files\":[\"b.png\"],\"usd\":0.07,\"model\":\"m-2\",\"request_id\":\"r-1\","
            "\"usage\":{\"steps\":20},\"seconds\":2.5,\"credits\":3,\"input_tokens\":4}",
            "");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.items[0].payload, 1);
        CHECK(c.result.usd == 0.07 && c.result.seconds == 2.5 && c.result.credits == 3);
        CHECK_INT(c.result.input_tokens, 4);
        CHECK_STR(c.result.model_returned, "m-2");
        CHECK_STR(c.result.request_id, "r-1");
        CHECK_STR(c.result.usage, "{\"steps\":20}");
        ran(&c, 0, "{\"usd\":0}", "");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK(!c.result.billed && c.result.usd == 0);
        c.job.want = 2;
        ran(&c, 0, "{\"files\":[\"b.png\",\"a.png\"]}", "");
        CHECK_INT(c.result.n_items, 2);
        CHECK_INT(c.result.items[1].payload, 0);
        case_done(&c);
}

TEST(copy_is_what_it_says) {
        DriverCase c = exec_case(KIND_TEXT);

        ran(&c, 0, "{\"variants\":[\"one\",\" two \",\"one\"],\"usd\":0.01}", "");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 2);
        CHECK_STR(c.result.items[1].text, "two");
        ran(&c, 0, "[\"one\"]", "");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        ran(&c, 0, "", "");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK(!c.result.retryable && c.result.billed);
        case_done(&c);
}

typedef struct EndRow {
        int code;
        const char *said, *complained;
        Outcome outcome;
        const char *word;
        bool retryable, billed;
        const char *reason;
} EndRow;

TEST(every_end_has_its_outcome) {
        static const EndRow rows[] = {
                {1, "", "one\nno such model\n", OUTCOME_BROKEN, "EXIT_1", false, true,
                 "the command ended with 1: no such model"},
                {127, "", "", OUTCOME_BROKEN, "EXIT_127", false, true, "it did not say why"},
                {64, "", "usage", OUTCOME_REJECTED, "EXIT_64", false, false, "usage"},
                {65, "", "", OUTCOME_REJECTED, "EXIT_65", false, false, NULL},
                {69, "", "", OUTCOME_TRANSIENT, "EXIT_69", true, false, NULL},
                {75, "", "busy", OUTCOME_TRANSIENT, "EXIT_75", true, false, "busy"},
                {77, "", "", OUTCOME_CREDENTIALS, "EXIT_77", false, false, NULL},
                {78, "", "", OUTCOME_CREDENTIALS, "EXIT_78", false, false, NULL},
                {1, "{\"usd\":0}", "", OUTCOME_BROKEN, "EXIT_1", false, false, NULL},
                {75, "{\"usd\":0.01}", "", OUTCOME_TRANSIENT, "EXIT_75", true, true, NULL},
                {0, "{\"outcome\":\"blocked\",\"code\":\"NSFW\",\"reason\":\"no\"}", "",
                 OUTCOME_BLOCKED, "NSFW", false, false, "no"},
                {3, "{\"outcome\":\"rejected\"}", "x", OUTCOME_REJECTED, "EXIT_3", false, false,
                 "x"},
                {1, "{\"outcome\":\"funds\"}", "", OUTCOME_FUNDS, "EXIT_1", false, false, NULL},
                {1, "{\"outcome\":\"unknown\"}", "", OUTCOME_UNKNOWN, "EXIT_1", false, true, NULL},
                {1, "{\"outcome\":\"broken\"}", "", OUTCOME_BROKEN, "EXIT_1", false, true, NULL},
                {1, "{\"outcome\":\"made\"}", "", OUTCOME_BROKEN, "EXIT_1", false, true, NULL},
                {0, "{\"outcome\":\"open\"}", "", OUTCOME_BROKEN, "BAD_JSON", false, true, NULL},
                {0, "{\"outcome\":\"fine\"}", "", OUTCOME_BROKEN, "BAD_JSON", false, true,
                 "an outcome that is none"},
                {0, "{\"outcome\":7}", "", OUTCOME_BROKEN, "BAD_JSON", false, true, NULL},
                {0, "done!", "", OUTCOME_BROKEN, "BAD_JSON", false, true, "no JSON object"},
                {0, "[\"a.png\"]", "", OUTCOME_BROKEN, "BAD_JSON", false, true, NULL},
                {0, "{\"files\":[\"c.png\"]}", "", OUTCOME_BROKEN, "NO_FILE", false, true, "c.png"},
                {0, "{\"files\":[]}", "", OUTCOME_BROKEN, "NO_FILE", false, true, "left no file"},
                {0, "{\"files\":[7]}", "", OUTCOME_BROKEN, "NO_FILE", false, true, NULL},
                {0, "{\"files\":[\"c.png\"],\"usd\":0}", "", OUTCOME_BROKEN, "NO_FILE", false,
                 false, NULL},
        };
        DriverCase c = exec_case(KIND_IMAGE);

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                const EndRow *e = &rows[i];

                ran(&c, e->code, e->said, e->complained);
                case_check_row(&c,
                               &(ReplyRow){e->code, e->said, e->outcome, e->word, e->retryable,
                                           e->billed, e->reason},
                               i);
        }
        case_done(&c);
}

TEST(a_quota_says_when) {
        DriverCase c = exec_case(KIND_IMAGE);

        ran(&c, 1, "{\"outcome\":\"throttled\",\"retry_after\":2.5}", "");
        CHECK_INT(c.result.outcome, OUTCOME_THROTTLED);
        CHECK_INT(c.result.throttle, THROTTLE_MINUTE);
        CHECK_INT(c.result.retry_after_ms, 2500);
        ran(&c, 1, "{\"outcome\":\"throttled\",\"quota\":\"day\",\"retry_after\":-1}", "");
        CHECK_INT(c.result.throttle, THROTTLE_DAY);
        CHECK_INT(c.result.retry_after_ms, -1);
        case_done(&c);
}

TEST(a_torn_envelope_is_broken) {
        static const char *const texts[] = {"",
                                            "{",
                                            "[]",
                                            "{\"exit\":0}",
                                            "{\"said\":\"\"}",
                                            "{\"said\":\"\",\"exit\":-1}",
                                            "{\"said\":\"\",\"exit\":256}",
                                            "{\"said\":7,\"exit\":0}"};
        DriverCase c = exec_case(KIND_IMAGE);

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                case_reply(&c, 0, texts[i]);
                CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
                CHECK_STR(c.result.code, "TORN");
        }
        case_reply(&c, 0, "{\"exit\":0,\"said\":\"\",\"files\":[\"a.png\"]}");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        case_done(&c);
}
