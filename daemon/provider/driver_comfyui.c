/* SPDX-License-Identifier: MIT */

/*
 * ComfyUI: a workflow of one's own GPU. The settings name the workflow (exported in its API format)
 * and the inputs of its nodes that a job sets; the model of a recipe is the workflow's name.
 *
 *      POST /prompt             {"prompt": workflow}        -> prompt_id
 *      GET  /api/jobs/ID        until it is over; a server that is older has no such route
 *      GET  /history/ID         its outputs, or its error; {} while it is not over
 *      GET  /view?filename=...  a file
 *
 * The handle is ID, or "h:ID" once the history is to be asked.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/driver.h"

#define COMFYUI_BASE_URL "http://127.0.0.1:8188"
#define SEED_MAX INT64_C(0xffffffffffff) /* exact in JSON; nodes take 64 bits */
#define HISTORY "h:"

static const ParamSpec params[] = {
        {.name = "size",
         .type = PARAM_SIZE,
         .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO),
         .help = "width x height in pixels: the workflow's inputs width and height"},
};

/* ---- the workflow, filled in ---- */

static const ComfyWorkflow *find_workflow(const ProviderJob *job) {
        for (size_t i = 0; job->spec && i < job->spec->n_workflows; i++)
                if (streq(job->spec->workflows[i].name, job->model))
                        return &job->spec->workflows[i];
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

/* "6.text": the input `text` of node 6. The settings have checked that it is there. */
static int set_input(Json **graph, const char *address, const Json *value) {
        _cleanup_(json_freep) Json *inputs = NULL, *node = NULL, *whole = NULL;
        _cleanup_(freep) char *id = strdup(address);
        char *dot = id ? strrchr(id, '.') : NULL;

        if (!id)
                return -ENOMEM;
        assert(dot);
        *dot = '\0';
        inputs = with_member(json_get(json_get(*graph, id), "inputs"), dot + 1, value);
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
                        r = set_input(&graph, w->inputs[i].address, value);
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

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        const ComfyWorkflow *w;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = job_check_kind(job, &driver_comfyui, err);
        if (r < 0)
                return r;
        w = find_workflow(job);
        if (!w)
                return err_set(err, -EINVAL,
                               "the provider has no workflow '%s': 'model' names one of its "
                               "'workflows'",
                               job->model);
        if (job_n_references(job) > 0)
                return err_set(err, -EINVAL,
                               "'references' do not reach a workflow: load the "
                               "picture in it");
        if (build_submit(job, w, &call.http) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* The id in a handle; NULL when it is none. */
static const char *id_of(const char *handle) {
        const char *id =
                strncmp(handle, HISTORY, strlen(HISTORY)) == 0 ? handle + strlen(HISTORY) : handle;

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

static int build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        assert(job);
        assert(handle);
        assert(ret);

        return build_for(job, "GET", id_of(handle) == handle ? "/api/jobs/" : "/history/",
                         id_of(handle), "", ret, err);
}

/* A server that knows jobs ends one in whatever state it is; an older one only what still waits:
 * its /interrupt may hit somebody else's. */
static int build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        int r;

        assert(job);
        assert(handle);
        assert(ret);

        if (id_of(handle) == handle || !id_of(handle))
                return build_for(job, "POST", "/api/jobs/", id_of(handle), "/cancel", ret, err);
        r = build_for(job, "POST", "/queue", "", "", ret, err);
        if (r < 0)
                return r;
        body = json_new_object();
        r = json_push(json_add_array(body, "delete"), json_new_string(id_of(handle)));
        if (r >= 0)
                r = call_post_json(&ret->http, job, body);
        if (r < 0) {
                provider_call_done(ret);
                return err_errno(err, r, "cannot build the request");
        }
        return 0;
}

static int build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        assert(job);

        return call_fetch(ret, item, job_base_url(job, COMFYUI_BASE_URL), "Bearer ", err);
}

/* ---- accepted ---- */

/* {"6": {"class_type": "...", "errors": [{"message", "details"}]}}: the first node's first. */
static bool node_error(const Json *body, char *ret, size_t size) {
        const Json *node = json_first(json_is_object(json_get(body, "node_errors"))
                                              ? json_get(body, "node_errors")
                                              : NULL);
        const Json *error = json_at(json_get(node, "errors"), 0);
        const char *message = json_str(error, "message"), *details = json_str(error, "details"),
                   *type = json_str(node, "class_type");

        if (!message)
                return false;
        (void) snprintf(ret, size, "%s (%s): %s%s%s", type ? type : "node", json_key(node), message,
                        details && *details ? ": " : "", details ? details : "");
        return true;
}

static int read_submitted(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (reply_is_good(reply) && json_str(body, "prompt_id")) {
                r = result_keep(&ret->request_id, json_str(body, "prompt_id"));
                return r < 0 ? r : result_accept_id(ret, json_str(body, "prompt_id"));
        }
        error_reply_read(reply, body, &e);
        if (reply_is_good(reply) && !node_error(body, e.message, sizeof e.message))
                return result_accept_id(ret, NULL);
        if (node_error(body, e.message, sizeof e.message) || e.status == 400)
                error_reply_set(&e, OUTCOME_REJECTED, "the workflow was refused", ret);
        else
                error_reply_by_status(job, &e, ret);
        return 0;
}

static int parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_submitted, ret, err);
}

