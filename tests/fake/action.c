/* SPDX-License-Identifier: MIT */

/* The actions a script may name: one row, one function. Errors carry the texts of the real API. */

#include "action.h"
#include "base/parse.h"

enum {
        HUGE_BYTES = 2147483647, /* of a body without end, if the script says nothing else */
        TICK_MS = 10,
        LARGE_TEXT = 1024 * 1024,
};

/* A grey JPEG of 16 x 16. */
#define TINY_JPEG                                                                                  \
        "/9j//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgoKC8oLzc3Nzc3N0E8QUNDQ0FBQUFDQ0NISEhVVVVISEhDQ0hIUFBV" \
        "VVxfXFdXVVdfX2RkZHh4c3OMjJGsrM//xABOAAEBAQAAAAAAAAAAAAAAAAAABgcBAQEAAAAAAAAAAAAAAAAAAAUG" \
        "EAEBAAAAAAAAAAAAAAAAAAAAExEBAAAAAAAAAAAAAAAAAAAAAP/AABEIABAAEAMBIgACEQADEQD/2gAMAwEAAhED" \
        "EQA/AIqZNqEyYNQP/9k="
#define HTML_PAGE "PGh0bWw+PGJvZHk+U29ycnkuPC9ib2R5PjwvaHRtbD4K" /* "<html><body>Sorry." ... */

int64_t action_number(const Call *c, int64_t fallback) {
        char word[FAKE_WORD_MAX];
        int64_t v;

        (void) snprintf(word, sizeof word, "%.*s", (int) strcspn(c->args, " \t"), c->args);
        return parse_int(word, 0, INT64_MAX, &v) < 0 ? fallback : v;
}

static int good(Call *c) {
        return answer_good(c->a, c->ask, c->setting);
}

static int picture(Call *c, const PictureShape *shape) {
        return c->ask->kind == ASK_IMAGE ? answer_picture(c->a, c->ask, c->setting, shape)
                                         : good(c);
}

static int envelope(Call *c, const char *candidates, const char *feedback) {
        return answer_envelope(c->a, c->ask, c->setting, candidates, feedback);
}

/* ---- the wire ---- */

static int do_ok(Call *c) {
        return good(c);
}

static int do_delay(Call *c) {
        c->a->delay_ms = action_number(c, 1000);
        return good(c);
}

static int do_drip(Call *c) {
        c->a->drip_bytes = (size_t) MAX_OF(action_number(c, 1000), 1);
        c->a->drip_ms = TICK_MS;
        return good(c);
}

static int do_hang(Call *c) {
        c->a->hang = true;
        return good(c);
}

/* before | headers | body */
static int cut(Call *c, Cut how) {
        int r = good(c);

        c->a->cut = how;
        c->a->cut_before = streq(c->args, "before");
        c->a->cut_after = streq(c->args, "headers") ? 0 : answer_size(c->a) / 2;
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
        return good(c);
}

static int do_chunked(Call *c) {
        c->a->chunked = true;
        return good(c);
}

