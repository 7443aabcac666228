/* SPDX-License-Identifier: MIT */

#include "net/body.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "net/json_scan.h"
#include "support/fault.h"
#include "support/test.h"

static const char *const paths[] = {"candidates[].content.parts[].inlineData.data",
                                    "-candidates[].content.parts[].thoughtSignature", NULL};

#define BEFORE "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\""
#define AFTER "\"}}]}}]}"
#define FULL BEFORE "Zm9v" AFTER

static int dir_fd = -1;

static Body *body(BodyMode mode) {
        BodyOptions options = {.mode = mode, .payload_paths = paths, .spool_stem = "p"};
        Body *b = NULL;

        if (dir_fd < 0)
                dir_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(dir_fd >= 0);
        options.spool_dir_fd = dir_fd;
        CHECK_INT(body_new(&options, &b), 0);
        return b;
}

/* Feeds text cut at `cut` and in pieces of `piece`; from an exact heap copy, so that a read beyond
 * is seen. */
static StreamEnd feed(Body *b, const char *text, size_t n, size_t cut, size_t piece, Err *err) {
        for (size_t i = 0; i < n;) {
                size_t now = MIN_OF(piece, n - i);
                char *copy;
                StreamEnd end;

                if (i < cut && i + now > cut)
                        now = cut - i;
                copy = malloc(now);
                CHECK(copy);
                memcpy(copy, text + i, now);
                end = body_feed(b, copy, now, err);
                free(copy);
                if (end != STREAM_OK)
                        return end;
                i += now;
        }
        return body_finish(b, err);
}

static StreamEnd feed_all(Body *b, const char *text, Err *err) {
        return feed(b, text, strlen(text), 0, SIZE_MAX, err);
}

static void check_file(unsigned k, const void *want, size_t n) {
        char name[16], *data = NULL;
        size_t got;

        (void) snprintf(name, sizeof name, "p.%u", k);
        CHECK_INT(fs_read_file_at(dir_fd, name, 1 << 20, &data, &got), 0);
        CHECK_INT(got, n);
        CHECK(memcmp(data, want, n) == 0);
        free(data);
}

static void check_no_files(void) {
        CHECK_INT(faccessat(dir_fd, "p.0", F_OK, 0), -1);
        CHECK_INT(faccessat(dir_fd, "p.1", F_OK, 0), -1);
}

/* Feeds at every split and bytewise; the same must come out each time. */
static void check_parse(const char *text, const char *envelope, const char *first,
                        const char *second) {
        size_t n = strlen(text);

        for (size_t cut = 0; cut <= n + 1; cut++) {
                Body *b = body(BODY_JSON);
                size_t envelope_n, n_payloads;
                const ReplyPayload *payloads;
                Err err = {0};
                StreamEnd end = feed(b, text, n, cut, cut <= n ? SIZE_MAX : 1, &err);

                if (end != STREAM_OK)
                        test_fail(__FILE__, __LINE__, "%s: %s", text, err.text);
                CHECK_STR(body_envelope(b, &envelope_n, NULL), envelope);
                CHECK_INT(envelope_n, strlen(envelope));
                payloads = body_payloads(b, &n_payloads);
                CHECK_INT(n_payloads, !!first + !!second);
                if (first) {
                        Digest d;

                        check_file(0, first, strlen(first));
                        CHECK_INT(payloads[0].bytes, strlen(first));
                        digest_of(first, strlen(first), &d);
                        CHECK(digest_equal(&d, &payloads[0].digest));
                }
                if (second)
                        check_file(1, second, strlen(second));
                (void) body_free(b);
                check_no_files();
        }
}

TEST(payloads_are_picked_out) {
        check_parse(BEFORE "Zm9v" AFTER, BEFORE "payload:0" AFTER, "foo", NULL);
        check_parse(" [ { \"candidates\" : 1 } ] ", " [ { \"candidates\" : 1 } ] ", NULL, NULL);
        check_parse("{\"candidates\":[{},{\"x\":[[\"a\"]],\"content\":{\"parts\":[{\"text\":\"a\"},"
                    "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"Zm8=\"}},"
                    "{\"inlineData\":{\"data\":\"YmFy\"},\"thought\":true}]}}],\"u\":-1.5e+3}",
                    "{\"candidates\":[{},{\"x\":[[\"a\"]],\"content\":{\"parts\":[{\"text\":\"a\"},"
                    "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"payload:0\"}},"
                    "{\"inlineData\":{\"data\":\"payload:1\"},\"thought\":true}]}}],\"u\":-1.5e+3}",
                    "fo", "bar");
}

