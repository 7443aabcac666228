/* SPDX-License-Identifier: MIT */

/* `provider:`, `model:` and `params:` of a recipe, against the settings and the driver's table. */

#include "base/strbuf.h"
#include "recipe/recipe_internal.h"

enum {
        PARAMS_MAX = 64, /* names of a driver looked at for the nearest */
        LISTED_MAX = 300,
};

/* ---- provider, kind, model ---------------------------------------------------------------- */

static void unknown_provider(Reader *r, const Config *c, const Node *node) {
        _cleanup_(freep) const char **names = calloc(c->settings.n_providers + 1, sizeof *names);
        size_t n = 0;

        if (!names) {
                r->error = -ENOMEM;
                return;
        }
        for (size_t i = 0; i < c->settings.n_providers; i++)
                if (c->settings.providers[i].name)
                        names[n++] = c->settings.providers[i].name;
        reader_error(r, node, "unknown provider '%s'%s", shown(node->text).text,
                     n == 0 ? "; the settings name none" : suggest(node->text, names, n).text);
}

static void check_kind(Reader *r, const RecipeDraft *draft) {
        _cleanup_(strbuf_done) StrBuf list = STRBUF_INIT(LISTED_MAX);
        const Driver *driver = draft->driver;
        ReaderPath frame;

        if (draft->kind < 0 || (driver->kinds & (1u << draft->kind)))
                return;
        for (unsigned k = 0; k < _KIND_MAX; k++)
                if (driver->kinds & (1u << k))
                        (void) strbuf_printf(&list, "%s%s", list.len > 0 ? ", " : "",
                                             kind_words[k]);
        reader_enter(r, &frame, "kind", 0);
        reader_error(r, draft->kind_node, "driver '%s' makes no %s; it makes %s", driver->name,
                     kind_words[draft->kind], strbuf_text(&list));
        reader_leave(r);
}

void check_provider(Reader *r, const Loading *l, RecipeDraft *draft) {
        const ProviderConfig *p;
        ReaderPath frame;

        assert(r);
        assert(l);
        assert(draft);
        if (!draft->recipe.provider || !l->providers_known)
                return;
        p = config_provider(l->config, draft->recipe.provider);
        if (!p) {
                reader_enter(r, &frame, "provider", 0);
                unknown_provider(r, l->config, draft->provider);
                reader_leave(r);
        }
        draft->driver = p && p->driver ? driver_find(p->driver) : NULL;
        if (!draft->driver)
                return;
        draft->of = p;
        check_kind(r, draft);
        if (!draft->recipe.model && draft->driver->free)
                draft->recipe.model = draft->driver->name;
        if (!draft->recipe.model && !draft->model &&
            !schema_misspelt(&recipe_schema, draft->root, "model"))
                reader_error(r, draft->provider, "missing key 'model': driver '%s' needs one",
                             draft->driver->name);
}

/* ---- params ------------------------------------------------------------------------------- */

/* What check_params() hands down. */
typedef struct ParamReading {
        Reader *r;
        const Loading *l;
        RecipeDraft *draft;
        const ParamSpec *spec;
} ParamReading;

static void unknown_param(Reader *r, const RecipeDraft *draft, const Node *node) {
        const Driver *driver = draft->driver;
        const char *names[PARAMS_MAX], *key = node->key->text;
        size_t n = 0;

        for (size_t i = 0; i < draft->of->n_params && n < PARAMS_MAX; i++) {
                const ParamSpec *spec = &draft->of->params[i];

                if (spec->kinds & (1u << draft->kind))
                        names[n++] = spec->name;
                if (streq(spec->name, key)) {
                        reader_error(r, node->key, "driver '%s' knows '%s' not for 'kind: %s'",
                                     driver->name, key, kind_words[draft->kind]);
                        return;
                }
        }
        if (key_is_secret(key))
                schema_unknown_key(r, node, names, n);
        else
                reader_error(r, node->key, "driver '%s' has no parameter '%s'%s", driver->name,
                             shown(key).text, suggest(key, names, n).text);
}

static bool read_choice(const ParamReading *p, const Node *node, ParamChoice *ret) {
        const char *text = schema_scalar(p->r, node, "a value");
        Err err = {0};
        int e;

        if (!text)
                return false;
        ret->place = node_place(&p->r->source, node);
        ret->text = reader_strdup(p->r, text);
        if (!ret->text)
                return false;
        if (strstr(text, "{{"))
                return true; /* checked as it will be filled in, by check_templates() */
        e = param_check(p->spec, text, &err);
        if (e >= 0 && p->draft->known)
                e = model_takes(p->draft->known, p->spec, text, p->draft->recipe.n_references,
                                &err);
        if (e == -ENOMEM)
                p->r->error = e;
        else if (e < 0)
                reader_error(p->r, node, "%s", err_text(&err));
        return e >= 0;
}

/* How many keys of the map are values of the axis. */
static size_t axis_hits(const Axis *axis, const Node *map) {
        size_t hits = 0;

        for (const Node *n = map->first; n; n = n->next)
                for (size_t i = 0; i < axis->n; i++)
                        hits += streq(axis->values[i], n->key->text);
        return hits;
}