static int do_huge(Call *c) {
        Answer *a = c->a;
        int r;

        a->status = 200;
        a->content_type = "application/json";
        r = answer_add_text(a, strdup("{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":"
                                      "{\"mimeType\":\"image/png\",\"data\":\""));
        if (r < 0)
                return r;
        a->segments[a->n_segments++] =
                (Segment){.type = SEGMENT_FILL, .size = (uint64_t) action_number(c, HUGE_BYTES)};
        return answer_add_text(a, strdup("\"}}]}}]}"));
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

/* ---- bodies that are wrong ---- */

static int do_badjson(Call *c) {
        if (c->ask->kind == ASK_IMAGE)
                return picture(c, &(PictureShape){.bad_json = true});
        c->a->status = 200;
        c->a->content_type = "application/json";
        return answer_add_text(c->a, strdup("{\"candidates\":[{\"content\":"));
}

static int do_badbase64(Call *c) {
        return picture(c, &(PictureShape){.bad_base64 = true});
}

static int do_truncpng(Call *c) {
        return picture(c, &(PictureShape){.limit = 700});
}

static int do_jpegaspng(Call *c) {
        return picture(c, &(PictureShape){.instead = TINY_JPEG});
}

static int do_htmlaspng(Call *c) {
        return picture(c, &(PictureShape){.instead = HTML_PAGE});
}

static int do_wrongratio(Call *c) {
        return picture(c, &(PictureShape){.wrong_ratio = true});
}

static int do_thoughtonly(Call *c) {
        return picture(c, &(PictureShape){.only_thoughts = true});
}

static int do_nodraft(Call *c) {
        return picture(c, &(PictureShape){.no_draft = true});
}

static int do_snake(Call *c) {
        return picture(c, &(PictureShape){.snake = true});
}

static int do_bigtext(Call *c) {
        return picture(c,
                       &(PictureShape){.extra_text_bytes = (size_t) action_number(c, LARGE_TEXT)});
}

static int do_cutcopy(Call *c) {
        return answer_copy(c->a, c->ask, c->setting, "MAX_TOKENS", true);
}

/* own | other: the result is an address. */
static int do_file(Call *c) {
        const char *origin = streq(c->args, "other") ? c->setting->other : c->setting->own;
        _cleanup_(freep) char *uri = NULL;

        if (!origin)
                return -EINVAL;
        uri = str_printf("%s/v1/files/fake%llu:download?alt=media", origin,
                         (unsigned long long) c->setting->seq);
        return uri ? picture(c, &(PictureShape){.file_uri = uri}) : -ENOMEM;
}

/* ---- blocked, finished, empty ---- */

/* WORD: no content, that finishReason. */
static int do_finish(Call *c) {
        _cleanup_(freep) char *text =
                str_printf("[{\"finishReason\":\"%s\",\"index\":0}]", c->args);

        return text ? envelope(c, text, NULL) : -ENOMEM;
}

/* WORD: a picture and that finishReason. */
static int do_finishwith(Call *c) {
        if (c->ask->kind == ASK_TEXT)
                return answer_copy(c->a, c->ask, c->setting, c->args, false);
        return picture(c, &(PictureShape){.finish = c->args});
}

static int do_block(Call *c) {
        _cleanup_(freep) char *text = str_printf("{\"blockReason\":\"%s\"}", c->args);

        return text ? envelope(c, NULL, text) : -ENOMEM;
}

static int do_nocandidates(Call *c) {
        return envelope(c, NULL, NULL);
}

static int do_emptycandidates(Call *c) {
        return envelope(c, "[]", NULL);
}

static int do_nocontent(Call *c) {
        return envelope(c, "[{\"finishReason\":\"STOP\",\"index\":0}]", NULL);
}

static int do_noparts(Call *c) {
        return envelope(
                c, "[{\"content\":{\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}]",
                NULL);
}

static int do_textonly(Call *c) {
        return envelope(c,
                        "[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"I cannot draw "
                        "that, but here is a description.\"}]},\"finishReason\":\"STOP\","
                        "\"index\":0}]",
                        NULL);
}

static const ActionRow actions[] = {
        {"ok", do_ok},
        {"delay", do_delay},
        {"drip", do_drip},
        {"hang", do_hang},
        {"reset", do_reset},
        {"close", do_close},
        {"short", do_short},
        {"chunked", do_chunked},
        {"huge", do_huge},
        {"redirect", do_redirect},
        {"badjson", do_badjson},
        {"badbase64", do_badbase64},
        {"truncpng", do_truncpng},
        {"jpegaspng", do_jpegaspng},
        {"htmlaspng", do_htmlaspng},
        {"wrongratio", do_wrongratio},
        {"thoughtonly", do_thoughtonly},
        {"nodraft", do_nodraft},
        {"snake", do_snake},
        {"bigtext", do_bigtext},
        {"cutcopy", do_cutcopy},
        {"file", do_file},
        {"finish", do_finish},
        {"finishwith", do_finishwith},
        {"block", do_block},
        {"nocandidates", do_nocandidates},
        {"emptycandidates", do_emptycandidates},
        {"nocontent", do_nocontent},
        {"noparts", do_noparts},
        {"textonly", do_textonly},
};

static const ActionRow *find_action(const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(actions); i++)
                if (streq(actions[i].name, name))
                        return &actions[i];
        for (size_t i = 0; i < n_error_actions; i++)
                if (streq(error_actions[i].name, name))
                        return &error_actions[i];
        return NULL;
}

bool action_is_known(const char *name) {
        return find_action(name) != NULL;
}

int action_apply(const Action *action, const Ask *ask, const AnswerSetting *setting, Answer *ret) {
        Call c = {.a = ret, .ask = ask, .setting = setting, .args = action->args};
        const ActionRow *row = find_action(action->name);

        *ret = (Answer){0};
        if (ask->status)
                return answer_error(ret, ask->status, ask->rpc, ask->message, NULL, false);
        return row ? row->apply(&c) : -EINVAL;
}
