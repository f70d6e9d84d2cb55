/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server.c - connections as a small state machine each: read, decide,
 * serve, answer, and read on. step() drives it and is the only one that ends a
 * connection from inside; the loop's events and late answers call it.
 */

#include "net/http_server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/tls.h"
#include "net/http_chunk.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/listener.h"

#define READ_ROOM (16u << 10)
#define PROGRESS 4096u    /* bytes that count as taking an answer */
#define LINGER_MS 2000u   /* for a client to read why, before the connection is reset */
#define LINGER_MAX (1u << 20)
#define PARAMS 4u
#define ID_MAX 64u
#define BUCKETS 1024u

enum phase {
	HANDSHAKE,
	HEAD,    /* between requests, or in a head */
	BODY,
	WAIT,    /* a handler has the request */
	STREAM,  /* … and sends piece by piece */
	CLOSING, /* what is left goes out, what comes in is not read */
};

/* One queue per duration, so that its oldest entry is due first. */
enum due { DUE_NONE, DUE_HEAD, DUE_BODY, DUE_IDLE, DUE_STALL, DUE_BEAT, DUE_LINGER, DUES };

struct conn {
	struct http_server *s;
	struct port *port;
	int fd;
	struct watch watch;
	struct tls *tls;
	enum phase phase;
	enum due due;
	uint64_t due_ms;
	TAILQ_ENTRY(conn) in_due;
	TAILQ_ENTRY(conn) in_all;
	struct http_address peer, own;
	uint16_t own_port;
	struct peer *counted; /* NULL for the uncounted */
	struct buf in, out;
	size_t in_at, out_at;
	struct http_scan scan;
	struct http_request *r;
	size_t moved, discarded;
	bool served;   /* a request at least */
	bool broken, ended, half_closed, is_shut, stepping, tls_wants_write;
};

struct http_request {
	struct conn *c; /* NULL once the client has gone */
	uint8_t *text;
	struct http_head head;
	const struct http_route *route;
	char path_room[LIMIT_HTTP_PATH];
	struct bytes path, params[PARAMS];
	unsigned n_params;
	struct http_address client;
	char id[ID_MAX + 1];
	struct http_chunks chunks;
	struct buf body, extra;
	bool dispatched, body_done, keep, is_asset, no_body, chunked_answer, behind, is_events;
	http_gone *gone;
	void (*ready)(struct http_request *r, void *owner);
	void *owner;
};

struct port {
	struct http_server *s;
	struct listener listener;
	struct tls_server *tls;
	SLIST_ENTRY(port) next;
};

/* How many connections an address has. */
struct peer {
	uint8_t key[16];
	unsigned n;
	struct peer *next;
};

TAILQ_HEAD(conns, conn);

struct http_server {
	struct loop *loop;
	struct http_options o;
	struct conns all, due[DUES];
	unsigned ms[DUES];
	SLIST_HEAD(, port) ports;
	struct peer *peers[BUCKETS];
	uint64_t seed, n_ids;
	size_t n_conns;
	int timer_fd;
	struct watch timer;
	uint64_t timer_at; /* 0: not set */
	bool draining;
	uint64_t drain_ms;
	void (*drained)(void *ctx);
	time_t date_s;
	char date[40];
	uint8_t room[READ_ROOM];
};

static void step(struct conn *c);

/* Deadlines. */

static void wake_at(struct http_server *s, uint64_t at_ms, uint64_t now)
{
	if (s->timer_at && s->timer_at <= at_ms)
		return;
	s->timer_at = at_ms;
	timer_set(s->timer_fd, at_ms > now ? at_ms - now : 1);
}

static void arm(struct conn *c, enum due due)
{
	struct http_server *s = c->s;

	if (c->due != DUE_NONE)
		TAILQ_REMOVE(&s->due[c->due], c, in_due);
	c->due = due;
	if (due == DUE_NONE)
		return;
	uint64_t now = clock_mono_ms();
	c->due_ms = now + s->ms[due];
	TAILQ_INSERT_TAIL(&s->due[due], c, in_due);
	wake_at(s, c->due_ms, now);
}

static size_t waiting_out(const struct conn *c)
{
	return c->out.len - c->out_at;
}

static enum due due_of(const struct conn *c)
{
	bool is_sending = waiting_out(c) > 0;

	switch (c->phase) {
	case HANDSHAKE:
		return DUE_HEAD;
	case HEAD:
		return is_sending ? DUE_STALL : c->in.len > c->in_at || !c->served ? DUE_HEAD : DUE_IDLE;
	case BODY:
		return DUE_BODY;
	case WAIT:
		return is_sending ? DUE_STALL : DUE_NONE;
	case STREAM:
		return is_sending ? DUE_STALL : c->r->is_events ? DUE_BEAT : DUE_NONE;
	case CLOSING:
		return is_sending ? DUE_STALL : DUE_LINGER;
	}
	return DUE_NONE;
}

/* Only a client that takes what it is sent moves its deadline. */
static void settle_due(struct conn *c)
{
	enum due due = due_of(c);

	if (due != c->due || ((due == DUE_STALL || due == DUE_BEAT) && c->moved >= PROGRESS)) {
		c->moved = 0;
		arm(c, due);
	}
}

