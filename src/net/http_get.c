/* SPDX-License-Identifier: Apache-2.0 */
/* http_get.c - libcurl with everything off that a GET does not need: the only <curl/curl.h>. */

#include "net/http_get.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/hex.h"
#include "sys/clock.h"

#define MAX_REDIRECTS 3u
#define CONNECT_MS 20000u
#define STALL_S 20L       /* slower than STALL_BYTES a second for so long is an end */
#define STALL_BYTES 64L
#define WAIT_DEFAULT_S 10u /* KDS hands out about one certificate in ten seconds */

struct http {
	CURL *curl;
	struct http_options o;
	char said[CURL_ERROR_SIZE];
};

/* One request on its way. */
struct trip {
	struct buf *body;
	size_t start; /* where the document begins in `body` */
	struct http_header *headers;
	size_t n;
	size_t header_bytes;
	bool body_full, headers_full;
};

void drop_http(struct http **h)
{
	http_close(*h);
}

void http_close(struct http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	free(h);
}

enum cloister_err http_open(const struct http_options *o, struct http **out,
			    struct cloister_fault *why)
{
	struct http *h = calloc(1, sizeof *h);

	if (h && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		h->curl = curl_easy_init();
	if (!h || !h->curl) {
		free(h);
		return fail(why, CLOISTER_E_NOMEM, "http", "libcurl did not start");
	}
	h->o = *o;
	*out = h;
	return CLOISTER_OK;
}

static void drop_url(CURLU **u)
{
	curl_url_cleanup(*u);
}

static void drop_part(char **p)
{
	curl_free(*p);
}

static char *part_of(CURLU *u, CURLUPart part)
{
	char *text = NULL;

	return curl_url_get(u, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_loopback(const char *host)
{
	unsigned last = 0;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	if (strncmp(host, "127.", 4) != 0 || strspn(host, "0123456789.") != strlen(host))
		return false;
	for (const char *p = host; *p; p++)
		last += *p == '.';
	return last == 3;
}

/* What may be asked at all. */
static enum cloister_err allowed(CURLU *u, const char *url, struct cloister_fault *why)
{
	own(drop_part) char *scheme = part_of(u, CURLUPART_SCHEME);
	own(drop_part) char *host = part_of(u, CURLUPART_HOST);
	own(drop_part) char *user = part_of(u, CURLUPART_USER);
	own(drop_part) char *fragment = part_of(u, CURLUPART_FRAGMENT);

	if (!scheme || !host)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.100s` names no server", url);
	if (user || fragment)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.60s` holds a user or a fragment, which are never sent", url);
	if (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host)))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_USAGE, "URL",
		    "`%.80s`: only https:// is asked, and http:// on this machine", url);
}

static enum cloister_err parse(const char *url, CURLU **out, struct cloister_fault *why)
{
	own(drop_url) CURLU *u = curl_url();

	if (!u)
		return fail(why, CLOISTER_E_NOMEM, "URL", "out of memory");
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.100s` is none; give https://HOST/", url);
	TRY(allowed(u, url, why));
	*out = give(u, NULL);
	return CLOISTER_OK;
}

enum cloister_err http_base_check(const char *url, struct cloister_fault *why)
{
	own(drop_url) CURLU *u = NULL;

	TRY(parse(url, &u, why));
	own(drop_part) char *query = part_of(u, CURLUPART_QUERY);
	if (query)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.100s` holds a query; give where paths begin", url);
	return CLOISTER_OK;
}

/* The same scheme, host and port, or no further. */
static bool same_place(CURLU *a, CURLU *b)
{
	static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *x = NULL, *y = NULL;
		curl_url_get(a, parts[i], &x, CURLU_DEFAULT_PORT);
		curl_url_get(b, parts[i], &y, CURLU_DEFAULT_PORT);
		bool same = x && y && strcasecmp(x, y) == 0;
		curl_free(x);
		curl_free(y);
		if (!same)
			return false;
	}
	return true;
}

