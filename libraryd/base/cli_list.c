/* SPDX-License-Identifier: MIT */

/* The tables as lines for shell completion and for the tests that hold the documents to them. */

#include "base/cli_internal.h"

void cli_list_verbs(const Cli *cli, FILE *f) {
        assert(cli && f);
        for (size_t i = 0; i < cli->n_verbs; i++) {
                const CliVerb *v = &cli->verbs[i];

                if (!v->hidden)
                        (void) fprintf(f, "%s\t%s\t%s\n", v->name, v->summary,
                                       v->complete ? v->complete : "-");
        }
        (void) fprintf(f, "help\tshow help of a verb\tverbs\n");
}

static void list_complete(const CliOption *o, FILE *f) {
        if (o->type != CLI_WORD) {
                (void) fputs(o->complete ? o->complete : "-", f);
                return;
        }
        (void) fputs("words:", f);
        for (size_t i = 0; o->words[i]; i++)
                (void) fprintf(f, "%s%s", i > 0 ? "," : "", o->words[i]);
}

void cli_list_options(const Cli *cli, const CliVerb *verb, FILE *f) {
        CliOptions options;

        assert(cli && f);
        cli_options(cli, verb, &options);
        for (size_t i = 0; i < options.n; i++) {
                const CliOption *o = options.items[i];

                if (o->hidden)
                        continue;
                (void) fprintf(f, "--%s\t", o->name);
                if (o->letter)
                        (void) fprintf(f, "-%c\t", o->letter);
                else
                        (void) fputs("-\t", f);
                (void) fprintf(f, "%s\t",
                               o->type == CLI_FLAG ? "-" : (o->argument ? o->argument : "VALUE"));
                list_complete(o, f);
                (void) fprintf(f, "\t%s\n", o->help ? o->help : "");
        }
}