TEST(escapes_in_payloads_and_keys) {
        check_parse(BEFORE "\\/\\/8\\u003d" AFTER, BEFORE "payload:0" AFTER, "\xff\xff", NULL);
        check_parse("{\"c\\u0061ndidates\":[{\"content\":{\"parts\":[{\"inlineD\\u0061ta\":"
                    "{\"d\\u0061ta\":\"Zm9v\"}}]}}]}",
                    "{\"c\\u0061ndidates\":[{\"content\":{\"parts\":[{\"inlineD\\u0061ta\":"
                    "{\"d\\u0061ta\":\"payload:0\"}}]}}]}",
                    "foo", NULL);
        check_parse(BEFORE "" AFTER, BEFORE "payload:0" AFTER, "", NULL);
}

TEST(dropped_strings_go_nowhere) {
        check_parse("{\"candidates\":[{\"content\":{\"parts\":[{\"thoughtSignature\":"
                    "\"not base64 \\\" at \\\\ all\",\"inlineData\":{\"data\":\"Zm9v\"}}]}}]}",
                    "{\"candidates\":[{\"content\":{\"parts\":[{\"thoughtSignature\":"
                    "\"\",\"inlineData\":{\"data\":\"payload:0\"}}]}}]}",
                    "foo", NULL);
}

TEST(no_payload_elsewhere) {
        static const char *const texts[] = {
                "{\"data\":\"Zm9v\"}",
                "{\"candidates\":{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\"x\"}}]}}}",
                "{\"candidates\":[[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\"x\"}}]}}]]"
                "}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":[\"x\"]}}]}}]"
                "}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":[\"x\"]}]}}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":5}}]}}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"xdata\":\"x\"}}]}}]}",
                "{\"a\":\"\\\\\\\",\\\"candidates\\\":[{\"}",
                "{\"a\":\"{\\\"candidates\\\":[{\\\"content\\\":{\\\"parts\\\":[\"}",
                "\"top\"",
                "12",
                "",
                " \n",
                "[]",
                "{}",
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                check_parse(texts[i], texts[i], NULL, NULL);
}

