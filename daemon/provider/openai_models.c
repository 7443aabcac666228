/* SPDX-License-Identifier: MIT */

/* GET /models, of OpenAI and of what is compatible with it: {"data": [{"id", "shutdown_date"}]}. */

#include "provider/openai.h"

int openai_build_models(const char *base_url, const char *page, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};

        assert(base_url);
        assert(!page);
        assert(ret);
        if (http_call_init(&call.http, "GET", "Bearer ", str_printf("%s/models", base_url)) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 1;
}

int openai_parse_models(const ProviderReply *reply, ModelList *list, Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        const Json *data;
        int r;

        assert(list);
        r = model_list_open(reply, &body, err);
        if (r < 0)
                return r;
        data = json_get(body, "data");
        for (const Json *m = json_first(json_is_array(data) ? data : NULL); m && r >= 0;
             m = json_next(m))
                if (json_str(m, "id"))
                        r = model_list_add(list, json_str(m, "id"), json_str(m, "shutdown_date"));
        return r < 0 ? err_errno(err, r, "cannot read the list of models") : 0;
}
