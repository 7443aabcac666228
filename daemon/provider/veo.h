/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of the veo driver: driver_veo.c (the table), veo_build.c (requests), veo_parse.c
 * (answers). */

#include "provider/google.h"

enum {
        VEO_SECONDS_MIN = 4,
        VEO_SECONDS_MAX = 8,
        VEO_REFERENCES_MAX = 3,
};

int veo_build(const ProviderJob *job, ProviderCall *ret, Err *err);
int veo_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
int veo_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret, Err *err);
int veo_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err);
int veo_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                   ProviderResult *ret, Err *err);

/* The model in the name of an operation, "models/M/operations/ID" or "projects/P/locations/L/
 * publishers/google/models/M/operations/ID"; -EINVAL when it is neither, or not one of the form. */
int veo_split_handle(const char *handle, GoogleForm form,
                     char ret_model[static GOOGLE_NAME_MAX + 1]);
