/* SPDX-License-Identifier: Apache-2.0 */
/* order_fuzz.c - whatever is read is written back to the same bytes. The first byte says which side speaks. */

#include <stdlib.h>

#include "base/mem.h"
#include "daemon/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[ORDER_MAX];
	enum order_from from = size > 0 && data[0] & 1 ? ORDER_SERVER : ORDER_LAUNCHER;
	struct bytes in = size > 0 ? bytes_of(data + 1, size - 1) : BYTES_NONE, out;
	struct order m;

	if (order_read(in, from, &m, NULL) != CLOISTER_OK)
		return 0;
	if (order_write(&m, from, room, &out, NULL) != CLOISTER_OK || out.len != in.len ||
	    !mem_same(out.data, in.data, in.len))
		abort();
	return 0;
}
