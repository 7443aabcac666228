/* SPDX-License-Identifier: MIT */

#include "cli/select.h"
#include "support/test.h"

static const int64_t now_ms = INT64_C(1578276000000); /* 2020-01-06T02:00:00Z */

static Strv list(const char *const *words) {
        Strv v = {0};

        for (; *words; words++)
                CHECK(strv_add(&v, *words) == 0);
        return v;
}
#define LIST(...) list((const char *const[]){__VA_ARGS__, NULL})

static void args_done(SelectArgs *a) {
        Strv *all[] = {&a->brand,  &a->hook,   &a->category, &a->kind,
                       &a->status, &a->recipe, &a->tag,      &a->not };

        for (size_t i = 0; i < ARRAY_LEN(all); i++)
                strv_done(all[i]);
}

/* The selection as "brand=acme !format=story", for comparing. Caller frees. */
static char *text_of(const Selection *s) {
        char *text = strdup("");

        for (size_t i = 0; i < s->n_terms; i++) {
                char *longer = NULL;

                CHECK(asprintf(&longer, "%s%s%s%s=%s", text, i > 0 ? " " : "",
                               s->terms[i].negate ? "!" : "", s->terms[i].key,
                               s->terms[i].value) >= 0);
                free(text);
                text = longer;
        }
        return text;
}

static void check_term(const char *term, const char *want) {
        _cleanup_(strv_done) Strv terms = LIST(term);
        _cleanup_(select_done) Selection s = {0};
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_OK(select_parse(&(SelectArgs){0}, &terms, now_ms, &s, &err), &err);
        text = text_of(&s);
        CHECK_STR(text, want);
}

static void check_error(const char *term, const char *want) {
        _cleanup_(strv_done) Strv terms = LIST(term);
        Selection s = {.since_ms = 99};
        Err err = {0};

        CHECK_INT(select_parse(&(SelectArgs){0}, &terms, now_ms, &s, &err), -EINVAL);
        CHECK_HAS(err_text(&err), want);
        CHECK(s.since_ms == 99 && !s.terms); /* untouched on failure */
}

TEST(terms) {
        check_term("brand:acme", "brand=acme");
        check_term("brand:acme,zenith", "brand=acme brand=zenith");
        check_term("not:format=story", "!format=story");
        check_term("not:format:story", "!format=story");
        check_term("not:hook=a,b", "!hook=a !hook=b");
        check_term("tag:format=story", "format=story");
        check_term("ratio:16:9", "ratio=16:9");
        check_term("tag:ratio=16:9", "ratio=16:9");
        check_term("not:ratio=16:9", "!ratio=16:9");
        check_term("formula:a=b", "formula=a=b");
        check_term("slogan:hello\\, world", "slogan=hello, world");
        check_term("slogan:back\\slash", "slogan=back\\slash");
        check_term("slogan:\\,,\\,", "slogan=, slogan=,");
}

TEST(wrong_terms) {
        check_error("acme", "'acme' is not a term; write KEY:VALUE such as brand:acme");
        check_error("", "'' is not a term");
        check_error(":", "':' is not a term");
        check_error(":acme", "':acme' is not a term");
        check_error("brand=acme", "write 'brand:acme'");
        check_error("brand:", "'brand' has an empty value");
        check_error("brand:,acme", "'brand' has an empty value");
        check_error("brand:acme,", "'brand' has an empty value");
        check_error("not:", "is not KEY=VALUE");
        check_error("not:=x", "is not KEY=VALUE");
        check_error("tag:format", "is not KEY=VALUE");
        check_error("since:soon", "'soon' is no time");
}

TEST(options_and_terms_say_the_same) {
        _cleanup_(args_done) SelectArgs args = {
                .brand = LIST("acme,zenith"),
                .hook = LIST("urgency"),
                .category = LIST("lifestyle"),
                .kind = LIST("image", "text"),
                .recipe = LIST("r"),
                .tag = LIST("format=story"),
                .not = LIST("brand=zenith", "season=spring"),
        };
        _cleanup_(strv_done) Strv terms = LIST("season:summer");
        _cleanup_(select_done) Selection s = {0};
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_OK(select_parse(&args, &terms, now_ms, &s, &err), &err);
        text = text_of(&s);
        CHECK_STR(text, "brand=acme brand=zenith hook=urgency category=lifestyle kind=image "
                        "kind=text recipe=r format=story !brand=zenith !season=spring "
                        "season=summer");
        CHECK(!s.has_status && s.since_ms == 0);
}

TEST(status) {
        _cleanup_(strv_done) Strv any = LIST("status:any"), none = LIST("not:status=retired");
        _cleanup_(select_done) Selection s = {0}, t = {0};
        Err err = {0};

        CHECK_OK(select_parse(&(SelectArgs){0}, &any, now_ms, &s, &err), &err);
        CHECK(s.has_status);
        CHECK_INT(s.n_terms, _ASSET_STATUS_MAX);
        for (int i = 0; i < _ASSET_STATUS_MAX; i++)
                CHECK_STR(s.terms[i].value, asset_status_word((AssetStatus) i));
        CHECK_OK(select_parse(&(SelectArgs){0}, &none, now_ms, &t, &err), &err);
        CHECK(t.has_status);
        CHECK_INT(t.n_terms, 1);
}

TEST(since) {
        _cleanup_(strv_done) Strv terms = LIST("since:1d");
        _cleanup_(select_done) Selection s = {0}, t = {0};
        Err err = {0};

        CHECK_OK(select_parse(&(SelectArgs){.since = "2020-01-05"}, &(Strv){0}, now_ms, &s, &err),
                 &err);
        CHECK_INT(s.since_ms, INT64_C(1578182400000));
        CHECK_OK(select_parse(&(SelectArgs){0}, &terms, now_ms, &t, &err), &err);
        CHECK_INT(t.since_ms, now_ms - 86400000);
}

TEST(limits) {
        _cleanup_(strv_done) Strv terms = {0};
        _cleanup_(select_done) Selection s = {0};
        char value[5000];
        Selection t = {0};
        Err err = {0};

        for (int i = 0; i < SELECT_TERMS_MAX; i++)
                CHECK(strv_add(&terms, "hook:x") == 0);
        CHECK_OK(select_parse(&(SelectArgs){0}, &terms, now_ms, &s, &err), &err);
        CHECK_INT(s.n_terms, SELECT_TERMS_MAX);
        CHECK(strv_add(&terms, "hook:y") == 0);
        CHECK_INT(select_parse(&(SelectArgs){0}, &terms, now_ms, &t, &err), -E2BIG);
        CHECK_HAS(err_text(&err), "more than 256 terms in one selection");
        strv_done(&terms);
        memset(value, 'x', sizeof value - 1);
        memcpy(value, "hook:", 5);
        value[sizeof value - 1] = 0;
        CHECK(strv_add(&terms, value) == 0);
        CHECK_INT(select_parse(&(SelectArgs){0}, &terms, now_ms, &t, &err), -E2BIG);
        CHECK_HAS(err_text(&err), "is longer than 4096 bytes");
}
