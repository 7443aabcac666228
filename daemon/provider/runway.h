/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of the runway driver: driver_runway.c (the table), runway_build.c (requests),
 * runway_parse.c (answers), runway_models.c (the list of models). */

#include "provider/driver.h"

enum {
        RUNWAY_SECONDS_MAX = 60,
        RUNWAY_REFERENCES_MAX = 16,    /* of a picture */
        RUNWAY_INLINE_BYTES = 3749000, /* 5 MB as base64 */
        RUNWAY_UPLOAD_BYTES = 16 * 1000 * 1000,
        RUNWAY_FRAMES_MAX = 2, /* of a video: where it begins and where it ends */
        RUNWAY_KEY_MAX = 24,   /* of a member of `prepared` */
};

#define RUNWAY_VERSION_HEADER "X-Runway-Version: 2024-11-06"
#define RUNWAY_BASE_URL "https://api.dev.runwayml.com/v1"

/* What an upload goes through, kept in `prepared` under "slot-<i>" (the answer of /uploads) and
 * "sent-<i>". The next step of the next reference: */
typedef enum RunwayStep { RUNWAY_ASK, RUNWAY_SEND, RUNWAY_READY } RunwayStep;
RunwayStep runway_step(const ProviderJob *job, const Json *prepared, size_t *ret_i);
void runway_slot_key(size_t i, char ret[static RUNWAY_KEY_MAX]);
void runway_sent_key(size_t i, char ret[static RUNWAY_KEY_MAX]);

int runway_build_prepare(const ProviderJob *job, ProviderCall *ret, Err *err);
int runway_parse_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                         ProviderResult *ret, Err *err);
int runway_build(const ProviderJob *job, ProviderCall *ret, Err *err);
int runway_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err);
int runway_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret, Err *err);
int runway_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int runway_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ProviderResult *ret, Err *err);
int runway_build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int runway_build_models(const char *base_url, const char *page, ProviderCall *ret, Err *err);
int runway_parse_models(const ProviderReply *reply, ModelList *list, Err *err);
