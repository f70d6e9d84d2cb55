/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_vek.c - AMD's extensions, all below 1.3.6.1.4.1.3704.1, after "Versioned
 * Chip Endorsement Key Certificate and KDS Interface Specification" (57230),
 * table 8 ff. A verifier that looks up one extension after the other and goes on
 * when one is missing has compared nothing: here all are due, and none is unknown.
 */

#include "evidence/snp_vek.h"

#include "base/limits.h"
#include "base/rd.h"
#include "codec/der.h"

#define AMD "\x2b\x06\x01\x04\x01\x9c\x78\x01"

enum ext { STRUCT_VERSION, PRODUCT, BL, TEE, SNP, SPL_4, SPL_5, SPL_6, SPL_7, UCODE, FMC, HWID, CSP_ID, EXTS };

static const struct {
	const char *field;
	uint8_t len, suffix[2];
} exts[EXTS] = {
	[STRUCT_VERSION] = { "structVersion", 1, { 1 } },
	[PRODUCT] = { "productName", 1, { 2 } },
	[BL] = { "blSPL", 2, { 3, 1 } },
	[TEE] = { "teeSPL", 2, { 3, 2 } },
	[SNP] = { "snpSPL", 2, { 3, 3 } },
	[SPL_4] = { "spl4", 2, { 3, 4 } },
	[SPL_5] = { "spl5", 2, { 3, 5 } },
	[SPL_6] = { "spl6", 2, { 3, 6 } },
	[SPL_7] = { "spl7", 2, { 3, 7 } },
	[UCODE] = { "ucodeSPL", 2, { 3, 8 } },
	[FMC] = { "fmcSPL", 2, { 3, 9 } },
	[HWID] = { "hwID", 1, { 4 } },
	[CSP_ID] = { "cspID", 1, { 5 } },
};

#define BIT(e) (1u << (e))

static void refuse(struct rd *r, size_t at, bool holds, const char *field, const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, field, note);
	r->why->at = at;
}

/* 0..255. Levels over 127 have a sign byte in front: who reads "the third byte" reads 0. */
static uint8_t level(struct rd *r, enum ext e)
{
	struct bytes b = der_natural(r, 1, exts[e].field);

	return b.len ? b.data[0] : 0;
}

static bool is_printable(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] < 0x20 || b.data[i] > 0x7e)
			return false;
	return b.len > 0;
}

/* "Genoa", or "Milan-B0": the product, and the stepping when there is one. */
static enum snp_product product_of(struct bytes name)
{
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
		struct bytes line = bytes_text(snp_product_name((enum snp_product)p));
		if (name.len < line.len || !bytes_equal(bytes_of(name.data, line.len), line))
			continue;
		const uint8_t *step = name.data + line.len;
		if (name.len == line.len ||
		    (name.len == line.len + 3 && step[0] == '-' && step[1] >= 'A' && step[1] <= 'Z' &&
		     step[2] >= '0' && step[2] <= '9'))
			return (enum snp_product)p;
	}
	return SNP_STRANGE;
}

static void read_product(struct rd *r, struct snp_vek *v)
{
	size_t at = rd_at(r);

	v->product_name = der_take(r, DER_IA5_STRING, "productName");
	v->product = product_of(v->product_name);
	refuse(r, at, v->product != SNP_STRANGE, "productName", "not a product whose root is known here");
}

static void read_csp_id(struct rd *r, struct snp_vek *v)
{
	size_t at = rd_at(r);

	v->csp_id = der_take(r, DER_IA5_STRING, "cspID");
	refuse(r, at, v->csp_id.len <= LIMIT_SNP_CSP_ID && is_printable(v->csp_id), "cspID",
	       "not a short printable text");
}

/* As bare bytes, which is what all certificates so far have, or in an OCTET STRING. */
static struct bytes read_hwid(struct rd *r)
{
	if (rd_left(r) == SNP_CHIP_ID_LEN || rd_left(r) == SNP_TURIN_ID_LEN)
		return rd_rest(r, "hwID");
	return der_take(r, DER_OCTET_STRING, "hwID");
}

