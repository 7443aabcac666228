/* SPDX-License-Identifier: MIT */

/* Answers, put together from text, pictures and videos that are generated while they are sent. */

#include "wire.h"

void answer_done(Answer *a) {
        for (size_t i = 0; i < a->n_segments; i++)
                segment_done(&a->segments[i]);
        *a = (Answer){0};
}

uint64_t answer_size(const Answer *a) {
        uint64_t n = 0;

        for (size_t i = 0; i < a->n_segments; i++)
                n += a->segments[i].size;
        return n;
}

static int add_bytes(Answer *a, char *text, size_t n) {
        if (!text)
                return -ENOMEM;
        assert(a->n_segments < FAKE_SEGMENTS_MAX);
        a->segments[a->n_segments++] = segment_bytes(text, n);
        return 0;
}

int answer_add_text(Answer *a, char *text) {
        return add_bytes(a, text, text ? strlen(text) : 0);
}

int answer_add_picture(Answer *a, Picture *p, bool base64, uint64_t raw_limit) {
        if (!p)
                return -ENOMEM;
        assert(a->n_segments < FAKE_SEGMENTS_MAX);
        a->segments[a->n_segments++] = segment_picture(p, base64, raw_limit);
        return 0;
}

int answer_add_video(Answer *a, const AnswerSetting *setting, uint32_t w, uint32_t h,
                     uint32_t seconds, uint64_t seed, bool base64) {
        Picture *p = picture_new(w, h, seed, setting->image_bytes);
        _cleanup_(freep) uint8_t *head = NULL;
        char *coded;
        size_t n = 0;
        int r;

        if (!p)
                return -ENOMEM;
        head = video_head(w, h, seconds, picture_bytes(p), &n);
        if (head && base64) {
                coded = malloc((n + 2) / 3 * 4);
                r = coded ? add_bytes(a, coded, base64_encode(head, n, coded)) : -ENOMEM;
        } else
                r = add_bytes(a, (char *) TAKE_PTR(head), n);
        if (r < 0) {
                (void) picture_free(p);
                return r;
        }
        return answer_add_picture(a, p, base64, 0);
}

int answer_json(Answer *a, int status, Json *value) {
        _cleanup_(json_freep) Json *owned = value;

        a->status = status;
        a->content_type = "application/json; charset=UTF-8";
        return answer_add_text(a, owned ? json_print(owned) : NULL);
}
