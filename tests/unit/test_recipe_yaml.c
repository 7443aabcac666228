/* SPDX-License-Identifier: MIT */

/* What is refused before any table looks at it, and where. */

#include <time.h>

#include "base/strbuf.h"
#include "recipe/node.h"
#include "recipe/reader.h"
#include "support/test.h"

typedef struct Parsed {
        Arena *arena;
        Problems problems;
        Node *root;
        Source source;
} Parsed;

static Parsed parse_n(const char *text, size_t n) {
        Parsed p = {.arena = arena_new(), .source = {.file = "x.yaml", .text = text, .n = n}};

        CHECK(p.arena);
        CHECK_INT(node_parse(p.arena, &p.source, &p.problems, &p.root), 0);
        return p;
}

static void parsed_done(Parsed *p) {
        p->arena = arena_free(p->arena);
        problems_done(&p->problems);
}

/* Exactly one problem, here. */
static void refused(const char *text, size_t n, int line, int column, const char *has) {
        Parsed p = parse_n(text, n);

        CHECK_INT(p.problems.n, 1);
        CHECK_HAS(p.problems.items[0].text, has);
        CHECK_INT(p.problems.items[0].line, line);
        CHECK_INT(p.problems.items[0].column, column);
        parsed_done(&p);
}
#define REFUSED(text, line, column, has) refused(text, sizeof text - 1, line, column, has)

TEST(a_tree_with_places) {
        static const char text[] = "a: 1\nlist: [x, 'y']\nmap:\n  deep: ~\n  text: |\n    t\n";
        Parsed p = parse_n(text, sizeof text - 1);
        const Node *list = node_get(p.root, "list"), *map = node_get(p.root, "map");

        CHECK_INT(p.problems.n, 0);
        CHECK_INT(p.root->n, 3);
        CHECK_STR(node_get(p.root, "a")->text, "1");
        CHECK_INT(list->n, 2);
        CHECK_INT(list->line, 2);
        CHECK_INT(list->column, 7);
        CHECK_STR(list->last->text, "y");
        CHECK_INT(list->last->style, STYLE_QUOTED);
        CHECK_INT(list->last->column, 11);
        CHECK(node_is_null(node_get(map, "deep")));
        CHECK_STR(node_get(map, "text")->text, "t\n");
        CHECK_INT(node_get(map, "text")->style, STYLE_BLOCK);
        CHECK_INT(node_get(map, "text")->key->line, 5);
        CHECK(!node_get(map, "nosuch"));
        CHECK(!node_get(list, "x"));
        CHECK(!node_get(NULL, "x"));
        parsed_done(&p);
}

TEST(refusals) {
        REFUSED("", 1, 1, "empty");
        REFUSED("# only a comment\n", 2, 1, "empty");
        REFUSED("a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a'; it stands at line 1");
        REFUSED("a: &x 1\n", 1, 4, "anchors");
        REFUSED("a: !!str 1\n", 1, 4, "tags");
        REFUSED("a: !x {b: 1}\n", 1, 4, "tags");
        REFUSED("a: 1\n---\nb: 2\n", 2, 1, "second document");
        REFUSED("? [a, b]\n: 1\n", 1, 3, "a key must be a word, not a list");
        REFUSED("{{a: 1}: 2}\n", 1, 2,
                "a key must be a word, not a map; a text that begins with '{{' needs quotes");
        REFUSED("~: 1\n", 1, 1, "a key must be a word, not nothing");
        REFUSED("a: \"x\\0y\"\n", 1, 4, "NUL");
        REFUSED("a: 1\nb: x\0y\n", 2, 5, "not UTF-8");
        REFUSED("a: 1\nb: \xc3\xa4\xff\n", 2, 5, "not UTF-8");
        REFUSED("a: 1\nb: \xc3\xa4\x01\n", 2, 5, "bad YAML: control characters");
        REFUSED("\xff\xfe"
                "a",
                1, 1, "not UTF-8");
}

