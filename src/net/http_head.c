/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_head.c - one request head, read down its grammar. RFC 9110, 9112 and
 * 3986 sections in the margin. Where those let a server be lenient, it is not.
 */

#include "net/http_head.h"

#include <strings.h>

#include "base/hex.h"
#include "base/rd.h"
#include "base/utf8.h"

enum {
	TOKEN = 1, /* 9110 5.6.2 */
	PATH = 2,  /* 3986 3.3, with '/' and '%' */
	QUERY = 4, /* 3986 3.4 */
	VALUE = 8, /* 9110 5.5: visible, space, tab, obs-text */
	HOST = 16, /* names and IPv4 addresses */
};

#define URL (PATH | QUERY | VALUE)
#define ANY (TOKEN | URL | HOST)

static const uint8_t class[256] = {
	['\t'] = VALUE, [' '] = VALUE, ['"'] = VALUE, ['<'] = VALUE, ['>'] = VALUE,
	['['] = VALUE, ['\\'] = VALUE, [']'] = VALUE, ['{'] = VALUE, ['}'] = VALUE,
	['#'] = TOKEN | VALUE, ['^'] = TOKEN | VALUE, ['`'] = TOKEN | VALUE, ['|'] = TOKEN | VALUE,
	['!'] = TOKEN | URL, ['$'] = TOKEN | URL, ['%'] = TOKEN | URL, ['&'] = TOKEN | URL,
	['\''] = TOKEN | URL, ['*'] = TOKEN | URL, ['+'] = TOKEN | URL, ['~'] = TOKEN | URL,
	['('] = URL, [')'] = URL, [','] = URL, ['/'] = URL, [':'] = URL, [';'] = URL,
	['='] = URL, ['@'] = URL, ['?'] = QUERY | VALUE,
	['-'] = ANY, ['.'] = ANY, ['_'] = ANY,
	['0' ... '9'] = ANY, ['A' ... 'Z'] = ANY, ['a' ... 'z'] = ANY,
	[0x80 ... 0xff] = VALUE,
};

static const char *const methods[HTTP_METHODS] = {
	"-", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
};

/* A reader, and the status that its first fault is answered with. */
struct reading {
	struct rd r;
	int status;
	struct http_head *h;
};

const char *http_method_name(enum http_method m)
{
	return methods[m];
}

bool http_same(struct bytes text, const char *name)
{
	return text.len == strlen(name) && strncasecmp((const char *)text.data, name, text.len) == 0;
}

static bool same_text(struct bytes a, struct bytes b)
{
	return a.len == b.len && a.len > 0 &&
	       strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0;
}

static bool all(struct bytes b, uint8_t kind)
{
	for (size_t i = 0; i < b.len; i++)
		if (!(class[b.data[i]] & kind))
			return false;
	return true;
}

static void refuse(struct reading *g, int status, const char *field, const char *note)
{
	if (!rd_ok(&g->r))
		return;
	g->status = status;
	rd_refuse(&g->r, status == 400 ? CLOISTER_E_MALFORMED :
		  status == 431 ? CLOISTER_E_LIMIT : CLOISTER_E_UNSUPPORTED, field, note);
}

static void want(struct reading *g, bool holds, const char *field, const char *note)
{
	if (!holds)
		refuse(g, 400, field, note);
}

static struct bytes run(struct rd *r, uint8_t kind, const char *field)
{
	size_t n = 0;

	while (n < rd_left(r) && class[r->at[n]] & kind)
		n++;
	return rd_take(r, n, field);
}

static void expect(struct reading *g, const char *text, const char *field)
{
	size_t len = strlen(text);
	bool there = rd_left(&g->r) >= len && bytes_are(bytes_of(g->r.at, len), text);

	want(g, there, field, "something else is due here");
	rd_take(&g->r, there ? len : 0, field);
}

static bool at_line_end(const struct rd *r)
{
	return rd_left(r) > 0 && *r->at == '\r';
}

static bool is_port(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] < '0' || b.data[i] > '9')
			return false;
	return b.len >= 1 && b.len <= 5;
}

/* 3986 3.2: a name or address and perhaps a port; no user, nothing encoded. */
static bool is_authority(struct bytes b)
{
	size_t n = 0;

	if (b.len > 0 && b.data[0] == '[') {
		for (n = 1; n < b.len && b.data[n] != ']'; n++)
			if (!strchr("0123456789abcdefABCDEF:.", b.data[n]) || b.data[n] == 0)
				return false;
		if (n++ == b.len || n < 4)
			return false;
	} else {
		while (n < b.len && class[b.data[n]] & HOST)
			n++;
	}
	if (n == 0 || n == b.len)
		return n > 0;
	return b.data[n] == ':' && is_port(bytes_of(b.data + n + 1, b.len - n - 1));
}

