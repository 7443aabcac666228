/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `{{brand.x}}`, `{{hook.x}}`, `{{axis}}` in prompts, params and references. Pure. An unknown
 * variable is an error at check and at render, never an empty string. `{{{{` stands for a literal
 * `{{`. Blanks inside the braces are allowed.
 */

#include "base/strbuf.h"
#include "recipe/config.h"

typedef struct TemplateScope {
        const Vars *brand, *hook;
        const AlAxis *axes; /* of the cell */
        size_t n_axes;
        uint64_t seed; /* picks from list variables */
} TemplateScope;

/* Renders into `out`. On an unknown variable -ENOENT with a sentence and the nearest name,
 * *ret_offset = byte offset of its `{{` in `text`. */
int template_render(const char *text, const TemplateScope *scope, StrBuf *out, size_t *ret_offset,
                    Err *err);

/* The same with the longest value of every list variable: no seed renders to more bytes. For worst
 * cases. */
int template_render_widest(const char *text, const TemplateScope *scope, StrBuf *out,
                           size_t *ret_offset, Err *err);

/* Calls fn for each variable name in text ("brand.style") with the offset of its braces; -EINVAL
 * with an offset on bad syntax. */
typedef int (*TemplateVarFn)(const char *name, size_t offset, void *userdata);
int template_scan(const char *text, TemplateVarFn fn, void *userdata, size_t *ret_offset, Err *err);
