/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What models.yaml says of a model: what it makes, which parameters it takes and within which
 * limits, how long a prompt and how many references it bears, and when it ends. What is not said is
 * not checked: the provider has the last word then. Owned by the Config, like every string in it.
 */

#include "core/library.h"
#include "provider/provider.h"

/* Where a value stood in its file, kept with every value that may turn out wrong later. */
typedef struct Place {
        const char *file;
        int line, column;
} Place;

typedef enum LimitScope {
        LIMIT_ALWAYS,
        LIMIT_WITH_REFERENCES,
        LIMIT_WITHOUT_REFERENCES
} LimitScope;

/* What one parameter may be. Neither words nor bounds: the model does not take it. */
typedef struct ModelLimit {
        const char *param;
        LimitScope scope;
        const char **words; /* one of these */
        size_t n_words;
        bool bounded;                             /* what follows; 0 = not said */
        int64_t min, max;                         /* of a number */
        int64_t multiple_of, max_edge, max_ratio; /* of a size: both sides, the longer one, and the
                                                      longer one by the shorter */
        int64_t min_pixels, max_pixels;
} ModelLimit;

typedef struct Model {
        const char *driver, *model;
        unsigned kinds; /* bits of AssetKind; 0 = not said */
        ModelLimit *limits;
        size_t n_limits;
        const char **needs; /* parameters it cannot do without */
        size_t n_needs;
        int64_t prompt_max;                     /* characters, as UTF-16 counts; 0 = not said */
        int64_t references_min, references_max; /* max -1 = not said */
        int64_t shutdown_ms;                    /* 0 = none announced */
        const char *replacement;                /* NULL = none named */
        int64_t as_of_ms;
        const char *source;
        Place place;
} Model;

/* Whether the model takes this value of a parameter, for a job with so many references. -EINVAL
 * with a sentence that names what it takes. The text is right by the driver's table. */
int model_takes(const Model *model, const ParamSpec *spec, const char *text, size_t n_references,
                Err *err) _must_check_;
/* Whether it takes the parameter at all. */
bool model_has_param(const Model *model, const char *param, size_t n_references);
/* -EINVAL with a sentence when the prompt is longer than the model takes. */
int model_takes_prompt(const Model *model, const char *prompt, Err *err) _must_check_;