/* A byte that may be encoded; *at moves past it. -1: not two digits, or a byte that nothing of ours holds. */
static int decoded(struct bytes text, size_t *at)
{
	uint8_t byte = text.data[*at];
	size_t len;

	if (byte != '%') {
		*at += 1;
		return byte;
	}
	if (text.len - *at < 3 ||
	    hex_read(bytes_of(text.data + *at + 1, 2), &byte, 1, &len, NULL) != CLOISTER_OK)
		return -1;
	*at += 3;
	return byte < ' ' || byte == 0x7f ? -1 : byte;
}

static bool well_encoded(struct bytes text)
{
	for (size_t at = 0; at < text.len;)
		if (decoded(text, &at) < 0)
			return false;
	return true;
}

/* 9112 3.2.2: for proxies; taken when it names the host that the Host field names. */
static struct bytes read_origin_of(struct reading *g, struct bytes *target)
{
	size_t scheme = http_same(bytes_of(target->data, target->len < 7 ? target->len : 7), "http://") ? 7 :
			http_same(bytes_of(target->data, target->len < 8 ? target->len : 8), "https://") ? 8 : 0;
	size_t n = scheme;

	want(g, scheme > 0, "target", "a path is due");
	while (n < target->len && target->data[n] != '/' && target->data[n] != '?')
		n++;
	struct bytes host = bytes_of(target->data + scheme, n - scheme);
	*target = bytes_of(target->data + n, target->len - n);
	return host;
}

/* 9112 3.2 */
static struct bytes read_target(struct reading *g)
{
	struct bytes all_of_it = run(&g->r, QUERY, "target");
	struct bytes rest = all_of_it, host = BYTES_NONE;

	want(g, rest.len > 0, "target", "it is empty");
	if (!rd_ok(&g->r))
		return host;
	if (bytes_are(rest, "*") && g->h->method == HTTP_OPTIONS) {
		g->h->path = rest;
		return host;
	}
	if (rest.data[0] != '/')
		host = read_origin_of(g, &rest);
	size_t n = 0;
	while (n < rest.len && rest.data[n] != '?')
		n++;
	g->h->path = n > 0 ? bytes_of(rest.data, n) : bytes_text("/");
	if (n < rest.len)
		g->h->query = bytes_of(rest.data + n + 1, rest.len - n - 1);
	want(g, well_encoded(rest), "target", "two digits of a visible byte are due after %");
	return host;
}

static void read_method(struct reading *g)
{
	struct bytes name = run(&g->r, TOKEN, "method");

	want(g, name.len > 0, "method", "it is empty");
	for (enum http_method m = HTTP_GET; m < HTTP_METHODS; m++)
		if (bytes_are(name, methods[m]))
			g->h->method = m;
}

/* 9112 2.3: another major version is 505, anything but a version 400. */
static void read_version(struct reading *g)
{
	expect(g, "HTTP/", "version");
	struct bytes v = rd_take(&g->r, 3, "version");
	if (bytes_are(v, "1.1") || bytes_are(v, "1.0"))
		g->h->minor = v.data[2] == '1';
	else if (v.len == 3 && v.data[1] == '.' && v.data[0] >= '0' && v.data[0] <= '9' &&
		 v.data[2] >= '0' && v.data[2] <= '9')
		refuse(g, 505, "version", "HTTP/1.1 is spoken here");
	else
		want(g, false, "version", "HTTP/1.1 is due");
}

static const struct {
	const char *name;
	size_t at;
} once[] = {
	{ "Host", offsetof(struct http_head, host) },
	{ "Content-Length", offsetof(struct http_head, content_length) },
	{ "Transfer-Encoding", offsetof(struct http_head, coding) },
	{ "Content-Type", offsetof(struct http_head, type) },
	{ "Content-Encoding", offsetof(struct http_head, encoding) },
	{ "Authorization", offsetof(struct http_head, authorization) },
	{ "Origin", offsetof(struct http_head, origin) },
	{ "Expect", offsetof(struct http_head, expect) },
};

static void keep(struct reading *g, struct http_field f)
{
	for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
		struct bytes *slot = (struct bytes *)((char *)g->h + once[i].at);
		if (!http_same(f.name, once[i].name))
			continue;
		want(g, !slot->data, once[i].name, "given twice");
		*slot = f.value;
	}
	if (g->h->n_fields == LIMIT_HTTP_FIELDS)
		refuse(g, 431, "fields", "there are too many");
	else
		g->h->fields[g->h->n_fields++] = f;
}

