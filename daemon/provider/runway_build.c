/* SPDX-License-Identifier: MIT */

/*
 * Requests to Runway.
 *
 *      for each reference   POST /uploads -> where to send it, and its runway:// name
 *                           POST there, a form with the fields given and the file, without the key
 *      the paid call        POST /text_to_image, /image_to_video or /text_to_video -> a task
 *      until it has ended   GET /tasks/ID
 *      to give it up        DELETE /tasks/ID
 *
 * With `references_as: inline` the references stand in the paid call itself.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/runway.h"

static int call_init(HttpCall *http, const char *method, char *url) {
        int r = http_call_init(http, method, "Bearer ", url);

        return r < 0 ? r : call_add_header(http, RUNWAY_VERSION_HEADER);
}

static bool param_is_true(const ProviderJob *job, const char *name) {
        bool value = false;

        return json_bool(job->params, name, &value) && value;
}

/* ---- uploads ---- */

void runway_slot_key(size_t i, char ret[static RUNWAY_KEY_MAX]) {
        (void) snprintf(ret, RUNWAY_KEY_MAX, "slot-%zu", i);
}

void runway_sent_key(size_t i, char ret[static RUNWAY_KEY_MAX]) {
        (void) snprintf(ret, RUNWAY_KEY_MAX, "sent-%zu", i);
}

static bool is_inline(const ProviderJob *job) {
        const char *way = json_str(job->params, "references_as");

        return way && streq(way, "inline");
}

RunwayStep runway_step(const ProviderJob *job, const Json *prepared, size_t *ret_i) {
        size_t n = is_inline(job) ? 0 : job_n_references(job);

        for (size_t i = 0; i < n; i++) {
                char slot[RUNWAY_KEY_MAX], sent[RUNWAY_KEY_MAX];

                runway_slot_key(i, slot);
                runway_sent_key(i, sent);
                *ret_i = i;
                if (!json_get(prepared, slot))
                        return RUNWAY_ASK;
                if (!json_get(prepared, sent))
                        return RUNWAY_SEND;
        }
        return RUNWAY_READY;
}

static const char *file_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static int build_ask(const ProviderJob *job, size_t i, HttpCall *http) {
        _cleanup_(json_freep) Json *body = json_new_object();
        int r;

        r = call_init(http, "POST", str_printf("%s/uploads", job_base_url(job, RUNWAY_BASE_URL)));
        if (r >= 0)
                r = json_add_str(body, "filename", file_name(job->references->items[i]));
        if (r >= 0)
                r = json_add_str(body, "type", "ephemeral");
        return r < 0 ? r : call_post_json(http, job, body);
}

/* The address is somebody else's, and was looked at when it came: no key goes there. */
static int build_send(const ProviderJob *job, size_t i, HttpCall *http) {
        _cleanup_(form_done) Form form = {0};
        char key[RUNWAY_KEY_MAX];
        const Json *slot, *fields;
        const char *url;
        int r;

        runway_slot_key(i, key);
        slot = json_get(job->prepared, key);
        url = json_str(slot, "uploadUrl");
        http->method = "POST";
        http->url = strdup(url ? url : "");
        r = http->url ? form_begin(&form, http, job) : -ENOMEM;
        if (r < 0)
                return r;
        fields = json_get(slot, "fields");
        for (const Json *f = json_first(json_is_object(fields) ? fields : NULL); f;
             f = json_next(f))
                if (json_key(f) && json_text(f))
                        form_field(&form, json_key(f), json_text(f));
        r = form_file(&form, "file", job->references->items[i]);
        return r < 0 ? r : form_end(&form);
}

static int check_job(const ProviderJob *job, Err *err) {
        const char *ratio = json_str(job->params, "aspect_ratio");
        int w, h, r;

        r = job_check_kind(job, &driver_runway, err);
        if (r >= 0)
                r = job_check_references(
                        job, job->kind == KIND_VIDEO ? RUNWAY_FRAMES_MAX : RUNWAY_REFERENCES_MAX,
                        err);
        if (r < 0)
                return r;
        if (ratio && parse_ratio(ratio, &w, &h) < 0)
                return err_set(err, -EINVAL, "'%s' is no ratio: 1280:720", ratio);
        return 0;
}

int runway_build_prepare(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        RunwayStep step;
        size_t i = 0;
        int r;

        assert(job);
        assert(ret);

        r = check_job(job, err);
        if (r < 0)
                return r;
        step = runway_step(job, job->prepared, &i);
        if (step == RUNWAY_READY)
                return 0;
        r = step == RUNWAY_ASK ? build_ask(job, i, &call.http) : build_send(job, i, &call.http);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 1;
}