/* Addresses. */

static struct peer **peer_slot(struct http_server *s, const struct http_address *a, uint8_t key[16])
{
	static const uint8_t zeros[8];
	uint64_t hash = s->seed;

	memcpy(key, a->ip, 16);
	if (!bytes_equal(bytes_of(key, 8), BYTES_OF(zeros)))
		memset(key + 8, 0, 8); /* a /64 is one household */
	for (int i = 0; i < 16; i++)
		hash = (hash ^ key[i]) * 0x100000001b3u;
	struct peer **p = &s->peers[(hash ^ hash >> 32) % BUCKETS];
	while (*p && !bytes_equal(BYTES_OF((*p)->key), bytes_of(key, 16)))
		p = &(*p)->next;
	return p;
}

static bool count_peer(struct conn *c)
{
	struct http_server *s = c->s;
	uint8_t key[16];

	for (size_t i = 0; i < s->o.n_proxies; i++)
		if (http_range_holds(&s->o.proxies[i], &c->peer))
			return true;
	if (c->peer.is_local)
		return true;
	struct peer **slot = peer_slot(s, &c->peer, key);
	if (!*slot) {
		*slot = calloc(1, sizeof **slot);
		if (!*slot)
			return false;
		memcpy((*slot)->key, key, sizeof key);
	}
	if ((*slot)->n >= s->o.conns_each)
		return false;
	c->counted = *slot;
	c->counted->n++;
	return true;
}

static void uncount_peer(struct conn *c)
{
	uint8_t key[16];

	if (!c->counted || --c->counted->n > 0)
		return;
	struct peer **slot = peer_slot(c->s, &c->peer, key);
	struct peer *p = *slot;
	*slot = p->next;
	free(p);
}

/* Requests. */

static void request_free(struct http_request *r)
{
	buf_fini(&r->body);
	buf_fini(&r->extra);
	free(r->text);
	free(r);
}

/* The client has gone; whoever has the request will still answer it. */
static void forget(struct http_request *r)
{
	r->c = NULL;
	if (!r->dispatched)
		request_free(r);
	else if (r->gone)
		r->gone(r, r->owner);
}

static void conn_free(struct conn *c)
{
	struct http_server *s = c->s;
	struct http_request *r = c->r;

	arm(c, DUE_NONE);
	uncount_peer(c);
	TAILQ_REMOVE(&s->all, c, in_all);
	s->n_conns--;
	loop_remove(s->loop, &c->watch);
	tls_free(c->tls);
	drop_fd(&c->fd);
	buf_fini(&c->in);
	buf_fini(&c->out);
	free(c);
	if (r)
		forget(r);
	if (s->draining && s->n_conns == 0)
		wake_at(s, clock_mono_ms(), clock_mono_ms());
}

/* Sending. */

/* Bytes moved; 0: later; -1: the peer has gone. */
static ssize_t send_some(struct conn *c)
{
	struct bytes b = bytes_of(c->out.data + c->out_at, waiting_out(c));
	size_t n;

	if (!c->tls) {
		ssize_t sent = send(c->fd, b.data, b.len, MSG_NOSIGNAL);
		return sent >= 0 ? sent : errno == EAGAIN || errno == EINTR ? 0 : -1;
	}
	enum tls_state state = tls_write(c->tls, b, &n);
	if (state == TLS_DONE)
		return (ssize_t)n;
	return state == TLS_WANT_READ || state == TLS_WANT_WRITE ? 0 : -1;
}

/* A stream that is always a little behind must not grow for ever. */
static void close_gap(struct conn *c)
{
	if (c->out_at < READ_ROOM || c->out_at < waiting_out(c))
		return;
	memmove(c->out.data, c->out.data + c->out_at, waiting_out(c));
	c->out.len -= c->out_at;
	c->out_at = 0;
}

