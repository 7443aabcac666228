/* SPDX-License-Identifier: MIT */

/*
 * A command as a provider, from its start to a reply. Its intent is durable when it starts; what it
 * made is whole in the spool, and the reply that names it kept beside, before anything is read from
 * it. So a night that dies while it runs has an unknown outcome, as with a request that left, and
 * one that dies after it goes on from what was kept.
 */

#include <inttypes.h>

#include "night/state.h"

static char *make_envelope(const CommandResult *result) {
        _cleanup_(json_freep) Json *envelope = json_new_object();
        Json *files;
        int r;

        r = json_add_int(envelope, "exit", result->exit_code);
        if (r >= 0)
                r = json_add_str(envelope, "said", result->said);
        if (r >= 0)
                r = json_add_str(envelope, "complained", result->complained);
        files = r < 0 ? NULL : json_add_array(envelope, "files");
        r = files ? 0 : -ENOMEM;
        for (size_t i = 0; i < result->files->n && r >= 0; i++)
                r = json_push(files, json_new_string(result->files->items[i]));
        return r < 0 ? NULL : json_print(envelope);
}

static void take_reply(Item *item, const CommandResult *result) {
        _cleanup_(freep) char *envelope = make_envelope(result);
        ProviderReply reply = {.content_type = "application/json",
                               .retry_after_ms = -1,
                               .envelope = envelope,
                               .payloads = result->payloads,
                               .n_payloads = result->files->n};
        Err err = {0};

        if (!envelope) {
                item_fail(item, OUTCOME_UNKNOWN, true, true, "MEMORY", "out of memory");
                return;
        }
        reply.envelope_n = strlen(envelope);
        item->have_reply = reply_save(item->night->replies, item->attempt, &reply, &err) >= 0;
        item_apply_reply(item, &reply);
}

static void on_ran(const CommandResult *result, void *userdata) {
        Item *item = userdata;
        Err err = result->err;

        if (result->end != COMMAND_EXITED)
                quota_failed(item);
        switch (result->end) {
        case COMMAND_EXITED:
                take_reply(item, result);
                return;
        case COMMAND_KILLED:
        case COMMAND_TIMED_OUT:
                item_fail(item, OUTCOME_UNKNOWN, true, true,
                          result->end == COMMAND_KILLED ? "KILLED" : "TIMEOUT", "%s",
                          err_text(&err));
                return;
        case COMMAND_UNUSABLE:
                item_fail(item, OUTCOME_BROKEN, false, true, "UNUSABLE", "%s", err_text(&err));
                return;
        case COMMAND_STORAGE:
                item_park(item, &err);
                return;
        }
        assert_not_reached();
}

/* Without its program no job of the provider gets anywhere: they wait for another night. */
static bool program_is_missing(int r) {
        return r == -ENOENT || r == -EACCES || r == -ENOEXEC || r == -ENOTDIR || r == -ELOOP;
}

void item_run(Item *item) {
        _cleanup_(freep) char *stem = str_printf("spool/%" PRId64, item->attempt);
        CommandOptions options = {
                .spec = item->call.run.spec,
                .input = item->call.run.input,
                .timeout_us = (uint64_t) item->lane->config->timeout_ms * 1000,
                .lib_dir_fd = al_dir_fd(item->night->lib),
                .stem = stem,
        };
        Err err = {0};
        int r = stem ? item->night->world->run(item->night->world, &options, on_ran, item,
                                               &item->task, &err)
                     : err_set(&err, -ENOMEM, "out of memory");

        if (r >= 0)
                return;
        quota_failed(item);
        if (program_is_missing(r))
                lane_stop(item->lane, OUTCOME_REJECTED, err_text(&err));
        item_fail(item, OUTCOME_TRANSIENT, true, false, "NOT_RUN", "%s", err_text(&err));
}
