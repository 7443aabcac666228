/* SPDX-License-Identifier: MIT */

/* Where the shipped data is. */

#include <limits.h>

#include "base/strbuf.h"
#include "recipe/config.h"

/* "BUILD/bin/pregend" belongs to a tree whose config/ is two above BUILD: build/<preset>/bin. */
static bool build_tree_dir(char ret[static PATH_MAX]) {
        static const char up[] = "/../../../config";
        char exe[PATH_MAX];
        _cleanup_(freep) char *probe = NULL;
        ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - sizeof up);
        char *slash;

        if (n <= 0)
                return false;
        exe[n] = 0;
        slash = strrchr(exe, '/');
        if (!slash)
                return false;
        memcpy(slash, up, sizeof up);
        probe = str_printf("%s/prices.yaml", exe);
        return probe && access(probe, R_OK) == 0 && realpath(exe, ret);
}

const char *config_data_dir(void) {
        static char found[PATH_MAX]; /* the same answer for the life of the process */
        const char *env = getenv("PREGEN_DATA");

        if (env && *env)
                return env;
        if (found[0] || build_tree_dir(found))
                return found;
        return PREGEN_DATA_DIR;
}
