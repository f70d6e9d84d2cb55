/* SPDX-License-Identifier: Apache-2.0 */
/* http_get_test.c - against the server of http_get_test.py: HTTPS_BASE, HTTP_BASE, CA. */

#include "base/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "net/http_get.h"
#include "sys/clock.h"

static const char *https_base, *http_base, *ca;

static unsigned waits;
static void note_wait(void *ctx, const char *host, uint64_t wait_s)
{
	(void)ctx;
	assert_true(wait_s <= 2);
	assert_non_null(strstr(host, "127.0.0.1"));
	waits++;
}

/* What comes of a path; `want` of it. */
static const struct row {
	const char *path;
	enum cloister_err err;
	const char *says; /* the body, or what the sentence holds */
} rows[] = {
	{ "/ok", CLOISTER_OK, "fine" },
	{ "/echo", CLOISTER_OK, "GET /echo HTTP/1.1 cloister/" },
	{ "/wait", CLOISTER_OK, "patient" },
	{ "/busy", CLOISTER_OK, "patient" },
	{ "/wait-for-ever", CLOISTER_E_TIMEOUT, "come back in 3600 s" },
	{ "/gzip", CLOISTER_OK, "\x1f\x8b" },
	{ "/moved", CLOISTER_OK, "fine" },
	{ "/moved-away", CLOISTER_E_PEER, "redirects to" },
	{ "/moved-to-http", CLOISTER_E_PEER, "redirects to" },
	{ "/moved-to-file", CLOISTER_E_PEER, "redirects to" },
	{ "/moved-in-circles", CLOISTER_E_PEER, "more than 3 times" },
	{ "/moved-nowhere", CLOISTER_E_PEER, "nowhere" },
	{ "/none", CLOISTER_E_MISSING, "status 404" },
	{ "/broken", CLOISTER_E_PEER, "status 500" },
	{ "/large", CLOISTER_E_LIMIT, "more than 1000 bytes" },
	{ "/large-chunked", CLOISTER_E_LIMIT, "more than 1000 bytes" },
	{ "/many-headers", CLOISTER_E_LIMIT, "bytes of headers" },
	{ "/truncated", CLOISTER_E_PEER, "early" },
	{ "/slow", CLOISTER_E_TIMEOUT, "too slow" },
	{ "/hangup", CLOISTER_E_PEER, "127.0.0.1" },
	{ "/empty", CLOISTER_OK, "" },
};

static struct http *client(const char *ca_file)
{
	const struct http_options o = { .ca_file = ca_file, .timeout_ms = 3000, .waiting = note_wait };
	struct cloister_fault why = { 0 };
	struct http *h = NULL;

	WANT_OK(http_open(&o, &h, &why), &why);
	return h;
}

static enum cloister_err get(struct http *h, const char *base, const char *path, struct buf *body,
			     struct cloister_fault *why)
{
	char url[2 * LIMIT_URL];

	snprintf(url, sizeof url, "%.200s%.200s", base, path);
	body->len = 0;
	return http_get(h, url, body, NULL, 0, why);
}

static void paths(void **state)
{
	own(drop_http) struct http *h = client(ca);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf body = BUF_INIT(1000);
		struct cloister_fault why = { 0 };
		enum cloister_err err = get(h, https_base, rows[i].path, &body, &why);
		const char *said = err == CLOISTER_OK ? buf_string(&body) : why.note;
		if (err != rows[i].err || strstr(said, rows[i].says) == NULL)
			fail_msg("%s: %s: %s", rows[i].path, cloister_err_name(err), said);
	}
	assert_true(waits >= 2);
}

