/* SPDX-License-Identifier: MIT */

/*
 * Reading a query; the grammar stands in filter.h. Recursive descent over the text as it is: each
 * function of the grammar reads its part and moves p->at behind it.
 *
 *      parse_either   a or b           NODE_OR
 *      parse_both     a and b          NODE_AND
 *      parse_side     a b              NODE_AND; terms of the same key are gathered below a NODE_OR
 *      parse_item     not a, (a), term NODE_NOT, ...
 *
 * A list with one member is that member; in parentheses it is closed, so that nothing is gathered
 * with it. `not` takes what stands right behind it.
 */

#include "core/filter_parse.h"

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\n';
}

static bool ends_word(char c) {
        return !c || is_blank(c) || c == '(' || c == ')';
}

static size_t skip_blanks(const char *s, size_t at) {
        while (is_blank(s[at]))
                at++;
        return at;
}

static size_t word_length(const char *s) {
        size_t n = 0;

        while (!ends_word(s[n]))
                n++;
        return n;
}

/* Whether s begins with this operator, as a word of its own. */
static bool is_operator(const char *s, const char *word) {
        size_t n = strlen(word);

        return word_length(s) == n && strncasecmp(s, word, n) == 0;
}

static bool begins_term_or_operator(const char *s) {
        size_t n = word_length(s);

        return n == 0 || memchr(s, ':', n) || is_operator(s, "or") || is_operator(s, "and") ||
               is_operator(s, "not");
}

static int fault(Parser *p, size_t at, size_t n, int code) {
        p->fault = (AlFault){.part = p->part, .at = at, .n = n > 0 ? n : 1};
        return code;
}

static int enter(Parser *p) {
        if (++p->depth <= FILTER_DEPTH_MAX)
                return 0;
        return fault(p, p->at, 1,
                     err_set(p->err, -E2BIG, "more than %d parentheses and nots in each other",
                             FILTER_DEPTH_MAX));
}

static int no_term(Parser *p, size_t at) {
        const char *s = p->text + at;
        size_t n = word_length(s);
        const char *equal = memchr(s, '=', n);

        if (n == 0)
                return fault(p, at, 1,
                             s[0] ? err_set(p->err, -EINVAL, "a term is missing before '%c'", s[0])
                                  : err_set(p->err, -EINVAL, "a term is missing at the end"));
        if (equal && equal > s)
                return fault(p, at, n,
                             err_set(p->err, -EINVAL, "'%.*s' is not a term; write '%.*s:%.*s'",
                                     (int) n, s, (int) (equal - s), s, (int) (s + n - equal - 1),
                                     equal + 1));
        return fault(p, at, n,
                     err_set(p->err, -EINVAL,
                             "'%.*s' is not a term; write KEY:VALUE such as brand:acme", (int) n,
                             s));
}

/* ---- values ---- */

/* Whether the blank at s ends the value. */
static bool blank_ends(const Parser *p, const char *s) {
        if (p->option)
                return false;
        if (*s == '\n')
                return true;
        while (*s == ' ' || *s == '\t')
                s++;
        return ends_word(*s) || begins_term_or_operator(s);
}

static bool value_ends(const Parser *p, const char *s) {
        if (!*s || *s == ',')
                return true;
        if (is_blank(*s))
                return blank_ends(p, s);
        return !p->option && (*s == ')' || *s == '(');
}

/* One value, without its quotes, to p->word. */
static int read_value(Parser *p) {
        bool quoted = false;
        size_t open = 0;

        strbuf_clear(&p->word);
        for (; p->text[p->at]; p->at++) {
                const char *s = p->text + p->at;

                if (!quoted && value_ends(p, s))
                        break;
                if (*s == '"') {
                        quoted = !quoted;
                        open = p->at;
                        continue;
                }
                if (*s == '\\' && s[1] && strchr(",\"\\() ", s[1])) {
                        p->at++;
                        s++;
                }
                (void) strbuf_putc(&p->word, *s);
        }
        if (quoted)
                return fault(p, open, 1, err_set(p->err, -EINVAL, "the quote is not closed"));
        if (p->word.error == -E2BIG)
                return fault(p, p->at, 1,
                             err_set(p->err, -E2BIG, "a value is longer than %d bytes",
                                     FILTER_VALUE_MAX));
        return p->word.error < 0 ? err_set(p->err, p->word.error, "out of memory") : 0;
}

