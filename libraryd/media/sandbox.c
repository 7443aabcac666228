/* SPDX-License-Identifier: MIT */

#include "media/sandbox.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "media/info.h"
#include "media/sandbox_internal.h"

/* One decoded picture at 8 bytes a pixel, its copy for drawing at 4, and room for the libraries. */
static const rlim_t memory_max = (rlim_t) MEDIA_PIXELS_MAX * 12 + (rlim_t) 1024 * 1024 * 1024;
/* The largest PNG we draw is far below; a runaway stays bounded. */
static const rlim_t file_max = (rlim_t) MEDIA_PIXELS_MAX * 4;

static int limit(int what, rlim_t value, Err *err) {
        struct rlimit l;

        if (getrlimit(what, &l) < 0)
                return err_errno(err, -errno, "cannot read a resource limit");
        l.rlim_cur = MIN_OF(value, l.rlim_max);
        l.rlim_max = l.rlim_cur;
        if (setrlimit(what, &l) < 0)
                return err_errno(err, -errno, "cannot set a resource limit");
        return 0;
}

int sandbox_enter(Err *err) {
        int r;

        r = limit(RLIMIT_CORE, 0, err);
        if (r >= 0)
                r = limit(RLIMIT_FSIZE, file_max, err);
        if (r >= 0)
                r = limit(RLIMIT_NOFILE, SANDBOX_FILES_MAX, err);
        if (r >= 0 && !SANDBOX_SANITIZED)
                r = limit(RLIMIT_AS, memory_max, err);
        if (r < 0)
                return r;
        (void) signal(SIGXFSZ, SIG_IGN); /* -EFBIG from write() instead */
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return err_errno(err, -errno, "cannot give up new privileges");
        sandbox_restrict_files();
        sandbox_restrict_calls();
        return 0;
}

void sandbox_begin_task(void) {
        struct rlimit l;
        struct rusage used;

        if (getrusage(RUSAGE_SELF, &used) < 0 || getrlimit(RLIMIT_CPU, &l) < 0)
                return; /* the client's timeout stands */
        l.rlim_cur = (rlim_t) (used.ru_utime.tv_sec + used.ru_stime.tv_sec) + SANDBOX_CPU_SECONDS;
        l.rlim_cur = MIN_OF(l.rlim_cur, l.rlim_max);
        (void) setrlimit(RLIMIT_CPU, &l);
}
