/* SPDX-License-Identifier: MIT */

/*
 * From "made" to bytes one can trust: fetch what came as a URL (fetch.c), have the media worker
 * decode each file (type by content, whole, sides as asked), then hand all parts to the storer. One
 * part at a time; the first that fails ends the attempt as broken.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/parse.h"
#include "night/state.h"

enum {
        RATIO_TOLERANCE_PERCENT = 3, /* providers round sides to multiples of 16 or 32 */
        PROBES_MAX = 4,              /* of a picture on which, or before which, workers die */
};

static void next_part(Item *item);
static void suspect(Item *item);

int media_fits_request(const Json *params, const MediaInfo *info, Err *err) {
        const char *size = json_str(params, "size"), *ratio = json_str(params, "aspect_ratio");
        int w, h;

        assert(info);
        if (size && parse_size_2d(size, &w, &h) >= 0 && (info->width != w || info->height != h))
                return err_set(err, -EBADMSG, "asked for %dx%d, got %" PRId64 "x%" PRId64, w, h,
                               info->width, info->height);
        if (ratio && parse_ratio(ratio, &w, &h) >= 0) {
                int64_t got = info->width * h, want = info->height * w;
                int64_t off = got > want ? got - want : want - got;

                if (off * 100 > want * RATIO_TOLERANCE_PERCENT)
                        return err_set(err, -EBADMSG,
                                       "asked for a ratio of %s, got %" PRId64 "x%" PRId64, ratio,
                                       info->width, info->height);
        }
        return 0;
}

/* The parts are whole and verified: make them durable. */
static void place_parts(Item *item) {
        StoreTask *task = store_task_new(item->n_parts);
        Err err = {0};

        if (!task) {
                (void) err_set(&err, -ENOMEM, "out of memory");
                item_park(item, &err);
                return;
        }
        for (size_t i = 0; i < item->n_parts; i++) {
                StoreFile *f = &task->files[i];
                Part *p = &item->parts[i];
                const char *text = item->result.items[i].text;

                if (text)
                        f->text = strdup(text);
                else
                        f->spool = strdup(p->spool);
                (void) snprintf(f->ext, sizeof f->ext, "%s", text ? "txt" : p->info.ext);
                f->hash = !text && !p->have_digest;
                f->check = !text && p->have_digest && item->resumed;
                f->digest = p->digest;
                f->bytes = p->bytes;
                f->placed = p->placed;
                if (!f->text && !f->spool) {
                        (void) store_task_free(task);
                        (void) err_set(&err, -ENOMEM, "out of memory");
                        item_park(item, &err);
                        return;
                }
        }
        item->stage = ITEM_PLACING;
        task->userdata = item;
        item->night->world->store(item->night->world, task);
}

/* What was received is not there any more, or not whole, after a crash. Waiting for it would stop
 * each night to come. */
static void torn_answer(Item *item, const Err *why) {
        item_fail(item, OUTCOME_BROKEN, false, !item->lane->driver->free, "TORN",
                  "the answer that was kept is damaged: %s", err_text(why));
}

void item_stored(StoreTask *task) {
        Item *item = task->userdata;

        for (size_t i = 0; i < task->n && task->result >= 0; i++) {
                item->parts[i].digest = task->files[i].digest;
                item->parts[i].bytes = task->files[i].bytes;
                item->parts[i].placed = true;
        }
        if (task->result < 0) {
                Err err = task->err;
                bool torn = task->result == -EBADMSG;

                (void) store_task_free(task);
                if (torn)
                        torn_answer(item, &err);
                else
                        item_park(item, &err);
                return;
        }
        (void) store_task_free(task);
        item_settle(item);
}

/* Codes that speak of the picture (MediaDoneFn); any other means that no picture could be looked
 * at. */
static bool picture_is_to_blame(int result) {
        return result == -EBADMSG || result == -EFBIG || result == -ETIMEDOUT;
}

/* The worker that died on the picture decodes one that is good: then the picture is to blame,
 * unless another look shows that it was chance (a kill from outside). Or it does not: then the
 * worker is, and the answer waits for one that works. */
static void on_suspect_checked(int result, const MediaInfo *info, const Err *err, void *userdata) {
        Item *item = userdata;

        (void) info;
        item_drop_task(item);
        item->probes++;
        if (result < 0 && item->probes < PROBES_MAX)
                suspect(item);
        else if (result < 0)
                item_park(item, err);
        else if (item->probes < PROBES_MAX)
                verify_part(item);
        else
                item_fail(item, OUTCOME_BROKEN, true, !item->lane->driver->free, "NOT_AS_ASKED",
                          "what came is no usable picture: the media worker dies of it");
}

