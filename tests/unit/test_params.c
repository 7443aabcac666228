/* SPDX-License-Identifier: MIT */

/* The registry, parameter values, addresses, and the cleaning of provider text. */

#include "provider/driver.h"
#include "support/test.h"

TEST(every_driver_keeps_the_contract) {
        size_t n;
        const Driver *const *all = driver_all(&n);

        CHECK(n >= 2);
        for (size_t i = 0; i < n; i++) {
                const Driver *d = all[i];

                CHECK(driver_find(d->name) == d);
                CHECK(d->summary && d->kinds && d->build);
                CHECK(!!d->params == (d->n_params > 0));
                CHECK(d->params || d->declares_params);
                CHECK(!d->is_http || d->declares_params);
                CHECK(d->parse || d->free);
                CHECK(d->build_fetch || d->free || d->is_exec);
                CHECK(!d->build_poll == !d->parse_poll);
                for (size_t k = 0; k < d->n_params; k++) {
                        const ParamSpec *p = &d->params[k];

                        CHECK(p->name && p->help && p->kinds && (p->kinds & d->kinds) == p->kinds);
                        CHECK((p->type == PARAM_WORD) == (p->words != NULL));
                        CHECK(p->type != PARAM_INT || p->min < p->max);
                }
        }
        CHECK(!driver_find("nosuch") && !driver_find(""));
}

TEST(who_needs_a_key) {
        CHECK(driver_needs_key(driver_find("gemini"), NULL));
        CHECK(driver_needs_key(driver_find("gemini"), "https://proxy.example/v1"));
        CHECK(driver_needs_key(driver_find("openai-text"), NULL));
        CHECK(driver_needs_key(driver_find("openai-text"), "https://api.openai.com/v2"));
        CHECK(!driver_needs_key(driver_find("openai-text"), "http://127.0.0.1:11434/v1"));
        CHECK(!driver_needs_key(driver_find("http"), "https://a.example"));
        CHECK(!driver_needs_key(driver_find("comfyui"), NULL));
        CHECK(!driver_needs_key(driver_find("local"), NULL));
}

TEST(parameters_belong_to_kinds) {
        const Driver *d = driver_find("gemini");

        CHECK(driver_param(d, "aspect_ratio", KIND_IMAGE));
        CHECK(!driver_param(d, "aspect_ratio", KIND_TEXT));
        CHECK(driver_param(d, "thinking_level", KIND_TEXT));
        CHECK(!driver_param(d, "temperature", KIND_TEXT));
}

static const char *const words[] = {"1:1", "9:16", "16:9", NULL};
static const ParamSpec specs[] = {
        [PARAM_WORD] = {.name = "word", .type = PARAM_WORD, .words = words},
        [PARAM_TEXT] = {.name = "text", .type = PARAM_TEXT},
        [PARAM_INT] = {.name = "int", .type = PARAM_INT, .min = -2, .max = 30},
        [PARAM_BOOL] = {.name = "bool", .type = PARAM_BOOL},
        [PARAM_NUMBER] = {.name = "number", .type = PARAM_NUMBER},
        [PARAM_SIZE] = {.name = "size", .type = PARAM_SIZE},
        [PARAM_COLOUR] = {.name = "colour", .type = PARAM_COLOUR},
        [PARAM_PATH] = {.name = "path", .type = PARAM_PATH},
};

