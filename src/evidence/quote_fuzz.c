/* SPDX-License-Identifier: Apache-2.0 */
/* quote_fuzz.c - whatever quote is accepted, its parts fill the input without gap or overlap. */

#include <stdlib.h>

#include "base/mem.h"
#include "evidence/pck.h"
#include "evidence/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pck_chain chain;
	struct bytes in = bytes_of(data, size);
	struct cloister_fault why;
	struct quote_header h;
	struct pck pck;
	struct quote q;

	if (pck_read(in, &pck, &why) == CLOISTER_OK)
		want(pck.ppid.len == 16 && pck.fmspc.len == 6 && pck.pceid.len == 2);
	bool known = quote_header_read(in, &h, &why) == CLOISTER_OK;
	if (quote_read(in, &q, &why) != CLOISTER_OK) {
		want(why.what && why.at <= size);
		return 0;
	}
	want(known && q.signed_part.data == data);
	want(q.signature.data == data + q.signed_part.len + 4 && q.signature.len == 64);
	want(q.attestation_key.data == q.signature.data + 64 && q.attestation_key.len == 64);
	want(q.qe.raw.len == SGX_REPORT_LEN && q.qe_signature.data == q.qe.raw.data + SGX_REPORT_LEN);
	want(q.pck_chain.data + q.pck_chain.len + q.padding == data + size);
	want(q.padding == 0 || mem_is_zero(data + size - q.padding, q.padding));
	want(q.body == QUOTE_SGX ? q.sgx.report_data.len == 64 : q.td.report_data.len == 64);
	if (pck_chain_read(q.pck_chain, &chain, &why) == CLOISTER_OK)
		for (size_t i = 0; i < PCK_CHAIN_CERTS; i++)
			want(chain.certs[i].len <= LIMIT_PCK_CERT);
	return 0;
}
