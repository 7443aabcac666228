/* SPDX-License-Identifier: MIT */

/* Where requests and the credential may go, and that nothing is sent twice. */

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/http_fixture.h"
#include "support/raw_server.h"
#include "support/test.h"

#define KEY "sesame-77"

static Secret *key(void) {
        _cleanup_(freep) char *path = test_file("key", KEY "\n");
        Secret *s = NULL;
        Err err = {0};

        CHECK_INT(chmod(path, 0600), 0);
        CHECK_OK(secret_load(NULL, path, &s, &err), &err);
        return s;
}

/* What the servers of a test do; `target` is where the first one sends its clients. */
typedef struct Plan {
        const char *status;
        char *target;
} Plan;

/* "/go" redirects, everything else answers with the request's body, or "got". */
static void serve_plan(RawConn *c) {
        const Plan *plan = c->userdata;
        _cleanup_(freep) char *location = NULL;

        while (raw_request(c)) {
                if (plan && strstr(c->head, " /go")) {
                        CHECK(asprintf(&location, "Location: %s\r\n", plan->target) > 0);
                        raw_reply(c, plan->status, location, "over there");
                        free(TAKE_PTR(location));
                } else
                        raw_reply(c, "200 OK", NULL, c->body_n > 0 ? c->body : "got");
        }
}

/* Calls `url` with the key, which belongs to `origin`. */
static void call(const char *url, const char *origin, const char *body, bool with_key, Ended *e) {
        Secret *secret = key();
        HttpOptions options = {.origin = origin, .credential = secret};
        HttpCall c = fixture_call(url, body);
        Fixture f;

        c.with_key = with_key;
        fixture_open(&f);
        fixture_run(&f, &c, &options, e);
        fixture_close(&f);
        (void) secret_free(secret);
}

TEST(the_key_goes_to_its_origin_only) {
        RawServer *own = raw_server_new(serve_plan, NULL),
                  *other = raw_server_new(serve_plan, NULL);
        _cleanup_(freep) char *own_url = raw_server_url(own, "/a"),
                              *other_url = raw_server_url(other, "/b");
        Ended e;

        call(own_url, own_url, NULL, false, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        ended_done(&e);
        CHECK(!raw_server_saw(own, KEY));
        call(other_url, own_url, NULL, true, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        ended_done(&e);
        CHECK_INT(raw_server_requests(other), 1);
        CHECK(!raw_server_saw(other, KEY));
        call(own_url, own_url, "{}", true, &e);
        ended_done(&e);
        CHECK(raw_server_saw(own, "\r\nx-goog-api-key: " KEY "\r\n"));
        raw_server_free(own);
        raw_server_free(other);
}

/* Where a vendor keeps results: told by the driver, never by an answer. */
TEST(the_key_goes_to_the_origin_that_the_driver_names_too) {
        RawServer *own = raw_server_new(serve_plan, NULL),
                  *other = raw_server_new(serve_plan, NULL),
                  *third = raw_server_new(serve_plan, NULL);
        _cleanup_(freep) char *own_url = raw_server_url(own, "/a"),
                              *other_url = raw_server_url(other, "/b"),
                              *third_url = raw_server_url(third, "/c");
        Secret *secret = key();
        HttpOptions options = {.origin = own_url, .credential = secret};
        const struct {
                const char *url, *origin;
                bool key;
        } rows[] = {{third_url, other_url, false},
                    {other_url, "", false},
                    {other_url, other_url, true}};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                HttpCall c = fixture_call(rows[i].url, NULL);
                Fixture f;
                Ended e;

                c.with_key = true;
                c.key_origin = rows[i].origin;
                fixture_open(&f);
                fixture_run(&f, &c, &options, &e);
                fixture_close(&f);
                CHECK_INT(e.end, HTTP_END_REPLY);
                ended_done(&e);
                CHECK_INT(raw_server_saw(other, KEY) || raw_server_saw(third, KEY), rows[i].key);
        }
        (void) secret_free(secret);
        raw_server_free(own);
        raw_server_free(other);
        raw_server_free(third);
}

/* A server that says the key back, wherever it can. */
static void serve_echo(RawConn *c) {
        const Plan *plan = c->userdata;

        while (raw_request(c))
                raw_reply(c, plan->status,
                          "Content-Type: text/" KEY "\r\nx-request-id: id-" KEY "\r\n",
                          "{\"error\": \"" KEY "\", \"s\\u0065same-77\": 1}");
}

TEST(a_key_said_back_goes_no_further) {
        static const char *const statuses[] = {"200 OK", "400 Bad Request", "502 Bad Gateway"};

        for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
                Plan plan = {.status = statuses[i]};
                RawServer *own = raw_server_new(serve_echo, &plan);
                _cleanup_(freep) char *url = raw_server_url(own, "/a");
                Ended e;

                call(url, url, "{}", true, &e);
                CHECK_INT(e.end, HTTP_END_REPLY);
                CHECK_STR(e.envelope, "{\"error\": \"*********\", \"**************\": 1}");
                CHECK_STR(e.content_type, "text/*********");
                CHECK_STR(e.request_id, "id-*********");
                ended_done(&e);
                raw_server_free(own);
        }
}

