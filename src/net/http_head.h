/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

/*
 * http_head.h - the head of an HTTP/1.1 request (RFC 9112), read strictly: one
 * reading of each byte, or none. What two servers could understand in two ways
 * (doc/http.md lists it) is refused, with the status to refuse it by.
 *
 * Pure; views borrow from the head; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

enum http_method {
	HTTP_OTHER = 0, /* a token, but none that a route can have */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHODS,
};

const char *http_method_name(enum http_method m); /* "GET"; HTTP_OTHER is "-" */

struct http_field {
	struct bytes name, value; /* value without white space around it */
};

struct http_head {
	enum http_method method;
	uint8_t minor; /* HTTP/1.minor: 0 or 1 */
	bool keep_alive;
	bool expects_continue;
	bool chunked;    /* the body comes in chunks; else it has `length` bytes */
	uint64_t length;
	struct bytes path;  /* as sent, "/" at least; see http_path_read(); "*" for OPTIONS */
	struct bytes query; /* without its '?' */
	/* Fields that may come once only; data is NULL when they did not. */
	struct bytes host, content_length, coding, type, encoding, authorization, origin, expect;
	size_t n_fields;
	struct http_field fields[LIMIT_HTTP_FIELDS];
};

/* How far a head that arrives in pieces has been looked at. Start from zeros. */
struct http_scan {
	size_t at, line_at;
};

/*
 * Look for the end of a head that begins `in`. *len_out is its length, empty
 * line included, or 0 while it is not all there. The answer depends on the bytes
 * alone, not on the pieces they came in. After a fault the connection is out
 * of step: answer *status_out and close it.
 *
 * Errors: CLOISTER_E_MALFORMED, CLOISTER_E_LIMIT.
 */
enum cloister_err http_head_scan(struct http_scan *s, struct bytes in, size_t *len_out,
				 int *status_out, struct cloister_fault *why);

/* Read a whole head. Errors as above, CLOISTER_E_UNSUPPORTED for 417, 501 and 505. */
enum cloister_err http_head_read(struct bytes head, struct http_head *out, int *status_out,
				 struct cloister_fault *why);

/* The first field `name`, case not counted; data is NULL when there is none. */
struct bytes http_head_field(const struct http_head *h, const char *name);

/*
 * Decode a path into `room`: UTF-8, without controls, encoded slashes, backslashes,
 * empty segments and dot segments, so it can be compared and split.
 */
enum cloister_err http_path_read(struct bytes raw, char *room, size_t size, struct bytes *out,
				 struct cloister_fault *why);

/*
 * The value of `name` in a query, decoded ('+' is a space) and terminated.
 *
 * Errors: CLOISTER_E_MISSING; CLOISTER_E_MALFORMED when it is there twice, or no
 * UTF-8, or has controls; CLOISTER_E_LIMIT when it does not fit.
 */
enum cloister_err http_query_get(struct bytes query, const char *name, char *out, size_t room,
				 struct cloister_fault *why);

/* Step to the next pair, both sides as sent; false at the end. */
bool http_query_next(struct bytes *left, struct bytes *name_out, struct bytes *value_out);

/* Whether `text` equals `name`, the case of ASCII letters not counted. */
bool http_same(struct bytes text, const char *name);

#endif
