/* SPDX-License-Identifier: MIT */

#include "recipe/template.h"
#include "support/test.h"

static const char *style[] = {"warm"},
                  *headlines[] = {"one", "two", "three", "four", "fiveandmore"},
                  *sublines[] = {"a", "b", "c", "d", "e"}, *ink[] = {"#111111"};
static Variable brand_items[] = {
        {.name = "style", .values = style, .n = 1},
        {.name = "colors.ink", .values = ink, .n = 1},
};
static Variable hook_items[] = {
        {.name = "headline", .values = headlines, .n = 5},
        {.name = "subtitle", .values = sublines, .n = 5},
};
static const Vars brand = {.name = "acme", .items = brand_items, .n = 2};
static const Vars hook = {.name = "urgency", .items = hook_items, .n = 2};
static const AlAxis axes[] = {
        {"brand", "acme"}, {"category", "lifestyle"}, {"format", "story"}, {"hook", "urgency"}};

static TemplateScope scope_of(uint64_t seed) {
        return (TemplateScope){
                .brand = &brand, .hook = &hook, .axes = axes, .n_axes = 4, .seed = seed};
}

static void check_renders(const char *text, const char *want) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(1000);
        TemplateScope scope = scope_of(1);
        Err err = {0};

        CHECK_OK(template_render(text, &scope, &out, NULL, &err), &err);
        CHECK_STR(strbuf_text(&out), want);
}

static void check_fails(const char *text, int code, size_t offset, const char *words) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(1000);
        TemplateScope scope = scope_of(1);
        size_t at = 999;
        Err err = {0};

        CHECK_INT(template_render(text, &scope, &out, &at, &err), code);
        CHECK_INT(at, offset);
        CHECK_HAS(err.text, words);
}

TEST(values_are_put_in) {
        check_renders("", "");
        check_renders("no braces } { }}", "no braces } { }}");
        check_renders("{{brand}}/{{hook}}/{{category}}/{{format}}", "acme/urgency/lifestyle/story");
        check_renders("{{ brand.style }} {{\tbrand.colors.ink}}", "warm #111111");
        check_renders("{{brand}}{{brand}}", "acmeacme");
}

TEST(four_braces_are_two) {
        check_renders("{{{{brand}}", "{{brand}}");
        check_renders("{{{{{{brand}}", "{{acme");
        check_renders("a{{{{", "a{{");
        check_renders("{one} {{{{two}}", "{one} {{two}}");
}

TEST(unknown_names_have_a_place_and_a_hint) {
        check_fails("{{brand.stile}}", -ENOENT, 0, "did you mean '{{brand.style}}'?");
        check_fails("Mood: {{hook.nosuchthing}}", -ENOENT, 6,
                    "hook 'urgency' has no variable 'nosuchthing'");
        check_fails("{{brand}} {{formt}}", -ENOENT, 10, "did you mean '{{format}}'?");
        check_fails("{{zzzzzzzzz}}", -ENOENT, 0, "no variable '{{zzzzzzzzz}}'");
        check_fails("{{brand.}}", -ENOENT, 0, "has no variable ''");
        /* A whole brand is its name; a part of another's name is nothing. */
        check_fails("{{brand.colors}}", -ENOENT, 0, "has no variable 'colors'");
}

TEST(bad_syntax_has_a_place) {
        check_fails("ab {{brand", -EINVAL, 3, "not closed");
        check_fails("{{brand}", -EINVAL, 0, "not closed");
        check_fails("{{brand\n}}", -EINVAL, 0, "not closed");
        check_fails("{{two words}}", -EINVAL, 0, "not closed");
        check_fails("x{{}}", -EINVAL, 1, "names no variable");
        check_fails("x{{  }}", -EINVAL, 1, "names no variable");
        check_fails("{{", -EINVAL, 0, "not closed");
}

TEST(a_name_has_a_limit) {
        char text[300] = "{{";

        memset(text + 2, 'a', 201);
        strncpy(text + 203, "}}", 3);
        check_fails(text, -EINVAL, 0, "longer than 200");
        memmove(text + 202, text + 203, 3);
        check_fails(text, -ENOENT, 0, "no variable");
}

TEST(the_buffer_is_the_limit) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(8), fits = STRBUF_INIT(9);
        TemplateScope scope = scope_of(0);
        size_t at = 0;
        Err err = {0};

        CHECK_INT(template_render("12345{{brand}}", &scope, &out, &at, &err), -E2BIG);
        CHECK_INT(at, 5);
        CHECK_HAS(err.text, "longer than 8 bytes");
        CHECK_OK(template_render("12345{{brand}}", &scope, &fits, &at, &err), &err);
}

