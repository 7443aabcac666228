/* SPDX-License-Identifier: MIT */

/* `workflows:` of a provider: files of ComfyUI, read with the settings, so that an input that is not
 * in one is a mistake of the settings and not of the night. */

#include "base/fs.h"
#include "base/strbuf.h"
#include "recipe/settings_internal.h"

enum {
        WORKFLOW_FILE_MAX = 1024 * 1024,
        INPUTS_MAX = 64,
        NAMES_MAX = 200, /* looked at for the nearest */
};

static const SchemaKey workflow_keys[] = {
        {.key = "file",
         .type = SCHEMA_TEXT,
         .offset = offsetof(WorkflowDraft, file),
         .node = AT(WorkflowDraft, file_node),
         .required = true,
         .help = "the workflow, exported from ComfyUI in its API format"},
        {.key = "inputs",
         .type = SCHEMA_CUSTOM,
         .node = AT(WorkflowDraft, inputs),
         .required = true,
         .json = "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"type\":\"string\"},"
                 "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]}}",
         .help = "prompt, seed, width, height or a parameter: the inputs of nodes it goes into"},
};
const Schema workflow_schema = {
        .name = "workflow",
        .keys = workflow_keys,
        .n = ARRAY_LEN(workflow_keys),
        .size = sizeof(WorkflowDraft),
        .name_at = AT(WorkflowDraft, workflow.name),
};

/* ---- the file ---- */

/* Each node has a class: what the menu exports otherwise is for the editor alone. */
static bool is_api_format(const Json *graph) {
        if (!json_is_object(graph) || json_length(graph) == 0)
                return false;
        for (const Json *node = json_first(graph); node; node = json_next(node))
                if (!json_str(node, "class_type") || !json_is_object(json_get(node, "inputs")))
                        return false;
        return true;
}

static Json *read_graph(Reader *r, const char *dir, const WorkflowDraft *d) {
        _cleanup_(freep) char *path = path_join(dir, d->file), *text = NULL;
        Json *graph = NULL;
        Err err = {0};
        size_t n = 0;
        int e = path ? fs_read_file(path, WORKFLOW_FILE_MAX, &text, &n) : -ENOMEM;

        if (e < 0)
                (void) err_errno(&err, e, "cannot read '%s'", d->file);
        else if ((e = json_parse(text, n, &graph, &err)) < 0)
                (void) err_prefix(&err, e, "'%s' is no JSON", d->file);
        else if (!is_api_format(graph)) {
                graph = json_free(graph);
                (void) err_set(&err, -EINVAL,
                               "'%s' is no workflow in ComfyUI's API format: export it with "
                               "\"Export (API)\"",
                               d->file);
        }
        if (!graph)
                reader_error(r, d->file_node, "%s", err_text(&err));
        return graph;
}

/* ---- inputs ---- */

static void no_such_input(Reader *r, const Node *node, const Json *graph) {
        _cleanup_(strv_done) Strv known = {0};

        for (const Json *n = json_first(graph); n; n = json_next(n))
                for (const Json *i = json_first(json_get(n, "inputs")); i && known.n < NAMES_MAX;
                     i = json_next(i))
                        if (strv_take(&known, str_printf("%s.%s", json_key(n), json_key(i))) < 0)
                                r->error = -ENOMEM;
        reader_error(r, node, "the workflow has no input '%s'%s", shown(node->text).text,
                     suggest(node->text, (const char *const *) known.items, known.n).text);
}

static bool has_input(const Json *graph, const char *address) {
        const char *dot = strrchr(address, '.');
        _cleanup_(freep) char *id = dot ? strndup(address, (size_t) (dot - address)) : NULL;

        return id && json_get(json_get(json_get(graph, id), "inputs"), dot + 1);
}

