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
#define MAX_BYSTANDER (1u << 20) /* what comes with a status that is no document */
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
	CURL *curl;
	const struct http_ask *ask;
	size_t start;    /* where the document begins in ask->body */
	uint64_t at;     /* the same for the next byte of the answer, in the document */
	uint64_t beside; /* bytes that are no document */
	size_t header_bytes;
	bool begun, body_full, headers_full;
	bool left;       /* redirected to another host */
	enum cloister_err sunk; /* what the sink said … */
	struct cloister_fault sunk_why; /* … and why */
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

/* Whether the caller lets this host do without TLS. */
static bool is_plain(const char *const *hosts, CURLU *u, const char *host)
{
	own(drop_part) char *port = part_of(u, CURLUPART_PORT);
	size_t len = strlen(host);

	for (; hosts && *hosts; hosts++) {
		if (strncasecmp(*hosts, host, len) != 0)
			continue;
		const char *rest = *hosts + len;
		if (port ? *rest == ':' && strcmp(rest + 1, port) == 0 : !*rest)
			return true;
	}
	return false;
}

/* What may be asked at all. */
static enum cloister_err allowed(const char *const *plain_hosts, CURLU *u, const char *url,
				 struct cloister_fault *why)
{
	own(drop_part) char *scheme = part_of(u, CURLUPART_SCHEME);
	own(drop_part) char *host = part_of(u, CURLUPART_HOST);
	own(drop_part) char *user = part_of(u, CURLUPART_USER);
	own(drop_part) char *fragment = part_of(u, CURLUPART_FRAGMENT);

	if (!scheme || !host)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.100s` names no server", url);
	if (user || fragment)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.60s` holds a user or a fragment, which are never sent", url);
	if (strcmp(scheme, "https") == 0 ||
	    (strcmp(scheme, "http") == 0 && (is_loopback(host) || is_plain(plain_hosts, u, host))))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_USAGE, "URL",
		    "`%.80s`: only https:// is asked, and http:// on this machine", url);
}

static enum cloister_err parse(const char *const *plain_hosts, const char *url, CURLU **out,
			       struct cloister_fault *why)
{
	own(drop_url) CURLU *u = curl_url();

	if (!u)
		return fail(why, CLOISTER_E_NOMEM, "URL", "out of memory");
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		return fail(why, CLOISTER_E_USAGE, "URL", "`%.100s` is none; give https://HOST/", url);
	TRY(allowed(plain_hosts, u, url, why));
	*out = give(u, NULL);
	return CLOISTER_OK;
}

enum cloister_err http_base_check(const char *url, struct cloister_fault *why)
{
	own(drop_url) CURLU *u = NULL;

