/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which network addresses a transfer may reach. A provider's reply can name any host, and any name
 * can resolve to anything, so the check is made on the address itself, after DNS.
 */

#include <sys/socket.h>

#include "base/macro.h"

typedef enum AddressClass {
        ADDRESS_PUBLIC,
        ADDRESS_LOOPBACK,  /* 127/8, ::1 */
        ADDRESS_PRIVATE,   /* 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7 */
        ADDRESS_FORBIDDEN, /* link-local (cloud metadata), multicast, reserved, unspecified, no IP
                            */
} AddressClass;

/* Addresses that carry an IPv4 one (mapped, NAT64, 6to4) are judged by it. */
AddressClass address_class(const struct sockaddr *sa);
enum {
        ADDRESS_TEXT_MAX = 64,
};

/* For a message: "10.0.0.1", "fe80::1", "no IP address". */
void address_text(const struct sockaddr *sa, char ret[static ADDRESS_TEXT_MAX]);

/* The class of an address as text, without brackets or zone: "127.0.0.1", "::1". False when it is
 * no address. */
bool address_class_of_text(const char *text, AddressClass *ret);

/* Public ones always; others only when the configured origin itself names one of that very class.
 */
bool address_allowed(AddressClass address, AddressClass origin);
