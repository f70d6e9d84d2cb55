/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTP_GET_H
#define NET_HTTP_GET_H

/*
 * http_get.h - fetch one document from a web server: HTTPS, or plain HTTP from
 * this machine itself and from hosts that the caller lists. What comes back is a
 * stranger's and is believed by nobody here; TLS keeps who asks for what from
 * onlookers, not the answer true.
 *
 * Bounded in size and time; never sends cookies, never decompresses; sends
 * credentials only where http_ask() is given some, and to that place alone;
 * follows redirects within one host, to others only when told to. Proxies are the
 * environment's business (https_proxy, no_proxy, as libcurl reads them).
 *
 * Threads: a struct http belongs to one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/mem.h"
#include "crypto/secret.h"

struct http; /* connections that are kept between documents */

/* Called now and then while the server wants us to wait: `wait_s` seconds are left. */
typedef void http_waiting(void *ctx, const char *host, uint64_t wait_s);

struct http_options {
	const char *ca_file;   /* PEM; who may vouch for servers, NULL: the system's list */
	uint64_t timeout_ms;   /* for one document, waiting included */
	http_waiting *waiting; /* may be NULL */
	void *ctx;
	const char *const *plain_hosts; /* HOST or HOST:PORT, as URLs have it, that may be asked without TLS; NULL at the end, or NULL */
};

/* `o` is copied, its texts are borrowed. Errors: CLOISTER_E_NOMEM, CLOISTER_E_SYSTEM. */
enum cloister_err http_open(const struct http_options *o, struct http **out,
			    struct cloister_fault *why);
void http_close(struct http *h); /* NULL is fine */
void drop_http(struct http **h); /* for own() */

/* A header of the answer that the caller wants: its value, decoded from nothing. */
struct http_header {
	const char *name;  /* "TCB-Info-Issuer-Chain"; case does not count */
	struct buf *value; /* untouched when the server did not send it */
};

/*
 * GET `url`: onto the end of `body`, whose ceiling is the document's. `headers`
 * are n of them, or NULL. A server that says 429 (or 503) and when to come
 * back is asked again then, if that is in time.
 *
 * Errors: CLOISTER_E_USAGE (no URL that may be asked), CLOISTER_E_PEER (any answer but 200, a
 * redirect elsewhere, TLS that fails, nobody there), CLOISTER_E_LIMIT, CLOISTER_E_TIMEOUT, CLOISTER_E_NOMEM.
 */
enum cloister_err http_get(struct http *h, const char *url, struct buf *body,
			   struct http_header *headers, size_t n, struct cloister_fault *why);

/* A part of a document, `at` bytes from its beginning; 0 again when it begins anew. A failure ends the trip. */
typedef enum cloister_err http_sink(void *ctx, uint64_t at, struct bytes part,
				    struct cloister_fault *why);

struct http_ask {
	const char *url;
	const char *accept; /* media types; NULL: any */
	const struct secret *authorization; /* value of that header; NULL or empty: none */
	uint64_t from;      /* the first byte that is wanted; a server may begin at 0 all the same */
	bool may_leave;     /* follow redirects to other hosts: over TLS, and without `authorization` from there on */
	uint64_t timeout_ms; /* 0: as the client has it */
	struct buf *body;   /* its ceiling is the document's; or … */
	http_sink *sink;    /* … this */
	void *sink_ctx;
	struct http_header *headers;
	size_t n_headers;
};

struct http_answer {
	bool unauthorized; /* status 401, and there is no document */
	bool left;         /* another host gave the answer */
};

/* As http_get(), with more to say; only a 401 is no failure. */
enum cloister_err http_ask(struct http *h, const struct http_ask *ask, struct http_answer *out,
			   struct cloister_fault *why);

/* Undo %XX. CLOISTER_E_MALFORMED where what follows is not two digits. */
enum cloister_err url_decode(struct bytes text, struct buf *out, struct cloister_fault *why);

/*
 * Whether a base URL may be asked: https, or http to 127.0.0.0/8, ::1 or localhost;
 * no user, query or fragment. Errors: CLOISTER_E_USAGE, CLOISTER_E_NOMEM.
 */
enum cloister_err http_base_check(const char *url, struct cloister_fault *why);

#endif
