/* SPDX-License-Identifier: MIT */

/*
 * make_library DIR: a small library whose every byte is known, for tests of the tools that read it.
 * Made through the library's own calls, the way a night makes one, but with made-up times and bytes
 * that only pretend to be pictures.
 *
 *      recipe        kind   brands x hooks x formats                     each       target
 *      spring-hero   image  acme zenith x urgency proof comfort x square story  1   2
 *      spring-copy   text   acme zenith x urgency proof comfort          2 variants 2
 *      old-hero      image  acme x urgency x square, category product    1, expired 1
 *      review-hero   image  zenith x comfort x wide, category product    1, pending 1
 */

#include <stdio.h>

#include "core/library.h"

enum {
        ASSETS_MAX = 2,
        CONTENT_MAX = 256,
};

static const int64_t first_night = INT64_C(1578276000000); /* 2020-01-06T02:00:00Z */
static const int64_t minute = 60000;

static const char *const brands[] = {"acme", "zenith"};
static const char *const hooks[] = {"urgency", "proof", "comfort"};

typedef struct Maker {
        Library *lib;
        int64_t run, now_ms;
        Err err;
} Maker;

typedef struct Item {
        const char *recipe, *brand, *hook, *category, *format; /* format NULL: copy */
        int64_t target, max_age_ms;
        bool review;
} Item;

static int make_cell(Maker *m, const Item *item, int64_t *ret) {
        AlAxis axes[4] = {{"brand", item->brand}, {"category", item->category}};
        size_t n = 2;

        if (item->format)
                axes[n++] = (AlAxis){"format", item->format};
        axes[n++] = (AlAxis){"hook", item->hook};
        return al_cell_sync(m->lib,
                            &(AlCellSpec){.recipe = item->recipe,
                                          .brand = item->brand,
                                          .hook = item->hook,
                                          .category = item->category,
                                          .axes = axes,
                                          .n_axes = n,
                                          .kind = item->format ? KIND_IMAGE : KIND_TEXT,
                                          .target = item->target,
                                          .max_age_ms = item->max_age_ms},
                            m->now_ms, ret, &m->err);
}

static int plan_job(Maker *m, const Item *item, int64_t cell, int64_t *ret) {
        char tags[CONTENT_MAX], prompt[CONTENT_MAX];

        if (item->format)
                (void) snprintf(tags, sizeof tags, "{\"format\":\"%s\",\"season\":\"spring\"}",
                                item->format);
        else
                (void) snprintf(tags, sizeof tags, "{\"season\":\"spring\"}");
        (void) snprintf(prompt, sizeof prompt, "%s for %s\nno text in the image", item->hook,
                        item->brand);
        return al_job_plan(m->lib,
                           &(AlJobSpec){.run = m->run,
                                        .cell = cell,
                                        .kind = item->format ? KIND_IMAGE : KIND_TEXT,
                                        .provider = "studio",
                                        .driver = "local",
                                        .model = "local-1",
                                        .recipe = item->recipe,
                                        .recipe_hash = "0123456789abcdef0123456789abcdef"
                                                       "0123456789abcdef0123456789abcdef",
                                        .brand = item->brand,
                                        .hook = item->hook,
                                        .category = item->category,
                                        .prompt = prompt,
                                        .params = "{\"size\":\"1K\"}",
                                        .references = "[]",
                                        .tags = tags,
                                        .want = item->format ? 1 : 2,
                                        .seed = 7,
                                        .max_age_ms = item->max_age_ms,
                                        .review_manual = item->review,
                                        .worst = 33600},
                           m->now_ms, ret, &m->err);
}

/* The copy of one variant; one of them tries to steer the terminal, one needs wide characters. */
static void copy_text(const Item *item, int64_t variant, char ret[static CONTENT_MAX]) {
        const char *tail = "today";

        if (streq(item->hook, "urgency") && variant == 1)
                tail = streq(item->brand, "acme") ? "\x1b[31mred\x1b[0m, \"now\"" : "残りわずか";
        (void) snprintf(ret, CONTENT_MAX, "%s %s %d %s", item->brand, item->hook, (int) variant,
                        tail);
}

