/* SPDX-License-Identifier: MIT */

/* `providers:` of pregen.yaml. */

#include "base/parse.h"
#include "recipe/settings_internal.h"

enum {
        CONCURRENCY_MAX = 1000,
        RATE_MAX = 1000000000,
        TIMEOUT_MIN_MS = 1000,
        TIMEOUT_MAX_MS = 24 * 60 * 60 * 1000,
        POLL_MIN_MS = 50,
        POLL_MAX_MS = 60 * 60 * 1000,
};

static void check_driver(Reader *r, const Node *node, void *structure) {
        ProviderConfig *p = &((ProviderDraft *) structure)->provider;

        if (!check_driver_name(r, node, p->driver))
                p->driver = NULL;
}

static void check_base_url(Reader *r, const Node *node, void *structure) {
        ProviderConfig *p = &((ProviderDraft *) structure)->provider;
        Err err = {0};
        char *url;
        size_t n;

        if (base_url_check(p->base_url, &err) < 0) {
                reader_error(r, node, "%s", err_text(&err));
                return;
        }
        url = reader_strdup(r, p->base_url);
        for (n = url ? strlen(url) : 0; n > 0 && url[n - 1] == '/'; n--)
                url[n - 1] = 0;
        p->base_url = url;
}

/* The value may be a key that was put here by mistake: never shown. */
static void check_credential(Reader *r, const Node *node, void *structure) {
        const char *text = schema_scalar(r, node, "a name");
        ProviderConfig *p = &((ProviderDraft *) structure)->provider;

        if (text && !name_is_valid(text))
                reader_error(r, node,
                             "not the name of a credential (lower-case letters, digits, . _ -); "
                             "the key itself belongs into a file, see 'credential_file'");
        else if (text)
                p->credential = reader_strdup(r, text);
}

static const SchemaKey limits_keys[] = {
        {.key = "concurrency",
         .type = SCHEMA_INT,
         .offset = offsetof(ProviderDraft, provider.concurrency),
         .min = 1,
         .max = CONCURRENCY_MAX,
         .fallback = "4",
         .help = "calls in flight at once, at most"},
        {.key = "per_minute",
         .type = SCHEMA_INT,
         .offset = offsetof(ProviderDraft, provider.per_minute),
         .min = 1,
         .max = RATE_MAX,
         .help = "calls a minute, at most; none declared without it"},
        {.key = "per_day",
         .type = SCHEMA_INT,
         .offset = offsetof(ProviderDraft, provider.per_day),
         .min = 1,
         .max = RATE_MAX,
         .help = "calls a day, at most; none declared without it"},
};
static const Schema limits_schema = {
        .name = "limits",
        .keys = limits_keys,
        .n = ARRAY_LEN(limits_keys),
        .size = sizeof(ProviderDraft),
};

static const SchemaKey provider_keys[] = {
        {.key = "driver",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ProviderDraft, provider.driver),
         .node = AT(ProviderDraft, driver),
         .required = true,
         .read = check_driver,
         .help = "which code speaks to it"},
        {.key = "base_url",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ProviderDraft, provider.base_url),
         .read = check_base_url,
         .help = "where the API is, with its version; without it the driver's own"},
        {.key = "credential",
         .type = SCHEMA_CUSTOM,
         .read = check_credential,
         .json = "{\"type\":\"string\",\"pattern\":\"^[a-z0-9][a-z0-9._-]*$\"}",
         .help = "name of the credential in $CREDENTIALS_DIRECTORY (systemd LoadCredential=)"},
        {.key = "credential_file",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ProviderDraft, provider.credential_file),
         .help = "else a file of mode 0600 that holds the key"},
        {.key = "limits",
         .type = SCHEMA_OBJECT,
         .object = &limits_schema,
         .help = "ceilings; the real limit is found while running"},
        {.key = "timeout",
         .type = SCHEMA_DURATION,
         .offset = offsetof(ProviderDraft, provider.timeout_ms),
         .min = TIMEOUT_MIN_MS,
         .max = TIMEOUT_MAX_MS,
         .fallback = "10m",
         .help = "of one call"},
        {.key = "poll_every",
         .type = SCHEMA_DURATION,
         .offset = offsetof(ProviderDraft, provider.poll_every_ms),
         .min = POLL_MIN_MS,
         .max = POLL_MAX_MS,
         .help = "ask for an operation this often; without it when its end is likely"},
        {.key = "budget",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(ProviderDraft, provider.caps),
         .object = &caps_schema,
         .help = "caps on what this provider may cost"},
        {.key = "params",
         .type = SCHEMA_NAMED,
         .offset = offsetof(ProviderDraft, params),
         .offset_n = offsetof(ProviderDraft, n_params),
         .node = AT(ProviderDraft, params_node),
         .object = &param_schema,
         .help = "parameters that recipes may give it, where the driver knows none by itself"},
        {.key = "exec",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(ProviderDraft, exec),
         .node = AT(ProviderDraft, exec_node),
         .object = &exec_schema,
         .help = "driver exec: the command that is run"},
        {.key = "http",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(ProviderDraft, http),
         .node = AT(ProviderDraft, http_node),
         .object = &http_schema,
         .help = "driver http: the calls of the API, and where in its answers things are"},
        {.key = "workflows",
         .type = SCHEMA_NAMED,
         .offset = offsetof(ProviderDraft, workflows),
         .offset_n = offsetof(ProviderDraft, n_workflows),
         .node = AT(ProviderDraft, workflows_node),
         .object = &workflow_schema,
         .help = "driver comfyui: its workflows, by the names that recipes give as 'model'"},
};
static const ProviderDraft provider_initial = {
        .provider.caps = {-1, -1, -1},
        .http = {.submit.method = -1,
                 .poll.method = -1,
                 .fetch.method = -1,
                 .cancel.method = -1}, /* the usual one */
};
const Schema provider_schema = {
        .name = "provider",
        .keys = provider_keys,
        .n = ARRAY_LEN(provider_keys),
        .size = sizeof(ProviderDraft),
        .initial = &provider_initial,
        .name_at = AT(ProviderDraft, provider.name),
        .place_at = AT(ProviderDraft, provider.place),
};

