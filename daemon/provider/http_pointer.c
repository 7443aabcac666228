/* SPDX-License-Identifier: MIT */

/* JSON Pointers (RFC 6901), and * for any element of an array or object. */

#include "base/parse.h"
#include "provider/http_internal.h"

enum {
        TOKEN_MAX = 64,
        TOKENS_MAX = 16,
        INDEX_MAX = 100000,
};

/* The token at p (after its '/') into ret, ~1 and ~0 undone; what follows it, NULL when it is none.
 */
static const char *read_token(const char *p, char ret[static TOKEN_MAX]) {
        size_t n = 0;

        for (; *p && *p != '/'; p++) {
                char c = *p;

                if (c == '~') {
                        p++;
                        if (*p != '0' && *p != '1')
                                return NULL;
                        c = *p == '0' ? '~' : '/';
                }
                if (n + 1 == TOKEN_MAX)
                        return NULL;
                ret[n++] = c;
        }
        ret[n] = '\0';
        return p;
}

static bool is_any(const char *pointer) {
        return pointer[0] == '*' && (pointer[1] == '/' || pointer[1] == '\0');
}

static const Json *step(const Json *j, const char *token) {
        int64_t i;

        if (json_is_object(j))
                return json_get(j, token);
        if (json_is_array(j) && parse_int(token, 0, INDEX_MAX, &i) >= 0)
                return json_at(j, (size_t) i);
        return NULL;
}

int http_pointer_each(const Json *j, const char *pointer, HttpFoundFn fn, void *userdata) {
        char token[TOKEN_MAX];

        assert(pointer);
        assert(fn);

        while (j && *pointer == '/' && !is_any(pointer + 1)) {
                pointer = read_token(pointer + 1, token);
                if (!pointer)
                        return 0;
                j = step(j, token);
        }
        if (!j || *pointer != '/')
                return j ? fn(j, userdata) : 0;
        for (const Json *child = json_first(json_is_array(j) || json_is_object(j) ? j : NULL);
             child; child = json_next(child)) {
                int r = http_pointer_each(child, pointer + 2, fn, userdata);

                if (r != 0)
                        return r;
        }
        return 0;
}

static int keep(const Json *found, void *userdata) {
        *(const Json **) userdata = found;
        return 1;
}

const Json *http_pointer_get(const Json *j, const char *pointer) {
        const Json *found = NULL;

        if (pointer)
                (void) http_pointer_each(j, pointer, keep, &found);
        return found;
}

int http_pointer_check(const char *pointer, bool any, Err *err) {
        const char *p = pointer;
        char token[TOKEN_MAX];
        size_t n = 0;

        assert(pointer);

        while (*p == '/') {
                if (is_any(p + 1) && !any)
                        return err_set(err, -EINVAL, "'*' cannot stand here: one place is meant");
                p = read_token(p + 1, token);
                if (!p || ++n > TOKENS_MAX)
                        return err_set(
                                err, -EINVAL,
                                "no JSON Pointer: a part is longer than %d characters, there "
                                "are more than %d, or '~' is not followed by 0 or 1",
                                TOKEN_MAX - 1, TOKENS_MAX);
        }
        if (*p || n == 0)
                return err_set(err, -EINVAL, "no JSON Pointer: it begins with '/', as '/data/id'");
        return 0;
}

int http_pointer_path(const char *pointer, char **ret, Err *err) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        char token[TOKEN_MAX];
        int64_t i;

        assert(pointer);
        assert(ret);

        while (*pointer == '/') {
                bool any = is_any(pointer + 1);

                pointer = read_token(pointer + 1, token);
                assert(pointer); /* checked before */
                if (any)
                        (void) strbuf_puts(&b, "[]");
                else if (strpbrk(token, ".[") || !*token || parse_int(token, 0, INDEX_MAX, &i) >= 0)
                        return err_set(err, -EINVAL,
                                       "pictures in base64 cannot be picked by '%s': write '*' for "
                                       "the elements of an array",
                                       token);
                else
                        (void) strbuf_printf(&b, "%s%s", b.len > 0 ? "." : "", token);
        }
        *ret = strbuf_take(&b);
        return *ret ? 0 : -ENOMEM;
}
