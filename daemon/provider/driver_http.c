/* SPDX-License-Identifier: MIT */

/*
 * An API that the settings describe: its calls are templates, its answers are read at given places
 * (http_spec.h). With a poll the answer to submit is the handle of an operation:
 *
 *      submit -> "p:HANDLE" -> poll, until its state has an outcome
 *                              made: the result is in it, or "f:HANDLE" -> fetch, which has it
 *
 * Whatever the settings say, calls go to the origin of base_url alone, and so does the key; results
 * are fetched by the rules of every driver.
 */

#include "provider/http_internal.h"

static const HttpSpec *spec_of(const ProviderJob *job) {
        return job->spec ? job->spec->http : NULL;
}

/* ---- addresses ---- */

char *http_address(const char *base, const char *given) {
        UrlOrigin o;

        assert(base);
        assert(given);

        if (*given != '/' || given[1] == '/' || url_split(base, &o) < 0)
                return strdup(given);
        return str_printf("%.*s%s", (int) (o.rest - base), base, given);
}

/* `path: "{{handle}}"`: the handle is an address. */
static bool is_address(const char *path) {
        return streq(path, "{{handle}}");
}

static int make_url(const HttpFill *f, const char *path, char **ret, Err *err) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(URL_MAX);
        const char *base = f->job->base_url;
        _cleanup_(freep) char *url = NULL;
        int r = 0;

        if (!base || !*base)
                return err_set(err, -EINVAL, "the provider has no base_url");
        if (is_address(path))
                url = f->handle ? http_address(base, f->handle) : strdup("");
        else {
                (void) strbuf_puts(&b, base);
                r = http_fill_url(f, path, &b, err);
                url = r < 0 ? NULL : strbuf_take(&b);
        }
        if (r < 0)
                return r;
        if (!url)
                return -ENOMEM;
        if (!url_same_origin(url, base))
                return err_set(err, -EINVAL, "the handle is no address of the provider");
        *ret = TAKE_PTR(url);
        return 0;
}

/* ---- calls ---- */

static int add_headers(const HttpFill *f, const HttpSpec *h, HttpCall *http, Err *err) {
        for (size_t i = 0; h->headers && h->headers[i]; i++) {
                _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(URL_MAX);
                int r = http_fill_header(f, h->headers[i], &b, err);

                if (r >= 0)
                        r = call_add_header(http, strbuf_text(&b));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_body(const HttpFill *f, const HttpStep *step, HttpCall *http) {
        _cleanup_(json_freep) Json *body = NULL;
        int r;

        if (!step->body)
                return 0;
        r = http_fill_json(f, step->body, &body);
        return r < 0 ? r : call_post_json(http, f->job, body);
}

static void set_key(const HttpSpec *h, HttpCall *http) {
        http->key_header = h->key_header;
        http->key_prefix = h->key_prefix;
}

static int build_step(const ProviderJob *job, const HttpStep *step, const char *handle, bool paid,
                      ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        const HttpSpec *h = spec_of(job);
        HttpFill f = {.job = job, .handle = handle};
        char *url = NULL;
        int r;

        r = make_url(&f, step->path, &url, err);
        if (r >= 0)
                r = http_call_init(&call.http, step->method, h->key_prefix, url);
        if (r >= 0)
                r = add_headers(&f, h, &call.http, err);
        if (r >= 0)
                r = add_body(&f, step, &call.http);
        if (r < 0)
                return r == -EINVAL ? r : err_errno(err, r, "cannot build the request");
        set_key(h, &call.http);
        call.http.payload_paths = h->payload_paths;
        call.http.paid = paid;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        const HttpSpec *h;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        h = spec_of(job);
        if (!h)
                return err_set(err, -EINVAL, "the settings describe no API: add 'http'");
        if ((job->kind == KIND_TEXT) != (h->result_type == HTTP_RESULT_TEXT))
                return err_set(err, -EINVAL, "the provider's 'result_type' is not for '%s'",
                               asset_kind_word(job->kind));
        r = job_check_references(job, REPLY_PAYLOADS_MAX, err);
        if (r >= 0 && job->kind == KIND_TEXT)
                r = copy_check_want(job, err);
        return r < 0 ? r : build_step(job, &h->submit, NULL, true, ret, err);
}

/* The step a handle is for, and what the provider called it. */
static const HttpStep *step_of(const HttpSpec *h, const char *handle, const char **ret) {
        if (!h || !h->poll.method || strnlen(handle, 3) < 3 || handle[1] != ':')
                return NULL;
        *ret = handle + 2;
        if (*handle == 'p')
                return &h->poll;
        return *handle == 'f' && h->fetch.method ? &h->fetch : NULL;
}

static int build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        const HttpStep *step;
        const char *name = NULL;

        assert(job);
        assert(handle);
        assert(ret);

        step = step_of(spec_of(job), handle, &name);
        if (!step)
                return err_set(err, -EINVAL, "the handle is none of this API");
        return build_step(job, step, name, false, ret, err);
}

static int build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        const char *name = NULL;
        const HttpSpec *h;

        assert(job);
        assert(handle);
        assert(ret);

        h = spec_of(job);
        if (!step_of(h, handle, &name) || !h->cancel.method)
                return err_set(err, -EINVAL, "the settings say no way to cancel");
        return build_step(job, &h->cancel, name, false, ret, err);
}

static int build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        int r;

        assert(job);

        if (!spec_of(job))
                return err_set(err, -EINVAL, "the settings describe no API any more");
        r = call_fetch(ret, item, job->base_url, "", err);
        if (r >= 0)
                set_key(spec_of(job), &ret->http);
        return r;
}

const Driver driver_http = {
        .name = "http",
        .summary = "an API that the settings describe: gateways, servers of your own",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO) | (1u << KIND_TEXT),
        .needs_credential = true,
        .credential_optional = true,
        .needs_base_url = true,
        .declares_params = true,
        .is_http = true,
        .build = build,
        .parse = http_parse,
        .build_fetch = build_fetch,
        .build_poll = build_poll,
        .parse_poll = http_parse_poll,
        .build_cancel = build_cancel,
};
