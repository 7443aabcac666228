/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The library: one directory with library.db and objects/, and everything that may be asked of it
 * or done to it. This is the only public header of the core (filter.h is its part about queries);
 * assetlib and pregend both stand on it.
 * The core never prints, logs, exits or reads the environment.
 *
 *      DIR/library.db                     SQLite, WAL
 *      DIR/objects/ab/<64 hex>.<ext>      immutable, named by SHA-256
 *      DIR/spool/                         bytes on their way in, of paid attempts
 *      DIR/quarantine/                    what belongs to no asset, put aside
 *      DIR/run.lock                       held by the run in progress
 *      DIR/objects.lock                   held, shared, by who brings objects in or copies them
 *
 * Writers queue by locks on bytes of DIR itself (base/db_turn.c): first come, first served.
 *
 * One Library belongs to one thread. Errors: negative errno with a sentence in Err (see base/db.h
 * for the codes of the database); expected outcomes are the positive words of AlResult and must be
 * handled by the direct caller. Times are wall-clock milliseconds given by the caller; the core has
 * no clock of its own. Structures returned through ret_ are owned by the caller and released by
 * their _done/_free; members are owned by the structure.
 */

#include "base/digest.h"
#include "base/err.h"
#include "base/fingerprint.h"
#include "base/json.h"
#include "base/macro.h"
#include "base/strv.h"
#include "core/filter.h"
#include "core/learned.h"

typedef struct Library Library;
typedef struct AlAsset AlAsset;

typedef enum AlResult {
        AL_OK = 0,
        AL_TAKEN = 1,   /* the job was not in the expected state: somebody else moved it */
        AL_REFUSED = 2, /* a budget cap refused the reservation; see AlRefusal */
        AL_NOT_FOUND = 3,
        AL_AMBIGUOUS = 4, /* an id prefix matches more than one */
        AL_SHORT = 5,     /* fewer free assets than were asked for; see AlTake */
} AlResult;

/* ---- opening ---- */

typedef enum AlMode {
        AL_READ,   /* an existing library, read-only: touches no file but the database */
        AL_WRITE,  /* an existing library */
        AL_CREATE, /* made when missing: directory 2750, database 0640, so that the library's group
                      reads */
} AlMode;

/* -ENOENT "no library at 'DIR'", -EACCES/-EROFS not writable, -EPROTONOSUPPORT newer than this
 * program, -EUCLEAN damaged, or lost: objects/ has files, and there is no database, or nothing in
 * it. */
/* For a program with one thread, before al_open(): see base/db.h. */
void al_one_thread(void);
int al_open(const char *dir, AlMode mode, Library **ret, Err *err) _must_check_;
Library *al_close(Library *lib); /* accepts NULL; in the write modes checkpoints the log first */
DEFINE_CLEANUP(Library, al_close);

const char *al_dir(const Library *lib);
int al_dir_fd(const Library *lib);
/* Truncates the write-ahead log; 0 also when a reader is in the way. */
int al_checkpoint(Library *lib, Err *err);
/* How long a write waits while another program holds the database; then it gives -EBUSY. Negative:
 * as long as after al_open(), which is half a minute. */
void al_set_patience(Library *lib, int ms);
/* Lets one who reads for long keep up to so much of the database in memory, instead of the usual
 * 2 MB; 256 MiB hold the postings of ten million assets. 0, or a negative error. */
int al_set_cache(Library *lib, int mib, Err *err);

/* Groups the calls below into one transaction (they nest). Everything since al_begin is lost on
 * al_rollback. */
int al_begin(Library *lib, Err *err) _must_check_;
int al_commit(Library *lib, Err *err) _must_check_;
void al_rollback(Library *lib);

/* The run lock: one run at a time, released by the kernel when its holder dies. AL_TAKEN: another
 * process holds it. */
int al_lock_run(Library *lib, Err *err) _must_check_;

/* ---- words ---- */

