/* SPDX-License-Identifier: Apache-2.0 */
/* need.c - from evidence, or from the names of machines, to a list of documents. */

#include "collateral/need.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "codec/cert.h"
#include "collateral/piece.h"
#include "evidence/hcl.h"
#include "evidence/kind.h"
#include "evidence/pck.h"
#include "evidence/quote.h"

void needs_fini(struct needs *n)
{
	free(n->list);
	batch_fini(&n->beside);
	*n = (struct needs){ 0 };
}

static bool same(const struct need *a, const struct need *b)
{
	return a->kind == b->kind && a->product == b->product && a->vlek == b->vlek &&
	       a->chip_len == b->chip_len && bytes_equal(BYTES_OF(a->chip_id), BYTES_OF(b->chip_id)) &&
	       bytes_equal(BYTES_OF(a->tcb), BYTES_OF(b->tcb)) && a->platform_ca == b->platform_ca &&
	       a->tee == b->tee && bytes_equal(BYTES_OF(a->fmspc), BYTES_OF(b->fmspc));
}

static enum cloister_err add(struct needs *n, const struct need *one, struct cloister_fault *why)
{
	for (size_t i = 0; i < n->n; i++)
		if (same(&n->list[i], one))
			return CLOISTER_OK;
	if (n->n == LIMIT_NEEDS)
		return fail(why, CLOISTER_E_LIMIT, "collateral", "more than %u documents at once", LIMIT_NEEDS);
	if (n->n == n->room) {
		size_t room = n->room ? 2 * n->room : 16;
		struct need *list = reallocarray(n->list, room, sizeof *list);
		if (!list)
			return fail(why, CLOISTER_E_NOMEM, "collateral", "out of memory");
		n->list = list;
		n->room = room;
	}
	n->list[n->n++] = *one;
	return CLOISTER_OK;
}

/* ---- AMD ------------------------------------------------------------------------ */

static enum cloister_err add_product(struct needs *out, enum snp_product p, bool vlek,
				     struct cloister_fault *why)
{
	TRY(add(out, &(struct need){ .kind = NEED_AMD_CHAIN, .product = p, .vlek = vlek }, why));
	return add(out, &(struct need){ .kind = NEED_AMD_CRL, .product = p }, why);
}

static enum cloister_err of_report(struct bytes report, struct needs *out, struct cloister_fault *why)
{
	struct need vcek = { .kind = NEED_VCEK };
	struct snp_report r;

	TRY(snp_report_read(report, &r, why));
	vcek.product = snp_report_product(&r);
	if (vcek.product != SNP_NAMELESS && vcek.product >= SNP_PRODUCTS)
		return fail(why, CLOISTER_E_UNSUPPORTED, "product",
			    "AMD has published no root for it that is known here");
	if (r.signer != SNP_VCEK && r.signer != SNP_VLEK)
		return fail(why, CLOISTER_E_UNSUPPORTED, "report", "it is not signed by any key");
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++)
		if (vcek.product == (enum snp_product)p || (vcek.product == SNP_NAMELESS && p != SNP_TURIN))
			TRY(add_product(out, p, r.signer == SNP_VLEK, why));
	if (r.signer == SNP_VLEK)
		return CLOISTER_OK; /* its certificate is the provider's to hand over */
	if (snp_chip_is_masked(&r))
		return fail(why, CLOISTER_E_UNSUPPORTED, "chip id",
			    "the host hides it, so its certificate has to come from the host; import that");
	struct bytes id = snp_chip_id(&r, vcek.product == SNP_NAMELESS ? SNP_GENOA : vcek.product);
	vcek.chip_len = id.len;
	memcpy(vcek.chip_id, id.data, id.len);
	memcpy(vcek.tcb, r.reported_tcb.data, sizeof vcek.tcb);
	return add(out, &vcek, why);
}

static bool read_product(const char *text, size_t len, enum snp_product *out)
{
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
		const char *name = snp_product_name(p);
		if (strlen(name) == len && strncasecmp(name, text, len) == 0) {
			*out = p;
			return true;
		}
	}
	return false;
}

