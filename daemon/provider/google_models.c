/* SPDX-License-Identifier: MIT */

/* GET .../models of the Developer API, which lists pictures, videos and copy together. Vertex AI has
 * no list of what one may call. */

#include "provider/google.h"

enum {
        PAGE_SIZE = 200,
};

static bool is_token(const char *page) {
        return page[strspn(page, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "-_=.~")] == '\0';
}

int google_build_models(const char *base_url, const char *page, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        int r;

        assert(base_url);
        assert(ret);
        if (google_form(base_url) != GOOGLE_DEVELOPER)
                return 0;
        if (page && !is_token(page))
                return err_set(err, -EINVAL, "the next page has no name that can be asked for");
        r = google_call_init(&call.http, base_url, "GET",
                             str_printf("%s/models?pageSize=%d%s%s", base_url, PAGE_SIZE,
                                        page ? "&pageToken=" : "", page ? page : ""),
                             false);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 1;
}

int google_parse_models(const ProviderReply *reply, ModelList *list, Err *err) {
        static const char prefix[] = "models/";
        _cleanup_(json_freep) Json *body = NULL;
        const Json *models;
        const char *next;
        int r;

        assert(list);
        r = model_list_open(reply, &body, err);
        if (r < 0)
                return r;
        models = json_get(body, "models");
        for (const Json *m = json_first(json_is_array(models) ? models : NULL); m && r >= 0;
             m = json_next(m)) {
                const char *name = json_str(m, "name");

                if (name && strncmp(name, prefix, strlen(prefix)) == 0)
                        name += strlen(prefix);
                r = name && *name ? model_list_add(list, name, NULL) : 0;
        }
        next = google_text(body, "nextPageToken", "next_page_token");
        if (r >= 0 && next && *next && !(list->next = strdup(next)))
                r = -ENOMEM;
        return r < 0 ? err_errno(err, r, "cannot read the list of models") : 0;
}