/* The axis whose values the map is keyed by: the one most keys belong to. NULL after reporting that
 * there is none, or that it could be either of two. */
static const Axis *choose_axis(Reader *r, const Recipe *recipe, const Node *map) {
        const Axis *best = NULL, *second = NULL;
        size_t most = 0;

        for (size_t i = 0; i < recipe->n_axes; i++) {
                size_t hits = axis_hits(&recipe->axes[i], map);

                if (hits > 0 && hits == most)
                        second = &recipe->axes[i];
                if (hits > most) {
                        best = &recipe->axes[i];
                        second = NULL;
                        most = hits;
                }
        }
        if (!best)
                reader_error(r, map, "a map must be keyed by the values of one axis of the matrix");
        else if (second)
                reader_error(r, map, "could be keyed by axis '%s' or '%s'; their values are alike",
                             best->name, second->name);
        return second ? NULL : best;
}

static void check_map_keys(Reader *r, const Axis *axis, const Node *map) {
        for (const Node *n = map->first; n; n = n->next) {
                bool known = false;

                for (size_t i = 0; i < axis->n; i++)
                        known |= streq(axis->values[i], n->key->text);
                if (!known)
                        reader_error(r, n->key, "axis '%s' has no value '%s'%s", axis->name,
                                     shown(n->key->text).text,
                                     suggest(n->key->text, axis->values, axis->n).text);
        }
        for (size_t i = 0; i < axis->n; i++)
                if (!node_get(map, axis->values[i]))
                        reader_error(r, map, "no value for %s '%s'", axis->name, axis->values[i]);
}

static bool read_map_param(const ParamReading *p, const Node *map, RecipeParam *ret) {
        const Axis *axis = choose_axis(p->r, &p->draft->recipe, map);
        size_t before = p->r->problems->n_errors;

        if (!axis)
                return false;
        check_map_keys(p->r, axis, map);
        ret->axis = axis->name;
        ret->choices = reader_array(p->r, map->n + 1, sizeof *ret->choices);
        for (const Node *n = map->first; n && ret->choices; n = n->next) {
                ParamChoice *choice = &ret->choices[ret->n++];
                ReaderPath frame;

                reader_enter(p->r, &frame, n->key->text, 0);
                choice->axis_value = reader_strdup(p->r, n->key->text);
                (void) read_choice(p, n, choice);
                reader_leave(p->r);
        }
        return p->r->error == 0 && p->r->problems->n_errors == before;
}

static void read_param(const ParamReading *p, const Node *node) {
        Recipe *recipe = &p->draft->recipe;
        RecipeParam param = {.name = p->spec->name, .place = node_place(&p->r->source, node)};
        Err err = {0};
        bool fine;

        if (node->reported)
                return;
        if (p->draft->known &&
            !model_has_param(p->draft->known, p->spec->name, recipe->n_references) &&
            model_takes(p->draft->known, p->spec, "", recipe->n_references, &err) < 0) {
                reader_error(p->r, node->key, "%s", err_text(&err));
                return;
        }
        if (node->type == NODE_MAP) {
                fine = read_map_param(p, node, &param);
        } else {
                param.choices = reader_array(p->r, 1, sizeof *param.choices);
                param.n = 1;
                fine = param.choices && read_choice(p, node, &param.choices[0]);
        }
        if (fine)
                recipe->params[recipe->n_params++] = param;
}

/* What the driver cannot do without. */
static void check_required(Reader *r, const RecipeDraft *draft) {
        const Node *at = draft->params ? draft->params : draft->provider;

        for (size_t i = 0; i < draft->of->n_params; i++) {
                const ParamSpec *spec = &draft->of->params[i];

                if (spec->required && (spec->kinds & (1u << draft->kind)) &&
                    !node_get(draft->params, spec->name))
                        reader_error(r, at, "missing parameter '%s' of driver '%s' (%s)",
                                     spec->name, draft->driver->name, spec->help);
        }
}

void check_params(Reader *r, const Loading *l, RecipeDraft *draft) {
        ParamReading p = {.r = r, .l = l, .draft = draft};
        const Node *map = draft->params;
        ReaderPath params, frame;

        assert(r);
        if (!draft->driver || draft->kind < 0 || !(draft->driver->kinds & (1u << draft->kind)))
                return;
        draft->recipe.params_place = node_place(&r->source, map ? map->key : draft->provider);
        reader_enter(r, &params, "params", 0);
        if (map && map->type != NODE_MAP)
                reader_error(r, map, "expected a map of parameters, found %s", node_noun(map));
        else
                check_required(r, draft);
        if (map && map->type == NODE_MAP) {
                draft->recipe.params = reader_array(r, map->n + 1, sizeof(RecipeParam));
                for (const Node *n = map->first; n && draft->recipe.params; n = n->next) {
                        p.spec = param_find(draft->of->params, draft->of->n_params, n->key->text,
                                            (AssetKind) draft->kind);
                        reader_enter(r, &frame, n->key->text, 0);
                        if (p.spec)
                                read_param(&p, n);
                        else
                                unknown_param(r, draft, n);
                        reader_leave(r);
                }
        }
        reader_leave(r);
}
