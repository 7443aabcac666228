/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Inside net/: what a transfer is made of, shared by http.c (its life and its owner),
 * transfer.c (one hop's end), and transfer_easy.c (one hop's start).
 *
 *      RUNNING ──(hop over)──▸ RUNNING with the next hop, or DONE ──(defer source)──▸ DELIVERED
 *
 * Each hop has its own easy handle, request body and reply body; all are gone when it is over, but
 * for the reply body of the last.
 */

#include <curl/curl.h>

#include "net/body.h"
#include "net/curl_event.h"
#include "net/http.h"
#include "net/origin.h"
#include "net/reply_head.h"
#include "net/request_body.h"

struct Http {
        sd_event *event;
        CurlEvent *curl;
        Transfer *transfers; /* all that are not freed */
        size_t in_flight;
        uint64_t turn;     /* of curl, that turn_bytes belongs to */
        size_t turn_bytes; /* of bodies, taken in it */
};

typedef enum TransferState {
        TRANSFER_RUNNING,
        TRANSFER_DONE, /* the defer source will call back */
        TRANSFER_DELIVERED,
} TransferState;

struct Transfer {
        Http *http; /* NULL when it was freed before us */
        Transfer *prev, *next;
        TransferState state;
        sd_event_source *deliver; /* made at the start, so that an end cannot fail */
        HttpDoneFn done;
        void *userdata;

        /* the call */
        HttpCall call;   /* owned */
        UrlParts first;  /* of call.url */
        UrlParts origin; /* of the provider's base_url */
        char *origin_url;
        const Secret *credential; /* `key`, or a document, borrowed: it is never sent */
        Secret *key;              /* a copy: a token may be renewed while calls with it run */
        int spool_dir_fd;         /* borrowed */
        char *spool_stem;
        uint64_t deadline_us; /* CLOCK_MONOTONIC */

        /* the hop */
        unsigned hops; /* redirects followed */
        char *url;     /* NULL: call.url */
        UrlParts target;
        CURL *easy;
        bool added; /* ... to the multi */
        struct curl_slist *headers;
        RequestBody *request;
        ReplyHead head;
        Body *body;
        int status;
        bool failed;             /* a callback said why: end and err hold */
        sd_event_source *resume; /* of a reply that came too fast for one turn */
        sd_event_source *stall;
        uint64_t stall_bytes; /* of body, since the stall timer was set */
        char curl_text[CURL_ERROR_SIZE];

        /* the end */
        HttpEnd end;
        Err err;
};

uint64_t transfer_now_us(void);

/* transfer_easy.c: makes the easy handle of the next hop and adds it. */
int transfer_start_hop(Transfer *t, Err *err) _must_check_;
/* Frees what belongs to the hop. Not from inside curl. */
void transfer_end_hop(Transfer *t);

/* transfer_io.c: the functions curl calls while a hop runs; userdata is the Transfer. */
int transfer_set_callbacks(Transfer *t, Err *err) _must_check_;
int transfer_make_sources(Transfer *t, Err *err) _must_check_; /* stall and resume, off */
/* The reply's body, by the status that came, if it is not there yet. -ENOMEM. */
int transfer_make_body(Transfer *t) _must_check_;
/* Remembers the cause of a failure, for the end of the hop. The first one stays. */
void transfer_fail(Transfer *t, HttpEnd end, const Err *why);

/* transfer.c: the hop is over. */
void transfer_hop_over(Transfer *t, CURLcode code);
/* Ends a transfer that is still running, from outside of curl. */
void transfer_abort(Transfer *t, int code, const char *why);
