/* SPDX-License-Identifier: Apache-2.0 */
/* cpio_fuzz.c - any bytes as an archive: walked to its end or a refusal, never past it, never in circles. */

#include "codec/cpio.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio c = cpio_open(bytes_of(data, size));
	struct cloister_fault why;
	struct cpio_entry e;

	while (!c.end) {
		size_t before = c.at;
		if (cpio_next(&c, &e, &why) != CLOISTER_OK)
			return 0;
		if (c.at <= before || c.at > size)
			abort();
		if (!c.end && (e.name.len == 0 || e.name.data[0] == '/'))
			abort();
	}
	if (cpio_behind(&c).len != size - c.at)
		abort();
	return 0;
}
