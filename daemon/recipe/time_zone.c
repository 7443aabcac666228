/* SPDX-License-Identifier: MIT */

/* time_zone: a name of the tz database. The C library takes any text for UTC without a word, and
 * the caps of a day would end at another hour than ops think. */

#include <stdio.h>

#include "base/fs.h"
#include "recipe/settings_internal.h"

#define ZONES_DIR "/usr/share/zoneinfo"

static bool is_zone(Reader *r, const char *name) {
        const char *dir = getenv("TZDIR");
        _cleanup_(freep) char *path = path_join(dir && *dir ? dir : ZONES_DIR, name);
        char magic[4] = "";
        bool good;
        FILE *f;

        if (!path) {
                r->error = -ENOMEM;
                return true;
        }
        f = fopen(path, "re");
        if (!f)
                return false;
        good = fread(magic, sizeof magic, 1, f) == 1 && memcmp(magic, "TZif", 4) == 0;
        (void) fclose(f);
        return good;
}

const char *time_zone_read(Reader *r, const Node *node) {
        const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
        const char *text = schema_scalar(r, node, "a time zone");

        if (!text)
                return NULL;
        if (!*text || *text == '/' || text[strspn(text, allowed)] || !is_zone(r, text)) {
                reader_error(
                        r, node,
                        "'%s' is no time zone of this machine (as Europe/Berlin); `timedatectl "
                        "list-timezones` lists them",
                        shown(text).text);
                return NULL;
        }
        return reader_strdup(r, text);
}
