/* SPDX-License-Identifier: MIT */
#pragma once

/* The shared structures of a night in progress. Private to daemon/night. */

#include <systemd/sd-event.h>

#include "media/client.h"
#include "net/http.h"
#include "night/night.h"
#include "night/retry.h"
#include "night/storer.h"
#include "provider/provider.h"

enum {
        LANES_MAX = 64,
        BATCH_MAX = 128, /* intents in one transaction */
        MEDIA_WORKERS = 2,
        STOP_GRACE_MS = 80 * 1000, /* below the unit's TimeoutStopSec */
        PROGRESS_INTERVAL_MS = 250,
        FREE_BYTES_MIN = 64 * 1024 * 1024, /* on the library's disk, always */
        FREE_BYTES_PER_CALL =
                REPLY_PAYLOAD_MAX, /* and for each call in flight: the largest picture */
};

typedef struct Night Night;
typedef struct Lane Lane;
typedef struct Item Item;

/* Where an item is. The durable state is the job's, in the library; this is only who calls back
 * next. */
typedef enum ItemStage {
        ITEM_QUEUED,   /* in its lane; nothing has left */
        ITEM_CALLING,  /* the paid call (or the drawing) is under way */
        ITEM_FETCHING, /* results are being fetched from their URLs */
        ITEM_PROBING,  /* the media worker decodes what came */
        ITEM_PLACING,  /* the storer makes the objects durable */
        ITEM_SETTLING, /* waits for the next commit */
} ItemStage;

/* One asset to be of an item's result, through fetch, probe and store. */
typedef struct Part {
        char *spool; /* "spool/17.0"; NULL for text */
        bool placed; /* found as an object already (after a crash) */
        bool have_digest;
        Digest digest;
        int64_t bytes;
        MediaInfo info;
} Part;

struct Item {
        Night *night;
        Lane *lane;
        Item *all_next,
                **all_link; /* every item of the night, so that none is left behind at its end */
        Item *next;         /* in the lane's queue, or in the list of items to settle */
        ItemStage stage;
        AlJob job;
        Json *params;
        Strv references;
        int64_t max_chars;
        uint64_t ready_us;   /* not before */
        uint64_t started_us; /* of the attempt */
        int64_t attempt;
        ProviderCall call;
        Transfer *transfer;
        MediaTask *media;
        ReplyPayload payloads[REPLY_PAYLOADS_MAX];
        size_t n_payloads;
        int http_status;
        ProviderResult result;
        Part *parts; /* one per result item */
        size_t n_parts;
        size_t part;     /* the one being fetched or probed */
        bool have_reply; /* a saved reply stands in the spool */
        unsigned probes; /* that ended with a worker's death */
        bool resumed;    /* from a reply of the last run: its files were never synced */
};

/* A provider of the settings, with what this night has learned of it. */
struct Lane {
        Night *night;
        const ProviderConfig *config;
        const Driver *driver;
        Secret *secret;
        Item *head, **tail; /* in order of submission */
        int64_t queued, in_flight;
        uint64_t gate_us;        /* nothing leaves before */
        int64_t calls_today;     /* counted against a declared ceiling a day, over all runs */
        char day[TIME_TEXT_MAX]; /* the local day they are of */
        int64_t throttles;       /* bursts of refusals in a row, without one success between */
        uint64_t throttle_us; /* when the newest burst began: what was sent before belongs to it */
        bool waits_for_money; /* a reservation was refused; calls in flight may free some */
        bool stopped;         /* nothing more tonight */
        char stop_reason[RESULT_REASON_MAX + 80];
};

typedef enum StopCause { STOP_NOT, STOP_TERM, STOP_INTERRUPT, STOP_WINDOW, STOP_STORAGE } StopCause;

struct Night {
        const NightOptions *options;
        const Config *config;
        Library *lib;
        const Clock *clock;
        sd_event *event;
        Http *http;
        MediaPool *media;
        MediaTask *media_check; /* under way */
        bool media_checked;     /* done or under way */
        Storer *storer;
        Plan *plan;
        Lane lanes[LANES_MAX];
        size_t n_lanes;
        int64_t run;
        int64_t active; /* items past the queue */
        int64_t queued;
        int64_t jobs, made, assets, blocked, failed, unknown, budget_cut;
        Item *items; /* all there are, by all_next */
        Item *settling, **settling_tail;
        sd_event_source *pump_source, *pump_timer, *settle_source, *grace_timer, *window_timer;
        StopCause stop;
        bool recovering; /* nothing leaves; the loop ends when what was kept is settled */
        char stop_text[400];
        uint64_t begun_us;
        bool over; /* the loop ends after this turn */
        struct Progress *progress;
};