typedef enum JobState {
        JOB_PLANNED,    /* nothing has left this machine */
        JOB_SUBMITTING, /* the intent is durable; the request may have left */
        JOB_RUNNING,    /* accepted as an operation, whose handle is durable */
        JOB_DONE,       /* assets stored */
        JOB_BLOCKED,    /* refused by the provider's safety rules, with its reason */
        JOB_FAILED,     /* gave up, with the reason */
        JOB_UNKNOWN,    /* may have been accepted and paid; waits for a person */
        JOB_CANCELLED,  /* never sent */
        _JOB_STATE_MAX,
        _JOB_STATE_INVALID = -EINVAL,
} JobState;

/* How an attempt ended. The words stand in the database. */
typedef enum Outcome {
        OUTCOME_OPEN, /* in flight: reserved, and no answer yet or one that is a handle */
        OUTCOME_MADE,
        OUTCOME_BLOCKED,   /* by safety rules */
        OUTCOME_REJECTED,  /* bad request, model retired: the same request can never succeed */
        OUTCOME_THROTTLED, /* rate or quota: costs no attempt */
        OUTCOME_TRANSIENT, /* definite failure on their side or before sending; worth another try */
        OUTCOME_BROKEN,  /* answered and presumably billed, but unusable (bad JSON, bad base64, not
                            the picture asked for) */
        OUTCOME_UNKNOWN, /* left, and no whole answer came: counted as spent */
        OUTCOME_CREDENTIALS, /* key refused */
        OUTCOME_FUNDS,       /* no money at the provider */
        _OUTCOME_MAX,
        _OUTCOME_INVALID = -EINVAL,
} Outcome;

typedef enum AssetStatus {
        ASSET_READY,
        ASSET_PENDING, /* review: manual */
        ASSET_REJECTED,
        ASSET_RETIRED,
        ASSET_COLLECTED, /* its file was given up by al_gc(), for good; always the last */
        _ASSET_STATUS_MAX,
        _ASSET_STATUS_INVALID = -EINVAL,
} AssetStatus;

typedef enum AssetKind {
        KIND_IMAGE,
        KIND_VIDEO,
        KIND_TEXT,
        _KIND_MAX,
        _KIND_INVALID = -EINVAL,
} AssetKind;

const char *job_state_word(JobState s);
JobState job_state_from_word(const char *word); /* _JOB_STATE_INVALID when unknown */
bool job_state_may(JobState from, JobState to); /* the edges of the state table */
const char *outcome_word(Outcome o);
Outcome outcome_from_word(const char *word);
const char *asset_status_word(AssetStatus s);
AssetStatus asset_status_from_word(const char *word);
const char *asset_kind_word(AssetKind k);
AssetKind asset_kind_from_word(const char *word);

/* ---- cells and the shelf ---- */

typedef struct AlAxis {
        const char *key, *value; /* borrowed */
} AlAxis;

typedef struct AlCellSpec {
        const char *recipe;
        const char *brand, *hook, *category;
        const AlAxis *axes; /* every axis incl. the three, sorted by key; with the recipe they name
                               the cell */
        size_t n_axes;
        AssetKind kind;
        int64_t target;
        int64_t max_age_ms; /* 0 = for ever */
} AlCellSpec;

/* Makes the cell known (or updates target and max_age, and with it the expiry of its assets) and
 * marks it as current; returns its id. */
int al_cell_sync(Library *lib, const AlCellSpec *spec, int64_t now_ms, int64_t *ret_id,
                 Err *err) _must_check_;
/* Cells of recipes (or of matrix values) that are gone: all cells not synced since `since_ms` are
 * marked as not current. */
int al_cells_retire_unsynced(Library *lib, int64_t since_ms, Err *err) _must_check_;
/* "brand=acme;category=lifestyle;format=story;hook=urgency": the canonical key of a cell. Caller
 * frees. */
char *al_cell_key(const AlAxis *axes, size_t n_axes);