static const struct {
        ParamType type;
        const char *text;
        const char *json; /* NULL: refused */
} values[] = {
        {PARAM_WORD, "9:16", "{\"word\":\"9:16\"}"},
        {PARAM_WORD, "9:61", NULL},
        {PARAM_WORD, "", NULL},
        {PARAM_TEXT, "", "{\"text\":\"\"}"},
        {PARAM_TEXT, "a\nb", "{\"text\":\"a\\nb\"}"},
        {PARAM_TEXT, "a\x1b[0m", NULL},
        {PARAM_TEXT, "\xff", NULL},
        {PARAM_INT, "30", "{\"int\":30}"},
        {PARAM_INT, "-2", "{\"int\":-2}"},
        {PARAM_INT, "31", NULL},
        {PARAM_INT, "-3", NULL},
        {PARAM_INT, "3x", NULL},
        {PARAM_BOOL, "true", "{\"bool\":true}"},
        {PARAM_BOOL, "no", "{\"bool\":false}"},
        {PARAM_BOOL, "1", NULL},
        {PARAM_NUMBER, "0.5", "{\"number\":0.5}"},
        {PARAM_NUMBER, "-3", "{\"number\":-3}"},
        {PARAM_NUMBER, "\"3\"", NULL},
        {PARAM_NUMBER, "1,2", NULL},
        {PARAM_NUMBER, "true", NULL},
        {PARAM_NUMBER, "{}", NULL},
        {PARAM_SIZE, "1080x1920", "{\"size\":\"1080x1920\"}"},
        {PARAM_SIZE, "1080", NULL},
        {PARAM_SIZE, "0x10", NULL},
        {PARAM_COLOUR, "#1A2b3C", "{\"colour\":\"#1a2b3c\"}"},
        {PARAM_COLOUR, "#fA0", "{\"colour\":\"#ffaa00\"}"},
        {PARAM_COLOUR, "red", NULL},
        {PARAM_COLOUR, "#12345", NULL},
        {PARAM_COLOUR, "#12345g", NULL},
        {PARAM_PATH, "brands/a b.png", "{\"path\":\"brands/a b.png\"}"},
        {PARAM_PATH, "a\nb", NULL},
        {PARAM_PATH, "", NULL},
};

TEST(values_are_checked_and_typed) {
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
                const ParamSpec *spec = &specs[values[i].type];
                _cleanup_(json_freep) Json *object = json_new_object();
                _cleanup_(freep) char *text = NULL;
                Err err = {0};
                int r = param_check(spec, values[i].text, &err);

                if ((r >= 0) != (values[i].json != NULL))
                        test_fail(__FILE__, __LINE__, "'%s' '%s': %d %s", spec->name,
                                  values[i].text, r, err_text(&err));
                CHECK_INT(param_to_json(spec, values[i].text, object) >= 0, r >= 0);
                text = json_print(object);
                CHECK_STR(text, values[i].json ? values[i].json : "{}");
                if (r < 0)
                        CHECK_HAS(err_text(&err), spec->name);
        }
}

TEST(a_wrong_word_names_the_nearest) {
        Err err = {0};

        CHECK_INT(param_check(&specs[PARAM_WORD], "9:6", &err), -EINVAL);
        CHECK_HAS(err_text(&err), "did you mean '9:16'?");
        CHECK_INT(param_check(&specs[PARAM_WORD], "landscape", &err), -EINVAL);
        CHECK_HAS(err_text(&err), "it takes one of 1:1, 9:16, 16:9");
}

TEST(required_text_is_not_empty_and_all_text_is_bounded) {
        ParamSpec spec = {.name = "text", .type = PARAM_TEXT, .required = true};
        char text[4098];

        CHECK_INT(param_check(&spec, "", NULL), -EINVAL);
        memset(text, 'a', sizeof text);
        text[4096] = '\0';
        CHECK_INT(param_check(&spec, text, NULL), 0);
        text[4096] = 'a';
        text[4097] = '\0';
        CHECK_INT(param_check(&spec, text, NULL), -EINVAL);
}