static void flush(struct conn *c)
{
	if (c->out.failed)
		c->broken = true;
	while (!c->broken && waiting_out(c) > 0) {
		ssize_t n = send_some(c);
		if (n == 0) {
			close_gap(c);
			return;
		}
		if (n < 0)
			c->broken = true;
		else
			c->out_at += (size_t)n, c->moved += (size_t)n;
	}
	c->out.len = c->out_at = 0;
	if (c->out.room > READ_ROOM || c->phase == STREAM)
		buf_fini(&c->out);
}

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} known[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 302, "Found" }, { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 402, "Payment Required" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" },
		{ 413, "Content Too Large" }, { 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" }, { 421, "Misdirected Request" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 501, "Not Implemented" }, { 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].text;
	return "Other";
}

static const char *date(struct http_server *s)
{
	time_t now = (time_t)(clock_unix_ms() / 1000);
	struct tm tm;

	if (now != s->date_s && gmtime_r(&now, &tm)) {
		strftime(s->date, sizeof s->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
		s->date_s = now;
	}
	return s->date;
}

#define PAGE_POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
		    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* What every answer says; not yet the length, nor the empty line. */
static void put_head(struct http_request *r, int status, const char *type)
{
	struct http_server *s = r->c->s;
	struct buf *out = &r->c->out;

	buf_print(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Request-Id: %s\r\n", status, reason(status), date(s), r->id);
	if (type)
		buf_print(out, "Content-Type: %s\r\n", type);
	buf_text(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
		      "Cross-Origin-Resource-Policy: same-origin\r\n");
	buf_text(out, r->is_asset ? "Cache-Control: no-cache\r\nContent-Security-Policy: " PAGE_POLICY "\r\n" :
		 "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
	if (s->o.names.public_url && strncmp(s->o.names.public_url, "https:", 6) == 0)
		buf_text(out, "Strict-Transport-Security: max-age=31536000\r\n");
	if (!r->keep)
		buf_text(out, "Connection: close\r\n");
	buf_put(out, r->extra.data, r->extra.len);
	if (s->o.done)
		s->o.done(r, status, s->o.ctx);
}

/* The answer is in `out` as a whole: on to the next request. */
static void finish(struct http_request *r)
{
	struct conn *c = r->c;

	c->r = NULL;
	c->phase = r->keep ? HEAD : CLOSING;
	c->served = true;
	request_free(r);
	if (!c->stepping)
		step(c);
}

void http_answer(struct http_request *r, int status, const char *type, struct bytes body)
{
	if (!r->c) {
		request_free(r);
		return;
	}
	if (r->extra.failed) {
		r->extra.failed = false;
		r->extra.len = 0;
		http_answer_error(r, 500, "the answer could not be written");
		return;
	}
	struct buf *out = &r->c->out;
	bool has_none = status == 204 || status == 304;
	r->keep = r->keep && r->body_done && !r->c->s->draining;
	put_head(r, status, has_none || body.len == 0 ? NULL : type);
	if (has_none)
		buf_text(out, "\r\n");
	else
		buf_print(out, "Content-Length: %zu\r\n\r\n", body.len);
	if (!has_none && r->head.method != HTTP_HEAD)
		buf_put(out, body.data, body.len);
	finish(r);
}

void http_answer_json(struct http_request *r, int status, struct bytes json)
{
	http_answer(r, status, "application/json", json);
}

void http_answer_error(struct http_request *r, int status, const char *fmt, ...)
{
	struct buf body = BUF_INIT(16u << 10);
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	struct json_out w = json_out(&body);
	json_open(&w, NULL, '{');
	json_put_loose(&w, "error", bytes_text(text));
	json_close(&w, '}');
	http_answer_json(r, status, buf_bytes(&body));
	buf_fini(&body);
}

void http_set(struct http_request *r, const char *name, const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			r->extra.failed = true;
	buf_print(&r->extra, "%s: %s\r\n", name, value);
}

enum cloister_err http_asset_init(struct http_asset *a, const char *type, struct bytes body,
				  struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];

	TRY(hash_sha256(body, digest, why));
	*a = (struct http_asset){ .type = type, .body = body };
	a->etag[0] = '"';
	for (size_t i = 0; i < 16; i++)
		snprintf(a->etag + 1 + 2 * i, 3, "%02x", digest[i]);
	a->etag[33] = '"';
	return CLOISTER_OK;
}

void http_answer_asset(struct http_request *r, const struct http_asset *a)
{
	r->is_asset = true;
	http_set(r, "ETag", a->etag);
	if (bytes_are(http_head_field(&r->head, "If-None-Match"), a->etag))
		http_answer(r, 304, NULL, BYTES_NONE);
	else
		http_answer(r, 200, a->type, a->body);
}

/* Streams. */

void http_stream_open(struct http_request *r, const char *type,
		      void (*ready)(struct http_request *r, void *owner))
{
	struct conn *c = r->c;

	if (!c)
		return;
	r->ready = ready;
	r->is_events = strcmp(type, "text/event-stream") == 0;
	r->no_body = r->head.method == HTTP_HEAD;
	r->chunked_answer = r->head.minor == 1;
	r->keep = r->keep && r->body_done && r->chunked_answer && !c->s->draining;
	put_head(r, 200, type);
	buf_text(&c->out, r->chunked_answer ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
	c->phase = STREAM;
	if (!c->stepping)
		step(c);
}

static void put_piece(struct http_request *r, struct bytes piece)
{
	struct conn *c = r->c;

	if (r->chunked_answer)
		buf_print(&c->out, "%zx\r\n", piece.len);
	buf_put(&c->out, piece.data, piece.len);
	if (r->chunked_answer)
		buf_text(&c->out, "\r\n");
	c->moved = PROGRESS; /* not quiet */
}

enum cloister_err http_stream_put(struct http_request *r, struct bytes piece)
{
	struct conn *c = r->c;

	if (!c)
		return CLOISTER_E_PEER;
	if (r->no_body || piece.len == 0)
		return CLOISTER_OK;
	if (waiting_out(c) > 0 && waiting_out(c) + piece.len > LIMIT_HTTP_BACKLOG) {
		r->behind = true;
		return CLOISTER_E_LIMIT;
	}
	bool was_quiet = waiting_out(c) == 0;
	put_piece(r, piece);
	/* What waits already goes out by the loop; here nothing may be freed. */
	if (was_quiet && !c->stepping)
		loop_change(c->s->loop, &c->watch, c->watch.events | EPOLLOUT);
	return CLOISTER_OK;
}

void http_stream_end(struct http_request *r)
{
	if (!r->c) {
		request_free(r);
		return;
	}
	if (r->chunked_answer && !r->no_body)
		buf_text(&r->c->out, "0\r\n\r\n");
	finish(r);
}

enum cloister_err http_event_put(struct http_request *r, const char *id, const char *event,
				 struct bytes data)
{
	struct buf text = BUF_INIT(LIMIT_HTTP_BACKLOG);

	if (id)
		buf_print(&text, "id: %s\n", id);
	if (event)
		buf_print(&text, "event: %s\n", event);
	buf_text(&text, "data: ");
	for (size_t i = 0; i < data.len; i++) {
		if (data.data[i] == '\n')
			buf_text(&text, "\ndata: ");
		else if (data.data[i] != '\r')
			buf_byte(&text, data.data[i]);
	}
	buf_text(&text, "\n\n");
	enum cloister_err err = buf_ok(&text, "event", NULL);
	if (err == CLOISTER_OK)
		err = http_stream_put(r, buf_bytes(&text));
	buf_fini(&text);
	return err;
}

/* Deciding: what is wrong with a request before its handler sees it. */

static bool next_segment(struct bytes *left, struct bytes *out)
{
	size_t n = 0;

	if (left->len == 0 || left->data[0] != '/')
		return false;
	*left = bytes_of(left->data + 1, left->len - 1);
	while (n < left->len && left->data[n] != '/')
		n++;
	*out = bytes_of(left->data, n);
	*left = bytes_of(left->data + n, left->len - n);
	return true;
}

static bool matches(const struct http_route *route, struct http_request *r)
{
	struct bytes pattern = bytes_text(route->path), path = r->path, want, have;

	r->n_params = 0;
	while (next_segment(&pattern, &want)) {
		bool is_param = want.len > 0 && want.data[0] == '{';
		if (bytes_are(want, "*") && path.len > 0) {
			r->params[r->n_params++] = bytes_of(path.data + 1, path.len - 1);
			return true;
		}
		if (!next_segment(&path, &have))
			return false;
		if (is_param && have.len > 0 && r->n_params < PARAMS)
			r->params[r->n_params++] = have;
		else if (!bytes_equal(want, have) && (want.len > 0 || have.len > 0))
			return false;
	}
	return path.len == 0;
}

/* Which methods a path has, as a list for Allow; empty: there is no such path. */
static void list_methods(struct http_request *r, char out[96])
{
	const struct http_options *o = &r->c->s->o;
	unsigned seen = 0;
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < o->n_routes; i++)
		if (matches(&o->routes[i], r))
			seen |= 1u << o->routes[i].method;
	if (!seen && !bytes_are(r->head.path, "*"))
		return;
	seen |= 1u << HTTP_OPTIONS | (seen & 1u << HTTP_GET ? 1u << HTTP_HEAD : 0);
	for (enum http_method m = HTTP_GET; m < HTTP_METHODS; m++)
		if (seen & 1u << m)
			n += (size_t)snprintf(out + n, 96 - n, "%s%s", n ? ", " : "", http_method_name(m));
}

static bool find_route(struct http_request *r)
{
	const struct http_options *o = &r->c->s->o;
	enum http_method method = r->head.method == HTTP_HEAD ? HTTP_GET : r->head.method;
	char allow[96];

	for (size_t i = 0; i < o->n_routes && !r->route; i++)
		if (o->routes[i].method == method && matches(&o->routes[i], r))
			r->route = &o->routes[i];
	if (r->route)
		return true;
	list_methods(r, allow);
	if (!allow[0]) {
		http_answer_error(r, 404, "Not found");
		return false;
	}
	http_set(r, "Allow", allow);
	if (method == HTTP_OPTIONS)
		http_answer(r, 204, NULL, BYTES_NONE);
	else
		http_answer_error(r, 405, "Method not allowed; allowed are %s", allow);
	return false;
}

static bool has_body(const struct http_request *r)
{
	return r->head.chunked || r->head.length > 0;
}

static bool is_json(struct bytes type)
{
	size_t n = 0;

	while (n < type.len && type.data[n] != ';' && type.data[n] != ' ')
		n++;
	return http_same(bytes_of(type.data, n), "application/json");
}

/* A page elsewhere that a browser shows may not act here. */
static bool from_elsewhere(const struct http_request *r)
{
	const struct http_head *h = &r->head;
	struct bytes site = http_head_field(h, "Sec-Fetch-Site");

	if (h->origin.data)
		return !http_origin_good(&r->c->s->o.names, h->origin, h->host, r->c->port->tls != NULL);
	return h->method != HTTP_GET && h->method != HTTP_HEAD &&
	       (bytes_are(site, "cross-site") || bytes_are(site, "same-site"));
}

static bool good_sender(struct http_request *r)
{
	const struct http_options *o = &r->c->s->o;
	struct conn *c = r->c;

	if (!http_client_of(&r->head, &c->peer, o->proxies, o->n_proxies, &r->client))
		http_answer_error(r, 400, "X-Forwarded-For: no address");
	else if (!http_host_good(&o->names, r->head.host, &c->own, c->own_port, c->port->tls != NULL))
		http_answer_error(r, 421, "This server is not known by that name");
	else if (from_elsewhere(r))
		http_answer_error(r, 403, "Pages of another origin may not ask here");
	else
		return true;
	return false;
}

static bool good_body(struct http_request *r)
{
	size_t max = r->route->body_max;

	if (r->head.encoding.data)
		http_answer_error(r, 415, "Content-Encoding is not supported");
	else if (r->head.length > max || (has_body(r) && max == 0))
		http_answer_error(r, 413, "The body may have %zu bytes", max);
	else if (has_body(r) && !r->route->any_type && !is_json(r->head.type))
		http_answer_error(r, 415, "Content-Type must be application/json");
	else
		return true;
	return false;
}

static void name_request(struct http_request *r)
{
	struct bytes id = http_head_field(&r->head, "X-Request-Id");
	bool good = id.len >= 8 && id.len <= ID_MAX;

	for (size_t i = 0; i < id.len && good; i++)
		good = (id.data[i] >= '0' && id.data[i] <= '9') || ((id.data[i] | 0x20) >= 'a' && (id.data[i] | 0x20) <= 'z') ||
		       id.data[i] == '-' || id.data[i] == '_' || id.data[i] == '.';
	if (good)
		snprintf(r->id, sizeof r->id, "%.*s", (int)id.len, (const char *)id.data);
	else
		snprintf(r->id, sizeof r->id, "%016llx-%llx", (unsigned long long)r->c->s->seed,
			 (unsigned long long)++r->c->s->n_ids);
}

static void dispatch(struct http_request *r)
{
	struct conn *c = r->c;

	r->body_done = true;
	r->dispatched = true;
	c->phase = WAIT;
	arm(c, DUE_NONE);
	r->route->fn(r, c->s->o.ctx);
}

/* The request's head is read: answer it, or go on to its body. */
static void consider(struct http_request *r)
{
	struct http_server *s = r->c->s;
	struct conn *c = r->c;
	struct cloister_fault why = { 0 };

	if (!good_sender(r))
		return;
	if (!bytes_are(r->head.path, "*") &&
	    http_path_read(r->head.path, r->path_room, sizeof r->path_room, &r->path, &why) != CLOISTER_OK) {
		http_answer_error(r, why.err == CLOISTER_E_LIMIT ? 414 : 400, "path: %s", why.note);
		return;
	}
	if (!find_route(r) || !good_body(r) || (s->o.admit && !s->o.admit(r, s->o.ctx)))
		return;
	if (!has_body(r)) {
		dispatch(r);
		return;
	}
	r->body.max = r->route->body_max;
	if (r->head.expects_continue && c->in.len == c->in_at)
		buf_text(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	c->phase = BODY;
}

static struct http_request *request_new(struct conn *c, struct bytes head)
{
	struct http_request *r = calloc(1, sizeof *r);

	if (r)
		r->text = malloc(head.len + 1);
	if (!r || !r->text) {
		free(r);
		c->broken = true;
		return NULL;
	}
	memcpy(r->text, head.data ? head.data : (const uint8_t *)"", head.len);
	r->extra.max = LIMIT_HTTP_HEAD;
	r->client = c->peer;
	r->c = c;
	c->r = r;
	arm(c, DUE_NONE);
	return r;
}

/* What cannot be understood is answered and ends the connection. */
static void refuse(struct conn *c, int status, const char *what, const char *note)
{
	struct http_request *r = c->r ? c->r : request_new(c, BYTES_NONE);

	if (!r)
		return;
	if (!r->id[0])
		name_request(r);
	r->keep = false;
	http_answer_error(r, status, "%s: %s", what, note);
}

static void begin_request(struct conn *c, size_t len)
{
	struct http_request *r = request_new(c, bytes_of(c->in.data + c->in_at, len));
	struct cloister_fault why = { 0 };
	int status;

	if (!r)
		return;
	c->in_at += len;
	c->scan = (struct http_scan){ 0 };
	enum cloister_err err = http_head_read(bytes_of(r->text, len), &r->head, &status, &why);
	name_request(r);
	if (err != CLOISTER_OK) {
		refuse(c, status, why.what, why.note);
		return;
	}
	r->keep = r->head.keep_alive;
	r->body_done = !has_body(r);
	consider(r);
}

/* Reading. */

static void fill(struct conn *c)
{
	struct http_server *s = c->s;
	size_t n = 0;

	if (c->in_at > 0) {
		memmove(c->in.data, c->in.data + c->in_at, c->in.len - c->in_at);
		c->in.len -= c->in_at;
		c->in_at = 0;
	}
	size_t room = c->in.max - c->in.len < READ_ROOM ? c->in.max - c->in.len : READ_ROOM;
	if (room == 0)
		return;
	if (c->tls) {
		enum tls_state state = tls_read(c->tls, s->room, room, &n);
		c->broken |= state == TLS_FAILED;
		c->ended |= state == TLS_END;
	} else {
		ssize_t got = recv(c->fd, s->room, room, 0);
		c->broken |= got < 0 && errno != EAGAIN && errno != EINTR;
		c->ended |= got == 0;
		n = got > 0 ? (size_t)got : 0;
	}
	if (c->phase == CLOSING) {
		c->discarded += n;
		c->broken |= c->discarded > LINGER_MAX;
		return;
	}
	buf_put(&c->in, s->room, n);
	c->broken |= c->in.failed;
}

static struct bytes unread(const struct conn *c)
{
	return c->in.len ? bytes_of(c->in.data + c->in_at, c->in.len - c->in_at) : BYTES_NONE;
}

/* True: something changed, go on. */
static bool read_head(struct conn *c)
{
	struct cloister_fault why = { 0 };
	size_t len;
	int status;

	if (waiting_out(c) > LIMIT_HTTP_BACKLOG)
		return false;
	if (http_head_scan(&c->scan, unread(c), &len, &status, &why) != CLOISTER_OK) {
		refuse(c, status, why.what, why.note);
		return true;
	}
	if (len > 0) {
		begin_request(c, len);
		return true;
	}
	if (c->ended || (c->s->draining && unread(c).len == 0))
		c->phase = CLOSING;
	return false;
}

static bool take_body(struct http_request *r, struct bytes in, size_t *used, struct cloister_fault *why)
{
	struct bytes data = in;

	*used = 0;
	if (r->head.chunked) {
		if (http_chunks_read(&r->chunks, in, used, &data, why) != CLOISTER_OK)
			return false;
	} else {
		uint64_t left = r->head.length - r->body.len;
		data.len = *used = in.len < left ? in.len : (size_t)left;
	}
	buf_put(&r->body, data.data, data.len);
	return true;
}

static bool read_body(struct conn *c)
{
	struct http_request *r = c->r;
	struct cloister_fault why = { 0 };
	size_t used;

	if (!take_body(r, unread(c), &used, &why)) {
		refuse(c, 400, why.what, why.note);
		return true;
	}
	c->in_at += used;
	if (r->body.failed) {
		refuse(c, 413, "body", "it is too large");
		return true;
	}
	if (r->head.chunked ? r->chunks.state == CHUNK_DONE : r->body.len == r->head.length) {
		dispatch(r);
		return true;
	}
	if (c->ended && used == 0)
		c->phase = CLOSING;
	return used > 0;
}

static bool shake_hands(struct conn *c)
{
	enum tls_state state = tls_handshake(c->tls);

	c->tls_wants_write = state == TLS_WANT_WRITE;
	if (state == TLS_DONE)
		c->phase = HEAD;
	c->broken |= state == TLS_FAILED || state == TLS_END;
	return state == TLS_DONE;
}

static bool advance(struct conn *c)
{
	switch (c->phase) {
	case HANDSHAKE:
		return shake_hands(c);
	case HEAD:
	case BODY:
		if (c->phase == HEAD ? read_head(c) : read_body(c))
			return true;
		if (c->broken || c->phase == CLOSING || !c->tls || !tls_has_pending(c->tls) || c->in.len - c->in_at == c->in.max)
			return false;
		size_t had = unread(c).len;
		fill(c);
		return unread(c).len > had || c->ended;
	case WAIT:
	case STREAM:
	case CLOSING:
		return false;
	}
	return false;
}

/* All is said: tell the client so, and let it read why before the connection goes. */
static void say_goodbye(struct conn *c)
{
	if (c->phase != CLOSING || waiting_out(c) > 0)
		return;
	if (!c->is_shut) {
		if (c->tls)
			tls_goodbye(c->tls);
		shutdown(c->fd, SHUT_WR);
		c->is_shut = true;
	}
	c->broken |= c->ended;
}

static uint32_t interest(const struct conn *c)
{
	bool reads = c->phase == HEAD || c->phase == BODY || c->phase == HANDSHAKE || c->phase == CLOSING;
	uint32_t events = c->half_closed || c->ended ? 0 : EPOLLRDHUP;

	if (reads && !c->ended && waiting_out(c) <= LIMIT_HTTP_BACKLOG)
		events |= EPOLLIN;
	if (waiting_out(c) > 0 || c->tls_wants_write || (c->phase == STREAM && c->r->behind))
		events |= EPOLLOUT;
	return events;
}

static void step(struct conn *c)
{
	c->stepping = true;
	do {
		while (!c->broken && advance(c))
			;
		flush(c);
	} while (!c->broken && c->phase == HEAD && unread(c).len > 0 && waiting_out(c) == 0 && advance(c));
	c->stepping = false;
	say_goodbye(c);
	if (c->broken || (c->phase == STREAM && (c->half_closed || c->ended))) {
		conn_free(c);
		return;
	}
	if (c->in.len == c->in_at || c->phase == CLOSING) {
		c->in_at = c->in.len = 0;
		buf_fini(&c->in);
	}
	settle_due(c);
	loop_change(c->s->loop, &c->watch, interest(c));
}

/* A stream's client has caught up. Called last: what it puts goes out by the loop. */
static void tell_ready(struct http_request *r)
{
	if (!r->behind || waiting_out(r->c) > LIMIT_HTTP_BACKLOG / 2)
		return;
	r->behind = false;
	if (r->ready)
		r->ready(r, r->owner);
}

static void happened(struct watch *w, uint32_t events)
{
	struct conn *c = w->owner;
	struct http_request *r = c->r;

	if (events & (EPOLLERR | EPOLLHUP)) {
		conn_free(c);
		return;
	}
	if (events & EPOLLRDHUP && !(events & EPOLLIN))
		c->half_closed = true;
	if (events & EPOLLIN && c->phase != HANDSHAKE)
		fill(c);
	bool is_stream = c->phase == STREAM && !c->half_closed;
	c->tls_wants_write = false;
	if (!is_stream) {
		step(c);
		return;
	}
	flush(c);
	if (c->broken) {
		conn_free(c);
		return;
	}
	settle_due(c);
	loop_change(c->s->loop, &c->watch, interest(c));
	tell_ready(r); /* may end the stream, and with it the connection: nothing after it */
}

static void expired(struct conn *c)
{
	switch (c->due) {
	case DUE_BEAT:
		c->moved = PROGRESS;
		if (!c->r->no_body)
			put_piece(c->r, bytes_text(":\n\n"));
		step(c);
		return;
	case DUE_HEAD:
		if (c->phase == HEAD && unread(c).len > 0) {
			refuse(c, 408, "head", "it did not arrive in time");
			return;
		}
		break;
	case DUE_BODY:
		refuse(c, 408, "body", "it did not arrive in time");
		return;
	default:
		break;
	}
	conn_free(c);
}

static void end_drain(struct http_server *s)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&s->all)))
		conn_free(c);
	s->draining = false;
	if (s->drained)
		s->drained(s->o.ctx);
}

