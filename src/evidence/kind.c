/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind.c - what the bytes are. The first bytes choose a reader and nothing else;
 * the reader then refuses what is not exactly its own.
 */

#include "evidence/kind.h"

#include <string.h>

#include "evidence/quote.h"

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

/* CBOR's arrays and tags: what a COSE_Sign1 begins with, well formed or not. */
static bool looks_like_cose(uint8_t first)
{
	return first >> 5 == 4 || first >> 5 == 6;
}

/* A JWS in compact form: base64url of "{\"". */
static bool looks_like_token(struct bytes b)
{
	return b.len >= 3 && bytes_equal(bytes_of(b.data, 3), bytes_text("eyJ"));
}

/* Line ends behind a text are the file's, not the text's. */
static struct bytes without_line_ends(struct bytes b)
{
	while (b.len && (b.data[b.len - 1] == '\n' || b.data[b.len - 1] == '\r'))
		b.len--;
	return b;
}

enum cloister_err evidence_open(struct bytes input, struct evidence *out, struct cloister_fault *why)
{
	bool is_tdx;

	*out = (struct evidence){ .scratch = BUF_INIT(LIMIT_EVIDENCE_FILE), .body = input };
	if (input.len == 0)
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "there are no bytes at all");
	if (looks_like_cose(input.data[0])) {
		out->kind = KIND_NITRO;
		return CLOISTER_OK;
	}
	if (quote_looks_like(input, &is_tdx)) {
		out->kind = is_tdx ? KIND_TDX : KIND_SGX;
		return CLOISTER_OK;
	}
	if (looks_like_token(input)) {
		out->kind = KIND_TOKEN;
		out->body = without_line_ends(input);
		return CLOISTER_OK;
	}
	return fail(why, CLOISTER_E_UNSUPPORTED, "evidence", "%zu bytes of no kind that is known here",
		    input.len);
}
