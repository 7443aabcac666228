/* SPDX-License-Identifier: MIT */

/* pregen.yaml: the table, and the checks that look at more than one key. */

#include "base/fs.h"
#include "recipe/settings_internal.h"

typedef struct SettingsDraft {
        Settings settings;
        int currency;
        ProviderDraft *providers;
        size_t n_providers;
        const char **on;
        size_t n_on;
        const char **command;
        size_t n_command;
        const Node *providers_node, *on_node, *command_node, *window_node;
} SettingsDraft;

enum {
        GRACE_MAX_MS = 12 * 60 * 60 * 1000,
};

static const char *const currency_words[] = {"USD", NULL};
static const char *const notify_words[] = {"failure", "shortage", "always", NULL};

static const SchemaKey budget_keys[] = {
        {.key = "currency",
         .type = SCHEMA_WORD,
         .offset = offsetof(SettingsDraft, currency),
         .words = currency_words,
         .fallback = "USD",
         .help = "of all amounts; prices are in USD"},
        {.key = "per_run",
         .type = SCHEMA_MONEY,
         .offset = offsetof(SettingsDraft, settings.caps.per_run),
         .help = "most one run may spend; none without it"},
        {.key = "per_day",
         .type = SCHEMA_MONEY,
         .offset = offsetof(SettingsDraft, settings.caps.per_day),
         .help = "most one calendar day may cost; none without it"},
        {.key = "per_month",
         .type = SCHEMA_MONEY,
         .offset = offsetof(SettingsDraft, settings.caps.per_month),
         .help = "most one calendar month may cost; none without it"},
};
static const Schema budget_schema = {
        .name = "budget",
        .keys = budget_keys,
        .n = ARRAY_LEN(budget_keys),
        .size = sizeof(SettingsDraft),
};

static const SchemaKey window_keys[] = {
        {.key = "from",
         .type = SCHEMA_TIME,
         .offset = offsetof(SettingsDraft, settings.from_minutes),
         .help = "local time before which nothing is submitted; without it half a day before "
                 "until"},
        {.key = "until",
         .type = SCHEMA_TIME,
         .offset = offsetof(SettingsDraft, settings.until_minutes),
         .help = "local time after which nothing new is submitted; what is in flight finishes"},
        {.key = "grace",
         .type = SCHEMA_DURATION,
         .offset = offsetof(SettingsDraft, settings.grace_ms),
         .min = 0,
         .max = GRACE_MAX_MS,
         .fallback = "30m",
         .help = "how long what is in flight may take after until; nothing leaves that is expected "
                 "to take longer"},
};
static const Schema window_schema = {
        .name = "window",
        .keys = window_keys,
        .n = ARRAY_LEN(window_keys),
        .size = sizeof(SettingsDraft),
};

static const SchemaKey unknown_outcome_keys[] = {
        {.key = "retry_below",
         .type = SCHEMA_MONEY,
         .offset = offsetof(SettingsDraft, settings.retry_below),
         .fallback = "0.10",
         .help = "a call whose outcome is unknown is sent again by itself only below this price"},
};
static const Schema unknown_outcome_schema = {
        .name = "unknown_outcome",
        .keys = unknown_outcome_keys,
        .n = ARRAY_LEN(unknown_outcome_keys),
        .size = sizeof(SettingsDraft),
};

static const SchemaKey notify_keys[] = {
        {.key = "on",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(SettingsDraft, on),
         .offset_n = offsetof(SettingsDraft, n_on),
         .node = AT(SettingsDraft, on_node),
         .words = notify_words,
         .help = "when to tell: failure (the default), shortage, always"},
        {.key = "command",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(SettingsDraft, command),
         .offset_n = offsetof(SettingsDraft, n_command),
         .node = AT(SettingsDraft, command_node),
         .help = "program (absolute path) and arguments; gets the report as JSON on stdin"},
};
static const Schema notify_schema = {
        .name = "notify",
        .keys = notify_keys,
        .n = ARRAY_LEN(notify_keys),
        .size = sizeof(SettingsDraft),
};

static void read_time_zone(Reader *r, const Node *node, void *structure) {
        ((SettingsDraft *) structure)->settings.time_zone = time_zone_read(r, node);
}