TEST(a_key_in_the_name_of_a_host_is_not_told) {
        Plan plan = {.status = "302 Found", .target = strdup("http://" KEY ".example/")};
        RawServer *own = raw_server_new(serve_plan, &plan);
        _cleanup_(freep) char *url = raw_server_url(own, "/go");
        Ended e;

        call(url, url, NULL, true, &e);
        CHECK_INT(e.end, HTTP_END_NOT_SENT);
        CHECK_HAS(e.err.text, "*********.example");
        CHECK(!strstr(e.err.text, KEY));
        ended_done(&e);
        raw_server_free(own);
        free(plan.target);
}

TEST(a_redirect_to_another_server_gets_no_key) {
        Plan plan = {.status = "302 Found"};
        RawServer *own = raw_server_new(serve_plan, &plan),
                  *other = raw_server_new(serve_plan, NULL);
        _cleanup_(freep) char *url = raw_server_url(own, "/go");
        Ended e;

        plan.target = raw_server_url(other, "/file");
        call(url, url, NULL, true, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_STR(e.envelope, "got");
        ended_done(&e);
        CHECK_INT(raw_server_requests(other), 1);
        CHECK(raw_server_saw(own, KEY));
        CHECK(raw_server_saw(own, "X-Custom: mine"));
        CHECK(!raw_server_saw(other, KEY));
        CHECK(!raw_server_saw(other, "x-goog-api-key"));
        CHECK(!raw_server_saw(other, "X-Custom"));
        CHECK(!raw_server_saw(other, "eferer"));
        raw_server_free(own);
        raw_server_free(other);
        free(plan.target);
}

TEST(a_redirect_within_the_origin_keeps_the_key) {
        static const char *const statuses[] = {"301 A", "302 B", "303 C", "307 D", "308 E"};

        for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
                Plan plan = {.status = statuses[i], .target = strdup("/relative")};
                RawServer *own = raw_server_new(serve_plan, &plan);
                _cleanup_(freep) char *url = raw_server_url(own, "/go");
                Ended e;

                call(url, url, NULL, true, &e);
                CHECK_INT(e.end, HTTP_END_REPLY);
                CHECK_STR(e.envelope, "got");
                ended_done(&e);
                CHECK(raw_server_saw(own, "GET /relative HTTP/1.1"));
                CHECK_INT(raw_server_requests(own), 2);
                raw_server_free(own);
                free(plan.target);
        }
}

/* "/hop3" redirects to "/hop2" and so on; "/hop0" answers. */
static void serve_hops(RawConn *c) {
        while (raw_request(c)) {
                const char *at = strstr(c->head, "/hop");
                char location[64];

                CHECK(at);
                if (at[4] == '0') {
                        raw_reply(c, "200 OK", NULL, "there");
                        continue;
                }
                (void) snprintf(location, sizeof location, "Location: /hop%c\r\n", at[4] - 1);
                raw_reply(c, "302 Found", location, "");
        }
}

TEST(hops_at_their_limit) {
        for (int over = 0; over <= 1; over++) {
                RawServer *s = raw_server_new(serve_hops, NULL);
                char path[16];
                _cleanup_(freep) char *url = NULL;
                Ended e;

                (void) snprintf(path, sizeof path, "/hop%d", HTTP_HOPS_MAX + over);
                url = raw_server_url(s, path);
                call(url, url, NULL, true, &e);
                CHECK_INT(e.end, over ? HTTP_END_NOT_SENT : HTTP_END_REPLY);
                if (over)
                        CHECK_HAS(e.err.text, "redirects");
                else
                        CHECK_STR(e.envelope, "there");
                CHECK_INT(raw_server_requests(s), HTTP_HOPS_MAX + 1);
                ended_done(&e);
                raw_server_free(s);
        }
}

TEST(redirects_refused) {
        static const char *const targets[] = {"http://example.com/",
                                              "https://10.0.0.1/",
                                              "https://169.254.169.254/latest/meta-data",
                                              "file:///etc/passwd",
                                              "gopher://127.0.0.1/",
                                              "https://user:word@example.com/",
                                              "https://0/"};

        for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
                Plan plan = {.status = "302 Found", .target = strdup(targets[i])};
                RawServer *s = raw_server_new(serve_plan, &plan);
                _cleanup_(freep) char *url = raw_server_url(s, "/go");
                Ended e;

                call(url, url, NULL, true, &e);
                if (e.end != HTTP_END_NOT_SENT)
                        test_fail(__FILE__, __LINE__, "%s: end %d", targets[i], (int) e.end);
                CHECK_HAS(e.err.text, "redirect refused");
                raw_server_free(s);
                free(plan.target);
        }
}