static void check_name(Reader *r, const Node *key, const ProviderConfig *p) {
        static const char *const fields[] = {"prompt", "seed", "width", "height"};
        const char *known[NAMES_MAX];
        size_t n = 0;

        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                known[n++] = fields[i];
        for (size_t i = 0; comfyui_reference_name(i); i++)
                known[n++] = comfyui_reference_name(i);
        for (size_t i = 0; i < p->n_params && n < NAMES_MAX; i++)
                known[n++] = p->params[i].name;
        for (size_t i = 0; i < n; i++)
                if (streq(known[i], key->text))
                        return;
        reader_error(r, key,
                     "'%s' stands for nothing: neither a field of the job nor one of the "
                     "provider's 'params'%s",
                     shown(key->text).text, suggest(key->text, known, n).text);
}

static void add_input(Reader *r, const Node *key, const Node *node, const Json *graph,
                      ComfyInput *inputs, size_t *n) {
        const char *address = schema_scalar(r, node, "NODE.INPUT");

        if (!address)
                return;
        if (*n == INPUTS_MAX)
                reader_error(r, node, "more than %d inputs", INPUTS_MAX);
        else if (graph && !has_input(graph, address))
                no_such_input(r, node, graph);
        else
                inputs[(*n)++] =
                        (ComfyInput){reader_strdup(r, key->text), reader_strdup(r, address)};
}

static void read_inputs(Reader *r, const ProviderConfig *p, const Json *graph, WorkflowDraft *d) {
        ComfyInput *inputs = reader_array(r, INPUTS_MAX, sizeof *inputs);
        size_t n = 0;

        if (!inputs || d->inputs->type != NODE_MAP) {
                if (inputs)
                        reader_error(r, d->inputs,
                                     "expected a map of names to NODE.INPUT, found %s",
                                     node_noun(d->inputs));
                return;
        }
        for (const Node *child = d->inputs->first; child; child = child->next) {
                ReaderPath frame;

                reader_enter(r, &frame, child->key->text, 0);
                check_name(r, child->key, p);
                if (child->type == NODE_LIST)
                        for (const Node *one = child->first; one; one = one->next)
                                add_input(r, child->key, one, graph, inputs, &n);
                else
                        add_input(r, child->key, child, graph, inputs, &n);
                reader_leave(r);
        }
        d->workflow.inputs = inputs;
        d->workflow.n_inputs = n;
}

static void read_workflow(Reader *r, const char *dir, const ProviderConfig *p, WorkflowDraft *d) {
        _cleanup_(json_freep) Json *graph = NULL;
        _cleanup_(freep) char *text = NULL;
        ReaderPath frame, inputs;

        reader_enter(r, &frame, d->workflow.name, 0);
        graph = d->file ? read_graph(r, dir, d) : NULL;
        text = graph ? json_print(graph) : NULL;
        if (text)
                d->workflow.graph = reader_strdup(r, text);
        else if (graph)
                r->error = -ENOMEM;
        if (d->inputs) {
                reader_enter(r, &inputs, "inputs", 0);
                read_inputs(r, p, graph, d);
                reader_leave(r);
        }
        reader_leave(r);
}

void provider_workflows(Reader *r, const Driver *driver, const char *dir, ProviderDraft *draft) {
        ProviderConfig *p = &draft->provider;
        ComfyWorkflow *list;
        size_t before = r->problems->n_errors;
        ReaderPath frame;

        if (driver->has_workflows && draft->n_workflows == 0)
                reader_error(r, draft->driver, "driver '%s' needs 'workflows'", driver->name);
        if (!driver->has_workflows && draft->workflows_node)
                reader_error(r, draft->workflows_node, "driver '%s' knows no workflows",
                             driver->name);
        if (!driver->has_workflows || draft->n_workflows == 0)
                return;
        list = reader_array(r, draft->n_workflows, sizeof *list);
        reader_enter(r, &frame, "workflows", 0);
        for (size_t i = 0; list && i < draft->n_workflows; i++) {
                read_workflow(r, dir, p, &draft->workflows[i]);
                list[i] = draft->workflows[i].workflow;
        }
        reader_leave(r);
        if (!list || r->problems->n_errors != before)
                return;
        p->spec.workflows = list;
        p->spec.n_workflows = draft->n_workflows;
}
