/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - where credentials may go is decided here and in challenge.c, and nowhere else. */

#include "registry/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "registry/challenge.h"
#include "sys/clock.h"

void client_close(struct client *c)
{
	http_close(c->http);
	drop_secret(&c->authorization);
}

static bool is_listed(const char *const *hosts, const char *host)
{
	for (; hosts && *hosts; hosts++)
		if (strcmp(*hosts, host) == 0)
			return true;
	return false;
}

static void tell_wait(void *ctx, const char *host, uint64_t wait_s)
{
	const struct pull_options *o = ctx;
	const struct pull_news news = { .host = host, .wait_s = wait_s };

	o->progress(o->ctx, &news);
}

enum cloister_err client_open(const struct reference *ref, const struct pull_options *o,
			      struct client *out, struct cloister_fault *why)
{
	const struct http_options http = {
		.ca_file = o->ca_file, .timeout_ms = o->timeout_ms, .plain_hosts = o->insecure,
		.waiting = o->progress ? tell_wait : NULL, .ctx = (void *)o,
	};
	struct client c = { .ref = ref, .o = o, .deadline_ms = clock_mono_ms() + o->timeout_ms };
	const char *server = reference_server(ref);
	char plain[LIMIT_REGISTRY_HOST + 16];

	/* What may be asked without TLS anyway is this machine. */
	snprintf(plain, sizeof plain, "http://%s", server);
	c.is_local = http_base_check(plain, NULL) == CLOISTER_OK;
	bool is_plain = c.is_local || is_listed(o->insecure, ref->host);
	snprintf(c.base, sizeof c.base, "%s://%s/v2/%s", is_plain ? "http" : "https", server, ref->path);
	TRY(http_open(&http, &c.http, why));
	*out = c;
	return CLOISTER_OK;
}

static enum cloister_err time_left(const struct client *c, uint64_t *out, struct cloister_fault *why)
{
	uint64_t now = clock_mono_ms();

	if (now >= c->deadline_ms)
		return fail(why, CLOISTER_E_TIMEOUT, "pull", "it took longer than %llu s",
			    (unsigned long long)(c->o->timeout_ms / 1000));
	*out = c->deadline_ms - now;
	return CLOISTER_OK;
}

/* ---- Who asks ------------------------------------------------------------------------ */

static void wipe_text(char (*text)[SECRET_MAX])
{
	mem_wipe(text, sizeof *text);
}

static bool is_printable(const struct secret *s, char but)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->data[i] < 0x20 || s->data[i] == 0x7f || (but && s->data[i] == but))
			return false;
	return true;
}

/* RFC 7617: "Basic " and base64 of USER:PASSWORD; empty when nobody is to be named. */
static enum cloister_err basic(const struct client *c, struct secret *out, struct cloister_fault *why)
{
	own(drop_secret) struct secret user = { 0 }, password = { 0 };
	own(wipe_text) char text[SECRET_MAX];

	if (c->o->login)
		TRY(c->o->login(c->o->ctx, c->ref->host, &user, &password, why));
	out->len = 0;
	if (!user.len)
		return CLOISTER_OK;
	if (!is_printable(&user, ':') || !is_printable(&password, 0))
		return fail(why, CLOISTER_E_USAGE, "login", "control characters, or a colon in the user's name");
	TRY(secret_put(&user, bytes_text(":"), why));
	TRY(secret_put(&user, secret_bytes(&password), why));
	if (B64_ROOM(user.len) > sizeof text)
		return fail(why, CLOISTER_E_LIMIT, "login", "user and password are too long");
	b64_write(secret_bytes(&user), text);
	TRY(secret_put(out, bytes_text("Basic "), why));
	return secret_put(out, bytes_text(text), why);
}

/* For a query: everything but RFC 3986's unreserved characters as %XX. */
static void url_encode(struct buf *to, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++)
		if (strchr(plain, *text))
			buf_byte(to, (uint8_t)*text);
		else
			buf_print(to, "%%%02X", (unsigned)(uint8_t)*text);
}

/* Whom to ask for a token: over TLS, or here, but here only when the registry is here too. */
static enum cloister_err check_realm(const struct client *c, const char *realm, struct cloister_fault *why)
{
	if (http_base_check(realm, NULL) == CLOISTER_OK && (c->is_local || strncmp(realm, "https:", 6) == 0))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_PEER, "registry", "%.50s sends for a token to `%.60s`, which is no https:// URL that can be asked",
		    c->ref->host, realm);
}

