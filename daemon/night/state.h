/* SPDX-License-Identifier: MIT */
#pragma once

/* The shared structures of a night in progress. Private to daemon/night. */

#include "net/google_token.h"
#include "night/limiter.h"
#include "night/night.h"
#include "night/poll_times.h"
#include "night/reply.h"
#include "night/retry.h"
#include "night/world.h"
#include "provider/provider.h"

enum {
        LANES_MAX = 64,
        CONFIGS_MAX = 64,          /* reloads of one night */
        BATCH_MAX = 128,           /* intents in one transaction */
        ANSWERS_MAX = 64,          /* here, and not settled yet; more calls wait for them */
        STOP_GRACE_MS = 80 * 1000, /* below the unit's TimeoutStopSec */
        PROGRESS_INTERVAL_MS = 250,
        FREE_BYTES_MIN = 64 * 1024 * 1024, /* on the library's disk, always */
        FREE_BYTES_PER_CALL =
                REPLY_PAYLOAD_MAX, /* and for each call in flight: the largest picture */
};

typedef struct Night Night;
typedef struct Lane Lane;
typedef struct Item Item;
typedef struct Chain Chain;
typedef struct Chains Chains;

/* What a provider takes of one model; see quota.c. */
typedef struct Quota Quota;
struct Quota {
        Quota *next;
        char *model;
        Limiter limiter;
        LimiterLearned saved, told;
        uint64_t wait_us; /* as of the newest quotas_wait() */
};

/* Where an item is. The durable state is the job's, in the library; this is only who calls back
 * next. */
typedef enum ItemStage {
        ITEM_QUEUED,    /* in its lane; nothing has left */
        ITEM_PREPARING, /* unpaid calls before the paid one; no attempt yet */
        ITEM_CALLING,   /* the paid call (or the drawing) is under way */
        ITEM_WAITING,   /* for its time (later.c): to ask for its operation, or to fetch again */
        ITEM_ASKING,    /* for its operation */
        ITEM_FETCHING,  /* results are being fetched from their URLs */
        ITEM_PROBING,   /* the media worker decodes what came */
        ITEM_PLACING,   /* the storer makes the objects durable */
        ITEM_SETTLING,  /* waits for the next commit */
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
        Quota *quota;     /* NULL: its driver is free */
        bool slot;        /* counts as in flight at its provider */
        bool held;        /* ... by an operation */
        uint64_t sent_us; /* as the limiter was told */
        Item *all_next,
                **all_link; /* every item of the night, so that none is left behind at its end */
        Item *next;         /* in the lane's queue, or in the list of items to settle */
        ItemStage stage;
        AlJob job;
        Json *params;
        Json *reference_list; /* as in the job's row */
        Strv references;      /* paths */
        size_t missing;       /* references whose asset is not known yet */
        bool references_fit;  /* was looked at */
        Chain *feeds;         /* its asset is what others wait for */
        int64_t max_chars;
        uint64_t ready_us;   /* not before */
        uint64_t started_us; /* of the attempt */
        int64_t attempt;
        int64_t expected_ms; /* of the whole attempt, 0 = unknown */
        ProviderCall call;
        WorldTask *task; /* what is under way outside */

        Json *prepared; /* by the calls before the paid one */
        unsigned prepares;
        bool is_prepared;

        char *handle;         /* of the operation; durable */
        uint64_t accepted_us; /* when it was, or when this run took it up */
        int64_t accepted_ms;
        uint64_t age_us; /* how old it was at accepted_us */
        PollModel times; /* when its end is expected */
        unsigned polls;
        uint64_t trouble_us; /* since when no poll told anything; 0 = the last one did */
        unsigned troubles;
        uint64_t denied_us; /* since when its provider says that it knows no such operation */
        unsigned denials;   /* ... and how often it has */
        bool asked_again;   /* for a result's fresh address */
        bool cancel_next;   /* as soon as a poll has said that it has not ended */
        bool cancelling;    /* the provider was told to give up */

        uint64_t due_us; /* ITEM_WAITING: in later.c's list */
        Item *later_next;
        void (*due)(Item *item);
        unsigned fetches; /* of the part, that failed */

        ReplyPayload payloads[REPLY_PAYLOADS_MAX];
        size_t n_payloads;
        int http_status;
        int64_t unreached_ms; /* for how long nobody is reached at the provider; 0: somebody is */
        bool probe;           /* is the one call at a time, while its lane is out of reach */
        ProviderResult result;
        Part *parts; /* one per result item */
        size_t n_parts;
        size_t part;     /* the one being fetched or probed */
        bool have_reply; /* a saved reply stands in the spool */
        unsigned probes; /* that ended with a worker's death */
        bool resumed;    /* from what the last run left */
        bool earlier;    /* the attempt belongs to an earlier run */
};

