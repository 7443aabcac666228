/* SPDX-License-Identifier: MIT */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "media/sandbox.h"
#include "media/sandbox_internal.h"

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define FOREIGN_CALLS 0x40000000 /* the x32 table: the same calls under other numbers */
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define FOREIGN_CALLS 0x40000000 /* none; never reached */
#endif

#ifdef NATIVE_ARCH

#ifndef SYS_fchmodat2 /* newer than our headers, and perhaps not than our kernel */
#define SYS_fchmodat2 452
#endif

#define DENY(name)                                                                                 \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                     \
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

/* Allowed on the process `pid` alone, the call's first argument. Ends the filter either way. */
#define ONLY_ON(name, pid)                                                                         \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4),                                     \
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),           \
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, pid, 1, 0),                                    \
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),                              \
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* A list of what is forbidden, not of what is allowed: the libraries and libc are the system's and
 * change under us. What an attacker wants first is here: network, programs, other processes,
 * kernel surface; and what changes a file by its name, which Landlock leaves alone (truncate() only
 * since its third version): the library belongs to the same user. */
static const struct sock_filter forbidden[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN_CALLS, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        DENY(socket),
        DENY(connect),
        DENY(bind),
        DENY(listen),
        DENY(accept),
        DENY(accept4),
        DENY(process_vm_readv),
        DENY(process_vm_writev),
        DENY(kcmp),
        DENY(pidfd_getfd),
        DENY(pidfd_open),
        DENY(bpf),
        DENY(perf_event_open),
        DENY(userfaultfd),
        DENY(io_uring_setup),
        DENY(keyctl),
        DENY(add_key),
        DENY(request_key),
        DENY(mount),
        DENY(umount2),
        DENY(pivot_root),
        DENY(chroot),
        DENY(unshare),
        DENY(setns),
        DENY(open_by_handle_at),
        DENY(shmget),
        DENY(msgget),
        DENY(semget),
        DENY(truncate),
        DENY(fchmodat),
        DENY(fchmodat2),
        DENY(fchownat),
        DENY(setxattr),
        DENY(lsetxattr),
        DENY(removexattr),
        DENY(lremovexattr),
#ifdef SYS_chmod
        DENY(chmod),
        DENY(chown),
        DENY(lchown),
#endif
        DENY(tkill),
        DENY(rt_sigqueueinfo),
        DENY(rt_tgsigqueueinfo),
        DENY(pidfd_send_signal),
        DENY(setpriority),
        DENY(ioprio_set),
        DENY(fanotify_init),
#if !SANDBOX_SANITIZED
        DENY(socketpair),
        DENY(execve),
        DENY(execveat),
        DENY(ptrace),
        DENY(kill),
#ifdef SYS_fork
        DENY(fork),
        DENY(vfork),
#endif
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static void add_filter(const struct sock_filter *filter, size_t n) {
        struct sock_fprog program = {.len = (unsigned short) n,
                                     .filter = (struct sock_filter *) filter};

        (void) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

void sandbox_restrict_calls(void) {
        /* What we do to ourselves, and must not to others. */
        const struct sock_filter own[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                ONLY_ON(prlimit64, 0), /* setrlimit() */
#if !SANDBOX_SANITIZED
                ONLY_ON(tgkill, (uint32_t) getpid()), /* abort() */
#endif
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };

        add_filter(own, ARRAY_LEN(own));
        add_filter(forbidden, ARRAY_LEN(forbidden));
}

#else

void sandbox_restrict_calls(void) {
}

#endif
