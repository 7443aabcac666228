/* SPDX-License-Identifier: MIT */

/* What a script can make of the answers of the gemini wire: one row, one function. */

#include "google.h"

enum {
        HUGE_BYTES = 2147483647, /* of a body without end, if the script says nothing else */
        LARGE_TEXT = 1024 * 1024,
};

/* A grey JPEG of 16 x 16. */
#define TINY_JPEG                                                                                  \
        "/9j//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgoKC8oLzc3Nzc3N0E8QUNDQ0FBQUFDQ0NISEhVVVVISEhDQ0hIUFBV" \
        "VVxfXFdXVVdfX2RkZHh4c3OMjJGsrM//xABOAAEBAQAAAAAAAAAAAAAAAAAABgcBAQEAAAAAAAAAAAAAAAAAAAUG" \
        "EAEBAAAAAAAAAAAAAAAAAAAAExEBAAAAAAAAAAAAAAAAAAAAAP/AABEIABAAEAMBIgACEQADEQD/2gAMAwEAAhED" \
        "EQA/AIqZNqEyYNQP/9k="
#define HTML_PAGE "PGh0bWw+PGJvZHk+U29ycnkuPC9ib2R5PjwvaHRtbD4K" /* "<html><body>Sorry." ... */

static int picture(Call *c, const PictureShape *shape) {
        return c->ask->kind == ASK_IMAGE ? gemini_picture(c, shape) : action_good(c);
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
        return gemini_copy(c, "MAX_TOKENS", true);
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

        return text ? gemini_envelope(c, text, NULL) : -ENOMEM;
}

/* WORD: a picture and that finishReason. */
static int do_finishwith(Call *c) {
        if (c->ask->kind == ASK_TEXT)
                return gemini_copy(c, c->args, false);
        return picture(c, &(PictureShape){.finish = c->args});
}

static int do_block(Call *c) {
        _cleanup_(freep) char *text = str_printf("{\"blockReason\":\"%s\"}", c->args);

        return text ? gemini_envelope(c, NULL, text) : -ENOMEM;
}

static int do_nocandidates(Call *c) {
        return gemini_envelope(c, NULL, NULL);
}

static int do_emptycandidates(Call *c) {
        return gemini_envelope(c, "[]", NULL);
}

static int do_nocontent(Call *c) {
        return gemini_envelope(c, "[{\"finishReason\":\"STOP\",\"index\":0}]", NULL);
}

static int do_noparts(Call *c) {
        return gemini_envelope(
                c, "[{\"content\":{\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}]",
                NULL);
}

static int do_textonly(Call *c) {
        return gemini_envelope(
                c,
                "[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"I cannot draw "
                "that, but here is a description.\"}]},\"finishReason\":\"STOP\","
                "\"index\":0}]",
                NULL);
}

const ActionRow gemini_actions[] = {
        {"huge", do_huge},
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
        {NULL, NULL},
};
