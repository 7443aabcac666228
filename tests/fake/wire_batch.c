/* SPDX-License-Identifier: MIT */

/*
 * Batches of the Gemini Developer API: models/...:batchGenerateContent with the requests in the
 * body, and what is asked of a batch later. Each request is checked as generateContent checks it
 * and answered as it answers, at half the price. Arguments of the action "operation", beside polls=N
 * and ms=N:
 *
 *      end=failed|expired|lost   how it ends, without results; lost: nobody knows it any more
 *      bad=N                     the N-th request, from 1, ends with an error of its own
 */

#include "base/clock.h"
#include "base/parse.h"
#include "google.h"

enum {
        PAGE_DEFAULT = 50,
        PAGE_MAX = 1000,
};

#define TYPE_OF(what) "type.googleapis.com/google.ai.generativelanguage.v1main." what

static const Member top_members[] = {{"batch", NULL, 'o'}};
static const Member batch_members[] = {
        {"displayName", "display_name", 's'},
        {"inputConfig", "input_config", 'o'},
        {"model", NULL, 's'},
        {"priority", NULL, 'n'},
        {"webhookConfig", "webhook_config", 'o'},
};
static const Member webhook_members[] = {
        {"uris", NULL, 'a'},
        {"userMetadata", "user_metadata", 'o'},
};
static const Member input_members[] = {
        {"requests", NULL, 'o'},
        {"fileName", "file_name", 's'},
};
static const Member requests_members[] = {{"requests", NULL, 'a'}};
static const Member item_members[] = {{"request", NULL, 'o'}, {"metadata", NULL, 'o'}};

/* ---- requests ---- */

static void check_item(Ask *ask, const Json *item) {
        Ask one;

        shape_members(ask, item, "batch.input_config.requests.requests[0]", MEMBERS(item_members));
        if (!json_get(item, "request")) {
                GOOGLE_INVALID(ask, "* BatchGenerateContentRequest.batch.input_config.requests."
                                    "requests[0].request: request is not specified");
                return;
        }
        one = batch_ask(ask, item);
        if (one.status)
                ask_refuse(ask, one.status, one.word, "%s", one.message);
        if (!ask->prompt_n)
                ask_keep_prompt(ask, one.prompt);
        ask->references += one.references;
        ask_done(&one);
}

static void check_input(Ask *ask, const Json *input) {
        const Json *requests = json_get(input, "requests");
        const Json *list = json_get(requests, "requests");
        const char *file = json_text(google_get(input, "fileName", "file_name"));

        shape_members(ask, input, "batch.input_config", MEMBERS(input_members));
        shape_members(ask, requests, "batch.input_config.requests", MEMBERS(requests_members));
        /* Nothing can be uploaded here, so that there is no such file. */
        if (file)
                ask_refuse(ask, 403, "PERMISSION_DENIED",
                           "You do not have permission to access the File %s or it may not exist.",
                           strncmp(file, "files/", 6) == 0 ? file + 6 : file);
        else if (json_length(list) == 0)
                GOOGLE_INVALID(ask, "* BatchGenerateContentRequest.batch.input_config: input is "
                                    "not specified");
        else if (json_length(list) > BATCH_REQUESTS_MAX)
                GOOGLE_INVALID(ask, "Too many requests in the batch.");
        for (const Json *item = json_first(list); item && !ask->status; item = json_next(item))
                check_item(ask, item);
}

static void check_create(const Request *request, Ask *ask) {
        const Json *batch;

        if (!google_check_version(ask, ask->captures[0]))
                return;
        (void) snprintf(ask->model, sizeof ask->model, "%s", ask->captures[1]);
        if (strncmp(ask->model, "veo", 3) == 0)
                ask_refuse(ask, 404, "NOT_FOUND",
                           "models/%s is not found for API version %s, or is not supported for "
                           "batchGenerateContent.",
                           ask->model, ask->captures[0]);
        if (!request_is(request, "application/json"))
                GOOGLE_INVALID(ask, "Invalid JSON payload received. Content-Type must be "
                                    "application/json.");
        if (!shape_body(request, ask))
                return;
        batch = json_get(ask->body, "batch");
        shape_members(ask, ask->body, "", MEMBERS(top_members));
        shape_members(ask, batch, "batch", MEMBERS(batch_members));
        shape_members(ask, google_get(batch, "webhookConfig", "webhook_config"),
                      "batch.webhook_config", MEMBERS(webhook_members));
        if (!json_text(google_get(batch, "displayName", "display_name")))
                GOOGLE_INVALID(ask, "* BatchGenerateContentRequest.batch.display_name: "
                                    "display_name is not specified");
        check_input(ask, google_get(batch, "inputConfig", "input_config"));
}

