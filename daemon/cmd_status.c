/* SPDX-License-Identifier: MIT */

/* pregend status: the run in progress or the last one, what was learned of the providers' limits,
 * and when the timer starts the next. */

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/out.h"
#include "base/parse.h"
#include "cmds.h"
#include "night/report.h"

enum {
        LOCKS_LINE_MAX = 256, /* of /proc/locks */
        LOCKS_FIELDS = 6,     /* that matter */
};

static int arg_format;

static const CliOption options[] = {
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "table|json",
         .help = "how to print it",
         .words = app_format_words},
};

const CliOption *cmd_status_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* When systemd starts the next night, in milliseconds; 0 when there is no systemd to ask, or no
 * timer. */
static int64_t next_activation_ms(void) {
        sd_bus *bus = NULL;
        uint64_t usec = 0;
        int r;

        r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = sd_bus_get_property_trivial(bus, "org.freedesktop.systemd1",
                                                "/org/freedesktop/systemd1/unit/pregend_2etimer",
                                                "org.freedesktop.systemd1.Timer",
                                                "NextElapseUSecRealtime", NULL, 't', &usec);
        (void) sd_bus_flush_close_unref(bus);
        return r < 0 || usec == UINT64_MAX ? 0 : (int64_t) (usec / 1000);
}

/* A line of /proc/locks: "3: FLOCK  ADVISORY  WRITE 4711 08:01:1234567 0 EOF". */
static bool is_lock_of(char *line, int64_t pid, ino_t inode) {
        const char *fields[LOCKS_FIELDS] = {NULL}, *number;
        char *rest = line;
        int64_t holder, of;

        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
                fields[i] = strtok_r(NULL, " ", &rest);
                if (!fields[i])
                        return false;
        }
        number = strrchr(fields[5], ':');
        return streq(fields[1], "FLOCK") && streq(fields[3], "WRITE") && number &&
               parse_int(fields[4], 1, INT64_MAX, &holder) >= 0 && holder == pid &&
               parse_int(number + 1, 0, INT64_MAX, &of) >= 0 && (ino_t) of == inode;
}

/* Whether that process holds the lock of a run, by the kernel's list: to try the lock would be in
 * the way of a run that starts just then, and the number alone is given again, soonest after a
 * reboot. */
static bool is_running(const Library *lib, int64_t pid) {
        FILE *locks = fopen("/proc/locks", "re");
        char line[LOCKS_LINE_MAX];
        struct stat st;
        bool found = false;

        if (!locks) /* hidden: the number has to do */
                return pid > 0 && (kill((pid_t) pid, 0) == 0 || errno == EPERM);
        if (fstatat(al_dir_fd(lib), "run.lock", &st, AT_SYMLINK_NOFOLLOW) == 0)
                while (!found && fgets(line, sizeof line, locks))
                        found = is_lock_of(line, pid, st.st_ino);
        (void) fclose(locks);
        return found;
}

static const char *state_of(const Library *lib, const AlRun *run) {
        if (run->ended_ms > 0)
                return "ended";
        return is_running(lib, run->pid) ? "running" : "died";
}

static int add_limit(const AlLimit *l, void *userdata) {
        Json *row = json_new_object();

        (void) json_add_str(row, "provider", l->provider);
        (void) json_add_str(row, "model", l->model);
        (void) json_add_int(row, "per_minute", (int64_t) l->per_minute);
        (void) json_add_int(row, "at_once", l->cap);
        (void) json_add_time(row, "learned", l->learned_ms);
        return json_push(userdata, row);
}

static int print_limit(const AlLimit *l, void *userdata) {
        bool *any = userdata;
        char when[TIME_TEXT_MAX], cap[32] = "";

        time_format_local(l->learned_ms, when);
        if (l->cap > 0)
                (void) snprintf(cap, sizeof cap, ", %" PRId64 " at once", l->cap);
        printf("  %-10s %s, %s: %.*f calls a minute%s (%s)\n", *any ? "" : "limits", l->provider,
               l->model, l->per_minute < 10, l->per_minute, cap, when);
        *any = true;
        return 0;
}

static int print_json(Library *lib, const AlRun *run, int64_t next_ms, Err *err) {
        Json *j = NULL, *limits;
        int r = report_json(lib, run->id, &j, err);

        if (r != AL_OK)
                return r;
        (void) json_add_str(j, "state", state_of(lib, run));
        (void) json_add_int(j, "pid", run->pid);
        (void) json_add_time(j, "next_run", next_ms);
        limits = json_add_array(j, "limits");
        r = limits ? al_limits(lib, add_limit, limits, err) : -ENOMEM;
        if (r < 0) {
                (void) json_free(j);
                return r;
        }
        return out_print_json(stdout, j);
}

static int print_people(Library *lib, const AlRun *run, int64_t next_ms, Err *err) {
        const char *state = state_of(lib, run);
        char next[TIME_TEXT_MAX];
        bool any = false;
        int r;

        if (streq(state, "running"))
                printf("running since %" PRId64 " s as process %" PRId64 "\n",
                       (clock_wall_ms(clock_system()) - run->started_ms) / 1000, run->pid);
        else if (streq(state, "died"))
                printf("the last run ended without closing its books; `pregend run` recovers what "
                       "it left\n");
        r = report_print(lib, run->id, OUT_TABLE, stdout, err);
        if (r >= 0)
                r = al_limits(lib, print_limit, &any, err);
        if (next_ms > 0) {
                time_format_local(next_ms, next);
                printf("  %-10s %s\n", "next run", next);
        }
        return r < 0 ? r : out_flush(stdout);
}

int cmd_status(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        AlRun run = {0};
        Err err = {0};
        int64_t next_ms;
        int r;

        (void) verb;
        (void) args;
        r = app_open_for_reading(&lib);
        if (r != EXIT_CODE_OK)
                return r;
        next_ms = next_activation_ms();
        r = al_run_get(lib, 0, &run, &err);
        if (r == AL_NOT_FOUND) {
                log_error("no run yet in '%s'; `pregend run` makes one", al_dir(lib));
                return EXIT_CODE_EMPTY;
        }
        if (r >= 0)
                r = arg_format ? print_json(lib, &run, next_ms, &err)
                               : print_people(lib, &run, next_ms, &err);
        return app_result(r, &err);
}
