/* SPDX-License-Identifier: MIT */
#pragma once

/* The drawing instructions as a struct: checked, with every colour filled in. Text is borrowed from
 * the JSON. */

#include "base/json.h"
#include "media/colour.h"
#include "media/draw.h"

typedef struct AdSpec {
        int width, height;
        const char *headline;
        const char *subline, *cta, *brand_name; /* NULL = none */
        bool has_logo, has_photo;
        Colour primary, accent, ink, background;
        const char *layout; /* NULL = auto */
        uint64_t seed;
} AdSpec;

/* -EINVAL with the member's name and what it should be. */
int spec_parse(const Json *instructions, AdSpec *ret, Err *err);