/* ---- outputs ---- */

static bool ends_in(const char *name, const char *const *exts) {
        const char *dot = strrchr(name, '.');

        for (size_t i = 0; dot && exts[i]; i++)
                if (strcasecmp(dot + 1, exts[i]) == 0)
                        return true;
        return false;
}

static void put_encoded(StrBuf *b, const char *name, const char *text) {
        (void) strbuf_printf(b, "%s=", name);
        for (const char *p = text; *p; p++)
                if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
                           *p))
                        (void) strbuf_putc(b, *p);
                else
                        (void) strbuf_printf(b, "%%%02X", (unsigned) (unsigned char) *p);
}

static int add_file(const ProviderJob *job, const Json *file, ProviderResult *ret) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(URL_MAX);
        const char *subfolder = json_str(file, "subfolder"), *type = json_str(file, "type");

        (void) strbuf_printf(&b, "%s/view?", job_base_url(job, COMFYUI_BASE_URL));
        put_encoded(&b, "filename", json_str(file, "filename"));
        put_encoded(&b, "&subfolder", subfolder ? subfolder : "");
        put_encoded(&b, "&type", type ? type : "output");
        if (b.error == -E2BIG)
                return 0;
        return b.error < 0 ? b.error : result_add_url(ret, strbuf_text(&b), true, NULL);
}

static int take_list(const ProviderJob *job, const Json *list, const char *type,
                     ProviderResult *ret) {
        static const char *const of_kind[][5] = {{"png", "jpg", "jpeg", "webp", NULL},
                                                 {"mp4", "webm", "mov", NULL}};
        const char *const *exts = of_kind[job->kind == KIND_VIDEO];
        int r = 0;

        for (const Json *f = json_first(json_is_array(list) ? list : NULL); f && r >= 0;
             f = json_next(f)) {
                const char *name = json_str(f, "filename"), *is = json_str(f, "type");

                if (name && ends_in(name, exts) && streq(is ? is : "output", type) &&
                    (int64_t) ret->n_items < MAX_OF(job->want, 1))
                        r = add_file(job, f, ret);
        }
        return r;
}

/* Files of the kind, under any name of any node. */
static int take_files(const ProviderJob *job, const Json *outputs, const char *type,
                      ProviderResult *ret) {
        int r = 0;

        for (const Json *node = json_first(json_is_object(outputs) ? outputs : NULL); node;
             node = json_next(node))
                for (const Json *list = json_first(json_is_object(node) ? node : NULL);
                     list && r >= 0; list = json_next(list))
                        r = take_list(job, list, type, ret);
        return r;
}

/* [["execution_error", {"exception_message", "exception_type", "node_type"}], ...] */
static void read_failed(const Json *status, ProviderResult *ret) {
        const Json *messages = json_get(status, "messages");

        for (size_t i = 0; i < json_length(json_is_array(messages) ? messages : NULL); i++) {
                const Json *m = json_at(messages, i), *what = json_at(m, 1);
                const char *name = json_text(json_at(m, 0)),
                           *text = json_str(what, "exception_message"),
                           *type = json_str(what, "exception_type"),
                           *node = json_str(what, "node_type");
                bool memory;

                if (name && streq(name, "execution_interrupted")) {
                        provider_result_set(ret, OUTCOME_REJECTED, false, false, "INTERRUPTED",
                                            "the job was cancelled at ComfyUI");
                        return;
                }
                if (!name || !streq(name, "execution_error"))
                        continue;
                memory = TEXT_SAYS(text ? text : "", "out of memory") ||
                         TEXT_SAYS(type ? type : "", "OutOfMemory");
                provider_result_set(ret, memory ? OUTCOME_TRANSIENT : OUTCOME_BROKEN, true, !memory,
                                    type ? type : "EXECUTION", "%s failed: %s",
                                    node ? node : "a node", text ? text : "it did not say why");
                return;
        }
        provider_result_set(ret, OUTCOME_BROKEN, true, true, "EXECUTION",
                            "the workflow failed and did not say why");
}