TEST(what_is_no_json_is_kept_as_it_is) {
        static const char *const texts[] = {
                "<html><body>502 Bad Gateway</body></html>",
                "{\"error\": nonsense here}",
                "\xef\xbb\xbf{}",
                "{} trailing",
                "{\"a\":1,}",
                "[1,2",
                "{\"a",
                "[}",
                "{]",
                "{\"a\" 1}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"da\\xta\":\"x\"",
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                check_parse(texts[i], texts[i], NULL, NULL);
}

/* Whatever the split, the reply is refused, and no file is left. */
static void check_refused(const char *text, const char *why) {
        size_t n = strlen(text);

        for (size_t cut = 0; cut <= n + 1; cut++) {
                Body *b = body(BODY_JSON);
                Err err = {0};

                CHECK_INT(feed(b, text, n, cut, cut <= n ? SIZE_MAX : 1, &err), STREAM_UNUSABLE);
                CHECK_HAS(err.text, why);
                (void) body_free(b);
                check_no_files();
        }
}

TEST(unusable) {
        check_refused(BEFORE "Zm9" AFTER, "padding");
        check_refused(BEFORE "Zm9*" AFTER, "base64");
        check_refused(BEFORE "Zm 9v" AFTER, "base64");
        check_refused(BEFORE "Zg=" AFTER, "padding");
        check_refused(BEFORE "Zg==Zg==" AFTER, "base64");
        check_refused(BEFORE "Zm9v\\n" AFTER, "base64");
        check_refused(BEFORE "Zm9v\\u00e9" AFTER, "base64");
        check_refused(BEFORE "Zm9v\\u0000" AFTER, "base64");
        check_refused(BEFORE "Zm9v\\x" AFTER, "JSON");
        check_refused(BEFORE "Zm9v\\u00zz" AFTER, "JSON");
        check_refused(BEFORE "Zm9v", "ends before");
        check_refused(BEFORE "Zm9v\"}}]", "ends before");
        check_refused(BEFORE "Zm9v\"}}]]", "JSON is broken");
        check_refused(BEFORE "Zm9v" AFTER "x", "JSON is broken");
        check_refused(BEFORE "Zm9v\"\x7f", "JSON is broken");
}

/* "[[[ ... ]]]" */
static StreamEnd nest(Body *b, unsigned depth, Err *err) {
        char text[2 * JSON_SCAN_DEPTH_MAX + 4];

        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = 0;
        return feed_all(b, text, err);
}

TEST(depth) {
        Err err = {0};

        for (unsigned depth = JSON_SCAN_DEPTH_MAX - 1; depth <= JSON_SCAN_DEPTH_MAX + 1; depth++) {
                Body *b = body(BODY_JSON);

                CHECK_INT(nest(b, depth, &err), STREAM_OK); /* the last one as plain text */
                CHECK(!body_cut_short(b));
                (void) body_free(b);
        }
}

TEST(depth_beside_a_payload) {
        char text[512];
        Err err = {0};

        for (unsigned depth = JSON_SCAN_DEPTH_MAX - 1; depth <= JSON_SCAN_DEPTH_MAX; depth++) {
                Body *b = body(BODY_JSON);
                size_t n = strlen(BEFORE "Zm9v\"}}]}}],\"x\":");

                memcpy(text, BEFORE "Zm9v\"}}]}}],\"x\":", n);
                memset(text + n, '[', depth); /* within the outermost object */
                memset(text + n + depth, ']', depth);
                text[n + 2 * depth] = '}';
                CHECK_INT(feed(b, text, n + 2 * depth + 1, 0, SIZE_MAX, &err),
                          depth < JSON_SCAN_DEPTH_MAX ? STREAM_OK : STREAM_UNUSABLE);
                (void) body_free(b);
        }
}

TEST(envelope_at_its_limit) {
        _cleanup_(freep) char *text = malloc(REPLY_ENVELOPE_MAX + 2);
        Err err = {0};

        CHECK(text);
        memset(text, ' ', REPLY_ENVELOPE_MAX + 1);
        text[0] = '{';
        for (unsigned over = 0; over <= 1; over++) {
                Body *b = body(BODY_JSON);
                size_t n;

                text[REPLY_ENVELOPE_MAX - 1] = over ? ' ' : '}';
                text[REPLY_ENVELOPE_MAX] = '}';
                CHECK_INT(feed(b, text, REPLY_ENVELOPE_MAX + over, 0, 1000, &err),
                          over ? STREAM_UNUSABLE : STREAM_OK);
                (void) body_envelope(b, &n, NULL);
                CHECK(over || n == REPLY_ENVELOPE_MAX);
                (void) body_free(b);
        }
}

TEST(error_bodies_are_cut) {
        _cleanup_(freep) char *text = calloc(1, REPLY_ENVELOPE_MAX + 2);
        Err err = {0};

        CHECK(text);
        memset(text, 'e', REPLY_ENVELOPE_MAX + 1);
        for (unsigned over = 0; over <= 1; over++) {
                Body *b = body(BODY_CUT);
                bool cut;
                size_t n;

                CHECK_INT(feed(b, text, REPLY_ENVELOPE_MAX + over, 0, 999, &err), STREAM_OK);
                (void) body_envelope(b, &n, &cut);
                CHECK_INT(n, REPLY_ENVELOPE_MAX);
                CHECK_INT(cut, over);
                (void) body_free(b);
        }
}

TEST(number_of_payloads) {
        for (unsigned n = REPLY_PAYLOADS_MAX; n <= REPLY_PAYLOADS_MAX + 1; n++) {
                Body *b = body(BODY_JSON);
                Err err = {0};
                StreamEnd end = body_feed(b, "{\"candidates\":[", 15, &err);

                for (unsigned i = 0; end == STREAM_OK && i < n; i++) {
                        const char *one = "{\"content\":{\"parts\":[{\"inlineData\":{\"data\":"
                                          "\"Zm9v\"}}]}},";

                        end = body_feed(b, one, strlen(one), &err);
                }
                CHECK_INT(end, n > REPLY_PAYLOADS_MAX ? STREAM_UNUSABLE : STREAM_OK);
                (void) body_free(b);
                check_no_files();
        }
}

TEST(payload_at_its_limit) {
        _cleanup_(freep) char *block = malloc(64 * 1024);

        CHECK(block);
        memset(block, 'A', 64 * 1024);
        for (int64_t over = 0; over <= 1; over++) {
                Body *b = body(BODY_RAW);
                int64_t left = REPLY_PAYLOAD_MAX + over;
                Err err = {0};
                StreamEnd end = STREAM_OK;

                for (; end == STREAM_OK && left > 0; left -= 64 * 1024)
                        end = body_feed(b, block, (size_t) MIN_OF(left, (int64_t) 64 * 1024), &err);
                if (end == STREAM_OK)
                        end = body_finish(b, &err);
                CHECK_INT(end, over ? STREAM_UNUSABLE : STREAM_OK);
                if (over)
                        CHECK_HAS(err.text, "64 MiB");
                (void) body_free(b);
                check_no_files();
        }
}

TEST(raw) {
        Body *b = body(BODY_RAW);
        size_t n;
        Err err = {0};

        CHECK_INT(feed_all(b, "plain bytes", &err), STREAM_OK);
        CHECK_INT(body_payloads(b, &n)[0].bytes, 11);
        CHECK_INT(n, 1);
        check_file(0, "plain bytes", 11);
        (void) body_free(b);
        check_no_files();
        b = body(BODY_RAW);
        CHECK_INT(body_finish(b, &err), STREAM_OK);
        (void) body_payloads(b, &n);
        CHECK_INT(n, 0);
        (void) body_free(b);
}

TEST(kept_files_stay) {
        Body *b = body(BODY_JSON);
        struct stat st;
        Err err = {0};

        CHECK_INT(feed_all(b, BEFORE "Zm9v" AFTER, &err), STREAM_OK);
        body_keep(b);
        (void) body_free(b);
        check_file(0, "foo", 3);
        CHECK_INT(fstatat(dir_fd, "p.0", &st, AT_SYMLINK_NOFOLLOW), 0);
        CHECK_INT(st.st_mode & 07777 & ~0640, 0);
        CHECK_INT(unlinkat(dir_fd, "p.0", 0), 0);
}

TEST(stale_files_and_links_are_replaced) {
        _cleanup_(freep) char *victim = test_file("victim", "precious");
        _cleanup_(freep) char *data = NULL;
        Body *b;
        size_t n;
        Err err = {0};

        (void) body_free(body(BODY_JSON)); /* opens the directory */
        CHECK_INT(symlinkat(victim, dir_fd, "p.0"), 0);
        b = body(BODY_JSON);
        CHECK_INT(feed_all(b, BEFORE "Zm9v" AFTER, &err), STREAM_OK);
        check_file(0, "foo", 3);
        (void) body_free(b);
        CHECK_INT(fs_read_file(victim, 100, &data, &n), 0);
        CHECK_STR(data, "precious");
}

TEST(cut_short) {
        static const struct {
                const char *text;
                bool cut;
        } cases[] = {{"", false},      {" ", false},  {"{", true},   {"{}", false},   {"[1", true},
                     {"<html", false}, {"12", false}, {"\"a", true}, {"\"a\"", false}};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Body *b = body(BODY_JSON);
                Err err = {0};

                CHECK_INT(body_feed(b, cases[i].text, strlen(cases[i].text), &err), STREAM_OK);
                CHECK_INT(body_cut_short(b), cases[i].cut);
                (void) body_free(b);
        }
}