static void headers(void **state)
{
	own(drop_http) struct http *h = client(ca);
	own(buf_fini) struct buf body = BUF_INIT(1000), chain = BUF_INIT(100), none = BUF_INIT(100);
	own(buf_fini) struct buf text = BUF_INIT(100);
	struct http_header want[] = { { "TCB-Info-Issuer-Chain", &chain }, { "No-Such", &none } };
	struct cloister_fault why = { 0 };
	char url[2 * LIMIT_URL];

	(void)state;
	snprintf(url, sizeof url, "%s/chain", https_base);
	WANT_OK(http_get(h, url, &body, want, 2, &why), &why);
	assert_string_equal(buf_string(&chain), "-----BEGIN%20X-----%0A");
	assert_int_equal(none.len, 0);
	WANT_OK(url_decode(buf_bytes(&chain), &text, &why), &why);
	assert_string_equal(buf_string(&text), "-----BEGIN X-----\n");
	/* Twice, and too long; what an answer before said does not count, were it twice. */
	chain.len = 0;
	snprintf(url, sizeof url, "%s/chain-twice", https_base);
	assert_int_equal(http_get(h, url, &body, want, 2, &why), CLOISTER_E_PEER);
	for (int twice = 0; twice < 2; twice++) {
		snprintf(url, sizeof url, "%s/chain-moved%s", https_base, twice ? "-twice" : "");
		WANT_OK(http_get(h, url, &body, want, 2, &why), &why);
		assert_string_equal(buf_string(&chain), "-----BEGIN%20X-----%0A");
	}
	snprintf(url, sizeof url, "%s/chain-long", https_base);
	assert_int_equal(http_get(h, url, &body, want, 2, &why), CLOISTER_E_PEER);
}

/* https_proxy is honoured; what the proxy says is not the server's, and it cannot stand in for it. */
static void through_a_proxy(void **state)
{
	own(drop_http) struct http *h = client(ca), *stranger = client(NULL);
	own(buf_fini) struct buf body = BUF_INIT(1000), chain = BUF_INIT(100);
	struct http_header want = { "TCB-Info-Issuer-Chain", &chain };
	struct cloister_fault why = { 0 };
	char url[2 * LIMIT_URL];

	(void)state;
	assert_int_equal(setenv("https_proxy", http_base, 1), 0);
	snprintf(url, sizeof url, "%s/chain", https_base);
	WANT_OK(http_get(h, url, &body, &want, 1, &why), &why);
	assert_string_equal(buf_string(&chain), "-----BEGIN%20X-----%0A");
	assert_int_equal(get(stranger, https_base, "/ok", &body, &why), CLOISTER_E_PEER);
	assert_int_equal(setenv("https_proxy", "http://127.0.0.1:1", 1), 0);
	own(drop_http) struct http *fresh = client(ca);
	assert_int_equal(get(fresh, https_base, "/ok", &body, &why), CLOISTER_E_PEER);
	assert_int_equal(unsetenv("https_proxy"), 0);
}

/* Strangers' certificates and plain HTTP. */
static void doors(void **state)
{
	own(drop_http) struct http *stranger = client(NULL), *h = client(ca);
	own(buf_fini) struct buf body = BUF_INIT(1000);
	struct cloister_fault why = { 0 };
	char other[2 * LIMIT_URL];

	(void)state;
	assert_int_equal(get(stranger, https_base, "/ok", &body, &why), CLOISTER_E_PEER);
	assert_non_null(strstr(why.note, "certificate"));
	assert_int_equal(body.len, 0);
	snprintf(other, sizeof other, "https://localhost%s", strrchr(https_base, ':')); /* not in the certificate */
	assert_int_equal(get(h, other, "/ok", &body, &why), CLOISTER_E_PEER);
	WANT_OK(get(h, http_base, "/ok", &body, &why), &why);
	assert_string_equal(buf_string(&body), "fine");
	assert_int_equal(get(h, "http://127.0.0.1:1", "/", &body, &why), CLOISTER_E_PEER);
}

/* ---- http_ask() ---------------------------------------------------------------------- */

struct sunk {
	char text[64];
	size_t len;
	uint64_t first; /* where the first part was */
	size_t full;    /* no more than this */
};

static enum cloister_err sink(void *ctx, uint64_t at, struct bytes part, struct cloister_fault *why)
{
	struct sunk *s = ctx;

	if (s->len == 0)
		s->first = at;
	if (s->len + part.len > s->full)
		return fail(why, CLOISTER_E_MALFORMED, "sink", "it is full");
	memcpy(s->text + s->len, part.data, part.len);
	s->len += part.len;
	return CLOISTER_OK;
}