static int make_asset(Maker *m, const Item *item, int64_t variant, char *text, AlNewAsset *ret) {
        bool copy = !item->format;

        *ret = (AlNewAsset){.media_type = copy ? "text/plain" : "image/png",
                            .ext = copy ? "txt" : "png",
                            .text = copy ? text : NULL,
                            .variant = variant};
        if (copy) {
                copy_text(item, variant, text);
        } else {
                (void) snprintf(text, CONTENT_MAX, "picture %s %s %s %s", item->recipe, item->brand,
                                item->hook, item->format);
                ret->width = 1080;
                ret->height = streq(item->format, "story") ? 1920 : 1080;
        }
        ret->bytes = (int64_t) strlen(text);
        return al_object_put(al_dir_fd(m->lib), text, strlen(text), ret->ext, &ret->digest,
                             &m->err);
}

static int run_job(Maker *m, const Item *item, int64_t job) {
        AlNewAsset assets[ASSETS_MAX];
        char texts[ASSETS_MAX][CONTENT_MAX];
        int64_t n = item->format ? 1 : 2, attempt;
        int r;

        r = al_attempt_begin(m->lib, job, m->run, 33600, NULL, 0, "2020-01-06", m->now_ms, &attempt,
                             NULL, &m->err);
        for (int64_t v = 0; v < n && r == 0; v++)
                r = make_asset(m, item, v, texts[v], &assets[v]);
        if (r != 0)
                return r;
        return al_attempt_end(m->lib, attempt,
                              &(AlAttemptEnd){.outcome = OUTCOME_MADE,
                                              .billed = 33600,
                                              .http_status = 200,
                                              .model_returned = "local-1",
                                              .counts = true,
                                              .next = JOB_DONE,
                                              .assets = assets,
                                              .n_assets = (size_t) n},
                              m->now_ms, NULL, &m->err);
}

static int make_item(Maker *m, const Item *item) {
        int64_t cell, job;
        int r = make_cell(m, item, &cell);

        if (r == 0)
                r = plan_job(m, item, cell, &job);
        if (r == 0)
                r = run_job(m, item, job);
        m->now_ms += minute;
        return r;
}

static int make_spring(Maker *m) {
        static const char *const formats[] = {"square", "story", NULL};
        int r = 0;

        for (size_t b = 0; b < ARRAY_LEN(brands); b++)
                for (size_t h = 0; h < ARRAY_LEN(hooks); h++)
                        for (size_t f = 0; f < ARRAY_LEN(formats) && r == 0; f++)
                                r = make_item(m, &(Item){.recipe = formats[f] ? "spring-hero"
                                                                              : "spring-copy",
                                                         .brand = brands[b],
                                                         .hook = hooks[h],
                                                         .category = "lifestyle",
                                                         .format = formats[f],
                                                         .target = 2});
        return r;
}

static int make_library(Maker *m, const char *dir) {
        static const Item others[] = {
                {"old-hero", "acme", "urgency", "product", "square", 1, 86400000, false},
                {"review-hero", "zenith", "comfort", "product", "wide", 1, 0, true},
        };
        int r;

        m->now_ms = first_night;
        r = al_open(dir, AL_CREATE, &m->lib, &m->err);
        if (r == 0)
                r = al_run_begin(m->lib, m->now_ms, -1, &m->run, &m->err);
        if (r == 0)
                r = make_spring(m);
        for (size_t i = 0; i < ARRAY_LEN(others) && r == 0; i++)
                r = make_item(m, &others[i]);
        return r != 0 ? r : al_run_end(m->lib, m->run, m->now_ms, "done", 0, 12, &m->err);
}

int main(int argc, char **argv) {
        Maker m = {0};
        int r;

        if (argc != 2) {
                (void) fprintf(stderr, "usage: make_library DIR\n");
                return 2;
        }
        r = make_library(&m, argv[1]);
        (void) al_close(m.lib);
        if (r != 0)
                (void) fprintf(stderr, "make_library: %d: %s\n", r, err_text(&m.err));
        return r != 0;
}
