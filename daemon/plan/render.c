/* SPDX-License-Identifier: MIT */

/*
 * A job's texts, filled in for its cell. Plan and run go the same way through here; the plan only
 * leaves out reading the reference files (cell_probe), which would cost a gigabyte of hashing for a
 * big matrix.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "media/sniff.h"
#include "plan/internal.h"
#include "recipe/template.h"

enum {
        TEXT_PARAM_MAX = 8 * 1024,
        PATH_TEXT_MAX = 4096,
};

void rendered_job_done(RenderedJob *r) {
        assert(r);
        free(r->prompt);
        free(r->params);
        free(r->references);
        free(r->tags);
        strv_done(&r->reference_paths);
        *r = (RenderedJob){0};
}

void cell_probe_done(CellProbe *p) {
        assert(p);
        (void) json_free(p->params);
        free(p->params_text);
        free(p->prompt);
        strv_done(&p->references);
        *p = (CellProbe){0};
}

static TemplateScope cell_scope(const Config *config, const PlanCell *cell, uint64_t seed) {
        return (TemplateScope){
                .brand = config_brand(config, cell->brand),
                .hook = config_hook(config, cell->hook),
                .axes = cell->axes,
                .n_axes = cell->n_axes,
                .seed = seed,
        };
}

/* The file a path in the configuration means: relative ones are beside the settings. Checked to be
 * a readable regular file, so that a slip shows at night's start and not at the paid call. */
static int config_path(const Config *config, const char *text, char **ret, Err *err) {
        _cleanup_(freep) char *joined = path_join(config->dir, text);
        _cleanup_(freep) char *absolute = NULL;
        struct stat st;

        if (!joined)
                return -ENOMEM;
        absolute = realpath(joined, NULL);
        if (!absolute && errno == ENOMEM)
                return -ENOMEM;
        if (!absolute || stat(absolute, &st) < 0 || access(absolute, R_OK) < 0)
                return err_errno(err, -errno, "cannot read file '%s'", joined);
        if (!S_ISREG(st.st_mode))
                return err_set(err, -EINVAL, "'%s' is no regular file", joined);
        *ret = TAKE_PTR(absolute);
        return 0;
}

/* ---- parameters ---- */

/* The recipe's text for this cell. */
static int choose(const RecipeParam *param, const PlanCell *cell, const char **ret, Err *err) {
        const char *value = NULL;

        if (!param->axis) {
                assert(param->n == 1);
                *ret = param->choices[0].text;
                return 0;
        }
        for (size_t i = 0; i < cell->n_axes; i++)
                if (streq(cell->axes[i].key, param->axis))
                        value = cell->axes[i].value;
        for (size_t i = 0; value && i < param->n; i++)
                if (streq(param->choices[i].axis_value, value)) {
                        *ret = param->choices[i].text;
                        return 0;
                }
        return err_set(err, -EINVAL, "no value for %s '%s'; add one to the map", param->axis,
                       value ? value : "");
}

/* Adds one parameter to the object. A text that comes out empty leaves it unset: a brand without a
 * logo says `logo: ""`. */
static int add_param(const Config *config, const PlanCell *cell, const TemplateScope *scope,
                     const RecipeParam *param, Json *object, Err *err) {
        const ProviderConfig *of = cell->provider;
        const ParamSpec *spec =
                param_find(of->params, of->n_params, param->name, cell->recipe->kind);
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(TEXT_PARAM_MAX);
        _cleanup_(freep) char *path = NULL;
        const char *template = "";
        const Model *model;
        int r;

        if (!spec)
                return err_set(err, -EINVAL, "no such parameter of driver '%s'", of->driver);
        r = choose(param, cell, &template, err);
        if (r < 0)
                return r;
        r = template_render(template, scope, &text, NULL, err);
        if (r < 0)
                return r;
        if (text.len == 0)
                return 0;
        r = param_check(spec, strbuf_text(&text), err);
        if (r >= 0 && (model = config_model(config, of->driver, cell->recipe->model)))
                r = model_takes(model, spec, strbuf_text(&text), cell->recipe->n_references, err);
        if (r < 0)
                return r;
        if (spec->type != PARAM_PATH)
                return param_to_json(spec, strbuf_text(&text), object);
        r = config_path(config, strbuf_text(&text), &path, err);
        if (r < 0)
                return r;
        return param_to_json(spec, path, object);
}

static int compare_params(const void *a, const void *b) {
        const RecipeParam *const *x = a, *const *y = b;

        return strcmp((*x)->name, (*y)->name);
}