static const struct asking {
	const char *path, *authorization;
	uint64_t from;
	bool may_leave;
	enum cloister_err err;
	const char *says; /* the document, or what the sentence holds */
	uint64_t first;
	bool unauthorized, left;
} askings[] = {
	{ "who", NULL, 0, false, CLOISTER_OK, "nobody, a/b", 0, false, false },
	{ "who", "", 0, false, CLOISTER_OK, "nobody, a/b", 0, false, false },
	{ "who", "Basic YTpi", 0, false, CLOISTER_OK, "Basic YTpi, a/b", 0, false, false },
	{ "who", "Basic YTpi\r\nX-A: b", 0, false, CLOISTER_E_USAGE, "no header may hold", 0, false, false },
	{ "who", "Basic \177", 0, false, CLOISTER_E_USAGE, "no header may hold", 0, false, false },
	{ "moved", "Basic YTpi", 0, false, CLOISTER_OK, "Basic YTpi, a/b", 0, false, false },
	{ "away", "Basic YTpi", 0, false, CLOISTER_E_PEER, "which was not asked for", 0, false, false },
	{ "away", "Basic YTpi", 0, true, CLOISTER_OK, "nobody, a/b", 0, false, true },
	{ "away-and-back", "Basic YTpi", 0, true, CLOISTER_OK, "nobody, a/b", 0, false, true },
	{ "away-in-plain", NULL, 0, true, CLOISTER_E_PEER, "which was not asked for", 0, false, false },
	{ "401", "Basic YTpi", 0, false, CLOISTER_OK, "", 0, true, false },
	{ "away-401", "Basic YTpi", 0, true, CLOISTER_OK, "", 0, true, true },
	{ "range-asked", NULL, 0, false, CLOISTER_OK, "all", 0, false, false },
	{ "range-asked", NULL, 4, false, CLOISTER_OK, "bytes=4-", 0, false, false },
	{ "range", NULL, 4, false, CLOISTER_OK, "4567", 4, false, false },
	{ "range-from-0", NULL, 4, false, CLOISTER_OK, "01234567", 0, false, false },
	{ "range", NULL, 0, false, CLOISTER_E_PEER, "status 206", 0, false, false },
	{ "range", NULL, 40, false, CLOISTER_E_PEER, "status 206", 0, false, false },
	{ "range-elsewhere", NULL, 4, false, CLOISTER_E_PEER, "status 206", 0, false, false },
	{ "range-untold", NULL, 4, false, CLOISTER_E_PEER, "status 206", 0, false, false },
	{ "endless-500", NULL, 0, false, CLOISTER_E_LIMIT, "bytes with status 500", 0, false, false },
	{ "none", NULL, 0, false, CLOISTER_E_MISSING, "status 404", 0, false, false },
};

/* Into a sink and into a buffer. */
static void ask_one(struct http *h, const struct asking *row, bool to_sink)
{
	own(buf_fini) struct buf body = BUF_INIT(1000);
	own(drop_secret) struct secret who = { 0 };
	struct sunk sunk = { .full = sizeof sunk.text };
	struct http_answer answer = { 0 };
	struct cloister_fault why = { 0 };
	char url[2 * LIMIT_URL];
	struct http_ask ask = { .url = url, .accept = "a/b", .from = row->from, .may_leave = row->may_leave,
				.authorization = row->authorization ? &who : NULL };

	snprintf(url, sizeof url, "%.200s/ask/%s", https_base, row->path);
	WANT_OK(secret_put(&who, bytes_text(row->authorization ? row->authorization : ""), &why), &why);
	if (to_sink)
		ask.sink = sink, ask.sink_ctx = &sunk;
	else
		ask.body = &body;
	enum cloister_err err = http_ask(h, &ask, &answer, &why);
	const char *said = err ? why.note : to_sink ? sunk.text : buf_string(&body);
	if (err != row->err || (err ? !strstr(said, row->says) : strcmp(said, row->says) != 0) ||
	    answer.unauthorized != row->unauthorized || answer.left != row->left || sunk.first != (to_sink ? row->first : 0))
		fail_msg("%s: %s: %s", row->path, cloister_err_name(err), said);
}

static void asking(void **state)
{
	own(drop_http) struct http *h = client(ca);

	(void)state;
	for (size_t i = 0; i < 2 * N_OF(askings); i++)
		ask_one(h, &askings[i / 2], i % 2);
}

