/* SPDX-License-Identifier: Apache-2.0 */
/* der_fuzz.c - the first byte picks what is asked for, again and again, until nothing is left. */

#include <stdlib.h>

#include "codec/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct rd *r, unsigned what)
{
	uint8_t fixed[48];
	struct rd inner;

	switch (what % 8) {
	case 0:
		(void)der_positive(r, 20, "integer");
		break;
	case 1:
		der_positive_fixed(r, fixed, sizeof fixed, "integer");
		break;
	case 2:
		(void)der_small(r, 127, "small");
		break;
	case 3:
		(void)der_flag(r, "flag");
		der_skip(r, "any");
		break;
	case 4:
		(void)der_bits(r, "bits");
		break;
	case 5:
		(void)der_named_bits(r, "named");
		break;
	case 6:
		(void)der_time(r, "time");
		break;
	default:
		inner = der_enter(r, DER_SEQUENCE, "sequence");
		while (rd_ok(&inner) && rd_left(&inner))
			der_skip(&inner, "inner");
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloister_fault why;

	if (size == 0)
		return 0;
	struct rd r = rd_open(bytes_of(data + 1, size - 1), &why);
	for (unsigned what = data[0]; rd_ok(&r) && rd_left(&r); what = what * 5 + 1) {
		size_t left = rd_left(&r);
		ask(&r, what);
		if (rd_ok(&r) && rd_left(&r) >= left)
			abort(); /* an element was read and nothing consumed */
	}
	if (!rd_ok(&r) && why.at > size)
		abort();
	return 0;
}
