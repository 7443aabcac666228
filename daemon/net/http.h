/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * HTTP transfers: libcurl's multi interface on one sd-event loop. One Transfer a call, with its own
 * callback; dropping it cancels it. Bodies stream both ways: a reply's big base64 members go
 * through net/body.h to spool files as they arrive, the rest (bounded) is the envelope; a request's
 * reference pictures are read and encoded as they leave.
 *
 * Redirects are followed by hand: at most HTTP_HOPS_MAX, GET anywhere allowed, POST only 307/308
 * within the same origin; https only, http to loopback alone; the credential goes to the origin of
 * the provider's base_url and nowhere else. Addresses that are not public are refused after DNS
 * unless the base_url itself names them (a local engine, a test).
 *
 * Loop rule: everything on the loop's thread; the callback runs from a defer source, never inside
 * curl, and may drop any transfer, itself too.
 */

#include <systemd/sd-event.h>

#include "net/secret.h"
#include "provider/provider.h"

enum {
        HTTP_HOPS_MAX = 3,
        HTTP_CONNECT_TIMEOUT_MS = 10000,
        HTTP_LOW_SPEED_BYTES =
                16, /* below this for HTTP_LOW_SPEED_SECONDS after the first byte: given up */
        HTTP_LOW_SPEED_SECONDS = 60,
        HTTP_HEADERS_MAX = 32 * 1024,
        HTTP_TRANSFERS_MAX = 1024,
};

typedef struct Http Http;
typedef struct Transfer Transfer;

typedef enum HttpEnd {
        HTTP_END_REPLY,    /* a whole reply, of any status */
        HTTP_END_NOT_SENT, /* definitely never left: DNS, connect, TLS, refused address or redirect
                              (of a GET); or was broken off by us before it was whole (a reference
                              changed) */
        HTTP_END_LOST,     /* left (perhaps in part), and no whole reply came: reset, timeout, short
                              body */
        HTTP_END_UNUSABLE, /* a whole or aborted 2xx answer beyond a limit or undecodable: bad
                              base64, too big, envelope too long */
        HTTP_END_STORAGE,  /* could not be written: disk full, I/O error; err says which */
} HttpEnd;

typedef struct HttpResult {
        HttpEnd end;
        Err err;             /* why, unless HTTP_END_REPLY */
        ProviderReply reply; /* HTTP_END_REPLY; borrowed from the transfer until it is freed */
} HttpResult;

typedef void (*HttpDoneFn)(Transfer *t, const HttpResult *result, void *userdata);

typedef struct HttpOptions {
        const char *origin;       /* the provider's base_url: where the credential may go, and which
                                     addresses are fine */
        const Secret *credential; /* NULL = none; borrowed, must outlive the transfer */
        int64_t timeout_ms;       /* of the whole call */
        int spool_dir_fd;       /* borrowed, must outlive the transfer; payload k goes to spool file
                                   "<spool_stem>.<k>" below this directory */
        const char *spool_stem; /* "spool/17" */
} HttpOptions;

int http_new(sd_event *event, Http **ret, Err *err) _must_check_;
Http *http_free(Http *http); /* cancels what is in flight, without callbacks */
DEFINE_CLEANUP(Http, http_free);

/* Starts the call (takes the call's body and url: the HttpCall is empty afterwards). The callback
 * comes later, never from inside. On failure nothing was sent and the call is still the
 * caller's: -EINVAL (URL, header), -EACCES (where it wants to go), -EBUSY, -E2BIG, -ENOMEM, or what
 * opening a reference gave. */
int http_start(Http *http, HttpCall *call, const HttpOptions *options, HttpDoneFn done,
               void *userdata, Transfer **ret, Err *err) _must_check_;
Transfer *transfer_free(Transfer *t); /* cancels if still running; payload files of an unfinished
                                         one are removed, those of a finished one stay */
DEFINE_CLEANUP(Transfer, transfer_free);

size_t http_in_flight(const Http *http);