/* The sink has the last word, and its own. */
static void sinking(void **state)
{
	own(drop_http) struct http *h = client(ca);
	struct sunk sunk = { .full = 3 };
	struct http_answer answer;
	struct cloister_fault why = { 0 };
	char url[2 * LIMIT_URL];
	const struct http_ask ask = { .url = url, .sink = sink, .sink_ctx = &sunk };

	(void)state;
	snprintf(url, sizeof url, "%.200s/ok", https_base);
	assert_int_equal(http_ask(h, &ask, &answer, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "it is full");
	assert_int_equal(http_ask(h, &ask, &answer, NULL), CLOISTER_E_MALFORMED);
	snprintf(url, sizeof url, "%.200s/ask/401", https_base);
	assert_int_equal(get(h, https_base, "/ask/401", &(struct buf)BUF_INIT(10), &why), CLOISTER_E_PEER);
	assert_non_null(strstr(why.note, "status 401"));
	/* A time of its own. */
	const struct http_ask slow = { .url = url, .sink = sink, .sink_ctx = &(struct sunk){ .full = 64 }, .timeout_ms = 300 };
	snprintf(url, sizeof url, "%.200s/slow", https_base);
	uint64_t start = clock_mono_ms();
	assert_int_equal(http_ask(h, &slow, &answer, &why), CLOISTER_E_TIMEOUT);
	assert_true(clock_mono_ms() - start < 2000);
}

/* Hosts that may do without TLS: as written, with the port. */
static void plain_hosts(void **state)
{
	static const struct { const char *listed, *url; bool asked; } hosts[] = {
		{ "host.invalid", "http://host.invalid/", true },
		{ "HOST.invalid:81", "http://host.invalid:81/", true },
		{ "host.invalid", "http://host.invalid:81/", false },
		{ "host.invalid:81", "http://host.invalid/", false },
		{ "host.invalid:81", "http://host.invalid:8/", false },
		{ "host.invali", "http://host.invalid/", false },
		{ "host.invalid", "http://host.invali/", false },
		{ "host.invalid", "http://other.invalid/", false },
		{ "host.invalid", "ftp://host.invalid/", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(hosts); i++) {
		const char *const list[] = { "first.invalid", hosts[i].listed, NULL };
		const struct http_options o = { .timeout_ms = 1000, .plain_hosts = list };
		own(drop_http) struct http *h = NULL;
		own(buf_fini) struct buf body = BUF_INIT(10);
		struct cloister_fault why = { 0 };
		WANT_OK(http_open(&o, &h, &why), &why);
		enum cloister_err err = http_get(h, hosts[i].url, &body, NULL, 0, &why);
		if ((err == CLOISTER_E_USAGE) == hosts[i].asked || err == CLOISTER_OK)
			fail_msg("%s, listed %s: %s", hosts[i].url, hosts[i].listed, why.note);
	}
}

static void urls(void **state)
{
	static const struct { const char *url; bool good; } bases[] = {
		{ "https://kdsintf.amd.com", true }, { "https://pccs.example:8081/sgx/", true },
		{ "http://127.0.0.1:8080", true }, { "http://localhost", true }, { "http://[::1]:80/x", true },
		{ "http://127.1.2.3", true }, { "http://127.0.0.1.example", false }, { "http://kds.example", false },
		{ "http://localhost.example", false }, { "ftp://127.0.0.1", false }, { "file:///etc/passwd", false },
		{ "kdsintf.amd.com", false }, { "", false }, { "https://", false }, { "https://u:p@host/", false },
		{ "https://u@host/", false }, { "https://host/?a=b", false }, { "https://host/#x", false },
		{ "https://host name/", false },
	};
	struct cloister_fault why;

	(void)state;
	for (size_t i = 0; i < N_OF(bases); i++)
		if ((http_base_check(bases[i].url, &why) == CLOISTER_OK) != bases[i].good)
			fail_msg("`%s` is %s", bases[i].url, bases[i].good ? "refused" : "taken");
}

static void decoding(void **state)
{
	static const struct { const char *in, *out; size_t at; } texts[] = {
		{ "", "", 0 }, { "abc", "abc", 0 }, { "%41%6a+", "Aj+", 0 }, { "%", NULL, 0 },
		{ "ab%4", NULL, 2 }, { "%4g", NULL, 0 }, { "%%41", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		own(buf_fini) struct buf out = BUF_INIT(100);
		struct cloister_fault why = { 0 };
		enum cloister_err err = url_decode(bytes_text(texts[i].in), &out, &why);
		if (texts[i].out ? err || strcmp(buf_string(&out), texts[i].out) != 0 :
				   err != CLOISTER_E_MALFORMED || why.at != texts[i].at)
			fail_msg("`%s`", texts[i].in);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),	   cmocka_unit_test(decoding), cmocka_unit_test(paths),
		cmocka_unit_test(headers), cmocka_unit_test(doors),	cmocka_unit_test(through_a_proxy),
		cmocka_unit_test(asking), cmocka_unit_test(sinking), cmocka_unit_test(plain_hosts),
	};

	if (argc != 4)
		return 2;
	https_base = argv[1];
	http_base = argv[2];
	ca = argv[3];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