/* What the recipe left out: the defaults, and what the driver cannot do without. */
static int add_missing(const PlanCell *cell, Json *params, Err *err) {
        const ProviderConfig *of = cell->provider;

        for (size_t i = 0; i < of->n_params; i++) {
                const ParamSpec *spec = &of->params[i];
                int r;

                if (!(spec->kinds & (1u << cell->recipe->kind)) || json_get(params, spec->name))
                        continue;
                if (spec->required)
                        return err_set(err, -EINVAL, "params.%s: driver '%s' needs it", spec->name,
                                       of->driver);
                r = spec->fallback ? param_to_json(spec, spec->fallback, params) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int render_params(const Config *config, const PlanCell *cell, const TemplateScope *scope,
                         Json **ret, Err *err) {
        const Recipe *recipe = cell->recipe;
        _cleanup_(json_freep) Json *object = json_new_object();
        _cleanup_(freep) const RecipeParam **sorted = NULL;
        int r;

        sorted = calloc(recipe->n_params + 1, sizeof(*sorted));
        if (!object || !sorted)
                return -ENOMEM;
        for (size_t i = 0; i < recipe->n_params; i++)
                sorted[i] = &recipe->params[i];
        qsort(sorted, recipe->n_params, sizeof(*sorted), compare_params);
        for (size_t i = 0; i < recipe->n_params; i++) {
                r = add_param(config, cell, scope, sorted[i], object, err);
                if (r < 0)
                        return err_prefix(err, r, "params.%s", sorted[i]->name);
        }
        r = add_missing(cell, object, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(object);
        return 0;
}

/* ---- references ---- */

/* What leaves for a provider is a picture by its content: a name, or a link behind it, may lead to
 * anything that we can read, a key for one. */
static int check_picture(int fd, const char *path, Err *err) {
        uint8_t head[SNIFF_BYTES];
        ssize_t n = pread(fd, head, sizeof head, 0);
        MediaType type;

        if (n < 0)
                return err_errno(err, -errno, "cannot read '%s'", path);
        type = sniff(head, (size_t) n);
        if (type != MEDIA_PNG && type != MEDIA_JPEG && type != MEDIA_WEBP)
                return err_set(err, -EINVAL, "'%s' is no png, jpeg or webp picture", path);
        return 0;
}

static int add_digest(Json *array, const char *path, Err *err) {
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        _cleanup_(json_freep) Json *item = NULL;
        char hex[DIGEST_HEX_MAX];
        Digest digest;
        int r;

        if (fd < 0)
                return err_errno(err, -errno, "cannot open '%s'", path);
        r = check_picture(fd, path, err);
        if (r < 0)
                return r;
        r = digest_of_fd(fd, &digest, NULL);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", path);
        digest_hex(&digest, hex);
        item = json_new_object();
        if (json_add_str(item, "path", path) < 0 || json_add_str(item, "sha256", hex) < 0)
                return -ENOMEM;
        return json_push(array, TAKE_PTR(item));
}

/* The key of the cell that reference i is of: this one's, in the axes that its recipe has. */
char *cell_reference_key(const Config *config, const PlanCell *cell, size_t i) {
        const Recipe *there = config_recipe(config, cell->recipe->references[i].recipe);
        AlAxis axes[RECIPE_AXES_MAX];
        size_t n = 0;

        if (!there)
                return NULL;
        for (size_t k = 0; k < cell->n_axes; k++)
                for (size_t a = 0; a < there->n_axes; a++)
                        if (streq(there->axes[a].name, cell->axes[k].key))
                                axes[n++] = cell->axes[k];
        return al_cell_key(axes, n);
}

/* An asset that need not be there yet: the job says which cell it is of. For the driver's trial there
 * is a name in its place. */
static int render_asset(const Config *config, const PlanCell *cell, size_t i, Strv *paths,
                        Json *array, Err *err) {
        const char *recipe = cell->recipe->references[i].recipe;
        _cleanup_(freep) char *key = NULL;
        _cleanup_(json_freep) Json *item = NULL;

        if (!config_recipe(config, recipe))
                return err_set(err, -EINVAL, "no recipe '%s'", recipe);
        if (!array)
                return strv_add(paths, "asset.png");
        key = cell_reference_key(config, cell, i);
        item = json_new_object();
        if (!key || json_add_str(item, "recipe", recipe) < 0 || json_add_str(item, "cell", key) < 0)
                return -ENOMEM;
        return json_push(array, TAKE_PTR(item));
}

/* Absolute paths into `paths`, and path with hash into `array` when there is one. */
static int render_references(const Config *config, const PlanCell *cell, const TemplateScope *scope,
                             Strv *paths, Json *array, Err *err) {
        for (size_t i = 0; i < cell->recipe->n_references; i++) {
                _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(PATH_TEXT_MAX);
                _cleanup_(freep) char *path = NULL;
                int r;

                if (!cell->recipe->references[i].path) {
                        r = render_asset(config, cell, i, paths, array, err);
                        if (r < 0)
                                return err_prefix(err, r, "references[%zu]", i);
                        continue;
                }
                r = template_render(cell->recipe->references[i].path, scope, &text, NULL, err);
                if (r == 0)
                        r = config_path(config, strbuf_text(&text), &path, err);
                if (r == 0 && array)
                        r = add_digest(array, path, err);
                if (r < 0)
                        return err_prefix(err, r, "references[%zu]", i);
                r = strv_add(paths, path);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- tags ---- */

static bool is_column(const char *axis) {
        return streq(axis, "brand") || streq(axis, "hook") || streq(axis, "category");
}

/* Axes win over a recipe's tag of the same name: they are what the cell is. */
static int render_tags(const PlanCell *cell, char **ret) {
        _cleanup_(json_freep) Json *object = json_new_object();
        int r;

        for (size_t i = 0; i < cell->n_axes; i++) {
                if (is_column(cell->axes[i].key))
                        continue;
                r = json_add_str(object, cell->axes[i].key, cell->axes[i].value);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < cell->recipe->n_tags; i++) {
                const AlAxis *tag = &cell->recipe->tags[i];

                if (json_get(object, tag->key))
                        continue;
                r = json_add_str(object, tag->key, tag->value);
                if (r < 0)
                        return r;
        }
        *ret = json_print(object);
        return *ret ? 0 : -ENOMEM;
}

/* ---- the whole ---- */

static int print_json(Json *value, char **ret) {
        char *text = json_print(value);

        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}

static int render_all(const Config *config, const PlanCell *cell, const TemplateScope *scope,
                      RenderedJob *job, Err *err) {
        _cleanup_(strbuf_done) StrBuf prompt = STRBUF_INIT(PROMPT_MAX);
        _cleanup_(json_freep) Json *params = NULL, *references = json_new_array();
        const Model *model;
        int r;

        if (!references)
                return -ENOMEM;
        r = template_render(cell->recipe->prompt, scope, &prompt, NULL, err);
        if (r < 0)
                return err_prefix(err, r, "prompt");
        job->prompt = strbuf_take(&prompt);
        if (!job->prompt)
                return -ENOMEM;
        model = config_model(config, cell->provider->driver, cell->recipe->model);
        r = model ? model_takes_prompt(model, job->prompt, err) : 0;
        if (r < 0)
                return r;
        r = render_params(config, cell, scope, &params, err);
        if (r < 0)
                return r;
        r = print_json(params, &job->params);
        if (r < 0)
                return r;
        r = render_references(config, cell, scope, &job->reference_paths, references, err);
        if (r < 0)
                return r;
        r = print_json(references, &job->references);
        if (r < 0)
                return r;
        return render_tags(cell, &job->tags);
}

int job_render(const Config *config, const PlanCell *cell, uint64_t seed, RenderedJob *ret,
               Err *err) {
        _cleanup_(rendered_job_done) RenderedJob job = {0};
        TemplateScope scope;
        int r;

        assert(config);
        assert(cell);
        assert(ret);
        scope = cell_scope(config, cell, seed);
        r = render_all(config, cell, &scope, &job, err);
        if (r < 0)
                return r;
        *ret = job;
        job = (RenderedJob){0};
        return 0;
}

static int probe_all(const Config *config, const PlanCell *cell, CellProbe *p, Err *err) {
        _cleanup_(strbuf_done) StrBuf prompt = STRBUF_INIT(PROMPT_MAX);
        TemplateScope scope = cell_scope(config, cell, 0);
        int r;

        r = template_render_widest(cell->recipe->prompt, &scope, &prompt, NULL, err);
        if (r < 0)
                return err_prefix(err, r, "prompt");
        r = render_params(config, cell, &scope, &p->params, err);
        if (r < 0)
                return r;
        r = render_references(config, cell, &scope, &p->references, NULL, err);
        if (r < 0)
                return r;
        p->params_text = json_print(p->params);
        if (!p->params_text)
                return -ENOMEM;
        p->prompt_bytes = prompt.len + strlen(p->params_text);
        p->prompt = strbuf_take(&prompt);
        return p->prompt ? 0 : -ENOMEM;
}

int cell_probe(const Config *config, const PlanCell *cell, CellProbe *ret, Err *err) {
        _cleanup_(cell_probe_done) CellProbe probe = {0};
        int r;

        assert(config);
        assert(cell);
        assert(ret);
        r = probe_all(config, cell, &probe, err);
        if (r < 0)
                return r;
        *ret = probe;
        probe = (CellProbe){0};
        return 0;
}
