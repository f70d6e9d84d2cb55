/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_api.c - /run/cloister.sock: HTTP and JSON for programs that would
 * rather not speak ioctl and CBOR. It gives nothing that /dev/nsm does not.
 *
 *   POST /v1/evidence      {"nonce","user_data","public_key","encoding"} → {"document"}
 *   GET  /v1/identity      → {"module_id","timestamp","emulated","manifest_sha256","pcrs"}
 *   GET  /v1/random?bytes=N → {"random"}
 *   GET  /v1/pcr/N         → {"index","locked","value"}
 *   POST /v1/pcr/N/extend  {"data","encoding"} → {"index","value"}
 *
 * There are CLIENTS_MAX places for all programs of the container, so none is
 * kept by a client that neither asks nor takes its answer.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hex.h"
#include "codec/json.h"
#include "guest/agent.h"
#include "guest/cage.h"
#include "guest/flow.h"
#include "guest/http.h"
#include "guest/nsm.h"
#include "guest/sha256.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/listener.h"

#define CLIENTS_MAX 64u
#define IN_ROOM (HTTP_HEAD_MAX + HTTP_BODY_MAX)
#define OUT_ROOM (64u << 10)
#define RANDOM_MAX 4096u
#define PATIENCE_MS 10000u /* for a whole request, and for its answer to be taken */
#define TICK_MS 2000u

struct client {
	int fd;
	struct watch watch;
	struct flow in, out;
	struct nsm_job *job; /* the module is asked on its behalf; nothing is read meanwhile */
	unsigned pcr;
	bool closing; /* after what is in `out` */
	uint64_t until_ms; /* by clock_mono_ms(); does not count while there is a job */
};

static struct {
	struct loop *loop;
	struct listener listener;
	struct client *clients[CLIENTS_MAX]; /* n_clients of them are not NULL */
	unsigned n_clients;
	int timer;
	struct watch tick;
	bool is_emulated;
	char manifest_sha256[65];
} api = { .listener = LISTENER_INIT, .timer = -1, .tick = WATCH_INIT };

/* The place of `c`, or for NULL one that is free. */
static struct client **place_of(const struct client *c)
{
	struct client **p = api.clients;

	while (*p != c)
		p++;
	return p;
}

static void be_patient(struct client *c)
{
	c->until_ms = clock_mono_ms() + PATIENCE_MS;
}

static void end_client(struct client *c)
{
	*place_of(c) = NULL;
	nsm_forget(c->job);
	loop_remove(api.loop, &c->watch);
	drop_fd(&c->fd);
	flow_fini(&c->in);
	flow_fini(&c->out);
	free(c);
	if (api.n_clients-- == CLIENTS_MAX)
		listener_pause(&api.listener, false);
}

static void adjust(struct client *c)
{
	loop_change(api.loop, &c->watch,
		    (c->job || c->closing || c->out.len ? 0u : EPOLLIN) | (c->out.len ? EPOLLOUT : 0u));
}

static void respond(struct client *c, int status, struct buf *body)
{
	own(buf_fini) struct buf head = BUF_INIT(512);

	buf_byte(body, '\n');
	if (buf_ok(body, "response", NULL) != CLOISTER_OK)
		c->closing = true;
	buf_print(&head,
		  "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		  "Cache-Control: no-store\r\n%s\r\n",
		  status, http_reason(status), body->len, c->closing ? "Connection: close\r\n" : "");
	be_patient(c);
	if (!flow_put(&c->out, buf_bytes(&head)) || !flow_put(&c->out, buf_bytes(body)))
		c->closing = true;
	adjust(c);
}

static void respond_error(struct client *c, int status, const char *sentence)
{
	own(buf_fini) struct buf body = BUF_INIT(4096);
	struct json_out w = json_out(&body);

	json_open(&w, NULL, '{');
	json_put_text(&w, "error", sentence);
	json_close(&w, '}');
	respond(c, status, &body);
}

