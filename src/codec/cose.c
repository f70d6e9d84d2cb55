/* SPDX-License-Identifier: Apache-2.0 */
/* cose.c - RFC 9052 section 4.2 and 4.4. Knows the frame, not the cryptography. */

#include "codec/cose.h"

#include "base/limits.h"
#include "codec/cbor.h"

static const uint8_t es384[] = { 0xa1, 0x01, 0x38, 0x22 }; /* {1: -35}, RFC 9053 table 1 */
const struct bytes cose_header_es384 = { es384, sizeof es384 };

enum cloister_err cose_sign1_read(struct bytes doc, struct cose_sign1 *out,
				  struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(doc, why ? why : &local);
	struct cose_sign1 c;

	struct cbor_walk parts = cbor_array(&r, CBOR_DEFINITE, 4, "COSE_Sign1");
	rd_want(&r, parts.left == 4, "COSE_Sign1");
	c.protected_header = cbor_bstr(&r, 0, LIMIT_EVIDENCE, "protected");
	struct cbor_walk unprotected = cbor_map(&r, CBOR_DEFINITE, 0, "unprotected");
	(void)unprotected;
	c.payload = cbor_bstr(&r, 1, LIMIT_EVIDENCE, "payload");
	c.signature = cbor_bstr(&r, COSE_SIG_LEN, COSE_SIG_LEN, "signature");

	enum cloister_err err = rd_close(&r, "COSE_Sign1");
	if (err == CLOISTER_OK)
		*out = c;
	return err;
}

enum cloister_err cose_sign1_head(const struct cose_sign1 *c, uint8_t *room, size_t room_len,
				  struct bytes *out, struct cloister_fault *why)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_array(&w, 4);
	cbor_put_text(&w, "Signature1");
	cbor_put_bstr(&w, c->protected_header);
	cbor_put_bstr(&w, bytes_of("", 0)); /* external_aad */
	cbor_put_bstr_head(&w, c->payload.len);
	return wr_close(&w, "Sig_structure", out, why);
}

void cose_sign1_put(struct wr *w, const struct cose_sign1 *c)
{
	cbor_put_array(w, 4);
	cbor_put_bstr(w, c->protected_header);
	cbor_put_map(w, 0);
	cbor_put_bstr(w, c->payload);
	cbor_put_bstr(w, c->signature);
}
