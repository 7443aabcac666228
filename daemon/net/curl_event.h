/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A curl multi handle on an sd-event loop: sockets are watched, curl's one timer is a timer source,
 * finished transfers are reported. Reports are made after curl has returned, never from inside it,
 * so that they may add and remove handles.
 */

#include <curl/curl.h>
#include <systemd/sd-event.h>

#include "base/err.h"

typedef struct CurlEvent CurlEvent;

typedef struct CurlEventHandler {
        /* The transfer is over; the handle is out of the multi already. */
        void (*finished)(CURL *easy, CURLcode code, void *userdata);
        /* The multi handle is lost, and with it every transfer: all handles must be removed, and
         * none added, until this returns. The next curl_event_add() starts a new one. */
        void (*broken)(const char *why, void *userdata);
        void *userdata;
} CurlEventHandler;

/* connections_max: open at a time, idle ones included. */
int curl_event_new(sd_event *event, long connections_max, const CurlEventHandler *handler,
                   CurlEvent **ret, Err *err) _must_check_;
CurlEvent *curl_event_free(CurlEvent *c); /* every handle must be removed before */
DEFINE_CLEANUP(CurlEvent, curl_event_free);

int curl_event_add(CurlEvent *c, CURL *easy, Err *err) _must_check_;
void curl_event_remove(CurlEvent *c, CURL *easy);
/* Goes up with each turn curl gets, so that the callbacks of one can tell it from the next. */
uint64_t curl_event_turn(const CurlEvent *c);
