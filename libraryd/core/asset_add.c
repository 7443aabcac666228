/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "core/alike.h"
#include "core/asset.h"
#include "core/object.h"
#include "core/term.h"

static const char base32[] = "0123456789abcdefghjkmnpqrstvwxyz";

void asset_uid(const char *job_uid, int64_t variant, const Digest *digest, unsigned salt,
               char ret[static ASSET_UID_LEN + 1]) {
        char text[64];
        uint64_t bits = 0;
        DigestContext c;
        Digest d;

        assert(job_uid && digest);
        (void) snprintf(text, sizeof text, " %lld %u ", (long long) variant, salt);
        digest_init(&c);
        digest_update(&c, job_uid, strlen(job_uid));
        digest_update(&c, text, strlen(text));
        digest_update(&c, digest->bytes, sizeof digest->bytes);
        digest_final(&c, &d);
        for (int i = 0; i < 8; i++)
                bits = bits << 8 | d.bytes[i];
        for (int i = 0; i < ASSET_UID_LEN; i++)
                ret[i] = base32[bits >> (59 - 5 * i) & 31];
        ret[ASSET_UID_LEN] = 0;
}

/* What all assets of a job share. */
typedef struct Batch {
        char uid[17];
        int64_t job, cell, brand, hook, category, recipe;
        int64_t max_age_ms;
        AssetKind kind;
        bool review;
        Json *tags;
} Batch;

static void batch_done(Batch *b) {
        (void) json_free(b->tags);
}

/* The texts of the statement's row; terms are interned afterwards, when it is reset. */
typedef struct Axes {
        char *values[4];
} Axes;
static const char *const axis_keys[] = {"brand", "hook", "category", "recipe"};

static void axes_done(Axes *a) {
        for (size_t i = 0; i < ARRAY_LEN(a->values); i++)
                free(a->values[i]);
}

static int batch_read(Stmt *s, Batch *b, Axes *axes, Err *err) {
        const char *tags = db_col_text(s, 7);
        int r;

        (void) snprintf(b->uid, sizeof b->uid, "%s", db_col_text(s, 0));
        b->cell = db_col_int(s, 1);
        b->kind = asset_kind_from_word(db_col_text(s, 2));
        b->max_age_ms = db_col_int(s, 8);
        b->review = db_col_int(s, 9) != 0;
        if (b->kind < 0)
                return err_set(err, -EUCLEAN, "job %lld has an unknown kind", (long long) b->job);
        for (int i = 0; i < 4; i++) {
                r = lib_copy(&axes->values[i], db_col_text(s, 3 + i));
                if (r < 0)
                        return err_errno(err, r, "cannot read job %lld", (long long) b->job);
        }
        return json_parse(tags, strlen(tags), &b->tags, err);
}

static int batch_load(Library *lib, int64_t job, Batch *ret, Err *err) {
        int64_t *const terms[] = {&ret->brand, &ret->hook, &ret->category, &ret->recipe};
        _cleanup_(axes_done) Axes axes = {0};
        Stmt *s;
        int r;

        *ret = (Batch){.job = job};
        r = db_query(lib->db, SQL_ASSET_JOB, &s, err, "l", job);
        if (r < 0)
                return r;
        assert(r == 1); /* the attempt's foreign key */
        r = batch_read(s, ret, &axes, err);
        db_reset(s);
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(terms); i++)
                r = term_intern(lib, axis_keys[i], axes.values[i], terms[i], err);
        return r;
}

static int uid_is_taken(Library *lib, const char *uid, bool *ret, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_ASSET_UID_TAKEN, &s, err, "s", uid);

        if (r < 0)
                return r;
        *ret = db_col_int(s, 0) != 0;
        db_reset(s);
        return 0;
}

/* Sixty bits collide about once in 2^30 assets: the next salt then, instead of losing a paid one. */
int asset_uid_free(Library *lib, const char *seed, int64_t variant, const Digest *digest,
                   char ret[static ASSET_UID_LEN + 1], Err *err) {
        bool taken;
        int r;

        assert(lib && seed && digest);
        for (unsigned salt = 0; salt < ASSET_SALTS_MAX; salt++) {
                asset_uid(seed, variant, digest, salt, ret);
                r = uid_is_taken(lib, ret, &taken, err);
                if (r < 0)
                        return r;
                if (!taken)
                        return 0;
        }
        return err_set(err, -EEXIST, "cannot name an asset of '%s': its ids are taken", seed);
}

