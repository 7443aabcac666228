/* SPDX-License-Identifier: MIT */
#pragma once

/* Text as a terminal sees it: characters, columns, what is safe to show. UTF-8; no locale. */

#include "base/out.h"

/* The character at s and its length in bytes in *ret_n. A byte that starts no valid sequence gives
 * -1 and length 1. s must not be at its end. */
int32_t text_char(const char *s, size_t *ret_n);
/* Columns of one character: 0 for combining ones, 2 for wide ones. */
int text_char_width(int32_t c);
/* s cut to at most `columns` columns, with an ellipsis when something was cut. Caller frees. */
char *text_cut(const char *s, int columns);
