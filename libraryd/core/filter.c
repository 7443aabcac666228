/* SPDX-License-Identifier: MIT */

/* A filter's tree, and the parser's way into it. */

#include "core/filter_parse.h"

enum {
        NODES_MAX = 4 * FILTER_VALUES_MAX + 2 * FILTER_DEPTH_MAX,
};

AlFilter *al_filter_free(AlFilter *f) {
        if (!f)
                return NULL;
        free(f->nodes);
        free(f->values);
        free(f->placements);
        strv_done(&f->strings);
        free(f);
        return NULL;
}

bool al_filter_has_status(const AlFilter *f) {
        return f && f->has_status;
}

const char *filter_string(Parser *p, const char *s, size_t n) {
        Strv *strings = &p->filter->strings;

        return strv_add_n(strings, s, n) < 0 ? NULL : strings->items[strings->n - 1];
}

int filter_add_node(Parser *p, const FilterNode *node, size_t *ret) {
        AlFilter *f = p->filter;
        FilterNode *nodes;

        if (f->n_nodes == NODES_MAX)
                return err_set(p->err, -E2BIG, "the query has more than %d parts", (int) NODES_MAX);
        nodes = reallocarray(f->nodes, f->n_nodes + 1, sizeof *nodes);
        if (!nodes)
                return err_set(p->err, -ENOMEM, "out of memory");
        f->nodes = nodes;
        nodes[f->n_nodes] = *node;
        nodes[f->n_nodes].next = NODE_NONE;
        *ret = f->n_nodes++;
        return 0;
}

int filter_add_value(Parser *p, const FilterValue *v) {
        AlFilter *f = p->filter;
        FilterValue *values;

        if (f->n_values == FILTER_VALUES_MAX)
                return err_set(p->err, -E2BIG, "the query has more than %d values",
                               FILTER_VALUES_MAX);
        values = reallocarray(f->values, f->n_values + 1, sizeof *values);
        if (!values)
                return err_set(p->err, -ENOMEM, "out of memory");
        f->values = values;
        f->values[f->n_values++] = *v;
        return 0;
}

void node_list_add(AlFilter *f, NodeList *list, size_t node) {
        f->nodes[node].next = NODE_NONE;
        if (list->n == 0)
                list->first = node;
        else
                f->nodes[list->last].next = node;
        list->last = node;
        list->n++;
}

void filter_forget(AlFilter *f, const NodeList *list, size_t n_nodes, size_t n_values) {
        f->n_nodes = n_nodes;
        f->n_values = n_values;
        if (list->n > 0)
                f->nodes[list->last].next = NODE_NONE;
}

int filter_list(Parser *p, NodeType type, const NodeList *list, size_t *ret) {
        FilterNode node = {.type = type, .first = list->first};

        assert(list->n > 0);
        if (list->n > 1)
                return filter_add_node(p, &node, ret);
        *ret = list->first;
        return 0;
}

static bool same_key(const FilterNode *a, const FilterNode *b) {
        return a->type == NODE_TERM && b->type == NODE_TERM && !a->closed && !b->closed &&
               a->field == b->field && streq(a->key, b->key);
}

/* Takes the terms of the same key as *at off the rest of the list. */
static void take_alike(AlFilter *f, size_t at, NodeList *alike) {
        size_t before = at;

        for (size_t i = f->nodes[at].next, next; i != NODE_NONE; i = next) {
                next = f->nodes[i].next;
                if (!same_key(&f->nodes[at], &f->nodes[i])) {
                        before = i;
                        continue;
                }
                f->nodes[before].next = next;
                node_list_add(f, alike, i);
        }
}

int filter_gather(Parser *p, const NodeList *list, size_t *ret) {
        AlFilter *f = p->filter;
        NodeList all = NODE_LIST_INIT;

        for (size_t i = list->first, next; i != NODE_NONE; i = next) {
                NodeList alike = NODE_LIST_INIT;
                size_t node = i;
                int r = 0;

                take_alike(f, i, &alike);
                next = f->nodes[i].next;
                if (alike.n > 0) {
                        NodeList group = NODE_LIST_INIT;

                        node_list_add(f, &group, i);
                        f->nodes[i].next = alike.first;
                        group.n += alike.n;
                        r = filter_list(p, NODE_OR, &group, &node);
                }
                if (r < 0)
                        return r;
                node_list_add(f, &all, node);
        }
        return filter_list(p, NODE_AND, &all, ret);
}

int filter_no_range(Parser *p, const char *key) {
        const AlField *fields;
        const char *names[64], *near;
        size_t n;

        fields = al_fields(&n);
        assert(n <= ARRAY_LEN(names));
        for (size_t i = 0; i < n; i++)
                names[i] = fields[i].name;
        near = nearest_word(key, names, n);
        if (near)
                return err_set(p->err, -EINVAL,
                               "there is no key '%s' to compare; did you mean "
                               "'%s'?",
                               key, near);
        return err_set(p->err, -EINVAL, "'%s' is a tag, which has no order to compare by", key);
}

static int parse_part(Parser *p, const AlFilterText *part, NodeList *items) {
        p->text = part->text;
        p->at = 0;
        p->depth = 0;
        p->option = part->key != NULL;
        if (part->key)
                return filter_parse_option(p, part->key, items);
        return filter_parse_terms(p, items);
}

static int parse_parts(Parser *p, const AlFilterText *parts, size_t n) {
        NodeList items = NODE_LIST_INIT;
        size_t total = 0;
        int r;

        for (p->part = 0; p->part < n; p->part++) {
                total += strlen(parts[p->part].text);
                if (total > FILTER_TEXT_MAX)
                        return err_set(p->err, -E2BIG, "the query is longer than %d bytes",
                                       FILTER_TEXT_MAX);
                r = parse_part(p, &parts[p->part], &items);
                if (r < 0)
                        return r;
        }
        return items.n > 0 ? filter_gather(p, &items, &p->filter->root) : 0;
}

int al_filter_parse(Library *lib, const AlFilterText *parts, size_t n, int64_t now_ms,
                    AlFilter **ret, AlFault *ret_fault, Err *err) {
        _cleanup_(al_filter_freep) AlFilter *f = calloc(1, sizeof *f);
        Parser p = {.filter = f,
                    .lib = lib,
                    .word = STRBUF_INIT(FILTER_VALUE_MAX),
                    .now_ms = now_ms,
                    .err = err};
        int r;

        assert((parts || n == 0) && ret);
        if (!f)
                return err_set(err, -ENOMEM, "out of memory");
        f->root = NODE_NONE;
        r = parse_parts(&p, parts, n);
        strbuf_done(&p.word);
        fits_done(&p.fits);
        if (r < 0) {
                if (ret_fault)
                        *ret_fault = p.fault;
                return r;
        }
        *ret = TAKE_PTR(f);
        return 0;
}

static int each(const AlFilter *f, size_t at, bool negated, AlFilterFn fn, void *userdata) {
        const FilterNode *node = &f->nodes[at];
        int r = 0;

        if (node->type == NODE_TERM) {
                for (size_t i = 0; i < node->n_values && r >= 0; i++)
                        r = fn(node->field, node->key, f->values[node->value + i].text, negated,
                               userdata);
                return r;
        }
        for (size_t i = node->first; i != NODE_NONE && r >= 0; i = f->nodes[i].next)
                r = each(f, i, negated != (node->type == NODE_NOT), fn, userdata);
        return r;
}

int al_filter_each(const AlFilter *f, AlFilterFn fn, void *userdata) {
        assert(fn);
        return f && f->root != NODE_NONE ? each(f, f->root, false, fn, userdata) : 0;
}
