/* SPDX-License-Identifier: MIT */

/*
 * Templates of calls. One scanner cuts a text into literal pieces and names; what a name stands for
 * is JSON, and how it is written depends on where: as a value, within a text, in an address.
 */

#include "base/parse.h"
#include "provider/http_internal.h"

enum {
        NAME_TEXT_MAX = 80,
        NAMES_MAX = 96, /* looked at for the nearest */
        FILLED_MAX = 1024 * 1024,
};

#define SEED_MAX INT32_MAX /* what every API takes */
#define PARAM_PREFIX "params."

static const char *const fields[] = {"prompt", "model",       "kind",      "seed",
                                     "want",   "width",       "max_chars", "references",
                                     "height", "instruction", "handle",    "reference"};

typedef struct Piece {
        const char *text;
        size_t n;
        bool is_name;
} Piece;

/* 1 with the next piece at *p, which moves past it; 0 at the end; -EINVAL: braces without an end. */
static int next_piece(const char **p, Piece *ret) {
        const char *at = *p, *braces = strstr(at, "{{"), *end;

        if (!*at)
                return 0;
        if (braces != at) {
                *ret = (Piece){at, braces ? (size_t) (braces - at) : strlen(at), false};
                *p = at + ret->n;
                return 1;
        }
        if (strncmp(at, "{{{{", 4) == 0) {
                *ret = (Piece){at, 2, false};
                *p = at + 4;
                return 1;
        }
        end = strstr(at, "}}");
        if (!end)
                return -EINVAL;
        *p = end + 2;
        at += 2 + strspn(at + 2, " ");
        while (end > at && end[-1] == ' ')
                end--;
        *ret = (Piece){at, (size_t) (end - at), true};
        return 1;
}

/* The text is one name and nothing else. */
static bool is_one_name(const char *text, Piece *ret) {
        return next_piece(&text, ret) == 1 && ret->is_name && !*text;
}

/* ---- checking ---- */