/* How a cell stands, without writing: ready, unexpired and untaken assets, pending ones, and assets
 * that are still owed by jobs in flight or held as unknown. All 0 for a cell never seen. */
typedef struct AlCellStock {
        int64_t ready, pending, owed;
        char quarantine_reason[256]; /* of the newest job that ended blocked, if none was done
                                        since;
                                        "" = none */
        char quarantine_recipe_hash[DIGEST_HEX_MAX]; /* of that job's recipe file: a recipe that has
                                                        changed since may try again */
} AlCellStock;
int al_cell_stock(Library *lib, const char *recipe, const char *cell_key, int64_t now_ms,
                  AlCellStock *ret, Err *err) _must_check_;

/* The asset of a cell that a job of another recipe takes as its reference: of the ready and unexpired
 * ones an untaken one before one that is with a campaign, and of those the newest. AL_NOT_FOUND. */
int al_cell_asset(Library *lib, const char *recipe, const char *cell_key, int64_t now_ms,
                  AlAsset *ret, Err *err) _must_check_;

/* One line of `assetlib stock`: brand x hook x category (x kind), summed over current cells. */
enum {
        AL_STOCK_RATE_DAYS = 28, /* what the rate of takes is measured over */
};
typedef struct AlStockRow {
        char brand[65], hook[65], category[65];
        AssetKind kind;
        int64_t cells, ready, pending, target, short_by; /* ready: and untaken */
        int64_t taken;                                   /* ready, but with a campaign */
        int64_t recent; /* assets taken in the last AL_STOCK_RATE_DAYS days */
} AlStockRow;
typedef int (*AlStockFn)(const AlStockRow *row,
                         void *userdata); /* a negative return stops and is returned */
int al_stock(Library *lib, int64_t now_ms, AlStockFn fn, void *userdata, Err *err) _must_check_;

/* ---- runs ---- */

typedef struct AlRun {
        int64_t id;
        int64_t started_ms, ended_ms; /* ended 0 = in progress (or died: see `open`) */
        int64_t pid;
        Micros budget; /* -1 = none */
        int64_t planned, cells_short;
        int exit_code;   /* -1 while open */
        char result[16]; /* "running" "done" "stopped" "died" */
} AlRun;

/* Call it under the run lock: a run that is still open has lost its process and is marked as died.
 */
int al_run_begin(Library *lib, int64_t now_ms, Micros budget, int64_t *ret_run,
                 Err *err) _must_check_;
int al_run_end(Library *lib, int64_t run, int64_t now_ms, const char *result, int exit_code,
               int64_t cells_short, Err *err) _must_check_;
int al_run_get(Library *lib, int64_t run, AlRun *ret,
               Err *err) _must_check_; /* run 0: the last one; AL_NOT_FOUND */

/* A line for the report that belongs to no job: a recipe left out, a provider stopped for the
 * night. `kind`: "recipe" "provider" "budget" "storage". */
int al_run_note(Library *lib, int64_t run, int64_t now_ms, const char *kind, const char *subject,
                const char *text, Err *err) _must_check_;
typedef int (*AlRunNoteFn)(const char *kind, const char *subject, const char *text, void *userdata);
int al_run_notes(Library *lib, int64_t run, AlRunNoteFn fn, void *userdata, Err *err) _must_check_;

/* What the run made and paid that its cells had already, by recipe: `alike` of `made` are near-duplicates,
 * which do not count as stock, and `same` of those the very same bytes. Only recipes with any. */
typedef int (*AlRunAlikeFn)(const char *recipe, int64_t made, int64_t alike, int64_t same,
                            void *userdata);
int al_run_alike(Library *lib, int64_t run, AlRunAlikeFn fn, void *userdata, Err *err) _must_check_;

