/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unwrap_json.c - the objects in which tools pass evidence on. One member holds
 * the evidence and says which kinds it can be; known ones beside it bring
 * certificates, logs and the vTPM's quote; the rest is not looked at, for
 * nobody signs it. Two members that could both be the evidence are refused.
 */

#include "evidence/unwrap.h"

#include <string.h>

#include "base/wr.h"
#include "evidence/collateral.h"
#include "evidence/snp_rebuild.h"
#include "evidence/snp_table.h"
#include "evidence/tpm.h"

#define BIT(kind) (1u << KIND_##kind)
#define DCAP (BIT(TDX) | BIT(SGX))
#define AZURE (BIT(AZURE_SNP) | BIT(AZURE_TDX))
#define ANY_KIND UINT32_MAX
#define BUNDLE "cloister/1"

struct form {
	const char *member;
	uint32_t kinds;
};

static const struct form forms[] = {
	{ "evidence", ANY_KIND },                        /* a bundle of our own */
	{ "document", BIT(NITRO) },                      /* the agent's /v1/evidence */
	{ "quote", DCAP },                               /* dstack, CoCo, Azure's /acc/tdquote, Trust Authority */
	{ "intel_quote", DCAP },                         /* inference services on dstack */
	{ "attestation_report", BIT(SNP) },              /* CoCo */
	{ "hcl_report", AZURE },                         /* CoCo */
	{ "report", BIT(SNP) | AZURE },                  /* go-sev-guest; CoCo's first form for Azure */
	{ "outblob", BIT(SNP) | DCAP },                  /* configfs-tsm, by its file names … */
	{ "OutBlob", BIT(SNP) | DCAP },                  /* … and as Go prints it */
	{ "token", BIT(TOKEN) },                         /* Trust Authority's answer */
};

/* CoCo's first form for Azure calls the vTPM's quote "quote", and it is an object. */
static bool is_evidence(struct json v, const char *member)
{
	if (v.type == JSON_OBJECT)
		return strcmp(member, "quote") != 0;
	return v.type == JSON_STRING || v.type == JSON_ARRAY;
}

static enum cloister_err find_form(struct json object, const struct form **out,
				   struct cloister_fault *why)
{
	const struct form *found = NULL;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!is_evidence(json_get(object, forms[i].member), forms[i].member))
			continue;
		if (found)
			return fail(why, CLOISTER_E_UNSUPPORTED, "evidence",
				    "\"%s\" or \"%s\": it is not clear which of them is the evidence",
				    found->member, forms[i].member);
		found = &forms[i];
	}
	if (!found)
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence",
			    "a JSON object that holds no evidence of a kind that is known here");
	*out = found;
	return CLOISTER_OK;
}

/* ---- What travels beside it ---------------------------------------------- */

struct beside {
	struct evidence *e;
	struct cloister_fault *why;
};

static enum cloister_err keep_item(void *ctx, enum item_kind kind, struct bytes data,
				   struct cloister_fault *why)
{
	struct evidence *e = ctx;
	uint8_t *room;

	TRY(unwrap_room(&e->scratch, data.len, &room, why));
	memcpy(room, data.data, data.len);
	return pool_add(&e->given, kind, bytes_of(room, data.len), why);
}

static bool begins(struct bytes text, const char *with)
{
	return bytes_skip(&text, with);
}

/* A certificate or more: PEM, or DER in hexadecimal, base64 or numbers. */
static enum cloister_err take_piece(struct beside *b, struct json v)
{
	struct bytes text = BYTES_NONE;

	if (v.type == JSON_STRING) {
		TRY(unwrap_string(&b->e->scratch, v, &text, b->why));
		text = unwrap_trim(text);
	}
	if (v.type == JSON_OBJECT)
		text = v.text; /* a body of Intel's, or a set */
	else if (!begins(text, "-") && !begins(text, "{"))
		TRY(unwrap_value(&b->e->scratch, v, &text, b->why));
	return collateral_sort(text, keep_item, b->e, b->why);
}

