/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the settings table share among themselves. */

#include "provider/http_spec.h"
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
/* One step of `http:`, and all of it. */
typedef struct HttpStepDraft {
        HttpStep step;
        int method; /* -1: the usual one of the step */
        const Node *node, *path, *body, *state, *states;
} HttpStepDraft;

typedef struct HttpDraft {
        HttpStepDraft submit, poll, fetch, cancel;
        HttpSpec spec;
        int result_type;
        const Node *headers, *handle, *results, *error, *code, *errors;
        const Node *usage[_HTTP_USAGE_MAX];
} HttpDraft;

/* One entry of `workflows:`. */
typedef struct WorkflowDraft {
        ComfyWorkflow workflow;
        const char *file;
        const Node *file_node, *inputs;
} WorkflowDraft;

typedef struct ProviderDraft {
        ProviderConfig provider;
        ParamDraft *params;
        size_t n_params;
        ExecDraft exec;
        HttpDraft http;
        WorkflowDraft *workflows;
        size_t n_workflows;
        const Node *driver, *params_node, *exec_node, *http_node, *workflows_node;
} ProviderDraft;

extern const Schema provider_schema;
extern const Schema param_schema;
extern const Schema exec_schema;
extern const Schema http_schema;
extern const Schema workflow_schema;

/* Of an AlKeeping. */
extern const Schema duplicates_schema;
extern const Schema retention_schema;

/* What a provider's driver asks for beyond the table: base URL, credential, what it is to do. */
void provider_check(Reader *r, const char *dir, ProviderDraft *draft);

/* The name of a time zone this machine knows, copied; NULL with a problem reported. */
const char *time_zone_read(Reader *r, const Node *node);

/* Parts of it: the parameters of the provider, and its command. */
void provider_params(Reader *r, const Driver *driver, ProviderDraft *draft);
void provider_exec(Reader *r, const Driver *driver, ProviderDraft *draft);
void provider_http(Reader *r, const Driver *driver, ProviderDraft *draft);

/* dir: where relative paths begin. */
void provider_workflows(Reader *r, const Driver *driver, const char *dir, ProviderDraft *draft);

/* A tree as the text of the same JSON: words without quotes are numbers, booleans and null where they
 * look like it. NULL when memory ran out. */
char *node_to_json(Reader *r, const Node *node);
/* Every name in the texts of the tree stands for something; else reported at its braces. */
void check_fills(Reader *r, const Node *node, const ProviderConfig *p, bool handle, bool body);

/* Whether the name of a variable or a header says that its value is a secret: OPENAI_API_KEY,
 * Authorization. */
bool name_says_secret(const char *name);

/* -EINVAL with a sentence that never repeats the URL (it may hold a key): https, or http to this
 * machine; no user, query or fragment. */
int base_url_check(const char *url, Err *err);
