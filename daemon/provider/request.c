/* SPDX-License-Identifier: MIT */

/*
 * Request bodies around files that are never held whole. A JSON body is a tree whose strings may
 * stand for a file; printed, it is cut at those places. A form is written part by part.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/driver.h"

/* What stands for file i in the tree, as U+0001, its number, U+0001: and what JSON makes of that. */
#define FILE_MARK "\x01"
#define FILE_MARK_PRINTED "\\u0001"

const char *job_base_url(const ProviderJob *job, const char *fallback) {
        assert(job);

        return job->base_url && *job->base_url ? job->base_url : fallback;
}

/* By the name alone, for drivers open no file: that a picture is in it is checked where the job is
 * rendered. */
const char *picture_media_type(const char *path) {
        static const struct {
                const char *ext, *media_type;
        } types[] = {
                {".png", "image/png"},
                {".jpg", "image/jpeg"},
                {".jpeg", "image/jpeg"},
                {".webp", "image/webp"},
        };
        const char *dot;

        assert(path);

        dot = strrchr(path, '.');
        for (size_t i = 0; dot && i < ARRAY_LEN(types); i++)
                if (strcasecmp(dot, types[i].ext) == 0)
                        return types[i].media_type;
        return NULL;
}

size_t job_n_references(const ProviderJob *job) {
        assert(job);

        return job->references ? job->references->n : 0;
}

int job_check_references(const ProviderJob *job, size_t max, Err *err) {
        size_t n = job_n_references(job);

        if (n > max)
                return err_set(err, -EINVAL, "%zu references are too many: %zu go into one request",
                               n, max);
        for (size_t i = 0; i < n; i++)
                if (!picture_media_type(job->references->items[i]))
                        return err_set(err, -EINVAL,
                                       "reference '%s' is no picture the provider takes: give a "
                                       ".png, .jpg, .jpeg or .webp file",
                                       job->references->items[i]);
        return 0;
}

int job_check_kind(const ProviderJob *job, const Driver *driver, Err *err) {
        assert(job);
        assert(driver);

        if (driver->kinds & (1u << job->kind))
                return 0;
        return err_set(err, -EINVAL, "the %s driver makes no '%s'", driver->name,
                       asset_kind_word(job->kind));
}

int http_call_init(HttpCall *call, const char *method, const char *key_prefix, char *url) {
        assert(call);
        assert(method);
        assert(key_prefix);

        call->method = method;
        call->with_key = true;
        call->key_header = "Authorization";
        call->key_prefix = key_prefix;
        call->url = url;
        return url ? 0 : -ENOMEM;
}

