/* SPDX-License-Identifier: MIT */

/* GET /organization: the models that the account's tier has limits for. */

#include "provider/runway.h"

int runway_build_models(const char *base_url, const char *page, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        int r;

        assert(base_url);
        assert(!page);
        assert(ret);
        r = http_call_init(&call.http, "GET", "Bearer ", str_printf("%s/organization", base_url));
        if (r >= 0)
                r = call_add_header(&call.http, RUNWAY_VERSION_HEADER);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 1;
}

int runway_parse_models(const ProviderReply *reply, ModelList *list, Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        const Json *models;
        int r;

        assert(list);
        r = model_list_open(reply, &body, err);
        if (r < 0)
                return r;
        models = json_get(json_get(body, "tier"), "models");
        for (const Json *m = json_first(json_is_object(models) ? models : NULL); m && r >= 0;
             m = json_next(m))
                r = json_key(m) ? model_list_add(list, json_key(m), NULL) : 0;
        return r < 0 ? err_errno(err, r, "cannot read the list of models") : 0;
}