TEST(origins_are_compared_strictly) {
        static const struct {
                const char *a, *b;
                bool same;
        } rows[] = {
                {"https://a.example/x", "https://A.Example:443/y?z", true},
                {"http://a.example", "http://a.example:80/", true},
                {"http://[::1]:80/x", "http://[::1]/y", true},
                {"https://a.example:8443/", "https://a.example/", false},
                {"https://a.example/", "http://a.example/", false},
                {"https://a.example./", "https://a.example/", false},
                {"https://a.example.evil/", "https://a.example/", false},
                {"https://a.example@evil/", "https://a.example/", false},
                {"https://a.example:443@evil/", "https://a.example/", false},
                {"https://a.example\\@evil/", "https://a.example/", false},
                {"https://a.example%2eevil/", "https://a.example/", false},
                {"https://a.example#@evil/", "https://a.example/", true},
                {"https://a.example /", "https://a.example/", false},
                {"https://a.example:/", "https://a.example/", false},
                {"https://a.example:0/", "https://a.example:0/", false},
                {"https://a.example:65536/", "https://a.example:65536/", false},
                {"https://a.example:000443/", "https://a.example/", false},
                {"ftp://a.example/", "ftp://a.example/", false},
                {"a.example", "a.example", false},
                {"", "", false},
                {"https://", "https://", false},
                {"https://[::1", "https://[::1", false},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (url_same_origin(rows[i].a, rows[i].b) != rows[i].same)
                        test_fail(__FILE__, __LINE__, "'%s' and '%s'", rows[i].a, rows[i].b);
}

TEST(plain_http_is_for_this_machine) {
        CHECK(url_may_fetch("https://a.example/"));
        CHECK(url_may_fetch("http://127.0.0.1:80/") && url_may_fetch("http://[::1]/"));
        CHECK(url_may_fetch("http://localhost:1/") && url_may_fetch("http://127.9.9.9/"));
        CHECK(!url_may_fetch("http://a.example/") && !url_may_fetch("http://128.0.0.1/"));
        CHECK(!url_may_fetch("http://127.0.0.1.evil/") && !url_may_fetch("http://127.1/"));
}

TEST(long_addresses_are_refused) {
        _cleanup_(freep) char *url = malloc(URL_MAX + 2);
        UrlOrigin o;

        CHECK(url);
        memset(url, 'a', URL_MAX + 1);
        memcpy(url, "https://h/", 10);
        url[URL_MAX] = '\0';
        CHECK_INT(url_split(url, &o), 0);
        CHECK_STR(o.host, "h");
        url[URL_MAX] = 'a';
        url[URL_MAX + 1] = '\0';
        CHECK_INT(url_split(url, &o), -EINVAL);
}

TEST(text_for_people_is_made_printable) {
        static const struct {
                const char *in, *out;
        } rows[] = {
                {"plain", "plain"},
                {" a\r\n\t b  c ", "a b c"},
                {"\x1b[31mred\x07", "[31mred"},
                {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xb2",
                 "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x9a\xb2"},
                {"a\xff\xc3", "a??"},
                {"a\xc2\x9b"
                 "31m",
                 "a??31m"},
                {"a\xe2\x80\xae"
                 "b",
                 "a???b"},
                {"id GenerateRequestsPerDayPerProjectPerModel-FreeTier",
                 "id GenerateRequestsPerDayPerProjectPerModel-FreeTier"},
                {"key=abc123 Bearer abcdef1 key=ab", "key=[removed] Bearer [removed] key=ab"},
        };
        char out[200];

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                text_make_printable(rows[i].in, out, sizeof out);
                CHECK_STR(out, rows[i].out);
        }
}

TEST(text_for_people_is_cut_at_a_character) {
        char out[12];

        text_make_printable("12345678901", out, sizeof out);
        CHECK_STR(out, "12345678901");
        text_make_printable("123456789012", out, sizeof out);
        CHECK_STR(out, "12345678...");
        text_make_printable("1234567\xc3\xa4\xc3\xa4\xc3\xa4", out, sizeof out);
        CHECK_STR(out, "1234567...");
}

TEST(results_set_code_and_reason) {
        ProviderResult r;

        provider_result_init(&r);
        CHECK_INT(r.retry_after_ms, -1);
        CHECK_INT(r.images, -1);
        provider_result_set(&r, OUTCOME_BLOCKED, false, true, "A B\n\"C\"_1", "%s", "no\n\nway");
        CHECK_STR(r.code, "ABC_1");
        CHECK_STR(r.reason, "no way");
        CHECK_INT(r.outcome, OUTCOME_BLOCKED);
        provider_result_done(&r);
        provider_result_done(NULL);
        provider_call_done(NULL);
}