static void respond_fault(struct client *c, int status, const struct cloister_fault *why)
{
	char sentence[256];

	respond_error(c, status, cloister_fault_text(why, sentence, sizeof sentence));
}

/* The module's own refusal is the client's business; all else is ours or the host's. */
static void respond_nsm(struct client *c, enum cloister_err err, const struct cloister_fault *why)
{
	bool refused = err == CLOISTER_E_PEER && why->what && strcmp(why->what, "nsm") == 0;

	respond_fault(c, refused ? 403 : 502, why);
}

static void ask(struct client *c, struct bytes request, nsm_done *done)
{
	struct cloister_fault why = { 0 };

	/* `done` may be called before this returns, and then there is no job any more. */
	if (nsm_submit(request, done, c, &c->job, &why) != CLOISTER_OK) {
		c->job = NULL;
		respond_fault(c, 500, &why);
	}
	adjust(c);
}

/* A member of `o` that may be absent: hex or base64 of at most `room` bytes. */
static enum cloister_err read_bytes(struct json o, const char *key, bool is_base64, uint8_t *room,
				    size_t room_len, struct bytes *out, struct cloister_fault *why)
{
	struct json v = json_get(o, key);
	static char text[HTTP_BODY_MAX];
	struct cloister_fault told;
	size_t len = 0;

	*out = BYTES_NONE;
	if (v.type == JSON_NONE || v.type == JSON_NULL)
		return CLOISTER_OK;
	if (!json_text(v, text, sizeof text))
		return fail(why, CLOISTER_E_USAGE, key, "is not a string");
	enum cloister_err err = is_base64 ? b64_read(bytes_text(text), room, room_len, &len, &told)
					  : hex_read(bytes_text(text), room, room_len, &len, &told);
	if (err != CLOISTER_OK)
		return fail(why, CLOISTER_E_USAGE, key, "%s: %s", told.what, told.note);
	*out = bytes_of(room, len);
	return CLOISTER_OK;
}

/* The body as an object with only `known` members; an empty body is an empty object. */
static enum cloister_err read_body(struct bytes body, const char *const *known, struct json *out,
				   bool *is_base64, struct cloister_fault *why)
{
	static const uint8_t nothing[] = { '{', '}' };

	TRY(json_read(body.len ? body : BYTES_OF(nothing), out, why));
	if (out->type != JSON_OBJECT)
		return fail(why, CLOISTER_E_USAGE, "body", "is not an object");
	TRY(json_only(*out, known, "body", why));
	struct json e = json_get(*out, "encoding");
	*is_base64 = json_is(e, "base64");
	if (e.type != JSON_NONE && !*is_base64 && !json_is(e, "hex"))
		return fail(why, CLOISTER_E_USAGE, "encoding", "is neither \"hex\" nor \"base64\"");
	return CLOISTER_OK;
}

static void on_evidence(void *owner, enum cloister_err err, struct bytes answer,
			const struct cloister_fault *told)
{
	struct client *c = owner;
	struct cloister_fault why = told ? *told : (struct cloister_fault){ 0 };
	own(buf_fini) struct buf body = BUF_INIT(OUT_ROOM);
	static char text[B64_ROOM(LIMIT_NSM_RESPONSE)];
	struct json_out w = json_out(&body);
	struct bytes document;

	c->job = NULL;
	if (err == CLOISTER_OK)
		err = nsm_read_document(answer, &document, &why);
	if (err != CLOISTER_OK) {
		respond_nsm(c, err, &why);
		return;
	}
	b64_write(document, text);
	json_open(&w, NULL, '{');
	json_put_text(&w, "document", text);
	json_close(&w, '}');
	respond(c, 200, &body);
}