/* ---- what a driver asks for --------------------------------------------------------------- */

void provider_check(Reader *r, const char *dir, ProviderDraft *draft) {
        ProviderConfig *p = &draft->provider;
        const Driver *driver = p->driver ? driver_find(p->driver) : NULL;
        bool needs_key;

        assert(r);
        if (!driver)
                return;
        needs_key = driver_needs_key(driver, p->base_url);
        if (!p->base_url)
                p->base_url = driver->default_base_url;
        if (driver->needs_base_url && !p->base_url)
                reader_error(r, draft->driver, "driver '%s' needs 'base_url'", driver->name);
        if (needs_key && !p->credential && !p->credential_file)
                reader_error(r, draft->driver,
                             "driver '%s' needs 'credential: NAME' or 'credential_file: PATH'",
                             driver->name);
        provider_params(r, driver, draft);
        provider_exec(r, driver, draft);
        provider_http(r, driver, draft);
        provider_workflows(r, driver, dir, draft);
}

bool name_says_secret(const char *name) {
        static const char *const words[] = {"key",    "token",  "secret",        "password",
                                            "passwd", "bearer", "authorization", "cookie"};

        assert(name);
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (strcasestr(name, words[i]))
                        return true;
        return false;
}

/* ---- base_url ----------------------------------------------------------------------------- */

static bool host_is(const char *host, size_t n, const char *name) {
        return strlen(name) == n && strncmp(host, name, n) == 0;
}

static bool host_is_loopback(const char *host, size_t n) {
        return host_is(host, n, "localhost") || host_is(host, n, "[::1]") ||
               (n > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= n);
}

int base_url_check(const char *url, Err *err) {
        const char *host;
        size_t n, authority;
        bool https;

        assert(url);
        https = strncmp(url, "https://", 8) == 0;
        if (!https && strncmp(url, "http://", 7) != 0)
                return err_set(err, -EINVAL, "not a URL that begins with 'https://'");
        host = url + (https ? 8 : 7);
        authority = strcspn(host, "/?#");
        for (const char *p = url; *p; p++)
                if ((unsigned char) *p <= ' ' || (unsigned char) *p >= 0x7f ||
                    strchr("\"<>\\^`{|}", *p))
                        return err_set(err, -EINVAL, "a URL must not have blanks or such in it");
        if (memchr(host, '@', authority) || strpbrk(host, "?#"))
                return err_set(err, -EINVAL,
                               "must not have a user, '?' or '#' in it; a key belongs into "
                               "'credential' or 'credential_file'");
        n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
        if (n == 0 || n > authority)
                return err_set(err, -EINVAL, "names no host");
        if (!https && !host_is_loopback(host, n))
                return err_set(err, -EINVAL,
                               "must begin with 'https://'; 'http://' is only for this machine "
                               "(127.0.0.1, localhost)");
        return 0;
}