/* "bl3-tee0-snp8-ucode115", on Turin with "fmc1-" in front, into a report's eight bytes (AMD 56860, table 3). */
static bool read_levels(enum snp_product p, const char *text, uint8_t out[static SNP_TCB_LEN])
{
	static const char *const words[] = { "fmc", "bl", "tee", "snp", "ucode" };
	static const uint8_t at[2][5] = { { 0, 0, 1, 6, 7 }, { 0, 1, 2, 3, 7 } };

	memset(out, 0, SNP_TCB_LEN);
	for (size_t i = p == SNP_TURIN ? 0 : 1; i < 5; i++) {
		size_t word = strlen(words[i]);
		char *end;
		if (strncmp(text, words[i], word) != 0 || text[word] < '0' || text[word] > '9')
			return false;
		unsigned long v = strtoul(text + word, &end, 10);
		if (v > UINT8_MAX || *end != (i == 4 ? '\0' : '-'))
			return false;
		out[at[p == SNP_TURIN][i]] = (uint8_t)v;
		text = end + 1;
	}
	return true;
}

static bool read_tcb(enum snp_product p, const char *text, uint8_t out[static SNP_TCB_LEN])
{
	struct snp_tcb tcb;
	size_t len;

	if (strlen(text) == 2 * SNP_TCB_LEN &&
	    hex_read(bytes_text(text), out, SNP_TCB_LEN, &len, NULL) == CLOISTER_OK)
		return snp_tcb_read(p, bytes_of(out, SNP_TCB_LEN), &tcb);
	return read_levels(p, text, out);
}

enum cloister_err needs_of_snp(const char *text, struct needs *out, struct cloister_fault *why)
{
	struct need n = { .kind = NEED_VCEK };
	const char *colon = strchr(text, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;

	if (!second || !read_product(text, (size_t)(colon - text), &n.product))
		return fail(why, CLOISTER_E_USAGE, "--snp",
			    "give Milan, Genoa or Turin, the chip id and its TCB: PRODUCT:CHIPID:TCB");
	size_t due = n.product == SNP_TURIN ? SNP_TURIN_ID_LEN : SNP_CHIP_ID_LEN;
	if (hex_read(bytes_of(colon + 1, (size_t)(second - colon - 1)), n.chip_id, sizeof n.chip_id,
		     &n.chip_len, NULL) != CLOISTER_OK || n.chip_len != due)
		return fail(why, CLOISTER_E_USAGE, "--snp", "a chip id of %s has %zu hexadecimal digits",
			    snp_product_name(n.product), 2 * due);
	if (!read_tcb(n.product, second + 1, n.tcb))
		return fail(why, CLOISTER_E_USAGE, "--snp",
			    "a TCB of %s is 16 digits of its reports, or %sbl3-tee0-snp8-ucode115",
			    snp_product_name(n.product), n.product == SNP_TURIN ? "fmc1-" : "");
	TRY(add_product(out, n.product, false, why));
	return add(out, &n, why);
}

/* ---- Intel ----------------------------------------------------------------------- */

static enum cloister_err add_intel(struct needs *out, const uint8_t *fmspc, enum tcb_tee tee,
				   struct cloister_fault *why)
{
	struct need info = { .kind = NEED_TCB_INFO, .tee = tee };

	memcpy(info.fmspc, fmspc, sizeof info.fmspc);
	TRY(add(out, &info, why));
	return add(out, &(struct need){ .kind = NEED_QE_IDENTITY, .tee = tee }, why);
}

static enum cloister_err of_quote(struct cloister_trust *trust, struct bytes bytes, uint64_t now_s,
				  struct needs *out, struct cloister_fault *why)
{
	struct pool beside = { 0 };
	struct pck_chain chain;
	struct piece leaf;
	struct cert cert;
	struct quote q;

	TRY(quote_read(bytes, &q, why));
	TRY(pck_chain_read(q.pck_chain, &chain, why));
	for (size_t i = 0; i < PCK_CHAIN_CERTS; i++)
		TRY(pool_add(&beside, ITEM_CERT, chain.certs[i], why));
	TRY(piece_check(trust, &beside, ITEM_CERT, chain.certs[0], now_s, &leaf, why));
	if (leaf.kind != PIECE_PCK)
		return fail(why, CLOISTER_E_MALFORMED, "quote", "its first certificate is no PCK certificate");
	TRY(cert_read(chain.certs[0], &cert_profile_intel, &cert, why));
	for (size_t i = 1; i < PCK_CHAIN_CERTS; i++)
		TRY(batch_put(&out->beside, ITEM_CERT, chain.certs[i], why));
	TRY(add(out, &(struct need){ .kind = NEED_ROOT_CRL }, why));
	TRY(add(out, &(struct need){ .kind = NEED_PCK_CRL,
				     .platform_ca = cert_common_name_is(cert.issuer, "Intel SGX PCK Platform CA") },
		why));
	return add_intel(out, leaf.fmspc, q.body == QUOTE_SGX ? TCB_SGX : TCB_TDX, why);
}

enum cloister_err needs_of_fmspc(const char *fmspc, enum tcb_tee tee, struct needs *out,
				 struct cloister_fault *why)
{
	uint8_t bytes[FMSPC_LEN];
	size_t len;

