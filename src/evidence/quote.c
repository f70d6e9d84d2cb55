/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.c - Intel's "SGX ECDSA QuoteLibReference" appendix A and "TDX DCAP
 * Quoting Library API" appendix A, layout by layout, little-endian.
 */

#include "evidence/quote.h"

#include "base/mem.h"
#include "base/rd.h"
#include "codec/pem.h"

#define KEY_ECDSA_P256 2u
#define CERT_PCK_CHAIN 5u  /* PEM */
#define CERT_QE_REPORT 6u  /* the QE's report with certification data of its own */

static const uint8_t intel_qe[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07,
};

static void header(struct rd *r, struct quote_header *h)
{
	/* 00 */ h->version = rd_le16(r, "version");
	rd_want(r, h->version >= 3 && h->version <= 5, "version");
	/* 02 */ h->key_type = rd_le16(r, "attestation_key_type");
	rd_want(r, h->key_type == KEY_ECDSA_P256, "attestation_key_type");
	/* 04 */ h->tee = rd_le32(r, "tee_type"); /* reserved, zero, in version 3 */
	rd_want(r, h->tee == QUOTE_TEE_SGX || (h->tee == QUOTE_TEE_TDX && h->version > 3), "tee_type");
	/* 08 */ h->qe_svn = rd_le16(r, "qe_svn"); /* reserved from version 4 on */
	rd_want(r, h->version == 3 || h->qe_svn == 0, "reserved_08");
	/* 0a */ h->pce_svn = rd_le16(r, "pce_svn"); /* likewise */
	rd_want(r, h->version == 3 || h->pce_svn == 0, "reserved_0a");
	/* 0c */ h->vendor = rd_take(r, sizeof intel_qe, "qe_vendor_id");
	rd_want(r, bytes_equal(h->vendor, BYTES_OF(intel_qe)), "qe_vendor_id");
	/* 1c */ h->user_data = rd_take(r, 20, "user_data");
}

/* Version 5 says what its body is; the others have one for each TEE. */
static enum quote_body body_type(struct rd *r, const struct quote_header *h)
{
	if (h->version < 5)
		return h->tee == QUOTE_TEE_TDX ? QUOTE_TD_10 : QUOTE_SGX;
	unsigned type = rd_le16(r, "body_type");
	rd_want(r, h->tee == QUOTE_TEE_TDX ? type >= QUOTE_TD_10 && type <= QUOTE_TD_15_EXTENDED :
					     type == QUOTE_SGX, "body_type");
	return type;
}

/* Intel's vendor id where it is due, or a version and a key type that quotes have. */
bool quote_looks_like(struct bytes in, bool *is_tdx)
{
	if (in.len < QUOTE_HEADER_LEN)
		return false;
	const uint8_t *b = in.data;
	*is_tdx = b[4] == QUOTE_TEE_TDX;
	return bytes_equal(bytes_of(b + 12, sizeof intel_qe), BYTES_OF(intel_qe)) ||
	       (b[0] >= 3 && b[0] <= 5 && b[1] == 0 && b[2] == KEY_ECDSA_P256 && b[3] == 0);
}

enum cloister_err quote_header_read(struct bytes in, struct quote_header *out,
				    struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct quote_header h;

	header(&r, &h);
	(void)body_type(&r, &h);
	if (!rd_ok(&r)) {
		r.why->err = CLOISTER_E_UNSUPPORTED;
		return r.why->err;
	}
	*out = h;
	return CLOISTER_OK;
}

static size_t body_len(enum quote_body body)
{
	static const uint16_t len[] = { [QUOTE_SGX] = SGX_REPORT_LEN, [QUOTE_TD_10] = 584,
					[QUOTE_TD_15] = 648, [QUOTE_TD_15_EXTENDED] = 885 };

	return body < sizeof len / sizeof *len ? len[body] : 0;
}

static struct sgx_report sgx_report(struct rd *r)
{
	struct sgx_report s = { .raw = bytes_of(r->at, SGX_REPORT_LEN) };
	struct rd b = rd_sub(r, SGX_REPORT_LEN, "report");

