/* SPDX-License-Identifier: Apache-2.0 */
/* http_head_fuzz.c - a head, whole and in pieces, which must agree, and what follows as chunks. */

#include <stdlib.h>

#include "net/http_chunk.h"
#include "net/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum cloister_err scan(struct bytes in, size_t step, size_t *len, int *status)
{
	struct http_scan s = { 0 };
	enum cloister_err err = CLOISTER_OK;

	*len = 0;
	for (size_t n = 0; n < in.len && *len == 0 && err == CLOISTER_OK;) {
		n = n + step < in.len ? n + step : in.len;
		err = http_head_scan(&s, bytes_of(in.data, n), len, status, NULL);
	}
	return err;
}

static void look(const struct http_head *h)
{
	char path[LIMIT_HTTP_PATH], value[256];
	struct bytes out;

	if (h->chunked && (h->content_length.data || h->minor != 1))
		abort();
	if (http_path_read(h->path, path, sizeof path, &out, NULL) == CLOISTER_OK &&
	    (memmem(out.data, out.len, "/../", 4) || memchr(out.data, 0, out.len)))
		abort();
	(void)!http_query_get(h->query, "a", value, sizeof value, NULL);
}

static void unchunk(struct bytes in)
{
	struct http_chunks c = { 0 };
	struct bytes body;
	size_t used;

	while (in.len > 0 && c.state != CHUNK_DONE &&
	       http_chunks_read(&c, in, &used, &body, NULL) == CLOISTER_OK) {
		if (used == 0 || used > in.len || body.len > used)
			abort();
		in = bytes_of(in.data + used, in.len - used);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	size_t whole, pieces;
	struct http_head h;
	int status = 0, status2 = 0;

	enum cloister_err err = scan(in, size, &whole, &status);
	if (err != scan(in, 1, &pieces, &status2) || whole != pieces || (err != CLOISTER_OK && status != status2))
		abort();
	if (err == CLOISTER_OK && whole > 0 &&
	    http_head_read(bytes_of(data, whole), &h, &status, NULL) == CLOISTER_OK) {
		look(&h);
		unchunk(bytes_of(data + whole, size - whole));
	}
	return 0;
}