	if (hex_read(bytes_text(fmspc), bytes, sizeof bytes, &len, NULL) != CLOISTER_OK || len != FMSPC_LEN)
		return fail(why, CLOISTER_E_USAGE, "--fmspc", "wants 12 hexadecimal digits, not `%.40s`", fmspc);
	TRY(add(out, &(struct need){ .kind = NEED_ROOT_CRL }, why));
	TRY(add(out, &(struct need){ .kind = NEED_PCK_CRL, .platform_ca = true }, why));
	TRY(add(out, &(struct need){ .kind = NEED_PCK_CRL }, why));
	return add_intel(out, bytes, tee, why);
}

/* ---- Evidence --------------------------------------------------------------------- */

static void drop_evidence(struct evidence *e)
{
	evidence_fini(e);
}

static enum cloister_err of_hcl(struct bytes bytes, struct needs *out, struct cloister_fault *why)
{
	struct hcl h;

	TRY(hcl_read(bytes, &h, why));
	if (h.tee != HCL_SNP)
		return fail(why, CLOISTER_E_UNSUPPORTED, "HCL report", "the TD quote that belongs to it is missing");
	return of_report(h.report, out, why);
}

enum cloister_err needs_of(struct cloister_trust *trust, struct bytes evidence, uint64_t now_s,
			   struct needs *out, struct cloister_fault *why)
{
	own(drop_evidence) struct evidence e = { 0 };

	TRY(evidence_open(evidence, &e, why));
	switch (e.kind) {
	case KIND_NITRO:
		return CLOISTER_OK;
	case KIND_SNP:
		return of_report(e.body, out, why);
	case KIND_TDX:
	case KIND_SGX:
		return of_quote(trust, e.body, now_s, out, why);
	case KIND_AZURE_SNP:
		return of_hcl(e.body, out, why);
	case KIND_AZURE_TDX:
		return e.td_quote.len ? of_quote(trust, e.td_quote, now_s, out, why) : of_hcl(e.body, out, why);
	default:
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "nothing is fetched for this kind (%s)",
			    kind_name(e.kind));
	}
}

const char *need_text(const struct need *n, char out[static NEED_TEXT])
{
	char hex[2 * SNP_CHIP_ID_LEN + 1];
	const char *product = n->product < SNP_PRODUCTS ? snp_product_name(n->product) : "Milan or Genoa";

	switch (n->kind) {
	case NEED_AMD_CHAIN:
		snprintf(out, NEED_TEXT, "the authorities of %s%s", product, n->vlek ? " for VLEKs" : "");
		break;
	case NEED_AMD_CRL:
		snprintf(out, NEED_TEXT, "the revocation list of %s", product);
		break;
	case NEED_VCEK:
		hex_write(bytes_of(n->chip_id, n->chip_len), hex);
		snprintf(out, NEED_TEXT, "the VCEK of %s %.16s…", product, hex);
		break;
	case NEED_ROOT_CRL:
		snprintf(out, NEED_TEXT, "the revocation list of Intel's root");
		break;
	case NEED_PCK_CRL:
		snprintf(out, NEED_TEXT, "the revocation list of the PCK %s CA",
			 n->platform_ca ? "Platform" : "Processor");
		break;
	case NEED_TCB_INFO:
		hex_write(BYTES_OF(n->fmspc), hex);
		snprintf(out, NEED_TEXT, "the %s TCB info of FMSPC %.12s", n->tee == TCB_TDX ? "TDX" : "SGX", hex);
		break;
	case NEED_QE_IDENTITY:
		snprintf(out, NEED_TEXT, "the %s QE identity", n->tee == TCB_TDX ? "TDX" : "SGX");
		break;
	}
	return out;
}
