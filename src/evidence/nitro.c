/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro.c - the attestation document's payload, after AWS's published syntax
 * ("Verifying the root of trust", section 3.2) as hardened in doc/evidence.md:
 * unknown and repeated members are refused, optional ones may be absent or
 * null, and maps and arrays may be of indefinite length, as real devices have
 * written them since November 2025.
 */

#include "evidence/nitro.h"

#include "base/rd.h"
#include "codec/cbor.h"

enum member {
	MODULE_ID,
	DIGEST,
	TIMESTAMP,
	PCRS,
	CERTIFICATE,
	CABUNDLE,
	PUBLIC_KEY,
	USER_DATA,
	NONCE,
	MEMBERS
};

static const char *const names[MEMBERS] = {
	[MODULE_ID] = "module_id",   [DIGEST] = "digest",	  [TIMESTAMP] = "timestamp",
	[PCRS] = "pcrs",	     [CERTIFICATE] = "certificate", [CABUNDLE] = "cabundle",
	[PUBLIC_KEY] = "public_key", [USER_DATA] = "user_data",	  [NONCE] = "nonce",
};

enum cloister_err nitro_payload_check(struct bytes payload, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(payload, why ? why : &local);

	if (payload.len > LIMIT_NSM_PAYLOAD)
		return fail(r.why, CLOISTER_E_LIMIT, "payload", "larger than %u bytes",
			    LIMIT_NSM_PAYLOAD);
	if (cbor_peek(&r) != CBOR_MAP)
		rd_refuse(&r, CLOISTER_E_MALFORMED, "payload", "a map is due");
	(void)cbor_skip(&r, CBOR_EITHER, "payload");
	return rd_close(&r, "payload");
}

static void read_pcrs(struct rd *r, struct nitro_doc *d)
{
	struct cbor_walk w = cbor_map(r, CBOR_EITHER, LIMIT_PCRS, "pcrs");
	uint64_t index;

	while (cbor_next_number(r, &w, LIMIT_PCRS - 1, &index)) {
		d->pcr[index] = cbor_bstr(r, NITRO_PCR_LEN, NITRO_PCR_LEN, "pcrs[]");
		d->pcr_mask |= (uint32_t)1 << index;
	}
	if (d->pcr_mask == 0)
		rd_refuse(r, CLOISTER_E_MALFORMED, "pcrs", "the list is empty");
}

static void read_cabundle(struct rd *r, struct nitro_doc *d)
{
	struct cbor_walk w = cbor_array(r, CBOR_EITHER, LIMIT_CHAIN, "cabundle");

	while (cbor_next(r, &w))
		d->certs[d->n_certs++] = cbor_bstr(r, 1, LIMIT_CERT, "cabundle[]");
	if (d->n_certs == 0)
		rd_refuse(r, CLOISTER_E_MALFORMED, "cabundle", "the list is empty");
}

static void read_member(struct rd *r, enum member m, struct nitro_doc *d, struct bytes *leaf)
{
	switch (m) {
	case MODULE_ID:
		d->module_id = cbor_tstr(r, 1, LIMIT_MODULE_ID, "module_id");
		break;
	case DIGEST:
		if (!bytes_are(cbor_tstr(r, 0, SIZE_MAX, "digest"), "SHA384"))
			rd_refuse(r, CLOISTER_E_MALFORMED, "digest", "only SHA384 is accepted");
		break;
	case TIMESTAMP:
		d->timestamp_ms = cbor_uint(r, UINT64_MAX, "timestamp");
		rd_want(r, d->timestamp_ms > 0, "timestamp");
		break;
	case PCRS:
		read_pcrs(r, d);
		break;
	case CERTIFICATE:
		*leaf = cbor_bstr(r, 1, LIMIT_CERT, "certificate");
		break;
	case CABUNDLE:
		read_cabundle(r, d);
		break;
	case PUBLIC_KEY:
		d->public_key = cbor_bstr_or_null(r, 1, LIMIT_NSM_FIELD, "public_key");
		break;
	case USER_DATA:
		d->user_data = cbor_bstr_or_null(r, 0, LIMIT_NSM_FIELD, "user_data");
		break;
	case NONCE:
		d->nonce = cbor_bstr_or_null(r, 0, LIMIT_NSM_FIELD, "nonce");
		break;
	case MEMBERS:
		break;
	}
}

enum cloister_err nitro_doc_read(struct bytes payload, struct nitro_doc *out,
				 struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(payload, why ? why : &local);
	struct nitro_doc d = { 0 };
	struct bytes leaf = BYTES_NONE;
	size_t which;

	struct cbor_walk w = cbor_map(&r, CBOR_EITHER, LIMIT_CBOR_KEYS, "document");
	while (cbor_next_name(&r, &w, names, MEMBERS, &which))
		read_member(&r, (enum member)which, &d, &leaf);
	for (size_t m = MODULE_ID; m <= CABUNDLE; m++)
		if (!cbor_seen(&w, m))
			rd_refuse(&r, CLOISTER_E_MALFORMED, names[m], "the member is missing");
	d.certs[d.n_certs++] = leaf;

	enum cloister_err err = rd_close(&r, "document");
	if (err == CLOISTER_OK)
		*out = d;
	return err;
}
