/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An incremental JSON tokenizer for one purpose: to copy a document through, byte for byte, and to
 * divert the strings at some places to somebody else. Keeps a level stack of JSON_SCAN_DEPTH_MAX
 * and a key buffer, nothing that grows.
 */

#include "net/json_match.h"

enum {
        JSON_SCAN_DEPTH_MAX = 64,
};

typedef enum JsonScanEnd {
        JSON_SCAN_OK,
        JSON_SCAN_MALFORMED, /* the byte at *ret_used cannot stand there, or is nested too deep */
        JSON_SCAN_STOPPED,   /* a sink function returned false */
} JsonScanEnd;

/* Where it all goes. A function that returns false stops the scan for good. */
typedef struct JsonSink {
        bool (*text)(const char *data, size_t n, void *userdata);
        /* A diverted string: begins, pieces with the escapes undone, ends. */
        bool (*begin)(void *userdata);
        bool (*piece)(const char *data, size_t n, void *userdata);
        bool (*end)(void *userdata);
        void *userdata;
} JsonSink;

typedef struct JsonScan JsonScan;

/* paths: as HttpCall.payload_paths, borrowed; NULL for none. Those that begin with '-' are left
 * empty in the copy and go nowhere. */
int json_scan_new(const char *const *paths, const JsonSink *sink, JsonScan **ret) _must_check_;
JsonScan *json_scan_free(JsonScan *s);
DEFINE_CLEANUP(JsonScan, json_scan_free);

/* *ret_used = bytes dealt with; all of them for JSON_SCAN_OK. */
JsonScanEnd json_scan_feed(JsonScan *s, const char *data, size_t n, size_t *ret_used) _must_check_;
/* Nothing came but white space. */
bool json_scan_empty(const JsonScan *s);
/* One whole value came. */
bool json_scan_complete(const JsonScan *s);