	/* 000 */ s.cpu_svn = rd_take(&b, 16, "cpu_svn");
	/* 010 */ s.misc_select = rd_take(&b, 4, "misc_select");
	/* 014 */ rd_zero(&b, 12, "reserved_014");
	/* 020 */ s.ext_prod_id = rd_take(&b, 16, "isv_ext_prod_id");
	/* 030 */ s.attributes = bytes_of(b.at, 16);
	s.flags = rd_le64(&b, "attributes");
	/* 038 */ s.xfrm = rd_le64(&b, "xfrm");
	/* 040 */ s.mrenclave = rd_take(&b, 32, "mrenclave");
	/* 060 */ rd_zero(&b, 32, "reserved_060");
	/* 080 */ s.mrsigner = rd_take(&b, 32, "mrsigner");
	/* 0a0 */ rd_zero(&b, 32, "reserved_0a0");
	/* 0c0 */ s.config_id = rd_take(&b, 64, "config_id");
	/* 100 */ s.prod_id_bytes = bytes_of(b.at, 2);
	s.prod_id = rd_le16(&b, "isv_prod_id");
	/* 102 */ s.isv_svn = rd_le16(&b, "isv_svn");
	/* 104 */ s.config_svn = rd_le16(&b, "config_svn");
	/* 106 */ rd_zero(&b, 42, "reserved_106");
	/* 130 */ s.family_id = rd_take(&b, 16, "isv_family_id");
	/* 140 */ s.report_data = rd_take(&b, 64, "report_data");
	return s;
}

/* A view of eight bytes that are also a number. */
static struct bytes bits64(struct rd *r, uint64_t *out, const char *field)
{
	struct bytes b = bytes_of(r->at, 8);

	*out = rd_le64(r, field);
	return rd_ok(r) ? b : BYTES_NONE;
}

static struct td_report td_report(struct rd *r, enum quote_body body)
{
	struct td_report t = { 0 };

	/* 000 */ t.tee_tcb_svn = rd_take(r, 16, "tee_tcb_svn");
	/* 010 */ t.mrseam = rd_take(r, 48, "mrseam");
	/* 040 */ t.mrsignerseam = rd_take(r, 48, "mrsignerseam");
	/* 070 */ t.seam_attributes = rd_take(r, 8, "seamattributes");
	/* 078 */ t.td_attributes = bits64(r, &t.attributes_bits, "tdattributes");
	/* 080 */ t.xfam = bits64(r, &t.xfam_bits, "xfam");
	/* 088 */ t.mrtd = rd_take(r, 48, "mrtd");
	/* 0b8 */ t.mrconfigid = rd_take(r, 48, "mrconfigid");
	/* 0e8 */ t.mrowner = rd_take(r, 48, "mrowner");
	/* 118 */ t.mrownerconfig = rd_take(r, 48, "mrownerconfig");
	/* 148 */ for (size_t i = 0; i < 4; i++)
		t.rtmr[i] = rd_take(r, 48, "rtmr");
	/* 208 */ t.report_data = rd_take(r, 64, "report_data");
	if (body == QUOTE_TD_10)
		return t;
	/* 248 */ t.tee_tcb_svn_2 = rd_take(r, 16, "tee_tcb_svn_2");
	/* 258 */ t.mrservicetd = rd_take(r, 48, "mrservicetd");
	if (body == QUOTE_TD_15)
		return t;
	/* 288 */ t.vm_id = rd_take(r, 1, "vm_id");
	/* 289 */ t.td_id = rd_take(r, 32, "td_id");
	/* 2a9 */ t.dev_info = rd_take(r, 48, "dev_info");
	/* 2d9 */ t.init_service_td_hash = rd_take(r, 48, "init_service_td_hash");
	/* 309 */ t.init_service_td_attributes = rd_take(r, 8, "init_service_td_attributes");
	/* 311 */ t.init_cpu_svn = rd_take(r, 16, "init_cpu_svn");
	/* 321 */ t.init_tee_tcb_svn = rd_take(r, 16, "init_tee_tcb_svn");
	/* 331 */ t.init_fmspc = rd_take(r, 12, "init_fmspc");
	/* 33d */ t.service_td_hash = rd_take(r, 48, "service_td_hash");
	/* 36d */ t.service_td_attributes = rd_take(r, 8, "service_td_attributes");
	return t;
}

