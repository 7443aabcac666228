/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The parts of the omni driver: driver_omni.c (the table), omni_build.c (requests), omni_parse.c
 * (answers). Its handles:
 *
 *      v1_ID                           an interaction
 *      files/ID INPUT OUTPUT IMAGE     its result, while it is not ready to be fetched; with the
 *                                      tokens that were reported, -1 for none
 */

#include "provider/google.h"

enum {
        OMNI_SECONDS_MIN = 3,
        OMNI_SECONDS_MAX = 15,
        OMNI_REFERENCES_MAX = 10,
        OMNI_ID_MAX = 512,
        /* What the models write at most, thoughts included, beside the video: their own limit. No
         * cap is sent, for theirs may count the video too. */
        OMNI_OUTPUT_TOKENS_MAX = 32768,
};

typedef struct OmniHandle {
        char id[OMNI_ID_MAX + 1];
        bool file;
        int64_t input_tokens, output_tokens, image_tokens; /* of a file */
} OmniHandle;

/* -EINVAL when it is neither. */
int omni_read_handle(const char *handle, OmniHandle *ret);

int omni_build(const ProviderJob *job, ProviderCall *ret, Err *err);
int omni_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int omni_build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int omni_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret, Err *err);
int omni_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err);
int omni_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                    ProviderResult *ret, Err *err);
