/* SPDX-License-Identifier: MIT */

/* Requests to Google: whose API an address is, where the key goes, pieces of bodies. */

#include "provider/google.h"

enum {
        BUCKET_MAX = 222,
};

static bool ends_with(const char *text, const char *end) {
        size_t n = strlen(text), k = strlen(end);

        return n >= k && streq(text + n - k, end);
}

GoogleForm google_form(const char *base_url) {
        UrlOrigin o;

        assert(base_url);

        if (url_split(base_url, &o) < 0)
                return GOOGLE_DEVELOPER;
        if (strstr(o.rest, "/projects/"))
                return GOOGLE_PROJECT;
        return ends_with(o.rest, "/publishers/google") ? GOOGLE_EXPRESS : GOOGLE_DEVELOPER;
}

const char *google_base(const ProviderJob *job, const char *fallback) {
        assert(job);
        assert(fallback);

        return job->base_url && *job->base_url ? job->base_url : fallback;
}

char *google_model_url(const char *base, const char *model, const char *verb) {
        assert(base);
        assert(model);
        assert(verb);

        return str_printf("%s%s/models/%s:%s", base,
                          google_form(base) == GOOGLE_PROJECT ? "/publishers/google" : "", model,
                          verb);
}

static void set_key(HttpCall *call, const char *base) {
        bool bearer = google_form(base) == GOOGLE_PROJECT;

        call->with_key = true;
        call->key_header = bearer ? "Authorization" : "x-goog-api-key";
        call->key_prefix = bearer ? "Bearer " : "";
        call->auth = bearer ? AUTH_GOOGLE : AUTH_CREDENTIAL;
}

int google_call_init(HttpCall *call, const char *base, const char *method, char *url, bool json) {
        assert(call);
        assert(base);
        assert(method);

        call->method = method;
        call->url = url;
        if (!url)
                return -ENOMEM;
        set_key(call, base);
        return json ? call_add_header(call, "Content-Type: application/json") : 0;
}

int google_check_model(const char *model, Err *err) {
        size_t n;

        assert(model);

        n = strspn(model, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
        if (n > 0 && n <= GOOGLE_NAME_MAX && model[n] == '\0' && !streq(model, ".") &&
            !streq(model, ".."))
                return 0;
        return err_set(err, -EINVAL,
                       "'%s' is no model name: letters, digits, '.', '_' and '-' only", model);
}

int google_picture_type(const char *path, const char **ret, Err *err) {
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
        assert(ret);

        dot = strrchr(path, '.');
        for (size_t i = 0; dot && i < ARRAY_LEN(types); i++)
                if (strcasecmp(dot, types[i].ext) == 0) {
                        *ret = types[i].media_type;
                        return 0;
                }
        return err_set(err, -EINVAL,
                       "reference '%s' is no picture the provider takes: give a .png, .jpg, .jpeg "
                       "or .webp file",
                       path);
}

int google_put_json(StrBuf *b, Json *value) {
        _cleanup_(json_freep) Json *owned = value;
        _cleanup_(freep) char *text = owned ? json_print(owned) : NULL;

        assert(b);

        return text ? strbuf_puts(b, text) : -ENOMEM;
}

int google_put_file(HttpCall *call, StrBuf *b, const char *path) {
        int r;

        assert(call);
        assert(b);
        assert(path);

        r = call_add_text(call, strbuf_take(b));
        return r < 0 ? r : call_add_file(call, path);
}

/* The provider's own files answer with their metadata unless the bytes are asked for:
 * ".../files/ID:download?alt=media". Anything else is taken as it stands. */
static char *download_url(const char *url, bool own) {
        UrlOrigin o;
        const char *files;
        size_t id;

        if (!own || url_split(url, &o) < 0)
                return strdup(url);
        files = strstr(o.rest, "/files/");
        if (!files || strstr(o.rest, "alt=media"))
                return strdup(url);
        id = strcspn(files + strlen("/files/"), "/?#");
        files += strlen("/files/") + id;
        if (*files == '/' || *files == '#')
                return strdup(url);
        return str_printf("%.*s%s%s%salt=media", (int) (files - url), url,
                          memmem(files - id, id, ":download", strlen(":download")) ? ""
                                                                                   : ":download",
                          *files == '?' ? files : "", *files == '?' ? "&" : "?");
}

/* Whether the base is Google itself rather than a stand-in. */
static bool is_google(const UrlOrigin *o) {
        return o->https && o->port == 443 && ends_with(o->host, ".googleapis.com");
}

static bool is_storage_name(const char *text, size_t n) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";

        for (size_t i = 0; i < n; i++)
                if (!memchr(allowed, text[i], sizeof allowed - 1))
                        return false;
        return n >= 3 && n <= BUCKET_MAX;
}

int google_stored_url(const char *base, const char *gs, char **ret) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(URL_MAX);
        size_t bucket;
        UrlOrigin o;

        assert(base);
        assert(gs);
        assert(ret);

        *ret = NULL;
        if (strncmp(gs, "gs://", 5) != 0 || google_form(base) != GOOGLE_PROJECT ||
            url_split(base, &o) < 0)
                return 0;
        gs += 5;
        bucket = strcspn(gs, "/");
        if (!is_storage_name(gs, bucket) || gs[bucket] != '/' || !gs[bucket + 1])
                return 0;
        if (is_google(&o))
                (void) strbuf_puts(&b, GOOGLE_STORAGE_ORIGIN);
        else
                (void) strbuf_add(&b, base, (size_t) (o.rest - base));
        (void) strbuf_printf(&b, "/storage/v1/b/%.*s/o/", (int) bucket, gs);
        for (const char *p = gs + bucket + 1; *p; p++)
                if (id_is_plain((char[]){*p, '\0'}))
                        (void) strbuf_putc(&b, *p);
                else
                        (void) strbuf_printf(&b, "%%%02X", (unsigned) (unsigned char) *p);
        (void) strbuf_puts(&b, "?alt=media");
        if (b.error == -E2BIG)
                return 0;
        *ret = strbuf_take(&b);
        return *ret ? 0 : -ENOMEM;
}

int google_fetch(const char *base, const ResultItem *item, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        bool own, stored;
        int r;

        assert(base);
        assert(item);
        assert(item->url);
        assert(ret);

        if (!url_may_fetch(item->url))
                return err_set(err, -EINVAL,
                               "result cannot be fetched: its address is not a plain https one");
        own = url_same_origin(item->url, base);
        stored = item->url_with_key && google_form(base) == GOOGLE_PROJECT &&
                 url_same_origin(item->url, GOOGLE_STORAGE_ORIGIN);
        r = google_call_init(&call.http, base, "GET", download_url(item->url, own), false);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        call.http.raw_payload = true;
        call.http.with_key = own || stored;
        if (stored)
                call.http.key_origin = GOOGLE_STORAGE_ORIGIN;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}
