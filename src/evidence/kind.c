/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind.c - what the bytes are. The first bytes choose a reader and nothing else;
 * the reader then refuses what is not exactly its own. What is not recognised as
 * it is may be wrapped: layers are taken off (unwrap.h), at most LIMIT_UNWRAP.
 */

#include "evidence/kind.h"

#include <string.h>

#include "base/rd.h"
#include "codec/pem.h"
#include "evidence/hcl.h"
#include "evidence/quote.h"
#include "evidence/snp.h"
#include "evidence/unwrap.h"

static const char *const names[KIND_COUNT] = {
	[KIND_NONE] = "unknown", [KIND_NITRO] = "nitro",	 [KIND_SNP] = "snp",
	[KIND_TDX] = "tdx",	 [KIND_SGX] = "sgx",		 [KIND_AZURE_SNP] = "azure-snp",
	[KIND_AZURE_TDX] = "azure-tdx", [KIND_TOKEN] = "token",
};

const char *kind_name(enum kind kind)
{
	return (unsigned)kind < KIND_COUNT ? names[kind] : names[KIND_NONE];
}

bool kind_of_name(const char *name, enum kind *out)
{
	for (int k = KIND_NONE + 1; k < KIND_COUNT; k++) {
		if (strcmp(names[k], name) != 0)
			continue;
		*out = (enum kind)k;
		return true;
	}
	return false;
}

void evidence_fini(struct evidence *e)
{
	buf_fini(&e->scratch);
}

static bool begins(struct bytes b, const char *text)
{
	size_t len = strlen(text);

	return b.len > len && bytes_are(bytes_of(b.data, len), text);
}

/* ---- Bytes ------------------------------------------------------------------ */

/* CBOR's arrays and tags: what a COSE_Sign1 begins with, well formed or not. */
static bool looks_like_cose(uint8_t first)
{
	return first >> 5 == 4 || first >> 5 == 6;
}

#define HCL_TYPE_AT 1224u /* of the request's data: 2 SNP, 4 TDX */

static enum kind kind_of_hcl(struct bytes b)
{
	struct cloister_fault local;
	struct rd r = rd_open(b, &local);

	rd_take(&r, HCL_TYPE_AT, "before");
	return rd_le32(&r, "type") == HCL_TDX ? KIND_AZURE_TDX : KIND_AZURE_SNP;
}

/*
 * Of both a report's and a quote's first four bytes: a report's version has all of
 * them, a quote's two, and behind it is the kind of key, which is never 0.
 */
static enum kind kind_of_bytes(struct bytes b)
{
	struct cloister_fault local;
	struct rd r = rd_open(b, &local);
	bool is_tdx;

	if (quote_looks_like(b, &is_tdx))
		return is_tdx ? KIND_TDX : KIND_SGX;
	if (looks_like_cose(b.data[0]))
		return KIND_NITRO;
	if (begins(b, "HCLA") && b.data[4] < ' ')
		return kind_of_hcl(b);
	unsigned version = rd_le16(&r, "version"), key = rd_le16(&r, "key");
	uint32_t tee = rd_le32(&r, "tee");
	if (!rd_ok(&r) || (version == 0 && b.len != SNP_REPORT_LEN) || version > 0xff || key > 0xff)
		return KIND_NONE;
	if (key == 0)
		return KIND_SNP;
	return tee == QUOTE_TEE_TDX ? KIND_TDX : KIND_SGX;
}

/* Runs of base64url between dots, the first one of a JSON object; base64 of JSON has no dots. */
static bool looks_like_token(struct bytes text)
{
	return begins(text, "eyJ") && memchr(text.data, '.', text.len);
}

/* Behind a report can be the table that a host hands over with it; what is none is the judge's to refuse. */
static enum cloister_err split_report(struct evidence *e, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(e->body, &local);
	struct bytes report = rd_take(&r, SNP_REPORT_LEN, "report");
	enum cloister_err err = unwrap_table(rd_rest(&r, "table"), e, why);

	if (err == CLOISTER_OK)
		e->body = report;
	return err == CLOISTER_E_MALFORMED ? CLOISTER_OK : err;
}

/* Of at least one byte. */
static bool recognise(struct bytes b, struct evidence *e)
{
	struct bytes text = unwrap_trim(b);

	e->kind = kind_of_bytes(b);
	e->body = b;
	if (looks_like_token(text)) {
		e->kind = KIND_TOKEN;
		e->body = text;
	}
	return e->kind != KIND_NONE;
}