/* 9112 5: no space before the colon, no folded lines. */
static void read_field(struct reading *g)
{
	want(g, *g->r.at != ' ' && *g->r.at != '\t', "field", "a folded line");
	struct bytes name = run(&g->r, TOKEN, "field name");
	want(g, name.len > 0, "field name", "it is empty, or begins with a byte that no name has");
	expect(g, ":", "field name");
	struct bytes value = bytes_trimmed(run(&g->r, VALUE, "field value"));
	expect(g, "\r\n", "field value");
	if (rd_ok(&g->r))
		keep(g, (struct http_field){ name, value });
}

/* 9110 8.6: digits and nothing else. */
static void read_length(struct reading *g)
{
	struct bytes b = g->h->content_length;

	if (!b.data)
		return;
	want(g, b.len >= 1 && b.len <= 18, "Content-Length", "one to eighteen digits are due");
	for (size_t i = 0; i < b.len && rd_ok(&g->r); i++) {
		want(g, b.data[i] >= '0' && b.data[i] <= '9', "Content-Length", "only digits are due");
		g->h->length = g->h->length * 10 + (b.data[i] - '0');
	}
}

/* 9112 6: where the body ends, told in one way. */
static void decide_framing(struct reading *g)
{
	struct http_head *h = g->h;

	read_length(g);
	if (!h->coding.data)
		return;
	want(g, !h->content_length.data, "Transfer-Encoding", "beside Content-Length");
	want(g, h->minor == 1, "Transfer-Encoding", "not in HTTP/1.0");
	if (!http_same(h->coding, "chunked"))
		refuse(g, 501, "Transfer-Encoding", "only chunked is known");
	h->chunked = true;
}

/* 9110 7.6.1: whether the list of one Connection field holds `option`. */
static bool lists(struct bytes list, const char *option)
{
	while (list.len > 0) {
		size_t n = 0;
		while (n < list.len && list.data[n] != ',')
			n++;
		if (http_same(bytes_trimmed(bytes_of(list.data, n)), option))
			return true;
		n += n < list.len;
		list = bytes_of(list.data + n, list.len - n);
	}
	return false;
}

static void decide_rest(struct reading *g, struct bytes target_host)
{
	struct http_head *h = g->h;

	want(g, h->host.data != NULL, "Host", "it is missing");
	want(g, is_authority(h->host), "Host", "a name and perhaps a port are due");
	want(g, !target_host.data || same_text(target_host, h->host), "target",
	     "it names another host than Host");
	h->keep_alive = h->minor == 1;
	for (size_t i = 0; i < h->n_fields; i++)
		if (http_same(h->fields[i].name, "Connection") && lists(h->fields[i].value, "close"))
			h->keep_alive = false;
	if (h->expect.data && !http_same(h->expect, "100-continue"))
		refuse(g, 417, "Expect", "only 100-continue is known");
	h->expects_continue = h->expect.data && h->minor == 1;
}

enum cloister_err http_head_read(struct bytes head, struct http_head *out, int *status_out,
				 struct cloister_fault *why)
{
	struct cloister_fault local;
	struct reading g = { .r = rd_open(head, why ? why : &local), .status = 400, .h = out };

	/* All but the fields' array, of which n_fields tells how many there are. */
	memset(out, 0, offsetof(struct http_head, fields));
	read_method(&g);
	expect(&g, " ", "request line");
	struct bytes host = read_target(&g);
	expect(&g, " ", "request line");
	read_version(&g);
	expect(&g, "\r\n", "request line");
	while (rd_ok(&g.r) && rd_left(&g.r) > 0 && !at_line_end(&g.r))
		read_field(&g);
	expect(&g, "\r\n", "head");
	decide_framing(&g);
	decide_rest(&g, host);
	*status_out = g.status;
	return rd_close(&g.r, "head");
}

/* One line, its LF at `lf`: does it end as lines do, and is it short enough? */
static enum cloister_err check_line(const struct http_scan *s, struct bytes in, size_t lf, int *status,
				    struct cloister_fault *why)
{
	bool is_first = s->line_at == 0;

	*status = is_first ? 414 : 431;
	if (lf - s->line_at > LIMIT_HTTP_LINE)
		return fail(why, CLOISTER_E_LIMIT, is_first ? "target" : "field", "more than %u bytes in a line",
			    LIMIT_HTTP_LINE);
	*status = 431;
	if (lf >= LIMIT_HTTP_HEAD)
		return fail(why, CLOISTER_E_LIMIT, "head", "more than %u bytes", LIMIT_HTTP_HEAD);
	*status = 400;
	if (lf < in.len && (lf == s->line_at || in.data[lf - 1] != '\r'))
		return fail_at(why, lf, "line end", "a line feed without its carriage return");
	return CLOISTER_OK;
}