static int read_history(const ProviderJob *job, const char *id, const Json *body,
                        ProviderResult *ret) {
        const Json *entry = json_get(body, id), *status = json_get(entry, "status"),
                   *outputs = json_get(entry, "outputs");
        const char *word = json_str(status, "status_str");
        int r;

        ret->outcome = OUTCOME_OPEN;
        if (!entry)
                return 0;
        if (word && streq(word, "error")) {
                read_failed(status, ret);
                return 0;
        }
        r = take_files(job, outputs, "output", ret);
        if (r >= 0 && ret->n_items == 0) /* previews are better than nothing */
                r = take_files(job, outputs, "temp", ret);
        if (r < 0)
                return r;
        if (ret->n_items == 0) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "NO_OUTPUT",
                                    "the workflow saved no %s", asset_kind_word(job->kind));
                return 0;
        }
        if (job->kind == KIND_IMAGE)
                ret->images = (int64_t) ret->n_items;
        provider_result_set(ret, OUTCOME_MADE, false, true, "", "%s", "");
        return 0;
}

/* ---- how it is ---- */

static int ask_history(const char *id, ProviderResult *ret) {
        _cleanup_(freep) char *handle = str_printf(HISTORY "%s", id);

        return handle ? result_accept(ret, handle) : -ENOMEM;
}

/* Of a server that knows jobs. Words that nobody explained: it goes on. */
static int read_job(const char *id, const Json *body, ProviderResult *ret) {
        const char *status = json_str(body, "status");

        ret->outcome = OUTCOME_OPEN;
        if (!status)
                return 0;
        if (streq(status, "completed") || streq(status, "failed"))
                return ask_history(id, ret);
        if (streq(status, "cancelled") || streq(status, "canceled"))
                provider_result_set(ret, OUTCOME_REJECTED, false, false, status,
                                    "the job was cancelled at ComfyUI");
        return 0;
}

/* 404 is said of a job that is gone (the server was started anew), and of the whole route by a server
 * that is older: then in no JSON. */
static int read_no_job(const ProviderJob *job, const char *id, const ProviderReply *reply,
                       const Json *body, ProviderResult *ret) {
        ErrorReply e;

        if ((reply->status == 404 || reply->status == 405) && !json_is_object(body))
                return ask_history(id, ret);
        error_reply_read(reply, body, &e);
        (void) error_reply_of_poll(job, &e, ret);
        if (ret->outcome == OUTCOME_BROKEN)
                ret->retryable = true; /* nobody charges for it */
        return 0;
}

static int read_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                     ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        const char *id = id_of(handle);
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!id)
                return result_accept_id(ret, NULL);
        if (id == handle)
                return reply_is_good(reply) ? read_job(id, body, ret)
                                            : read_no_job(job, id, reply, body, ret);
        if (reply_is_good(reply))
                return read_history(job, id, body, ret);
        error_reply_read(reply, body, &e);
        (void) error_reply_of_poll(job, &e, ret);
        return 0;
}

static int parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ProviderResult *ret, Err *err) {
        return driver_parse_poll(job, handle, reply, read_poll, ret, err);
}

const Driver driver_comfyui = {
        .name = "comfyui",
        .summary = "workflows of ComfyUI, on a GPU of your own: pictures and videos",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO),
        .needs_credential = true,
        .credential_optional = true, /* a proxy before it may want one */
        .free = true,
        .default_base_url = COMFYUI_BASE_URL,
        .poll_floor_ms = 1000,
        .usual_min_ms = 3000,
        .usual_max_ms = 300000,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .declares_params = true,
        .has_workflows = true,
        .build = build,
        .parse = parse,
        .build_fetch = build_fetch,
        .build_poll = build_poll,
        .parse_poll = parse_poll,
        .build_cancel = build_cancel,
};
