/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of drivers share: a job, the call built from it, a recorded answer read back. */

#include "provider/provider.h"
#include "support/test.h"

typedef struct DriverCase {
        const Driver *driver;
        ProviderJob job;
        Json *params, *prepared;
        Strv references;
        ProviderCall call;
        char *text; /* of the body, with "<FILE:path>" in place of each file */
        Json *body; /* the same, when it is JSON */
        ReplyPayload payloads[4];
        ProviderReply reply;
        ProviderResult result;
        Err err;
} DriverCase;

static inline DriverCase driver_case(const char *name, AssetKind kind, const char *model) {
        DriverCase c = {.driver = driver_find(name),
                        .job = {.kind = kind,
                                .model = model,
                                .prompt = "a \"red\" bicycle",
                                .want = kind == KIND_TEXT ? 3 : 1,
                                .seed = INT64_C(0x7654321089abcdef)},
                        .params = json_new_object(),
                        .prepared = json_new_object()};

        CHECK(c.driver && c.params && c.prepared);
        return c;
}

static inline void case_done(DriverCase *c) {
        provider_call_done(&c->call);
        provider_result_done(&c->result);
        (void) json_free(c->params);
        (void) json_free(c->prepared);
        (void) json_free(c->body);
        free(c->text);
        strv_done(&c->references);
}

static inline void case_param(DriverCase *c, const char *name, const char *text) {
        const ParamSpec *spec = driver_param(c->driver, name, c->job.kind);

        CHECK(spec);
        CHECK_OK(param_check(spec, text, &c->err), &c->err);
        CHECK(param_to_json(spec, text, c->params) >= 0);
}

static inline void case_reference(DriverCase *c, const char *path) {
        CHECK(strv_add(&c->references, path) >= 0);
}

static inline void case_set_job(DriverCase *c) {
        c->job.params = c->params;
        c->job.prepared = c->prepared;
        c->job.references = c->references.n > 0 ? &c->references : NULL;
}

/* Reads the call's body back, which has to be JSON when the header says so. */
static inline void case_read_body(DriverCase *c) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        for (size_t i = 0; i < c->call.http.n_body; i++) {
                const BodyPiece *p = &c->call.http.body[i];

                CHECK(!p->text != !p->file);
                CHECK(!p->text || p->n == strlen(p->text));
                if (p->text)
                        CHECK(strbuf_puts(&text, p->text) >= 0);
                else
                        CHECK(strbuf_printf(&text, "<%s:%s>", p->raw ? "RAW" : "FILE", p->file) >=
                              0);
        }
        free(c->text);
        (void) json_free(c->body);
        c->body = NULL;
        c->text = strdup(strbuf_text(&text));
        CHECK(c->text);
        if (strv_has(&c->call.http.headers, "Content-Type: application/json"))
                CHECK_OK(json_parse(c->text, strlen(c->text), &c->body, &c->err), &c->err);
}

static inline void case_build(DriverCase *c) {
        provider_call_done(&c->call);
        case_set_job(c);
        CHECK_OK(c->driver->build(&c->job, &c->call, &c->err), &c->err);
        CHECK_INT(c->call.type, CALL_HTTP);
        CHECK(c->call.http.paid);
        case_read_body(c);
}

/* The job cannot be expressed: nothing is handed out, and the sentence says why. */
static inline void case_refuses(DriverCase *c, const char *why) {
        ProviderCall call = {0};

        case_set_job(c);
        CHECK_INT(c->driver->build(&c->job, &call, &c->err), -EINVAL);
        CHECK_HAS(err_text(&c->err), why);
        CHECK(!call.http.url);
}

static inline const char *case_at(const DriverCase *c, const char *path) {
        return json_text(json_path(c->body, path));
}

static inline int64_t case_int_at(const DriverCase *c, const char *object, const char *key) {
        int64_t v;

        CHECK(json_int(*object ? json_path(c->body, object) : c->body, key, &v));
        return v;
}

static inline void case_check_result(const DriverCase *c) {
        const ProviderResult *r = &c->result;

        CHECK(r->outcome >= OUTCOME_OPEN && r->outcome < _OUTCOME_MAX);
        CHECK_INT(r->n_items > 0, r->outcome == OUTCOME_MADE);
        CHECK(r->outcome == OUTCOME_OPEN || !r->handle);
        CHECK(r->outcome == OUTCOME_MADE || r->outcome == OUTCOME_OPEN || r->reason[0]);
}

static inline void case_set_reply(DriverCase *c, int status, const char *body) {
        provider_result_done(&c->result);
        case_set_job(c);
        c->reply = (ProviderReply){.status = status,
                                   .content_type = "application/json",
                                   .retry_after_ms =
                                           c->reply.retry_after_ms ? c->reply.retry_after_ms : -1,
                                   .request_id = "req-header",
                                   .envelope = body,
                                   .envelope_n = strlen(body),
                                   .payloads = c->payloads,
                                   .n_payloads = 3};
}

/* The answer to the paid call, or to a poll of the handle. */
static inline void case_reply(DriverCase *c, int status, const char *body) {
        case_set_reply(c, status, body);
        CHECK_OK(c->driver->parse(&c->job, &c->reply, &c->result, &c->err), &c->err);
        case_check_result(c);
}

static inline void case_poll_reply(DriverCase *c, const char *handle, int status,
                                   const char *body) {
        case_set_reply(c, status, body);
        CHECK_OK(c->driver->parse_poll(&c->job, handle, &c->reply, &c->result, &c->err), &c->err);
        case_check_result(c);
}

/* One row of a table of answers. */
typedef struct ReplyRow {
        int status;
        const char *body;
        Outcome outcome;
        const char *code;
        bool retryable, billed;
        const char *reason; /* part of it, may be NULL */
} ReplyRow;

static inline void case_check_row(DriverCase *c, const ReplyRow *row, size_t i) {
        const ProviderResult *r = &c->result;

        if (r->outcome != row->outcome || !streq(r->code, row->code) ||
            r->retryable != row->retryable || r->billed != row->billed ||
            (row->reason && !strstr(r->reason, row->reason)))
                test_fail(__FILE__, __LINE__,
                          "row %zu: %d %s: outcome %d code '%s' retryable %d billed %d: %s", i,
                          row->status, row->body, (int) r->outcome, r->code, r->retryable,
                          r->billed, r->reason);
}

static inline void case_check_replies(DriverCase *c, const ReplyRow *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                case_reply(c, rows[i].status, rows[i].body);
                case_check_row(c, &rows[i], i);
        }
}

static inline void case_check_polls(DriverCase *c, const char *handle, const ReplyRow *rows,
                                    size_t n) {
        for (size_t i = 0; i < n; i++) {
                case_poll_reply(c, handle, rows[i].status, rows[i].body);
                case_check_row(c, &rows[i], i);
        }
}

typedef int (*BuildForFn)(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);

/* A call for an operation: with the key, not paid, no body. NULL: the handle is refused. */
static inline void case_check_call_for(DriverCase *c, BuildForFn build, const char *handle,
                                       const char *method, const char *url) {
        ProviderCall call = {0};

        case_set_job(c);
        if (!url) {
                CHECK_INT(build(&c->job, handle, &call, &c->err), -EINVAL);
                CHECK(!call.http.url);
                return;
        }
        CHECK_OK(build(&c->job, handle, &call, &c->err), &c->err);
        CHECK_STR(call.http.method, method);
        CHECK_STR(call.http.url, url);
        CHECK(call.http.with_key && !call.http.paid && call.http.n_body == 0);
        provider_call_done(&call);
}
