/* SPDX-License-Identifier: MIT */

/* Answers of ComfyUI: a file taken, a workflow accepted, what its nodes made. */

#include <stdio.h>

#include "provider/comfyui.h"

/* ---- a picture sent ---- */

/* {"name": "a.png", "subfolder": "pregen", "type": "input"}: nodes know it as pregen/a.png. */
static int take_name(const ProviderJob *job, const Json *body, Json *prepared) {
        const char *name = json_str(body, "name"), *folder = json_str(body, "subfolder");
        char key[COMFYUI_KEY_MAX], whole[COMFYUI_NAME_MAX];
        int n;

        if (!name || !*name)
                return -EBADMSG;
        n = snprintf(whole, sizeof whole, "%s%s%s", folder ? folder : "",
                     folder && *folder ? "/" : "", name);
        if (n < 0 || (size_t) n >= sizeof whole)
                return -EBADMSG;
        comfyui_sent_key(comfyui_next_reference(job, prepared), key);
        return json_add_str(prepared, key, whole);
}

static int read_upload(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                       ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!reply_is_good(reply)) {
                error_reply_read(reply, body, &e);
                error_reply_by_status(job, &e, ret);
                return 1;
        }
        r = take_name(job, body, prepared);
        if (r != -EBADMSG)
                return r;
        provider_result_set(ret, OUTCOME_TRANSIENT, true, false, "UPLOAD",
                            "the server took a picture and did not say what it calls it");
        return 1;
}

int comfyui_parse_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                          ProviderResult *ret, Err *err) {
        return driver_parse_prepare(job, reply, prepared, read_upload, ret, err);
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

int comfyui_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
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
        _cleanup_(freep) char *handle = str_printf(COMFYUI_HISTORY "%s", id);

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
        error_reply_of_poll(job, &e, ret);
        return 0;
}

static int read_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                     ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        const char *id = comfyui_id(handle);
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
        error_reply_of_poll(job, &e, ret);
        return 0;
}

int comfyui_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                       ProviderResult *ret, Err *err) {
        return driver_parse_poll(job, handle, reply, read_poll, ret, err);
}