static bool begins_with_number(struct json array)
{
	struct json_walk w = json_walk(array);
	struct json first;

	return json_next(&w, NULL, &first) && first.type == JSON_NUMBER;
}

/* An array of pieces, or one; an array of numbers is one. */
static enum cloister_err take_pieces(struct beside *b, struct json v)
{
	struct json_walk w = json_walk(v);
	struct json piece;

	if (v.type != JSON_ARRAY || begins_with_number(v))
		return take_piece(b, v);
	while (json_next(&w, NULL, &piece)) {
		struct json data = json_get(piece, "data"); /* CoCo: {"cert_type": …, "data": …} */
		TRY(take_piece(b, data.type != JSON_NONE ? data : piece));
	}
	return CLOISTER_OK;
}

/* Azure's host prints one string of PEM; go-sev-guest an object with a member for each. */
static enum cloister_err take_chain(struct beside *b, struct json v)
{
	struct json_walk w = json_walk(v);
	struct json piece;

	if (v.type != JSON_OBJECT)
		return take_pieces(b, v);
	while (json_next(&w, NULL, &piece))
		if (piece.type == JSON_STRING)
			TRY(take_piece(b, piece));
	return CLOISTER_OK;
}

static enum cloister_err take_table(struct beside *b, struct json v)
{
	struct bytes table;

	if (v.type == JSON_STRING && v.text.len == 2)
		return CLOISTER_OK; /* TDX has no auxiliary data */
	TRY(unwrap_value(&b->e->scratch, v, &table, b->why));
	return unwrap_table(table, b->e, b->why);
}

/* CoCo's is the CCEL table's log; dstack's is JSON in a string, and stays so. */
static enum cloister_err take_log(struct beside *b, struct json v)
{
	struct bytes text;

	if (b->e->event_log.len)
		return fail(b->why, CLOISTER_E_MALFORMED, "event log", "there are two");
	TRY(unwrap_string(&b->e->scratch, v, &text, b->why));
	text = unwrap_trim(text);
	if (text.len && !begins(text, "["))
		TRY(unwrap_text(&b->e->scratch, text, &text, b->why));
	b->e->event_log = text;
	return CLOISTER_OK;
}

enum { PCRS_LEN = TPM_PCRS * TPM_PCR_LEN };

static enum cloister_err take_registers(struct beside *b, struct json v)
{
	struct json_walk w = json_walk(v);
	uint8_t *room;
	struct json pcr;

	if (v.type != JSON_ARRAY || json_count(v) != TPM_PCRS)
		return fail(b->why, CLOISTER_E_MALFORMED, "pcrs", "%u registers are due", TPM_PCRS);
	TRY(unwrap_room(&b->e->scratch, PCRS_LEN, &room, b->why));
	struct wr all = wr_open(room, PCRS_LEN);
	while (json_next(&w, NULL, &pcr)) {
		struct bytes value;
		TRY(unwrap_value(&b->e->scratch, pcr, &value, b->why));
		if (value.len != TPM_PCR_LEN)
			return fail(b->why, CLOISTER_E_MALFORMED, "pcrs", "PCR%zu has %zu bytes",
				    all.len / TPM_PCR_LEN, value.len);
		wr_put(&all, value);
	}
	return wr_close(&all, "pcrs", &b->e->tpm_pcrs, b->why);
}

static enum cloister_err take_tpm(struct beside *b, struct json v)
{
	if (v.type != JSON_OBJECT)
		return fail(b->why, CLOISTER_E_MALFORMED, "tpm_quote", "an object is due");
	TRY(unwrap_value(&b->e->scratch, json_get(v, "message"), &b->e->tpm_quote, b->why));
	TRY(unwrap_value(&b->e->scratch, json_get(v, "signature"), &b->e->tpm_signature, b->why));
	return take_registers(b, json_get(v, "pcrs"));
}