/* The QE's report, who signed it, and the chain of that key. `r` ends where all this must end. */
static void qe_report(struct rd *r, struct quote *q)
{
	q->qe = sgx_report(r);
	q->qe_signature = rd_take(r, 64, "qe_report_signature");
	q->qe_auth = rd_take(r, rd_le16(r, "qe_auth_len"), "qe_auth");
	/* Types 1 to 4 do not bring the chain, so nothing here could check them. */
	unsigned type = rd_le16(r, "certification_type");
	rd_want_because(r, type < 1 || type > 4, "certification_type",
			"the PCK certificate and its chain are not inside: have the platform quote "
			"with type 5, which brings them");
	rd_want(r, type == CERT_PCK_CHAIN, "certification_type");
	q->pck_chain = rd_take(r, rd_le32(r, "certification_len"), "certification_data");
}

static enum cloister_err auth_data(struct rd *r, struct quote *q)
{
	q->signature = rd_take(r, 64, "signature");
	q->attestation_key = rd_take(r, 64, "attestation_key");
	if (q->header.version == 3) {
		qe_report(r, q);
		return rd_close(r, "auth_data");
	}
	unsigned type = rd_le16(r, "certification_type");
	rd_want(r, type == CERT_QE_REPORT, "certification_type");
	struct rd inner = rd_sub(r, rd_le32(r, "certification_len"), "certification_data");
	qe_report(&inner, q);
	TRY(rd_close(&inner, "certification_data"));
	return rd_close(r, "auth_data");
}

enum cloister_err quote_read(struct bytes in, struct quote *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct quote q = { 0 };

	header(&r, &q.header);
	q.body = body_type(&r, &q.header);
	if (q.header.version == 5) {
		uint32_t size = rd_le32(&r, "body_size");
		rd_want(&r, size == body_len(q.body), "body_size");
	}
	if (q.body == QUOTE_SGX) {
		q.sgx = sgx_report(&r);
	} else {
		struct rd body = rd_sub(&r, body_len(q.body), "body");
		q.td = td_report(&body, q.body);
		TRY(rd_close(&body, "body"));
	}
	q.signed_part = bytes_of(in.data, rd_at(&r));
	struct rd auth = rd_sub(&r, rd_le32(&r, "auth_data_len"), "auth_data");
	TRY(auth_data(&auth, &q));
	q.padding = rd_left(&r);
	rd_zero(&r, q.padding, "padding");
	TRY(rd_close(&r, "quote"));
	*out = q;
	return CLOISTER_OK;
}

/* The text up to the end of its first block, which leaves `text`. */
static struct bytes next_block(struct bytes *text)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const uint8_t *p = memmem(text->data, text->len, end, strlen(end));
	size_t len = p ? (size_t)(p - text->data) + strlen(end) : text->len;
	struct bytes block = bytes_of(text->data, len);

	*text = bytes_of(text->data + len, text->len - len);
	while (text->len && (*text->data == '\n' || *text->data == '\r'))
		*text = bytes_of(text->data + 1, text->len - 1);
	return block;
}

enum cloister_err pck_chain_read(struct bytes text, struct pck_chain *out,
				 struct cloister_fault *why)
{
	for (size_t i = 0; i < PCK_CHAIN_CERTS; i++) {
		size_t len;
		TRY(pem_read(next_block(&text), "CERTIFICATE", out->room[i], sizeof out->room[i],
			     &len, why));
		out->certs[i] = bytes_of(out->room[i], len);
	}
	if (text.len == 1 && text.data[0] == 0)
		text.len = 0;
	if (text.len)
		return fail(why, CLOISTER_E_MALFORMED, "pck_chain", "%zu bytes behind three certificates",
			    text.len);
	return CLOISTER_OK;
}
