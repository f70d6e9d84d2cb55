/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGISTRY_CLIENT_H
#define REGISTRY_CLIENT_H

/*
 * client.h - one repository of one registry, asked with the rights it wants to see
 * (OCI distribution-spec 1.1; token flow as in challenge.h).
 *
 * User and password go to the registry's own host, or to the realm that it names for
 * tokens: over TLS, or on this machine when the registry is on this machine too.
 * They go nowhere else, least of all where a redirect leads.
 */

#include "net/http_get.h"
#include "registry/pull.h"
#include "registry/reference.h"

struct client {
	struct http *http;
	const struct reference *ref;
	const struct pull_options *o;
	char base[LIMIT_URL]; /* "https://HOST/v2/PATH" */
	bool is_local;        /* the registry is on this machine */
	uint64_t deadline_ms;
	struct secret authorization; /* for the registry; empty while nobody asked */
};

enum cloister_err client_open(const struct reference *ref, const struct pull_options *o,
			      struct client *out, struct cloister_fault *why);
void client_close(struct client *c); /* for own() */

#define CLIENT_HEADERS 2

/*
 * Ask for `path` below the base; on a 401 once more with what the challenge wants.
 * URL, authorization and time are filled in here, the rest of `ask` is the caller's,
 * with at most CLIENT_HEADERS headers.
 */
enum cloister_err client_ask(struct client *c, const char *path, const struct http_ask *ask,
			     struct cloister_fault *why);

#endif
