/* SPDX-License-Identifier: Apache-2.0 */
/* ccel_fuzz.c - whatever log is accepted walks to its end, and its account is printable. */

#include <stdlib.h>

#include "base/limits.h"
#include "evidence/ccel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ccel_walk w = CCEL_START;
	struct buf out = BUF_INIT(1u << 20);
	struct ccel_event e;
	struct ccel c;
	size_t n = 0;

	if (ccel_read(bytes_of(data, size), &c, NULL) != CLOISTER_OK)
		return 0;
	while (ccel_next(&c, &w, &e)) {
		want(e.reg <= CCEL_RTMRS && e.digest.len == SHA384_LEN);
		want(e.at + e.data.len <= size);
		n++;
	}
	want(n == c.n_events && w.at == c.events.len);
	(void)ccel_account(&c, &out, NULL);
	for (size_t i = 0; i < out.len; i++)
		want(out.data[i] == '\n' || (out.data[i] >= 0x20 && out.data[i] < 0x7f));
	buf_fini(&out);
	return 0;
}
