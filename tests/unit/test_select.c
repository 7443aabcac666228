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
        Strv *all[] = {&a->brand,  &a->hook,  &a->category, &a->kind, &a->status,
                       &a->recipe, &a->since, &a->fits,     &a->tag,  &a->not };

        for (size_t i = 0; i < ARRAY_LEN(all); i++)
                strv_done(all[i]);
}

static int add_text(const AlField *field, const char *key, const char *value, bool negated,
                    void *userdata) {
        char **text = userdata, *longer = NULL;

        CHECK(asprintf(&longer, "%s%s%s%s%s=%s", *text, (*text)[0] ? " " : "", negated ? "!" : "",
                       field ? "" : "#", key, value) >= 0);
        free(*text);
        *text = longer;
        return 0;
}

/* The filter as "brand=acme !#format=story" (# before a tag), for comparing. Caller frees. */
static char *text_of(const AlFilter *f) {
        char *text = strdup("");

        CHECK_INT(al_filter_each(f, add_text, &text), 0);
        return text;
}

static void check_term(const char *term, const char *want) {
        _cleanup_(strv_done) Strv terms = LIST(term);
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_OK(select_parse(NULL, &(SelectArgs){0}, &terms, now_ms, &f, NULL, &err), &err);
        text = text_of(f);
        CHECK_STR(text, want);
}

static void check_error(const char *term, const char *want) {
        _cleanup_(strv_done) Strv terms = LIST(term);
        AlFilter *f = NULL;
        Err err = {0};

        CHECK_INT(select_parse(NULL, &(SelectArgs){0}, &terms, now_ms, &f, NULL, &err), -EINVAL);
        CHECK_HAS(err_text(&err), want);
        CHECK(!f); /* untouched on failure */
}

/* The two lines below an error. */
static void check_place(const SelectArgs *args, const Strv *terms, const char *want) {
        _cleanup_(freep) char *place = NULL;
        AlFilter *f = NULL;
        Err err = {0};

        CHECK_INT(select_parse(NULL, args, terms, now_ms, &f, &place, &err), -EINVAL);
        CHECK(place);
        CHECK_STR(place, want);
}

TEST(terms) {
        check_term("brand:acme", "brand=acme");
        check_term("brand:acme,zenith", "brand=acme brand=zenith");
        check_term("not:format=story", "!#format=story");
        check_term("not:format:story", "!#format=story");
        check_term("not:hook=a,b", "!hook=a !hook=b");
        check_term("tag:format=story", "#format=story");
        check_term("ratio:16:9", "ratio=16:9");
        check_term("tag:ratio=16:9", "#ratio=16:9");
        check_term("not:ratio=16:9", "!ratio=16:9");
        check_term("not:tag:ratio=16:9", "!#ratio=16:9");
        check_term("formula:a=b", "#formula=a=b");
        check_term("slogan:hello\\, world", "#slogan=hello, world");
        check_term("slogan:back\\slash", "#slogan=back\\slash");
        check_term("slogan:\\,,\\,", "#slogan=, #slogan=,");
        check_term("text:free shipping", "text=free shipping");
}

TEST(wrong_terms) {
        check_error("acme", "'acme' is not a term; write KEY:VALUE such as brand:acme");
        check_error("", "'\"\"' is not a term");
        check_error(":", "':' is not a term");
        check_error(":acme", "':acme' is not a term");
        check_error("brand=acme", "write 'brand:acme'");
        check_error("brand:", "'brand' has an empty value");
        check_error("brand:,acme", "'brand' has an empty value");
        check_error("brand:acme,", "'brand' has an empty value");
        check_error("not:", "a term is missing at the end");
        check_error("tag:format", "is not KEY=VALUE");
        check_error("since:soon", "'soon' is no value of 'since'");
}

/* A shell takes quotes away; where one argument ends, a value ends too. */
TEST(arguments_are_kept_apart) {
        _cleanup_(strv_done) Strv terms = LIST("text:free shipping", "brand:acme");
        _cleanup_(strv_done) Strv apart = LIST("text:free", "shipping");
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_OK(select_parse(NULL, &(SelectArgs){0}, &terms, now_ms, &f, NULL, &err), &err);
        text = text_of(f);
        CHECK_STR(text, "text=free shipping brand=acme");
        check_place(&(SelectArgs){0}, &apart, "  text:free shipping\n            ^~~~~~~~");
}

TEST(the_caret_is_below_the_place) {
        _cleanup_(strv_done) Strv terms = LIST("brand:acme", "kind:vidoe", "hook:urgency");
        _cleanup_(strv_done) Strv wide = LIST("slogan:\"残り\x1b[2J\" kind:x");
        _cleanup_(args_done) SelectArgs args = {.kind = LIST("image,vidoe")};
        _cleanup_(strv_done) Strv more =
                LIST("brand:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "aaaaaaaaaaaaaaaa) hook:x");

        check_place(&(SelectArgs){0}, &terms,
                    "  brand:acme kind:vidoe hook:urgency\n                  ^~~~~");
        check_place(&args, &(Strv){0}, "  --kind image,vidoe\n               ^~~~~");
        check_place(&(SelectArgs){0}, &wide,
                    "  slogan:\"残り\\x1b[2J\" kind:x\n                            ^");
        check_place(&(SelectArgs){0}, &more,
                    "  ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) hook:x\n"
                    "                                                             ^");
}

TEST(options_and_terms_say_the_same) {
        _cleanup_(args_done) SelectArgs args = {
                .brand = LIST("acme,zenith"),
                .hook = LIST("urgency"),
                .category = LIST("lifestyle"),
                .kind = LIST("image", "text"),
                .recipe = LIST("r"),
                .since = LIST("2020-01-05"),
                .fits = LIST("meta.story"),
                .tag = LIST("format=story"),
                .not = LIST("brand=zenith", "season=spring"),
        };
        _cleanup_(strv_done) Strv terms = LIST("season:summer");
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_OK(select_parse(NULL, &args, &terms, now_ms, &f, NULL, &err), &err);
        text = text_of(f);
        CHECK_STR(text, "brand=acme brand=zenith hook=urgency category=lifestyle kind=image "
                        "kind=text recipe=r since=2020-01-05 fits=meta.story #format=story "
                        "!brand=zenith !#season=spring #season=summer");
        CHECK(!al_filter_has_status(f));
}

/* An option's value is a value, whatever it looks like. */
TEST(options_take_no_operators) {
        _cleanup_(args_done) SelectArgs args = {.brand = LIST("a or (b) not:c")};
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_OK(select_parse(NULL, &args, &(Strv){0}, now_ms, &f, NULL, &err), &err);
        text = text_of(f);
        CHECK_STR(text, "brand=a or (b) not:c");
}