TEST(a_value_is_not_a_template) {
        static const char *braces[] = {"{{brand}}"};
        static Variable items[] = {{.name = "x", .values = braces, .n = 1}};
        static const Vars odd = {.name = "odd", .items = items, .n = 1};
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(100);
        TemplateScope scope = {.brand = &odd, .axes = axes, .n_axes = 4};
        Err err = {0};

        CHECK_OK(template_render("{{brand.x}}", &scope, &out, NULL, &err), &err);
        CHECK_STR(strbuf_text(&out), "{{brand}}");
}

/* ---- lists ---- */

static void pick(uint64_t seed, const char *text, StrBuf *out) {
        TemplateScope scope = scope_of(seed);
        Err err = {0};

        strbuf_clear(out);
        CHECK_OK(template_render(text, &scope, out, NULL, &err), &err);
}

TEST(a_seed_picks_the_same_everywhere) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(1000), again = STRBUF_INIT(1000);

        for (uint64_t seed = 0; seed < 100; seed++) {
                pick(seed, "{{hook.headline}}", &out);
                pick(seed, "{{hook.headline}}", &again);
                CHECK_STR(strbuf_text(&out), strbuf_text(&again));
                pick(seed, "{{hook.headline}}+{{hook.headline}}", &again);
                CHECK(strncmp(strbuf_text(&again), strbuf_text(&out), out.len) == 0);
                CHECK_STR(strbuf_text(&again) + out.len + 1, strbuf_text(&out));
        }
}

/* All 25 pairs of two lists of five come up, each about as often as the others: neighbouring seeds
 * spread, and the lists do not move in step. */
TEST(lists_do_not_move_in_step) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(1000);
        int count[5][5] = {0};

        for (uint64_t seed = 0; seed < 5000; seed++) {
                size_t h = 0, s = 0;

                pick(seed, "{{hook.headline}}", &out);
                while (!streq(headlines[h], strbuf_text(&out)))
                        h++;
                pick(seed, "{{hook.subtitle}}", &out);
                while (!streq(sublines[s], strbuf_text(&out)))
                        s++;
                count[h][s]++;
        }
        for (size_t h = 0; h < 5; h++)
                for (size_t s = 0; s < 5; s++)
                        if (count[h][s] < 120 || count[h][s] > 280)
                                test_fail(__FILE__, __LINE__, "pair %zu,%zu came %d times of 5000",
                                          h, s, count[h][s]);
}

TEST(the_widest_bounds_every_seed) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(1000), widest = STRBUF_INIT(1000);
        TemplateScope scope = scope_of(0);
        Err err = {0};

        CHECK_OK(template_render_widest("x {{hook.headline}} {{brand}}", &scope, &widest, NULL,
                                        &err),
                 &err);
        CHECK_STR(strbuf_text(&widest), "x fiveandmore acme");
        for (uint64_t seed = 0; seed < 50; seed++) {
                pick(seed, "x {{hook.headline}} {{brand}}", &out);
                CHECK(out.len <= widest.len);
        }
}

/* ---- scanning ---- */

typedef struct Seen {
        char text[200];
        const char *stop_at;
} Seen;

static int note_name(const char *name, size_t offset, void *userdata) {
        Seen *seen = userdata;
        size_t n = strlen(seen->text);

        (void) snprintf(seen->text + n, sizeof(seen->text) - n, "%s@%zu ", name, offset);
        return seen->stop_at && streq(seen->stop_at, name) ? -ECANCELED : 0;
}

TEST(scan_names_every_variable) {
        Seen seen = {0}, stopped = {.stop_at = "b"};
        size_t at = 999;
        Err err = {0};

        CHECK_OK(template_scan("{{a.b}} {{{{c}} {{ d }}", note_name, &seen, &at, &err), &err);
        CHECK_STR(seen.text, "a.b@0 d@16 ");
        CHECK_INT(at, 999);
        CHECK_INT(template_scan("{{a}}{{b}}{{c}}", note_name, &stopped, &at, &err), -ECANCELED);
        CHECK_STR(stopped.text, "a@0 b@5 ");
        CHECK_INT(at, 5);
        CHECK_INT(template_scan("{{a}} {{", note_name, &seen, &at, &err), -EINVAL);
        CHECK_INT(at, 6);
}
