/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eif_fuzz.c - any bytes as an image file, then again with the checksum made right, so that the
 * fuzzer need not find it. What is accepted must be contiguous and end with the file.
 */

#include "codec/eif.h"

#include <stdlib.h>

#include "base/wr.h"
#include "codec/eif_sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct bytes file)
{
	static struct eif_signature s;
	struct cloister_fault why;
	char version[64];
	struct eif e;

	if (eif_read(file, &e, &why) != CLOISTER_OK) {
		if (!why.what)
			abort();
		return;
	}
	uint64_t at = EIF_HEADER;
	for (size_t i = 0; i < e.n_sections; i++) {
		if (e.sections[i].at != at + EIF_SECTION_HEADER)
			abort();
		at = e.sections[i].at + e.sections[i].data.len;
	}
	if (at != file.len || e.n_ramdisks == 0)
		abort();
	(void)(eif_check_kernel(&e, &why) == CLOISTER_OK);
	eif_kernel_version(e.kernel, version);
	if (e.signature.len)
		(void)(eif_signature_read(e.signature, &s, &why) == CLOISTER_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	check(bytes_of(data, size));
	if (copy && size >= EIF_HEADER) {
		memcpy(copy, data, size);
		struct wr crc = wr_open(copy + EIF_CRC_AT, 4);
		wr_be32(&crc, eif_crc(bytes_of(copy, size)));
		check(bytes_of(copy, size));
	}
	free(copy);
	return 0;
}