static int add_value(Parser *p, FilterNode *term, size_t at) {
        FilterValue v = {.text = filter_string(p, strbuf_text(&p->word), p->word.len)};
        int r;

        if (!v.text)
                return err_set(p->err, -ENOMEM, "out of memory");
        if (!v.text[0])
                return fault(p, at, 1,
                             err_set(p->err, -EINVAL, "'%s' has an empty value", term->key));
        if (!term->field && v.text[0] && strchr("<>", v.text[0]))
                return fault(p, p->key_at, strlen(term->key), filter_no_range(p, term->key));
        if (term->field && term->field->type == AL_FIELD_FITS)
                r = filter_placement(p, &v);
        else
                r = filter_value_parse(term->field, p->now_ms, &v, p->err);
        if (r < 0)
                return fault(p, at, p->at - at, r);
        r = filter_add_value(p, &v);
        if (r < 0)
                return fault(p, at, p->at - at, r);
        term->n_values++;
        return 0;
}

/* value , { "," , value } */
static int read_values(Parser *p, FilterNode *term) {
        term->value = p->filter->n_values;
        for (;; p->at++) {
                size_t at = p->at;
                int r = read_value(p);

                if (r >= 0)
                        r = add_value(p, term, at);
                if (r < 0)
                        return r;
                if (p->text[p->at] != ',')
                        break;
        }
        if (!p->option && p->text[p->at] == '(')
                return fault(p, p->at, 1,
                             err_set(p->err, -EINVAL, "a '(' in a value wants quotes around it"));
        return 0;
}

/* ---- terms ---- */

/* The key at `at`, up to one of `separators`; its length, 0 when there is none. */
static size_t key_length(const Parser *p, size_t at, const char *separators) {
        const char *s = p->text + at;
        size_t n = strcspn(s, p->option ? separators : ":=() \t\n,\"");

        return s[n] && strchr(separators, s[n]) ? n : 0;
}

/* Moves p->at behind "not:" or "tag:". */
static bool skip_prefix(Parser *p, const char *prefix) {
        size_t n = strlen(prefix);

        if (strncmp(p->text + p->at, prefix, n) != 0)
                return false;
        p->at += n;
        return true;
}

static int set_key(Parser *p, FilterNode *term, const char *key, size_t n, bool tag) {
        term->key = filter_string(p, key, n);
        if (!term->key)
                return err_set(p->err, -ENOMEM, "out of memory");
        term->field = tag ? NULL : al_field(term->key);
        if (term->field && streq(term->key, "status"))
                p->filter->has_status = true;
        return 0;
}

/* [ "tag:" ] , key , sep , values */
static int parse_pair(Parser *p, const char *separators, bool tag, size_t *ret) {
        FilterNode term = {.type = NODE_TERM};
        size_t start = p->at, n;
        int r;

        if (!tag && skip_prefix(p, "tag:")) {
                tag = true;
                separators = ":=";
        }
        n = key_length(p, p->at, separators);
        if (n == 0 && p->option)
                return fault(p, p->at, strlen(p->text),
                             err_set(p->err, -EINVAL, "'%s' is not KEY=VALUE such as format=story",
                                     p->text));
        if (n == 0 && tag)
                return fault(p, start, word_length(p->text + start),
                             err_set(p->err, -EINVAL,
                                     "'%.*s' is not KEY=VALUE such as format=story",
                                     (int) word_length(p->text + p->at), p->text + p->at));
        if (n == 0)
                return no_term(p, p->at);
        r = set_key(p, &term, p->text + p->at, n, tag);
        p->key_at = p->at;
        p->at += n + 1;
        if (r >= 0)
                r = read_values(p, &term);
        return r < 0 ? r : filter_add_node(p, &term, ret);
}

static int parse_not_pair(Parser *p, size_t *ret) {
        FilterNode not = {.type = NODE_NOT};
        int r = parse_pair(p, ":=", false, &not .first);

        return r < 0 ? r : filter_add_node(p, &not, ret);
}

static int parse_either(Parser *p, size_t *ret);

