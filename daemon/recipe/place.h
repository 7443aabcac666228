/* SPDX-License-Identifier: MIT */
#pragma once

/* Lines and columns (1-based; columns count characters) in the text of a file. Pure. */

#include "recipe/node.h"

/* Where the byte `offset` stands; the end of the text when it is beyond. */
void place_of_byte(const Source *source, size_t offset, int *ret_line, int *ret_column);
/* Where the first byte stands that is no valid UTF-8, or is NUL. */
void place_of_bad_byte(const Source *source, int *ret_line, int *ret_column);