static void read_value(struct rd *r, enum ext e, struct snp_vek *v)
{
	switch (e) {
	case STRUCT_VERSION:
		v->struct_version = der_small(r, 1, "structVersion"); /* 1: with an FMC level */
		break;
	case PRODUCT:
		read_product(r, v);
		break;
	case BL:
		v->tcb.bl = level(r, e);
		break;
	case TEE:
		v->tcb.tee = level(r, e);
		break;
	case SNP:
		v->tcb.snp = level(r, e);
		break;
	case SPL_4:
	case SPL_5:
	case SPL_6:
	case SPL_7:
		(void)der_small(r, 0, exts[e].field); /* reserved */
		break;
	case UCODE:
		v->tcb.ucode = level(r, e);
		break;
	case FMC:
		v->tcb.fmc = level(r, e);
		break;
	case HWID:
		v->hwid = read_hwid(r);
		break;
	case CSP_ID:
		read_csp_id(r, v);
		break;
	case EXTS:
		break;
	}
	(void)rd_close(r, exts[e].field);
}

/* Which of AMD's extensions this is; EXTS when it is none of AMD's. */
static enum ext which(struct rd *r, size_t at, struct bytes oid)
{
	if (!bytes_skip(&oid, AMD))
		return EXTS;
	for (enum ext e = 0; e < EXTS; e++)
		if (bytes_equal(oid, bytes_of(exts[e].suffix, exts[e].len)))
			return e;
	refuse(r, at, false, "extension", "one of AMD's that is not known here");
	return EXTS;
}

/* cert_read() has refused whatever comes twice. */
static unsigned read_extensions(struct rd *list, struct snp_vek *v)
{
	unsigned seen = 0;

	while (rd_ok(list) && rd_left(list)) {
		size_t at = rd_at(list);
		struct rd ext = der_enter(list, DER_SEQUENCE, "extension");
		struct bytes oid = der_take(&ext, DER_OID, "extension.extnID");
		(void)der_flag(&ext, "extension.critical");
		struct rd value = der_enter(&ext, DER_OCTET_STRING, "extension.extnValue");
		enum ext e = which(&ext, at, oid);
		if (e == EXTS)
			continue;
		read_value(&value, e, v);
		seen |= BIT(e);
	}
	return seen;
}

/* What has to be there, and what may. */
static void check_set(struct rd *r, size_t at, unsigned seen, const struct snp_vek *v)
{
	bool turin = v->product == SNP_TURIN;
	unsigned due = (BIT(FMC) - 1) & ~BIT(SPL_4);

	due |= v->kind == SNP_VCEK ? BIT(HWID) : BIT(CSP_ID);
	due |= turin ? BIT(FMC) : BIT(SPL_4);
	unsigned may = due | BIT(SPL_4);
	for (enum ext e = 0; e < EXTS; e++) {
		refuse(r, at, !(due & ~seen & BIT(e)), exts[e].field, "the extension is missing");
		refuse(r, at, !(seen & ~may & BIT(e)), exts[e].field, "not of this key or product");
	}
	refuse(r, at, v->kind == SNP_VLEK || v->hwid.len == (turin ? SNP_TURIN_ID_LEN : SNP_CHIP_ID_LEN),
	       "hwID", "not as long as this product's");
}

enum cloister_err snp_vek_read(const struct cert *c, struct snp_vek *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(c->der, why ? why : &local);
	struct snp_vek v = { .product = SNP_STRANGE };

	if (cert_common_name_is(c->subject, "SEV-VLEK"))
		v.kind = SNP_VLEK;
	else if (cert_common_name_is(c->subject, "SEV-VCEK"))
		v.kind = SNP_VCEK;
	else
		return fail(r.why, CLOISTER_E_UNSUPPORTED, "subject", "neither SEV-VCEK nor SEV-VLEK");
	(void)rd_take(&r, (size_t)(c->extensions.data - c->der.data), "certificate");
	size_t at = rd_at(&r);
	struct rd list = rd_sub(&r, c->extensions.len, "extensions");
	unsigned seen = read_extensions(&list, &v);
	check_set(&list, at, seen, &v);
	if (!rd_ok(&list))
		return r.why->err;
	*out = v;
	return CLOISTER_OK;
}