static int parse_parentheses(Parser *p, size_t *ret) {
        size_t open = p->at;
        int r = enter(p);

        if (r < 0)
                return r;
        p->at++;
        r = parse_either(p, ret);
        if (r < 0)
                return r;
        p->at = skip_blanks(p->text, p->at);
        if (p->text[p->at] != ')')
                return fault(p, open, 1, err_set(p->err, -EINVAL, "the '(' is not closed"));
        p->at++;
        p->depth--;
        p->filter->nodes[*ret].closed = true;
        return 0;
}

static int parse_item(Parser *p, size_t *ret);

static int parse_not(Parser *p, size_t *ret) {
        FilterNode not = {.type = NODE_NOT};
        int r = enter(p);

        if (r < 0)
                return r;
        p->at += strlen("not");
        r = parse_item(p, &not .first);
        p->depth--;
        return r < 0 ? r : filter_add_node(p, &not, ret);
}

static int parse_item(Parser *p, size_t *ret) {
        p->at = skip_blanks(p->text, p->at);
        if (is_operator(p->text + p->at, "not"))
                return parse_not(p, ret);
        if (p->text[p->at] == '(')
                return parse_parentheses(p, ret);
        if (skip_prefix(p, "not:"))
                return parse_not_pair(p, ret);
        return parse_pair(p, ":", false, ret);
}

/* ---- lists ---- */

static bool item_follows(Parser *p) {
        const char *s;

        p->at = skip_blanks(p->text, p->at);
        s = p->text + p->at;
        return *s && *s != ')' && !is_operator(s, "or") && !is_operator(s, "and");
}

static bool take_operator(Parser *p, const char *word) {
        p->at = skip_blanks(p->text, p->at);
        if (!is_operator(p->text + p->at, word))
                return false;
        p->at += strlen(word);
        return true;
}

static int parse_side(Parser *p, size_t *ret) {
        NodeList list = NODE_LIST_INIT;
        int r;

        do {
                size_t node;

                r = parse_item(p, &node);
                if (r < 0)
                        return r;
                node_list_add(p->filter, &list, node);
        } while (item_follows(p));
        return filter_gather(p, &list, ret);
}

static int parse_both(Parser *p, size_t *ret) {
        NodeList list = NODE_LIST_INIT;
        int r;

        do {
                size_t node;

                r = parse_side(p, &node);
                if (r < 0)
                        return r;
                node_list_add(p->filter, &list, node);
        } while (take_operator(p, "and"));
        return filter_list(p, NODE_AND, &list, ret);
}

static int parse_either(Parser *p, size_t *ret) {
        NodeList list = NODE_LIST_INIT;
        int r;

        do {
                size_t node;

                r = parse_both(p, &node);
                if (r < 0)
                        return r;
                node_list_add(p->filter, &list, node);
        } while (take_operator(p, "or"));
        return filter_list(p, NODE_OR, &list, ret);
}

/* ---- parts ---- */

/* Items side by side join those of the options; anything else is one more item. */
int filter_parse_terms(Parser *p, NodeList *items) {
        size_t nodes = p->filter->n_nodes, values = p->filter->n_values, node;
        NodeList flat = *items;
        int r;

        while (item_follows(p)) {
                r = parse_item(p, &node);
                if (r < 0)
                        return r;
                node_list_add(p->filter, &flat, node);
        }
        if (!p->text[p->at]) {
                *items = flat;
                return 0;
        }
        filter_forget(p->filter, items, nodes, values);
        p->at = 0;
        r = parse_either(p, &node);
        if (r < 0)
                return r;
        if (p->text[p->at])
                return fault(p, p->at, 1, err_set(p->err, -EINVAL, "the ')' closes nothing"));
        node_list_add(p->filter, items, node);
        return 0;
}

int filter_parse_option(Parser *p, const char *key, NodeList *items) {
        FilterNode term = {.type = NODE_TERM};
        size_t node;
        int r;

        if (streq(key, "not"))
                r = parse_not_pair(p, &node);
        else if (streq(key, "tag"))
                r = parse_pair(p, "=", true, &node);
        else {
                r = set_key(p, &term, key, strlen(key), false);
                if (r >= 0)
                        r = read_values(p, &term);
                if (r >= 0)
                        r = filter_add_node(p, &term, &node);
        }
        if (r >= 0)
                node_list_add(p->filter, items, node);
        return r;
}
