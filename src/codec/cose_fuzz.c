/* SPDX-License-Identifier: Apache-2.0 */
/* cose_fuzz.c - a frame has one encoding: what is accepted, written again, is the same bytes. */

#include <stdlib.h>

#include "codec/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloister_fault why;
	struct cose_sign1 c;
	struct bytes again;

	if (cose_sign1_read(bytes_of(data, size), &c, &why) != CLOISTER_OK)
		return 0;
	uint8_t *room = malloc(size);
	struct wr w = wr_open(room, size);
	cose_sign1_put(&w, &c);
	if (wr_close(&w, "frame", &again, NULL) != CLOISTER_OK ||
	    !bytes_equal(again, bytes_of(data, size)))
		abort();
	free(room);
	return 0;
}
