/* SPDX-License-Identifier: Apache-2.0 */
/* wire_fuzz.c - a stream of frames from either side, and the one body with a grammar. */

#include <stdlib.h>

#include "codec/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stream(struct bytes in, enum wire_from from)
{
	enum wire_type type;
	struct bytes body;
	struct wire_attest a;
	size_t used;

	while (wire_next(in, from, &type, &body, &used, NULL) == CLOISTER_OK && used > 0) {
		if (used > in.len || used > WIRE_FRAME_MAX)
			abort();
		if (type == WIRE_ATTEST && wire_attest_read(body, &a, NULL) == CLOISTER_OK) {
			uint8_t room[4096];
			struct bytes out;
			if (wire_attest_write(&a, room, sizeof room, &out, NULL) != CLOISTER_OK ||
			    !bytes_equal(out, body))
				abort();
		}
		in = bytes_of(in.data + used, in.len - used);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stream(bytes_of(data, size), WIRE_GUEST);
	stream(bytes_of(data, size), WIRE_HOST);
	return 0;
}
