/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the settings table share among themselves. */

#include "recipe/tables.h"

/* A provider while its file is read: with places of values that are checked together. */
typedef struct ProviderDraft {
        ProviderConfig provider;
        const Node *driver;
} ProviderDraft;

extern const Schema provider_schema;

/* Of an AlKeeping. */
extern const Schema duplicates_schema;
extern const Schema retention_schema;

/* What a provider's driver asks for beyond the table: base URL, credential. */
void provider_check(Reader *r, ProviderDraft *draft);

/* The name of a time zone this machine knows, copied; NULL with a problem reported. */
const char *time_zone_read(Reader *r, const Node *node);

/* -EINVAL with a sentence that never repeats the URL (it may hold a key): https, or http to this
 * machine; no user, query or fragment. */
int base_url_check(const char *url, Err *err);