static void check_name(const Request *request, Ask *ask) {
        (void) request;
        (void) google_check_version(ask, ask->captures[0]);
}

/* Nothing but {}. */
static void check_cancel(const Request *request, Ask *ask) {
        if (google_check_version(ask, ask->captures[0]) && shape_body(request, ask))
                shape_members(ask, ask->body, "", NULL, 0);
}

/* pageSize and pageToken: the number of the first one on the page, kept in ask->seconds. */
static void check_list(const Request *request, Ask *ask) {
        const char *next = strchr(request->path, '?');

        ask->count = PAGE_DEFAULT;
        if (!google_check_version(ask, ask->captures[0]))
                return;
        while (next && *next) {
                char name[FAKE_WORD_MAX] = "", value[FAKE_WORD_MAX] = "";
                size_t n = strcspn(++next, "&");

                (void) snprintf(name, sizeof name, "%.*s", (int) MIN_OF(n, strcspn(next, "=")),
                                next);
                if (strlen(name) < n)
                        (void) snprintf(value, sizeof value, "%.*s", (int) (n - strlen(name) - 1),
                                        next + strlen(name) + 1);
                next += n;
                if (streq(name, "pageSize") && parse_int(value, 0, INT32_MAX, &ask->count) >= 0)
                        ask->count = MIN_OF(ask->count ? ask->count : PAGE_DEFAULT, PAGE_MAX);
                else if (streq(name, "pageSize"))
                        GOOGLE_INVALID(ask, "Invalid value at 'page_size' (TYPE_INT32), \"%s\"",
                                       value);
                else if (streq(name, "pageToken") &&
                         parse_int(value, 1, INT32_MAX, &ask->seconds) < 0)
                        GOOGLE_INVALID(ask, "Request contains an invalid argument.");
                else if (!streq(name, "pageToken"))
                        GOOGLE_INVALID(ask,
                                       "Invalid JSON payload received. Unknown name \"%s\": Cannot "
                                       "bind query parameter. Field '%s' could not be found in "
                                       "request message.",
                                       name, name);
        }
}

/* ---- answers ---- */

static bool ends(const Operation *op, const char *how) {
        char end[FAKE_WORD_MAX];

        return args_value(op->args, "end", end) && streq(end, how);
}

static const char *state_of(const Operation *op) {
        if (op->cancelled)
                return "BATCH_STATE_CANCELLED";
        if (op->ended_ms)
                return ends(op, "failed")    ? "BATCH_STATE_FAILED"
                       : ends(op, "expired") ? "BATCH_STATE_EXPIRED"
                                             : "BATCH_STATE_SUCCEEDED";
        return op->polls == 0 ? "BATCH_STATE_PENDING" : "BATCH_STATE_RUNNING";
}

/* As the real one writes whole numbers of 64 bits: as text, and not at all when they are 0. */
static void add_count(Json *stats, const char *name, int64_t n) {
        _cleanup_(freep) char *text = n > 0 ? str_printf("%lld", (long long) n) : NULL;

        if (text)
                (void) json_add_str(stats, name, text);
}

static void add_stats(Json *metadata, const Operation *op) {
        Json *stats = json_add_object(metadata, "batchStats");
        int64_t n = (int64_t) json_length(op->requests), failed = 0;

        for (const Json *item =
                     json_first(json_path(op->output, "inlinedResponses.inlinedResponses"));
             item; item = json_next(item))
                failed += json_get(item, "error") != NULL;
        add_count(stats, "requestCount", n);
        add_count(stats, "successfulRequestCount", op->output ? n - failed : 0);
        add_count(stats, "failedRequestCount", failed);
        add_count(stats, "pendingRequestCount", op->ended_ms ? 0 : n);
}

