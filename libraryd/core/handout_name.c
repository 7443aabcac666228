/* SPDX-License-Identifier: MIT */

/* Readable file names from axes that may say anything. */

#include <stdio.h>

#include "core/asset.h"
#include "core/handout.h"
#include "core/object.h"

enum {
        PART_MAX = 32, /* bytes of an axis in a name */
        SLOTS_MIN = 64,
};

static_assert(3 * (PART_MAX + 1) + ASSET_UID_LEN + 1 + OBJECT_EXT_MAX < AL_HAND_NAME_MAX,
              "the longest name fits");

/* Letters in lower case, digits and inner dots stay; anything else becomes one '-', none at an end.
 * The underscore parts the parts, so that it is replaced as well. "x" for what leaves nothing. */
static void part_of(const char *value, char ret[static PART_MAX + 1]) {
        size_t n = 0;

        for (const char *p = value; *p && n < PART_MAX; p++) {
                char c = *p;

                if (c >= 'A' && c <= 'Z')
                        c = (char) (c - 'A' + 'a');
                if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.')
                        c = '-';
                if ((c == '-' || c == '.') && (n == 0 || ret[n - 1] == '-' || ret[n - 1] == '.'))
                        continue;
                ret[n++] = c;
        }
        while (n > 0 && (ret[n - 1] == '-' || ret[n - 1] == '.'))
                n--;
        if (n == 0)
                ret[n++] = 'x';
        ret[n] = 0;
}

/* What tells assets of one brand and hook apart at a glance. */
static const char *third_of(const AlAsset *a) {
        const Json *format = json_get(a->tags, "format");
        const char *text = json_text(json_is_array(format) ? json_at(format, 0) : format);

        return text ? text : a->category;
}

bool handout_name(const AlAsset *a, unsigned i, char name[static AL_HAND_NAME_MAX]) {
        static const int id_lengths[] = {4, 6, 8, ASSET_UID_LEN};
        char brand[PART_MAX + 1], hook[PART_MAX + 1], third[PART_MAX + 1];
        const char *ext;

        assert(a);
        if (i >= ARRAY_LEN(id_lengths))
                return false;
        part_of(a->brand, brand);
        part_of(a->hook, hook);
        part_of(third_of(a), third);
        ext = strrchr(a->path, '.'); /* checked when the path was put together */
        (void) snprintf(name, AL_HAND_NAME_MAX, "%s_%s_%s_%.*s%s", brand, hook, third,
                        id_lengths[i], a->id, ext ? ext : "");
        return true;
}

void names_done(NameSet *set) {
        assert(set);
        for (size_t i = 0; i < set->allocated; i++)
                free(set->slots[i]);
        free(set->slots);
        *set = (NameSet){0};
}

/* FNV-1a */
static uint64_t hash_of(const char *name) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (; *name; name++)
                h = (h ^ (unsigned char) *name) * UINT64_C(0x100000001b3);
        return h;
}

/* The slot that has the name, or the free one where it belongs. */
static size_t slot_of(char *const *slots, size_t allocated, const char *name) {
        size_t i = (size_t) hash_of(name) & (allocated - 1);

        while (slots[i] && !streq(slots[i], name))
                i = (i + 1) & (allocated - 1);
        return i;
}

bool names_has(const NameSet *set, const char *name) {
        assert(set && name);
        return set->n > 0 && set->slots[slot_of(set->slots, set->allocated, name)];
}

static int names_grow(NameSet *set) {
        size_t allocated = set->allocated > 0 ? 2 * set->allocated : SLOTS_MIN;
        char **slots = calloc(allocated, sizeof *slots);

        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < set->allocated; i++)
                if (set->slots[i])
                        slots[slot_of(slots, allocated, set->slots[i])] = set->slots[i];
        free(set->slots);
        set->slots = slots;
        set->allocated = allocated;
        return 0;
}

int names_add(NameSet *set, const char *name) {
        char *copy;

        assert(set && name);
        if (2 * set->n >= set->allocated && names_grow(set) < 0)
                return -ENOMEM;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        set->slots[slot_of(set->slots, set->allocated, name)] = copy;
        set->n++;
        return 0;
}