/* ---- Layers ----------------------------------------------------------------- */

#define RESPONSE_HEAD 32u /* MSG_REPORT_RSP: status, size, reserved; AMD 56860, table 26 */
#define RESPONSE_MAX 4000u /* what Linux's ioctl hands over */

static bool looks_like_response(struct bytes b)
{
	static const uint8_t head[RESPONSE_HEAD] = { 0, 0, 0, 0, SNP_REPORT_LEN & 0xff, SNP_REPORT_LEN >> 8 };

	return b.len >= RESPONSE_HEAD + SNP_REPORT_LEN && b.len <= RESPONSE_MAX &&
	       bytes_equal(bytes_of(b.data, sizeof head), BYTES_OF(head));
}

static enum cloister_err peel_response(struct bytes b, struct bytes *out, struct cloister_fault *why)
{
	size_t end = RESPONSE_HEAD + SNP_REPORT_LEN;

	if (!mem_is_zero(b.data + end, b.len - end))
		return fail_at(why, end, "report response", "something is behind the report");
	*out = bytes_of(b.data + RESPONSE_HEAD, SNP_REPORT_LEN);
	return CLOISTER_OK;
}

/* What people hand over in place of evidence. */
static const char *what_else(struct bytes text)
{
	if (pem_looks_like(text))
		return "PEM: certificates are collateral, not evidence";
	if (text.len > 1 && text.data[0] == 0x30 && (text.data[1] == 0x82 || text.data[1] == 0x81))
		return "DER: a certificate is collateral, not evidence";
	if (begins(text, ".eif"))
		return "an enclave image, not evidence from an enclave";
	return NULL;
}

static enum cloister_err unknown(struct bytes b, bool is_text, struct cloister_fault *why)
{
	const char *what = what_else(b);

	if (what)
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "%s", what);
	return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "%zu %s of no kind that is known here",
		    b.len, is_text ? "characters of text" : b.len == 1 ? "byte" : "bytes");
}

/* Take one layer off. *kinds loses what the layer cannot hold. */
static enum cloister_err peel(struct bytes b, struct evidence *e, struct bytes *out, uint32_t *kinds,
			      struct cloister_fault *why)
{
	struct bytes text = unwrap_trim(b);
	uint32_t held;
	struct json string;

	if (looks_like_response(b))
		return peel_response(b, out, why);
	if (text.len == 0)
		return unknown(b, true, why);
	if (text.data[0] == '{') {
		TRY(unwrap_json(text, e, out, &held, why));
		*kinds &= held;
		return CLOISTER_OK;
	}
	if (text.data[0] == '"') {
		TRY(json_read(text, &string, why));
		return unwrap_string(&e->scratch, string, out, why);
	}
	if (!unwrap_is_text(text))
		return unknown(b, false, why);
	enum cloister_err err = unwrap_text(&e->scratch, text, out, why);
	return err == CLOISTER_E_MALFORMED ? unknown(b, true, why) : err;
}

static enum cloister_err open_layers(struct bytes b, struct evidence *e, struct cloister_fault *why)
{
	uint32_t kinds = UINT32_MAX;

	for (unsigned layers = 0; !recognise(b, e); layers++) {
		if (layers == LIMIT_UNWRAP)
			return fail(why, CLOISTER_E_LIMIT, "evidence",
				    "nothing is recognised under %u layers of wrapping", LIMIT_UNWRAP);
		TRY(peel(b, e, &b, &kinds, why));
		if (b.len == 0)
			return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "the wrapping is empty");
	}
	if (!(kinds >> e->kind & 1))
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence",
			    "%s evidence where the wrapping has another kind", kind_name(e->kind));
	return e->kind == KIND_SNP ? split_report(e, why) : CLOISTER_OK;
}

enum cloister_err evidence_open(struct bytes input, struct evidence *out, struct cloister_fault *why)
{
	*out = (struct evidence){ .scratch = unwrap_store(input.len), .body = input };
	if (input.len == 0)
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "there are no bytes at all");
	if (input.len > LIMIT_EVIDENCE_FILE)
		return fail(why, CLOISTER_E_LIMIT, "evidence", "%zu bytes, more than %u", input.len,
			    LIMIT_EVIDENCE_FILE);
	enum cloister_err err = open_layers(input, out, why);
	if (err != CLOISTER_OK)
		out->kind = KIND_NONE;
	return err;
}
