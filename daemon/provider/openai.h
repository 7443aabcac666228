/* SPDX-License-Identifier: MIT */
#pragma once

/* What the drivers of OpenAI's API share: its errors, and the servers that speak a part of it. */

#include "provider/driver.h"

#define OPENAI_BASE_URL "https://api.openai.com/v1"

/* Who is spoken to: OpenAI itself, or a server that is compatible with its older and plainer
 * requests (the words of the parameter `dialect`). */
extern const char *const openai_dialects[];
bool openai_is_compatible(const Json *params);

/* The body of an answer, parsed; model and id of it go to ret. An error, be it in the status or in a
 * 2xx, is a result already: returns 1. 0 with the body (an object) when there is something to read.
 * -ENOMEM. */
int openai_open(const ProviderJob *job, const ProviderReply *reply, Json **ret_body,
                ProviderResult *ret) _must_check_;

/* The list of models; see Driver. */
int openai_build_models(const char *base_url, const char *page, ProviderCall *ret, Err *err);
int openai_parse_models(const ProviderReply *reply, ModelList *list, Err *err);
