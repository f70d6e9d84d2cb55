/* SPDX-License-Identifier: Apache-2.0 */
/* http_access.c - names, addresses and origins, compared whole. */

#include "net/http_access.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_v4(const uint8_t ip[16])
{
	return bytes_equal(bytes_of(ip, 12), BYTES_OF(mapped));
}

static bool read_ip(const char *text, uint8_t out[16])
{
	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	memcpy(out, mapped, sizeof mapped);
	return inet_pton(AF_INET, text, out + 12) == 1;
}

bool http_address_read(struct bytes text, struct http_address *out)
{
	char copy[INET6_ADDRSTRLEN];
	struct http_address a = { 0 };

	if (text.len == 0 || text.len >= sizeof copy)
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = 0;
	if (strlen(copy) != text.len || !read_ip(copy, a.ip))
		return false;
	*out = a;
	return true;
}

void http_address_text(const struct http_address *a, char out[static HTTP_ADDRESS_ROOM])
{
	if (a->is_local)
		snprintf(out, HTTP_ADDRESS_ROOM, "local");
	else if (is_v4(a->ip))
		inet_ntop(AF_INET, a->ip + 12, out, HTTP_ADDRESS_ROOM);
	else
		inet_ntop(AF_INET6, a->ip, out, HTTP_ADDRESS_ROOM);
}

bool http_range_read(const char *text, struct http_range *out)
{
	const char *slash = strchr(text, '/');
	struct http_address a;
	char *end = NULL;

	if (!http_address_read(bytes_of(text, slash ? (size_t)(slash - text) : strlen(text)), &a))
		return false;
	unsigned whole = is_v4(a.ip) ? 32 : 128;
	unsigned long bits = whole;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		bits = strtoul(slash + 1, &end, 10);
		if (*end || bits > whole)
			return false;
	}
	memcpy(out->ip, a.ip, sizeof out->ip);
	out->bits = (unsigned)bits + (128 - whole);
	return true;
}

bool http_range_holds(const struct http_range *r, const struct http_address *a)
{
	for (unsigned i = 0; i < r->bits; i++)
		if ((r->ip[i / 8] ^ a->ip[i / 8]) & (0x80 >> i % 8))
			return false;
	return !a->is_local;
}

static bool is_proxy(const struct http_address *a, const struct http_range *proxies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (http_range_holds(&proxies[i], a))
			return true;
	return false;
}

/* Cut the last address off a list. */
static struct bytes last_of(struct bytes *list)
{
	size_t n = list->len;

	while (n > 0 && list->data[n - 1] != ',')
		n--;
	struct bytes b = bytes_of(list->data + n, list->len - n);
	list->len = n > 0 ? n - 1 : 0;
	while (b.len > 0 && b.data[0] == ' ')
		b = bytes_of(b.data + 1, b.len - 1);
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.len--;
	return b;
}

bool http_client_of(const struct http_head *h, const struct http_address *peer,
		    const struct http_range *proxies, size_t n, struct http_address *out)
{
	*out = *peer;
	/* Fields that follow one another are one list; its end is the nearest proxy's word. */
	for (size_t i = h->n_fields; i-- > 0;) {
		struct bytes list = h->fields[i].value;
		if (!http_same(h->fields[i].name, "X-Forwarded-For"))
			continue;
		while (list.len > 0) {
			if (!is_proxy(out, proxies, n))
				return true;
			if (!http_address_read(last_of(&list), out))
				return false;
		}
	}
	return true;
}

static bool same_text(struct bytes a, struct bytes b)
{
	return a.len == b.len && a.len > 0 &&
	       strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0;
}

/* scheme://authority into its halves. */
static bool split_origin(struct bytes text, bool *is_tls, struct bytes *authority)
{
	*is_tls = bytes_skip(&text, "https://");
	if (!*is_tls && !bytes_skip(&text, "http://"))
		return false;
	*authority = text;
	return text.len > 0;
}

static struct bytes public_host(const struct http_names *names, bool *is_tls)
{
	struct bytes host = BYTES_NONE;

	if (names->public_url && split_origin(bytes_text(names->public_url), is_tls, &host) &&
	    host.data[host.len - 1] == '/')
		host.len--;
	return host;
}

/* What of `host` is its port, and what the name; the scheme's own when it has none. */
static struct bytes cut_port(struct bytes host, bool is_tls, unsigned *port)
{
	size_t n = host.len;

	while (n > 0 && host.data[n - 1] >= '0' && host.data[n - 1] <= '9')
		n--;
	*port = is_tls ? 443 : 80;
	if (n == 0 || n == host.len || host.data[n - 1] != ':')
		return host;
	*port = 0;
	for (size_t i = n; i < host.len; i++)
		*port = *port * 10 + (host.data[i] - '0');
	return bytes_of(host.data, n - 1);
}

static bool is_loopback(const struct http_address *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->is_local || (is_v4(a->ip) && a->ip[12] == 127) || bytes_equal(BYTES_OF(a->ip), BYTES_OF(one));
}

bool http_host_good(const struct http_names *names, struct bytes host, const struct http_address *own,
		    uint16_t port, bool is_tls)
{
	struct http_address a;
	bool ignored;
	unsigned asked;

	if (same_text(host, public_host(names, &ignored)))
		return true;
	for (const char *const *p = names->others; p && *p; p++)
		if (http_same(host, *p))
			return true;
	struct bytes name = cut_port(host, is_tls, &asked);
	if (asked != port && !own->is_local)
		return false;
	if (http_same(name, "localhost"))
		return is_loopback(own);
	if (name.len > 2 && name.data[0] == '[' && name.data[name.len - 1] == ']')
		name = bytes_of(name.data + 1, name.len - 2);
	return http_address_read(name, &a) && bytes_equal(BYTES_OF(a.ip), BYTES_OF(own->ip));
}

bool http_origin_good(const struct http_names *names, struct bytes origin, struct bytes host, bool is_tls)
{
	bool theirs, public_tls;
	struct bytes authority, public;

	if (!split_origin(origin, &theirs, &authority))
		return false;
	public = public_host(names, &public_tls);
	if (public.len > 0 && same_text(authority, public) && theirs == public_tls)
		return true;
	return same_text(authority, host) && theirs == is_tls;
}
