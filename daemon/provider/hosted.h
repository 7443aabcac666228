/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the drivers of hosts share: services that run any model, whose input is the model's own. The
 * usual fields have parameters; the rest goes through `input`, as JSON. What comes out is looked
 * through for addresses.
 */

#include "provider/driver.h"

enum {
        HOSTED_N_PARAMS = 8,
};
extern const ParamSpec hosted_params[HOSTED_N_PARAMS];

/* How a host's models usually call their fields. */
typedef struct HostedStyle {
        const char *reference, *references; /* field for one reference, and for several */
        bool seconds_as_text;               /* "duration": "5" */
} HostedStyle;

enum {
        HOSTED_REFERENCES_MAX = 16,
        HOSTED_SECONDS_MAX = 600,
};

/* "owner/name", or with further parts (a path of an app), or "owner/name:version": plain words
 * between the slashes. -EINVAL with a sentence. */
int hosted_check_model(const ProviderJob *job, bool versioned, Err *err) _must_check_;
/* The model's input. -EINVAL with a sentence, -ENOMEM. */
int hosted_input(const ProviderJob *job, const HostedStyle *style, Json **ret,
                 Err *err) _must_check_;
/* Adds the addresses in `output` to ret, at most as many as wanted, and says whether that makes the
 * result made or broken. -ENOMEM. */
int hosted_take_output(const ProviderJob *job, const Json *output,
                       ProviderResult *ret) _must_check_;
