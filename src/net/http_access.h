/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTP_ACCESS_H
#define NET_HTTP_ACCESS_H

/*
 * http_access.h - who may speak to a server, by which name, from which page.
 *
 * A page that a browser loaded elsewhere can send requests here, and a name of its
 * owner's can be made to lead here. So the name must be ours (Host) and the page, when
 * there is one, served by us (Origin). Pure but for the socket's own address.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "net/http_head.h"

/* An address as the kernel and proxies give it; IPv4 is mapped into IPv6. */
struct http_address {
	uint8_t ip[16];
	bool is_local; /* a unix socket: nobody from the network */
};

#define HTTP_ADDRESS_ROOM INET6_ADDRSTRLEN

bool http_address_read(struct bytes text, struct http_address *out);
void http_address_text(const struct http_address *a, char out[static HTTP_ADDRESS_ROOM]);

/* A range of addresses, "10.0.0.0/8", "::1" or "192.0.2.7". */
struct http_range {
	uint8_t ip[16];
	unsigned bits;
};
bool http_range_read(const char *text, struct http_range *out);
bool http_range_holds(const struct http_range *r, const struct http_address *a);

/*
 * Who sent a request: the peer, unless it is a proxy of ours. Then the last address in
 * X-Forwarded-For that is none of our proxies'. False: the proxy said nonsense.
 */
bool http_client_of(const struct http_head *h, const struct http_address *peer,
		    const struct http_range *proxies, size_t n, struct http_address *out);

/* Where a server can be reached. Texts are borrowed. */
struct http_names {
	const char *public_url;    /* "https://c.example", no path; may be NULL */
	const char *const *others; /* "name" or "name:port", NULL-terminated; may be NULL */
};

/*
 * Whether `host` names this server: public_url's or another's, or the address and port
 * that the request came to; `localhost` and that port from this machine.
 */
bool http_host_good(const struct http_names *names, struct bytes host, const struct http_address *own,
		    uint16_t port, bool is_tls);

/* Whether a page from `origin` may ask: one that we served. `host` was found good. */
bool http_origin_good(const struct http_names *names, struct bytes origin, struct bytes host, bool is_tls);

#endif
