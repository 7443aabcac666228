/* SPDX-License-Identifier: MIT */

#include "base/json.h"
#include "base/strbuf.h"
#include "support/test.h"

static Json *parsed(const char *text) {
        Json *j = NULL;
        Err err = {0};

        CHECK_OK(json_parse(text, strlen(text), &j, &err), &err);
        return j;
}

static int refusal(const char *text, size_t n) {
        Json *j = NULL;
        Err err = {0};
        int r = json_parse(text, n, &j, &err);

        CHECK(!j);
        CHECK(r < 0);
        CHECK_INT(err.code, r);
        return r;
}

TEST(parse_takes_exactly_one_value) {
        _cleanup_(json_freep) Json *j = parsed(" {\"a\": [1, 2.5, \"x\", null, true]} \r\n\t");

        CHECK(json_is_object(j));
        CHECK_INT(json_length(j), 1);
        CHECK_INT(json_length(json_get(j, "a")), 5);
        for (const char *const *s =
                     (const char *const[]){"", " ", "{", "{}x", "{} {}", "[1,]", "{'a':1}", "nul",
                                           "\"\x01", "[1", "\"\\ud800\"", "\"\\u00\x7fx\"",
                                           "\"\\u12\"", "\"\\", "\"\\u", NULL};
             *s; s++)
                CHECK_INT(refusal(*s, strlen(*s)), -EBADMSG);
        CHECK_INT(refusal(NULL, 0), -EBADMSG);
        CHECK_INT(refusal("[]\0", 3), -EBADMSG);
        CHECK_INT(refusal("\"\xff\"", 3), -EBADMSG);
}

TEST(parse_does_not_read_beyond_n) {
        _cleanup_(freep) char *exact = strndup("[1]", 3);
        _cleanup_(json_freep) Json *j = NULL;
        char *heap = malloc(3);

        CHECK(heap && exact);
        /* No NUL follows: the sanitizer watches. */
        memcpy(heap, (const char[]){'[', '1', '2'}, 3);
        CHECK_INT(json_parse(heap, 3, &j, NULL), -EBADMSG);
        heap[2] = ']';
        CHECK_INT(json_parse(heap, 3, &j, NULL), 0);
        free(heap);
}

TEST(parse_has_limits) {
        enum { DEEP = 64 };
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(json_freep) Json *j = NULL;
        char *huge;

        for (int i = 0; i < DEEP; i++)
                (void) strbuf_putc(&b, '[');
        for (int i = 0; i < DEEP; i++)
                (void) strbuf_putc(&b, ']');
        CHECK_INT(json_parse(b.data, b.len, &j, NULL), 0);
        strbuf_clear(&b);
        for (int i = 0; i <= DEEP; i++)
                (void) strbuf_puts(&b, "{\"a\":");
        CHECK_INT(refusal(b.data, b.len), -E2BIG);
        strbuf_clear(&b);
        /* Brackets inside strings are only text. */
        (void) strbuf_puts(&b, "[\"\\\"");
        for (int i = 0; i < 10 * DEEP; i++)
                (void) strbuf_putc(&b, '[');
        (void) strbuf_puts(&b, "\"]");
        j = json_free(j);
        CHECK_INT(json_parse(b.data, b.len, &j, NULL), 0);
        huge = malloc(JSON_TEXT_MAX + 1);
        CHECK(huge);
        memset(huge, ' ', JSON_TEXT_MAX + 1);
        huge[0] = '1';
        CHECK_INT(refusal(huge, JSON_TEXT_MAX + 1), -E2BIG);
        j = json_free(j);
        CHECK_INT(json_parse(huge, JSON_TEXT_MAX, &j, NULL), 0);
        free(huge);
}

