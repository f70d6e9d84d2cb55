/* SPDX-License-Identifier: Apache-2.0 */
/* nsm_fuzz.c - every kind of answer, from a host that answers what it likes. */

#include <stdlib.h>

#include "guest/nsm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void document(struct bytes in)
{
	struct nsm_identity id;

	if (nsm_document_identity(in, &id, NULL) != CLOISTER_OK)
		return;
	if (id.unix_ms == 0 || id.module_id.len == 0)
		abort();
	for (size_t i = 0; i < LIMIT_PCRS; i++)
		if (id.pcrs[i].len > 64)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), out = BYTES_NONE;
	bool locked;

	if (nsm_read_random(in, &out, NULL) == CLOISTER_OK && out.len == 0)
		abort();
	if (nsm_read_extend(in, &out, NULL) == CLOISTER_OK && out.len == 0)
		abort();
	if (nsm_read_pcr(in, &out, &locked, NULL) == CLOISTER_OK && out.len == 0)
		abort();
	if (nsm_read_document(in, &out, NULL) == CLOISTER_OK)
		document(out);
	document(in);
	return 0;
}
