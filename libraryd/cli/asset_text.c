/* SPDX-License-Identifier: MIT */

#include "cli/asset_text.h"

#include "base/cli.h"
#include "base/out.h"

enum {
        KEY_COLUMNS = 16,
        NESTED_INDENT = 2,
};

static bool is_group(const Json *j) {
        return json_is_object(j) || json_is_array(j);
}

/* null, and groups of nothing: not worth a line. */
static bool is_empty(const Json *j) {
        _cleanup_(freep) char *text = NULL;

        if (is_group(j))
                return json_length(j) == 0;
        text = json_text(j) ? NULL : json_print(j);
        return text && streq(text, "null");
}

static bool is_plain_list(const Json *j) {
        for (const Json *m = json_first(j); m; m = json_next(m))
                if (is_group(m))
                        return false;
        return json_is_array(j);
}

static bool is_section(const Json *j) {
        return is_group(j) && !is_plain_list(j);
}

/* The text of a value that is no group: a string as it is, anything else as JSON. */
static char *plain_text(const Json *value) {
        const char *text = json_text(value);

        return text ? strdup(text) : json_print(value);
}

/* Lines of a longer text (a prompt, copy) stay lines, each below the other. */
static int print_lines(FILE *f, const char *text, int indent) {
        while (*text) {
                size_t n = strcspn(text, "\n");
                _cleanup_(freep) char *line = strndup(text, n);
                _cleanup_(freep) char *safe = line ? text_safe(line) : NULL;

                if (!safe)
                        return -ENOMEM;
                (void) fprintf(f, "%s\n", safe);
                text += n;
                if (*text == '\n' && *++text)
                        (void) fprintf(f, "%*s", indent, "");
        }
        return 0;
}

static int print_plain(FILE *f, const char *key, const Json *value, int indent) {
        _cleanup_(freep) char *text = plain_text(value);
        _cleanup_(freep) char *safe_key = text_safe(key);

        if (!text || !safe_key)
                return -ENOMEM;
        (void) fprintf(f, "%*s%-*s", indent, "", KEY_COLUMNS - indent, safe_key);
        (void) fputc(' ', f);
        if (!text[0]) {
                (void) fputc('\n', f);
                return 0;
        }
        return print_lines(f, text, KEY_COLUMNS + 1);
}

/* "key    a, b, c" */
static int print_list(FILE *f, const char *key, const Json *list, int indent) {
        _cleanup_(freep) char *safe_key = text_safe(key);
        const char *separator = " ";

        if (!safe_key)
                return -ENOMEM;
        (void) fprintf(f, "%*s%-*s", indent, "", KEY_COLUMNS - indent, safe_key);
        for (const Json *m = json_first(list); m; m = json_next(m)) {
                _cleanup_(freep) char *text = plain_text(m);
                _cleanup_(freep) char *safe = text ? text_safe(text) : NULL;

                if (!safe)
                        return -ENOMEM;
                (void) fprintf(f, "%s%s", separator, safe);
                separator = ", ";
        }
        (void) fputc('\n', f);
        return 0;
}

static int print_member(FILE *f, const char *key, const Json *value, int indent);

/* The members of an object, or the records of a list, a line between records. */
static int print_group(FILE *f, const Json *group, int indent) {
        const char *key;
        int r = 0;

        for (const Json *m = json_first(group); m && r >= 0; m = json_next(m)) {
                if (is_empty(m))
                        continue;
                key = json_is_object(group) ? json_key(m) : NULL;
                if (key)
                        r = print_member(f, key, m, indent);
                else
                        r = print_group(f, m, indent);
                if (!key && json_next(m))
                        (void) fputc('\n', f);
        }
        return r;
}

static int print_member(FILE *f, const char *key, const Json *value, int indent) {
        _cleanup_(freep) char *safe_key = NULL;

        if (!is_group(value))
                return print_plain(f, key, value, indent);
        if (is_plain_list(value))
                return print_list(f, key, value, indent);
        safe_key = text_safe(key);
        if (!safe_key)
                return -ENOMEM;
        (void) fprintf(f, "%*s%s\n", indent, "", safe_key);
        return print_group(f, value, indent + NESTED_INDENT);
}

static int print_section(FILE *f, const Json *section) {
        bool bold = cli_colour(fileno(f));
        _cleanup_(freep) char *name = text_safe(json_key(section));

        if (!name)
                return -ENOMEM;
        (void) fprintf(f, "\n%s%s%s\n", bold ? "\033[1m" : "", name, bold ? "\033[0m" : "");
        return print_group(f, section, NESTED_INDENT);
}

int asset_text_print(FILE *f, const Json *asset) {
        int r = 0;

        assert(f && asset);
        for (const Json *m = json_first(asset); m && r >= 0; m = json_next(m)) {
                if (is_empty(m) || is_section(m))
                        continue;
                r = is_group(m) ? print_list(f, json_key(m), m, 0)
                                : print_plain(f, json_key(m), m, 0);
        }
        for (const Json *m = json_first(asset); m && r >= 0; m = json_next(m))
                if (is_section(m) && !is_empty(m))
                        r = print_section(f, m);
        return r < 0 ? r : out_flush(f);
}
