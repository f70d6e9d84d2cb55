/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c - the text of a published port. */

#include "enclave/publish.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Decimal, 0..65535, without sign or leading zeros. */
static bool port(const char *text, size_t len, uint16_t *out)
{
	unsigned v = 0;

	if (len == 0 || len > 5 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		v = v * 10 + (unsigned)(text[i] - '0');
	}
	if (v > UINT16_MAX)
		return false;
	*out = (uint16_t)v;
	return true;
}

static bool is_address(const char *text)
{
	struct in6_addr a;

	return inet_pton(AF_INET, text, &a) == 1 || inet_pton(AF_INET6, text, &a) == 1;
}

/* What stands before the last two colons; brackets are for IPv6 and only for it. */
static bool address(const char *text, size_t len, char out[static 46])
{
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';

	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= 46)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return is_address(out) && bracketed == (strchr(out, ':') != NULL);
}

enum cloister_err publish_read(const char *text, struct publish *out, struct cloister_fault *why)
{
	struct publish p = { .address = "127.0.0.1" };
	const char *guest = strrchr(text, ':');
	const char *host = guest ? memrchr(text, ':', (size_t)(guest - text)) : NULL;
	const char *first = host ? host + 1 : text;

	if (!guest || !port(first, (size_t)(guest - first), &p.host) ||
	    !port(guest + 1, strlen(guest + 1), &p.guest) || p.guest == 0)
		return fail(why, CLOISTER_E_USAGE, "publish", "`%.60s` is not [ADDRESS:]HOST:GUEST", text);
	if (host && !address(text, (size_t)(host - text), p.address))
		return fail(why, CLOISTER_E_USAGE, "publish",
			    "`%.60s` does not begin with a numeric address ([…] around IPv6)", text);
	*out = p;
	return CLOISTER_OK;
}

const char *publish_text(const struct publish *p, char *out, size_t room)
{
	bool six = strchr(p->address, ':') != NULL;

	snprintf(out, room, "%s%s%s:%u:%u", six ? "[" : "", p->address, six ? "]" : "", p->host,
		 p->guest);
	return out;
}