/* A provider of the settings, with what this night has learned of it. */
struct Lane {
        Night *night;
        const ProviderConfig *config;
        const Driver *driver;
        Secret *secret;
        Item *head, **tail; /* in order of submission */
        int64_t queued, in_flight;
        Quota *quotas;
        GoogleAuth *google;      /* the credential makes access tokens */
        WorldTask *token_task;   /* one is being fetched */
        uint64_t token_gate_us;  /* none is asked for before: it was refused */
        bool token_refused;      /* the newest one; a refusal more is the key\'s */
        unsigned token_failures; /* in a row */
        uint64_t gate_us;        /* nothing leaves before */
        int64_t calls_today;     /* counted against a declared ceiling a day, over all runs */
        char day[TIME_TEXT_MAX]; /* the local day they are of */
        bool waits_for_money;    /* a reservation was refused; calls in flight may free some */
        unsigned misses;         /* calls in a row that nobody was reached with, up to a few */
        uint64_t missed_us, last_missed_us; /* the first of them, the newest */
        bool unreached;    /* so many that it is the provider: one call at a time */
        bool probing;      /* that call is under way */
        uint32_t verdicts; /* the newest ends by safety rules (1) or not (0), newest lowest */
        unsigned n_verdicts;
        bool stopped; /* nothing more tonight */
        char stop_reason[RESULT_REASON_MAX + 80];
};

typedef enum StopCause { STOP_NOT, STOP_TERM, STOP_INTERRUPT, STOP_WINDOW, STOP_STORAGE } StopCause;

struct Night {
        const NightOptions *options;
        const Config *config;         /* the newest */
        Config *configs[CONFIGS_MAX]; /* read by reloads; items that left hold on to older ones */
        size_t n_configs;
        Config *reloaded; /* read, and not taken over yet: the ledger is locked */
        Library *lib;
        World *world;
        const Clock *clock;     /* of the world */
        ReplyLog *replies;      /* that are not settled yet */
        WorldTask *media_check; /* under way */
        bool media_checked;     /* done or under way */
        Plan *plan;
        Lane lanes[LANES_MAX];
        size_t n_lanes;
        int64_t run;
        int64_t active; /* items past the queue */
        int64_t queued;
        int64_t held; /* wait for assets of others: see chain.c */
        Chains *chains;
        bool chains_dirty;
        int64_t operations; /* of the active: accepted by their providers */
        int64_t slots;      /* of the active: in flight at their providers */
        int64_t jobs, made, assets, blocked, failed, unknown, budget_cut;
        int64_t left; /* to the next run */
        Item *items;  /* all there are, by all_next */
        Item *settling, **settling_tail;
        uint64_t settle_us;   /* the next commit of what has ended, when answers come fast */
        Item *later;          /* by due_us */
        uint64_t window_us;   /* nothing leaves after; 0 = no window */
        uint64_t patience_us; /* after window_us for what is in flight */
        bool closed_at_start; /* the run began outside of its window */
        StopCause stop;
        bool recovering; /* nothing leaves; the loop ends when what was kept is settled */
        char stop_text[400];
        uint64_t begun_us;
        bool ledger_locked; /* by another program, when it was last written to */
        bool ledger_waits;  /* nothing is written before the next try */
        bool over;          /* the loop ends after this turn */
        bool abandoned;     /* what is in flight is left: no loop begins any more */
        bool replan;        /* a reload cancelled what waited, and nothing is planned yet */
        struct Progress *progress;
};

/* night.c */
void night_stop(Night *n, StopCause cause, const char *format, ...) _printf_(3, 4);
/* The process is to end soon, or can store nothing: operations are left to the next run. After the
 * end of the window they are not. */
bool night_leaving(const Night *n);
void night_check_over(
        Night *n); /* ends the loop when nothing is in flight and nothing may leave any more */

