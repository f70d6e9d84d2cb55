/* SPDX-License-Identifier: Apache-2.0 */
/* pb_fuzz.c - whatever message is accepted is exactly what its fields write again. */

#include <stdlib.h>

#include "base/mem.h"
#include "codec/pb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_byte(b, (uint8_t)(v | 0x80));
	buf_byte(b, (uint8_t)v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf again = BUF_INIT(size + 1);
	struct cloister_fault why;
	struct rd r = rd_open(bytes_of(data, size), &why);
	struct pb_field f;

	while (pb_next(&r, &f)) {
		put(&again, (uint64_t)f.number << 3 | f.wire);
		if (f.wire == PB_BYTES) {
			put(&again, f.bytes.len);
			buf_put(&again, f.bytes.data, f.bytes.len);
		} else {
			put(&again, f.value);
		}
	}
	if (rd_close(&r, "message") == CLOISTER_OK && !bytes_equal(buf_bytes(&again), bytes_of(data, size)))
		abort();
	buf_fini(&again);
	return 0;
}