TEST(an_alias_and_its_anchor) {
        static const char text[] = "a: &x 1\nb: *x\n";
        Parsed p = parse_n(text, sizeof text - 1);

        CHECK_INT(p.problems.n, 2);
        CHECK_HAS(p.problems.items[0].text, "anchors");
        CHECK_HAS(p.problems.items[1].text, "aliases");
        CHECK_INT(p.problems.items[1].line, 2);
        CHECK_INT(p.problems.items[1].column, 4);
        CHECK(p.root); /* the rest is still looked at */
        CHECK(node_get(p.root, "b")->reported);
        parsed_done(&p);
}

TEST(broken_syntax_is_one_problem) {
        REFUSED("a: 1\n b: 2\nc: [\n", 2, 3, "bad YAML: mapping values are not allowed");
        REFUSED("a: [1, 2\nb: 3\n", 2, 2, "bad YAML");
        REFUSED("a: 'open\n", 2, 1, "bad YAML: found unexpected end of stream");
        REFUSED("a:\n\t- 1\n", 2, 1, "bad YAML");
        REFUSED("a: [}\n", 1, 5, "bad YAML");
}

/* CONFIG_DEPTH_MAX lists or maps within each other, the root among them. */
static char *nested(int depth, const char *open, const char *close) {
        StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        (void) strbuf_puts(&b, "a: ");
        for (int i = 1; i < depth; i++)
                (void) strbuf_puts(&b, open);
        for (int i = 1; i < depth; i++)
                (void) strbuf_puts(&b, close);
        return strbuf_take(&b);
}

TEST(depth_at_cap_and_beyond) {
        static const char *const brackets[][2] = {{"[", "]"}, {"{b: ", "}"}};

        for (size_t i = 0; i < ARRAY_LEN(brackets); i++) {
                char *fine = nested(CONFIG_DEPTH_MAX, brackets[i][0], brackets[i][1]);
                char *deep = nested(CONFIG_DEPTH_MAX + 1, brackets[i][0], brackets[i][1]);
                Parsed p = parse_n(fine, strlen(fine));

                if (p.problems.n > 0)
                        CHECK_STR(p.problems.items[0].text, "");
                parsed_done(&p);
                p = parse_n(deep, strlen(deep));
                CHECK_INT(p.problems.n, 1);
                CHECK_HAS(p.problems.items[0].text, "nested too deeply");
                CHECK(!p.root);
                parsed_done(&p);
                free(fine);
                free(deep);
        }
}

/* libyaml alone takes ten seconds over this; the bound is generous for sanitizers and slow
 * machines, and still far below. */
TEST(a_hundred_kilobytes_of_brackets_are_refused_at_once) {
        static const char *const patterns[] = {"[", "{", "[{", "{a: ", "- ", "? ", "[\n", "- ["};
        enum { SIZE = 100 * 1024 };
        _cleanup_(freep) char *text = malloc(SIZE + 8);

        CHECK(text);
        for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
                size_t n = strlen(patterns[i]);
                clock_t begin;
                Parsed p;

                for (size_t at = 0; at < SIZE; at += n)
                        memcpy(text + at, patterns[i], n);
                begin = clock();
                p = parse_n(text, SIZE);
                CHECK((double) (clock() - begin) / CLOCKS_PER_SEC < 1.0);
                CHECK(p.problems.n >= 1);
                CHECK(!p.root);
                parsed_done(&p);
        }
}

TEST(keys_of_one_map_are_bounded) {
        for (int extra = 0; extra <= 1; extra++) {
                _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
                Parsed p;

                for (int i = 0; i < NODE_KEYS_MAX + extra; i++)
                        (void) strbuf_printf(&b, "k%d: 1\n", i);
                p = parse_n(b.data, b.len);
                CHECK_INT(p.problems.n, extra);
                if (extra)
                        CHECK_HAS(p.problems.items[0].text, "more than 1000 keys");
                parsed_done(&p);
        }
}

static void place_is(const char *text, const char *key, size_t nth, int line, int column) {
        Parsed p = parse_n(text, strlen(text));
        Place place;

        CHECK_INT(p.problems.n, 0);
        place = node_place_of(&p.source, node_get(p.root, key), "{{", nth);
        CHECK_INT(place.line, line);
        CHECK_INT(place.column, column);
        parsed_done(&p);
}

