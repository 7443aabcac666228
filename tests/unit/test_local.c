/* SPDX-License-Identifier: MIT */

/* The local driver: drawing instructions, and copy picked from the lines of the prompt. */

#include "provider/provider.h"
#include "support/test.h"

typedef struct LocalCase {
        ProviderJob job;
        ProviderCall call;
        Json *params;
        Err err;
} LocalCase;

static LocalCase local_case(AssetKind kind, const char *prompt) {
        LocalCase c = {.job = {.kind = kind, .model = "ad-1", .prompt = prompt, .want = 1},
                       .params = json_new_object()};

        CHECK(c.params);
        return c;
}

static int build(LocalCase *c) {
        c->job.params = c->params;
        return driver_find("local")->build(&c->job, &c->call, &c->err);
}

static void done(LocalCase *c) {
        provider_call_done(&c->call);
        (void) json_free(c->params);
}

static void param(LocalCase *c, const char *name, const char *text) {
        const ParamSpec *spec = driver_param(driver_find("local"), name, KIND_IMAGE);

        CHECK(spec);
        CHECK_OK(param_to_json(spec, text, c->params), NULL);
}

TEST(the_driver_is_free_and_needs_nothing) {
        const Driver *d = driver_find("local");

        CHECK(d->free && !d->needs_credential && !d->needs_base_url);
        CHECK(!driver_param(d, "headline", KIND_TEXT));
}

TEST(a_picture_becomes_instructions) {
        LocalCase c = local_case(KIND_IMAGE, "kept as provenance");
        int64_t v;

        param(&c, "size", "1080x1920");
        param(&c, "headline", "Nur heute: 20 %");
        param(&c, "subline", "");
        param(&c, "cta", "Jetzt");
        param(&c, "logo", "/brand/logo.png");
        param(&c, "primary", "#ABC");
        param(&c, "layout", "split");
        c.job.seed = -1;
        CHECK_OK(build(&c), &c.err);
        CHECK_INT(c.call.type, CALL_DRAW);
        CHECK(!c.call.http.url && !c.call.result);
        CHECK(json_int(c.call.draw, "width", &v));
        CHECK_INT(v, 1080);
        CHECK(json_int(c.call.draw, "height", &v));
        CHECK_INT(v, 1920);
        CHECK(json_int(c.call.draw, "seed", &v));
        CHECK_INT(v, (INT64_C(1) << 53) - 1);
        CHECK_STR(json_str(c.call.draw, "headline"), "Nur heute: 20 %");
        CHECK_STR(json_str(c.call.draw, "cta"), "Jetzt");
        CHECK_STR(json_str(c.call.draw, "logo"), "/brand/logo.png");
        CHECK_STR(json_str(c.call.draw, "primary"), "#aabbcc");
        CHECK_STR(json_str(c.call.draw, "layout"), "split");
        CHECK(!json_get(c.call.draw, "subline") && !json_get(c.call.draw, "photo"));
        CHECK(!json_get(c.call.draw, "prompt"));
        done(&c);
}

TEST(pictures_that_cannot_be_drawn_are_refused) {
        static const struct {
                const char *size, *headline, *logo, *what;
        } rows[] = {
                {NULL, "x", NULL, "'size' is missing"},
                {"100x100", NULL, NULL, "'headline' is missing"},
                {"63x100", "x", NULL, "out of bounds"},
                {"100x8193", "x", NULL, "out of bounds"},
                {"100x100", "x", "logo.png", "no absolute path"},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                LocalCase c = local_case(KIND_IMAGE, "x");

                if (rows[i].size)
                        param(&c, "size", rows[i].size);
                if (rows[i].headline)
                        param(&c, "headline", rows[i].headline);
                if (rows[i].logo)
                        param(&c, "logo", rows[i].logo);
                CHECK_INT(build(&c), -EINVAL);
                CHECK_HAS(err_text(&c.err), rows[i].what);
                CHECK(!c.call.draw);
                done(&c);
        }
}

TEST(references_and_videos_are_refused) {
        Strv references = {0};
        LocalCase c = local_case(KIND_VIDEO, "x");

        CHECK_INT(build(&c), -EINVAL);
        CHECK(strv_add(&references, "/a.png") >= 0);
        c.job.kind = KIND_TEXT;
        c.job.references = &references;
        CHECK_INT(build(&c), -EINVAL);
        CHECK_HAS(err_text(&c.err), "photo");
        strv_done(&references);
        done(&c);
}

TEST(copy_is_picked_from_the_lines) {
        LocalCase c = local_case(KIND_TEXT, "\n  One \r\nTwo\n\nOne\n\tThree\nFour");

        c.job.want = 3;
        c.job.seed = 2;
        CHECK_OK(build(&c), &c.err);
        CHECK_INT(c.call.type, CALL_READY);
        CHECK_INT(c.call.result->outcome, OUTCOME_MADE);
        CHECK(!c.call.result->billed);
        CHECK_INT(c.call.result->n_items, 3);
        CHECK_STR(c.call.result->items[0].text, "Three");
        CHECK_STR(c.call.result->items[1].text, "Four");
        CHECK_STR(c.call.result->items[2].text, "One");
        CHECK_INT(c.call.result->items[0].payload, -1);
        done(&c);

        c = local_case(KIND_TEXT, "One\nTwo");
        c.job.want = 9;
        c.job.seed = -7;
        CHECK_OK(build(&c), &c.err);
        CHECK_INT(c.call.result->n_items, 2);
        done(&c);
}

TEST(long_lines_are_skipped_by_characters) {
        LocalCase c = local_case(KIND_TEXT, "\xc3\xa4\xc3\xa4\xc3\xa4\nabcd\n");

        c.job.want = 5;
        c.job.max_chars = 3;
        CHECK_OK(build(&c), &c.err);
        CHECK_INT(c.call.result->n_items, 1);
        CHECK_STR(c.call.result->items[0].text, "\xc3\xa4\xc3\xa4\xc3\xa4");
        done(&c);

        c = local_case(KIND_TEXT, "abcd\nefgh");
        c.job.max_chars = 3;
        CHECK_OK(build(&c), &c.err);
        CHECK_INT(c.call.result->outcome, OUTCOME_REJECTED);
        CHECK(!c.call.result->retryable && c.call.result->n_items == 0);
        CHECK_HAS(c.call.result->reason, "max_chars 3");
        done(&c);

        c = local_case(KIND_TEXT, " \n\r\n");
        CHECK_OK(build(&c), &c.err);
        CHECK_INT(c.call.result->outcome, OUTCOME_REJECTED);
        CHECK_STR(c.call.result->code, "EMPTY_PROMPT");
        done(&c);
}