/* night.c */
void night_stop(Night *n, StopCause cause, const char *format, ...) _printf_(3, 4);
void night_check_over(
        Night *n); /* ends the loop when nothing is in flight and nothing may leave any more */

/* books.c */
bool night_any_job(Night *n,
                   JobState state); /* of any night; false, too, when the library cannot say */
int night_close_books(Night *n, NightSummary *ret, Err *err);

/* lane.c */
int lanes_open(Night *n, Err *err);
void lanes_drain(Night *n); /* frees what is queued */
void lanes_close(Night *n);
Lane *lane_find(Night *n, const char *provider);
void lane_push(Lane *lane, Item *item);
void lane_credential(
        Lane *lane); /* loaded on first need; a lane without its credential is stopped */
void lane_stop(Lane *lane, Outcome cause, const char *reason);
void lanes_pump_soon(Night *n);
int lanes_pump(sd_event_source *source, void *userdata);

/* Reservations were corrected or taken back: lanes that wait for money try again. */
void lanes_money_freed(Night *n);

/* intent.c: inside the caller's transaction. */
typedef enum IntentFate {
        INTENT_NONE,    /* the job will not leave, and is dealt with */
        INTENT_WRITTEN, /* it may leave as soon as the transaction is committed */
        INTENT_WAITS,   /* for money that calls in flight may free */
} IntentFate;
int intent_write(Item *item, const char *day,
                 Err *err); /* an IntentFate, or -errno: the ledger failed */

/* item.c */
Item *item_new(Lane *lane, int64_t job, Err *err); /* reads the job; NULL with err */
Item *item_free(Item *item);
DEFINE_CLEANUP(Item, item_free);
int item_prepare(Item *item, Err *err); /* builds the call; -EINVAL: this job cannot be expressed */
void item_start(Item *item);            /* the attempt is durable: sends */
void item_apply_reply(
        Item *item,
        const ProviderReply *reply); /* a whole reply, from the wire or from the spool */
void item_fail(Item *item, Outcome outcome, bool retryable, bool billed, const char *code,
               const char *format, ...) _printf_(6, 7); /* ends the attempt so; goes to settle */
/* The answer is here, but this machine cannot take it further now (disk, worker): nothing more is
 * bought, the attempt stays open and the reply in the spool, and the next run goes on from it. The
 * item is gone afterwards. */
void item_park(Item *item, const Err *err);
void item_reset_attempt(Item *item); /* forgets call and result, for another try */
void item_remove_spool(Item *item);

/* verify.c */
void item_take_result(Item *item); /* OUTCOME_MADE: fetch, probe, then store */
void storer_done(StoreTask *task, void *userdata);
int media_fits_request(const Json *params, const MediaInfo *info,
                       Err *err); /* size and ratio as asked */

/* media_check.c: starts the check; when the worker fails it the night is stopped. Nothing may leave
 * and no answer may be looked at while `active` counts it. */
int media_check_start(Night *n, Err *err);
int media_check_picture(Err *err); /* a file with the picture it asks with; -errno */

/* settle.c */
void item_settle(Item *item);
int settle_all(sd_event_source *source, void *userdata);

/* recover.c */
int night_recover(Night *n, Err *err); /* items that go on from a kept reply are in flight then */
int night_tidy(Night *n,
               Err *err); /* after they are settled: leftovers cancelled, stray files moved */

/* jobs.c */
int night_make_jobs(Night *n, Err *err);

/* journal.c: one line an event */
/* With the fields of a job, or of the run alone. */
void journal_job(const Night *n, int level, const char *message_id, const AlJob *job,
                 const char *text);
void journal_event(const Night *n, int level, const char *message_id, const char *format, ...)
        _printf_(4, 5);
void journal_run_started(Night *n);
void journal_run_ended(Night *n, int exit_code);
void journal_item(const Item *item, JobState state, Micros billed, const Strv *assets);
/* A line of the report that belongs to no job; logged instead when it cannot be written. */
void journal_note(Night *n, const char *kind, const char *subject, const char *text);
void journal_retry(const Item *item, int64_t delay_ms);