static const SchemaKey settings_keys[] = {
        VERSION_KEY,
        {.key = "library",
         .type = SCHEMA_TEXT,
         .offset = offsetof(SettingsDraft, settings.library),
         .fallback = "/var/lib/pregen",
         .help = "directory of the library"},
        {.key = "time_zone",
         .type = SCHEMA_CUSTOM,
         .read = read_time_zone,
         .json = "{\"type\":\"string\"}",
         .help = "whose days, months and hours count, as Europe/Berlin; without it the machine's"},
        {.key = "window",
         .type = SCHEMA_OBJECT,
         .node = AT(SettingsDraft, window_node),
         .object = &window_schema,
         .help = "when a night may submit"},
        {.key = "budget",
         .type = SCHEMA_OBJECT,
         .object = &budget_schema,
         .help = "caps on what everything together may cost"},
        {.key = "unknown_outcome",
         .type = SCHEMA_OBJECT,
         .object = &unknown_outcome_schema,
         .help = "what happens to a call that left and got no answer"},
        {.key = "providers",
         .type = SCHEMA_NAMED,
         .offset = offsetof(SettingsDraft, providers),
         .offset_n = offsetof(SettingsDraft, n_providers),
         .node = AT(SettingsDraft, providers_node),
         .required = true,
         .object = &provider_schema,
         .help = "who generates, by a name that recipes use"},
        {.key = "duplicates",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(SettingsDraft, settings.keeping),
         .object = &duplicates_schema,
         .help = "when two assets of a cell count as one"},
        {.key = "retention",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(SettingsDraft, settings.keeping),
         .object = &retention_schema,
         .help = "what `assetlib gc` may give up, and when"},
        {.key = "notify",
         .type = SCHEMA_OBJECT,
         .object = &notify_schema,
         .help = "who is told how the night went"},
};
static const SettingsDraft settings_initial = {
        .settings = {.from_minutes = -1, .until_minutes = -1, .caps = {-1, -1, -1}},
};
const Schema settings_schema = {
        .name = "settings",
        .help = "pregen.yaml: what all recipes share",
        .keys = settings_keys,
        .n = ARRAY_LEN(settings_keys),
        .size = sizeof(SettingsDraft),
        .initial = &settings_initial,
};

static void check_notify(Reader *r, SettingsDraft *draft) {
        Settings *s = &draft->settings;
        ReaderPath notify, frame;

        for (size_t i = 0; i < draft->n_on; i++) {
                s->notify_failure |= streq(draft->on[i], "failure");
                s->notify_shortage |= streq(draft->on[i], "shortage");
                s->notify_always |= streq(draft->on[i], "always");
        }
        if (!draft->command)
                return;
        reader_enter(r, &notify, "notify", 0);
        reader_enter(r, &frame, "command", 0);
        if (draft->command[0][0] != '/')
                reader_error(r, draft->command_node, "'%s' is no absolute path of a program",
                             shown(draft->command[0]).text);
        reader_leave(r);
        reader_leave(r);
        if (!draft->on)
                s->notify_failure = true;
        s->notify_command = draft->command;
}

static void check_window(Reader *r, SettingsDraft *draft) {
        const Settings *s = &draft->settings;
        ReaderPath window;

        if (s->from_minutes < 0)
                return;
        reader_enter(r, &window, "window", 0);
        if (s->until_minutes < 0)
                reader_error(r, draft->window_node, "'from' needs an 'until'");
        else if (s->until_minutes == s->from_minutes)
                reader_error(r, draft->window_node, "'from' and 'until' are the same moment");
        reader_leave(r);
}

static void check_providers(Reader *r, const char *dir, SettingsDraft *draft) {
        ReaderPath providers, frame;
        ProviderConfig *list = reader_array(r, draft->n_providers + 1, sizeof *list);

        if (!list)
                return;
        reader_enter(r, &providers, "providers", 0);
        for (size_t i = 0; i < draft->n_providers; i++) {
                reader_enter(r, &frame, draft->providers[i].provider.name, 0);
                if (draft->providers[i].provider.name)
                        provider_check(r, dir, &draft->providers[i]);
                reader_leave(r);
                list[i] = draft->providers[i].provider;
        }
        reader_leave(r);
        draft->settings.providers = list;
        draft->settings.n_providers = draft->n_providers;
}

/* Relative paths are beside the settings. */
static void resolve(Reader *r, const char *dir, const char **path) {
        _cleanup_(freep) char *joined = NULL;

        if (!*path || **path == '/')
                return;
        joined = path_join(dir, *path);
        if (joined)
                *path = reader_strdup(r, joined);
        else
                r->error = -ENOMEM;
}

int settings_load(Loading *l, const ConfigFile *file) {
        SettingsDraft draft = {0};
        Reader r;

        assert(l);
        assert(file);
        r = config_file_reader(l, file);
        schema_read(&r, &settings_schema, file->root, &draft);
        draft.settings.file = file->name;
        draft.settings.currency = currency_words[draft.currency];
        if (file->root) {
                check_providers(&r, l->config->dir, &draft);
                check_notify(&r, &draft);
                check_window(&r, &draft);
        }
        resolve(&r, l->config->dir, &draft.settings.library);
        for (size_t i = 0; i < draft.settings.n_providers; i++)
                resolve(&r, l->config->dir, &draft.settings.providers[i].credential_file);
        l->config->settings = draft.settings;
        l->providers_known = draft.providers != NULL;
        return r.error;
}