/* Counts and money of a run, by what a report asks for. */
typedef struct AlRunTotals {
        int64_t jobs, done, blocked, failed, unknown, cancelled; /* jobs by state */
        int64_t calls;                                           /* submitting */
        int64_t running;                                         /* operations */
        int64_t waiting;                                         /* planned */
        int64_t assets;
        int64_t attempts;
        Micros spent;    /* billed, and the reservation of unknown attempts */
        Micros reserved; /* still in flight */
} AlRunTotals;
int al_run_totals(Library *lib, int64_t run, AlRunTotals *ret, Err *err) _must_check_;

/* ---- jobs and attempts: the ledger ---- */

typedef struct AlJobSpec {
        int64_t run, cell;
        AssetKind kind;
        const char *provider, *driver, *model;
        const char *recipe, *recipe_hash; /* hash: 64 hex of the recipe file */
        const char *brand, *hook, *category;
        const char *prompt; /* rendered */
        const char *params; /* rendered, JSON object text */
        const char
                *references; /* JSON array: {path, sha256}; {recipe, cell} for an asset of another
                                   recipe, and once it is known {.., asset, sha256, object} */
        const char *tags;    /* JSON object: all further axes and the recipe's tags */
        int64_t want;        /* assets it should yield */
        int64_t seed;
        int64_t max_age_ms;
        bool review_manual;
        Micros worst;
        int64_t priority;
} AlJobSpec;

typedef struct AlJob {
        int64_t id;
        char uid[17];
        int64_t run, cell;
        JobState state;
        AssetKind kind;
        char *provider, *driver, *model, *recipe, *recipe_hash, *brand, *hook, *category;
        char *cell_key;
        char *prompt, *params, *references, *tags;
        int64_t want, seed, max_age_ms, priority;
        bool review_manual;
        Micros worst;
        int64_t attempts; /* that counted (throttled ones do not) */
        int64_t attempt;  /* id of the newest attempt, 0 = none */
        char *reason;     /* of the last change, may be NULL */
        int64_t created_ms, updated_ms;
} AlJob;
void al_job_done(AlJob *job);

int al_job_plan(Library *lib, const AlJobSpec *spec, int64_t now_ms, int64_t *ret_job,
                Err *err) _must_check_;
int al_job_get(Library *lib, int64_t job, AlJob *ret, Err *err) _must_check_; /* AL_NOT_FOUND */

/* The only setter of a job's state: compare-and-set along an edge of the table, with a history row
 * in the same transaction. AL_TAKEN when the job is not in `from`. Asserts that the edge exists and
 * that it is none of those into and out of `submitting` and `running`: these belong to
 * al_attempt_begin, _accepted and _end. */
int al_job_move(Library *lib, int64_t job, JobState from, JobState to, const char *reason,
                int64_t now_ms, Err *err) _must_check_;

/* Writes down which assets a planned job takes as references, once they are known: a JSON array.
 * AL_TAKEN when the job is not `planned` any more. */
int al_job_refer(Library *lib, int64_t job, const char *references, int64_t now_ms,
                 Err *err) _must_check_;

/* Every `planned` job of earlier runs becomes `cancelled` (nothing was sent; this run plans anew).
 */
int al_jobs_cancel_leftover(Library *lib, int64_t run, int64_t now_ms, int64_t *ret_n,
                            Err *err) _must_check_;

/* The reason of a job that was cancelled because the same run planned another in its place. The
 * totals of a run leave it out. */
#define AL_REPLANNED "planned anew by a reload"

typedef struct AlJobFilter {
        int64_t run;        /* 0 = any */
        const char *state;  /* a word, NULL = any */
        const char *recipe; /* NULL = any */
        int64_t limit;      /* 0 = all */
        bool standing;      /* not those of AL_REPLANNED */
} AlJobFilter;
/* May move the job it is given. */
typedef int (*AlJobFn)(const AlJob *job, void *userdata);
int al_jobs(Library *lib, const AlJobFilter *filter, AlJobFn fn, void *userdata,
            Err *err) _must_check_; /* oldest first */

