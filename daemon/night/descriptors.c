/* SPDX-License-Identifier: MIT */

#include "night/descriptors.h"

#include <inttypes.h>

#include "base/macro.h"
#include "night/state.h"

enum {
        OURS = 64,     /* library, loop, workers, log, and what comes and goes */
        AN_ANSWER = 2, /* one that is verified and placed: its file, and once more at the worker */
        RESERVE = OURS + ANSWERS_MAX * AN_ANSWER,
        A_CALL = 3,    /* its socket, one that is being closed, and its file */
        MANY = 300000, /* as good as any number */
};

_Static_assert(DESCRIPTORS_MIN >= RESERVE + A_CALL, "a call would not fit");

int descriptors_raise(struct rlimit *ret_was, int64_t *ret_calls, Err *err) {
        struct rlimit l;

        assert(ret_was && ret_calls);
        if (getrlimit(RLIMIT_NOFILE, &l) < 0)
                return err_errno(err, -errno, "cannot read the limit of open files");
        if (l.rlim_max < DESCRIPTORS_MIN)
                return err_set(err, -EMFILE,
                               "only %" PRIu64
                               " files may be open, and a night needs %d: raise the "
                               "limit ('ulimit -n', or LimitNOFILE= of the unit)",
                               (uint64_t) l.rlim_max, DESCRIPTORS_MIN);
        *ret_was = l;
        l.rlim_cur = l.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &l) < 0)
                return err_errno(err, -errno, "cannot raise the limit of open files");
        *ret_calls = ((int64_t) MIN_OF(l.rlim_cur, (rlim_t) MANY) - RESERVE) / A_CALL;
        return 0;
}

void descriptors_restore(const struct rlimit *was) {
        assert(was);
        (void) setrlimit(RLIMIT_NOFILE, was); /* back to where it was always works */
}

int descriptors_lower(void) {
        struct rlimit l;

        if (getrlimit(RLIMIT_NOFILE, &l) < 0)
                return -errno;
        l.rlim_cur = MIN_OF(l.rlim_cur, (rlim_t) DESCRIPTORS_USUAL);
        return setrlimit(RLIMIT_NOFILE, &l) < 0 ? -errno : 0;
}
