/* SPDX-License-Identifier: MIT */
#pragma once

/* A logo or a photo as a cairo surface. */

#include <cairo.h>

#include "base/err.h"

/* Decodes a still PNG, JPEG or WebP; caller destroys the surface. Errors as still_decode(). */
int picture_load(int fd, cairo_surface_t **ret, Err *err);

static inline void surface_freep(cairo_surface_t **s) {
        if (*s)
                cairo_surface_destroy(*s);
}
