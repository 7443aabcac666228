/* SPDX-License-Identifier: MIT */

/* `exec:` of a provider: the command, what it may see and how much it may use. */

#include "recipe/settings_internal.h"

enum {
        ARGUMENTS_MAX = 64,
        MIB = 1024 * 1024,
        MEMORY_MAX_MIB = 1024 * 1024,
        OUTPUT_MAX_MIB = REPLY_PAYLOAD_MAX / MIB * 16,
};

/* Runs without a shell, and never by a search in $PATH. */
static void check_command(Reader *r, const Node *node, void *structure) {
        const ExecDraft *d = structure;

        if (d->command[0][0] != '/')
                reader_error(r, node, "'%s' is no absolute path of a program",
                             shown(d->command[0]).text);
        else if (d->n_command > ARGUMENTS_MAX)
                reader_error(r, node, "has more than %d arguments", ARGUMENTS_MAX);
}

static bool is_variable(const char *text) {
        size_t n = strcspn(text, "=");

        return n > 0 && !(text[0] >= '0' && text[0] <= '9') &&
               strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") >= n;
}

/* A value that is a secret would stand in this file. */
static void check_environment(Reader *r, const Node *node, void *structure) {
        const ExecDraft *d = structure;

        for (size_t i = 0; i < d->n_environment; i++) {
                const char *text = d->environment[i];
                char name[SHOWN_MAX];

                (void) snprintf(name, sizeof name, "%.*s", (int) strcspn(text, "="), text);
                if (!is_variable(text))
                        reader_error(r, node, "'%s' is no name of a variable, nor NAME=value",
                                     shown(name).text);
                else if (strchr(text, '=') && name_says_secret(name))
                        reader_error(r, node,
                                     "'%s': a credential must not stand in a YAML file; pass "
                                     "CREDENTIALS_DIRECTORY on, and let the command read it there",
                                     name);
        }
}

static const SchemaKey exec_keys[] = {
        {.key = "command",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(ExecDraft, command),
         .offset_n = offsetof(ExecDraft, n_command),
         .required = true,
         .read = check_command,
         .help = "the program by its absolute path, and its arguments; no shell reads them"},
        {.key = "environment",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(ExecDraft, environment),
         .offset_n = offsetof(ExecDraft, n_environment),
         .read = check_environment,
         .help = "all the variables it gets: NAME as pregend has it, or NAME=value"},
        {.key = "memory_mib",
         .type = SCHEMA_INT,
         .offset = offsetof(ExecDraft, memory_mib),
         .min = 16,
         .max = MEMORY_MAX_MIB,
         .fallback = "4096",
         .help = "address space of each of its processes, at most"},
        {.key = "output_mib",
         .type = SCHEMA_INT,
         .offset = offsetof(ExecDraft, output_mib),
         .min = 1,
         .max = OUTPUT_MAX_MIB,
         .fallback = "64",
         .help = "each file it writes, and all that it leaves, at most"},
};
const Schema exec_schema = {
        .name = "exec",
        .keys = exec_keys,
        .n = ARRAY_LEN(exec_keys),
        .size = sizeof(ExecDraft),
};

void provider_exec(Reader *r, const Driver *driver, ProviderDraft *draft) {
        const ExecDraft *d = &draft->exec;
        ExecSpec *spec;

        if (driver->is_exec && !draft->exec_node)
                reader_error(r, draft->driver, "driver '%s' needs 'exec' with its 'command'",
                             driver->name);
        if (!driver->is_exec && draft->exec_node)
                reader_error(r, draft->exec_node,
                             "driver '%s' runs no command; 'driver: exec' does", driver->name);
        if (!driver->is_exec || !d->command)
                return;
        spec = reader_array(r, 1, sizeof *spec);
        if (!spec)
                return;
        *spec = (ExecSpec){.argv = d->command,
                           .environment = d->environment,
                           .memory_bytes = d->memory_mib * MIB,
                           .output_bytes = d->output_mib * MIB};
        draft->provider.spec.exec = spec;
}
