/* SPDX-License-Identifier: MIT */

/* Every text a template can become. Only the axes it uses are walked, and list variables are taken
 * value by value, so that a template with one variable is seen with each of its values. */

#include <stdio.h>

#include "base/strbuf.h"
#include "recipe/recipe_internal.h"
#include "recipe/template.h"

enum {
        USED_MAX = 64,                     /* different variables of one template */
        RENDERINGS_MAX = RECIPE_CELLS_MAX, /* then it is left to the plan, which looks again */
        RENDERED_TEXT_MAX = 64 * 1024,
        WHERE_MAX = 200,
};

typedef struct Renderer {
        const Config *config;
        const Recipe *recipe;
        Strv names;                 /* variables of the template, each once */
        bool used[RECIPE_AXES_MAX]; /* axes it depends on */
        size_t at[RECIPE_AXES_MAX]; /* the combination at hand */
        Variable brand_items[USED_MAX], hook_items[USED_MAX];
        Vars brand, hook; /* only the used variables, each with one value */
        size_t values;    /* most values of a list variable in this combination */
} Renderer;

static void use_axis(Renderer *w, const char *name) {
        for (size_t i = 0; i < w->recipe->n_axes; i++)
                if (streq(w->recipe->axes[i].name, name))
                        w->used[i] = true;
}

static int use_name(const char *name, size_t offset, void *userdata) {
        Renderer *w = userdata;

        (void) offset;
        if (strncmp(name, "brand.", 6) == 0)
                use_axis(w, "brand");
        else if (strncmp(name, "hook.", 5) == 0)
                use_axis(w, "hook");
        else
                use_axis(w, name);
        return strv_has(&w->names, name) ? 0 : strv_add(&w->names, name);
}

static const char *axis_value(const Renderer *w, const char *name) {
        for (size_t i = 0; i < w->recipe->n_axes; i++)
                if (streq(w->recipe->axes[i].name, name))
                        return w->recipe->axes[i].values[w->at[i]];
        return NULL;
}

static bool is_used(const Renderer *w, const char *name) {
        for (size_t i = 0; i < w->recipe->n_axes; i++)
                if (w->used[i] && streq(w->recipe->axes[i].name, name))
                        return true;
        return false;
}

/* Left out whatever the axes that are not used say? */
static bool excluded(const Renderer *w) {
        for (size_t i = 0; i < w->recipe->n_excludes; i++) {
                const Exclude *e = &w->recipe->excludes[i];
                size_t agree = 0;

                for (size_t k = 0; k < e->n; k++)
                        agree += is_used(w, e->pairs[k].key) &&
                                 streq(axis_value(w, e->pairs[k].key), e->pairs[k].value);
                if (e->n > 0 && agree == e->n)
                        return true;
        }
        return false;
}

static bool advance(Renderer *w) {
        for (size_t i = w->recipe->n_axes; i-- > 0;) {
                if (!w->used[i])
                        continue;
                if (++w->at[i] < w->recipe->axes[i].n)
                        return true;
                w->at[i] = 0;
        }
        return false;
}

/* The used variables of the brand (or hook) at hand, each with its value number `k`. */
static void narrow(Renderer *w, const Vars *from, const char *prefix, size_t k, Vars *to) {
        size_t n = strlen(prefix);

        to->n = 0;
        to->name = from ? from->name : NULL;
        for (size_t i = 0; from && i < w->names.n; i++) {
                const char *name = w->names.items[i];
                const Variable *v =
                        strncmp(name, prefix, n) == 0 ? vars_find(from, name + n) : NULL;

                if (!v || to->n >= USED_MAX)
                        continue;
                w->values = MAX_OF(w->values, v->n);
                to->items[to->n] = *v;
                to->items[to->n].values = &v->values[k % v->n];
                to->items[to->n++].n = 1;
        }
}

static void describe(const Renderer *w, char ret[static WHERE_MAX]) {
        size_t used = 0;

        ret[0] = 0;
        for (size_t i = 0; i < w->recipe->n_axes && used < WHERE_MAX; i++) {
                int n = w->used[i] ? snprintf(ret + used, WHERE_MAX - used, "%s%s '%s'",
                                              used > 0 ? ", " : " (", w->recipe->axes[i].name,
                                              w->recipe->axes[i].values[w->at[i]])
                                   : 0;

                used += n > 0 ? (size_t) n : 0;
        }
        if (used > 0 && used < WHERE_MAX - 1)
                memcpy(ret + used, ")", 2);
}

/* The combination at hand, with value number k of its lists. 1: go on, 0: fn has had enough. */
static int render_one(Renderer *w, const char *text, size_t k, RenderingFn fn, void *userdata) {
        _cleanup_(strbuf_done) StrBuf out = STRBUF_INIT(RENDERED_TEXT_MAX);
        const char *brand = axis_value(w, "brand"), *hook = axis_value(w, "hook");
        AlAxis axes[RECIPE_AXES_MAX];
        TemplateScope scope = {.axes = axes, .n_axes = w->recipe->n_axes};
        char where[WHERE_MAX];
        Err err = {0};
        int r;

        for (size_t i = 0; i < w->recipe->n_axes; i++)
                axes[i] = (AlAxis){.key = w->recipe->axes[i].name,
                                   .value = w->recipe->axes[i].values[w->at[i]]};
        narrow(w, brand ? config_brand(w->config, brand) : NULL, "brand.", k, &w->brand);
        narrow(w, hook ? config_hook(w->config, hook) : NULL, "hook.", k, &w->hook);
        scope.brand = &w->brand;
        scope.hook = &w->hook;
        r = template_render(text, &scope, &out, NULL, &err);
        if (r == -ENOMEM)
                return r;
        if (r < 0) /* a brand that is wrong, reported at its own place; or far too many variables */
                return 1;
        describe(w, where);
        return fn(strbuf_text(&out), where, userdata);
}

int template_each(const Config *config, const Recipe *recipe, const char *text, RenderingFn fn,
                  void *userdata) {
        _cleanup_(freep) Renderer *w = calloc(1, sizeof *w);
        size_t renderings = 0;
        int r;

        assert(config);
        assert(recipe);
        assert(text);
        assert(fn);
        if (!w)
                return -ENOMEM;
        w->config = config;
        w->recipe = recipe;
        w->brand.items = w->brand_items;
        w->hook.items = w->hook_items;
        r = template_scan(text, use_name, w, NULL, NULL);
        r = r < 0 ? r : 1;
        do {
                w->values = 1;
                for (size_t k = 0; r > 0 && !excluded(w) && k < w->values; k++, renderings++)
                        r = render_one(w, text, k, fn, userdata);
        } while (r > 0 && renderings < RENDERINGS_MAX && advance(w));
        strv_done(&w->names);
        return r < 0 ? r : 0;
}
