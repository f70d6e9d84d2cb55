/* SPDX-License-Identifier: Apache-2.0 */
/* snp_table_fuzz.c - whatever table is accepted holds its entries, apart and in order. */

#include <stdlib.h>

#include "evidence/snp_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snp_table t;
	const uint8_t *at = data;

	if (snp_table_read(bytes_of(data, size), &t, NULL) != CLOISTER_OK)
		return 0;
	want(t.n <= LIMIT_SNP_TABLE_ENTRIES && size >= 24 * (t.n + 1));
	at += 24 * (t.n + 1);
	for (size_t i = 0; i < t.n; i++) {
		const struct snp_table_entry *e = &t.entries[i];
		want(e->data.len > 0 && e->data.data >= at && e->guid.len == 16);
		at = e->data.data + e->data.len;
	}
	want(at <= data + size);
	return 0;
}