static enum cloister_err evidence(struct client *c, const struct http_request *q,
				  struct cloister_fault *why)
{
	static const char *const known[] = { "nonce", "user_data", "public_key", "encoding", NULL };
	uint8_t rooms[3][LIMIT_NSM_FIELD], request[LIMIT_NSM_REQUEST];
	struct nsm_fields f;
	struct bytes asked;
	struct json o;
	bool is_base64;

	TRY(read_body(q->body, known, &o, &is_base64, why));
	TRY(read_bytes(o, "nonce", is_base64, rooms[0], LIMIT_NSM_FIELD, &f.nonce, why));
	TRY(read_bytes(o, "user_data", is_base64, rooms[1], LIMIT_NSM_FIELD, &f.user_data, why));
	TRY(read_bytes(o, "public_key", is_base64, rooms[2], LIMIT_NSM_FIELD, &f.public_key, why));
	TRY(nsm_ask_document(&f, request, sizeof request, &asked, why));
	ask(c, asked, on_evidence);
	return CLOISTER_OK;
}

static void on_identity(void *owner, enum cloister_err err, struct bytes answer,
			const struct cloister_fault *told)
{
	struct client *c = owner;
	struct cloister_fault why = told ? *told : (struct cloister_fault){ 0 };
	own(buf_fini) struct buf body = BUF_INIT(OUT_ROOM);
	struct json_out w = json_out(&body);
	struct nsm_identity id;
	struct bytes document;

	c->job = NULL;
	if (err == CLOISTER_OK)
		err = nsm_read_document(answer, &document, &why);
	if (err == CLOISTER_OK)
		err = nsm_document_identity(document, &id, &why);
	if (err != CLOISTER_OK) {
		respond_nsm(c, err, &why);
		return;
	}
	json_open(&w, NULL, '{');
	json_put_bytes(&w, "module_id", id.module_id);
	json_put_u64(&w, "timestamp", id.unix_ms);
	json_put_bool(&w, "emulated", api.is_emulated);
	json_put_text(&w, "manifest_sha256", api.manifest_sha256);
	json_open(&w, "pcrs", '{');
	for (unsigned i = 0; i < LIMIT_PCRS; i++) {
		char key[8];
		snprintf(key, sizeof key, "%u", i);
		if (id.pcrs[i].len > 0)
			json_put_hex(&w, key, id.pcrs[i]);
	}
	json_close(&w, '}');
	json_close(&w, '}');
	respond(c, 200, &body);
}

static enum cloister_err identity(struct client *c, const struct http_request *q,
				  struct cloister_fault *why)
{
	const struct nsm_fields none = { 0 };
	uint8_t request[128];
	struct bytes asked;

	(void)q;
	TRY(nsm_ask_document(&none, request, sizeof request, &asked, why));
	ask(c, asked, on_identity);
	return CLOISTER_OK;
}

