/* SPDX-License-Identifier: MIT */
#pragma once

/* Reading of multipart forms. */

#include "wire.h"

enum {
        FORM_HEAD_MAX = 1024,
        FORM_BOUNDARY_MAX = 128,
        FORM_NAME_MAX = 64,
        FORM_FILE_NAME_MAX = 256,
};

typedef struct FormPart {
        char name[FORM_NAME_MAX], file_name[FORM_FILE_NAME_MAX], media_type[FORM_NAME_MAX];
        bool is_file;
        const char *data; /* borrowed, not terminated */
        size_t n;
} FormPart;

typedef void (*FormPartFn)(const FormPart *part, void *userdata);
/* Every part in its order; false when the body is no whole form. */
bool form_read(const Request *request, FormPartFn each, void *userdata);
