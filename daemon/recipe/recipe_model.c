/* SPDX-License-Identifier: MIT */

/* A recipe against what models.yaml says of its model. A model that has ended leaves the recipe out:
 * every call would be refused. Whoever knows that it still answers says so in a models.yaml of their
 * own, which is read first. */

#include <stdio.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "recipe/recipe_internal.h"

enum {
        MODELS_MAX = 500, /* names of a driver looked at for the nearest */
        LISTED_MAX = 300,
};
#define SOON_MS (INT64_C(30) * 24 * 60 * 60 * 1000)

/* ---- which model -------------------------------------------------------------------------- */

/* A model nobody has heard of may be new; one that is nearly spelt like a known one is told. */
static void warn_unknown(Reader *r, const Config *c, const RecipeDraft *draft) {
        _cleanup_(freep) const char **names = calloc(MODELS_MAX, sizeof *names);
        Suggestion near;
        size_t n = 0;

        if (!names) {
                r->error = -ENOMEM;
                return;
        }
        for (size_t i = 0; i < c->n_models && n < MODELS_MAX; i++)
                if (streq(c->models[i].driver, draft->driver->name))
                        names[n++] = c->models[i].model;
        near = suggest(draft->recipe.model, names, n);
        if (near.text[0])
                reader_warning(r, draft->model, "models.yaml does not know '%s'%s",
                               shown(draft->recipe.model).text, near.text);
}

static void check_end(Reader *r, const Loading *l, const RecipeDraft *draft) {
        const Model *m = draft->known;
        char day[TIME_TEXT_MAX], instead[SHOWN_MAX + 32] = "";

        if (m->shutdown_ms == 0 || m->shutdown_ms - l->now_ms > SOON_MS)
                return;
        time_format_utc(m->shutdown_ms, day);
        day[10] = 0; /* the date */
        if (m->replacement)
                (void) snprintf(instead, sizeof instead, "; use '%s'", shown(m->replacement).text);
        if (m->shutdown_ms > l->now_ms)
                reader_warning(r, draft->model, "model '%s' will be shut down on %s%s",
                               shown(m->model).text, day, instead);
        else
                reader_error(r, draft->model,
                             "model '%s' was shut down on %s%s; if it still answers you, say so in "
                             "a models.yaml beside the settings",
                             shown(m->model).text, day, instead);
}

static void check_kind(Reader *r, const RecipeDraft *draft) {
        _cleanup_(strbuf_done) StrBuf list = STRBUF_INIT(LISTED_MAX);
        const Model *m = draft->known;

        if (draft->kind < 0 || m->kinds == 0 || (m->kinds & (1u << draft->kind)))
                return;
        for (unsigned k = 0; k < _KIND_MAX; k++)
                if (m->kinds & (1u << k))
                        (void) strbuf_printf(&list, "%s%s", list.len > 0 ? ", " : "",
                                             kind_words[k]);
        reader_error(r, draft->model, "model '%s' makes no %s; it makes %s", shown(m->model).text,
                     kind_words[draft->kind], strbuf_text(&list));
}

/* ---- what it takes ------------------------------------------------------------------------ */

static void check_references(Reader *r, const RecipeDraft *draft) {
        const Model *m = draft->known;
        size_t n = draft->recipe.n_references;
        ReaderPath frame;

        if (draft->references && !draft->recipe.references)
                return; /* could not be read */
        reader_enter(r, &frame, "references", 0);
        if ((int64_t) n < m->references_min)
                reader_error(r, draft->references ? draft->references : draft->model,
                             "model '%s' needs at least %lld", shown(m->model).text,
                             (long long) m->references_min);
        else if (m->references_max == 0 && n > 0)
                reader_error(r, draft->references, "model '%s' takes none", shown(m->model).text);
        else if (m->references_max >= 0 && (int64_t) n > m->references_max)
                reader_error(r, draft->references, "model '%s' takes at most %lld",
                             shown(m->model).text, (long long) m->references_max);
        reader_leave(r);
}

static void check_needs(Reader *r, const RecipeDraft *draft) {
        const Model *m = draft->known;

        for (size_t i = 0; i < m->n_needs; i++) {
                const ParamSpec *spec =
                        driver_param(draft->driver, m->needs[i], (AssetKind) draft->kind);

                if (spec && !spec->required && !node_get(draft->params, m->needs[i]))
                        reader_error(r, draft->params ? draft->params : draft->model,
                                     "missing parameter '%s': model '%s' needs it (%s)",
                                     m->needs[i], shown(m->model).text, spec->help);
        }
}

typedef struct PromptCheck {
        Reader *r;
        const RecipeDraft *draft;
} PromptCheck;

/* The first that is too long: the rest is more of the same. */
static bool check_rendered(const char *text, const char *where, void *userdata) {
        const PromptCheck *p = userdata;
        Err err = {0};

        if (model_takes_prompt(p->draft->known, text, &err) >= 0)
                return true;
        reader_error(p->r, p->draft->prompt, "%s%s", err_text(&err), where);
        return false;
}

void check_prompt_length(Reader *r, const Loading *l, const RecipeDraft *draft) {
        PromptCheck p = {.r = r, .draft = draft};
        int e;

        if (!draft->known || draft->known->prompt_max == 0)
                return;
        e = template_each(l->config, &draft->recipe, draft->recipe.prompt, check_rendered, &p);
        if (e < 0)
                r->error = e;
}

void check_model(Reader *r, const Loading *l, RecipeDraft *draft) {
        ReaderPath frame;

        assert(r);
        assert(l);
        assert(draft);
        if (!draft->driver || !draft->model || !draft->recipe.model)
                return;
        draft->known = config_model(l->config, draft->driver->name, draft->recipe.model);
        reader_enter(r, &frame, "model", 0);
        if (!draft->known) {
                warn_unknown(r, l->config, draft);
                reader_leave(r);
                return;
        }
        check_end(r, l, draft);
        check_kind(r, draft);
        reader_leave(r);
        check_references(r, draft);
        if (draft->kind < 0)
                return;
        reader_enter(r, &frame, "params", 0);
        if (!draft->params || draft->params->type == NODE_MAP)
                check_needs(r, draft);
        reader_leave(r);
}
