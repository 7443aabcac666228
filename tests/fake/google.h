/* SPDX-License-Identifier: MIT */
#pragma once

/* What Google's wires share: google.c keys and complaints, google_error.c errors by name,
 * wire_files.c files, wire_batch.c and batch_run.c batches; and the parts of the gemini wire: wire_gemini.c checks, gemini_answer.c
 * answers, gemini_action.c what a script can make of them. */

#include "wire.h"

#define GOOGLE_INVALID(ask, ...) ask_refuse((ask), 400, "INVALID_ARGUMENT", __VA_ARGS__)

KeyState google_key(const Request *request, const char *key);
void google_refuse_key(Ask *ask, KeyState state);
void google_refuse_path(Ask *ask, const Request *request);
void google_complain(Ask *ask, Complaint what, const char *where, const char *name);
int google_error(Answer *a, int status, const char *word, const char *message, const char *details);
extern const ActionRow google_error_actions[];
extern const ActionRow *const google_actions[]; /* those alone */
/* What is the same for all of its wires. */
#define GOOGLE_WIRE                                                                                \
        .key = google_key, .refuse_key = google_refuse_key, .refuse_path = google_refuse_path,     \
        .complain = google_complain, .error = google_error

/* The first segment of a path: a version there is; else a refusal. */
bool google_check_version(Ask *ask, const char *version);
/* The member under its camelCase or its snake_case name. */
const Json *google_get(const Json *object, const char *camel, const char *snake);
/* Media types of pictures in requests. */
void google_check_picture(Ask *ask, const char *media_type, const char *data, const char *where);

/* ---- videos ---- */

/* Sides of a video, divided by the scale. */
void google_video_sides(const Operation *op, uint32_t scale, uint32_t *ret_w, uint32_t *ret_h);
/* "https://.../v1beta/files/vID:download?alt=media" of an operation's result; caller frees. */
char *google_file_url(const Operation *op, const AnswerSetting *setting);

/* ---- gemini ---- */

extern const ActionRow gemini_actions[];
/* A GenerateContentRequest for ask->model. */
void gemini_check_request(Ask *ask, const Json *body);

typedef struct PictureShape {
        bool wrong_ratio, no_draft, only_thoughts, bad_base64, bad_json, snake;
        uint64_t limit;          /* raw bytes of the final picture, 0 = all */
        const char *instead;     /* base64 text in place of the final picture */
        const char *file_uri;    /* an address in place of the final picture */
        const char *finish;      /* NULL: STOP */
        size_t extra_text_bytes; /* of further text in the envelope */
} PictureShape;
int gemini_picture(Call *c, const PictureShape *shape);
int gemini_copy(Call *c, const char *finish, bool cut);
int gemini_good(Call *c);
/* {"candidates": <candidates>, "promptFeedback": ..., "usageMetadata": ...}; parts as JSON text,
 * NULL leaves the member out. Billed unless there is feedback. */
int gemini_envelope(Call *c, const char *candidates, const char *feedback);
/* A picture as the real models size them, not yet scaled. */
Picture *gemini_final_picture(const Ask *ask, const AnswerSetting *setting, bool wrong_ratio);

/* ---- batches ---- */

enum {
        BATCH_REQUESTS_MAX = 100,
        BATCH_SEQ_STEP = 1000, /* an answer's number: the batch's times this, plus the request's */
};
static_assert(BATCH_REQUESTS_MAX < BATCH_SEQ_STEP, "no two answers have one number");

/* A request of a batch as if it had come alone; the caller owns it: ask_done(). */
Ask batch_ask(const Ask *batch, const Json *item);
/* What every request came to, in their order, into op->output; bills it. */
int batch_run(const Call *c, Operation *op);
Json *batch_error(int64_t code, const char *message);
