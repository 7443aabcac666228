/* SPDX-License-Identifier: MIT */

/* The templates of a recipe: every variable of every template must be there for every brand and
 * hook of the matrix, and what they fill in must be right: files that can be read, values that
 * their parameter takes. */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "recipe/recipe_internal.h"
#include "recipe/template.h"

enum {
        RENDERING_PROBLEMS_MAX = 5, /* of one template: the rest is more of the same */
        SUGGESTED_MAX = 4000,       /* names looked at for the nearest */
};

/* One template while it is checked. */
typedef struct TemplateCheck {
        Reader *r;
        const Loading *l;
        const RecipeDraft *draft;
        const Node *node;
        const ParamSpec *spec; /* of the parameter; NULL: a reference */
        const char *text;
        size_t problems;
} TemplateCheck;

/* The place of the braces at `offset` in the file: the n-th braces of the text are the n-th of its
 * source, however it is quoted or folded. */
static Place braces_place(const TemplateCheck *t, size_t offset) {
        size_t n = 0;

        for (const char *p = t->text; (p = strstr(p, "{{")) && (size_t) (p - t->text) < offset;
             p += 2)
                n++;
        return node_place_of(&t->r->source, t->node, "{{", n);
}

/* ---- variables ---------------------------------------------------------------------------- */

static const Vars *vars_of(const Config *c, bool brand, const char *name) {
        return brand ? config_brand(c, name) : config_hook(c, name);
}

static int add_names(Strv *names, const char *prefix, const Vars *vars) {
        for (size_t i = 0; i < vars->n && names->n < SUGGESTED_MAX; i++) {
                char *name = str_printf("%s.%s", prefix, vars->items[i].name);
                int r = name ? strv_take(names, name) : -ENOMEM;

                if (r < 0)
                        return r;
        }
        return 0;
}

/* The axis itself, and what the first of its brands or hooks has. */
static int add_axis_names(Strv *names, const Config *c, const Axis *axis) {
        bool brand = streq(axis->name, "brand"), hook = streq(axis->name, "hook");
        int r = strv_add(names, axis->name);

        for (size_t i = 0; r >= 0 && (brand || hook) && i < axis->n; i++) {
                const Vars *v = vars_of(c, brand, axis->values[i]);

                if (v)
                        return add_names(names, axis->name, v);
        }
        return r;
}

static Suggestion suggest_variable(const TemplateCheck *t, const char *name) {
        _cleanup_(strv_done) Strv names = {0};
        const Recipe *recipe = &t->draft->recipe;
        int r = 0;

        if (t->r->problems->n >= CONFIG_PROBLEMS_MAX)
                return (Suggestion){.text = ""};
        for (size_t i = 0; r >= 0 && i < recipe->n_axes; i++)
                r = add_axis_names(&names, t->l->config, &recipe->axes[i]);
        if (r < 0)
                t->r->error = r;
        return suggest(name, (const char *const *) names.items, names.n);
}

static void report_missing(const TemplateCheck *t, size_t offset, const char *name,
                           const char *what, const char *first, size_t more) {
        char others[48] = "";

        if (more > 0)
                (void) snprintf(others, sizeof others, " (nor %zu more)", more);
        reader_problem(t->r, PROBLEM_ERROR, braces_place(t, offset),
                       "unknown variable '{{%s}}': %s '%s' has no '%s'%s%s", shown(name).text, what,
                       first, shown(strchr(name, '.') + 1).text, others,
                       suggest_variable(t, name).text);
}

/* "brand.x": which of the matrix's brands lack it? Those that are unknown or wrong are reported
 * elsewhere. */
static void check_vars_variable(const TemplateCheck *t, const char *name, size_t offset,
                                const char *what) {
        const Axis *axis = recipe_axis(&t->draft->recipe, what);
        const char *first = NULL, *rest = strchr(name, '.') + 1;
        size_t lacking = 0;

        for (size_t i = 0; axis && i < axis->n; i++) {
                const Vars *v = vars_of(t->l->config, streq(what, "brand"), axis->values[i]);

                if (!v || vars_find(v, rest))
                        continue;
                if (!first)
                        first = v->name;
                lacking++;
        }
        if (first)
                report_missing(t, offset, name, what, first, lacking - 1);
}

static int check_variable(const char *name, size_t offset, void *userdata) {
        const TemplateCheck *t = userdata;

        if (strncmp(name, "brand.", 6) == 0)
                check_vars_variable(t, name, offset, "brand");
        else if (strncmp(name, "hook.", 5) == 0)
                check_vars_variable(t, name, offset, "hook");
        else if (!node_get(t->draft->matrix, name))
                reader_problem(t->r, PROBLEM_ERROR, braces_place(t, offset),
                               "unknown variable '{{%s}}'%s", shown(name).text,
                               suggest_variable(t, name).text);
        return t->r->error;
}

