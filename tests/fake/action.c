/* SPDX-License-Identifier: MIT */

/* The actions a script may name for any wire: one row, one function. Those of a wire alone are in
 * its own table. */

#include "base/parse.h"
#include "wire.h"

enum {
        TICK_MS = 10,
};

int64_t action_number(const Call *c, int64_t fallback) {
        char word[FAKE_WORD_MAX];
        int64_t v;

        (void) snprintf(word, sizeof word, "%.*s", (int) strcspn(c->args, " \t"), c->args);
        return parse_int(word, 0, INT64_MAX, &v) < 0 ? fallback : v;
}

int action_good(Call *c) {
        return c->ask->route->answer(c);
}

static int do_delay(Call *c) {
        c->a->delay_ms = action_number(c, 1000);
        return action_good(c);
}

static int do_drip(Call *c) {
        c->a->drip_bytes = (size_t) MAX_OF(action_number(c, 1000), 1);
        c->a->drip_ms = TICK_MS;
        return action_good(c);
}

static int do_hang(Call *c) {
        c->a->hang = true;
        return action_good(c);
}

/* before | headers | body */
static int cut(Call *c, Cut how) {
        int r = action_good(c);

        c->a->cut = how;
        c->a->cut_before = strncmp(c->args, "before", 6) == 0;
        c->a->cut_after = strncmp(c->args, "headers", 7) == 0 ? 0 : answer_size(c->a) / 2;
        return r;
}

static int do_reset(Call *c) {
        return cut(c, CUT_RESET);
}

static int do_close(Call *c) {
        return cut(c, CUT_CLOSE);
}

static int do_short(Call *c) {
        c->a->extra_length = 1000;
        return action_good(c);
}

static int do_chunked(Call *c) {
        c->a->chunked = true;
        return action_good(c);
}

static int do_redirect(Call *c) {
        Answer *a = c->a;

        if (!c->setting->other)
                return -EINVAL;
        a->status = (int) action_number(c, 307);
        a->content_type = "text/html";
        (void) snprintf(a->headers, sizeof a->headers, "Location: %s/v1/moved\r\n",
                        c->setting->other);
        return answer_add_text(a, strdup("<html>moved</html>\n"));
}

/* ---- errors of front ends, and of the wire ---- */

static int html(Call *c, int status) {
        c->a->status = status;
        c->a->content_type = "text/html; charset=UTF-8";
        return answer_add_text(
                c->a, strdup("<!DOCTYPE html>\n<html lang=en>\n<title>Error (Server Error)!!1"
                             "</title>\n<p><b>That's an error.</b>\n"));
}

static int do_html502(Call *c) {
        return html(c, 502);
}

static int do_html200(Call *c) {
        return html(c, 200);
}

static int do_empty500(Call *c) {
        c->a->status = 500;
        c->a->content_type = "text/plain";
        return answer_add_text(c->a, strdup(""));
}

/* 429 with Retry-After: SECONDS; without an argument, no such header. */
static int do_429(Call *c) {
        if (*c->args)
                (void) snprintf(c->a->headers, sizeof c->a->headers, "Retry-After: %lld\r\n",
                                (long long) action_number(c, 1));
        return c->ask->wire->error(c->a, 429, "RESOURCE_EXHAUSTED", "Too many requests.", NULL);
}

/* STATUS WORD MESSAGE... */
static int do_error(Call *c) {
        char word[FAKE_WORD_MAX] = "UNKNOWN";
        const char *rest = c->args + strcspn(c->args, " ");
        size_t n;

        rest += strspn(rest, " ");
        n = strcspn(rest, " ");
        if (n > 0)
                (void) snprintf(word, sizeof word, "%.*s", (int) n, rest);
        rest += n + strspn(rest + n, " ");
        return c->ask->wire->error(c->a, (int) action_number(c, 500), word, rest, NULL);
}

/* STATUS BODY...: that JSON text as it stands. */
static int do_body(Call *c) {
        const char *rest = c->args + strcspn(c->args, " ");

        c->a->status = (int) action_number(c, 200);
        c->a->content_type = "application/json";
        return answer_add_text(c->a, strdup(rest + strspn(rest, " ")));
}

static const ActionRow actions[] = {
        {"ok", action_good},
        {"delay", do_delay},
        {"drip", do_drip},
        {"hang", do_hang},
        {"reset", do_reset},
        {"close", do_close},
        {"short", do_short},
        {"chunked", do_chunked},
        {"redirect", do_redirect},
        {"html502", do_html502},
        {"html200", do_html200},
        {"empty500", do_empty500},
        {"429", do_429},
        {"error", do_error},
        {"body", do_body},
        /* Of submissions: KEY=VALUE ... for the operation, see operation.c and the wire. */
        {"operation", action_good},
        {NULL, NULL},
};

static const ActionRow *find_in(const ActionRow *rows, const char *name) {
        for (; rows->name; rows++)
                if (streq(rows->name, name))
                        return rows;
        return NULL;
}

static const ActionRow *find_action(const Wire *wire, const char *name) {
        const ActionRow *row = find_in(actions, name);

        for (size_t i = 0; !row && wire->actions && wire->actions[i]; i++)
                row = find_in(wire->actions[i], name);
        return row;
}

bool action_is_known(const char *name) {
        for (size_t i = 0; wire_at(i); i++)
                if (find_action(wire_at(i), name))
                        return true;
        return false;
}

int action_apply(const Action *action, const Ask *ask, const AnswerSetting *setting, Answer *ret) {
        Call c = {.a = ret, .ask = ask, .setting = setting, .args = action->args};
        const ActionRow *row = find_action(ask->wire, action->name);

        *ret = (Answer){0};
        if (ask->status)
                return ask->wire->error(ret, ask->status, ask->word, ask->message, NULL);
        return row ? row->apply(&c) : -EINVAL;
}
