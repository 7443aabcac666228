/* SPDX-License-Identifier: MIT */

/* Writers of one database queue. */

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "db/db_fixture.h"
#include "support/test.h"

/* A connection that queues with the others, at a directory of its own opening. */
static Db *queueing(const char *path, int *ret_fd) {
        Db *db = fixture_open(path, DB_WRITE, &two_steps);

        *ret_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(*ret_fd >= 0);
        db_take_turns(db, *ret_fd);
        return db;
}

/* Until another one than `fd` stands in the queue. */
static void wait_for_another(int fd) {
        struct flock any = {.l_type = F_UNLCK};

        while (any.l_type == F_UNLCK) {
                any = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
                CHECK_INT(fcntl(fd, F_OFD_GETLK, &any), 0);
                (void) sched_yield();
        }
}

/* The first place for good, as anybody may who can read the directory. */
static void sit_in(int fd) {
        struct flock first = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};

        CHECK_INT(fcntl(fd, F_OFD_SETLK, &first), 0);
}

/* Once it is told, waits for its turn, writes row 2 behind row 1, and dies in its second transaction. */
static _noreturn_ void second_writer(const char *path, int told) {
        char word;
        int fd;
        Db *db;

        CHECK_INT(read(told, &word, 1), 1);
        db = queueing(path, &fd);
        CHECK_INT(db_begin(db, NULL), 0);
        CHECK_INT(fixture_count(db), 1);
        fixture_insert(db, 2, "second");
        CHECK_INT(db_commit(db, NULL), 0);
        CHECK_INT(db_begin(db, NULL), 0);
        fixture_insert(db, 4, "of the dead");
        _exit(0);
}

TEST(writers_take_turns_in_the_order_they_came) {
        _cleanup_(freep) char *path = test_path("turns.db");
        _cleanup_(closep) int one_fd = -1, two_fd = -1;
        _cleanup_(db_closep) Db *one = NULL, *two = NULL;
        int status, told[2];
        Err err = {0};
        pid_t pid;

        (void) db_close(fixture_open(path, DB_CREATE, &two_steps));
        CHECK_INT(pipe2(told, O_CLOEXEC), 0);
        pid = fork(); /* before anything is open: SQLite does not survive a fork */
        CHECK(pid >= 0);
        if (pid == 0)
                second_writer(path, told[0]);
        one = queueing(path, &one_fd);
        two = queueing(path, &two_fd);
        CHECK_INT(db_begin(one, NULL), 0);
        fixture_insert(one, 1, "first");
        db_set_busy_timeout(two, 0);
        CHECK_INT(db_begin(two, &err), -EBUSY); /* and leaves the queue */
        CHECK(!db_in_transaction(two));
        CHECK_INT(write(told[1], "x", 1), 1);
        wait_for_another(one_fd);
        CHECK_INT(db_commit(one, NULL), 0);
        CHECK_INT(db_begin(one, NULL), 0); /* at once, yet behind who waits */
        CHECK_INT(fixture_count(one), 2);
        fixture_insert(one, 3, "third");
        CHECK_INT(db_commit(one, NULL), 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_INT(status, 0);
        CHECK_INT(db_begin(two, &err), 0); /* the kernel dropped the place of the dead */
        CHECK_INT(fixture_count(two), 3);
        db_rollback(two);
        sit_in(one_fd);
        CHECK_INT(db_begin(two, &err),
                  0); /* who only sits in the queue keeps nobody from writing */
        db_rollback(two);
        (void) close(told[0]);
        (void) close(told[1]);
}