TEST(no_room_for_the_spool_file) {
        BodyOptions options = {.mode = BODY_JSON,
                               .payload_paths = paths,
                               .spool_dir_fd = dir_fd,
                               .spool_stem = "missing/p"};
        Body *b = NULL;
        Err err = {0};

        CHECK_INT(body_new(&options, &b), 0);
        CHECK_INT(feed_all(b, BEFORE "Zm9v" AFTER, &err), STREAM_STORAGE);
        CHECK_INT(err.code, -ENOENT);
        CHECK_HAS(err.text, "missing/p.0");
        (void) body_free(b);
}

/* The n-th allocation or write fails, for every n: an honest end, nothing left behind. */
TEST(every_failure) {
        static const char text[] = BEFORE "Zm9v" AFTER;
        unsigned n = 1;

        (void) body_free(body(BODY_JSON));
        for (;; n++) {
                BodyOptions options = {.mode = BODY_JSON,
                                       .payload_paths = paths,
                                       .spool_dir_fd = dir_fd,
                                       .spool_stem = "p"};
                Body *b = NULL;
                StreamEnd end = STREAM_OK;
                Err err = {0};
                int r;

                fault_arm(n, ENOMEM);
                r = body_new(&options, &b);
                if (r >= 0)
                        end = body_feed(b, text, sizeof text - 1, &err);
                if (r >= 0 && end == STREAM_OK)
                        end = body_finish(b, &err);
                if (!fault_disarm()) {
                        CHECK_INT(r, 0);
                        CHECK_INT(end, STREAM_OK);
                        (void) body_free(b);
                        break;
                }
                CHECK(r == -ENOMEM || end == STREAM_STORAGE);
                CHECK(r < 0 || err.code == -ENOMEM);
                (void) body_free(b);
                check_no_files();
        }
        CHECK(n > 8);
}

TEST(full_disk) {
        Body *b = body(BODY_JSON);
        Err err = {0};

        for (unsigned n = 1; n < 20; n++) {
                StreamEnd end;

                (void) body_free(b);
                b = body(BODY_JSON);
                fault_arm(n, ENOSPC);
                end = body_feed(b, FULL, strlen(FULL), &err);
                if (fault_disarm() && err.code == -ENOSPC) {
                        CHECK_INT(end, STREAM_STORAGE);
                        CHECK_HAS(err.text, "cannot write");
                        (void) body_free(b);
                        check_no_files();
                        return;
                }
        }
        test_fail(__FILE__, __LINE__, "no write failed");
}