/* ---- the paid call ---- */

static const ParamField passed_on[] = {
        {"aspect_ratio", "ratio"}, {"seconds", "duration"},
        {"audio", "audio"},        {"negative_prompt", "negativePrompt"},
        {"quality", "quality"},    {"background", "background"},
};

/* What stands for reference i: its runway:// name, or its bytes. NULL when memory ran out. */
static Json *new_uri(const ProviderJob *job, size_t i) {
        char key[RUNWAY_KEY_MAX];
        const char *uri;

        if (is_inline(job))
                return json_new_data_uri(job, i);
        runway_slot_key(i, key);
        uri = json_str(json_get(job->prepared, key), "runwayUri");
        assert(uri);
        return json_new_string(uri);
}

/* {"uri": U, KEY: VALUE} as the last of the list. */
static int push_reference(const ProviderJob *job, size_t i, const char *key, const char *value,
                          Json *list) {
        Json *entry = json_new_object();
        bool failed = json_add(entry, "uri", new_uri(job, i)) < 0;

        failed |= json_add_str(entry, key, value) < 0;
        failed |= json_push(list, entry) < 0;
        return failed ? -ENOMEM : 0;
}

/* Prompts name the pictures: @ref1, @ref2. */
static int add_reference_images(const ProviderJob *job, Json *body) {
        Json *list = json_add_array(body, "referenceImages");

        for (size_t i = 0; i < job_n_references(job); i++) {
                char tag[16];
                int r;

                (void) snprintf(tag, sizeof tag, "ref%zu", i + 1);
                r = push_reference(job, i, "tag", tag, list);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_frames(const ProviderJob *job, Json *body) {
        size_t n = job_n_references(job);
        bool last = param_is_true(job, "last_frame");
        Json *list;

        if (n == 1 && !last)
                return json_add(body, "promptImage", new_uri(job, 0));
        list = json_add_array(body, "promptImage");
        for (size_t i = 0; i < n; i++) {
                int r = push_reference(job, i, "position", last && i + 1 == n ? "last" : "first",
                                       list);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_references(const ProviderJob *job, Json *body) {
        if (job_n_references(job) == 0)
                return 0;
        return job->kind == KIND_IMAGE ? add_reference_images(job, body) : add_frames(job, body);
}

static int build_body(const ProviderJob *job, HttpCall *http) {
        _cleanup_(json_freep) Json *body = json_new_object();
        const char *figures = json_str(job->params, "public_figures");
        int r;

        r = json_add_str(body, "model", job->model);
        if (r >= 0)
                r = json_add_str(body, "promptText", job->prompt);
        if (r >= 0)
                r = json_add_params(body, job->params, passed_on, ARRAY_LEN(passed_on));
        if (r >= 0 && param_is_true(job, "send_seed"))
                r = json_add_int(body, "seed", job->seed & INT32_MAX);
        if (r >= 0 && figures)
                r = json_add_str(json_add_object(body, "contentModeration"),
                                 "publicFigureThreshold", figures);
        if (r >= 0)
                r = add_references(job, body);
        return r < 0 ? r : call_post_json(http, job, body);
}

static const char *endpoint_of(const ProviderJob *job) {
        if (job->kind == KIND_IMAGE)
                return "text_to_image";
        return job_n_references(job) > 0 ? "image_to_video" : "text_to_video";
}

int runway_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        size_t i;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = check_job(job, err);
        if (r < 0)
                return r;
        if (runway_step(job, job->prepared, &i) != RUNWAY_READY)
                return err_set(err, -EINVAL, "a reference is not uploaded");
        r = call_init(&call.http, "POST",
                      str_printf("%s/%s", job_base_url(job, RUNWAY_BASE_URL), endpoint_of(job)));
        call.http.paid = true;
        if (r >= 0)
                r = build_body(job, &call.http);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- tasks ---- */

static int build_task(const ProviderJob *job, const char *method, const char *handle,
                      ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};

        assert(job);
        assert(handle);
        assert(ret);

        if (!id_is_plain(handle))
                return err_set(err, -EINVAL, "the handle is no task of runway");
        if (call_init(&call.http, method,
                      str_printf("%s/tasks/%s", job_base_url(job, RUNWAY_BASE_URL), handle)) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

int runway_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        return build_task(job, "GET", handle, ret, err);
}

int runway_build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        return build_task(job, "DELETE", handle, ret, err);
}

/* Results lie with a content network and want no key. */
int runway_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        return call_fetch(ret, item, NULL, "Bearer ", err);
}