int call_fetch(ProviderCall *ret, const ResultItem *item, const char *base, const char *key_prefix,
               Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};

        assert(ret);
        assert(item);
        assert(item->url);

        if (!url_may_fetch(item->url))
                return err_set(err, -EINVAL,
                               "result cannot be fetched: its address is not a plain https one");
        if (http_call_init(&call.http, "GET", key_prefix, strdup(item->url)) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        call.http.raw_payload = true;
        call.http.with_key = base && url_same_origin(item->url, base);
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- JSON ---- */

int json_add_params(Json *body, const Json *params, const ParamField *fields, size_t n) {
        assert(fields);

        for (size_t i = 0; i < n; i++) {
                const Json *value = json_get(params, fields[i].param);
                int r;

                if (!value)
                        continue;
                r = json_add(body, fields[i].field, json_copy(value));
                if (r < 0)
                        return r;
        }
        return 0;
}

Json *json_new_data_uri(const ProviderJob *job, size_t i) {
        char text[96];

        assert(i < job_n_references(job));

        (void) snprintf(text, sizeof text, "data:%s;base64," FILE_MARK "%zu" FILE_MARK,
                        picture_media_type(job->references->items[i]), i);
        return json_new_string(text);
}

/* The number of the file that the mark at p stands for, and where the text goes on; -1 when it
 * stands for none. */
static int marked_file(const char *p, size_t n_files, const char **ret_end) {
        char digits[4];
        size_t n = strspn(p + strlen(FILE_MARK_PRINTED), "0123456789");
        const char *end = p + strlen(FILE_MARK_PRINTED) + n;
        int64_t i;

        if (n >= sizeof digits || strncmp(end, FILE_MARK_PRINTED, strlen(FILE_MARK_PRINTED)) != 0)
                return -1;
        memcpy(digits, end - n, n);
        digits[n] = '\0';
        if (n_files == 0 || parse_int(digits, 0, (int64_t) n_files - 1, &i) < 0)
                return -1;
        *ret_end = end + strlen(FILE_MARK_PRINTED);
        return (int) i;
}

int call_add_json(HttpCall *call, const ProviderJob *job, const Json *body) {
        _cleanup_(freep) char *text = NULL;
        const char *from;

        assert(call);
        assert(body);

        text = json_print(body);
        if (!text)
                return -ENOMEM;
        from = text;
        for (const char *p = text; (p = strstr(p, FILE_MARK_PRINTED));) {
                const char *end;
                int i = marked_file(p, job_n_references(job), &end), r;

                if (i < 0) {
                        p += strlen(FILE_MARK_PRINTED);
                        continue;
                }
                r = call_add_text(call, strndup(from, (size_t) (p - from)));
                if (r >= 0)
                        r = call_add_file(call, job->references->items[i]);
                if (r < 0)
                        return r;
                from = p = end;
        }
        return call_add_text(call, strdup(from));
}

int call_post_json(HttpCall *call, const ProviderJob *job, const Json *body) {
        int r = call_add_header(call, "Content-Type: application/json");

        return r < 0 ? r : call_add_json(call, job, body);
}

/* ---- multipart/form-data ---- */

/* A boundary that no file contains, short of being made to: the same for the same job, so that what
 * is built stays a function of it. */
static void make_boundary(const ProviderJob *job, char ret[static FORM_BOUNDARY_MAX]) {
        DigestContext c;
        Digest d;
        char hex[DIGEST_HEX_MAX];

        digest_init(&c);
        digest_update(&c, job->prompt, strlen(job->prompt));
        digest_update(&c, &job->seed, sizeof job->seed);
        digest_final(&c, &d);
        digest_hex(&d, hex);
        (void) snprintf(ret, FORM_BOUNDARY_MAX, "part-%.40s", hex);
}

int form_begin(Form *f, HttpCall *call, const ProviderJob *job) {
        _cleanup_(freep) char *header = NULL;

        assert(f);
        assert(call);
        assert(job);

        *f = (Form){.call = call, .text = STRBUF_INIT(STRBUF_MAX_DEFAULT)};
        make_boundary(job, f->boundary);
        header = str_printf("Content-Type: multipart/form-data; boundary=%s", f->boundary);
        return header ? call_add_header(call, header) : -ENOMEM;
}

/* A name or file name in quotes: what would end it is replaced, as browsers do. */
static void put_quoted(StrBuf *b, const char *text) {
        for (const char *p = text; *p; p++)
                if (*p == '"')
                        (void) strbuf_puts(b, "%22");
                else
                        (void) strbuf_putc(b, (unsigned char) *p < 0x20 ? ' ' : *p);
}

static void put_part(Form *f, const char *name, const char *file_name, const char *media_type) {
        (void) strbuf_printf(&f->text, "--%s\r\nContent-Disposition: form-data; name=\"",
                             f->boundary);
        put_quoted(&f->text, name);
        (void) strbuf_putc(&f->text, '"');
        if (file_name) {
                (void) strbuf_puts(&f->text, "; filename=\"");
                put_quoted(&f->text, file_name);
                (void) strbuf_printf(&f->text, "\"\r\nContent-Type: %s", media_type);
        }
        (void) strbuf_puts(&f->text, "\r\n\r\n");
}

void form_field(Form *f, const char *name, const char *value) {
        assert(f);
        assert(name);
        assert(value);

        put_part(f, name, NULL, NULL);
        (void) strbuf_puts(&f->text, value);
        (void) strbuf_puts(&f->text, "\r\n");
}

int form_file(Form *f, const char *name, const char *path) {
        const char *slash, *media_type;
        int r;

        assert(f);
        assert(name);
        assert(path);

        slash = strrchr(path, '/');
        media_type = picture_media_type(path);
        put_part(f, name, slash ? slash + 1 : path,
                 media_type ? media_type : "application/octet-stream");
        r = call_add_text(f->call, strbuf_take(&f->text));
        if (r >= 0)
                r = call_add_raw_file(f->call, path);
        (void) strbuf_puts(&f->text, "\r\n");
        return r;
}

int form_end(Form *f) {
        assert(f);

        (void) strbuf_printf(&f->text, "--%s--\r\n", f->boundary);
        return call_add_text(f->call, strbuf_take(&f->text));
}

void form_done(Form *f) {
        strbuf_done(&f->text);
}