TEST(a_post_goes_on_only_within_its_origin) {
        Plan plan = {0};
        RawServer *own = raw_server_new(serve_plan, &plan),
                  *other = raw_server_new(serve_plan, NULL);
        _cleanup_(freep) char *url = raw_server_url(own, "/go"),
                              *elsewhere = raw_server_url(other, "/x");
        Ended e;

        plan = (Plan){.status = "307 Temporary Redirect", .target = elsewhere};
        call(url, url, "{\"b\":2}", true, &e);
        CHECK_INT(e.end, HTTP_END_REPLY); /* the redirect itself: the driver's to judge */
        CHECK_INT(e.status, 307);
        CHECK_STR(e.envelope, "over there");
        ended_done(&e);
        plan.status = "302 Found";
        plan.target = (char[]){"/x"};
        call(url, url, "{\"b\":2}", true, &e);
        CHECK_INT(e.status, 302);
        ended_done(&e);
        plan.status = "308 Permanent Redirect";
        call(url, url, "{\"b\":2}", true, &e);
        CHECK_INT(e.status, 200);
        CHECK_STR(e.envelope, "{\"b\":2}");
        ended_done(&e);
        CHECK(raw_server_saw(own, "POST /x HTTP/1.1"));
        CHECK_INT(raw_server_requests(other), 0);
        raw_server_free(own);
        raw_server_free(other);
}

/* Answers the first request of each connection, and goes without a word after the second. */
static void serve_once(RawConn *c) {
        if (!raw_request(c))
                return;
        raw_reply(c, "200 OK", NULL, "got");
        (void) raw_request(c);
}

/* Two calls on one connection, the second unanswered. */
static void call_twice(const char *body, Ended *second, unsigned *ret_requests) {
        RawServer *s = raw_server_new(serve_once, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        HttpCall c = fixture_call(url, body);
        Fixture f;
        Ended e;

        fixture_open(&f);
        fixture_run(&f, &c, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        ended_done(&e);
        c = fixture_call(url, body);
        fixture_run(&f, &c, NULL, second);
        *ret_requests = raw_server_requests(s);
        fixture_close(&f);
        raw_server_free(s);
}

TEST(a_post_is_never_sent_twice) {
        unsigned requests;
        Ended e;

        call_twice("{\"paid\":true}", &e, &requests);
        CHECK_INT(requests, 2);
        CHECK_INT(e.end, HTTP_END_LOST);
        CHECK_HAS(e.err.text, "not sent again");
}

TEST(a_get_may_be) {
        unsigned requests;
        Ended e;

        call_twice(NULL, &e, &requests);
        CHECK_INT(requests, 3);
        CHECK_INT(e.end, HTTP_END_REPLY);
        ended_done(&e);
}

/* Goes away while the second request's body is still on its way. */
static void serve_part(RawConn *c) {
        char byte;

        if (!raw_request(c))
                return;
        raw_reply(c, "200 OK", NULL, "got");
        if (raw_head(c))
                CHECK_INT(recv(c->fd, &byte, 1, 0), 1);
        raw_reset(c);
}

TEST(not_even_a_part_of_it) {
        RawServer *s = raw_server_new(serve_part, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *body = calloc(1, 32 << 20);
        HttpCall c = fixture_call(url, "{}");
        Fixture f;
        Ended e;

        CHECK(body);
        memset(body, 'b', (32 << 20) - 1);
        fixture_open(&f);
        fixture_run(&f, &c, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        ended_done(&e);
        c = fixture_call(url, body);
        fixture_run(&f, &c, NULL, &e);
        CHECK_INT(e.end, HTTP_END_LOST);
        CHECK_INT(raw_server_requests(s), 1); /* the second never became whole */
        fixture_close(&f);
        raw_server_free(s);
}

static void serve_keep(RawConn *c) {
        while (raw_request(c))
                raw_reply(c, "200 OK", NULL, "got");
}

TEST(connections_are_used_again) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Fixture f;

        fixture_open(&f);
        for (unsigned i = 0; i < 20; i++) {
                HttpCall c = fixture_call(url, "{}");
                Ended e;

                fixture_run(&f, &c, NULL, &e);
                CHECK_INT(e.end, HTTP_END_REPLY);
                ended_done(&e);
        }
        CHECK_INT(raw_server_requests(s), 20);
        CHECK_INT(raw_server_connections(s), 1);
        fixture_close(&f);
        raw_server_free(s);
}

TEST(nothing_of_the_environment) {
        RawServer *s = raw_server_new(serve_keep, NULL), *proxy = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *proxy_url = raw_server_url(proxy, "");
        HttpCall c = fixture_call(url, "{}");
        Fixture f;
        Ended e;

        CHECK_INT(setenv("http_proxy", proxy_url, 1), 0);
        CHECK_INT(setenv("ALL_PROXY", proxy_url, 1), 0);
        fixture_open(&f);
        fixture_run(&f, &c, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_INT(raw_server_requests(proxy), 0);
        CHECK_INT(unsetenv("http_proxy"), 0);
        CHECK_INT(unsetenv("ALL_PROXY"), 0);
        ended_done(&e);
        fixture_close(&f);
        raw_server_free(s);
        raw_server_free(proxy);
}