static void suspect(Item *item) {
        _cleanup_(closep) int fd = -1;
        Err err = {0};
        int r;

        fd = media_check_picture(&err);
        r = fd < 0 ? fd
                   : item->night->world->probe(item->night->world, fd, on_suspect_checked, item,
                                               &item->task, &err);
        if (r < 0)
                item_park(item, &err);
}

static void on_probed(int result, const MediaInfo *info, const Err *err, void *userdata) {
        Item *item = userdata;
        bool billed = !item->lane->driver->free;
        Err why = {0};

        item_drop_task(item);
        if (result == -ECHILD && ++item->probes < PROBES_MAX) { /* died on others' pictures */
                verify_part(item);
                return;
        }
        if (result == -ECONNRESET) {
                suspect(item);
                return;
        }
        if (result < 0 && !picture_is_to_blame(result)) {
                item_park(item, err);
                return;
        }
        if (result >= 0)
                result = media_fits_request(item->params, info, &why);
        else if (err)
                why = *err;
        if (result < 0) {
                item_fail(item, OUTCOME_BROKEN, true, billed, "NOT_AS_ASKED",
                          "what came is no usable picture: %s", err_text(&why));
                return;
        }
        item->parts[item->part].info = *info;
        item->part++;
        item->fetches = 0;
        next_part(item);
}

/* After a crash the part may be an object already: then that file is probed. Its extension is
 * whatever it was stored as. */
static int open_placed(Item *item, Part *p) {
        static const char *const exts[] = {"png", "jpg", "webp", "gif", "mp4", "webm", "mov"};

        for (size_t i = 0; p->have_digest && i < ARRAY_LEN(exts); i++) {
                _cleanup_(freep) char *name = al_object_name(&p->digest, exts[i]);
                int fd = name ? fs_open_beneath(al_dir_fd(item->night->lib), name,
                                                O_RDONLY | O_CLOEXEC, 0)
                              : -ENOMEM;

                if (fd >= 0) {
                        p->placed = true;
                        return fd;
                }
        }
        return -ENOENT;
}

void verify_part(Item *item) {
        Part *p = &item->parts[item->part];
        _cleanup_(closep) int fd = -1;
        Err err = {0};
        int r;

        item->stage = ITEM_PROBING;
        fd = fs_open_beneath(al_dir_fd(item->night->lib), p->spool,
                             O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
        if (fd == -ENOENT)
                fd = open_placed(item, p);
        if (fd < 0) {
                (void) err_errno(&err, fd, "cannot open '%s'", p->spool);
                if (fd == -ENOENT)
                        torn_answer(item, &err);
                else
                        item_park(item, &err);
                return;
        }
        item_drop_task(item);
        r = item->night->world->probe(item->night->world, fd, on_probed, item, &item->task, &err);
        if (r < 0)
                item_park(item, &err);
}

static void next_part(Item *item) {
        while (item->part < item->n_parts && item->result.items[item->part].text)
                item->part++;
        if (item->part == item->n_parts) {
                place_parts(item);
                return;
        }
        if (item->result.items[item->part].url)
                item_fetch_part(item);
        else
                verify_part(item);
}

static int part_init(Item *item, size_t i) {
        const ResultItem *one = &item->result.items[i];
        Part *p = &item->parts[i];

        if (one->text)
                return 0;
        if (one->url) {
                p->spool = str_printf("spool/%" PRId64 ".f%zu.0", item->attempt, i);
                return p->spool ? 0 : -ENOMEM;
        }
        if (one->payload < 0 || (size_t) one->payload >= item->n_payloads)
                return -EBADMSG;
        p->spool = str_printf("spool/%" PRId64 ".%d", item->attempt, one->payload);
        if (!p->spool)
                return -ENOMEM;
        if (item->payloads[one->payload].bytes >= 0) {
                p->have_digest = true;
                p->digest = item->payloads[one->payload].digest;
                p->bytes = item->payloads[one->payload].bytes;
        }
        return 0;
}

void item_take_result(Item *item) {
        int r = 0;

        assert(item->result.outcome == OUTCOME_MADE);
        item_free_slot(item); /* the provider is done with it */
        item->parts = calloc(MAX_OF(item->result.n_items, (size_t) 1), sizeof *item->parts);
        item->n_parts = item->parts ? item->result.n_items : 0;
        item->part = 0;
        if (!item->parts)
                r = -ENOMEM;
        for (size_t i = 0; r >= 0 && i < item->n_parts; i++)
                r = part_init(item, i);
        if (r < 0 || item->n_parts == 0) {
                item_fail(item, OUTCOME_BROKEN, false, true, "EMPTY", "the answer names no asset");
                return;
        }
        next_part(item);
}
