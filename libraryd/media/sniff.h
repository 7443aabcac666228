/* SPDX-License-Identifier: MIT */
#pragma once

/* What a file is, by its first bytes alone. Nothing else (name, claimed type) is ever believed.
 * Pure. */

#include "base/macro.h"

typedef enum MediaType {
        MEDIA_UNKNOWN, /* neither picture nor video, or one we do not take (heic, bmp, ...) */
        MEDIA_PNG,
        MEDIA_JPEG,
        MEDIA_WEBP,
        MEDIA_GIF,
        MEDIA_MP4,
        MEDIA_MOV,
        MEDIA_WEBM,
        _MEDIA_TYPE_MAX,
        _MEDIA_TYPE_INVALID = -EINVAL,
} MediaType;

enum {
        SNIFF_BYTES = 64, /* enough to tell every type */
};

MediaType sniff(const uint8_t *data, size_t n);
const char *media_type_name(MediaType type); /* "image/png"; NULL for MEDIA_UNKNOWN */
const char *media_type_ext(MediaType type);  /* "png" */
bool media_type_is_video(MediaType type);
