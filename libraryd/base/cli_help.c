/* SPDX-License-Identifier: MIT */

/* --help, made from the tables of verbs and options. */

#include "base/cli_internal.h"
#include "base/out.h"
#include "base/strbuf.h"
#include "base/text.h"

enum {
        HELP_WIDTH_MIN = 40,
        HELP_WIDTH_MAX = 100, /* longer lines are hard to read */
        HELP_INDENT = 2,
        HELP_GAP = 2,
        HELP_TERM_MAX = 28, /* a longer term has its help on the next line */
        HELP_TEXT_MAX = 4096,
};

int cli_help_width(FILE *f) {
        int width = cli_width(fileno(f));

        return MAX_OF(HELP_WIDTH_MIN, MIN_OF(width, HELP_WIDTH_MAX));
}

static void heading(FILE *f, const char *text) {
        bool bold = cli_colour(fileno(f));

        (void) fprintf(f, "\n%s%s:%s\n", bold ? "\033[1m" : "", text, bold ? "\033[0m" : "");
}

/* One line of text as words, wrapped; the cursor stands at `at`, further lines begin at `indent`.
 */
static void wrap_line(FILE *f, const char *text, size_t n, int at, int indent, int width) {
        bool first = true;

        while (n > 0) {
                size_t word = 0;

                while (n > 0 && *text == ' ') {
                        text++;
                        n--;
                }
                while (word < n && text[word] != ' ')
                        word++;
                if (word == 0)
                        break;
                if (!first && at + 1 + (int) word > width) {
                        (void) fprintf(f, "\n%*s", indent, "");
                        at = indent;
                } else if (!first) {
                        (void) fputc(' ', f);
                        at++;
                }
                (void) fwrite(text, 1, word, f);
                at += (int) word;
                first = false;
                text += word;
                n -= word;
        }
        (void) fputc('\n', f);
}

/* Paragraphs: every line is wrapped by itself; one that begins with blanks stands as it is. */
static void paragraphs(FILE *f, const char *text, int indent, int width) {
        while (*text) {
                size_t n = strcspn(text, "\n");

                if (n > 0)
                        (void) fprintf(f, "%*s", indent, "");
                if (text[0] == ' ')
                        (void) fprintf(f, "%.*s\n", (int) n, text);
                else
                        wrap_line(f, text, n, indent, indent, width);
                text += n + (text[n] == '\n');
        }
}

/* "  term    help", the help wrapped in its own column. */
static void entry(FILE *f, const char *term, const char *help, int column, int width) {
        int n = HELP_INDENT + text_width(term);

        (void) fprintf(f, "%*s%s", HELP_INDENT, "", term);
        if (!help || !help[0]) {
                (void) fputc('\n', f);
                return;
        }
        if (n + HELP_GAP > column) {
                (void) fputc('\n', f);
                n = 0;
        }
        (void) fprintf(f, "%*s", column - n, "");
        wrap_line(f, help, strlen(help), column, column, width);
}

/* "-n, --limit N" */
static void option_term(const CliOption *o, StrBuf *b) {
        strbuf_clear(b);
        if (o->letter)
                (void) strbuf_printf(b, "-%c, ", o->letter);
        else
                (void) strbuf_puts(b, "    ");
        (void) strbuf_printf(b, "--%s", o->name);
        if (o->type != CLI_FLAG)
                (void) strbuf_printf(b, " %s", o->argument ? o->argument : "VALUE");
}

/* The help line and what the table knows beside it: the words, and that it may be repeated. */
static void option_help(const CliOption *o, StrBuf *b) {
        strbuf_clear(b);
        (void) strbuf_puts(b, o->help ? o->help : "");
        if (o->type == CLI_LIST)
                (void) strbuf_puts(b, " (repeatable)");
        if (o->type != CLI_WORD)
                return;
        for (size_t i = 0; o->words[i]; i++)
                (void) strbuf_printf(b, "%s%s", i > 0 ? ", " : ": ", o->words[i]);
}