static int unknown_name(const Piece *name, const ParamSpec *params, size_t n_params, Err *err) {
        _cleanup_(strv_done) Strv known = {0};
        char text[NAME_TEXT_MAX];
        const char *near;

        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                if (strv_add(&known, fields[i]) < 0)
                        return -ENOMEM;
        for (size_t i = 0; i < n_params && known.n < NAMES_MAX; i++)
                if (strv_take(&known, str_printf(PARAM_PREFIX "%s", params[i].name)) < 0)
                        return -ENOMEM;
        (void) snprintf(text, sizeof text, "%.*s", (int) MIN_OF(name->n, sizeof text - 1),
                        name->text);
        near = nearest_word(text, (const char *const *) known.items, known.n);
        return err_set(err, -EINVAL, "'{{%s}}' stands for nothing%s%s%s", text,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool name_is(const Piece *p, const char *word) {
        return strlen(word) == p->n && strncmp(p->text, word, p->n) == 0;
}

static bool is_param(const Piece *p, const char *name) {
        size_t k = strlen(PARAM_PREFIX);

        return p->n == k + strlen(name) && strncmp(p->text, PARAM_PREFIX, k) == 0 &&
               strncmp(p->text + k, name, p->n - k) == 0;
}

static int check_name(const Piece *p, const ParamSpec *params, size_t n_params, bool handle,
                      bool body, Err *err) {
        for (size_t i = 0; i < n_params; i++)
                if (is_param(p, params[i].name))
                        return 0;
        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
                if (!name_is(p, fields[i]))
                        continue;
                if (streq(fields[i], "handle") && !handle)
                        return err_set(err, -EINVAL, "there is no '{{handle}}' before the answer");
                if (strncmp(fields[i], "reference", 9) == 0 && !body)
                        return err_set(err, -EINVAL, "'{{%s}}' is a picture: it goes into a body",
                                       fields[i]);
                return 0;
        }
        return unknown_name(p, params, n_params, err);
}

int http_template_check(const char *text, const ParamSpec *params, size_t n_params, bool handle,
                        bool body, size_t *ret_offset, Err *err) {
        const char *p = text;
        Piece piece;
        int r;

        assert(text);
        assert(ret_offset);

        for (;;) {
                *ret_offset = (size_t) (p - text);
                r = next_piece(&p, &piece);
                if (r < 0)
                        return err_set(err, r,
                                       "'{{' is not closed; write '{{name}}', or '{{{{' for "
                                       "two braces");
                if (r == 0)
                        return 0;
                r = piece.is_name ? check_name(&piece, params, n_params, handle, body, err) : 0;
                if (r < 0)
                        return r;
        }
}

/* ---- values ---- */

static Json *new_int(int64_t value) {
        _cleanup_(json_freep) Json *holder = json_new_object();

        return json_add_int(holder, "v", value) < 0 ? NULL : json_copy(json_get(holder, "v"));
}

static Json *new_references(const ProviderJob *job) {
        _cleanup_(json_freep) Json *list = json_new_array();

        for (size_t i = 0; i < job_n_references(job); i++)
                if (json_push(list, json_new_data_uri(job, i)) < 0)
                        return NULL;
        return TAKE_PTR(list);
}

static Json *new_instruction(const ProviderJob *job) {
        _cleanup_(freep) char *text = copy_instruction(job, true);

        return text ? json_new_string(text) : NULL;
}

/* Whether the name has a value; then *ret, which is NULL when memory ran out. */
static bool side_of(const ProviderJob *job, bool height, Json **ret) {
        const char *size = json_str(job->params, "size");
        int w, h;

        if (!size || parse_size_2d(size, &w, &h) < 0)
                return false;
        *ret = new_int(height ? h : w);
        return true;
}

static bool field_of(const HttpFill *f, const Piece *p, Json **ret) {
        const ProviderJob *job = f->job;

        if (name_is(p, "prompt"))
                *ret = json_new_string(job->prompt);
        else if (name_is(p, "model"))
                *ret = json_new_string(job->model);
        else if (name_is(p, "kind"))
                *ret = json_new_string(asset_kind_word(job->kind));
        else if (name_is(p, "seed"))
                *ret = new_int(job->seed & SEED_MAX);
        else if (name_is(p, "want"))
                *ret = new_int(MAX_OF(job->want, 1));
        else if (name_is(p, "max_chars") && job->max_chars > 0)
                *ret = new_int(job->max_chars);
        else if (name_is(p, "instruction"))
                *ret = new_instruction(job);
        else if (name_is(p, "handle") && f->handle)
                *ret = json_new_string(f->handle);
        else if (name_is(p, "references") && job_n_references(job) > 0)
                *ret = new_references(job);
        else if (name_is(p, "reference") && job_n_references(job) > 0)
                *ret = json_new_data_uri(job, 0);
        else
                return false;
        return true;
}

/* 0 with the value, NULL where there is none. -ENOMEM. */
static int value_of(const HttpFill *f, const Piece *p, Json **ret) {
        Json *value = NULL;

        *ret = NULL;
        for (const Json *m = json_first(f->job->params); m; m = json_next(m))
                if (is_param(p, json_key(m))) {
                        *ret = json_copy(m);
                        return *ret ? 0 : -ENOMEM;
                }
        if (name_is(p, "width") || name_is(p, "height")) {
                if (!side_of(f->job, name_is(p, "height"), &value))
                        return 0;
        } else if (!field_of(f, p, &value))
                return 0;
        *ret = value;
        return value ? 0 : -ENOMEM;
}

/* ---- filling in ---- */

typedef int (*PutFn)(StrBuf *b, const char *text, Err *err);

static int fill_text(const HttpFill *f, const char *template, PutFn put, StrBuf *b, Err *err) {
        Piece piece;
        int r;

        while ((r = next_piece(&template, &piece)) == 1) {
                _cleanup_(json_freep) Json *value = NULL;
                _cleanup_(freep) char *printed = NULL;
                const char *text;

                if (!piece.is_name) {
                        (void) strbuf_add(b, piece.text, piece.n);
                        continue;
                }
                r = value_of(f, &piece, &value);
                if (r < 0)
                        return r;
                if (!value)
                        continue;
                text = json_text(value);
                if (!text)
                        text = printed = json_print(value);
                r = text ? put(b, text, err) : -ENOMEM;
                if (r < 0)
                        return r;
        }
        if (b->error == -E2BIG)
                return err_set(err, -EINVAL, "a template becomes longer than it may");
        return r < 0 ? err_set(err, r, "a template is not closed") : b->error;
}

static int put_as_is(StrBuf *b, const char *text, Err *err) {
        (void) err;
        (void) strbuf_puts(b, text);
        return 0;
}

static int put_line(StrBuf *b, const char *text, Err *err) {
        for (const char *p = text; *p; p++)
                if ((unsigned char) *p < 0x20 || *p == 0x7f)
                        return err_set(err, -EINVAL, "a header cannot hold a line break");
        (void) strbuf_puts(b, text);
        return 0;
}

/* "." and ".." would be steps of the path, however they are written. */
static int put_encoded(StrBuf *b, const char *text, Err *err) {
        if (streq(text, ".") || streq(text, ".."))
                return err_set(err, -EINVAL, "'%s' cannot stand in an address", text);
        for (const char *p = text; *p; p++)
                if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
                           *p))
                        (void) strbuf_putc(b, *p);
                else
                        (void) strbuf_printf(b, "%%%02X", (unsigned) (unsigned char) *p);
        return 0;
}

