/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_HTTP_H
#define GUEST_HTTP_H

/*
 * http.h - a very small part of HTTP/1.1 (RFC 9112), read strictly: what the
 * agent's local socket speaks. No transfer codings, no continuation lines, no
 * bare line feeds, one Content-Length at most. Pure; views borrow.
 */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"

#define HTTP_HEAD_MAX 8192u   /* request line and fields */
#define HTTP_FIELDS_MAX 64u
#define HTTP_BODY_MAX 16384u

struct http_request {
	struct bytes method, path, query; /* query without its '?', BYTES_NONE when there is none */
	struct bytes body;
	bool close; /* the client asked for it */
};

/*
 * Look at the front of `in` for one request. CLOISTER_OK with *used_out == 0
 * means that more bytes are needed. After a fault the connection is out of
 * step and must be closed; *status_out is then the status to close it with.
 */
enum cloister_err http_read(struct bytes in, struct http_request *out, size_t *used_out,
			    int *status_out, struct cloister_fault *why);

/* The reason phrase of a status we use. */
const char *http_reason(int status);

#endif
