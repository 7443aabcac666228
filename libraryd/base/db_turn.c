/* SPDX-License-Identifier: MIT */

/*
 * Writers take turns in the order they came.
 *
 * SQLite's own way is to ask again after a while that grows: who has just written and wants to write
 * again is nearly always quicker than who has waited longest, and some wait for seconds. So a writer
 * first puts a lock on one byte of a file all writers have open. Which byte is the monotonic clock's
 * nanosecond: the locks below it are those of who came earlier, and it is its turn when there are none.
 * It keeps the lock until its transaction ends. The kernel drops the locks of who dies.
 *
 * It is a courtesy: what keeps two writers apart is SQLite's lock. Where the file system has no such
 * locks, or a writer knows nothing of the queue, or somebody who may only read sits in it, things are
 * as without: nobody waits here for longer than a second, or than for the database itself.
 */

#include "base/db_private.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>

enum {
        TURN_TRIES = 8,       /* for a byte of one's own */
        TURN_NEXT_NS = 50000, /* between two looks of who is next; a short commit takes 400 us */
        TURN_LATER_NS = 500000,
        TURN_TRUST_MS = 1000, /* then SQLite alone decides */
};

static int64_t clock_ns(void) {
        struct timespec t;

        return clock_gettime(CLOCK_MONOTONIC, &t) < 0 ? 0
                                                      : t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Shared locks, since those may be had of a directory; to ask for an exclusive one finds them. */
static struct flock bytes(short type, int64_t from, int64_t n) {
        return (struct flock){
                .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t) from, .l_len = (off_t) n};
}

/* 0: there is no queue to stand in. */
static int64_t draw_ticket(int fd) {
        for (int i = 0; i < TURN_TRIES; i++) {
                int64_t ticket = clock_ns();
                struct flock mine = bytes(F_RDLCK, ticket, 1);
                struct flock other = bytes(F_WRLCK, ticket, 1);

                if (ticket == 0 || fcntl(fd, F_OFD_GETLK, &other) < 0)
                        return 0;
                if (other.l_type != F_UNLCK)
                        continue;
                return fcntl(fd, F_OFD_SETLK, &mine) < 0 ? 0 : ticket;
        }
        return 0;
}

/* Somebody's place within; -1: nobody's. */
static int64_t find(int fd, int64_t from, int64_t to) {
        struct flock f = bytes(F_WRLCK, from, to - from);

        if (from >= to || fcntl(fd, F_OFD_GETLK, &f) < 0 || f.l_type == F_UNLCK)
                return -1;
        return (int64_t) f.l_start;
}

/* How long to wait before looking again; 0: all who came earlier are gone. */
static long wait_ns(int fd, int64_t ticket) {
        int64_t other = find(fd, 0, ticket);

        if (other < 0)
                return 0;
        if (find(fd, 0, other) < 0 && find(fd, other + 1, ticket) < 0)
                return TURN_NEXT_NS;
        return TURN_LATER_NS;
}

void db_turn_wait(Db *db) {
        struct timespec wait = {0};
        int64_t until;

        if (db->turn_fd < 0)
                return;
        until = clock_ns() + MIN_OF(db->busy_timeout_ms, TURN_TRUST_MS) * INT64_C(1000000);
        db->ticket = draw_ticket(db->turn_fd);
        if (db->ticket == 0)
                return;
        while ((wait.tv_nsec = wait_ns(db->turn_fd, db->ticket)) > 0 && clock_ns() < until)
                (void) ppoll(NULL, 0, &wait, NULL);
}

void db_turn_end(Db *db) {
        struct flock mine = bytes(F_UNLCK, db->ticket, 1);

        if (db->ticket == 0)
                return;
        (void) fcntl(db->turn_fd, F_OFD_SETLK, &mine);
        db->ticket = 0;
}

void db_take_turns(Db *db, int fd) {
        assert(db && fd >= 0);
        db->turn_fd = fd;
}
