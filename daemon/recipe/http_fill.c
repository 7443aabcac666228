/* SPDX-License-Identifier: MIT */

/* Templates of calls as YAML: the tree of a body as JSON, and the names in its texts. */

#include "base/strbuf.h"
#include "recipe/settings_internal.h"

/* A plain word that is a number, a boolean or null is that. */
static Json *new_scalar(const Node *node) {
        Json *value = NULL;

        if (node_is_null(node)) {
                if (json_parse("null", 4, &value, NULL) < 0)
                        return NULL;
                return value;
        }
        if (node->style == STYLE_PLAIN &&
            json_parse(node->text, strlen(node->text), &value, NULL) >= 0)
                return value;
        return json_new_string(node->text);
}

static Json *new_tree(const Node *node) {
        _cleanup_(json_freep) Json *into = NULL;

        if (node->type == NODE_SCALAR)
                return new_scalar(node);
        into = node->type == NODE_MAP ? json_new_object() : json_new_array();
        for (const Node *child = node->first; child; child = child->next) {
                int r = node->type == NODE_MAP ? json_add(into, child->key->text, new_tree(child))
                                               : json_push(into, new_tree(child));

                if (r < 0)
                        return NULL;
        }
        return TAKE_PTR(into);
}

char *node_to_json(Reader *r, const Node *node) {
        _cleanup_(json_freep) Json *tree = new_tree(node);
        _cleanup_(freep) char *text = tree ? json_print(tree) : NULL;

        if (!text) {
                r->error = -ENOMEM;
                return NULL;
        }
        return reader_strdup(r, text);
}

/* The n-th braces of the text are the n-th of its source, however it is quoted. */
static Place braces_place(const Reader *r, const Node *node, size_t offset) {
        size_t n = 0;

        for (const char *p = node->text;
             (p = strstr(p, "{{")) && (size_t) (p - node->text) < offset; p += 2)
                n++;
        return node_place_of(&r->source, node, "{{", n);
}

void check_fills(Reader *r, const Node *node, const ProviderConfig *p, bool handle, bool body) {
        size_t offset = 0, i = 0;
        Err err = {0};

        assert(r);
        assert(node);
        assert(p);

        for (const Node *child = node->first; child; child = child->next, i++) {
                ReaderPath frame;

                reader_enter(r, &frame, child->key ? child->key->text : NULL, i);
                check_fills(r, child, p, handle, body);
                reader_leave(r);
        }
        if (node->type == NODE_SCALAR && http_template_check(node->text, p->params, p->n_params,
                                                             handle, body, &offset, &err) < 0)
                reader_problem(r, PROBLEM_ERROR, braces_place(r, node, offset), "%s",
                               err_text(&err));
}
