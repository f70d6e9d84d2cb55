/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_fuzz.c - from bytes of any kind to a verdict, under the roots and with
 * the collateral of our own vectors. What is accepted must have held every check
 * that the caller did not waive, and a verdict never leaves a check without an
 * answer or a reason, nor says yes under a root that only we know.
 */

#include <stdio.h>
#include <stdlib.h>

#include "evidence/forge.h"
#include "evidence/forge_dcap.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct cloister_trust *t, const char *path, bool is_root)
{
	own(buf_fini) struct buf b = BUF_INIT(LIMIT_COLLATERAL);

	if (!read_file(path, &b))
		abort();
	if (is_root && cloister_trust_add_root(t, lend(buf_bytes(&b)), NULL) != CLOISTER_OK)
		abort();
	if (cloister_trust_add_collateral(t, lend(buf_bytes(&b)), NULL) != CLOISTER_OK)
		abort();
}

/* It lives as long as the process. */
static struct cloister_trust *fixed_trust(void)
{
	static const char *const roots[] = {
		VECTORS "/nitro/root.der",    VECTORS "/tdx/root.pem",	  VECTORS "/sgx/root.pem",
		VECTORS "/snp/ark-genoa.der", VECTORS "/snp/ark-milan.der", VECTORS "/snp/ark-turin.der",
		VECTORS "/token/root.der",    VECTORS "/azure/ark.der",	  VECTORS "/azure/intel-root.pem",
		VECTORS "/gcp/root.der",
	};
	static const char *const collateral[] = {
		VECTORS "/tdx/signer.pem",	 VECTORS "/tdx/tcb_info.json", VECTORS "/tdx/qe_identity.json",
		VECTORS "/tdx/root.crl",	 VECTORS "/tdx/pck.crl",       VECTORS "/sgx/signer.pem",
		VECTORS "/sgx/tcb_info.json",	 VECTORS "/sgx/qe_identity.json", VECTORS "/sgx/root.crl",
		VECTORS "/sgx/pck.crl",		 VECTORS "/snp/ask-genoa.der", VECTORS "/snp/ask-milan.der",
		VECTORS "/snp/ask-turin.der",	 VECTORS "/snp/asvk-genoa.der", VECTORS "/token/jwks.json",
		VECTORS "/azure/ask.der",	 VECTORS "/azure/tcb-signer.pem", VECTORS "/azure/root.crl",
		VECTORS "/azure/pck.crl",	 VECTORS "/azure/tcb-info.pcs", VECTORS "/azure/qe-identity.pcs",
	};
	static struct cloister_trust *trust;

	if (trust)
		return trust;
	if (cloister_trust_new(&trust, NULL) != CLOISTER_OK)
		abort();
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		take(trust, roots[i], true);
	for (size_t i = 0; i < sizeof collateral / sizeof *collateral; i++)
		take(trust, collateral[i], false);
	return trust;
}

static bool judge(struct bytes in, uint64_t at_s)
{
	static struct cloister_verdict v;
	struct cloister_policy any = expect_anything();

	if (evidence_verify(fixed_trust(), &any, in, at_s, &v, NULL) != CLOISTER_OK)
		abort();
	bool accepted = cloister_verdict_accepts(&v);
	if (accepted != (verdict_first_failed(&v) == CHECK_COUNT))
		abort();
	for (int c = 0; c < CHECK_COUNT; c++)
		if (v.asked[c] && v.finding[c] != CLOISTER_HELD && !v.reason[c][0])
			abort();
	if (accepted && (v.n_claims == 0 || v.root_is_builtin))
		abort();
	verdict_fini(&v);
	return accepted;
}

/* The vectors of quotes are good in another month than the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)judge(bytes_of(data, size), FORGE_AT_S);
	(void)judge(bytes_of(data, size), DCAP_FORGE_AT_S);
	return 0;
}