static void time_passed(struct watch *w, uint32_t events)
{
	struct http_server *s = w->owner;
	uint64_t now = clock_mono_ms(), next = 0;
	struct conn *c;
	(void)events;

	timer_clear(w->fd);
	s->timer_at = 0;
	for (enum due d = DUE_HEAD; d < DUES; d++) {
		while ((c = TAILQ_FIRST(&s->due[d])) && c->due_ms <= now)
			expired(c);
		if (c && (!next || c->due_ms < next))
			next = c->due_ms;
	}
	if (s->draining && (s->n_conns == 0 || now >= s->drain_ms)) {
		end_drain(s);
		return;
	}
	if (s->draining && (!next || s->drain_ms < next))
		next = s->drain_ms;
	if (next)
		wake_at(s, next, now);
}

/* Connections. */

static void address_of(const struct sockaddr_storage *from, struct http_address *out, uint16_t *port)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	*out = (struct http_address){ .is_local = from->ss_family != AF_INET && from->ss_family != AF_INET6 };
	*port = 0;
	if (from->ss_family == AF_INET) {
		out->ip[10] = out->ip[11] = 0xff;
		memcpy(out->ip + 12, &v4->sin_addr, 4);
		*port = ntohs(v4->sin_port);
	} else if (from->ss_family == AF_INET6) {
		memcpy(out->ip, &v6->sin6_addr, 16);
		*port = ntohs(v6->sin6_port);
	}
}

