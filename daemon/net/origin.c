/* SPDX-License-Identifier: MIT */

#include "net/origin.h"

#include <curl/curl.h>
#include <strings.h>

#include "base/parse.h"

static void curl_url_cleanupp(CURLU **u) {
        curl_url_cleanup(*u);
}

static void curl_freep(char **p) {
        curl_free(*p);
}

static bool is_localhost(const char *host) {
        static const char suffix[] = ".localhost";
        size_t n = strlen(host);

        return strcasecmp(host, "localhost") == 0 ||
               (n > sizeof suffix - 1 && strcasecmp(host + n - (sizeof suffix - 1), suffix) == 0);
}

/* "[::1]" -> "::1", "[fe80::1%25eth0]" -> "fe80::1" */
static int copy_host(const char *host, char ret[static URL_HOST_MAX]) {
        size_t n = strlen(host);

        if (host[0] == '[') {
                host++;
                n = strcspn(host, "%]");
        }
        if (n == 0 || n >= URL_HOST_MAX)
                return -EINVAL;
        memcpy(ret, host, n);
        ret[n] = 0;
        return 0;
}

static int read_parts(CURLU *u, UrlParts *ret, Err *err) {
        _cleanup_(curl_freep) char *scheme = NULL, *host = NULL, *user = NULL, *password = NULL;
        _cleanup_(curl_freep) char *port = NULL;
        int64_t number;
        UrlParts parts = {.class = ADDRESS_PUBLIC};

        if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
            curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
                return err_set(err, -EINVAL, "a URL without scheme or host");
        parts.https = streq(scheme, "https");
        if (!parts.https && !streq(scheme, "http"))
                return err_set(err, -EINVAL, "a URL that is neither https nor http");
        if (curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_NO_USER ||
            curl_url_get(u, CURLUPART_PASSWORD, &password, 0) != CURLUE_NO_PASSWORD)
                return err_set(err, -EINVAL, "a URL with a user name or password in it");
        if (copy_host(host, parts.host) < 0)
                return err_set(err, -EINVAL, "a URL with a host name of a bad length");
        if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
            parse_int(port, 1, UINT16_MAX, &number) < 0)
                return err_set(err, -EINVAL, "a URL with a bad port");
        parts.port = (long) number;
        if (is_localhost(parts.host))
                parts.class = ADDRESS_LOOPBACK;
        else
                (void) address_class_of_text(parts.host, &parts.class);
        *ret = parts;
        return 0;
}

int url_parts(const char *url, UrlParts *ret, Err *err) {
        _cleanup_(curl_url_cleanupp) CURLU *u = NULL;

        assert(url);
        assert(ret);
        if (strnlen(url, URL_LENGTH_MAX + 1) > URL_LENGTH_MAX)
                return err_set(err, -EINVAL, "a URL longer than %d bytes", URL_LENGTH_MAX);
        for (const char *p = url; *p; p++)
                if ((unsigned char) *p <= ' ' || *p == 0x7f)
                        return err_set(err, -EINVAL, "a URL with blanks or control characters");
        u = curl_url();
        if (!u)
                return err_set(err, -ENOMEM, "out of memory for a URL");
        if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
                return err_set(err, -EINVAL, "a URL that cannot be understood");
        return read_parts(u, ret, err);
}

bool url_parts_same_origin(const UrlParts *a, const UrlParts *b) {
        assert(a);
        assert(b);
        return a->https == b->https && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

int origin_check(const UrlParts *origin, const UrlParts *url, Err *err) {
        assert(origin);
        assert(url);
        if (!url->https && (url->class != ADDRESS_LOOPBACK || origin->class != ADDRESS_LOOPBACK))
                return err_set(err, -EACCES, "plain http to '%s' is refused: use https", url->host);
        if (!address_allowed(url->class, origin->class))
                return err_set(err, -EACCES, "'%s' is no public address", url->host);
        return 0;
}