static void options_list(FILE *f, const CliOption *const *items, size_t n, int width) {
        _cleanup_(strbuf_done) StrBuf term = STRBUF_INIT(HELP_TEXT_MAX);
        _cleanup_(strbuf_done) StrBuf help = STRBUF_INIT(HELP_TEXT_MAX);
        int column = 0;

        for (size_t i = 0; i < n; i++) {
                option_term(items[i], &term);
                if (!items[i]->hidden)
                        column = MAX_OF(column, text_width(strbuf_text(&term)));
        }
        column = HELP_INDENT + MIN_OF(column, HELP_TERM_MAX) + HELP_GAP;
        for (size_t i = 0; i < n; i++) {
                if (items[i]->hidden)
                        continue;
                option_term(items[i], &term);
                option_help(items[i], &help);
                entry(f, strbuf_text(&term), strbuf_text(&help), column, width);
        }
}

void cli_help_program(const Cli *cli, FILE *f) {
        int width = cli_help_width(f), column = 0;
        CliOptions options;

        assert(cli && f);
        (void) fprintf(f, "usage: %s [OPTIONS] VERB [ARGUMENTS]\n\n", cli->program);
        paragraphs(f, cli->summary, 0, width);
        heading(f, "verbs");
        for (size_t i = 0; i < cli->n_verbs; i++)
                if (!cli->verbs[i].hidden)
                        column = MAX_OF(column, text_width(cli->verbs[i].name));
        column = HELP_INDENT + MAX_OF(column, text_width("help VERB")) + HELP_GAP;
        for (size_t i = 0; i < cli->n_verbs; i++)
                if (!cli->verbs[i].hidden)
                        entry(f, cli->verbs[i].name, cli->verbs[i].summary, column, width);
        entry(f, "help VERB", "what a verb does, its options and examples", column, width);
        cli_options(cli, NULL, &options);
        heading(f, "options");
        options_list(f, options.items, options.n, width);
}

/* The verb's own list. */
static void entries_list(FILE *f, const CliVerb *verb, int width) {
        _cleanup_(strbuf_done) StrBuf term = STRBUF_INIT(HELP_TEXT_MAX);
        _cleanup_(strbuf_done) StrBuf help = STRBUF_INIT(HELP_TEXT_MAX);
        int column = 0;

        heading(f, verb->entries);
        for (size_t i = 0; verb->entry(i, &term, &help) > 0; i++) {
                column = MAX_OF(column, text_width(strbuf_text(&term)));
                strbuf_clear(&term);
                strbuf_clear(&help);
        }
        column = HELP_INDENT + MIN_OF(column, HELP_TERM_MAX) + HELP_GAP;
        for (size_t i = 0; verb->entry(i, &term, &help) > 0; i++) {
                entry(f, strbuf_text(&term), strbuf_text(&help), column, width);
                strbuf_clear(&term);
                strbuf_clear(&help);
        }
}

void cli_help_verb(const Cli *cli, const CliVerb *verb, FILE *f) {
        int width = cli_help_width(f);
        CliOptions options;

        assert(cli && verb && f);
        cli_options(cli, verb, &options);
        (void) fprintf(f, "usage: %s %s%s%s%s\n\n", cli->program, verb->name,
                       options.n_own > 0 ? " [OPTIONS]" : "", verb->usage ? " " : "",
                       verb->usage ? verb->usage : "");
        paragraphs(f, verb->summary, 0, width);
        if (options.n_own > 0) {
                heading(f, "options");
                options_list(f, options.items, options.n_own, width);
        }
        heading(f, "general options");
        options_list(f, options.items + options.n_own, options.n - options.n_own, width);
        if (verb->entries)
                entries_list(f, verb, width);
        if (verb->details) {
                (void) fputc('\n', f);
                paragraphs(f, verb->details, 0, width);
        }
        if (verb->example) {
                heading(f, "examples");
                paragraphs(f, verb->example, HELP_INDENT, INT32_MAX);
        }
}