static bool know_addresses(struct conn *c)
{
	struct sockaddr_storage peer = { 0 }, own_end = { 0 };
	socklen_t peer_len = sizeof peer, own_len = sizeof own_end;
	uint16_t ignored;

	if (getpeername(c->fd, (void *)&peer, &peer_len) < 0 || getsockname(c->fd, (void *)&own_end, &own_len) < 0)
		return false;
	address_of(&peer, &c->peer, &ignored);
	address_of(&own_end, &c->own, &c->own_port);
	if (!c->peer.is_local) {
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		setsockopt(c->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){ c->s->o.stall_ms }, sizeof(unsigned));
		setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
	}
	return true;
}

/* One that has waited longest between requests makes room for one that just came. */
static bool make_room(struct http_server *s)
{
	if (s->n_conns < s->o.conns)
		return true;
	struct conn *idle = TAILQ_FIRST(&s->due[DUE_IDLE]);
	if (idle)
		conn_free(idle);
	return idle != NULL;
}

static void came(void *owner, int fd)
{
	struct port *p = owner;
	struct http_server *s = p->s;
	struct conn *c = make_room(s) ? calloc(1, sizeof *c) : NULL;

	if (!c) {
		drop_fd(&fd);
		return;
	}
	*c = (struct conn){ .s = s, .port = p, .fd = fd, .watch = WATCH_INIT, .phase = p->tls ? HANDSHAKE : HEAD,
			    .in = BUF_INIT(LIMIT_HTTP_HEAD + READ_ROOM), .out = BUF_INIT(LIMIT_HTTP_ANSWER) };
	TAILQ_INSERT_TAIL(&s->all, c, in_all);
	s->n_conns++;
	bool good = know_addresses(c) && count_peer(c) && (!p->tls || (c->tls = tls_new(p->tls, fd)));
	if (!good || loop_add(s->loop, &c->watch, fd, EPOLLIN | EPOLLRDHUP, happened, c, NULL) != CLOISTER_OK)
		conn_free(c);
	else
		settle_due(c);
}