/* Decimal, at most `max`; false when it is not. */
static bool number(struct bytes text, unsigned max, unsigned *out)
{
	unsigned v = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' || (i > 0 && v == 0))
			return false;
		v = v * 10 + (text.data[i] - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return text.len > 0;
}

static enum cloister_err give_random(struct client *c, const struct http_request *q,
				     struct cloister_fault *why)
{
	uint8_t random[RANDOM_MAX];
	own(buf_fini) struct buf body = BUF_INIT(OUT_ROOM);
	struct json_out w = json_out(&body);
	struct bytes n_text = q->query;
	unsigned n = 32;

	if (q->query.data && (!bytes_skip(&n_text, "bytes=") || !number(n_text, RANDOM_MAX, &n) || n == 0))
		return fail(why, CLOISTER_E_USAGE, "bytes", "is not a number from 1 to %u", RANDOM_MAX);
	/* The kernel's pool, which init seeded from the module before anything ran. */
	for (size_t at = 0; at < n;) {
		ssize_t got = getrandom(random + at, n - at, 0);
		if (got <= 0)
			return fail_sys(why, "random", "getrandom");
		at += (size_t)got;
	}
	json_open(&w, NULL, '{');
	json_put_hex(&w, "random", bytes_of(random, n));
	json_close(&w, '}');
	respond(c, 200, &body);
	mem_wipe(random, sizeof random);
	return CLOISTER_OK;
}

static void respond_pcr(struct client *c, enum cloister_err err, struct bytes value,
			const bool *locked, const struct cloister_fault *why)
{
	own(buf_fini) struct buf body = BUF_INIT(1024);
	struct json_out w = json_out(&body);

	c->job = NULL;
	if (err != CLOISTER_OK) {
		respond_nsm(c, err, why);
		return;
	}
	json_open(&w, NULL, '{');
	json_put_u64(&w, "index", c->pcr);
	if (locked)
		json_put_bool(&w, "locked", *locked);
	json_put_hex(&w, "value", value);
	json_close(&w, '}');
	respond(c, 200, &body);
}

static void on_pcr(void *owner, enum cloister_err err, struct bytes answer,
		   const struct cloister_fault *told)
{
	struct cloister_fault why = told ? *told : (struct cloister_fault){ 0 };
	struct bytes value = BYTES_NONE;
	bool locked = false;

	if (err == CLOISTER_OK)
		err = nsm_read_pcr(answer, &value, &locked, &why);
	respond_pcr(owner, err, value, &locked, &why);
}

static void on_extend(void *owner, enum cloister_err err, struct bytes answer,
		      const struct cloister_fault *told)
{
	struct cloister_fault why = told ? *told : (struct cloister_fault){ 0 };
	struct bytes value = BYTES_NONE;

	if (err == CLOISTER_OK)
		err = nsm_read_extend(answer, &value, &why);
	respond_pcr(owner, err, value, NULL, &why);
}

static enum cloister_err show_pcr(struct client *c, const struct http_request *q,
				  struct cloister_fault *why)
{
	uint8_t request[64];
	struct bytes asked;

	(void)q;
	TRY(nsm_ask_pcr(c->pcr, request, sizeof request, &asked, why));
	ask(c, asked, on_pcr);
	return CLOISTER_OK;
}

static enum cloister_err extend_pcr(struct client *c, const struct http_request *q,
				    struct cloister_fault *why)
{
	static const char *const known[] = { "data", "encoding", NULL };
	uint8_t room[LIMIT_NSM_FIELD], request[LIMIT_NSM_REQUEST];
	struct bytes data, asked;
	struct json o;
	bool is_base64;

	TRY(read_body(q->body, known, &o, &is_base64, why));
	TRY(read_bytes(o, "data", is_base64, room, sizeof room, &data, why));
	if (data.len == 0)
		return fail(why, CLOISTER_E_USAGE, "data", "is missing or empty");
	TRY(nsm_ask_extend(c->pcr, data, request, sizeof request, &asked, why));
	ask(c, asked, on_extend);
	return CLOISTER_OK;
}

typedef enum cloister_err route_fn(struct client *c, const struct http_request *q,
				   struct cloister_fault *why);

/* '#' stands for the number of a PCR, which goes to client.pcr. */
static const struct route {
	const char *method, *path, *tail;
	route_fn *run;
} routes[] = {
	{ "POST", "/v1/evidence", NULL, evidence },
	{ "GET", "/v1/identity", NULL, identity },
	{ "GET", "/v1/random", NULL, give_random },
	{ "GET", "/v1/pcr/", "", show_pcr },
	{ "POST", "/v1/pcr/", "/extend", extend_pcr },
};

static bool matches(const struct route *route, struct bytes path, unsigned *pcr)
{
	struct bytes middle = path;

	if (!route->tail)
		return bytes_are(path, route->path);
	size_t tail = strlen(route->tail);
	if (!bytes_skip(&middle, route->path) || middle.len < tail)
		return false;
	middle.len -= tail;
	return bytes_are(bytes_of(middle.data + middle.len, tail), route->tail) &&
	       number(middle, LIMIT_PCRS - 1, pcr);
}

static void dispatch(struct client *c, const struct http_request *q)
{
	struct cloister_fault why = { 0 };
	bool path_known = false;

	c->closing = q->close;
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		if (!matches(&routes[i], q->path, &c->pcr))
			continue;
		path_known = true;
		if (!bytes_are(q->method, routes[i].method))
			continue;
		if (routes[i].run(c, q, &why) != CLOISTER_OK)
			respond_fault(c, 400, &why);
		return;
	}
	respond_error(c, path_known ? 405 : 404,
		      path_known ? "this path takes another method" : "there is nothing at this path");
}

