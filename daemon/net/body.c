/* SPDX-License-Identifier: MIT */

#include "net/body.h"

#include <stdio.h>

#include "net/json_scan.h"

struct Body {
        BodyMode mode;
        int dir_fd; /* borrowed */
        char *stem;
        JsonScan *scan; /* BODY_JSON */
        bool no_json;   /* ... which turned out not to be JSON */
        Spool *spool;   /* of the payload that is arriving */
        StrBuf envelope;
        bool cut;
        bool kept;
        size_t n_payloads;
        ReplyPayload payloads[REPLY_PAYLOADS_MAX];
        StreamEnd end; /* what made the scan stop, and its sentence */
        Err *err;      /* borrowed, while a call lasts */
};

static bool fail(Body *b, StreamEnd end) {
        b->end = end;
        return false;
}

static bool envelope_add(const char *data, size_t n, void *userdata) {
        Body *b = userdata;

        if (b->mode == BODY_CUT && n > REPLY_ENVELOPE_MAX - b->envelope.len) {
                n = REPLY_ENVELOPE_MAX - b->envelope.len;
                b->cut = true;
        }
        if (strbuf_add(&b->envelope, data, n) == 0)
                return true;
        if (b->envelope.error == -E2BIG) {
                (void) err_set(b->err, -E2BIG,
                               "the reply without its pictures is longer than %d KiB",
                               REPLY_ENVELOPE_MAX / 1024);
                return fail(b, STREAM_UNUSABLE);
        }
        (void) err_set(b->err, -ENOMEM, "out of memory for the reply");
        return fail(b, STREAM_STORAGE);
}

static char *payload_path(const Body *b, size_t k) {
        return str_printf("%s.%zu", b->stem, k);
}

static bool payload_begin(void *userdata) {
        Body *b = userdata;
        _cleanup_(freep) char *path = NULL;

        assert(!b->spool);
        if (b->n_payloads == REPLY_PAYLOADS_MAX) {
                (void) err_set(b->err, -E2BIG, "the reply has more than %d pictures",
                               REPLY_PAYLOADS_MAX);
                return fail(b, STREAM_UNUSABLE);
        }
        path = payload_path(b, b->n_payloads);
        if (!path) {
                (void) err_set(b->err, -ENOMEM, "out of memory for the reply");
                return fail(b, STREAM_STORAGE);
        }
        return spool_new(b->dir_fd, path, &b->spool, b->err) >= 0 || fail(b, STREAM_STORAGE);
}

static bool payload_piece(const char *data, size_t n, void *userdata) {
        Body *b = userdata;
        StreamEnd end = spool_base64(b->spool, data, n, b->err);

        return end == STREAM_OK || fail(b, end);
}

static bool payload_finish(Body *b) {
        StreamEnd end = spool_finish(b->spool, &b->payloads[b->n_payloads], b->err);

        if (end != STREAM_OK)
                return fail(b, end);
        b->spool = spool_free(b->spool);
        b->n_payloads++;
        return true;
}

static bool payload_end(void *userdata) {
        Body *b = userdata;
        char name[32];
        int n;

        if (!payload_finish(b))
                return false;
        n = snprintf(name, sizeof name, "payload:%zu", b->n_payloads - 1);
        return envelope_add(name, (size_t) n, b);
}

int body_new(const BodyOptions *options, Body **ret) {
        _cleanup_(body_freep) Body *b = NULL;
        int r;

        assert(options);
        assert(options->spool_stem);
        assert(ret);
        b = calloc(1, sizeof *b);
        if (!b)
                return -ENOMEM;
        b->mode = options->mode;
        b->dir_fd = options->spool_dir_fd;
        b->envelope = STRBUF_INIT(REPLY_ENVELOPE_MAX);
        b->stem = strdup(options->spool_stem);
        if (!b->stem)
                return -ENOMEM;
        if (b->mode == BODY_JSON) {
                const JsonSink sink = {.text = envelope_add,
                                       .begin = payload_begin,
                                       .piece = payload_piece,
                                       .end = payload_end,
                                       .userdata = b};

                r = json_scan_new(options->payload_paths, &sink, &b->scan);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(b);
        return 0;
}

Body *body_free(Body *b) {
        if (!b)
                return NULL;
        (void) spool_free(b->spool);
        for (size_t k = 0; !b->kept && k < b->n_payloads; k++) {
                _cleanup_(freep) char *path = payload_path(b, k);

                if (path)
                        (void) unlinkat(b->dir_fd, path, 0);
        }
        (void) json_scan_free(b->scan);
        strbuf_done(&b->envelope);
        free(b->stem);
        free(b);
        return NULL;
}

static bool payload_began(const Body *b) {
        return b->spool || b->n_payloads > 0;
}

static bool feed_json(Body *b, const char *data, size_t n) {
        size_t used = 0;

        if (!b->no_json) {
                switch (json_scan_feed(b->scan, data, n, &used)) {
                case JSON_SCAN_OK:
                        return true;
                case JSON_SCAN_STOPPED:
                        return false;
                case JSON_SCAN_MALFORMED:
                        b->no_json = true;
                }
        }
        if (payload_began(b)) {
                (void) err_set(b->err, -EBADMSG, "the reply's JSON is broken");
                return fail(b, STREAM_UNUSABLE);
        }
        return envelope_add(data + used, n - used, b);
}

static bool feed_raw(Body *b, const char *data, size_t n) {
        StreamEnd end;

        if (!b->spool && !payload_begin(b))
                return false;
        end = spool_raw(b->spool, data, n, b->err);
        return end == STREAM_OK || fail(b, end);
}

StreamEnd body_feed(Body *b, const void *data, size_t n, Err *err) {
        bool fine = false;

        assert(b);
        assert(data || n == 0);
        assert(b->end == STREAM_OK);
        if (n == 0)
                return STREAM_OK;
        b->err = err;
        switch (b->mode) {
        case BODY_JSON:
                fine = feed_json(b, data, n);
                break;
        case BODY_RAW:
                fine = feed_raw(b, data, n);
                break;
        case BODY_CUT:
                fine = envelope_add(data, n, b);
                break;
        }
        b->err = NULL;
        return fine ? STREAM_OK : b->end;
}

StreamEnd body_finish(Body *b, Err *err) {
        assert(b);
        assert(b->end == STREAM_OK);
        b->err = err;
        if (b->mode == BODY_RAW && b->spool)
                (void) payload_finish(b);
        else if (b->mode == BODY_JSON && payload_began(b) && !json_scan_complete(b->scan)) {
                (void) err_set(err, -EBADMSG, "the reply's JSON ends before it is complete");
                (void) fail(b, STREAM_UNUSABLE);
        }
        b->err = NULL;
        return b->end;
}

bool body_cut_short(const Body *b) {
        assert(b);
        return b->mode == BODY_JSON && !b->no_json && !json_scan_empty(b->scan) &&
               !json_scan_complete(b->scan);
}

void body_strike(Body *b, const Secret *secret) {
        assert(b);
        secret_strike(secret, b->envelope.data, b->envelope.len);
}

void body_keep(Body *b) {
        assert(b);
        b->kept = true;
}

const char *body_envelope(const Body *b, size_t *ret_n, bool *ret_cut) {
        assert(b);
        assert(ret_n);
        *ret_n = b->envelope.len;
        if (ret_cut)
                *ret_cut = b->cut;
        return strbuf_text(&b->envelope);
}

const ReplyPayload *body_payloads(const Body *b, size_t *ret_n) {
        assert(b);
        assert(ret_n);
        *ret_n = b->n_payloads;
        return b->payloads;
}