enum cloister_err http_server_listen(struct http_server *s, int fd, struct tls_server *tls,
				     struct cloister_fault *why)
{
	struct port *p = calloc(1, sizeof *p);

	if (!p) {
		drop_fd(&fd);
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	}
	*p = (struct port){ .s = s, .tls = tls, .listener = LISTENER_INIT };
	enum cloister_err err = listener_open(&p->listener, s->loop, fd, SOCK_NONBLOCK, came, p, why);
	if (err != CLOISTER_OK) {
		free(p);
		return err;
	}
	SLIST_INSERT_HEAD(&s->ports, p, next);
	return CLOISTER_OK;
}

static unsigned or(unsigned value, unsigned standard)
{
	return value ? value : standard;
}

enum cloister_err http_server_new(struct loop *loop, const struct http_options *o,
				  struct http_server **out, struct cloister_fault *why)
{
	for (size_t i = 0; i < o->n_routes; i++)
		if (o->routes[i].body_max > LIMIT_HTTP_BODY)
			return fail(why, CLOISTER_E_USAGE, "http", "`%.60s`: a body may have %u bytes at most",
				    o->routes[i].path, LIMIT_HTTP_BODY);
	struct http_server *s = calloc(1, sizeof *s);
	enum cloister_err err;

	if (!s)
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	s->loop = loop;
	s->o = *o;
	s->o.stall_ms = or(o->stall_ms, 30000);
	s->o.conns = or(o->conns, 1024);
	s->o.conns_each = or(o->conns_each, 128);
	s->ms[DUE_HEAD] = or(o->head_ms, 10000);
	s->ms[DUE_BODY] = or(o->body_ms, 60000);
	s->ms[DUE_IDLE] = or(o->idle_ms, 60000);
	s->ms[DUE_STALL] = s->o.stall_ms;
	s->ms[DUE_BEAT] = or(o->beat_ms, 15000);
	s->ms[DUE_LINGER] = LINGER_MS;
	s->timer = (struct watch)WATCH_INIT;
	s->timer_fd = -1;
	TAILQ_INIT(&s->all);
	for (enum due d = 0; d < DUES; d++)
		TAILQ_INIT(&s->due[d]);
	err = random_bytes(&s->seed, sizeof s->seed, why);
	if (err == CLOISTER_OK)
		err = timer_open(&s->timer_fd, why);
	if (err == CLOISTER_OK)
		err = loop_add(loop, &s->timer, s->timer_fd, EPOLLIN, time_passed, s, why);
	if (err != CLOISTER_OK) {
		http_server_free(s);
		return err;
	}
	*out = s;
	return CLOISTER_OK;
}