static int tag_add(Library *lib, int64_t asset, const char *key, const Json *value, Err *err) {
        int64_t term;
        int r;

        if (!key || !json_is_string(value))
                return err_set(err, -EUCLEAN, "a tag of the job is no text");
        r = term_intern(lib, key, json_text(value), &term, err);
        return r < 0 ? r : db_exec(lib->db, SQL_ASSET_TAG_INSERT, NULL, err, "ll", asset, term);
}

int asset_tags_add(Library *lib, int64_t asset, const Json *tags, Err *err) {
        int r = 0;

        for (const Json *tag = json_first(tags); r >= 0 && tag; tag = json_next(tag)) {
                if (!json_is_array(tag)) {
                        r = tag_add(lib, asset, json_key(tag), tag, err);
                        continue;
                }
                for (const Json *v = json_first(tag); r >= 0 && v; v = json_next(v))
                        r = tag_add(lib, asset, json_key(tag), v, err);
        }
        return r;
}

static int asset_insert(Library *lib, const Batch *b, const AlNewAsset *a, const char *uid,
                        int64_t object, Micros price, int64_t now_ms, Err *err) {
        AssetStatus status = b->review ? ASSET_PENDING : ASSET_READY;

        return db_exec(lib->db, SQL_ASSET_INSERT, NULL, err, "sllllsllllssll?", uid, object,
                       b->cell, b->job, a->variant, asset_kind_word(b->kind), b->brand, b->hook,
                       b->category, b->recipe, asset_status_word(status), a->text, price, now_ms,
                       b->max_age_ms > 0 ? now_ms + b->max_age_ms : INT64_MIN);
}

/* Copy is read here; what a picture looks like, the media worker said. */
static int asset_compare(Library *lib, const Batch *b, const AlNewAsset *a, int64_t row,
                         int64_t object, int64_t now_ms, Err *err) {
        AlikePlace place = {.cell = b->cell};
        Fingerprint look = {0};
        int64_t first;
        int r;

        if (a->text)
                fingerprint_of_text(a->text, &look);
        else if (a->look)
                look = *a->look;
        r = alike_keep(lib, object, &look, err);
        return r < 0 ? r : alike_mark(lib, row, object, &look, &place, now_ms, &first, err);
}

static int asset_add(Library *lib, const Batch *b, const AlNewAsset *a, Micros price,
                     int64_t now_ms, Strv *uids, Err *err) {
        char uid[ASSET_UID_LEN + 1];
        int64_t object, row;
        int r = object_upsert(lib, a, now_ms, &object, err);

        if (r >= 0)
                r = asset_uid_free(lib, b->uid, a->variant, &a->digest, uid, err);
        if (r >= 0)
                r = asset_insert(lib, b, a, uid, object, price, now_ms, err);
        row = db_last_id(lib->db);
        if (r >= 0)
                r = db_exec(lib->db, SQL_WORDS_ADD, NULL, err, "l", row);
        if (r >= 0)
                r = asset_tags_add(lib, row, b->tags, err);
        if (r >= 0)
                r = asset_compare(lib, b, a, row, object, now_ms, err);
        if (r >= 0 && uids && strv_add(uids, uid) < 0)
                r = err_errno(err, -ENOMEM, "cannot list the new assets");
        return r;
}

int asset_add_all(Library *lib, int64_t job, const AlNewAsset *assets, size_t n, Micros price,
                  int64_t now_ms, Strv *uids, Err *err) {
        _cleanup_(batch_done) Batch b = {0};
        int r;

        assert(lib && (assets || n == 0));
        assert(db_in_transaction(lib->db));
        if (n == 0)
                return 0;
        r = batch_load(lib, job, &b, err);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                Micros share = price / (Micros) n + (i == 0 ? price % (Micros) n : 0);

                r = asset_add(lib, &b, &assets[i], share, now_ms, uids, err);
        }
        return r;
}
