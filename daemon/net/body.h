/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A reply's body as it arrives. A tokenizer follows the JSON and picks out the big base64 strings
 * at the places the driver named: they go to spool files (net/spool.h); everything else, with
 * "payload:<index>" in their place, is the envelope, which is bounded and small. No buffer grows
 * with the picture.
 *
 * What is no JSON is collected as it is (an HTML page from a proxy), as long as no payload began;
 * after that it makes the reply unusable, since nobody could say which picture was whole. The
 * tokenizer is lenient about what the driver's JSON parser will look at again (numbers, literals),
 * never about where a string begins and ends.
 */

#include "net/secret.h"
#include "net/spool.h"

typedef enum BodyMode {
        BODY_JSON, /* payloads are picked out; too long an envelope makes it unusable */
        BODY_RAW,  /* all of it is payload 0; an empty body has none */
        BODY_CUT,  /* all of it is envelope, the rest beyond the limit is dropped: error replies */
} BodyMode;

typedef struct BodyOptions {
        BodyMode mode;
        const char *const *payload_paths; /* as HttpCall; borrowed */
        int spool_dir_fd;                 /* borrowed; payload k is "<spool_stem>.<k>" below it */
        const char *spool_stem;           /* copied */
} BodyOptions;

typedef struct Body Body;

int body_new(const BodyOptions *options, Body **ret) _must_check_;
Body *body_free(Body *b); /* removes the payload files, unless body_keep() was called */
DEFINE_CLEANUP(Body, body_free);

/* Takes the next bytes. After any end but STREAM_OK it must not be fed again. */
StreamEnd body_feed(Body *b, const void *data, size_t n, Err *err) _must_check_;
/* The body is whole as far as the transport knows. */
StreamEnd body_finish(Body *b, Err *err) _must_check_;
/* JSON began and did not end: the one sign of a cut in a reply that says no length. */
bool body_cut_short(const Body *b);
/* Takes the secret out of the envelope, see secret_strike(). When the body is finished. */
void body_strike(Body *b, const Secret *secret);
/* From now on the payload files belong to somebody else. */
void body_keep(Body *b);

/* Borrowed. */
const char *body_envelope(const Body *b, size_t *ret_n, bool *ret_cut);
const ReplyPayload *body_payloads(const Body *b, size_t *ret_n);
