/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server_probe.c - a server for http_server_test.py: routes that answer now, later
 * and for ever, deadlines from the command line, SIGHUP and SIGTERM as a daemon has them.
 *
 *   http_server_probe FD [NAME=VALUE ...]     FD listens and is handed down; see set()
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/tls.h"
#include "net/http_server.h"
#include "sys/io.h"

struct probe {
	struct loop *loop;
	struct http_server *server;
	struct tls_server *tls;
	struct http_asset page;
	struct watch signals, later_watch;
	int later_fd;
	struct http_request *waiting[64];
	size_t n_waiting, n_gone, n_streams;
};

static void hello(struct http_request *r, void *ctx)
{
	(void)ctx;
	http_answer_json(r, 200, bytes_text("{\"hello\":\"world\"}"));
}

static void page(struct http_request *r, void *ctx)
{
	struct probe *p = ctx;

	http_answer_asset(r, &p->page);
}

static void echo(struct http_request *r, void *ctx)
{
	struct bytes name = http_request_param(r, 0);
	char text[256];
	(void)ctx;

	snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.data);
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	http_set(r, "X-Name", text);
	http_answer(r, 200, "application/octet-stream", http_request_body(r));
}

static void who(struct http_request *r, void *ctx)
{
	char text[HTTP_ADDRESS_ROOM];
	(void)ctx;

	http_address_text(http_request_client(r), text);
	http_answer(r, 200, "text/plain", bytes_text(text));
}

static void counts(struct http_request *r, void *ctx)
{
	struct probe *p = ctx;
	char text[128];

	snprintf(text, sizeof text, "{\"conns\":%zu,\"gone\":%zu,\"streams\":%zu}",
		 http_server_conns(p->server), p->n_gone, p->n_streams);
	http_answer_json(r, 200, bytes_text(text));
}

static void left(struct http_request *r, void *owner)
{
	struct probe *p = owner;
	(void)r;

	p->n_gone++;
}

/* Answered 200 ms later, from the timer. */
static void later(struct http_request *r, void *ctx)
{
	struct probe *p = ctx;

	if (p->n_waiting == 64) {
		http_answer_error(r, 503, "too many wait");
		return;
	}
	http_request_watch(r, left, p);
	p->waiting[p->n_waiting++] = r;
	timer_set(p->later_fd, 200);
}

static void time_to_answer(struct watch *w, uint32_t events)
{
	struct probe *p = w->owner;
	(void)events;

	timer_clear(w->fd);
	while (p->n_waiting > 0)
		http_answer_json(p->waiting[--p->n_waiting], 200, bytes_text("{\"later\":true}"));
}

static void stream_left(struct http_request *r, void *owner)
{
	struct probe *p = owner;

	p->n_gone++;
	p->n_streams--;
	http_stream_end(r);
}

/* One event, and then silence. */
static void events(struct http_request *r, void *ctx)
{
	struct probe *p = ctx;

	p->n_streams++;
	http_request_watch(r, stream_left, p);
	http_stream_open(r, "text/event-stream", NULL);
	(void)!http_event_put(r, "7", "log", bytes_text("one\ntwo"));
}

static void pour(struct http_request *r, void *owner)
{
	static char piece[4096];
	(void)owner;

	memset(piece, 'x', sizeof piece);
	while (http_stream_put(r, BYTES_OF(piece)) == CLOISTER_OK)
		;
}

/* As much as the client takes, for ever. */
static void flood(struct http_request *r, void *ctx)
{
	struct probe *p = ctx;

	p->n_streams++;
	http_request_watch(r, stream_left, p);
	http_stream_open(r, "application/octet-stream", pour);
	pour(r, p);
}

static bool admit(struct http_request *r, void *ctx)
{
	(void)ctx;
	if (http_request_route(r)->flags == 0)
		return true;
	http_answer_error(r, 401, "a key is due");
	return false;
}

static const struct http_route routes[] = {
	{ .method = HTTP_GET, .path = "/", .fn = page },
	{ .method = HTTP_GET, .path = "/api/hello", .fn = hello },
	{ .method = HTTP_GET, .path = "/api/who", .fn = who },
	{ .method = HTTP_GET, .path = "/api/counts", .fn = counts },
	{ .method = HTTP_GET, .path = "/api/later", .fn = later },
	{ .method = HTTP_GET, .path = "/api/events", .fn = events },
	{ .method = HTTP_GET, .path = "/api/flood", .fn = flood },
	{ .method = HTTP_POST, .path = "/api/echo/{name}", .fn = echo, .body_max = 100000 },
	{ .method = HTTP_POST, .path = "/api/key", .fn = echo, .body_max = 100000, .flags = 1 },
};

