/* SPDX-License-Identifier: MIT */

/* Requests to ComfyUI: pictures sent before, the workflow filled in, what is asked about it. */

#include <stdio.h>

#include "base/parse.h"
#include "provider/comfyui.h"

#define SEED_MAX INT64_C(0xffffffffffff) /* exact in JSON; nodes take 64 bits */
#define UPLOAD_FOLDER "pregen"           /* of the server's input folder */

/* What stands for the pictures in the settings' inputs. */
static const char *const reference_names[COMFYUI_REFERENCES_MAX] = {"reference", "reference_2",
                                                                    "reference_3", "reference_4"};

const char *comfyui_reference_name(size_t i) {
        return i < ARRAY_LEN(reference_names) ? reference_names[i] : NULL;
}

static const ComfyWorkflow *find_workflow(const ProviderJob *job) {
        for (size_t i = 0; job->spec && i < job->spec->n_workflows; i++)
                if (streq(job->spec->workflows[i].name, job->model))
                        return &job->spec->workflows[i];
        return NULL;
}

/* ---- pictures ---- */

void comfyui_sent_key(size_t i, char ret[static COMFYUI_KEY_MAX]) {
        (void) snprintf(ret, COMFYUI_KEY_MAX, "sent-%zu", i);
}

size_t comfyui_next_reference(const ProviderJob *job, const Json *prepared) {
        size_t n = job_n_references(job);

        for (size_t i = 0; i < n; i++) {
                char key[COMFYUI_KEY_MAX];

                comfyui_sent_key(i, key);
                if (!json_str(prepared, key))
                        return i;
        }
        return n;
}

static bool takes_reference(const ComfyWorkflow *w, size_t i) {
        for (size_t k = 0; k < w->n_inputs; k++)
                if (i < COMFYUI_REFERENCES_MAX && streq(w->inputs[k].name, reference_names[i]))
                        return true;
        return false;
}

static int check_job(const ProviderJob *job, const ComfyWorkflow **ret, Err *err) {
        const ComfyWorkflow *w = find_workflow(job);
        size_t n = job_n_references(job);
        int r;

        r = job_check_kind(job, &driver_comfyui, err);
        if (r < 0)
                return r;
        if (!w)
                return err_set(err, -EINVAL,
                               "the provider has no workflow '%s': 'model' names one of its "
                               "'workflows'",
                               job->model);
        for (size_t i = 0; i < n; i++)
                if (!takes_reference(w, i))
                        return err_set(err, -EINVAL,
                                       "reference picture %zu does not reach the workflow '%s': "
                                       "name '%s' among its 'inputs'",
                                       i + 1, job->model,
                                       i < COMFYUI_REFERENCES_MAX ? reference_names[i]
                                                                  : reference_names[0]);
        r = job_check_references(job, COMFYUI_REFERENCES_MAX, err);
        if (r < 0)
                return r;
        *ret = w;
        return 0;
}

/* No `overwrite`: a file of the same name that is another picture stays, and ours gets a new name. */
static int build_upload(const ProviderJob *job, size_t i, HttpCall *http) {
        _cleanup_(form_done) Form form = {0};
        int r;

        r = http_call_init(http, "POST", "Bearer ",
                           str_printf("%s/upload/image", job_base_url(job, COMFYUI_BASE_URL)));
        if (r >= 0)
                r = form_begin(&form, http, job);
        if (r < 0)
                return r;
        form_field(&form, "type", "input");
        form_field(&form, "subfolder", UPLOAD_FOLDER);
        r = form_file(&form, "image", job->references->items[i]);
        return r < 0 ? r : form_end(&form);
}

int comfyui_build_prepare(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        const ComfyWorkflow *w;
        size_t i;
        int r;

        assert(job);
        assert(job->model);
        assert(ret);

        r = check_job(job, &w, err);
        if (r < 0)
                return r;
        i = comfyui_next_reference(job, job->prepared);
        if (i == job_n_references(job))
                return 0;
        if (build_upload(job, i, &call.http) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 1;
}

/* ---- the workflow, filled in ---- */

/* What the server called the picture that the name stands for; NULL when there is none. */
static const char *sent_reference(const ProviderJob *job, const char *name) {
        for (size_t i = 0; i < job_n_references(job) && i < COMFYUI_REFERENCES_MAX; i++) {
                char key[COMFYUI_KEY_MAX];

                comfyui_sent_key(i, key);
                if (streq(reference_names[i], name))
                        return json_str(job->prepared, key);
        }
        return NULL;
}

/* The value of a name; NULL in *ret where there is none. -ENOMEM. */
static int value_of(const ProviderJob *job, const char *name, Json **ret) {
        _cleanup_(json_freep) Json *holder = json_new_object();
        const char *size = json_str(job->params, "size");
        int w = 0, h = 0, r = 0;

        *ret = NULL;
        if (json_get(job->params, name))
                r = json_add(holder, "v", json_copy(json_get(job->params, name)));
        else if (streq(name, "prompt"))
                r = json_add_str(holder, "v", job->prompt);
        else if (streq(name, "seed"))
                r = json_add_int(holder, "v", job->seed & SEED_MAX);
        else if (sent_reference(job, name))
                r = json_add_str(holder, "v", sent_reference(job, name));
        else if ((streq(name, "width") || streq(name, "height")) && size &&
                 parse_size_2d(size, &w, &h) >= 0)
                r = json_add_int(holder, "v", streq(name, "width") ? w : h);
        else
                return holder ? 0 : -ENOMEM;
        if (r < 0)
                return r;
        *ret = json_copy(json_get(holder, "v"));
        return *ret ? 0 : -ENOMEM;
}

/* A copy of the object with one member replaced. */
static Json *with_member(const Json *object, const char *key, const Json *value) {
        _cleanup_(json_freep) Json *copy = json_new_object();
        int r = 0;

        for (const Json *m = json_first(object); m && r >= 0; m = json_next(m))
                r = json_add(copy, json_key(m), json_copy(streq(json_key(m), key) ? value : m));
        if (r >= 0 && !json_get(object, key))
                r = json_add(copy, key, json_copy(value));
        return r < 0 ? NULL : TAKE_PTR(copy);
}

/* A text with a place for the value, "best quality, {{prompt}}", keeps what is around it; anything else
 * becomes the value. NULL when memory ran out. */
static Json *placed(const Json *old, const char *name, const Json *value) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *place = str_printf("{{%s}}", name), *printed = NULL;
        const char *text = json_text(old), *at = text && place ? strstr(text, place) : NULL,
                   *word = json_text(value);

        if (!place)
                return NULL;
        if (!at || streq(text, place))
                return json_copy(value);
        if (!word)
                word = printed = json_print(value);
        for (; at && word; at = strstr(text, place)) {
                (void) strbuf_add(&b, text, (size_t) (at - text));
                (void) strbuf_puts(&b, word);
                text = at + strlen(place);
        }
        (void) strbuf_puts(&b, text);
        return !word || b.error < 0 ? NULL : json_new_string(strbuf_text(&b));
}