TEST(reading_never_trusts_the_type) {
        _cleanup_(json_freep) Json *j =
                parsed("{\"s\":\"x\",\"n\":1.5,\"i\":7,\"t\":true,\"a\":[1],\"S\":\"y\"}");
        int64_t i = 4711;
        double d = 0;
        bool t = false;

        CHECK_STR(json_str(j, "s"), "x");
        CHECK_STR(json_str(j, "S"), "y");
        CHECK(!json_str(j, "n"));
        CHECK(!json_str(j, "missing"));
        CHECK(!json_str(json_get(j, "a"), "s"));
        CHECK(!json_str(NULL, "s"));
        CHECK(!json_int(j, "n", &i));
        CHECK(!json_int(j, "s", &i));
        CHECK_INT(i, 4711);
        CHECK(json_int(j, "i", &i));
        CHECK_INT(i, 7);
        CHECK(json_number(j, "n", &d));
        CHECK(d > 1.4 && d < 1.6);
        CHECK(!json_number(j, "s", &d));
        CHECK(json_bool(j, "t", &t));
        CHECK(t);
        CHECK(!json_bool(j, "i", &t));
        CHECK(!json_at(j, 0));
        CHECK(!json_at(json_get(j, "a"), 1));
        CHECK(json_at(json_get(j, "a"), 0));
        CHECK_INT(json_length(json_get(j, "s")), 0);
        CHECK_INT(json_length(NULL), 0);
        CHECK(!json_first(NULL));
        CHECK(!json_next(NULL));
        CHECK(!json_key(NULL));
        CHECK(!json_is_string(NULL));
        CHECK(!json_is_array(j));
}

TEST(iteration) {
        _cleanup_(json_freep) Json *j = parsed("{\"a\":1,\"b\":2}");
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(100);

        for (const Json *c = json_first(j); c; c = json_next(c))
                (void) strbuf_puts(&b, json_key(c));
        CHECK_STR(strbuf_text(&b), "ab");
}

TEST(integers_are_exact_or_refused) {
        _cleanup_(json_freep) Json *j =
                parsed("{\"a\":9007199254740992,\"b\":9007199254740994,\"c\":1e300,"
                       "\"d\":\"9223372036854775807\",\"e\":\"1x\",\"f\":-3}");
        int64_t v = 0;

        CHECK(json_int(j, "a", &v));
        CHECK_INT(v, INT64_C(9007199254740992));
        CHECK(json_int(j, "b", &v)); /* not rounded */
        CHECK_INT(v, INT64_C(9007199254740994));
        CHECK(!json_int(j, "c", &v));
        CHECK(json_int(j, "d", &v));
        CHECK_INT(v, INT64_MAX);
        CHECK(!json_int(j, "e", &v));
        CHECK(json_int(j, "f", &v));
        CHECK_INT(v, -3);
}

TEST(paths) {
        _cleanup_(json_freep) Json *j = parsed("{\"a\":{\"b\":[{\"c\":\"x\"},[\"y\"]]},\"ab\":1}");

        CHECK_STR(json_text(json_path(j, "a.b[0].c")), "x");
        CHECK_STR(json_text(json_path(j, "a.b[1][0]")), "y");
        CHECK(json_path(j, "") == j);
        CHECK(!json_path(j, "a.b[2]"));
        CHECK(!json_path(j, "a.x.c"));
        CHECK(!json_path(j, "a[0]"));
        CHECK(!json_path(j, "a.b.c"));
        CHECK(!json_path(NULL, "a"));
}

static void check_printed(Json *j, const char *want) {
        _cleanup_(freep) char *text = json_print(j);

        CHECK_STR(text, want);
}

TEST(building) {
        _cleanup_(json_freep) Json *j = json_new_object();
        _cleanup_(freep) char *pretty = NULL;
        Json *a, *o;

        CHECK_INT(json_add_str(j, "s", "a\"\n"), 0);
        CHECK_INT(json_add_str(j, "z", NULL), 0);
        CHECK_INT(json_add_bool(j, "t", true), 0);
        CHECK_INT(json_add_null(j, "n"), 0);
        CHECK_INT(json_add_number(j, "d", 0.5), 0);
        CHECK_INT(json_add_time(j, "at", INT64_C(1795392007000)), 0);
        CHECK_INT(json_add_time(j, "never", 0), 0);
        a = json_add_array(j, "a");
        CHECK_INT(json_push(a, json_new_string("x")), 0);
        o = json_add_object(j, "o");
        CHECK_INT(json_add_int(o, "i", 1), 0);
        check_printed(
                j, "{\"s\":\"a\\\"\\n\",\"z\":null,\"t\":true,\"n\":null,\"d\":0.5,"
                   "\"at\":\"2026-11-23T00:00:07Z\",\"never\":null,\"a\":[\"x\"],\"o\":{\"i\":1}}");
        pretty = json_print_pretty(o);
        CHECK_STR(pretty, "{\n  \"i\": 1\n}");
}