/* The next whole request, if it has come; one is served at a time. */
static void next_request(struct client *c)
{
	struct http_request q;
	struct cloister_fault why = { 0 };
	size_t used = 0;
	int status = 400;

	if (http_read(flow_bytes(&c->in), &q, &used, &status, &why) != CLOISTER_OK) {
		c->closing = true;
		respond_fault(c, status, &why);
		return;
	}
	if (used == 0)
		return;
	dispatch(c, &q);
	/* The request's views are done with: everything needed was copied. */
	flow_drop(&c->in, used);
}

static void on_client(struct watch *w, uint32_t events)
{
	struct client *c = w->owner;
	enum flow_state s = flow_write(&c->out, c->fd);

	if (s == FLOW_OK && (events & EPOLLIN) && !c->closing && !c->job)
		s = flow_read(&c->in, c->fd);
	if (s != FLOW_OK || (events & (EPOLLERR | EPOLLHUP)) || (c->closing && c->out.len == 0 && !c->job)) {
		end_client(c);
		return;
	}
	if (!c->job && !c->closing && c->out.len == 0)
		next_request(c);
	adjust(c);
}

static void on_tick(struct watch *w, uint32_t events)
{
	uint64_t now_ms = clock_mono_ms();

	(void)events;
	timer_clear(w->fd);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (api.clients[i] && !api.clients[i]->job && api.clients[i]->until_ms <= now_ms)
			end_client(api.clients[i]);
	if (api.n_clients > 0)
		timer_set(api.timer, TICK_MS);
}

static void accepted(void *owner, int fd)
{
	own(drop_fd) int client = fd;
	struct client *c = calloc(1, sizeof *c);

	(void)owner;
	if (!c)
		return;
	*c = (struct client){ .fd = give(client, -1), .watch = WATCH_INIT };
	*place_of(NULL) = c;
	be_patient(c);
	if (api.n_clients == 0)
		timer_set(api.timer, TICK_MS);
	if (++api.n_clients == CLIENTS_MAX)
		listener_pause(&api.listener, true);
	if (flow_init(&c->in, IN_ROOM, NULL) != CLOISTER_OK ||
	    flow_init(&c->out, OUT_ROOM, NULL) != CLOISTER_OK ||
	    loop_add(api.loop, &c->watch, fd, EPOLLIN, on_client, c, NULL) != CLOISTER_OK)
		end_client(c);
}

enum cloister_err api_open(struct loop *l, struct bytes manifest, bool is_emulated,
			   struct cloister_fault *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = CAGE_SOCKET };
	uint8_t digest[32];

	TRY(timer_open(&api.timer, why));
	TRY(loop_add(l, &api.tick, api.timer, EPOLLIN, on_tick, NULL, why));
	sha256(manifest, digest);
	hex_write(BYTES_OF(digest), api.manifest_sha256);
	api.is_emulated = is_emulated;
	api.loop = l;
	own(drop_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_sys(why, "api.socket", CAGE_SOCKET);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || chmod(CAGE_SOCKET, 0666) < 0 ||
	    listen(fd, 64) < 0)
		return fail_sys(why, "api.listen", CAGE_SOCKET);
	return listener_open(&api.listener, l, give(fd, -1), SOCK_NONBLOCK, accepted, NULL, why);
}
