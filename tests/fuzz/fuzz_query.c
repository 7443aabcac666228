/* SPDX-License-Identifier: MIT */

/* Any bytes as a query: no crash, no leak; a mistake has a sentence and a place within the text,
 * and what is read is walked. The first byte decides what the rest is: terms, or an option. */

#include "core/library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int see(const AlField *field, const char *key, const char *value, bool negated,
               void *userdata) {
        size_t *n = userdata;

        (void) field;
        (void) negated;
        assert(key[0] && value[0]);
        (*n)++;
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const keys[] = {NULL, "not", "tag", "width", "created", "fits", "brand"};
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        _cleanup_(freep) char *text = NULL;
        AlFault fault = {0};
        AlFilterText part;
        Err err = {0};
        size_t n = 0;
        int r;

        if (size == 0)
                return 0;
        text = strndup((const char *) data + 1, size - 1);
        assert(text);
        part = (AlFilterText){.key = keys[data[0] % ARRAY_LEN(keys)], .text = text};
        r = al_filter_parse(NULL, &part, 1, INT64_C(1795399200000), &f, &fault, &err);
        if (r < 0) {
                assert(!f && err.code == r && err.text[0]);
                assert(fault.part == 0 && fault.at <= strlen(text));
                return 0;
        }
        r = al_filter_each(f, see, &n);
        assert(r == 0 && n <= FILTER_VALUES_MAX);
        return 0;
}