static size_t take_body(char *data, size_t one, size_t len, void *ctx)
{
	struct trip *t = ctx;

	buf_put(t->body, data, one * len);
	t->body_full = t->body->failed;
	return t->body_full ? 0 : one * len;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A header that comes twice is not ours to choose from: the second one spoils it. */
static void keep_header(struct http_header *h, const char *value, size_t len)
{
	while (len && is_space(*value))
		value++, len--;
	while (len && is_space(value[len - 1]))
		len--;
	if (h->value->len)
		h->value->failed = true;
	buf_put(h->value, value, len);
}

static size_t take_header(char *data, size_t one, size_t len, void *ctx)
{
	struct trip *t = ctx;
	const char *colon = memchr(data, ':', one * len);

	t->header_bytes += one * len;
	t->headers_full = t->header_bytes > LIMIT_HTTP_HEADERS;
	if (t->headers_full)
		return 0;
	for (size_t i = 0; colon && i < t->n; i++) {
		size_t name = strlen(t->headers[i].name);
		if ((size_t)(colon - data) == name && strncasecmp(data, t->headers[i].name, name) == 0)
			keep_header(&t->headers[i], colon + 1, one * len - name - 1);
	}
	return one * len;
}

/* Forget what an answer that is not the document said. */
static void start_over(struct trip *t)
{
	t->body->len = t->start;
	t->header_bytes = 0;
	for (size_t i = 0; i < t->n; i++)
		t->headers[i].value->len = t->headers[i].value->failed = 0;
}

static bool set_up(struct http *h, CURLU *u, struct trip *t, uint64_t left_ms)
{
	own(drop_part) char *scheme = part_of(u, CURLUPART_SCHEME);
	CURL *c = h->curl;

	curl_easy_reset(c);
	h->said[0] = '\0';
	return !(curl_easy_setopt(c, CURLOPT_CURLU, u) ||
		 curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") || /* parse() saw to http */
		 curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) ||
		 curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) ||
		 curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) ||
		 curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) ||
		 curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) ||
		 curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ||
		 (h->o.ca_file && (curl_easy_setopt(c, CURLOPT_CAINFO, h->o.ca_file) ||
				   curl_easy_setopt(c, CURLOPT_CAPATH, NULL))) ||
		 /* Without TLS nothing leaves this machine, not through a proxy either. */
		 ((!scheme || strcmp(scheme, "https") != 0) && curl_easy_setopt(c, CURLOPT_PROXY, "")) ||
		 /* What a proxy says of itself is not the server's answer. */
		 curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) ||
		 curl_easy_setopt(c, CURLOPT_USERAGENT, "cloister/" CLOISTER_VERSION) ||
		 curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) ||
		 curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left_ms) ||
		 curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES) ||
		 curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALL_S) ||
		 curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->said) ||
		 curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) ||
		 curl_easy_setopt(c, CURLOPT_WRITEDATA, t) ||
		 curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) ||
		 curl_easy_setopt(c, CURLOPT_HEADERDATA, t));
}

/* What libcurl says, in our words where the caller can act on it. */
static enum cloister_err went_wrong(const struct http *h, const struct trip *t, CURLcode code,
				    const char *host, struct cloister_fault *why)
{
	const char *said = h->said[0] ? h->said : curl_easy_strerror(code);

	if (t->body->starved)
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	if (t->body_full)
		return fail(why, CLOISTER_E_LIMIT, "http", "%.60s sent more than %zu bytes", host,
			    t->body->max - t->start);
	if (t->headers_full)
		return fail(why, CLOISTER_E_LIMIT, "http", "%.60s sent more than %u bytes of headers", host,
			    LIMIT_HTTP_HEADERS);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return fail(why, CLOISTER_E_TIMEOUT, "http", "%.60s was too slow", host);
	if (code == CURLE_OUT_OF_MEMORY)
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	if (code == CURLE_PARTIAL_FILE)
		return fail(why, CLOISTER_E_PEER, "http", "%.60s ended the answer early", host);
	return fail(why, CLOISTER_E_PEER, "http", "%.50s: %.100s", host, said);
}

/* Sleep, and say so every second. False: the deadline would pass first. */
static bool wait_for(struct http *h, const char *host, uint64_t wait_s, uint64_t deadline_ms)
{
	uint64_t until = clock_mono_ms() + wait_s * 1000;

	if (until >= deadline_ms)
		return false;
	for (uint64_t now; (now = clock_mono_ms()) < until;) {
		uint64_t left = until - now;
		if (h->o.waiting)
			h->o.waiting(h->o.ctx, host, (left + 999) / 1000);
		(void)poll(NULL, 0, left < 1000 ? (int)left : 1000);
	}
	return true;
}

