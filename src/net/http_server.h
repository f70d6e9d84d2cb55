/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

/*
 * http_server.h - HTTP/1.1 and server-sent events, in one loop that never blocks.
 *
 * A table of routes says what is served. A handler gets a request whole, body
 * included, and answers it now or later; requests of one connection are
 * answered in their order. What is refused before a handler is reached
 * (doc/http.md) is answered here, as JSON: {"error": "…"}.
 *
 * Who is asking, and whether they may, is the handlers' business and `admit`'s.
 * HTTP/2, compression and files on disk are nobody's here.
 *
 * Threads: everything of one server belongs to its loop's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "net/http_access.h"
#include "net/http_head.h"
#include "sys/loop.h"

struct http_server;
struct http_request;
struct tls_server; /* crypto/tls.h */

typedef void http_handler(struct http_request *r, void *ctx);

/* Path segments "{…}" match one segment each, "*" at the end all that is left. */
struct http_route {
	enum http_method method; /* HEAD is served by GET's, OPTIONS by the table */
	const char *path;
	http_handler *fn;
	size_t body_max;  /* at most LIMIT_HTTP_BODY; 0: no body at all */
	bool any_type;    /* a body need not be application/json */
	unsigned flags;   /* the caller's own: a scope, say */
};

struct http_options {
	const struct http_route *routes; /* the first that matches serves; borrowed, as all texts are */
	size_t n_routes;
	void *ctx; /* for handlers, admit and done */
	struct http_names names;
	const struct http_range *proxies; /* whose X-Forwarded-For is believed */
	size_t n_proxies;
	/* Asked before the body is read. False: it has answered. May be NULL. */
	bool (*admit)(struct http_request *r, void *ctx);
	/* Told of every answer begun, for logs and counters. May be NULL. */
	void (*done)(struct http_request *r, int status, void *ctx);
	/* Zeros take these defaults. */
	unsigned head_ms;  /* 10,000: handshake and head, in all */
	unsigned body_ms;  /* 60,000: in all */
	unsigned idle_ms;  /* 60,000: between requests */
	unsigned stall_ms; /* 30,000: for each 4 KiB that the client takes */
	unsigned beat_ms;  /* 15,000: between comments on a quiet stream */
	unsigned conns;    /* 1,024 at once, … */
	unsigned conns_each; /* … of which 128 from one address (IPv6: one /64) */
};

enum cloister_err http_server_new(struct loop *loop, const struct http_options *o,
				  struct http_server **out, struct cloister_fault *why);
/* Takes `fd`, a listening TCP or unix socket, whatever happens. `tls` may be NULL; it is borrowed. */
enum cloister_err http_server_listen(struct http_server *s, int fd, struct tls_server *tls,
				     struct cloister_fault *why);
/*
 * Stop listening, end streams, answer what is under way, close. `drained` is called once,
 * from the loop, when nothing is left or after grace_ms.
 */
void http_server_drain(struct http_server *s, unsigned grace_ms, void (*drained)(void *ctx));
/* Requests not answered yet stay their handlers', who must still answer them. NULL is fine. */
void http_server_free(struct http_server *s);
size_t http_server_conns(const struct http_server *s);

/* What was asked: loans until the answer. */
const struct http_head *http_request_head(const struct http_request *r);
const struct http_route *http_request_route(const struct http_request *r);
struct bytes http_request_path(const struct http_request *r); /* decoded */
struct bytes http_request_param(const struct http_request *r, unsigned n); /* the nth "{…}" or "*" */
struct bytes http_request_body(const struct http_request *r);
const struct http_address *http_request_client(const struct http_request *r);
const char *http_request_id(const struct http_request *r); /* the client's X-Request-Id, or one of ours */

/* Whoever answers later may keep a pointer of its own here, and learn when the client has left. */
typedef void http_gone(struct http_request *r, void *owner);
void http_request_watch(struct http_request *r, http_gone *gone, void *owner);
bool http_request_is_gone(const struct http_request *r);

/*
 * Answers. Each request gets exactly one, also when its client has gone; it is freed by that.
 */
void http_set(struct http_request *r, const char *name, const char *value); /* one more field */
void http_answer(struct http_request *r, int status, const char *type, struct bytes body);
void http_answer_json(struct http_request *r, int status, struct bytes json);
void http_answer_error(struct http_request *r, int status, const char *fmt, ...) PRINTF(3, 4);

/* Something that does not change: ETag and 304, and what a page of ours may do. */
struct http_asset {
	const char *type;
	struct bytes body;
	char etag[36];
};
enum cloister_err http_asset_init(struct http_asset *a, const char *type, struct bytes body,
				  struct cloister_fault *why);
void http_answer_asset(struct http_request *r, const struct http_asset *a);

/*
 * An answer without an end that is known. After http_stream_open() the request
 * lives until http_stream_end(). A client that ends its sending half has left.
 *
 * Errors: CLOISTER_E_LIMIT when the client is LIMIT_HTTP_BACKLOG behind: nothing of
 * the piece was taken, and `ready` (may be NULL) is called when there is room again;
 * CLOISTER_E_PEER when it has gone.
 */
void http_stream_open(struct http_request *r, const char *type, void (*ready)(struct http_request *r, void *owner));
enum cloister_err http_stream_put(struct http_request *r, struct bytes piece);
void http_stream_end(struct http_request *r);

/* One event; `id` and `event` may be NULL. Line ends in `data` begin further data lines. */
enum cloister_err http_event_put(struct http_request *r, const char *id, const char *event,
				 struct bytes data);

#endif
