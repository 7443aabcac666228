/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the settings table share among themselves. */

#include "provider/provider.h"
#include "recipe/tables.h"

/* One entry of `params:`. */
typedef struct ParamDraft {
        ParamSpec spec;
        int type;
        const char **words;
        size_t n_words;
        const Node *type_node, *words_node, *fallback_node;
} ParamDraft;

/* `exec:`. */
typedef struct ExecDraft {
        const char **command, **environment;
        size_t n_command, n_environment;
        int64_t memory_mib, output_mib;
} ExecDraft;

/* A provider while its file is read: with places of values that are checked together. */
typedef struct ProviderDraft {
        ProviderConfig provider;
        ParamDraft *params;
        size_t n_params;
        ExecDraft exec;
        const Node *driver, *params_node, *exec_node;
} ProviderDraft;

extern const Schema provider_schema;
extern const Schema param_schema;
extern const Schema exec_schema;

/* Of an AlKeeping. */
extern const Schema duplicates_schema;
extern const Schema retention_schema;

/* What a provider's driver asks for beyond the table: base URL, credential. */
void provider_check(Reader *r, ProviderDraft *draft);

/* The name of a time zone this machine knows, copied; NULL with a problem reported. */
const char *time_zone_read(Reader *r, const Node *node);

/* Parts of it: the parameters of the provider, and its command. */
void provider_params(Reader *r, const Driver *driver, ProviderDraft *draft);
void provider_exec(Reader *r, const Driver *driver, ProviderDraft *draft);

/* Whether the name of a variable or a header says that its value is a secret: OPENAI_API_KEY,
 * Authorization. */
bool name_says_secret(const char *name);

/* -EINVAL with a sentence that never repeats the URL (it may hold a key): https, or http to this
 * machine; no user, query or fragment. */
int base_url_check(const char *url, Err *err);
