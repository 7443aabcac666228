/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the ComfyUI driver share; driver_comfyui.c says how its calls go. */

#include "provider/driver.h"

#define COMFYUI_BASE_URL "http://127.0.0.1:8188"
#define COMFYUI_HISTORY "h:"

enum {
        COMFYUI_KEY_MAX = 24,   /* "sent-3" */
        COMFYUI_NAME_MAX = 512, /* of a file as the server calls it, with its folder */
};

/* The member of `prepared` with the name that reference i has at the server. */
void comfyui_sent_key(size_t i, char ret[static COMFYUI_KEY_MAX]);
/* The first reference that is not sent yet; their number when all are. */
size_t comfyui_next_reference(const ProviderJob *job, const Json *prepared);
/* The id in a handle; NULL when it is none. */
const char *comfyui_id(const char *handle);

int comfyui_build_prepare(const ProviderJob *job, ProviderCall *ret, Err *err);
int comfyui_parse_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                          ProviderResult *ret, Err *err);
int comfyui_build(const ProviderJob *job, ProviderCall *ret, Err *err);
int comfyui_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int comfyui_build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int comfyui_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                        Err *err);
int comfyui_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                  Err *err);
int comfyui_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                       ProviderResult *ret, Err *err);