/* To pull from this repository, whatever else the registry proposes. */
static enum cloister_err token_url(const struct client *c, const struct challenge *ch, struct buf *out,
				   struct cloister_fault *why)
{
	buf_print(out, "%s?", ch->realm);
	if (ch->service[0]) {
		buf_text(out, "service=");
		url_encode(out, ch->service);
		buf_text(out, "&");
	}
	buf_text(out, "scope=");
	url_encode(out, "repository:");
	url_encode(out, c->ref->path);
	url_encode(out, ":pull");
	return buf_ok(out, "URL", why);
}

static void drop_answer(struct buf *b)
{
	if (b->data)
		mem_wipe(b->data, b->room);
	buf_fini(b);
}

/* All its room at once: a buffer that grows leaves copies behind. */
static enum cloister_err answer_init(struct buf *b, struct cloister_fault *why)
{
	b->data = malloc(b->max);
	b->room = b->data ? b->max : 0;
	return b->data ? CLOISTER_OK : fail(why, CLOISTER_E_NOMEM, "token", "out of memory");
}

static enum cloister_err bearer(struct client *c, const struct challenge *ch, struct cloister_fault *why)
{
	own(drop_secret) struct secret who = { 0 };
	own(buf_fini) struct buf url = BUF_INIT(LIMIT_URL + 1024);
	own(drop_answer) struct buf answer = BUF_INIT(LIMIT_TOKEN_ANSWER);
	struct http_ask ask = { .authorization = &who, .body = &answer };
	struct http_answer got;

	TRY(check_realm(c, ch->realm, why));
	TRY(basic(c, &who, why));
	TRY(token_url(c, ch, &url, why));
	TRY(answer_init(&answer, why));
	ask.url = buf_string(&url);
	TRY(time_left(c, &ask.timeout_ms, why));
	TRY(http_ask(c->http, &ask, &got, why));
	if (got.unauthorized)
		return fail(why, CLOISTER_E_PEER, "registry", "%.80s %s", ch->realm,
			    who.len ? "refuses this user and password" : "wants a user and a password");
	return token_read(buf_bytes(&answer), &c->authorization, why);
}

static enum cloister_err authorize(struct client *c, struct bytes header, struct cloister_fault *why)
{
	struct challenge ch;

	if (!header.len)
		return fail(why, CLOISTER_E_PEER, "registry", "%.60s wants to know who asks, and does not say how", c->ref->host);
	TRY(challenge_read(header, &ch, why));
	if (ch.kind == CHALLENGE_BEARER)
		return bearer(c, &ch, why);
	TRY(basic(c, &c->authorization, why));
	if (!c->authorization.len)
		return fail(why, CLOISTER_E_PEER, "registry", "%.60s wants a user and a password", c->ref->host);
	return CLOISTER_OK;
}

/* ---- Asking -------------------------------------------------------------------------- */

static enum cloister_err ask_once(struct client *c, struct http_ask *ask, struct buf *challenge,
				  bool is_last, bool *again, struct cloister_fault *why)
{
	struct http_answer got;

	TRY(time_left(c, &ask->timeout_ms, why));
	TRY(http_ask(c->http, ask, &got, why));
	*again = got.unauthorized;
	if (!*again || is_last)
		return CLOISTER_OK;
	if (got.left)
		return fail(why, CLOISTER_E_PEER, "registry", "%.60s redirects to where user and password would be due (status 401)",
			    c->ref->host);
	return authorize(c, buf_bytes(challenge), why);
}

enum cloister_err client_ask(struct client *c, const char *path, const struct http_ask *ask,
			     struct cloister_fault *why)
{
	own(buf_fini) struct buf challenge = BUF_INIT(LIMIT_CHALLENGE);
	own(buf_fini) struct buf url = BUF_INIT(LIMIT_URL + 512);
	struct http_header headers[1 + CLIENT_HEADERS] = { { "WWW-Authenticate", &challenge } };
	struct http_ask full = *ask;
	bool again = true;

	buf_print(&url, "%s/%s", c->base, path);
	TRY(buf_ok(&url, "URL", why));
	full.url = buf_string(&url);
	full.authorization = &c->authorization;
	for (size_t i = 0; i < ask->n_headers; i++)
		headers[1 + i] = ask->headers[i];
	full.headers = headers;
	full.n_headers = 1 + ask->n_headers;
	/* The second time with what the challenge wanted; a token that was good before may be old now. */
	for (int tries = 0; again && tries < 2; tries++)
		TRY(ask_once(c, &full, &challenge, tries == 1, &again, why));
	if (again)
		return fail(why, CLOISTER_E_PEER, "registry", "%.60s does not let this user read `%.60s`", c->ref->host,
			    c->ref->path);
	return CLOISTER_OK;
}
