/* SPDX-License-Identifier: Apache-2.0 */
/* snp_vek_fuzz.c - whatever endorsement key's certificate is accepted says everything once. */

#include <stdlib.h>

#include "base/limits.h"
#include "evidence/snp_vek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes der = bytes_of(data, size);
	struct snp_vek v;
	struct cert c;

	if (cert_read(der, &cert_profile_amd, &c, NULL) != CLOISTER_OK)
		return 0;
	if (snp_vek_read(&c, &v, NULL) != CLOISTER_OK)
		return 0;
	want(v.product < SNP_PRODUCTS && v.struct_version <= 1);
	want(v.kind == SNP_VCEK || v.kind == SNP_VLEK);
	want(v.hwid.len == (v.kind == SNP_VLEK ? 0 : v.product == SNP_TURIN ? 8 : 64));
	want((v.csp_id.len > 0) == (v.kind == SNP_VLEK) && v.csp_id.len <= LIMIT_SNP_CSP_ID);
	want(v.tcb.fmc == 0 || v.product == SNP_TURIN);
	return 0;
}
