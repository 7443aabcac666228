/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Makes the n-th call of chosen functions fail. Name them in pregen_test(... WRAP ...):
 * ${FAULT_ALLOC} for memory, or any of write fsync renameat openat64 sqlite3_step. One countdown
 * counts all of them together. The wish reaches our own objects only, not shared libraries.
 *
 *      for (unsigned n = 1;; n++) {
 *              fault_arm(n, ENOMEM);
 *              r = thing();
 *              if (!fault_disarm())
 *                      break;                  // everything was tried; r must be good
 *              CHECK_INT(r, -ENOMEM);          // and nothing may have been lost
 *      }
 */

#include <stdbool.h>

/* The nth call from now (1 = the next) fails with errno `code`; sqlite3_step fails with
 * SQLITE_FULL. It fails once; later calls work. */
void fault_arm(unsigned nth, int code);
/* From the nth call on, every one fails, as after a crash or on a full disk. */
void fault_arm_from(unsigned nth, int code);
/* No more faults; says whether one came. */
bool fault_disarm(void);
/* No faults between the two: to look at what is there while a fault may still be to come. */
unsigned fault_pause(void);
void fault_resume(unsigned left);
/* For hooks of a test's own: counts one call; true (with errno set) when it must fail. */
bool fault_now(void);
