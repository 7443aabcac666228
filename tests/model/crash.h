/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A machine that can die. Every act that reaches the disk or leaves the machine is a step: writes,
 * syncs, renames, removals, of files and of the database, and requests. At a step chosen before,
 * the machine dies: from there on nothing has an effect any more (writes fail, nothing is sent),
 * while the program unwinds, so that a crash costs no process and leaves no leak behind.
 *
 * A dead process leaves what it wrote. A machine that lost its power loses what was not synced: of
 * the database any part, in any order (crash_vfs.c keeps both sides of each write); of other files
 * the end or all; a rename whose directory was not synced may be undone.
 */

#include <stdbool.h>
#include <stdint.h>

/* Begins a life; it ends at `step` (0: by itself). */
void crash_arm(uint64_t step);
bool crash_dead(void);
uint64_t crash_steps(void);
/* One act. True: the machine is dead, and it did not happen. */
bool crash_step(void);

/* The power went: takes back from below `dir` what was not synced, by chance. Call it when nothing
 * has files there open. */
void crash_lose_power(const char *dir, uint64_t (*chance)(void *), void *userdata);
/* Forgets what is not synced: it is, or its library is gone. */
void crash_settle(void);

/* Makes SQLite's default file system one whose acts are steps. */
void crash_vfs_install(void);
/* As if another program wrote all the time: who had the write lock does not get it the next time he
 * tries, within the patience of the night's loop. */
void crash_vfs_share(bool on);
void crash_vfs_lose_power(uint64_t (*chance)(void *), void *userdata);
void crash_vfs_settle(void);
