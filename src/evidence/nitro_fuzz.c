/* SPDX-License-Identifier: Apache-2.0 */
/* nitro_fuzz.c - whatever payload is accepted keeps every bound of doc/rules.md, R5. */

#include <stdlib.h>

#include "evidence/nitro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes payload = bytes_of(data, size);
	struct nitro_doc d;

	bool strict = nitro_payload_check(payload, NULL) == CLOISTER_OK;
	if (nitro_doc_read(payload, &d, NULL) != CLOISTER_OK)
		return 0;
	want(strict || size > LIMIT_NSM_PAYLOAD);
	want(d.module_id.len >= 1 && d.module_id.len <= LIMIT_MODULE_ID);
	want(d.timestamp_ms > 0 && d.pcr_mask != 0);
	want(d.n_certs >= 2 && d.n_certs <= LIMIT_CHAIN + 1);
	for (size_t i = 0; i < d.n_certs; i++)
		want(d.certs[i].len >= 1 && d.certs[i].len <= LIMIT_CERT);
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		want(d.pcr[i].len == (d.pcr_mask >> i & 1 ? NITRO_PCR_LEN : 0));
	want(d.nonce.len <= LIMIT_NSM_FIELD && d.user_data.len <= LIMIT_NSM_FIELD);
	want(d.public_key.len <= LIMIT_NSM_FIELD && (!d.public_key.data || d.public_key.len > 0));
	return 0;
}
