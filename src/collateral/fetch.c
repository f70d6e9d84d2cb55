/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.c - AMD 57230 section 4 (KDS) and Intel's PCS API version 4: one GET for
 * each document. Issuer chains come in headers, as URL-encoded PEM.
 */

#include "collateral/fetch.h"

#include <stdio.h>

#include "base/hex.h"

#define MAX_CHAIN (32u << 10) /* an issuer chain in a header */

static int levels(const struct need *n, char *out, size_t room)
{
	struct snp_tcb t;
	char fmc[16] = "";

	if (!snp_tcb_read(n->product, BYTES_OF(n->tcb), &t))
		return -1;
	if (n->product == SNP_TURIN)
		snprintf(fmc, sizeof fmc, "fmcSPL=%02u&", t.fmc);
	return snprintf(out, room, "%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u", fmc, t.bl, t.tee,
			t.snp, t.ucode);
}

static int vcek_url(const struct fetch *f, const struct need *n, char *out, size_t room)
{
	char hex[2 * SNP_CHIP_ID_LEN + 1], spl[96];

	hex_write(bytes_of(n->chip_id, n->chip_len), hex);
	if (levels(n, spl, sizeof spl) < 0)
		return -1;
	return snprintf(out, room, "%s/vcek/v1/%s/%s?%s", f->kds, snp_product_name(n->product), hex, spl);
}

enum cloister_err fetch_url(const struct fetch *f, const struct need *n, char *out, size_t room,
			    struct cloister_fault *why)
{
	const char *tee = n->tee == TCB_TDX ? "tdx" : "sgx";
	const char *product = n->product < SNP_PRODUCTS ? snp_product_name(n->product) : "";
	char hex[2 * FMSPC_LEN + 1];
	int len = -1;

	switch (n->kind) {
	case NEED_AMD_CHAIN:
		len = snprintf(out, room, "%s/%s/v1/%s/cert_chain", f->kds, n->vlek ? "vlek" : "vcek", product);
		break;
	case NEED_AMD_CRL:
		len = snprintf(out, room, "%s/vcek/v1/%s/crl", f->kds, product);
		break;
	case NEED_VCEK:
		len = vcek_url(f, n, out, room);
		break;
	case NEED_ROOT_CRL:
		len = f->certificates ? snprintf(out, room, "%s/IntelSGXRootCA.der", f->certificates) :
					snprintf(out, room, "%s/sgx/certification/v4/rootcacrl", f->pcs);
		break;
	case NEED_PCK_CRL:
		len = snprintf(out, room, "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der", f->pcs,
			       n->platform_ca ? "platform" : "processor");
		break;
	case NEED_TCB_INFO:
		hex_write(BYTES_OF(n->fmspc), hex);
		len = snprintf(out, room, "%s/%s/certification/v4/tcb?fmspc=%s", f->pcs, tee, hex);
		break;
	case NEED_QE_IDENTITY:
		len = snprintf(out, room, "%s/%s/certification/v4/qe/identity", f->pcs, tee);
		break;
	}
	if (len < 0)
		return fail(why, CLOISTER_E_USAGE, "TCB", "reserved bytes of it are not zero");
	if ((size_t)len >= room)
		return fail(why, CLOISTER_E_LIMIT, "URL", "longer than %zu bytes", room);
	return CLOISTER_OK;
}

/* ---- What was asked for -------------------------------------------------------------- */

struct asked {
	const struct need *need;
	size_t n; /* pieces that are the document itself, and not its issuers */
};

static bool is_chain(const struct piece *p)
{
	return p->kind == PIECE_INTEL_ROOT || p->kind == PIECE_PLATFORM_CA ||
	       p->kind == PIECE_PROCESSOR_CA || p->kind == PIECE_TCB_SIGNER;
}

static bool is_vcek_of(const struct piece *p, const struct need *n)
{
	struct snp_tcb tcb;

	return p->kind == PIECE_VCEK && p->product == n->product &&
	       bytes_equal(p->hwid, bytes_of(n->chip_id, n->chip_len)) &&
	       snp_tcb_read(n->product, BYTES_OF(n->tcb), &tcb) && snp_tcb_equal(&tcb, &p->tcb);
}