static enum cloister_err take_td_quote(struct beside *b, struct json v)
{
	return unwrap_value(&b->e->scratch, v, &b->e->td_quote, b->why);
}

static const struct {
	const char *member;
	enum cloister_err (*take)(struct beside *b, struct json v);
} companions[] = {
	{ "collateral", take_pieces },	    { "quote_collateral", take_pieces },
	{ "cert_chain", take_pieces },	    { "vcek", take_pieces },
	{ "vcekCert", take_pieces },	    { "certificateChain", take_chain },
	{ "auxblob", take_table },	    { "AuxBlob", take_table },
	{ "event_log", take_log },	    { "cc_eventlog", take_log },
	{ "tpm_quote", take_tpm },	    { "td_quote", take_td_quote },
};

static enum cloister_err take_beside(struct json object, struct evidence *e, struct cloister_fault *why)
{
	struct beside b = { e, why };
	struct json quote = json_get(object, "quote");

	for (size_t i = 0; i < sizeof companions / sizeof *companions; i++) {
		struct json v = json_get(object, companions[i].member);
		if (v.type != JSON_NONE && v.type != JSON_NULL)
			TRY(companions[i].take(&b, v));
	}
	return quote.type == JSON_OBJECT ? take_tpm(&b, quote) : CLOISTER_OK;
}

/* ---- The evidence itself -------------------------------------------------- */

static enum cloister_err take_inner(struct json v, const struct form *f, struct evidence *e,
				    struct bytes *out, struct cloister_fault *why)
{
	uint8_t *report;

	if (v.type == JSON_STRING)
		return unwrap_string(&e->scratch, v, out, why);
	if (v.type == JSON_ARRAY)
		return unwrap_value(&e->scratch, v, out, why);
	if (!(f->kinds & BIT(SNP)) || f->kinds == ANY_KIND) {
		*out = v.text;
		return CLOISTER_OK;
	}
	TRY(unwrap_room(&e->scratch, SNP_REPORT_LEN, &report, why));
	TRY(snp_rebuild(v, report, why));
	*out = bytes_of(report, SNP_REPORT_LEN);
	return CLOISTER_OK;
}

enum cloister_err unwrap_json(struct bytes text, struct evidence *e, struct bytes *inner_out,
			      uint32_t *kinds_out, struct cloister_fault *why)
{
	const struct form *f = NULL;
	struct json object;

	TRY(json_read(text, &object, why));
	TRY(find_form(object, &f, why));
	if (f == &forms[0] && !json_is(json_get(object, "bundle"), BUNDLE))
		return fail(why, CLOISTER_E_UNSUPPORTED, "evidence",
			    "a bundle that does not say \"bundle\": \"" BUNDLE "\"");
	TRY(take_beside(object, e, why));
	TRY(take_inner(json_get(object, f->member), f, e, inner_out, why));
	*kinds_out = f->kinds;
	return CLOISTER_OK;
}

/* Google's launch endorsement, which nobody but its signature vouches for either. */
static const uint8_t google[16] = { 0xcd, 0x16, 0x41, 0x9f, 0x03, 0xc5, 0x5a, 0x4f,
				    0x8f, 0x6f, 0xfb, 0x68, 0x88, 0x2f, 0x4c, 0xe2 };

enum cloister_err unwrap_table(struct bytes table, struct evidence *e, struct cloister_fault *why)
{
	struct snp_table t;

	TRY(snp_table_read(table, &t, why));
	for (size_t i = 0; i < t.n; i++) {
		const struct snp_table_entry *entry = &t.entries[i];
		enum item_kind kind = entry->label == SNP_LABEL_CRL ? ITEM_CRL : ITEM_CERT;
		if (entry->label == SNP_LABEL_OTHER && !bytes_equal(entry->guid, BYTES_OF(google)))
			continue;
		if (entry->label == SNP_LABEL_OTHER)
			kind = ITEM_ENDORSEMENT;
		TRY(pool_add(&e->given, kind, entry->data, why));
	}
	return CLOISTER_OK;
}
