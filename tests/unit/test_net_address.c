/* SPDX-License-Identifier: MIT */

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/origin.h"
#include "provider/provider.h"
#include "support/test.h"

static AddressClass class_of(const char *text) {
        AddressClass class = ADDRESS_FORBIDDEN, of_socket;
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

        if (!address_class_of_text(text, &class))
                test_fail(__FILE__, __LINE__, "'%s' is no address", text);
        if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
                of_socket = address_class((struct sockaddr *) &in);
        else {
                CHECK_INT(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
                of_socket = address_class((struct sockaddr *) &in6);
        }
        CHECK_INT(class, of_socket);
        return class;
}

TEST(classes) {
        static const struct {
                const char *text;
                AddressClass class;
        } cases[] = {
                {"8.8.8.8", ADDRESS_PUBLIC},
                {"0.0.0.0", ADDRESS_FORBIDDEN},
                {"0.255.255.255", ADDRESS_FORBIDDEN},
                {"1.0.0.0", ADDRESS_PUBLIC},
                {"9.255.255.255", ADDRESS_PUBLIC},
                {"10.0.0.0", ADDRESS_PRIVATE},
                {"10.255.255.255", ADDRESS_PRIVATE},
                {"11.0.0.0", ADDRESS_PUBLIC},
                {"100.63.255.255", ADDRESS_PUBLIC},
                {"100.64.0.0", ADDRESS_PRIVATE},
                {"100.127.255.255", ADDRESS_PRIVATE},
                {"100.128.0.0", ADDRESS_PUBLIC},
                {"126.255.255.255", ADDRESS_PUBLIC},
                {"127.0.0.1", ADDRESS_LOOPBACK},
                {"127.255.255.255", ADDRESS_LOOPBACK},
                {"128.0.0.0", ADDRESS_PUBLIC},
                {"169.253.255.255", ADDRESS_PUBLIC},
                {"169.254.169.254", ADDRESS_FORBIDDEN},
                {"169.255.0.0", ADDRESS_PUBLIC},
                {"172.15.255.255", ADDRESS_PUBLIC},
                {"172.16.0.0", ADDRESS_PRIVATE},
                {"172.31.255.255", ADDRESS_PRIVATE},
                {"172.32.0.0", ADDRESS_PUBLIC},
                {"192.0.0.8", ADDRESS_FORBIDDEN},
                {"192.0.2.1", ADDRESS_FORBIDDEN},
                {"192.88.99.1", ADDRESS_FORBIDDEN},
                {"192.167.255.255", ADDRESS_PUBLIC},
                {"192.168.0.1", ADDRESS_PRIVATE},
                {"192.169.0.0", ADDRESS_PUBLIC},
                {"198.17.255.255", ADDRESS_PUBLIC},
                {"198.18.0.0", ADDRESS_FORBIDDEN},
                {"198.19.255.255", ADDRESS_FORBIDDEN},
                {"198.20.0.0", ADDRESS_PUBLIC},
                {"198.51.100.7", ADDRESS_FORBIDDEN},
                {"203.0.113.7", ADDRESS_FORBIDDEN},
                {"223.255.255.255", ADDRESS_PUBLIC},
                {"224.0.0.1", ADDRESS_FORBIDDEN},
                {"240.0.0.1", ADDRESS_FORBIDDEN},
                {"255.255.255.255", ADDRESS_FORBIDDEN},
                {"::", ADDRESS_FORBIDDEN},
                {"::1", ADDRESS_LOOPBACK},
                {"::2", ADDRESS_FORBIDDEN},
                {"::ffff:127.0.0.1", ADDRESS_LOOPBACK},
                {"::ffff:10.1.2.3", ADDRESS_PRIVATE},
                {"::ffff:169.254.169.254", ADDRESS_FORBIDDEN},
                {"::ffff:8.8.8.8", ADDRESS_PUBLIC},
                {"::127.0.0.1", ADDRESS_FORBIDDEN},
                {"64:ff9b::7f00:1", ADDRESS_LOOPBACK},
                {"64:ff9b::808:808", ADDRESS_PUBLIC},
                {"64:ff9b:1::1", ADDRESS_FORBIDDEN},
                {"2002:7f00:1::", ADDRESS_LOOPBACK},
                {"2002:a9fe:a9fe::1", ADDRESS_FORBIDDEN},
                {"2001::1", ADDRESS_FORBIDDEN},
                {"2001:db8::1", ADDRESS_FORBIDDEN},
                {"2001:4860:4860::8888", ADDRESS_PUBLIC},
                {"2a00:1450::1", ADDRESS_PUBLIC},
                {"3fff:ffff::1", ADDRESS_PUBLIC},
                {"4000::1", ADDRESS_FORBIDDEN},
                {"fc00::1", ADDRESS_PRIVATE},
                {"fdff::1", ADDRESS_PRIVATE},
                {"fe80::1", ADDRESS_FORBIDDEN},
                {"fec0::1", ADDRESS_FORBIDDEN},
                {"ff02::1", ADDRESS_FORBIDDEN},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                if (class_of(cases[i].text) != cases[i].class)
                        test_fail(__FILE__, __LINE__, "%s: class %d, want %d", cases[i].text,
                                  (int) class_of(cases[i].text), (int) cases[i].class);
}

TEST(not_an_ip_address) {
        struct sockaddr sa = {.sa_family = AF_UNIX};
        char text[ADDRESS_TEXT_MAX];
        AddressClass class;

        CHECK_INT(address_class(&sa), ADDRESS_FORBIDDEN);
        address_text(&sa, text);
        CHECK_STR(text, "no IP address");
        CHECK(!address_class_of_text("example.com", &class));
        CHECK(!address_class_of_text("127.1", &class));
        CHECK(!address_class_of_text("", &class));
}

TEST(only_the_very_class) {
        CHECK(address_allowed(ADDRESS_PUBLIC, ADDRESS_PUBLIC));
        CHECK(address_allowed(ADDRESS_PUBLIC, ADDRESS_LOOPBACK));
        CHECK(address_allowed(ADDRESS_LOOPBACK, ADDRESS_LOOPBACK));
        CHECK(address_allowed(ADDRESS_PRIVATE, ADDRESS_PRIVATE));
        CHECK(!address_allowed(ADDRESS_LOOPBACK, ADDRESS_PUBLIC));
        CHECK(!address_allowed(ADDRESS_LOOPBACK, ADDRESS_PRIVATE));
        CHECK(!address_allowed(ADDRESS_PRIVATE, ADDRESS_LOOPBACK));
        CHECK(!address_allowed(ADDRESS_FORBIDDEN, ADDRESS_FORBIDDEN));
}

static UrlParts parts_of(const char *url) {
        UrlParts parts;
        Err err = {0};

        CHECK_OK(url_parts(url, &parts, &err), &err);
        return parts;
}

TEST(url_parts_of_every_spelling) {
        UrlParts p = parts_of("https://Example.com/x?y#z");

        CHECK(p.https);
        CHECK_INT(p.port, 443);
        CHECK_INT(p.class, ADDRESS_PUBLIC);
        p = parts_of("http://[::1]:8080/");
        CHECK(!p.https);
        CHECK_STR(p.host, "::1");
        CHECK_INT(p.port, 8080);
        CHECK_INT(p.class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("http://localhost").class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("http://a.LOCALHOST/").class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("http://notlocalhost/").class, ADDRESS_PUBLIC);
        CHECK_INT(parts_of("https://2130706433/").class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("https://0x7f.1/").class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("https://017700000001/").class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("https://127.1/").class, ADDRESS_LOOPBACK);
        CHECK_INT(parts_of("https://169.254.169.254/").class, ADDRESS_FORBIDDEN);
        CHECK_INT(parts_of("https://[fe80::1%25eth0]/").class, ADDRESS_FORBIDDEN);
}

TEST(urls_refused) {
        static const char *const urls[] = {"",
                                           "example.com",
                                           "//example.com",
                                           "ftp://example.com",
                                           "file:///etc/passwd",
                                           "gopher://example.com/",
                                           "https://user@example.com/",
                                           "https://user:word@example.com/",
                                           "https://:word@example.com/",
                                           "https://example.com/a b",
                                           "https://example.com/\r\nX: y",
                                           "https://example.com/\x7f",
                                           "https://",
                                           "https:///",
                                           "https://example.com:0/",
                                           "https://example.com:65536/",
                                           "https://example.com:x/"};
        char *longest = malloc(URL_LENGTH_MAX + 2);
        UrlParts parts;
        Err err = {0};

        for (size_t i = 0; i < ARRAY_LEN(urls); i++)
                if (url_parts(urls[i], &parts, &err) != -EINVAL)
                        test_fail(__FILE__, __LINE__, "'%s' was taken", urls[i]);
        CHECK(longest);
        memset(longest, 'a', URL_LENGTH_MAX + 1);
        memcpy(longest, "https://example.com/", strlen("https://example.com/"));
        longest[URL_LENGTH_MAX] = 0;
        CHECK_OK(url_parts(longest, &parts, &err), &err);
        longest[URL_LENGTH_MAX] = 'a';
        longest[URL_LENGTH_MAX + 1] = 0;
        CHECK_INT(url_parts(longest, &parts, &err), -EINVAL);
        free(longest);
}

TEST(who_may_fetch_what) {
        static const struct {
                const char *origin, *url;
                int r;
        } cases[] = {
                {"https://a.example", "https://b.example/x", 0},
                {"https://a.example", "http://a.example/x", -EACCES},
                {"https://a.example", "http://127.0.0.1/x", -EACCES},
                {"https://a.example", "https://127.0.0.1/x", -EACCES},
                {"https://a.example", "https://localhost/x", -EACCES},
                {"https://a.example", "https://10.0.0.1/x", -EACCES},
                {"https://a.example", "https://[::ffff:7f00:1]/x", -EACCES},
                {"http://127.0.0.1:1", "http://127.0.0.1:2/x", 0},
                {"http://localhost:1", "http://[::1]:2/x", 0},
                {"http://127.0.0.1:1", "https://a.example/x", 0},
                {"http://127.0.0.1:1", "http://a.example/x", -EACCES},
                {"http://127.0.0.1:1", "https://192.168.0.1/x", -EACCES},
                {"http://127.0.0.1:1", "https://169.254.169.254/x", -EACCES},
                {"https://192.168.0.2", "https://192.168.0.1/x", 0},
                {"http://192.168.0.2", "http://192.168.0.2/x", -EACCES},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                UrlParts origin = parts_of(cases[i].origin), url = parts_of(cases[i].url);
                Err err = {0};
                int r = origin_check(&origin, &url, &err);

                if (r != cases[i].r)
                        test_fail(__FILE__, __LINE__, "%s from %s: got %d, want %d", cases[i].url,
                                  cases[i].origin, r, cases[i].r);
        }
}

TEST(same_origin) {
        UrlParts a = parts_of("https://a.example/x"), b = parts_of("https://A.example:443/y");

        CHECK(url_parts_same_origin(&a, &b));
        b = parts_of("https://a.example:444/");
        CHECK(!url_parts_same_origin(&a, &b));
        b = parts_of("http://a.example:443/");
        CHECK(!url_parts_same_origin(&a, &b));
        b = parts_of("https://b.example/");
        CHECK(!url_parts_same_origin(&a, &b));
}