enum cloister_err http_head_scan(struct http_scan *s, struct bytes in, size_t *len_out,
				 int *status_out, struct cloister_fault *why)
{
	*len_out = 0;
	*status_out = 400;
	/* Lines before the request, or another protocol. */
	if (in.len > 0 && !(class[in.data[0]] & TOKEN))
		return fail_at(why, 0, "method", "a request does not begin so");
	for (;;) {
		const uint8_t *lf = in.len > s->at ? memchr(in.data + s->at, '\n', in.len - s->at) : NULL;
		size_t end = lf ? (size_t)(lf - in.data) : in.len;
		TRY(check_line(s, in, end, status_out, why));
		s->at = end;
		if (!lf)
			return CLOISTER_OK;
		bool is_empty = end - s->line_at == 1;
		s->at = s->line_at = end + 1;
		if (!is_empty)
			continue;
		*len_out = end + 1;
		return CLOISTER_OK;
	}
}

struct bytes http_head_field(const struct http_head *h, const char *name)
{
	for (size_t i = 0; i < h->n_fields; i++)
		if (http_same(h->fields[i].name, name))
			return h->fields[i].value;
	return BYTES_NONE;
}

/* Where a segment of `len` decoded bytes ends: not empty unless last, not dots. */
static bool good_segment(const char *segment, size_t len, bool is_last)
{
	if (len == 0)
		return is_last;
	return !(len <= 2 && segment[0] == '.' && segment[len - 1] == '.');
}

enum cloister_err http_path_read(struct bytes raw, char *room, size_t size, struct bytes *out,
				 struct cloister_fault *why)
{
	size_t n = 0, segment_at = 1;

	if (raw.len == 0 || raw.data[0] != '/' || !all(raw, PATH))
		return fail_at(why, 0, "path", "a path is due");
	for (size_t at = 0; at < raw.len;) {
		bool is_slash = raw.data[at] == '/';
		int byte = decoded(raw, &at);
		if (byte < 0 || (byte == '/' && !is_slash) || byte == '\\')
			return fail_at(why, at, "path", "an encoding that no path has");
		if (is_slash && n > 0 && !good_segment(room + segment_at, n - segment_at, false))
			return fail_at(why, at, "path", "an empty segment, or dots");
		if (n == size)
			return fail(why, CLOISTER_E_LIMIT, "path", "more than %zu bytes", size);
		room[n++] = (char)byte;
		if (is_slash)
			segment_at = n;
	}
	if (!good_segment(room + segment_at, n - segment_at, true))
		return fail_at(why, raw.len, "path", "dots");
	*out = bytes_of(room, n);
	if (utf8_valid(*out) != n)
		return fail_at(why, 0, "path", "not UTF-8");
	return CLOISTER_OK;
}

bool http_query_next(struct bytes *left, struct bytes *name_out, struct bytes *value_out)
{
	size_t n = 0, equals;

	while (left->len > 0 && left->data[0] == '&')
		*left = bytes_of(left->data + 1, left->len - 1);
	if (left->len == 0)
		return false;
	while (n < left->len && left->data[n] != '&')
		n++;
	for (equals = 0; equals < n && left->data[equals] != '=';)
		equals++;
	*name_out = bytes_of(left->data, equals);
	*value_out = bytes_of(left->data + equals + (equals < n), n - equals - (equals < n));
	*left = bytes_of(left->data + n, left->len - n);
	return true;
}

/* False: does not fit, or cannot be decoded; terminated otherwise. */
static enum cloister_err decode_pair(struct bytes raw, char *out, size_t room, size_t *len_out,
				     struct cloister_fault *why)
{
	size_t n = 0;

	for (size_t at = 0; at < raw.len;) {
		int byte = raw.data[at] == '+' ? (at++, ' ') : decoded(raw, &at);
		if (byte < 0)
			return fail_at(why, at, "query", "two digits of a visible byte are due after %%");
		if (n + 1 >= room)
			return fail(why, CLOISTER_E_LIMIT, "query", "more than %zu bytes", room - 1);
		out[n++] = (char)byte;
	}
	out[n] = 0;
	*len_out = n;
	if (utf8_valid(bytes_of(out, n)) != n)
		return fail_at(why, 0, "query", "not UTF-8");
	return CLOISTER_OK;
}

enum cloister_err http_query_get(struct bytes query, const char *name, char *out, size_t room,
				 struct cloister_fault *why)
{
	struct bytes key, value;
	bool found = false;
	char text[64];
	size_t len;

	while (http_query_next(&query, &key, &value)) {
		if (decode_pair(key, text, sizeof text, &len, NULL) != CLOISTER_OK || strcmp(text, name) != 0)
			continue;
		if (found)
			return fail_at(why, 0, "query", "`%.60s` is given twice", name);
		TRY(decode_pair(value, out, room, &len, why));
		found = true;
	}
	return found ? CLOISTER_OK : fail(why, CLOISTER_E_MISSING, "query", "there is no `%.60s`", name);
}
