/* SPDX-License-Identifier: MIT */

/* err, strbuf, strv, utf8, names */

#include "base/parse.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "support/test.h"

TEST(err_says_one_sentence) {
        Err err = {0};

        CHECK_STR(err_text(&err), "no error");
        CHECK_INT(err_set(&err, -EINVAL, "'%s' is not a size", "x"), -EINVAL);
        CHECK_STR(err_text(&err), "'x' is not a size");
        CHECK_INT(err.code, -EINVAL);
        CHECK_INT(err_prefix(&err, -EIO, "line %d", 4), -EINVAL);
        CHECK_STR(err_text(&err), "line 4: 'x' is not a size");
        CHECK_INT(err_errno(&err, -ENOENT, "cannot open '%s'", "f"), -ENOENT);
        CHECK_STR(err_text(&err), "cannot open 'f': No such file or directory");
}

TEST(err_without_a_sentence_uses_the_code) {
        Err err = {.code = -ENOSPC};

        CHECK_STR(err_text(&err), "No space left on device");
        CHECK_INT(err_prefix(&err, -EIO, "store"), -ENOSPC);
        CHECK_STR(err_text(&err), "store: No space left on device");
        err = (Err){0};
        CHECK_INT(err_prefix(&err, -EIO, "read"), -EIO);
        CHECK_STR(err_text(&err), "read: Input/output error");
}

TEST(err_may_be_null_and_may_be_its_own_argument) {
        Err err = {0};

        CHECK_INT(err_set(NULL, -EIO, "x"), -EIO);
        CHECK_INT(err_errno(NULL, -EIO, "x"), -EIO);
        CHECK_INT(err_prefix(NULL, -EIO, "x"), -EIO);
        (void) err_set(&err, -EIO, "inner");
        (void) err_set(&err, -EIO, "outer: %s", err_text(&err));
        CHECK_STR(err_text(&err), "outer: inner");
}

TEST(err_cuts_what_is_too_long) {
        char text[ERR_TEXT_MAX + 100];
        Err err = {0};

        memset(text, 'a', sizeof text);
        text[sizeof text - 1] = 0;
        (void) err_set(&err, -EIO, "%s", text);
        CHECK_INT(strlen(err.text), ERR_TEXT_MAX - 1);
        (void) err_prefix(&err, -EIO, "p");
        CHECK_INT(strlen(err.text), ERR_TEXT_MAX - 1);
        CHECK_HAS(err.text, "p: aaa");
}

TEST(strbuf_grows_and_is_always_a_string) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *s = NULL;

        CHECK_STR(strbuf_text(&b), "");
        for (int i = 0; i < 1000; i++)
                CHECK_INT(strbuf_printf(&b, "%03d", i), 0);
        CHECK_INT(b.len, 3000);
        CHECK_INT(strlen(strbuf_text(&b)), 3000);
        CHECK_INT(strbuf_putc(&b, '!'), 0);
        CHECK_INT(strbuf_add(&b, NULL, 0), 0);
        s = strbuf_take(&b);
        CHECK_HAS(s, "998999!");
        CHECK_INT(b.len, 0);
        freep(&s);
        s = strbuf_take(&b);
        CHECK_STR(s, "");
}

TEST(strbuf_stops_at_its_limit_and_stays_stopped) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(4);

        CHECK_INT(strbuf_puts(&b, "1234"), 0);
        CHECK_INT(strbuf_putc(&b, '5'), -E2BIG);
        CHECK_INT(strbuf_puts(&b, ""), -E2BIG);
        CHECK_STR(strbuf_text(&b), "1234");
        CHECK(!strbuf_take(&b));
        CHECK_INT(strbuf_printf(&b, "%d", 12345), -E2BIG);
        strbuf_clear(&b);
        CHECK_INT(strbuf_printf(&b, "%d", 1234), 0);
        CHECK_STR(strbuf_text(&b), "1234");
}