void night_open_window(Night *n);   /* by the newest configuration */
int night_plan(Night *n, Err *err); /* plans, and queues the jobs */

/* reload.c */
void night_reload(Night *n);
void night_take_over(Night *n); /* what a reload has read; needs `reloaded` */
void night_replan(Night *n);
void night_free_configs(Night *n);

/* books.c */
bool night_any_job(Night *n,
                   JobState state); /* of any night; false, too, when the library cannot say */
int night_close_books(Night *n, NightSummary *ret, Err *err);

/* lane.c */
int lanes_open(Night *n, Err *err);
int lanes_renew(Night *n, Err *err); /* by the newest configuration */
void lanes_drain(Night *n);          /* frees what is queued */
void lanes_close(Night *n);
Lane *lane_find(Night *n, const char *provider);
void lane_push(Lane *lane, Item *item);
void lane_unshift(Lane *lane, Item *item); /* back to where it was taken from */
void lane_credential(
        Lane *lane); /* loaded on first need; a lane without its credential is stopped */
bool lane_has_hope(const Lane *lane); /* something in it may still leave in this window */
void lanes_pump_soon(Night *n);
void lanes_pump(Night *n);

/* Reservations were corrected or taken back: lanes that wait for money try again. */
void lanes_money_freed(Night *n);

/* quota.c */
Quota *quota_of(Lane *lane, const char *model); /* NULL: of a free driver */
void quotas_renew(Lane *lane);                  /* its declared ceilings have changed */
void quotas_free(Lane *lane);
uint64_t quotas_wait(Lane *lane, uint64_t now); /* the least of all; 0 when there is none */
void quotas_save(Night *n);                     /* for the next night */
void item_take_slot(Item *item);
void item_free_slot(Item *item); /* if it has one */
/* Of an operation that is out already, from an earlier run: its slot, and its call in the limits. */
void item_adopt_slot(Item *item);
/* The answer of the paid call was read into the item's result. */
void quota_answered(Item *item, const ProviderReply *reply);
void quota_failed(Item *item); /* there was no answer, or none that can be used */

/* token.c */
/* Whether calls of this lane may be sent now; when an access token must be fetched first, does. */
bool lane_token_ready(Lane *lane);
const Secret *lane_secret(const Lane *lane, CallAuth auth); /* NULL: none */
/* The provider refused the credential. True: it was an access token, which the next call replaces,
 * and not for the second time in a row. */
bool lane_token_refused(Lane *lane);
void lane_token_close(Lane *lane);

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
ProviderJob item_provider_job(const Item *item); /* borrows from the item */
int item_build(Item *item, Err *err); /* the paid call; -EINVAL: this job cannot be expressed */
void item_start(Item *item);          /* the attempt is durable: sends */
/* Sends `call` on the item's behalf; payloads go to "spool/<attempt>.<k>", or with a part's number
 * to "spool/<attempt>.f<part>.<k>". -errno: nothing was sent. */
enum {
        NO_PART = -1,
};
int item_send(Item *item, HttpCall *call, int part, WorldHttpFn done, Err *err);
void item_apply_reply(
        Item *item,
        const ProviderReply *reply); /* a whole reply, from the wire or from the spool */
void item_fail(Item *item, Outcome outcome, bool retryable, bool billed, const char *code,
               const char *format, ...) _printf_(6, 7); /* ends the attempt so; goes to settle */
/* The answer is here, but this machine cannot take it further now (disk, worker): nothing more is
 * bought, and the item is left. */
void item_park(Item *item, const Err *err);
/* The attempt stays open, with its handle or its reply in the spool, and the next run goes on from
 * there. What has neither ends as failed. The item is gone afterwards. */
void item_leave(Item *item, const char *why);
void item_drop_task(Item *item);      /* what is under way outside, or came from there */
void item_reset_attempt(Item *item);  /* forgets call and result, for another answer */
void item_forget_attempt(Item *item); /* and its operation, for another try */
void item_remove_spool(Item *item);

/* run.c: the command of a CALL_RUN */
void item_run(Item *item);

/* references.c */
int references_read(Item *item, Err *err); /* by the job's row */
/* The next without an asset, or NULL; after NULL: the first. */
const Json *references_missing(const Item *item, const Json *after);
int references_fit(const Item *item, Err *err); /* -EINVAL: larger than the driver takes */
/* The job's list with this asset for all of its references to the cell. NULL when memory ran out. */
Json *references_with(const Item *item, const char *recipe, const char *cell, const AlAsset *asset);
int references_take(Item *item, Json *list); /* takes the list; -ENOMEM */

