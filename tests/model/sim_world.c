/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "model/crash.h"
#include "model/sim_internal.h"
#include "support/test.h"

/* 2100-01-01T02:00:00Z: files have the times of the real clock, and none may come from the future. */
#define BEGIN_MS INT64_C(4102452000000)
#define DAY_MS INT64_C(86400000)

struct WorldTask {
        Sim *sim;
        WorldTask *next, **link;
        WorldHttpFn http;
        WorldMediaFn media;
        void *userdata;
        SimReply reply;
        int spool_dir_fd;
        char stem[64];
        ReplyPayload payload;
        int media_result;
        bool paid;
};

static Sim *sim_of(World *w) {
        return (Sim *) w;
}

uint64_t sim_random(Sim *s) {
        uint64_t z = (s->random += 0x9e3779b97f4a7c15u);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

uint64_t sim_chance(void *sim) {
        return sim_random(sim);
}

/* ---- time ---- */

static int64_t wall_ms(void *userdata) {
        return sim_wall_ms(userdata);
}

static uint64_t mono_us(void *userdata) {
        return ((const Sim *) userdata)->now_us;
}

int64_t sim_wall_ms(const Sim *s) {
        return BEGIN_MS + s->wall_offset_ms + (int64_t) (s->now_us / 1000);
}

void sim_pass(Sim *s, int64_t ms) {
        s->now_us += (uint64_t) ms * 1000;
}

/* ---- events ---- */

static bool sooner(const SimEvent *a, const SimEvent *b) {
        return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(Sim *s, uint64_t delay_us, SimEventKind kind, WorldTask *task, StoreTask *stored) {
        size_t i = s->n_events++;
        SimEvent e = {s->now_us + delay_us, s->order++, kind, task, stored};

        CHECK(i < SIM_EVENTS_MAX);
        for (; i > 0 && sooner(&e, &s->events[(i - 1) / 2]); i = (i - 1) / 2)
                s->events[i] = s->events[(i - 1) / 2];
        s->events[i] = e;
}

static SimEvent pop(Sim *s) {
        SimEvent top = s->events[0], last = s->events[--s->n_events];
        size_t i = 0;

        for (;;) {
                size_t child = 2 * i + 1;

                if (child >= s->n_events)
                        break;
                if (child + 1 < s->n_events && sooner(&s->events[child + 1], &s->events[child]))
                        child++;
                if (!sooner(&s->events[child], &last))
                        break;
                s->events[i] = s->events[child];
                i = child;
        }
        s->events[i] = last;
        return top;
}

/* A task that was freed leaves its event behind, without effect. */
static void disown(Sim *s, const WorldTask *task) {
        for (size_t i = 0; i < s->n_events; i++)
                if (s->events[i].kind == SIM_TASK && s->events[i].task == task)
                        s->events[i].kind = SIM_NOTHING;
}

/* The payload is in its spool file when the callback comes, as of the real wire. */
static bool write_payload(WorldTask *t) {
        _cleanup_(closep) int fd = -1;
        char name[80];

        if (!t->reply.payload[0])
                return true;
        (void) snprintf(name, sizeof name, "%s.0", t->stem);
        fd = fs_open_beneath(t->spool_dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        if (fd < 0 || crash_dead() ||
            fs_write_all(fd, t->reply.payload, strlen(t->reply.payload)) < 0)
                return false;
        digest_of(t->reply.payload, strlen(t->reply.payload), &t->payload.digest);
        t->payload.bytes = (int64_t) strlen(t->reply.payload);
        return true;
}

static void deliver_http(Sim *s, WorldTask *t) {
        HttpResult result = {.end = t->reply.end};
        size_t request = t->reply.request;

        if (t->paid)
                s->in_flight--;
        t->paid = false;
        if (!write_payload(t))
                return; /* the machine is dead */
        if (t->reply.end != HTTP_END_REPLY)
                (void) err_set(&result.err,
                               result.end == HTTP_END_NOT_SENT ? -EHOSTUNREACH : -ECONNRESET,
                               "the simulation says so");
        result.reply = (ProviderReply){
                .status = t->reply.status,
                .retry_after_ms = t->reply.retry_after_ms,
                .envelope = t->reply.body,
                .envelope_n = strlen(t->reply.body),
                .payloads = &t->payload,
                .n_payloads = t->reply.payload[0] ? 1 : 0,
        };
        t->http(&result, t->userdata);
        if (request > 0 && result.end == HTTP_END_REPLY && !crash_dead())
                s->requests[request - 1].taken = true;
}

static void dispatch(Sim *s, const SimEvent *e) {
        static const Err died = {.code = -ECONNRESET};
        MediaInfo info = {.media_type = "image/png", .ext = "png", .width = 8, .height = 8};

        switch (e->kind) {
        case SIM_NOTHING:
                return;
        case SIM_TASK:
                if (e->task->http)
                        deliver_http(s, e->task);
                else
                        e->task->media(e->task->media_result, &info, &died, e->task->userdata);
                return;
        case SIM_STORED:
                store_task_run(e->stored, s->lib_dir_fd);
                s->world.handler->stored(e->stored, s->world.userdata);
                return;
        case SIM_SIGNAL:
                s->world.handler->signal(SIGTERM, s->world.userdata);
                return;
        case SIM_RELOAD:
                s->world.handler->signal(SIGHUP, s->world.userdata);
                return;
        }
}

/* ---- the table ---- */

static uint64_t next_timer(const Sim *s, int *ret) {
        uint64_t at = UINT64_MAX;

        for (int i = 0; i < _WORLD_TIMER_MAX; i++)
                if (s->timers[i] < at) {
                        at = s->timers[i];
                        *ret = i;
                }
        return at;
}

static int sim_turn(World *w, Err *err) {
        Sim *s = sim_of(w);
        uint64_t event = s->n_events > 0 ? s->events[0].at_us : UINT64_MAX;
        int timer = 0;
        uint64_t alarm = next_timer(s, &timer), next = MIN_OF(event, alarm);

        if (crash_dead())
                return err_set(err, -ECANCELED, "the machine is dead");
        if (next > s->now_us)
                for (int i = 0; i < _WORLD_SOON_MAX; i++)
                        if (s->soon[i]) {
                                s->soon[i] = false;
                                w->handler->soon((WorldSoon) i, w->userdata);
                                return 0;
                        }
        if (next == UINT64_MAX)
                test_fail(__FILE__, __LINE__, "seed %llu: the night waits for nothing",
                          (unsigned long long) s->seed);
        s->now_us = MAX_OF(s->now_us, next);
        if (s->weather.jump_after_us > 0 && s->now_us > s->weather.jump_after_us) {
                s->wall_offset_ms += sim_random(s) % 2 ? DAY_MS : -DAY_MS;
                s->weather.jump_after_us = 0;
        }
        if (event <= alarm) {
                SimEvent e = pop(s);

                dispatch(s, &e);
        } else {
                s->timers[timer] = UINT64_MAX;
                w->handler->timer((WorldTimer) timer, w->userdata);
        }
        return 0;
}

static void sim_soon(World *w, WorldSoon which) {
        sim_of(w)->soon[which] = true;
}

static void sim_timer(World *w, WorldTimer which, uint64_t delay_us) {
        sim_of(w)->timers[which] =
                delay_us == UINT64_MAX ? UINT64_MAX : sim_of(w)->now_us + delay_us;
}

static WorldTask *task_new(Sim *s, void *userdata) {
        WorldTask *t = calloc(1, sizeof *t);

        CHECK(t);
        t->sim = s;
        t->userdata = userdata;
        t->next = s->tasks;
        t->link = &s->tasks;
        if (t->next)
                t->next->link = &t->next;
        s->tasks = t;
        return t;
}

static WorldTask *sim_task_free(World *w, WorldTask *t) {
        if (!t)
                return NULL;
        disown(sim_of(w), t);
        if (t->paid)
                sim_of(w)->in_flight--;
        *t->link = t->next;
        if (t->next)
                t->next->link = t->link;
        free(t);
        return NULL;
}

static int sim_send(World *w, HttpCall *call, const HttpOptions *options, WorldHttpFn done,
                    void *userdata, WorldTask **ret, Err *err) {
        Sim *s = sim_of(w);
        WorldTask *t = task_new(s, userdata);

        (void) err;
        t->http = done;
        t->spool_dir_fd = s->lib_dir_fd = options->spool_dir_fd;
        (void) snprintf(t->stem, sizeof t->stem, "%s", options->spool_stem);
        *ret = t;
        if (crash_step())
                return 0; /* nothing leaves, nothing comes */
        t->paid = call->paid;
        if (t->paid)
                s->in_flight++;
        sim_answer(s, call->url, &t->reply);
        push(s, (call->paid ? 1000000 : 50000) + sim_random(s) % 2000000, SIM_TASK, t, NULL);
        return 0;
}

static int sim_probe(World *w, int fd, WorldMediaFn done, void *userdata, WorldTask **ret,
                     Err *err) {
        Sim *s = sim_of(w);
        WorldTask *t = task_new(s, userdata);
        char head[8] = "";
        ssize_t n = pread(fd, head, sizeof head, 0);

        (void) err;
        t->media = done;
        /* The check with a good picture never kills a worker. */
        if (n >= 4 && memcmp(head, "PIC ", 4) == 0)
                t->media_result = sim_random(s) % 1000 < s->weather.worker_death ? -ECONNRESET : 0;
        else if (n < 4 || memcmp(head + 1, "PNG", 3) != 0)
                t->media_result = -EBADMSG;
        push(s, 1000 + sim_random(s) % 20000, SIM_TASK, t, NULL);
        *ret = t;
        return 0;
}

static int sim_draw(World *w, const Json *instructions, int fd, WorldMediaFn done, void *userdata,
                    WorldTask **ret, Err *err) {
        (void) w;
        (void) instructions;
        (void) fd;
        (void) done;
        (void) userdata;
        (void) ret;
        return err_set(err, -ENOSYS, "nothing is drawn here");
}

static void sim_store(World *w, StoreTask *task) {
        push(sim_of(w), 500 + sim_random(sim_of(w)) % 5000, SIM_STORED, NULL, task);
}

static int sim_free_bytes(World *w, uint64_t *ret) {
        (void) w;
        *ret = UINT64_C(1) << 50;
        return 0;
}

static World *sim_world_free(World *w) {
        Sim *s = sim_of(w);

        while (s->n_events > 0) {
                SimEvent e = pop(s);

                if (e.kind == SIM_STORED)
                        (void) store_task_free(e.stored);
        }
        while (s->tasks)
                (void) sim_task_free(w, s->tasks);
        return NULL;
}

World *sim_begin(Sim *s, const Weather *weather) {
        s->world = (World){
                .clock = &s->clock,
                .turn = sim_turn,
                .soon = sim_soon,
                .timer = sim_timer,
                .send = sim_send,
                .probe = sim_probe,
                .draw = sim_draw,
                .task_free = sim_task_free,
                .store = sim_store,
                .free_bytes = sim_free_bytes,
                .calls_max = INT64_MAX,
                .free = sim_world_free,
        };
        s->weather = *weather;
        s->begun_us = s->now_us;
        s->away = 0;
        s->life++;
        s->paid_in_life = s->in_flight = 0;
        memset(s->soon, 0, sizeof s->soon);
        for (int i = 0; i < _WORLD_TIMER_MAX; i++)
                s->timers[i] = UINT64_MAX;
        if (weather->signal_after_us > 0)
                push(s, weather->signal_after_us, SIM_SIGNAL, NULL, NULL);
        if (weather->reload_after_us > 0)
                push(s, weather->reload_after_us, SIM_RELOAD, NULL, NULL);
        if (weather->jump_after_us > 0)
                s->weather.jump_after_us += s->now_us;
        return &s->world;
}

Sim *sim_new(uint64_t seed) {
        Sim *s = calloc(1, sizeof *s);

        CHECK(s);
        s->seed = s->random = seed;
        s->clock = (Clock){
                .wall_ms = wall_ms, .mono_us = mono_us, .random_u64 = sim_chance, .userdata = s};
        s->now_us = 1000000;
        return s;
}

Sim *sim_free(Sim *s) {
        if (!s)
                return NULL;
        free(s->requests);
        free(s);
        return NULL;
}

const SimRequest *sim_requests(const Sim *s, size_t *ret_n) {
        *ret_n = s->n_requests;
        return s->requests;
}

uint64_t sim_age_us(const Sim *s) {
        return s->now_us - s->begun_us;
}

unsigned sim_away(const Sim *s) {
        return s->away;
}

int64_t sim_invoice(const Sim *s) {
        int64_t sum = 0;

        for (size_t i = 0; i < s->n_requests; i++)
                sum += s->requests[i].billed;
        return sum;
}
