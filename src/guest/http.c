/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - one request, read down its grammar. RFC 9110 and 9112 sections in the margin. */

#include "guest/http.h"

#include <strings.h>

#include "base/rd.h"

static bool is_token(uint8_t c) /* 9110 5.6.2 */
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* What our paths and queries are made of; percent-encoding is not among it. */
static bool is_target(uint8_t c)
{
	return is_token(c) || (c && strchr("/?=:@,;()", c));
}

static bool is_value(uint8_t c) /* 9110 5.5: visible, space, tab, obs-text */
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

static struct bytes run(struct rd *r, bool (*is)(uint8_t), const char *field)
{
	size_t n = 0;

	while (n < rd_left(r) && is(r->at[n]))
		n++;
	return rd_take(r, n, field);
}

static bool same_name(struct bytes a, const char *name)
{
	return a.len == strlen(name) && strncasecmp((const char *)a.data, name, a.len) == 0;
}

static void expect(struct rd *r, const char *text, const char *field)
{
	size_t len = strlen(text);
	struct bytes b = rd_take(r, len < rd_left(r) ? len : rd_left(r), field);

	rd_want(r, bytes_are(b, text), field);
}

struct fields {
	bool has_host, has_length, close;
	size_t length;
	int status; /* what is refused for another reason than its form */
};

static void read_length(struct rd *r, struct bytes value, struct fields *f)
{
	size_t n = 0;

	rd_want(r, !f->has_length && value.len > 0 && value.len <= 9, "content-length");
	for (size_t i = 0; i < value.len && rd_ok(r); i++) {
		rd_want(r, value.data[i] >= '0' && value.data[i] <= '9', "content-length");
		n = n * 10 + (size_t)(value.data[i] - '0');
	}
	f->has_length = true;
	f->length = n;
	if (n > HTTP_BODY_MAX && f->status == 0)
		f->status = 413;
}

/* 9112 5: field-line = field-name ":" OWS field-value OWS */
static void read_field(struct rd *r, struct fields *f)
{
	struct bytes name = run(r, is_token, "field name");

	rd_want(r, name.len > 0, "field name");
	expect(r, ":", "colon");
	struct bytes value = bytes_trimmed(run(r, is_value, "field value"));
	if (same_name(name, "host")) {
		rd_want(r, !f->has_host, "host");
		f->has_host = true;
	} else if (same_name(name, "content-length")) {
		read_length(r, value, f);
	} else if (same_name(name, "transfer-encoding")) {
		f->status = 501;
	} else if (same_name(name, "expect")) {
		f->status = 417;
	} else if (same_name(name, "connection")) {
		f->close = f->close || same_name(value, "close");
	}
	expect(r, "\r\n", "line end");
}

static void read_target(struct bytes target, struct http_request *q)
{
	const uint8_t *mark = memchr(target.data, '?', target.len);

	q->path = target;
	if (!mark)
		return;
	q->path.len = (size_t)(mark - target.data);
	q->query = bytes_of(mark + 1, target.len - q->path.len - 1);
}

/* The length of the head, its empty line included; 0 while it is not all there. */
static size_t head_len(struct bytes in)
{
	for (size_t i = 4; i <= in.len && i <= HTTP_HEAD_MAX; i++)
		if (bytes_are(bytes_of(in.data + i - 4, 4), "\r\n\r\n"))
			return i;
	return 0;
}

static enum cloister_err read_head(struct bytes head, struct http_request *q, struct fields *f,
				   struct cloister_fault *why)
{
	struct rd r = rd_open(head, why);
	unsigned n = 0;

	/* 9112 3: request-line = method SP request-target SP HTTP-version */
	q->method = run(&r, is_token, "method");
	rd_want(&r, q->method.len > 0, "method");
	expect(&r, " ", "space");
	struct bytes target = run(&r, is_target, "target");
	rd_want(&r, target.len > 0 && target.data[0] == '/', "target");
	expect(&r, " HTTP/1.1\r\n", "version");
	while (rd_ok(&r) && rd_left(&r) > 2) {
		if (n++ == HTTP_FIELDS_MAX)
			rd_refuse(&r, CLOISTER_E_LIMIT, "fields", "too many fields");
		read_field(&r, f);
	}
	expect(&r, "\r\n", "empty line");
	rd_want(&r, f->has_host, "host");
	TRY(rd_close(&r, "head"));
	read_target(target, q);
	q->close = f->close;
	return CLOISTER_OK;
}

enum cloister_err http_read(struct bytes in, struct http_request *out, size_t *used_out,
			    int *status_out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct http_request q = { 0 };
	struct fields f = { 0 };
	size_t head = head_len(in);

	*used_out = 0;
	*status_out = 400;
	if (head == 0 && in.len >= HTTP_HEAD_MAX) {
		*status_out = 431;
		return fail(why, CLOISTER_E_LIMIT, "head", "more than %u bytes", HTTP_HEAD_MAX);
	}
	if (head == 0)
		return CLOISTER_OK;
	enum cloister_err err = read_head(bytes_of(in.data, head), &q, &f, why ? why : &local);
	if (err == CLOISTER_E_LIMIT)
		*status_out = 431;
	TRY(err);
	if (f.status != 0) {
		*status_out = f.status;
		return fail(why, CLOISTER_E_UNSUPPORTED, "request", "%s", http_reason(f.status));
	}
	if (in.len - head < f.length)
		return CLOISTER_OK;
	q.body = bytes_of(in.data + head, f.length);
	*used_out = head + f.length;
	*out = q;
	return CLOISTER_OK;
}

const char *http_reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 413: return "Content Too Large";
	case 417: return "Expectation Failed";
	case 431: return "Request Header Fields Too Large";
	case 501: return "Not Implemented";
	case 502: return "Bad Gateway";
	default: return "Internal Server Error";
	}
}