	TRY(parse(NULL, url, &u, why));
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

static long status_of(CURL *c)
{
	long status = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* "bytes FROM-LAST/LENGTH": a part that begins where it was asked for (RFC 9110, 14.4). */
static bool begins_there(const struct trip *t)
{
	struct curl_header *range;
	char want[64];

	snprintf(want, sizeof want, "bytes %llu-", (unsigned long long)t->ask->from);
	return t->ask->from &&
	       curl_easy_header(t->curl, "Content-Range", 0, CURLH_HEADER, -1, &range) == CURLHE_OK &&
	       range->amount == 1 && strncmp(range->value, want, strlen(want)) == 0;
}

/* A document, whole or from where it was asked for. */
static bool is_document(const struct trip *t, long status)
{
	return status == 200 || (status == 206 && begins_there(t));
}

static bool put_document(struct trip *t, struct bytes part)
{
	if (t->ask->sink) {
		t->sunk = t->ask->sink(t->ask->sink_ctx, t->at, part, &t->sunk_why);
		return t->sunk == CLOISTER_OK;
	}
	buf_put(t->ask->body, part.data, part.len);
	t->body_full = t->ask->body->failed;
	return !t->body_full;
}

static size_t take_body(char *data, size_t one, size_t len, void *ctx)
{
	struct trip *t = ctx;
	size_t n = one * len;
	long status = status_of(t->curl);

	if (!is_document(t, status)) {
		t->beside += n;
		return t->beside > MAX_BYSTANDER ? 0 : n;
	}
	if (!give(t->begun, true))
		t->at = status == 206 ? t->ask->from : 0;
	if (!put_document(t, bytes_of(data, n)))
		return 0;
	t->at += n;
	return n;
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
	for (size_t i = 0; colon && i < t->ask->n_headers; i++) {
		struct http_header *h = &t->ask->headers[i];
		size_t name = strlen(h->name);
		if ((size_t)(colon - data) == name && strncasecmp(data, h->name, name) == 0)
			keep_header(h, colon + 1, one * len - name - 1);
	}
	return one * len;
}

/* Forget what an answer that is not the document said. */
static void start_over(struct trip *t)
{
	if (t->ask->body)
		t->ask->body->len = t->start;
	t->header_bytes = 0;
	t->beside = 0;
	t->begun = false;
	for (size_t i = 0; i < t->ask->n_headers; i++)
		t->ask->headers[i].value->len = t->ask->headers[i].value->failed = 0;
}

static bool set_up(struct http *h, CURLU *u, struct trip *t, struct curl_slist *headers,
		   uint64_t left_ms)
{
	own(drop_part) char *scheme = part_of(u, CURLUPART_SCHEME);
	CURL *c = h->curl;
	char range[32];

	snprintf(range, sizeof range, "%llu-", (unsigned long long)t->ask->from);
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
		 /* Without TLS nothing goes through a proxy. */
		 ((!scheme || strcmp(scheme, "https") != 0) && curl_easy_setopt(c, CURLOPT_PROXY, "")) ||
		 /* What a proxy says of itself is not the server's answer, and our headers are not for it. */
		 curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) ||
		 curl_easy_setopt(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE) ||
		 curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) ||
		 (t->ask->from && curl_easy_setopt(c, CURLOPT_RANGE, range)) ||
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

	if (t->sunk != CLOISTER_OK) {
		if (why)
			*why = t->sunk_why;
		return t->sunk;
	}
	if (t->ask->body && t->ask->body->starved)
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	if (t->body_full)
		return fail(why, CLOISTER_E_LIMIT, "http", "%.60s sent more than %zu bytes", host,
			    t->ask->body->max - t->start);
	if (t->beside > MAX_BYSTANDER)
		return fail(why, CLOISTER_E_LIMIT, "http", "%.60s sent more than %u bytes with status %ld",
			    host, MAX_BYSTANDER, status_of(h->curl));
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
static enum cloister_err look(struct http *h, const struct trip *t, const char *host,
			      uint64_t deadline_ms, enum next *next, struct cloister_fault *why)
{
	curl_off_t after = 0;
	long status = status_of(h->curl);

	curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &after);
	*next = DONE;
	if (is_document(t, status) || status == 401)
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

/* Whether a redirect may be followed: within one place, or on to another one over TLS. */
static bool may_go(const struct trip *t, CURLU *from, CURLU *to)
{
	own(drop_part) char *scheme = part_of(to, CURLUPART_SCHEME);

	return same_place(from, to) || (t->ask->may_leave && scheme && strcmp(scheme, "https") == 0);
}

/* The place that a redirect names; *u is replaced. */
static enum cloister_err move_on(struct http *h, struct trip *t, CURLU **u, const char *host,
				 struct cloister_fault *why)
{
	own(drop_url) CURLU *to = NULL;
	char *url = NULL;

