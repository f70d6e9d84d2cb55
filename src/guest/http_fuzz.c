/* SPDX-License-Identifier: Apache-2.0 */
/* http_fuzz.c - a stream of requests. */

#include <stdlib.h>

#include "guest/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct http_request q;
	size_t used = 0;
	int status;

	while (http_read(in, &q, &used, &status, NULL) == CLOISTER_OK && used > 0) {
		if (used > in.len || q.body.len > HTTP_BODY_MAX || q.path.len == 0 || q.path.data[0] != '/')
			abort();
		in = bytes_of(in.data + used, in.len - used);
	}
	return 0;
}
