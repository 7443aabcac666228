/* SPDX-License-Identifier: MIT */

/* References from the library: what they may be of, and in which order recipes go. */

#include "base/parse.h"
#include "unit/recipe_fixture.h"

#define PRICES                                                                                     \
        "version: 1\nprices:\n  - {driver: gemini, model: gemini-x, unit: image, usd: 1, as_of: "  \
        "2026-11-01, source: s}\n"
#define AXES "matrix: {brand: acme, hook: urgency, category: [lifestyle, product]"
#define FILM(axes, references)                                                                     \
        "version: 1\nrecipe: film\nkind: image\nprovider: gemini\nmodel: gemini-x\n" AXES axes     \
        "}\nprompt: x\nstock: {target: 1}\nreferences: " references "\n"

/* The picture `hero` (fixture_recipe, category lifestyle and product, format square and story) and
 * film.yaml, whose references stand in line 9. */
static Loaded load(const char *film, const char *more_of_hero) {
        _cleanup_(freep) char *hero = str_printf("%s%s", fixture_recipe, more_of_hero);
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/hero.yaml", hero);
        fixture_write(&l, "recipes.d/film.yaml", film);
        fixture_write(&l, "prices.yaml", PRICES);
        fixture_write(&l, "a.png", "x");
        fixture_load(&l, NULL);
        return l;
}

TEST(files_and_assets_in_their_order) {
        Loaded l = load(
                FILM(", format: [square, story], size: [a, b]", "[a.png, {asset: {recipe: hero}}]"),
                "priority: -3\n");
        const Recipe *film, *hero;

        check_problems(&l, 0, 0);
        film = config_recipe(l.config, "film");
        hero = config_recipe(l.config, "hero");
        CHECK_INT(film->n_references, 2);
        CHECK_STR(film->references[0].path, "a.png");
        CHECK_STR(film->references[1].recipe, "hero");
        CHECK_INT(film->references[1].place.line, 9);
        CHECK_INT(film->references[1].place.column, 21);
        CHECK_INT(film->level, 1);
        CHECK_INT(hero->level, 0);
        CHECK_INT(hero->rank, 0); /* that of film, which waits for it */
        CHECK_INT(hero->priority, -3);
        fixture_done(&l);
}

TEST(mistakes_of_references) {
        static const struct {
                const char *film, *hero;
                int column;
                const char *has;
        } cases[] = {
                {FILM(", format: square", "[{asset: {recipe: heroo}}]"), "", 14,
                 "references[0].asset.recipe: 'heroo' is no recipe; did you mean 'hero'?"},
                {FILM("", "[{asset: {recipe: hero}}]"), "", 14,
                 "'hero' has the axis 'format', which this one lacks"},
                {FILM(", format: [square, round]", "[{asset: {recipe: hero}}]"), "", 14,
                 "'hero' has no format 'round'"},
                {FILM(", format: square", "[{asset: {recipe: hero}}]"), "kinds: x\n", 14,
                 "'hero' is left out: it has errors"},
                {FILM(", format: square", "[{asset: {recipe: film}}]"), "", 14,
                 "'film' waits for this recipe in turn: a circle"},
                {FILM(", format: square", "[{asset: {recip: hero}}]"), "", 23,
                 "unknown key 'recip'"},
                {FILM(", format: square", "[{file: a.png}]"), "", 15, "unknown key 'file'"},
                {FILM(", format: square", "[]"), "", 13, "found an empty list"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Loaded l = load(cases[i].film, cases[i].hero);

                check_problem(&l, "film.yaml", 9, cases[i].column, cases[i].has);
                CHECK(!config_recipe(l.config, "film"));
                CHECK_INT(l.r, 0);
                fixture_done(&l);
        }
}

TEST(only_pictures_are_referred_to) {
        Loaded l = load(FILM(", format: square", "[{asset: {recipe: copy}}]"), "");

        fixture_write(
                &l, "recipes.d/copy.yaml",
                "version: 1\nrecipe: copy\nkind: text\nprovider: gemini\nmodel: gemini-x\n" AXES
                "}\nprompt: x\nstock: {target: 1}\n");
        fixture_load(&l, NULL);
        check_problem(&l, "film.yaml", 9, 14, "'copy' makes no pictures but text");
        fixture_done(&l);
}

/* a -> b -> ... : each waits for the next. */
static Loaded chain(size_t n, bool closed) {
        Loaded l = fixture_new();

        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *file = str_printf("recipes.d/r%zu.yaml", i);
                _cleanup_(freep) char *next =
                        i + 1 < n || closed
                                ? str_printf("references: [{asset: {recipe: r%zu}}]\n", (i + 1) % n)
                                : strdup("");
                _cleanup_(freep) char *text =
                        str_printf("version: 1\nrecipe: r%zu\nkind: image\nprovider: "
                                   "gemini\nmodel: gemini-x\n%s}\n"
                                   "prompt: x\nstock: {target: 1}\n%s",
                                   i, AXES, next);

                fixture_write(&l, file, text);
        }
        fixture_write(&l, "prices.yaml", PRICES);
        fixture_load(&l, NULL);
        return l;
}

TEST(circles_and_chains_without_end) {
        Loaded l = chain(RECIPE_CHAIN_MAX + 1, false);

        check_problems(&l, 0, 0);
        CHECK_INT(config_recipe(l.config, "r0")->level, RECIPE_CHAIN_MAX);
        fixture_done(&l);

        l = chain(RECIPE_CHAIN_MAX + 2, false);
        check_problem(&l, "r0.yaml", 9, 14, "more than 8 recipes wait for each other");
        check_problems(&l, 1, 0); /* the first is left out, and the rest is a chain that goes */
        CHECK_INT(l.config->n_recipes, RECIPE_CHAIN_MAX + 1);
        fixture_done(&l);

        l = chain(3, true);
        check_problems(&l, 3, 0);
        check_problem(&l, "r1.yaml", 9, 14, "'r2' waits for this recipe in turn: a circle");
        CHECK_INT(l.config->n_recipes, 0);
        CHECK_INT(l.config->n_left_out, 3);
        fixture_done(&l);
}