	curl_easy_getinfo(h->curl, CURLINFO_REDIRECT_URL, &url);
	if (!url)
		return fail(why, CLOISTER_E_PEER, "http", "%.60s redirects to nowhere", host);
	if (parse(h->o.plain_hosts, url, &to, NULL) != CLOISTER_OK || !may_go(t, *u, to))
		return fail(why, CLOISTER_E_PEER, "http", "%.50s redirects to %.80s, which was not asked for",
			    host, url);
	t->left |= !same_place(*u, to); /* and coming back does not undo it */
	drop_url(u);
	*u = give(to, NULL);
	return CLOISTER_OK;
}

/* libcurl copies what it sends and does not wipe it; these copies are ours to wipe. */
static void drop_headers(struct curl_slist **list)
{
	for (struct curl_slist *l = *list; l; l = l->next)
		mem_wipe(l->data, strlen(l->data));
	curl_slist_free_all(*list);
}

static bool add_header(struct curl_slist **list, const char *name, struct bytes value)
{
	char line[SECRET_MAX + 64];
	int n = snprintf(line, sizeof line, "%s: %.*s", name, (int)value.len, (const char *)value.data);
	struct curl_slist *longer = n < 0 || (size_t)n >= sizeof line ? NULL : curl_slist_append(*list, line);

	mem_wipe(line, sizeof line);
	if (longer)
		*list = longer;
	return longer != NULL;
}

static enum cloister_err headers_for(const struct trip *t, struct curl_slist **out,
				     struct cloister_fault *why)
{
	const struct secret *s = t->ask->authorization;

	if (t->ask->accept && !add_header(out, "Accept", bytes_text(t->ask->accept)))
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	if (!s || !s->len || t->left)
		return CLOISTER_OK;
	for (size_t i = 0; i < s->len; i++)
		if (s->data[i] < 0x20 || s->data[i] > 0x7e)
			return fail(why, CLOISTER_E_USAGE, "Authorization", "it holds what no header may hold");
	if (!add_header(out, "Authorization", secret_bytes(s)))
		return fail(why, CLOISTER_E_NOMEM, "http", "out of memory");
	return CLOISTER_OK;
}

static enum cloister_err once(struct http *h, struct trip *t, CURLU *u, const char *host,
			      uint64_t deadline_ms, struct cloister_fault *why)
{
	own(drop_headers) struct curl_slist *headers = NULL;
	uint64_t now = clock_mono_ms();

	if (now >= deadline_ms)
		return fail(why, CLOISTER_E_TIMEOUT, "http", "%.60s was too slow", host);
	start_over(t);
	TRY(headers_for(t, &headers, why));
	if (!set_up(h, u, t, headers, deadline_ms - now))
		return fail(why, CLOISTER_E_SYSTEM, "http", "libcurl refuses its options");
	CURLcode code = curl_easy_perform(h->curl);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	return code == CURLE_OK ? CLOISTER_OK : went_wrong(h, t, code, host, why);
}

enum cloister_err http_ask(struct http *h, const struct http_ask *ask, struct http_answer *out,
			   struct cloister_fault *why)
{
	struct trip t = { .curl = h->curl, .ask = ask, .start = ask->body ? ask->body->len : 0 };
	uint64_t deadline_ms = clock_mono_ms() + (ask->timeout_ms ? ask->timeout_ms : h->o.timeout_ms);
	own(drop_url) CURLU *u = NULL;
	unsigned redirects = 0;
	enum next next = AGAIN;

	TRY(parse(h->o.plain_hosts, ask->url, &u, why));
	own(drop_part) char *host = part_of(u, CURLUPART_HOST);
	while (next != DONE) {
		TRY(once(h, &t, u, host, deadline_ms, why));
		TRY(look(h, &t, host, deadline_ms, &next, why));
		if (next != MOVED)
			continue;
		if (++redirects > MAX_REDIRECTS)
			return fail(why, CLOISTER_E_PEER, "http", "%.60s redirects more than %u times", host,
				    MAX_REDIRECTS);
		TRY(move_on(h, &t, &u, host, why));
	}
	for (size_t i = 0; i < ask->n_headers; i++)
		if (ask->headers[i].value->failed)
			return fail(why, CLOISTER_E_PEER, ask->headers[i].name, "sent twice, or too long");
	*out = (struct http_answer){ .unauthorized = status_of(h->curl) == 401, .left = t.left };
	return CLOISTER_OK;
}

enum cloister_err http_get(struct http *h, const char *url, struct buf *body,
			   struct http_header *headers, size_t n, struct cloister_fault *why)
{
	const struct http_ask ask = { .url = url, .body = body, .headers = headers, .n_headers = n };
	struct http_answer answer;

	TRY(http_ask(h, &ask, &answer, why));
	if (answer.unauthorized)
		return fail(why, CLOISTER_E_PEER, "http", "%.100s wants to know who asks (status 401)", url);
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
