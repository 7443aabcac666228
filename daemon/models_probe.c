/* SPDX-License-Identifier: MIT */

#include "models_probe.h"

#include "net/http.h"

enum {
        PROBE_TIMEOUT_MS = 30 * 1000, /* of one page */
};

typedef struct Probe {
        const ProviderConfig *config;
        const Driver *driver;
        Secret *secret;
        sd_event *event;
        Http *http;
        ModelList list;
        bool done;
        int r;
        Err *err;
} Probe;

static void probe_done(Probe *p) {
        p->http = http_free(p->http);
        p->event = sd_event_unref(p->event);
        p->secret = secret_free(p->secret);
        model_list_done(&p->list);
}

static int load_credential(Probe *p) {
        const ProviderConfig *c = p->config;

        if (!p->driver->needs_credential)
                return 0;
        if (p->driver->credential_for_default && !c->credential && !c->credential_file &&
            !streq(c->base_url, p->driver->default_base_url))
                return 0; /* a server of one's own, without keys */
        return secret_load(c->credential, c->credential_file, &p->secret, p->err);
}

static void on_reply(Transfer *t, const HttpResult *result, void *userdata) {
        Probe *p = userdata;

        (void) t;
        p->done = true;
        if (result->end == HTTP_END_REPLY)
                p->r = p->driver->parse_models(&result->reply, &p->list, p->err);
        else
                p->r = err_set(p->err, -EIO, "no answer: %s", err_text(&result->err));
}

static int send_and_wait(Probe *p, HttpCall *call) {
        _cleanup_(transfer_freep) Transfer *transfer = NULL;
        HttpOptions options = {
                .origin = p->config->base_url,
                .credential = p->secret,
                .timeout_ms = PROBE_TIMEOUT_MS,
                .spool_dir_fd = -1,
                .spool_stem = "",
        };
        int r = http_start(p->http, call, &options, on_reply, p, &transfer, p->err);

        p->done = false;
        while (r >= 0 && !p->done) {
                r = sd_event_run(p->event, UINT64_MAX);
                if (r < 0)
                        return err_errno(p->err, r, "the event loop failed");
        }
        return r < 0 ? r : p->r;
}

/* 1: there was a page. */
static int ask_page(Probe *p) {
        _cleanup_(freep) char *page = p->list.next;
        ProviderCall call = {0};
        int r;

        p->list.next = NULL;
        r = p->driver->build_models(p->config->base_url, page, &call, p->err);
        if (r > 0) {
                int q = send_and_wait(p, &call.http);

                r = q < 0 ? q : 1;
        }
        provider_call_done(&call);
        return r;
}

static int ask_all(Probe *p) {
        int r = load_credential(p);

        if (r >= 0 && sd_event_new(&p->event) < 0)
                r = err_set(p->err, -ENOMEM, "cannot make an event loop");
        if (r >= 0)
                r = http_new(p->event, &p->http, p->err);
        if (r >= 0)
                r = ask_page(p);
        if (r <= 0)
                return r < 0 ? r : AL_NOT_FOUND;
        for (int i = 1; r > 0 && p->list.next && i < MODEL_PAGES_MAX; i++)
                r = ask_page(p);
        return r < 0 ? r : AL_OK;
}

int models_probe(const ProviderConfig *config, ModelList *ret, Err *err) {
        _cleanup_(probe_done) Probe p = {.config = config, .err = err};
        int r;

        assert(config);
        assert(ret);
        p.driver = driver_find(config->driver);
        assert(p.driver);
        if (!p.driver->build_models)
                return AL_NOT_FOUND;
        r = ask_all(&p);
        if (r != AL_OK)
                return r;
        *ret = p.list;
        p.list = (ModelList){0};
        return AL_OK;
}