/* False after reporting. */
static bool check_names(TemplateCheck *t) {
        size_t before = t->r->problems->n_errors, offset = 0;
        Err err = {0};
        int e = template_scan(t->text, check_variable, t, &offset, &err);

        if (e == -ENOMEM)
                t->r->error = e;
        else if (e < 0)
                reader_problem(t->r, PROBLEM_ERROR, braces_place(t, offset), "%s", err_text(&err));
        return t->r->error == 0 && t->r->problems->n_errors == before;
}

/* ---- what they fill in -------------------------------------------------------------------- */

static void check_file(const TemplateCheck *t, const char *text, const char *where) {
        _cleanup_(freep) char *path = path_join(t->l->config->dir, text);
        struct stat st;

        if (!path) {
                t->r->error = -ENOMEM;
                return;
        }
        if (stat(path, &st) < 0 || access(path, R_OK) < 0)
                reader_error(t->r, t->node, "cannot read the file '%s'%s: %s", path, where,
                             strerror(errno));
        else if (!S_ISREG(st.st_mode))
                reader_error(t->r, t->node, "'%s'%s is no regular file", path, where);
}

static bool check_rendering(const char *text, const char *where, void *userdata) {
        TemplateCheck *t = userdata;
        size_t before = t->r->problems->n_errors;
        Err err = {0};
        int e = 0;

        if (t->spec && text[0] == 0) /* leaves the parameter unset */
                return true;
        if (t->spec)
                e = param_check(t->spec, text, &err);
        if (e >= 0 && t->spec && t->draft->known)
                e = model_takes(t->draft->known, t->spec, text, t->draft->recipe.n_references,
                                &err);
        if (e == -ENOMEM)
                t->r->error = e;
        else if (e < 0)
                reader_error(t->r, t->node, "%s%s", err_text(&err), where);
        else if (!t->spec || t->spec->type == PARAM_PATH)
                check_file(t, text, where);
        t->problems += t->r->problems->n_errors > before;
        return t->r->error == 0 && t->problems < RENDERING_PROBLEMS_MAX;
}

/* A template that is a parameter or a reference. */
static void check_filled(TemplateCheck *t) {
        int e;

        if (!check_names(t))
                return;
        e = template_each(t->l->config, &t->draft->recipe, t->text, check_rendering, t);
        if (e < 0)
                t->r->error = e;
}

static void check_references(Reader *r, const Loading *l, const RecipeDraft *draft) {
        const Node *node = draft->references;
        ReaderPath references, frame;

        if (!node || !draft->recipe.references)
                return;
        reader_enter(r, &references, "references", 0);
        if (draft->recipe.n_references > RECIPE_REFERENCES_MAX)
                reader_error(r, node, "more than %d pictures", RECIPE_REFERENCES_MAX);
        for (size_t i = 0; i < draft->recipe.n_references && i < RECIPE_REFERENCES_MAX; i++) {
                TemplateCheck t = {.r = r,
                                   .l = l,
                                   .draft = draft,
                                   .node = node,
                                   .text = draft->recipe.references[i].path};

                if (!t.text) /* an asset: see chains.c */
                        continue;

                if (node->type == NODE_LIST) {
                        t.node = node->first;
                        for (size_t k = 0; k < i; k++)
                                t.node = t.node->next;
                }
                reader_enter(r, &frame, NULL, i);
                check_filled(&t);
                reader_leave(r);
        }
        reader_leave(r);
}

static void check_choice(Reader *r, const Loading *l, const RecipeDraft *draft,
                         const RecipeParam *param, const ParamChoice *choice) {
        const Node *node = node_get(draft->params, param->name);
        TemplateCheck t = {.r = r, .l = l, .draft = draft, .text = choice->text};
        ReaderPath frame;

        t.node = choice->axis_value ? node_get(node, choice->axis_value) : node;
        t.spec = param_find(draft->of->params, draft->of->n_params, param->name,
                            (AssetKind) draft->kind);
        if (choice->axis_value)
                reader_enter(r, &frame, choice->axis_value, 0);
        if (strstr(choice->text, "{{"))
                check_filled(&t);
        else if (t.spec->type == PARAM_PATH)
                check_file(&t, choice->text, "");
        if (choice->axis_value)
                reader_leave(r);
}

void check_templates(Reader *r, const Loading *l, RecipeDraft *draft) {
        TemplateCheck prompt = {.r = r, .l = l, .draft = draft, .node = draft->prompt};
        ReaderPath frame, param;

        assert(r);
        if (!draft->matrix || draft->matrix->type != NODE_MAP)
                return;
        if (draft->recipe.prompt) {
                prompt.text = draft->recipe.prompt;
                reader_enter(r, &frame, "prompt", 0);
                if (check_names(&prompt))
                        check_prompt_length(r, l, draft);
                reader_leave(r);
        }
        reader_enter(r, &frame, "params", 0);
        for (size_t i = 0; i < draft->recipe.n_params; i++) {
                const RecipeParam *p = &draft->recipe.params[i];

                reader_enter(r, &param, p->name, 0);
                for (size_t k = 0; k < p->n; k++)
                        check_choice(r, l, draft, p, &p->choices[k]);
                reader_leave(r);
        }
        reader_leave(r);
        check_references(r, l, draft);
}