/* The batch as an operation; in lists without what it made. */
static Json *describe(const Operation *op, bool listed) {
        Json *body = json_new_object(), *metadata, *response;
        _cleanup_(freep) char *name = str_printf("batches/b%llu", (unsigned long long) op->id);
        _cleanup_(freep) char *model = str_printf("models/%s", op->model);

        (void) json_add_str(body, "name", name);
        metadata = json_add_object(body, "metadata");
        (void) json_add_str(metadata, "@type", TYPE_OF("GenerateContentBatch"));
        (void) json_add_str(metadata, "model", model);
        (void) json_add_str(metadata, "displayName", op->label);
        (void) json_add_time(metadata, "createTime", op->created_ms);
        if (op->ended_ms)
                (void) json_add_time(metadata, "endTime", op->ended_ms);
        (void) json_add_time(metadata, "updateTime", MAX_OF(op->created_ms, op->ended_ms));
        add_stats(metadata, op);
        (void) json_add_str(metadata, "state", state_of(op));
        (void) json_add_str(metadata, "name", name);
        if (!op->ended_ms)
                return body;
        (void) json_add_bool(body, "done", true);
        if (op->cancelled || !op->output) {
                (void) json_add(body, "error",
                                op->cancelled         ? batch_error(1, "The batch was cancelled.")
                                : ends(op, "expired") ? batch_error(4, "The batch expired.")
                                                      : batch_error(13, "The batch failed."));
        } else if (!listed) {
                (void) json_add(metadata, "output", json_copy(op->output));
                response = json_add_object(body, "response");
                (void) json_add_str(response, "@type", TYPE_OF("GenerateContentBatchOutput"));
                (void) json_add(response, "inlinedResponses",
                                json_copy(json_get(op->output, "inlinedResponses")));
        }
        return body;
}

static int64_t wall_ms(void) {
        return clock_wall_ms(clock_system());
}

static int create(Call *c) {
        const Json *batch = json_get(c->ask->body, "batch");
        const Json *input = google_get(batch, "inputConfig", "input_config");
        Operation *op = operation_start(c->setting->operations, c->ask, c->setting->seq, c->args);

        if (!op)
                return -ENOMEM;
        op->requests = json_copy(json_path(input, "requests.requests"));
        op->created_ms = wall_ms();
        (void) snprintf(op->label, sizeof op->label, "%s",
                        json_text(google_get(batch, "displayName", "display_name")));
        return op->requests ? answer_json(c->a, 200, describe(op, false)) : -ENOMEM;
}

static Operation *find(const Call *c) {
        Operation *op = operation_find(c->setting->operations, c->ask->wire, c->ask->captures[1]);

        return op && (op->deleted || ends(op, "lost")) ? NULL : op;
}

static int no_such(Call *c) {
        return google_error(c->a, 404, "NOT_FOUND", "Requested entity was not found.", NULL);
}

static int get(Call *c) {
        Operation *op = find(c);

        if (!op)
                return no_such(c);
        if (!op->ended_ms && operation_poll(c->setting->operations, op)) {
                if (!ends(op, "failed") && !ends(op, "expired") && batch_run(c, op) < 0)
                        return -ENOMEM;
                op->ended_ms = wall_ms();
        }
        return answer_json(c->a, 200, describe(op, false));
}

/* Too late for one that is over: that changes nothing. */
static int cancel(Call *c) {
        Operation *op = find(c);

        if (!op)
                return no_such(c);
        c->setting->operations->cancels++;
        if (!op->ended_ms) {
                op->cancelled = true;
                op->ended_ms = wall_ms();
        }
        return answer_json(c->a, 200, json_new_object());
}

static int delete (Call *c) {
        Operation *op = find(c);

        if (!op)
                return no_such(c);
        op->deleted = true;
        return answer_json(c->a, 200, json_new_object());
}

static int list(Call *c) {
        const Operations *ops = c->setting->operations;
        Json *body = json_new_object(), *found = NULL;
        size_t i = (size_t) c->ask->seconds;

        for (; i < ops->n && json_length(found) < (size_t) c->ask->count; i++) {
                if (ops->items[i]->wire != c->ask->wire || ops->items[i]->deleted)
                        continue;
                if (!found)
                        found = json_add_array(body, "operations");
                (void) json_push(found, describe(ops->items[i], true));
        }
        while (i < ops->n && (ops->items[i]->wire != c->ask->wire || ops->items[i]->deleted))
                i++;
        if (i < ops->n) {
                _cleanup_(freep) char *token = str_printf("%zu", i);

                (void) json_add_str(body, "nextPageToken", token);
        }
        return answer_json(c->a, 200, body);
}

static const Route routes[] = {
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/models/{}:batchGenerateContent",
         .check = check_create,
         .answer = create},
        {.name = "cancel",
         .method = "POST",
         .pattern = "/{}/batches/{}:cancel",
         .check = check_cancel,
         .answer = cancel},
        {.name = "poll",
         .method = "GET",
         .pattern = "/{}/batches/{}",
         .check = check_name,
         .answer = get},
        {.name = "delete",
         .method = "DELETE",
         .pattern = "/{}/batches/{}",
         .check = check_name,
         .answer = delete},
        {.name = "list",
         .method = "GET",
         .pattern = "/{}/batches",
         .check = check_list,
         .answer = list},
};

const Wire wire_batch = {
        .name = "batch",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        GOOGLE_WIRE,
        .actions = google_actions,
};