static void drained(void *ctx)
{
	struct probe *p = ctx;

	loop_stop(p->loop);
}

static void signalled(struct watch *w, uint32_t events)
{
	struct probe *p = w->owner;
	struct signalfd_siginfo s;
	struct cloister_fault why = { 0 };
	(void)events;

	if (read(w->fd, &s, sizeof s) != sizeof s)
		return;
	if (s.ssi_signo != SIGHUP)
		http_server_drain(p->server, 1000, drained);
	else if (p->tls && tls_server_reload(p->tls, &why) != CLOISTER_OK)
		fprintf(stderr, "reload: %s\n", why.note);
}

static void set(struct http_options *o, struct http_range *proxy, const char *option)
{
	const char *value = strchr(option, '=') + 1;
	unsigned n = (unsigned)strtoul(value, NULL, 10);

	if (strncmp(option, "head", 4) == 0)
		o->head_ms = n;
	else if (strncmp(option, "body", 4) == 0)
		o->body_ms = n;
	else if (strncmp(option, "idle", 4) == 0)
		o->idle_ms = n;
	else if (strncmp(option, "stall", 5) == 0)
		o->stall_ms = n;
	else if (strncmp(option, "beat", 4) == 0)
		o->beat_ms = n;
	else if (strncmp(option, "conns", 5) == 0)
		o->conns = n;
	else if (strncmp(option, "each", 4) == 0)
		o->conns_each = n;
	else if (strncmp(option, "public", 6) == 0)
		o->names.public_url = value;
	else if (strncmp(option, "proxy", 5) == 0 && http_range_read(value, proxy))
		o->proxies = proxy, o->n_proxies = 1;
}

static enum cloister_err serve(struct probe *p, const struct http_options *o, int fd,
			       struct cloister_fault *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	TRY(http_asset_init(&p->page, "text/html; charset=utf-8", bytes_text("<!doctype html><title>probe</title>"), why));
	TRY(loop_new(&p->loop, why));
	TRY(timer_open(&p->later_fd, why));
	TRY(loop_add(p->loop, &p->later_watch, p->later_fd, EPOLLIN, time_to_answer, p, why));
	TRY(loop_add(p->loop, &p->signals, signalfd(-1, &set, SFD_CLOEXEC), EPOLLIN, signalled, p, why));
	TRY(http_server_new(p->loop, o, &p->server, why));
	TRY(http_server_listen(p->server, fd, p->tls, why));
	return loop_run(p->loop, why);
}

int main(int argc, char **argv)
{
	struct probe p = { .signals = WATCH_INIT, .later_watch = WATCH_INIT, .later_fd = -1 };
	struct http_options o = { .routes = routes, .n_routes = sizeof routes / sizeof *routes, .ctx = &p, .admit = admit };
	const char *chain = NULL, *key = NULL;
	struct cloister_fault why = { 0 };
	struct http_range proxy;

	for (int i = 2; i < argc; i++) {
		if (strncmp(argv[i], "chain=", 6) == 0)
			chain = argv[i] + 6;
		else if (strncmp(argv[i], "key=", 4) == 0)
			key = argv[i] + 4;
		else if (strchr(argv[i], '='))
			set(&o, &proxy, argv[i]);
	}
	enum cloister_err err = argc < 2 ? CLOISTER_E_USAGE : CLOISTER_OK;
	if (err == CLOISTER_OK && chain)
		err = tls_server_new(chain, key, &p.tls, &why);
	if (err == CLOISTER_OK)
		err = serve(&p, &o, (int)strtoul(argv[1], NULL, 10), &why);
	if (err != CLOISTER_OK)
		fprintf(stderr, "%s: %s\n", why.what ? why.what : "usage", why.note);
	http_server_free(p.server);
	while (p.n_waiting > 0)
		http_answer(p.waiting[--p.n_waiting], 200, NULL, BYTES_NONE);
	tls_server_free(p.tls);
	drop_fd(&p.later_fd);
	drop_fd(&p.signals.fd);
	loop_free(p.loop);
	return err == CLOISTER_OK ? 0 : 1;
}
