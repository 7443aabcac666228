/* SPDX-License-Identifier: MIT */

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

typedef struct Range {
        uint8_t prefix[16];
        unsigned bits;
        AddressClass class;
} Range;

/* IANA's special-purpose registries; what is not here is public. */
static const Range ranges4[] = {
        {{0}, 8, ADDRESS_FORBIDDEN},             /* this network */
        {{10}, 8, ADDRESS_PRIVATE},              /* private use */
        {{100, 64}, 10, ADDRESS_PRIVATE},        /* shared address space */
        {{127}, 8, ADDRESS_LOOPBACK},            /* loopback */
        {{169, 254}, 16, ADDRESS_FORBIDDEN},     /* link local */
        {{172, 16}, 12, ADDRESS_PRIVATE},        /* private use */
        {{192, 0, 0}, 24, ADDRESS_FORBIDDEN},    /* protocol assignments */
        {{192, 0, 2}, 24, ADDRESS_FORBIDDEN},    /* documentation */
        {{192, 88, 99}, 24, ADDRESS_FORBIDDEN},  /* 6to4 relay */
        {{192, 168}, 16, ADDRESS_PRIVATE},       /* private use */
        {{198, 18}, 15, ADDRESS_FORBIDDEN},      /* benchmarking */
        {{198, 51, 100}, 24, ADDRESS_FORBIDDEN}, /* documentation */
        {{203, 0, 113}, 24, ADDRESS_FORBIDDEN},  /* documentation */
        {{224}, 3, ADDRESS_FORBIDDEN},           /* multicast, reserved, broadcast */
};

static const Range ranges6[] = {
        {{[15] = 1}, 128, ADDRESS_LOOPBACK},               /* ::1 */
        {{0x20, 0x01}, 23, ADDRESS_FORBIDDEN},             /* protocol assignments, Teredo */
        {{0x20, 0x01, 0x0d, 0xb8}, 32, ADDRESS_FORBIDDEN}, /* documentation */
        {{0x20}, 3, ADDRESS_PUBLIC},                       /* global unicast */
        {{0xfc}, 7, ADDRESS_PRIVATE},                      /* unique local */
        {{0}, 0, ADDRESS_FORBIDDEN}, /* all the rest: link local, multicast, unassigned */
};

static bool in_range(const uint8_t *address, const Range *range) {
        unsigned whole = range->bits / 8, rest = range->bits % 8;

        if (memcmp(address, range->prefix, whole) != 0)
                return false;
        return rest == 0 || (address[whole] ^ range->prefix[whole]) >> (8 - rest) == 0;
}

static AddressClass class4(const uint8_t *address) {
        for (size_t i = 0; i < ARRAY_LEN(ranges4); i++)
                if (in_range(address, &ranges4[i]))
                        return ranges4[i].class;
        return ADDRESS_PUBLIC;
}

/* The IPv4 address that an IPv6 one stands for, or NULL. */
static const uint8_t *embedded4(const uint8_t *address) {
        static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
        static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

        if (memcmp(address, mapped, sizeof mapped) == 0 ||
            memcmp(address, nat64, sizeof nat64) == 0)
                return address + 12;
        if (address[0] == 0x20 && address[1] == 0x02) /* 6to4 */
                return address + 2;
        return NULL;
}

static AddressClass class6(const uint8_t *address) {
        const uint8_t *v4 = embedded4(address);

        if (v4)
                return class4(v4);
        for (size_t i = 0; i < ARRAY_LEN(ranges6); i++)
                if (in_range(address, &ranges6[i]))
                        return ranges6[i].class;
        return ADDRESS_FORBIDDEN;
}

AddressClass address_class(const struct sockaddr *sa) {
        assert(sa);
        if (sa->sa_family == AF_INET) {
                struct sockaddr_in in;

                memcpy(&in, sa, sizeof in);
                return class4((const uint8_t *) &in.sin_addr);
        }
        if (sa->sa_family == AF_INET6) {
                struct sockaddr_in6 in6;

                memcpy(&in6, sa, sizeof in6);
                return class6(in6.sin6_addr.s6_addr);
        }
        return ADDRESS_FORBIDDEN;
}

void address_text(const struct sockaddr *sa, char ret[static ADDRESS_TEXT_MAX]) {
        const char *text = NULL;

        assert(sa);
        if (sa->sa_family == AF_INET) {
                struct sockaddr_in in;

                memcpy(&in, sa, sizeof in);
                text = inet_ntop(AF_INET, &in.sin_addr, ret, ADDRESS_TEXT_MAX);
        } else if (sa->sa_family == AF_INET6) {
                struct sockaddr_in6 in6;

                memcpy(&in6, sa, sizeof in6);
                text = inet_ntop(AF_INET6, &in6.sin6_addr, ret, ADDRESS_TEXT_MAX);
        }
        if (!text)
                (void) snprintf(ret, ADDRESS_TEXT_MAX, "no IP address");
}

bool address_class_of_text(const char *text, AddressClass *ret) {
        struct in_addr in;
        struct in6_addr in6;

        assert(text);
        assert(ret);
        if (inet_pton(AF_INET, text, &in) == 1)
                *ret = class4((const uint8_t *) &in);
        else if (inet_pton(AF_INET6, text, &in6) == 1)
                *ret = class6(in6.s6_addr);
        else
                return false;
        return true;
}

bool address_allowed(AddressClass address, AddressClass origin) {
        return address == ADDRESS_PUBLIC || (address != ADDRESS_FORBIDDEN && address == origin);
}