enum next { DONE, AGAIN, MOVED };

/* What to do after an answer came whole. */
static enum cloister_err look(struct http *h, const char *host, uint64_t deadline_ms,
			      enum next *next, struct cloister_fault *why)
{
	curl_off_t after = 0;
	long status = 0;

	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &after);
	*next = DONE;
	if (status == 200)
		return CLOISTER_OK;
	*next = MOVED;
	if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
		return CLOISTER_OK;
	*next = AGAIN;
	uint64_t wait_s = after > 0 ? (uint64_t)after : WAIT_DEFAULT_S;
	if (status == 429 || (status == 503 && after > 0)) {
		if (wait_s < UINT32_MAX && wait_for(h, host, wait_s, deadline_ms))
			return CLOISTER_OK;
		return fail(why, CLOISTER_E_TIMEOUT, "http", "%.60s asks for patience: come back in %llu s",
			    host, (unsigned long long)wait_s);
	}
	return fail(why, status == 404 ? CLOISTER_E_MISSING : CLOISTER_E_PEER, "http",
		    status == 404 ? "%.60s has no such document (status %ld)" :
				    "%.60s answers with status %ld", host, status);
}

/* The place that a redirect names; *u is replaced. */
static enum cloister_err move_on(struct http *h, CURLU **u, const char *host,
				 struct cloister_fault *why)
{
	own(drop_url) CURLU *to = NULL;
	char *url = NULL;

	curl_easy_getinfo(h->curl, CURLINFO_REDIRECT_URL, &url);
	if (!url)
		return fail(why, CLOISTER_E_PEER, "http", "%.60s redirects to nowhere", host);
	if (parse(url, &to, NULL) != CLOISTER_OK || !same_place(*u, to))
		return fail(why, CLOISTER_E_PEER, "http", "%.50s redirects to %.80s, which was not asked for",
			    host, url);
	drop_url(u);
	*u = give(to, NULL);
	return CLOISTER_OK;
}

enum cloister_err http_get(struct http *h, const char *url, struct buf *body,
			   struct http_header *headers, size_t n, struct cloister_fault *why)
{
	struct trip t = { .body = body, .start = body->len, .headers = headers, .n = n };
	uint64_t deadline_ms = clock_mono_ms() + h->o.timeout_ms;
	own(drop_url) CURLU *u = NULL;
	unsigned redirects = 0;
	enum next next = AGAIN;

	TRY(parse(url, &u, why));
	own(drop_part) char *host = part_of(u, CURLUPART_HOST);
	while (next != DONE) {
		uint64_t now = clock_mono_ms();
		if (now >= deadline_ms)
			return fail(why, CLOISTER_E_TIMEOUT, "http", "%.60s was too slow", host);
		start_over(&t);
		if (!set_up(h, u, &t, deadline_ms - now))
			return fail(why, CLOISTER_E_SYSTEM, "http", "libcurl refuses its options");
		CURLcode code = curl_easy_perform(h->curl);
		if (code != CURLE_OK)
			return went_wrong(h, &t, code, host, why);
		TRY(look(h, host, deadline_ms, &next, why));
		if (next != MOVED)
			continue;
		if (++redirects > MAX_REDIRECTS)
			return fail(why, CLOISTER_E_PEER, "http", "%.60s redirects more than %u times", host,
				    MAX_REDIRECTS);
		TRY(move_on(h, &u, host, why));
	}
	for (size_t i = 0; i < n; i++)
		if (headers[i].value->failed)
			return fail(why, CLOISTER_E_PEER, headers[i].name, "sent twice, or too long");
	return CLOISTER_OK;
}

enum cloister_err url_decode(struct bytes text, struct buf *out, struct cloister_fault *why)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];
		size_t len;
		if (byte == '%') {
			if (text.len - i < 3 ||
			    hex_read(bytes_of(text.data + i + 1, 2), &byte, 1, &len, NULL) != CLOISTER_OK)
				return fail_at(why, i, "URL encoding", "two digits are due after %%");
			i += 2;
		}
		buf_byte(out, byte);
	}
	return buf_ok(out, "URL encoding", why);
}
