/* SPDX-License-Identifier: Apache-2.0 */
/* qe_identity_fuzz.c - whatever identity is accepted keeps its bounds. */

#include <stdlib.h>

#include "evidence/qe_identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct qe_identity q;

	if (qe_identity_read(bytes_of(data, size), &q, NULL) != CLOISTER_OK)
		return 0;
	want(size <= LIMIT_PCS_JSON && (q.id == QE_SGX || q.id == QE_TDX));
	want(q.sent.body.data >= data && q.sent.body.data + q.sent.body.len <= data + size);
	want(q.n_levels >= 1 && q.n_levels <= LIMIT_QE_LEVELS);
	for (size_t i = 0; i < q.n_levels; i++)
		for (size_t k = 0; k < i; k++)
			want(q.levels[i].isvsvn != q.levels[k].isvsvn);
	return 0;
}
