/* SPDX-License-Identifier: MIT */

/* The tables themselves, and what else is made of them. */

#include "base/strbuf.h"
#include "recipe/node.h"
#include "recipe/tables.h"
#include "support/test.h"

static void check_table(const Schema *schema) {
        CHECK(schema->n <= 64);
        CHECK(schema->size > 0);
        for (size_t i = 0; i < schema->n; i++) {
                const SchemaKey *k = &schema->keys[i];
                bool list = k->type == SCHEMA_OBJECTS || k->type == SCHEMA_NAMED;

                CHECK(k->key && k->help && *k->help);
                CHECK(k->type != SCHEMA_WORD || k->words);
                CHECK(k->type != SCHEMA_INT || k->max > k->min);
                CHECK(k->type != SCHEMA_DURATION || k->max > k->min);
                CHECK(k->type != SCHEMA_CUSTOM || k->json);
                CHECK((k->type == SCHEMA_OBJECT || list) == (k->object != NULL));
                if (k->object)
                        check_table(k->object);
        }
}

/* The tables are data: what the walker takes for granted of them. */
TEST(tables_are_sound) {
        static const Schema *const all[] = {&settings_schema, &recipe_schema, &brand_schema,
                                            &hook_schema,     &prices_schema, &models_schema};

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                _cleanup_(json_freep) Json *json = schema_json(all[i]);

                check_table(all[i]);
                CHECK(json);
                CHECK_STR(json_str(json, "$schema"),
                          "https://json-schema.org/draft/2020-12/schema");
                for (size_t k = 0; k < all[i]->n; k++) {
                        const Json *p = json_get(json_get(json, "properties"), all[i]->keys[k].key);

                        CHECK_STR(json_str(p, "description"), all[i]->keys[k].help);
                }
        }
}

TEST(json_schema_says_what_the_walker_does) {
        _cleanup_(json_freep) Json *json = schema_json(&recipe_schema);
        const Json *p = json_get(json, "properties");
        int64_t v = 0;

        CHECK_STR(json_text(json_at(json_path(p, "kind.enum"), 2)), "text");
        CHECK(json_int(json_path(p, "stock.properties.target"), "maximum", &v));
        CHECK_INT(v, RECIPE_STOCK_MAX);
        CHECK_STR(json_text(json_at(json_path(p, "stock.required"), 0)), "target");
        CHECK_STR(json_text(json_at(json_get(json, "required"), 0)), "version");
        CHECK_STR(json_str(json_get(p, "review"), "default"), "auto");
}

static int find_value(const char *path, const char *value, const Node *node, void *userdata) {
        StrBuf *b = userdata;

        return strbuf_printf(b, "%s=%s@%d\n", path, value ? value : "-", node ? node->line : 0);
}

TEST(values_in_force_with_their_origin) {
        static const char settings[] = "version: 1\n"
                                       "library: /srv/shelf\n"
                                       "providers:\n"
                                       "  gemini: {driver: gemini, timeout: 1h30m}\n"
                                       "  studio: {driver: local}\n"
                                       "notify: {command: [/bin/tell, -x]}\n";
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(arena_freep) Arena *arena = arena_new();
        Source source = {.file = "x", .text = settings, .n = strlen(settings)};
        Problems problems = {0};
        Node *root = NULL;

        CHECK_INT(node_parse(arena, &source, &problems, &root), 0);
        CHECK_INT(schema_show(&settings_schema, root, find_value, &b), 0);
        CHECK_HAS(b.data, "library=/srv/shelf@2\n");
        CHECK_HAS(b.data, "providers.gemini.timeout=1h30m@4\n");
        CHECK_HAS(b.data, "providers.studio.timeout=10m@0\n");
        CHECK_HAS(b.data, "providers.studio.base_url=-@0\n");
        CHECK_HAS(b.data, "notify.command=/bin/tell, -x@6\n");
        problems_done(&problems);
}