static bool is_asked(const struct piece *p, const struct need *n)
{
	switch (n->kind) {
	case NEED_AMD_CHAIN:
		return p->product == n->product &&
		       (p->kind == PIECE_ARK || p->kind == (n->vlek ? PIECE_ASVK : PIECE_ASK));
	case NEED_AMD_CRL:
		return p->kind == PIECE_AMD_CRL && p->product == n->product;
	case NEED_VCEK:
		return is_vcek_of(p, n);
	case NEED_ROOT_CRL:
		return p->kind == PIECE_ROOT_CRL;
	case NEED_PCK_CRL:
		return p->kind == (n->platform_ca ? PIECE_PLATFORM_CRL : PIECE_PROCESSOR_CRL);
	case NEED_TCB_INFO:
		return p->kind == PIECE_TCB_INFO && p->tee == n->tee &&
		       bytes_equal(BYTES_OF(p->fmspc), BYTES_OF(n->fmspc));
	case NEED_QE_IDENTITY:
		return p->kind == PIECE_QE_IDENTITY && p->tee == n->tee;
	}
	return false;
}

static enum cloister_err want(void *ctx, const struct piece *p, struct cloister_fault *why)
{
	struct asked *a = ctx;

	if (is_asked(p, a->need)) {
		a->n++;
		return CLOISTER_OK;
	}
	bool has_chain = a->need->kind == NEED_PCK_CRL || a->need->kind == NEED_ROOT_CRL ||
			 a->need->kind == NEED_TCB_INFO || a->need->kind == NEED_QE_IDENTITY;
	if (has_chain && is_chain(p))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_PEER, "answer", "not what was asked for but the %s %s%.60s",
		    piece_what(p->kind), p->machine[0] ? "of " : "", p->machine);
}

/* ---- Fetching -------------------------------------------------------------------------- */

/* Each service's header; PCS has both names for the first, by version. */
static const char *const chain_headers[] = {
	"TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain", "SGX-Enclave-Identity-Issuer-Chain",
	"SGX-PCK-CRL-Issuer-Chain",
};
#define CHAINS (sizeof chain_headers / sizeof *chain_headers)

static enum cloister_err add_chain(struct batch *b, const struct buf *value, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(MAX_CHAIN);

	if (value->len == 0)
		return CLOISTER_OK;
	TRY(url_decode(buf_bytes(value), &text, why));
	return batch_add(b, buf_bytes(&text), why);
}

static enum cloister_err get(const struct fetch *f, const char *url, struct batch *out,
			     struct cloister_fault *why)
{
	own(buf_fini) struct buf body = BUF_INIT(LIMIT_COLLATERAL);
	struct buf values[CHAINS];
	struct http_header headers[CHAINS];

	for (size_t i = 0; i < CHAINS; i++) {
		values[i] = (struct buf)BUF_INIT(MAX_CHAIN);
		headers[i] = (struct http_header){ chain_headers[i], &values[i] };
	}
	enum cloister_err err = http_get(f->http, url, &body, headers, CHAINS, why);
	if (err == CLOISTER_OK)
		err = batch_add(out, buf_bytes(&body), why);
	for (size_t i = 0; i < CHAINS; i++) {
		if (err == CLOISTER_OK)
			err = add_chain(out, &values[i], why);
		buf_fini(&values[i]);
	}
	return err;
}

static enum cloister_err fetch_one(const struct fetch *f, const struct need *n,
				   struct cloister_fault *why)
{
	own(batch_fini) struct batch answer = { 0 };
	struct asked asked = { .need = n };
	char url[LIMIT_URL];

	TRY(fetch_url(f, n, url, sizeof url, why));
	TRY(get(f, url, &answer, why));
	/* Checked before anything is stored: pieces stand or fall together. */
	TRY(keep_batch(f->keep, &answer, want, &asked, why));
	return CLOISTER_OK;
}

enum cloister_err fetch_need(const struct fetch *f, const struct need *n, struct cloister_fault *why)
{
	static const enum snp_product either[] = { SNP_MILAN, SNP_GENOA };
	enum cloister_err err = CLOISTER_E_MISSING;
	struct need one = *n;

	if (n->kind != NEED_VCEK || n->product != SNP_NAMELESS)
		return fetch_one(f, n, why);
	for (size_t i = 0; i < 2 && err == CLOISTER_E_MISSING; i++) {
		one.product = either[i];
		err = fetch_one(f, &one, why);
	}
	return err;
}