int http_fill_url(const HttpFill *f, const char *template, StrBuf *b, Err *err) {
        return fill_text(f, template, put_encoded, b, err);
}

int http_fill_header(const HttpFill *f, const char *template, StrBuf *b, Err *err) {
        return fill_text(f, template, put_line, b, err);
}

static int fill_value(const HttpFill *f, const Json *template, Json **ret);

static int fill_string(const HttpFill *f, const char *template, Json **ret) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(FILLED_MAX);
        Piece piece;
        int r;

        if (is_one_name(template, &piece))
                return value_of(f, &piece, ret);
        r = fill_text(f, template, put_as_is, &b, NULL);
        if (r < 0)
                return r;
        *ret = json_new_string(strbuf_text(&b));
        return *ret ? 0 : -ENOMEM;
}

static int fill_children(const HttpFill *f, const Json *template, Json *into) {
        for (const Json *child = json_first(template); child; child = json_next(child)) {
                Json *value = NULL;
                int r = fill_value(f, child, &value);

                if (r < 0)
                        return r;
                if (!value) /* left out */
                        continue;
                r = json_is_object(template) ? json_add(into, json_key(child), value)
                                             : json_push(into, value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int fill_value(const HttpFill *f, const Json *template, Json **ret) {
        _cleanup_(json_freep) Json *into = NULL;
        int r;

        if (json_text(template))
                return fill_string(f, json_text(template), ret);
        if (json_is_object(template) || json_is_array(template)) {
                into = json_is_object(template) ? json_new_object() : json_new_array();
                r = into ? fill_children(f, template, into) : -ENOMEM;
                if (r < 0)
                        return r;
        } else
                into = json_copy(template);
        *ret = TAKE_PTR(into);
        return *ret ? 0 : -ENOMEM;
}

int http_fill_json(const HttpFill *f, const char *template, Json **ret) {
        _cleanup_(json_freep) Json *tree = NULL, *filled = NULL;
        int r;

        assert(f && f->job);
        assert(template);
        assert(ret);

        r = json_parse(template, strlen(template), &tree, NULL);
        if (r >= 0)
                r = fill_value(f, tree, &filled);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(filled);
        return 0;
}