/* chain.c */
int chain_hold(Item *item);   /* until the asset it waits for is there; -ENOMEM */
void chains_count(Night *n);  /* all items of the plan are there */
void chain_leave(Item *item); /* it will make nothing more */
void chains_pump(Night *n);   /* releases what need not wait any more; needs chains_dirty */
int chains_cancel(Night *n, const char *why,
                  Err *err); /* in the ledger, within a transaction; NULL: for what they wait */
void chains_free(Night *n);  /* and the items that wait */

/* prepare.c: the next unpaid call before the paid one. 1: it is under way, with a slot of the lane;
 * 0: nothing more is needed; -EINVAL as item_build(). */
int item_prepare(Item *item, Err *err);

/* operation.c */
void operation_accepted(Item *item); /* the handle in its result has become durable */
void operation_resume(Item *item, AlOperation *op, uint64_t spread_us); /* takes the handle */
/* A result's address is no good any more: asks the operation once for a fresh one. False: it was
 * asked before, or there is none. */
bool operation_ask_again(Item *item);

/* later.c: items that wait for their time */
void item_later(Item *item, uint64_t delay_us, void (*due)(Item *item));
void later_forget(Item *item); /* takes it out of the list, if it is there */
void later_due(Night *n);
void later_leave_all(Night *n, const char *why);

/* fetch.c: the part that stands behind a URL, then verify_part() */
void item_fetch_part(Item *item);
/* How long to wait with the next poll or fetch: own_ms, or longer when the provider wants that
 * (retry_after_ms, -1 = not said), up to a few minutes and to half of what is left until the result
 * may be gone. Such a call costs nothing, and what is paid is not slept away: no night waits for an
 * answer that a header puts off until tomorrow. */
int64_t item_wait_ms(const Item *item, int64_t own_ms, int64_t retry_after_ms);
/* Ends the attempt of a result that its provider has no more, as `what` says. It is paid for and
 * lost where it was kept for longer than is documented; else that is for a person to say. */
void item_gone(Item *item, const char *code, const char *what);

/* verify.c */
void item_take_result(Item *item); /* OUTCOME_MADE: fetch, probe, then store */
void verify_part(Item *item);      /* its bytes are in the spool */
void item_stored(StoreTask *task);
int media_fits_request(const Json *params, const MediaInfo *info,
                       Err *err); /* size and ratio as asked */

/* media_check.c: starts the check; when the worker fails it the night is stopped. Nothing may leave
 * and no answer may be looked at while `active` counts it. */
int media_check_start(Night *n, Err *err);
int media_check_picture(Err *err); /* a file with the picture it asks with; -errno */

/* ledger_lock.c */
void ledger_enter_loop(Night *n); /* writes wait a moment only for another program */
void ledger_leave_loop(Night *n);
void ledger_is_locked(Night *n, const Err *why); /* a write gave -EBUSY; tried again later */
void ledger_written(Night *n);
void ledger_try_again(Night *n);

/* breaker.c */
void lane_stop(Lane *lane, Outcome cause, const char *reason);
void lane_count_verdict(Lane *lane, bool blocked); /* of an answer; may stop the lane */
/* What the end of a call says of whether its provider is within reach. */
void item_reach(Item *item, const HttpResult *result);
/* The item's call is the one at a time, while its lane is out of reach; until it is over. */
void item_probe_begin(Item *item);
void item_probe_end(Item *item);
void lane_give_up(Lane *lane, const char *why); /* it was out of reach for too long */

/* settle.c */
/* What the policy is asked about the item's result. */
RetryInput item_retry_input(Item *item);
void item_settle(Item *item);
void settle_all(Night *n);

/* recover.c */
int night_recover(Night *n, Err *err); /* items that go on from a kept reply are in flight then */
int night_resume_operations(Night *n, Err *err); /* they are, too */
int night_tidy(Night *n,
               Err *err); /* after they are settled: leftovers cancelled, stray files moved */

/* jobs.c: rows and queued items of the plan */
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
/* What happens to an operation between its acceptance and its end. */
void journal_operation(const Item *item, int level, const char *format, ...) _printf_(3, 4);