/* A cap to hold: spending in `scope` within `period` may not pass `limit`. Scopes: "" (all),
 * "provider:NAME", "brand:NAME", "recipe:NAME". */
typedef enum AlPeriod { AL_PERIOD_RUN, AL_PERIOD_DAY, AL_PERIOD_MONTH, _AL_PERIOD_MAX } AlPeriod;
typedef struct AlCap {
        const char *scope;
        AlPeriod period;
        Micros limit;
} AlCap;
typedef struct AlRefusal {
        char scope[160];
        AlPeriod period;
        Micros limit, used;
} AlRefusal;

/* Writes the intent, in one transaction: job planned -> submitting, an attempt row, the worst-case
 * reservation, every cap checked against the counters it then raises. `day` names the local day
 * ("2026-11-23"; its month is its first 7 characters). 0 and *ret_attempt; AL_TAKEN; AL_REFUSED
 * with *ret_refusal (may be NULL), the job is left `planned`. */
int al_attempt_begin(Library *lib, int64_t job, int64_t run, Micros reserve, const AlCap *caps,
                     size_t n_caps, const char *day, int64_t now_ms, int64_t *ret_attempt,
                     AlRefusal *ret_refusal, Err *err) _must_check_;

/* The answer was the handle of an operation: makes it durable, job submitting -> running. While the
 * job is running already, the new handle takes the place of the old one. request_id may be NULL.
 * AL_TAKEN when the attempt is not open. */
int al_attempt_accepted(Library *lib, int64_t attempt, const char *handle, const char *request_id,
                        int64_t now_ms, Err *err) _must_check_;

/* The operation of an attempt. AL_NOT_FOUND: it has none. */
typedef struct AlOperation {
        char *handle, *request_id; /* request_id may be NULL */
        int64_t started_ms, accepted_ms;
} AlOperation;
int al_operation(Library *lib, int64_t attempt, AlOperation *ret, Err *err) _must_check_;
void al_operation_done(AlOperation *op);

/* Asks for a job's end by hand. `planned`: cancelled, nothing was sent. `unknown`: failed, its
 * reservation spent for good. `submitting`, `running`: noted, for the run in progress or the next
 * one to give the operation up. *ret_state (may be NULL): what the job is now. AL_NOT_FOUND;
 * AL_TAKEN: it has ended. */
int al_job_cancel(Library *lib, int64_t job, const char *who, int64_t now_ms, JobState *ret_state,
                  Err *err) _must_check_;
/* Who asked that the job in flight be given up. Caller frees; NULL and 0: nobody. */
int al_job_cancel_by(Library *lib, int64_t job, char **ret, Err *err) _must_check_;

typedef struct AlNewAsset {
        const char *spool; /* object already placed by al_object_place: NULL */
        Digest digest;
        int64_t bytes;
        const char *media_type;             /* "image/png" */
        const char *ext;                    /* "png" */
        int64_t width, height, duration_ms; /* 0 = not applicable */
        const char *text; /* text assets: the copy itself, also stored as an object */
        int64_t variant;  /* 0-based */
        const Fingerprint
                *look; /* of a picture or video as the media worker saw it; NULL: none, or text */
} AlNewAsset;

typedef struct AlAttemptEnd {
        Outcome outcome;
        Micros billed;              /* what it cost; for UNKNOWN the reservation */
        int http_status;            /* 0 = none */
        const char *reason_code;    /* provider's word: "IMAGE_SAFETY", may be NULL */
        const char *reason;         /* sentence, may be NULL */
        const char *model_returned; /* may be NULL */
        const char *request_id;     /* may be NULL */
        const char *usage;          /* JSON text as the provider sent it, may be NULL */
        bool counts;                /* false: costs the job no attempt (throttled) */
        bool lay;                   /* its answer waited for a later run: it tells no duration */
        JobState next; /* the job's state after it: planned (another try), done, blocked, failed,
                          unknown */
        const AlNewAsset *assets; /* objects are durable already */
        size_t n_assets;
} AlAttemptEnd;

