/* SPDX-License-Identifier: MIT */

#include "night/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "base/cli.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"

struct Progress {
        Night *night;
        bool live;
        bool drawn;
        uint64_t last_us;
};

static Micros spent(Night *n) {
        char run[24];
        Micros m = 0;

        (void) snprintf(run, sizeof run, "%" PRId64, n->run);
        return al_spent(n->lib, "", AL_PERIOD_RUN, run, &m, NULL) < 0 ? 0 : m;
}

/* By the pace so far: seconds a finished job times what is left. 0 while nothing is known. */
static int64_t left_ms(const Night *n) {
        int64_t over = n->made + n->blocked + n->failed + n->unknown;
        int64_t rest = n->queued + n->held + n->active;
        int64_t elapsed = (int64_t) (clock_mono_us(n->clock) - n->begun_us) / 1000;

        return over > 0 ? elapsed * rest / over : 0;
}

/* " (gemini 12, veo 3)", when there is more than one to tell apart. */
static void add_lanes(const Night *n, StrBuf *b) {
        size_t shown = 0, busy = 0;

        for (size_t i = 0; i < n->n_lanes; i++)
                busy += n->lanes[i].in_flight > 0;
        for (size_t i = 0; busy > 1 && i < n->n_lanes; i++)
                if (n->lanes[i].in_flight > 0)
                        (void) strbuf_printf(b, "%s%s %" PRId64, shown++ ? ", " : " (",
                                             n->lanes[i].config->name, n->lanes[i].in_flight);
        if (shown > 0)
                (void) strbuf_puts(b, ")");
}

void progress_text(Night *n, char ret[static PROGRESS_TEXT_MAX]) {
        StrBuf b = STRBUF_INIT(PROGRESS_TEXT_MAX);
        char money[MONEY_TEXT_MAX], cap[MONEY_TEXT_MAX], eta[TIME_TEXT_MAX];
        int64_t left = left_ms(n);

        (void) strbuf_printf(&b, "%" PRId64 "/%" PRId64 " made, %" PRId64 " in flight", n->made,
                             n->jobs, n->active);
        add_lanes(n, &b);
        if (n->blocked > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " blocked", n->blocked);
        if (n->failed > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " failed", n->failed);
        if (n->unknown > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " unknown", n->unknown);
        money_format(spent(n), money);
        (void) strbuf_printf(&b, ", %s", money);
        if (n->plan && n->plan->budget_left >= 0) {
                money_format(n->plan->budget_left, cap);
                (void) strbuf_printf(&b, " of %s", cap);
        }
        if (left > 0) {
                duration_format(left, eta);
                (void) strbuf_printf(&b, ", %s left", eta);
        }
        (void) snprintf(ret, PROGRESS_TEXT_MAX, "%s", strbuf_text(&b));
        strbuf_done(&b);
}

static void wipe(void *userdata) {
        Progress *p = userdata;

        if (p->drawn)
                (void) fputs("\r\033[K", stderr);
        p->drawn = false;
}

static void draw(Progress *p) {
        char text[PROGRESS_TEXT_MAX];
        int width = cli_width(STDERR_FILENO);

        progress_text(p->night, text);
        (void) sd_notifyf(0, "STATUS=%s", text);
        if (!p->live)
                return;
        (void) fprintf(stderr, "\r\033[K%.*s", width > 1 ? width - 1 : 79, text);
        (void) fflush(stderr);
        p->drawn = true;
}

void progress_due(Night *n) {
        if (!n->progress)
                return;
        n->progress->last_us = clock_mono_us(n->clock);
        draw(n->progress);
}

void progress_changed(Night *n) {
        Progress *p = n->progress;
        uint64_t now = clock_mono_us(n->clock);
        uint64_t since;

        if (!p)
                return;
        since = now - p->last_us;
        if (since >= PROGRESS_INTERVAL_MS * 1000ULL) {
                p->last_us = now;
                draw(p);
                return;
        }
        n->world->timer(n->world, WORLD_TIMER_PROGRESS, PROGRESS_INTERVAL_MS * 1000ULL - since);
}

int progress_new(Night *n, bool live, Progress **ret, Err *err) {
        Progress *p = calloc(1, sizeof *p);

        assert(n);
        assert(ret);
        if (!p)
                return err_set(err, -ENOMEM, "out of memory");
        p->night = n;
        p->live = live;
        if (live)
                log_set_hooks(wipe, NULL, p);
        *ret = p;
        return 0;
}

Progress *progress_free(Progress *p) {
        if (!p)
                return NULL;
        wipe(p);
        if (p->live)
                log_set_hooks(NULL, NULL, NULL);
        free(p);
        return NULL;
}
