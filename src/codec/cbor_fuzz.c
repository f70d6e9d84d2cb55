/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cbor_fuzz.c - any bytes into the reader. What it accepts without open
 * containers is deterministic apart from the order of members, so writing the
 * same items again must give the same bytes.
 */

#include <stdlib.h>

#include "base/limits.h"
#include "codec/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_item(struct rd *r, struct wr *w);

static void copy_container(struct rd *r, struct wr *w, bool is_map)
{
	struct cbor_walk c = is_map ? cbor_map(r, CBOR_DEFINITE, UINT64_MAX, "map") :
				      cbor_array(r, CBOR_DEFINITE, UINT64_MAX, "array");

	if (is_map)
		cbor_put_map(w, c.left);
	else
		cbor_put_array(w, c.left);
	while (cbor_next(r, &c)) {
		copy_item(r, w);
		if (is_map)
			copy_item(r, w);
	}
}

static void copy_item(struct rd *r, struct wr *w)
{
	switch (cbor_peek(r)) {
	case CBOR_NONE:
		abort(); /* skip accepted it */
	case CBOR_UINT:
		cbor_put_uint(w, cbor_uint(r, UINT64_MAX, "number"));
		break;
	case CBOR_NEGINT: /* down to -2^64, which no C type holds */
		wr_put(w, cbor_skip(r, CBOR_DEFINITE, "number"));
		break;
	case CBOR_BSTR:
		cbor_put_bstr(w, cbor_bstr(r, 0, SIZE_MAX, "bytes"));
		break;
	case CBOR_TSTR:
		cbor_put_tstr(w, cbor_tstr(r, 0, SIZE_MAX, "text"));
		break;
	case CBOR_ARRAY:
	case CBOR_MAP:
		copy_container(r, w, cbor_peek(r) == CBOR_MAP);
		break;
	case CBOR_BOOL:
		cbor_put_bool(w, cbor_bool(r, "bool"));
		break;
	case CBOR_NULL:
		cbor_null(r, "null");
		cbor_put_null(w);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[1 << 16];
	struct cloister_fault why;
	struct rd r = rd_open(bytes_of(data, size), &why);

	(void)cbor_skip(&r, CBOR_EITHER, "any");
	bool loose = rd_close(&r, "any") == CLOISTER_OK;
	r = rd_open(bytes_of(data, size), &why);
	(void)cbor_skip(&r, CBOR_DEFINITE, "any");
	if (rd_close(&r, "any") != CLOISTER_OK || size > sizeof room)
		return 0;
	if (!loose)
		abort();

	struct wr w = wr_open(room, sizeof room);
	r = rd_open(bytes_of(data, size), &why);
	copy_item(&r, &w);
	if (rd_close(&r, "copy") != CLOISTER_OK || w.full ||
	    !bytes_equal(bytes_of(room, w.len), bytes_of(data, size)))
		abort();
	return 0;
}