/* Ends an open attempt (of a job that is submitting or running): attempt row, counters, job state, history, object and asset rows with tags
 * and price, in one transaction. AL_TAKEN when the attempt is not open. *ret_uids (may be NULL):
 * ids of the new assets. */
int al_attempt_end(Library *lib, int64_t attempt, const AlAttemptEnd *end, int64_t now_ms,
                   Strv *ret_uids, Err *err) _must_check_;

typedef struct AlAttempt {
        int64_t id, job, run, number;
        Outcome outcome;
        Micros reserved, billed;
        int http_status;
        char *reason_code, *reason, *model_returned, *request_id, *usage;
        int64_t started_ms, ended_ms;
} AlAttempt;
void al_attempt_done(AlAttempt *a);
typedef int (*AlAttemptFn)(const AlAttempt *a, void *userdata);
int al_attempts(Library *lib, int64_t job, AlAttemptFn fn, void *userdata,
                Err *err) _must_check_; /* job 0: all; oldest first */

/* Spending so far in a scope and period ("run": id as text, day, month as in al_attempt_begin). */
int al_spent(Library *lib, const char *scope, AlPeriod period, const char *period_name, Micros *ret,
             Err *err) _must_check_;
/* Recomputes the counters from the attempts and compares: 0, or -EUCLEAN with the first difference.
 */
int al_spend_verify(Library *lib, Err *err) _must_check_;

/* Attempts begun with this provider on this local day ("2026-11-23"), in whatever run: what a
 * declared ceiling a day is held against. */
int al_calls(Library *lib, const char *provider, const char *day, int64_t *ret,
             Err *err) _must_check_;

/* Median wall time of past successful attempts of this provider and model, 0 when none is known. */
int al_expected_ms(Library *lib, const char *provider, const char *model, int64_t *ret_ms,
                   Err *err) _must_check_;

/* ---- objects ---- */

/* The replies of a run (daemon/night/reply.h), in one file. */
#define AL_SPOOL_REPLIES "spool/replies"
/* A spool file's place: "spool/<attempt>.<suffix>" below the library. Caller frees. */
char *al_spool_name(int64_t attempt, const char *suffix);

/* Makes a finished spool file an object: fsync(file), mkdir, rename to objects/ab/<hash>.<ext>,
 * fsync(directories). Thread-safe: uses only lib_dir_fd. An object that is there already with the
 * same size is kept and the spool file removed. */
int al_object_place(int lib_dir_fd, const char *spool_name, const Digest *digest, const char *ext,
                    Err *err) _must_check_;
/* The same for bytes in memory (copy variants). */
int al_object_put(int lib_dir_fd, const void *data, size_t n, const char *ext, Digest *ret,
                  Err *err) _must_check_;
/* "objects/ab/<hash>.<ext>" */
char *al_object_name(const Digest *digest, const char *ext);

/* ---- assets ---- */

struct AlAsset {
        char id[13]; /* what people see and type; unique by prefix */
        int64_t row;
        AssetKind kind;
        AssetStatus status;
        char *brand, *hook, *category, *recipe;
        char alternate_of[13]; /* the asset of its cell that it is a near-duplicate of; "" = none */
        char *path;            /* absolute path of the object */
        char sha256[DIGEST_HEX_MAX];
        int64_t bytes, width, height, duration_ms;
        char *media_type;
        char *text;          /* copy, or NULL */
        char *status_reason; /* NULL = none */
        Micros price;
        int64_t created_ms, expires_ms; /* expires 0 = never */
        int64_t uses;
        Json *tags; /* object key -> value (or array of values); all but the three axes */
};
void al_asset_done(AlAsset *a);

/* Full or unique prefix (>= 4 characters). AL_NOT_FOUND; AL_AMBIGUOUS with the candidates in
 * *ret_candidates (may be NULL). */
