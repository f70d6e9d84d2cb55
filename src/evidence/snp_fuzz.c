/* SPDX-License-Identifier: Apache-2.0 */
/* snp_fuzz.c - whatever report is accepted has its size, its bounds and one meaning. */

#include <stdlib.h>

#include "base/mem.h"
#include "evidence/snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snp_report r;
	struct snp_tcb t;
	uint8_t sig[SNP_SIG_LEN];
	char text[SNP_TCB_TEXT];

	if (snp_report_read(bytes_of(data, size), &r, NULL) != CLOISTER_OK)
		return 0;
	want(size == SNP_REPORT_LEN && r.version >= 2 && r.version <= 5);
	want(r.signed_part.data == data && r.signed_part.len == SNP_SIGNED_LEN);
	want(r.chip_id.data == data + 0x1a0 && r.sig_s.data + 72 == data + 0x330);
	want(mem_is_zero(data + 0x330, 368));
	enum snp_product p = snp_report_product(&r);
	want(r.version > 2 ? p != SNP_NAMELESS : p == SNP_NAMELESS || p == SNP_TURIN);
	(void)snp_tcb_read(p, r.reported_tcb, &t);
	want(snp_tcb_equal(&t, &t) && !snp_tcb_below(&t, &t));
	(void)snp_tcb_text(p, &t, text);
	if (snp_signature(&r, sig)) /* one spelling */
		for (size_t i = 0; i < 72; i++) {
			want(data[0x2a0 + i] == (i < 48 ? sig[47 - i] : 0));
			want(data[0x2e8 + i] == (i < 48 ? sig[95 - i] : 0));
		}
	return 0;
}
