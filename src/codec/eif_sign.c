/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eif_sign.c - CBOR [ { "signing_certificate": [bytes of PEM], "signature": [bytes of COSE] } ],
 * as AWS's tools write it: byte strings spelt as arrays of numbers. doc/eif.md, "Signature".
 */

#include "codec/eif_sign.h"

#include "codec/cbor.h"
#include "codec/pem.h"

/* An array of numbers below 256 into `out`, LIMIT_EIF_SIGNATURE bytes of room. */
static size_t read_numbers(struct rd *r, uint8_t *out, const char *field)
{
	struct cbor_walk w = cbor_array(r, CBOR_DEFINITE, LIMIT_EIF_SIGNATURE, field);
	size_t n = 0;

	while (cbor_next(r, &w))
		out[n++] = (uint8_t)cbor_uint(r, 255, field);
	return n;
}

static enum cloister_err read_section(struct bytes section, uint8_t *pem, size_t *pem_len,
				      struct eif_signature *s, struct cloister_fault *why)
{
	static const char *const names[] = { "signing_certificate", "signature" };
	struct rd r = rd_open(section, why);
	struct cbor_walk signers = cbor_array(&r, CBOR_DEFINITE, 1, "signature section");
	struct cbor_walk members = { 0 };
	size_t which;

	if (!cbor_next(&r, &signers))
		rd_refuse(&r, CLOISTER_E_MALFORMED, "signature section", "it names no signer");
	else
		members = cbor_map(&r, CBOR_DEFINITE, 2, "signer");
	while (cbor_next_name(&r, &members, names, 2, &which))
		if (which == 0)
			*pem_len = read_numbers(&r, pem, names[0]);
		else
			s->cose_len = read_numbers(&r, s->cose, names[1]);
	(void)cbor_next(&r, &signers);
	if (rd_ok(&r) && !(cbor_seen(&members, 0) && cbor_seen(&members, 1)))
		rd_refuse(&r, CLOISTER_E_MALFORMED, "signer", "certificate or signature is missing");
	return rd_close(&r, "signature section");
}

enum cloister_err eif_signature_read(struct bytes section, struct eif_signature *out,
				     struct cloister_fault *why)
{
	struct cloister_fault mine;
	uint8_t pem[LIMIT_EIF_SIGNATURE];
	size_t pem_len = 0;

	why = why ? why : &mine;
	*out = (struct eif_signature){ 0 };
	TRY(read_section(section, pem, &pem_len, out, why));
	return pem_read(bytes_of(pem, pem_len), "CERTIFICATE", out->cert_der, sizeof out->cert_der,
			&out->cert_len, why);
}
