/* SPDX-License-Identifier: MIT */
#pragma once

/* What the scalar types of a schema accept: shared by the walker, the JSON Schema and `config
 * show`. Only these include it. */

#include "recipe/schema.h"

/* The name of an element of a SCHEMA_NAMED map, from its key. */
void read_element_name(Reader *r, const Schema *schema, const Node *key, void *structure);