int al_asset_find(Library *lib, const char *id, AlAsset *ret, Strv *ret_candidates,
                  Err *err) _must_check_;
/* Everything `assetlib show` prints: axes, tags, file, provenance (recipe and hash, prompt, params,
 * seed, provider, model asked and returned, price, attempts), approval, takes, history. A new JSON
 * object without the "schema" member. `check`: its file is read, and an approval of other bytes is
 * none. */
int al_asset_describe(Library *lib, const AlAsset *a, int64_t now_ms, bool check, Json **ret,
                      Err *err) _must_check_;
/* Changes the status (curation), with a history row {who, when, from, to, reason}. AL_NOT_FOUND. */
int al_asset_set_status(Library *lib, const char *id, AssetStatus to, const char *reason,
                        const char *who, int64_t now_ms, Err *err) _must_check_;

/* Distinct values with counts of ready, unexpired assets. key: "brand" "hook" "category" "recipe",
 * or a tag key; "tag": every key=value pair. */
typedef int (*AlFacetFn)(const char *key, const char *value, int64_t count, void *userdata);
int al_facet(Library *lib, const char *key, int64_t now_ms, AlFacetFn fn, void *userdata,
             Err *err) _must_check_;

/* ---- keeping ---- */

#include "core/library_keep.h"

typedef enum AlDamage {
        AL_DAMAGE_MISSING, /* an asset's object is not there */
        AL_DAMAGE_SIZE,
        AL_DAMAGE_HASH,
        AL_DAMAGE_ORPHAN,   /* a file in objects/ that no asset names */
        AL_DAMAGE_SPOOL,    /* a spool file no open attempt owns */
        AL_DAMAGE_DATABASE, /* SQLite's own check, or the spending counters */
        _AL_DAMAGE_MAX,
} AlDamage;
const char *al_damage_word(AlDamage d);
typedef int (*AlDamageFn)(AlDamage d, const char *subject, const char *text, void *userdata);
typedef struct AlVerifyTotals {
        int64_t assets, objects, bytes, damaged;
        int64_t database; /* of the damaged: in the database itself, beyond repair */
        int64_t orphans;  /* only with AL_REFUSED */
} AlVerifyTotals;
/* What verify may change: orphans and stale spool files move to DIR/quarantine/, and assets whose
 * object is gone or wrong are set to rejected; nothing is deleted. */
typedef enum AlRepair {
        AL_REPAIR_NOTHING,
        AL_REPAIR,
        AL_REPAIR_FORCED, /* also when an unusual share of all files is missing, or no asset's */
} AlRepair;
/* Library against files, both ways. `quick` skips reading the bytes. AL_REFUSED, with the number of
 * objects and, as damaged, of those that are missing: so many are, that their file system is more
 * likely not mounted; or, with the number of files as objects and of `orphans`, so many belong to no
 * asset, that the database is more likely not theirs; nothing was repaired. Nor is anything when SQLite
 * finds the database itself damaged: what is said of files is then only said. */
int al_verify(Library *lib, bool quick, AlRepair repair, int64_t now_ms, AlDamageFn fn,
              void *userdata, AlVerifyTotals *ret, Err *err) _must_check_;

/* Start-of-run tidying, under the run lock: spool files that belong to no open attempt, the folders
 * of commands that did not end with their run ("spool/17.run"), and objects
 * without a row that are older than `older_than_ms`, are moved to quarantine; objects only when no
 * attempt is open, since one may be its result. *ret_moved may be NULL. AL_REFUSED: an unusual share of
 * the objects has no row; they were left, the rest was done. */
int al_sweep(Library *lib, int64_t now_ms, int64_t older_than_ms, int64_t *ret_moved,
             Err *err) _must_check_;

#include "core/library_curate.h"
#include "core/library_handout.h"
#include "core/library_money.h"
#include "core/library_take.h"
