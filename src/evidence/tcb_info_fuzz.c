/* SPDX-License-Identifier: Apache-2.0 */
/* tcb_info_fuzz.c - whatever TCB information is accepted keeps its bounds and can be evaluated. */

#include <stdlib.h>

#include "evidence/tcb_level.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tcb_info t;
	static struct tcb_answers a;
	struct qe_identity qe = { .n_levels = 1 }; /* UpToDate, since 1970 */
	struct tcb_numbers n = { .pcesvn = UINT16_MAX, .has_current = true };

	if (tcb_info_read(bytes_of(data, size), &t, NULL) != CLOISTER_OK)
		return 0;
	want(size <= LIMIT_PCS_JSON && (t.version == 2 || t.version == 3));
	want(t.sent.body.data >= data && t.sent.body.data + t.sent.body.len <= data + size);
	want(t.n_levels >= 1 && t.n_levels <= LIMIT_TCB_LEVELS);
	want(t.n_identities <= LIMIT_TDX_MODULES && t.n_module_levels <= LIMIT_MODULE_LEVELS);
	want(t.tee == TCB_SGX || t.has_module);
	memset(n.sgx, 0xff, sizeof n.sgx);
	memset(n.tdx, 0xff, sizeof n.tdx);
	n.tdx[1] = t.n_identities ? t.identities[0].version : 0;
	n.is_tdx = t.tee == TCB_TDX;
	tcb_evaluate(&t, &qe, &n, &a);
	want(a.launch.found); /* nothing is above these numbers */
	want(a.launch.n_advisories <= TCB_ADVISORIES && a.launch.status < TCB_STATUS_COUNT);
	for (size_t i = 1; i < a.launch.n_advisories; i++)
		want(bytes_order(a.launch.advisories[i - 1], a.launch.advisories[i]) < 0);
	return 0;
}
