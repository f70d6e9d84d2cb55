/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTP_CHUNK_H
#define NET_HTTP_CHUNK_H

/*
 * http_chunk.h - a request body in chunks (RFC 9112 7.1), strictly: one to eight
 * hexadecimal digits, CRLF, the bytes, CRLF. Extensions and trailers carry nothing
 * that we know, and have hidden requests from other servers: refused.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

/* Start from zeros. */
struct http_chunks {
	enum http_chunk_state {
		CHUNK_SIZE = 0,
		CHUNK_SIZE_LF,
		CHUNK_DATA,
		CHUNK_DATA_CR,
		CHUNK_DATA_LF,
		CHUNK_END_CR, /* after the last chunk */
		CHUNK_END_LF,
		CHUNK_DONE,
	} state;
	uint64_t left;   /* bytes of this chunk */
	unsigned digits;
};

/*
 * Read on in `in`, up to the end of the next run of body bytes: *data_out, a loan,
 * perhaps empty. *used_out bytes are done with. Go on until state is CHUNK_DONE or all is used.
 */
enum cloister_err http_chunks_read(struct http_chunks *c, struct bytes in, size_t *used_out,
				   struct bytes *data_out, struct cloister_fault *why);

#endif