TEST(places_inside_a_text) {
        place_is("p: a {{b}}\n", "p", 0, 1, 6);
        place_is("p: 'it''s {{b}} {{c}}'\n", "p", 1, 1, 17);
        place_is("p: \"\\t\\u00e4 {{b}}\"\n", "p", 0, 1, 14);
        place_is("p: |\n  \xc3\xa4 {{b}}\n\n    {{c}}\n", "p", 0, 2, 5);
        place_is("p: |\n  \xc3\xa4 {{b}}\n\n    {{c}}\n", "p", 1, 4, 5);
        place_is("\xc3\xa4: \xc3\xa4\np: >-\n  one\n  {{b}}\n  {{c}}\nq: x\n", "p", 1, 5, 3);
        place_is("p: |\r\n  a\r\n  {{b}}\r\n", "p", 0, 3, 3);
        place_is("p: one\n  two {{b}}\n", "p", 0, 2, 7);
        place_is("p: a {{b}}\n", "p", 1, 1, 4); /* not there: the text itself */
}

static void content_is(const char *text, int line, int column) {
        Parsed p = parse_n(text, strlen(text));
        Place place = node_content_place(&p.source, node_get(p.root, "p"));

        CHECK_INT(place.line, line);
        CHECK_INT(place.column, column);
        parsed_done(&p);
}

TEST(places_of_content) {
        content_is("p: a\n", 1, 4);
        content_is("p: 'a'\n", 1, 5);
        content_is("p: |\n  a\n", 2, 3);
        content_is("p: >-  # why\n\n    a\n", 3, 5);
}

TEST(shown_and_suggested) {
        char text[200];
        const char *const words[] = {"provider", "prompt"};

        memset(text, 'a', sizeof text);
        text[sizeof text - 1] = 0;
        CHECK_INT(strlen(shown(text).text), SHOWN_MAX - 1);
        CHECK_HAS(shown(text).text, "aaa...");
        for (size_t i = 1; i + 2 < sizeof text; i += 2)
                memcpy(text + i, "\xc3\xa4", 2); /* cut between characters, not inside */
        CHECK_INT((unsigned char) shown(text).text[strlen(shown(text).text) - 4], 0xa4);
        CHECK_STR(suggest("provder", words, 2).text, "; did you mean 'provider'?");
        CHECK_STR(suggest("xyz", words, 2).text, "");
}

TEST(problems_are_capped_and_printable) {
        Problems p = {0};
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        for (int i = 0; i < CONFIG_PROBLEMS_MAX + 3; i++)
                CHECK_INT(problem_add(&p, PROBLEM_ERROR, "f", 1000 - i, 1, "a\nb\033[31m%d", i), 0);
        CHECK_INT(p.n, CONFIG_PROBLEMS_MAX);
        CHECK_INT(p.dropped, 3);
        CHECK_INT(p.n_errors, CONFIG_PROBLEMS_MAX + 3);
        CHECK_INT(problem_add(&p, PROBLEM_WARNING, "f", 1, 1, "w"), 0);
        CHECK_INT(problems_print(&p, f, false), 0);
        (void) fclose(f);
        CHECK_HAS(text, "f:501:1: error: a b [31m499\nf:502:1:"); /* sorted, one line each */
        CHECK_HAS(text, "... and 4 more");
        free(text);
        problems_done(&p);
        problems_done(&p);
        problems_done(NULL);
}

TEST(arena_appends_and_refuses_overflow) {
        Arena *a = arena_new();
        int *items = NULL;

        CHECK(a);
        for (size_t n = 0; n < 1000; n++) {
                items = arena_append(a, items, n, sizeof *items);
                CHECK(items);
                items[n] = (int) n;
        }
        for (size_t n = 0; n < 1000; n++)
                CHECK_INT(items[n], n);
        CHECK_STR(arena_printf(a, "%s-%d", "x", 7), "x-7");
        CHECK(!arena_strdup(a, NULL));
        CHECK_INT(arena_error(a), 0);
        CHECK(!arena_array(a, SIZE_MAX / 2, 4));
        CHECK_INT(arena_error(a), -ENOMEM);
        CHECK(!arena_alloc(a, 1)); /* the error stays */
        CHECK(!arena_free(a));
        CHECK(!arena_free(NULL));
}