/* A seed of 64 bits goes through as it came, wherever it stands. */
TEST(long_integers_are_handed_on) {
        static const char text[] =
                "{\"1\\\"2\":\"-1234567890123456789\",\"a\":[1,-9223372036854775808,{\"x\":"
                "18446744073709551615}],\"1234567890123456\":0.5,\"b\":9007199254740991,\"c\":"
                "[true,null,false,-2],\"d\":123456789012345678901234567890}";
        _cleanup_(json_freep) Json *j = parsed(text), *copy = json_copy(j);
        double d = 0;
        int64_t v;

        check_printed(copy, text);
        CHECK(json_int(j, "b", &v));
        CHECK_INT(v, INT64_C(9007199254740991));
        CHECK(!json_int(j, "d", &v));
        CHECK(json_number(j, "d", &d));
        CHECK(d > 1.2e29 && d < 1.3e29);
        CHECK(json_number(j, "1234567890123456", &d));
        CHECK(d > 0.4 && d < 0.6);
}

TEST(built_integers_are_exact) {
        _cleanup_(json_freep) Json *j = json_new_object();
        int64_t v = 0;
        double d = 0;

        CHECK_INT(json_add_int(j, "a", INT64_C(999999999999999)), 0);
        CHECK_INT(json_add_int(j, "b", INT64_C(1000000000000000)), 0);
        CHECK_INT(json_add_int(j, "c", INT64_C(9007199254740991)), 0);
        CHECK_INT(json_add_int(j, "d", INT64_MAX), 0);
        CHECK_INT(json_add_int(j, "e", INT64_C(-1795392007000)), 0);
        check_printed(j, "{\"a\":999999999999999,\"b\":1000000000000000,\"c\":9007199254740991,"
                         "\"d\":\"9223372036854775807\",\"e\":-1795392007000}");
        CHECK(json_int(j, "c", &v));
        CHECK_INT(v, INT64_C(9007199254740991));
        CHECK(json_number(j, "b", &d));
        CHECK(d > 0.9e15 && d < 1.1e15);
}

TEST(built_money_is_exact) {
        static const struct {
                Micros m;
                const char *text;
        } cases[] = {{0, "{\"m\":0}"},
                     {100000, "{\"m\":0.1}"},
                     {4100000, "{\"m\":4.1}"},
                     {50000000, "{\"m\":50}"},
                     {1, "{\"m\":0.000001}"},
                     {-33600, "{\"m\":-0.0336}"},
                     {INT64_MAX, "{\"m\":9223372036854.775807}"}};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(json_freep) Json *j = json_new_object();

                CHECK_INT(json_add_money(j, "m", cases[i].m), 0);
                check_printed(j, cases[i].text);
        }
}

TEST(built_text_is_utf8) {
        _cleanup_(json_freep) Json *j = json_new_object();

        CHECK_INT(json_add_str(j, "k\xff", "v\xc3"), 0);
        check_printed(j, "{\"k\xef\xbf\xbd\":\"v\xef\xbf\xbd\"}");
}

TEST(what_failed_is_never_printed_as_whole) {
        _cleanup_(json_freep) Json *j = json_new_object();
        Json *a = json_add_array(j, "a");

        CHECK_INT(json_add_str(NULL, "a", "b"), -ENOMEM);
        CHECK_INT(json_add(NULL, "a", json_new_object()), -ENOMEM); /* taken all the same */
        CHECK_INT(json_push(NULL, json_new_object()), -ENOMEM);
        CHECK(!json_add_object(NULL, "a"));
        CHECK(!json_print(NULL));
        CHECK(!json_copy(NULL));
        check_printed(j, "{\"a\":[]}");
        CHECK_INT(json_push(a, NULL), -ENOMEM);
        CHECK(!json_print(j));
        CHECK(!json_print_pretty(j));
}

TEST(copies_are_deep) {
        _cleanup_(json_freep) Json *j = parsed("{\"a\":[1,{\"b\":\"x\"}]}"), *copy = json_copy(j);

        j = json_free(j);
        check_printed(copy, "{\"a\":[1,{\"b\":\"x\"}]}");
}