static struct conn *next_to_drain(struct http_server *s)
{
	struct conn *c;

	TAILQ_FOREACH(c, &s->all, in_all)
		if (c->phase == STREAM || (c->phase == HEAD && unread(c).len == 0 && waiting_out(c) == 0))
			return c;
	return NULL;
}

static void drain(struct conn *c)
{
	struct http_request *r = c->r;

	if (r && r->chunked_answer && !r->no_body)
		buf_text(&c->out, "0\r\n\r\n");
	c->r = NULL;
	c->phase = CLOSING;
	step(c);
	if (r)
		forget(r);
}

void http_server_drain(struct http_server *s, unsigned grace_ms, void (*drained)(void *ctx))
{
	uint64_t now = clock_mono_ms();
	struct conn *c;
	struct port *p;

	s->draining = true;
	s->drained = drained;
	s->drain_ms = now + grace_ms;
	SLIST_FOREACH(p, &s->ports, next)
		listener_close(&p->listener);
	/* From the front each time: whoever is told may end other streams, too. */
	while ((c = next_to_drain(s)))
		drain(c);
	wake_at(s, s->n_conns ? s->drain_ms : now, now);
}

void http_server_free(struct http_server *s)
{
	struct conn *c;
	struct port *p;

	if (!s)
		return;
	s->draining = false;
	while ((c = TAILQ_FIRST(&s->all)))
		conn_free(c);
	while ((p = SLIST_FIRST(&s->ports))) {
		SLIST_REMOVE_HEAD(&s->ports, next);
		listener_close(&p->listener);
		free(p);
	}
	loop_remove(s->loop, &s->timer);
	drop_fd(&s->timer_fd);
	free(s);
}

size_t http_server_conns(const struct http_server *s)
{
	return s->n_conns;
}

const struct http_head *http_request_head(const struct http_request *r)
{
	return &r->head;
}

const struct http_route *http_request_route(const struct http_request *r)
{
	return r->route;
}

struct bytes http_request_path(const struct http_request *r)
{
	return r->path;
}

struct bytes http_request_param(const struct http_request *r, unsigned n)
{
	return n < r->n_params ? r->params[n] : BYTES_NONE;
}

struct bytes http_request_body(const struct http_request *r)
{
	return buf_bytes(&r->body);
}

const struct http_address *http_request_client(const struct http_request *r)
{
	return &r->client;
}

const char *http_request_id(const struct http_request *r)
{
	return r->id;
}

void http_request_watch(struct http_request *r, http_gone *gone, void *owner)
{
	r->gone = gone;
	r->owner = owner;
}

bool http_request_is_gone(const struct http_request *r)
{
	return !r->c;
}