/* "6.text": the input `text` of node 6. The settings have checked that it is there. */
static int set_input(Json **graph, const ComfyInput *input, const Json *value) {
        _cleanup_(json_freep) Json *inputs = NULL, *node = NULL, *whole = NULL, *fresh = NULL;
        _cleanup_(freep) char *id = strdup(input->address);
        char *dot = id ? strrchr(id, '.') : NULL;
        const Json *old;

        if (!id)
                return -ENOMEM;
        assert(dot);
        *dot = '\0';
        old = json_get(json_get(*graph, id), "inputs");
        fresh = placed(json_get(old, dot + 1), input->name, value);
        inputs = fresh ? with_member(old, dot + 1, fresh) : NULL;
        node = inputs ? with_member(json_get(*graph, id), "inputs", inputs) : NULL;
        whole = node ? with_member(*graph, id, node) : NULL;
        if (!whole)
                return -ENOMEM;
        (void) json_free(*graph);
        *graph = TAKE_PTR(whole);
        return 0;
}

static int fill(const ProviderJob *job, const ComfyWorkflow *w, Json **ret) {
        _cleanup_(json_freep) Json *graph = NULL;
        int r = json_parse(w->graph, strlen(w->graph), &graph, NULL);

        for (size_t i = 0; i < w->n_inputs && r >= 0; i++) {
                _cleanup_(json_freep) Json *value = NULL;

                r = value_of(job, w->inputs[i].name, &value);
                if (r >= 0 && value)
                        r = set_input(&graph, &w->inputs[i], value);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(graph);
        return 0;
}

/* ---- calls ---- */

static int build_submit(const ProviderJob *job, const ComfyWorkflow *w, HttpCall *http) {
        _cleanup_(json_freep) Json *body = json_new_object(), *graph = NULL;
        int r = fill(job, w, &graph);

        if (r >= 0)
                r = json_add(body, "prompt", TAKE_PTR(graph));
        if (r >= 0)
                r = http_call_init(http, "POST", "Bearer ",
                                   str_printf("%s/prompt", job_base_url(job, COMFYUI_BASE_URL)));
        http->paid = true;
        return r < 0 ? r : call_post_json(http, job, body);
}

int comfyui_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        const ComfyWorkflow *w;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = check_job(job, &w, err);
        if (r < 0)
                return r;
        if (comfyui_next_reference(job, job->prepared) < job_n_references(job))
                return err_set(err, -EINVAL, "a reference is not uploaded");
        if (build_submit(job, w, &call.http) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

const char *comfyui_id(const char *handle) {
        const char *id = strncmp(handle, COMFYUI_HISTORY, strlen(COMFYUI_HISTORY)) == 0
                                 ? handle + strlen(COMFYUI_HISTORY)
                                 : handle;

        return id_is_plain(id) ? id : NULL;
}

static int build_for(const ProviderJob *job, const char *method, const char *before, const char *id,
                     const char *after, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};

        if (!id)
                return err_set(err, -EINVAL, "the handle is no job of ComfyUI");
        if (http_call_init(&call.http, method, "Bearer ",
                           str_printf("%s%s%s%s", job_base_url(job, COMFYUI_BASE_URL), before, id,
                                      after)) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

int comfyui_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        assert(job);
        assert(handle);
        assert(ret);

        return build_for(job, "GET", comfyui_id(handle) == handle ? "/api/jobs/" : "/history/",
                         comfyui_id(handle), "", ret, err);
}

/* A server that knows jobs ends one in whatever state it is; an older one only what still waits:
 * its /interrupt may hit somebody else's. */
int comfyui_build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        int r;

        assert(job);
        assert(handle);
        assert(ret);

        if (comfyui_id(handle) == handle || !comfyui_id(handle))
                return build_for(job, "POST", "/api/jobs/", comfyui_id(handle), "/cancel", ret,
                                 err);
        r = build_for(job, "POST", "/queue", "", "", ret, err);
        if (r < 0)
                return r;
        body = json_new_object();
        r = json_push(json_add_array(body, "delete"), json_new_string(comfyui_id(handle)));
        if (r >= 0)
                r = call_post_json(&ret->http, job, body);
        if (r < 0) {
                provider_call_done(ret);
                return err_errno(err, r, "cannot build the request");
        }
        return 0;
}

int comfyui_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                        Err *err) {
        assert(job);

        return call_fetch(ret, item, job_base_url(job, COMFYUI_BASE_URL), "Bearer ", err);
}
