/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "media/sandbox.h"
#include "media/sandbox_internal.h"

static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
/* All of Landlock's first version: every newer kernel knows them. */
static const uint64_t all_rights =
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE |
        LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
        LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

static void allow_reading(int ruleset, const char *path) {
        _cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC);
        struct landlock_path_beneath_attr rule = {.parent_fd = fd, .allowed_access = read_rights};

        if (fd < 0)
                return;
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0) {
                rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE; /* a file, no directory */
                (void) syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
                               0);
        }
}

static void allow_all_of(int ruleset, FcStrList *list) {
        FcChar8 *path;

        if (!list)
                return;
        for (int i = 0; i < SANDBOX_PATHS_MAX && (path = FcStrListNext(list)); i++)
                allow_reading(ruleset, (const char *) path);
        FcStrListDone(list);
}

void sandbox_restrict_files(void) {
        struct landlock_ruleset_attr attr = {.handled_access_fs = all_rights};
        _cleanup_(closep) int ruleset = -1;

        ruleset = (int) syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
        if (ruleset < 0)
                return;
        if (FcInit()) { /* else no font is named, and none can be read */
                allow_all_of(ruleset, FcConfigGetFontDirs(NULL));
                allow_all_of(ruleset, FcConfigGetConfigFiles(NULL));
                allow_all_of(ruleset, FcConfigGetConfigDirs(NULL));
                allow_all_of(ruleset, FcConfigGetCacheDirs(NULL));
        }
        if (SANDBOX_SANITIZED)
                allow_reading(ruleset, "/proc");
        (void) syscall(SYS_landlock_restrict_self, ruleset, 0);
}
