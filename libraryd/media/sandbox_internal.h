/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of the sandbox that depend on the kernel. Both do what they can and say nothing. */

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/* Landlock: read what fontconfig names, write and execute nothing. */
void sandbox_restrict_files(void);
/* seccomp: calls a decoder never needs fail with EPERM. */
void sandbox_restrict_calls(void);
