/* SPDX-License-Identifier: MIT */
#pragma once

/* What is known about an asset, as sections for people. */

#include <stdio.h>

#include "base/json.h"

/* Prints the description al_asset_describe() gives: plain members first, then a section for each
 * object and list. Nothing in it is left out, so what the library learns to tell shows here by
 * itself. -errno when printing failed. */
int asset_text_print(FILE *f, const Json *asset);