TEST(strv_keeps_and_copies) {
        _cleanup_(strv_done) Strv v = {0}, copy = {0};

        for (int i = 0; i < 100; i++) {
                char name[8];

                (void) snprintf(name, sizeof name, "n%d", i);
                CHECK_INT(strv_add(&v, name), 0);
        }
        CHECK_INT(strv_add_n(&v, "abcdef", 3), 0);
        CHECK_INT(v.n, 101);
        CHECK(strv_has(&v, "n99"));
        CHECK(strv_has(&v, "abc"));
        CHECK(!strv_has(&v, "n100"));
        CHECK_INT(strv_copy(&copy, &v), 0);
        CHECK_INT(copy.n, 101);
        CHECK(copy.items[5] != v.items[5]);
        CHECK_STR(copy.items[5], "n5");
}

TEST(nearest_word_finds_slips_only) {
        static const char *const words[] = {"brand", "hook", "category", "recipe", "id"};
        const size_t n = ARRAY_LEN(words);
        char huge[200];

        CHECK_STR(nearest_word("brnad", words, n), "brand"); /* swapped neighbours: one slip */
        CHECK_STR(nearest_word("hok", words, n), "hook");
        CHECK_STR(nearest_word("categroy", words, n), "category");
        CHECK_STR(nearest_word("recipes", words, n), "recipe");
        CHECK_STR(nearest_word("brand", words, n), "brand");
        CHECK(!nearest_word("xy", words, n));
        CHECK(!nearest_word("", words, n));
        CHECK(!nearest_word("prompt", words, n));
        CHECK(!nearest_word("brand", NULL, 0));
        memset(huge, 'a', sizeof huge);
        huge[sizeof huge - 1] = 0;
        CHECK(!nearest_word(huge, words, n));
}

TEST(names) {
        char name[NAME_MAX_LEN + 2];

        CHECK(name_is_valid("a"));
        CHECK(name_is_valid("9to5"));
        CHECK(name_is_valid("social-proof_2.x"));
        CHECK(!name_is_valid(""));
        CHECK(!name_is_valid("-a"));
        CHECK(!name_is_valid(".a"));
        CHECK(!name_is_valid("A"));
        CHECK(!name_is_valid("a b"));
        CHECK(!name_is_valid("a/b"));
        CHECK(!name_is_valid("\xc3\xbc"));
        memset(name, 'a', sizeof name);
        name[NAME_MAX_LEN] = 0;
        CHECK(name_is_valid(name));
        name[NAME_MAX_LEN] = 'a';
        name[NAME_MAX_LEN + 1] = 0;
        CHECK(!name_is_valid(name));
}

static bool valid(const char *s) {
        return utf8_is_valid(s, strlen(s));
}

TEST(utf8) {
        CHECK(valid(""));
        CHECK(valid("gr\xc3\xb6\xc3\x9f"
                    "e \xe2\x82\xac \xf0\x9f\x98\x80"));
        CHECK(valid("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
        CHECK(!valid("\x80"));
        CHECK(!valid("\xc3"));
        CHECK(!valid("\xc0\xaf"));         /* too long for its value */
        CHECK(!valid("\xe0\x80\xaf"));     /* the same */
        CHECK(!valid("\xf0\x80\x80\xaf")); /* the same */
        CHECK(!valid("\xed\xa0\x80"));     /* surrogate */
        CHECK(!valid("\xf4\x90\x80\x80")); /* beyond U+10FFFF */
        CHECK(!valid("\xff"));
        CHECK(!utf8_is_valid("a\0b", 3));
        CHECK_INT(utf8_length("gr\xc3\xb6\xf0\x9f\x98\x80"), 4);
        CHECK_INT(utf8_valid_prefix("ab\xe2\x82", 4), 2);
}

TEST(utf8_clean_replaces_each_bad_byte) {
        _cleanup_(freep) char *s = utf8_clean("a\xff\xc3\xb6\xe2\x82z");

        CHECK_STR(s, "a\xef\xbf\xbd\xc3\xb6\xef\xbf\xbd\xef\xbf\xbdz");
        CHECK(valid(s));
}
