/* SPDX-License-Identifier: MIT */

/* The models a provider says it has. */

#include "provider/driver.h"

void model_list_done(ModelList *list) {
        assert(list);
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].name);
                free(list->items[i].ends);
        }
        free(list->items);
        free(list->next);
        *list = (ModelList){0};
}

int model_list_add(ModelList *list, const char *name, const char *ends) {
        ListedModel one = {0}, *items;

        assert(list);
        assert(name);
        if (!*name)
                return 0;
        if (list->n >= MODEL_LIST_MAX)
                return -E2BIG;
        items = reallocarray(list->items, list->n + 1, sizeof *items);
        if (!items)
                return -ENOMEM;
        list->items = items;
        one.name = strdup(name);
        one.ends = ends ? strdup(ends) : NULL;
        if (!one.name || (ends && !one.ends)) {
                free(one.name);
                free(one.ends);
                return -ENOMEM;
        }
        list->items[list->n++] = one;
        return 0;
}

bool model_list_has(const ModelList *list, const char *name) {
        assert(list);
        assert(name);
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i].name, name))
                        return true;
        return false;
}

int model_list_open(const ProviderReply *reply, Json **ret, Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        assert(reply);
        assert(ret);
        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return err_errno(err, r, "cannot read the list of models");
        if (!reply_is_good(reply)) {
                error_reply_read(reply, body, &e);
                return err_set(err, -EBADMSG, "no list of models: HTTP %d: %s", reply->status,
                               e.message);
        }
        if (!json_is_object(body))
                return err_set(err, -EBADMSG, "the list of models is no JSON object");
        *ret = TAKE_PTR(body);
        return 0;
}
