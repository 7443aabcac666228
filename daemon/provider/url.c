/* SPDX-License-Identifier: MIT */

/*
 * Addresses, read strictly: where a credential may go depends on it, so whatever two readers could
 * understand differently is no address at all here.
 */

#include <arpa/inet.h>

#include "base/parse.h"
#include "provider/driver.h"

static const char *skip_scheme(const char *url, bool *ret_https) {
        if (strncasecmp(url, "https://", 8) == 0) {
                *ret_https = true;
                return url + 8;
        }
        if (strncasecmp(url, "http://", 7) == 0) {
                *ret_https = false;
                return url + 7;
        }
        return NULL;
}

static bool is_host_char(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '-' || c == '_';
}

static bool is_address_char(char c) {
        return hex_digit(c) >= 0 || c == ':' || c == '.';
}

/* The host at p, into ret in lower case; returns what follows it, NULL when it is none. */
static const char *read_host(const char *p, char ret[static URL_HOST_MAX]) {
        bool bracket = *p == '[';
        size_t n = 0;

        if (bracket)
                p++;
        for (; bracket ? is_address_char(*p) : is_host_char(*p); p++) {
                if (n + 1 >= URL_HOST_MAX)
                        return NULL;
                ret[n++] = *p >= 'A' && *p <= 'Z' ? (char) (*p - 'A' + 'a') : *p;
        }
        ret[n] = '\0';
        if (n == 0 || (bracket && *p != ']'))
                return NULL;
        return bracket ? p + 1 : p;
}

/* ":8080" at p, if there is one; returns what follows it, NULL when it is wrong. */
static const char *read_port(const char *p, int *port) {
        char digits[6];
        size_t n = 0;
        int64_t v;

        if (*p != ':')
                return p;
        for (p++; *p >= '0' && *p <= '9'; p++) {
                if (n + 1 >= sizeof digits)
                        return NULL;
                digits[n++] = *p;
        }
        digits[n] = '\0';
        if (parse_int(digits, 1, 65535, &v) < 0)
                return NULL;
        *port = (int) v;
        return p;
}

int url_split(const char *url, UrlOrigin *ret) {
        UrlOrigin o = {0};
        const char *p;

        assert(url);
        assert(ret);

        if (strnlen(url, URL_MAX + 1) > URL_MAX)
                return -EINVAL;
        for (const unsigned char *u = (const unsigned char *) url; *u; u++)
                if (*u <= 0x20 || *u >= 0x7f || *u == '\\')
                        return -EINVAL;
        p = skip_scheme(url, &o.https);
        if (!p)
                return -EINVAL;
        o.port = o.https ? 443 : 80;
        p = read_host(p, o.host);
        if (p)
                p = read_port(p, &o.port);
        /* A '@' here would mean that all of the above was a user name. */
        if (!p || (*p && *p != '/' && *p != '?' && *p != '#'))
                return -EINVAL;
        o.rest = p;
        *ret = o;
        return 0;
}

bool url_same_origin(const char *a, const char *b) {
        UrlOrigin x, y;

        assert(a);
        assert(b);

        if (url_split(a, &x) < 0 || url_split(b, &y) < 0)
                return false;
        return x.https == y.https && x.port == y.port && streq(x.host, y.host);
}

static bool host_is_loopback(const char *host) {
        struct in_addr v4;

        if (streq(host, "localhost") || streq(host, "::1"))
                return true;
        return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

bool url_may_fetch(const char *url) {
        UrlOrigin o;

        assert(url);

        if (url_split(url, &o) < 0)
                return false;
        return o.https || host_is_loopback(o.host);
}
