/* SPDX-License-Identifier: Apache-2.0 */
/* gce_fuzz.c - whatever endorsement is accepted keeps its bounds, also the message that is signed. */

#include <stdlib.h>

#include "base/limits.h"
#include "evidence/gce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct bytes golden)
{
	static const uint8_t m[GCE_MEASUREMENT_LEN];
	struct gce_golden g;
	uint32_t n;

	if (gce_golden_read(golden, &g, NULL) != CLOISTER_OK)
		return;
	if (!g.cert.len || !(g.has_snp || g.has_tdx) || (g.digest.len && g.digest.len != GCE_MEASUREMENT_LEN))
		abort();
	(void)gce_endorses_snp(&g, BYTES_OF(m), &n);
	(void)gce_endorses_tdx(&g, BYTES_OF(m), &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gce_endorsement e;

	walk(bytes_of(data, size));
	if (gce_endorsement_read(bytes_of(data, size), &e, NULL) != CLOISTER_OK)
		return 0;
	if (e.signature.len < LIMIT_RSA_LEAST || e.signature.len > LIMIT_RSA || e.golden.len > size)
		abort();
	walk(e.golden);
	return 0;
}
