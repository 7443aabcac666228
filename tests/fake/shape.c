/* SPDX-License-Identifier: MIT */

/* Bodies of requests, as strict as the real ones: unknown members, wrong types, wrong words. */

#include "base/parse.h"
#include "wire.h"

static bool type_fits(const Json *object, const char *name, char type) {
        const Json *v = json_get(object, name);
        double number;
        int64_t whole;
        bool flag;

        switch (type) {
        case 's':
                return json_is_string(v);
        case 'n':
                return json_int(object, name, &whole);
        case 'd':
                return json_number(object, name, &number);
        case 'b':
                return json_bool(object, name, &flag);
        case 'o':
                return json_is_object(v);
        case 'a':
                return json_is_array(v);
        case '*':
                return true;
        }
        return false;
}

void shape_members(Ask *ask, const Json *object, const char *where, const Member *rows, size_t n) {
        for (const Json *m = json_first(object); m; m = json_next(m)) {
                const char *name = json_key(m);
                const Member *found = NULL;

                for (size_t i = 0; i < n && name; i++)
                        if (streq(rows[i].name, name) ||
                            (rows[i].alias && streq(rows[i].alias, name)))
                                found = &rows[i];
                if (!found)
                        ask->wire->complain(ask, COMPLAINT_UNKNOWN, where, name ? name : "");
                else if (!type_fits(object, name, found->type))
                        ask->wire->complain(ask, COMPLAINT_TYPE, where,
                                            found->alias ? found->alias : found->name);
        }
}

void shape_word(Ask *ask, const char *word, const char *where, const char *const *words, size_t n) {
        for (size_t i = 0; word && i < n; i++)
                if (streq(words[i], word))
                        return;
        if (word)
                ask->wire->complain(ask, COMPLAINT_WORD, where, word);
}

bool shape_body(const Request *request, Ask *ask) {
        Err err = {0};

        if (json_parse(request->body ? request->body : "", request->body_n, &ask->body, &err) >=
                    0 &&
            json_is_object(ask->body))
                return true;
        ask_refuse(ask, 400, "INVALID_ARGUMENT", "Invalid JSON payload received. %s",
                   err_text(&err));
        return false;
}

bool shape_is_base64(const char *data) {
        size_t n = data ? strlen(data) : 0, k;

        if (n == 0)
                return false;
        k = strspn(data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
        k += strspn(data + k, "=");
        return k == n && n % 4 == 0;
}
