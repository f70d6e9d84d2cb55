/* SPDX-License-Identifier: Apache-2.0 */
/* tpm_fuzz.c - whatever quote or signature is accepted keeps its bounds. */

#include <stdlib.h>

#include "base/limits.h"
#include "evidence/tpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), sig;
	struct tpm_quote q;

	if (tpm_quote_read(in, &q, NULL) == CLOISTER_OK &&
	    (q.pcrs == 0 || q.pcrs >> TPM_PCRS || q.digest.len != SHA256_LEN || q.extra.len > 66))
		abort();
	if (tpm_signature_read(in, &sig, NULL) == CLOISTER_OK &&
	    (sig.len < LIMIT_RSA_LEAST || sig.len > LIMIT_RSA || sig.len > size))
		abort();
	return 0;
}
