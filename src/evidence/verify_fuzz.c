/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_fuzz.c - from bytes to a verdict, with one root and at one time. What
 * is accepted must have held every check that the caller did not waive, and a
 * verdict never leaves a check without an answer or a reason.
 */

#include <stdio.h>
#include <stdlib.h>

#include "evidence/forge.h"
#include "evidence/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* VECTORS/nitro/root.der; the trust lives as long as the process. */
static struct cloister_trust *fixed_trust(void)
{
	static struct cloister_trust *trust;
	uint8_t der[LIMIT_CERT];

	if (trust)
		return trust;
	FILE *f = fopen(VECTORS "/nitro/root.der", "rb");
	size_t n = f ? fread(der, 1, sizeof der, f) : 0;
	if (f)
		fclose(f);
	if (cloister_trust_new(&trust, NULL) != CLOISTER_OK ||
	    cloister_trust_add_root(trust, lend(bytes_of(der, n)), NULL) != CLOISTER_OK)
		abort();
	return trust;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cloister_verdict v;
	struct cloister_policy e = {
		.nonce.want = WANT_ANY,
		.user_data.want = WANT_ANY,
		.public_key.want = WANT_ANY,
		.measurements = WANT_ANY,
		.report_data.want = WANT_ANY,
		.issuer.want = WANT_ANY,
		.platforms = WANT_ANY,
		.max_age_s = CLOISTER_AGE_ANY,
	};

	if (evidence_verify(fixed_trust(), &e, bytes_of(data, size), FORGE_AT_S, &v, NULL) !=
	    CLOISTER_OK)
		abort();
	bool accepted = cloister_verdict_accepts(&v);
	if (accepted != (verdict_first_failed(&v) == CHECK_COUNT))
		abort();
	for (int c = 0; c < CHECK_COUNT; c++)
		if (v.asked[c] && v.finding[c] != CLOISTER_HELD && !v.reason[c][0])
			abort();
	if (accepted && (v.n_claims == 0 || v.root_is_builtin))
		abort();
	return 0;
}
