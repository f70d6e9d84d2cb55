/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collateral.c - one look at the beginning tells DER, PEM and JSON apart; which
 * structure it is shows in its first members. Judges read everything again,
 * strictly, before they believe it.
 */

#include "evidence/collateral.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "codec/der.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "evidence/gce.h"
#include "evidence/snp_table.h"

/* Whether the members of a set arrive as hexadecimal digits of DER, or as PEM. */
struct set_member {
	const char *name;
	enum item_kind kind; /* of what the PEM blocks or the DER are */
};

static const struct set_member members[] = {
	{ "pck_certificate_chain", ITEM_CERT },	    { "pck_crl_issuer_chain", ITEM_CERT },
	{ "tcb_info_issuer_chain", ITEM_CERT },	    { "qe_identity_issuer_chain", ITEM_CERT },
	{ "root_ca_crl", ITEM_CRL },		    { "pck_crl", ITEM_CRL },
	{ "vcekCert", ITEM_CERT },		    { "certificateChain", ITEM_CERT }, /* Azure's host */
};

static void drop_room(uint8_t **p)
{
	free(*p);
}

struct sort {
	collateral_take *take;
	void *ctx;
	struct cloister_fault *why;
};

/*
 * RFC 5280 4.1 and 5.1: a list's tbs has a time behind algorithm and name, where a
 * certificate's, which begins with [0] or a serial number, has a sequence.
 */
bool collateral_is_crl(struct bytes der)
{
	struct cloister_fault local;
	struct rd r = rd_open(der, &local);
	struct rd outer = der_enter(&r, DER_SEQUENCE, "certificate or list");
	struct rd tbs = der_enter(&outer, DER_SEQUENCE, "tbs");

	if (der_peek(&tbs) == DER_INTEGER)
		der_skip(&tbs, "version");
	der_skip(&tbs, "signature");
	der_skip(&tbs, "issuer");
	unsigned tag = der_peek(&tbs); /* 0 where it ended or was no DER */
	return tag == DER_UTC_TIME || tag == DER_GENERALIZED_TIME;
}

static enum cloister_err sort_der(const struct sort *s, struct bytes der)
{
	return s->take(s->ctx, collateral_is_crl(der) ? ITEM_CRL : ITEM_CERT, der, s->why);
}

static enum cloister_err sort_pem(const struct sort *s, struct bytes text)
{
	struct bytes block;

	while (pem_next(&text, &block)) {
		const char *label = pem_is(block, "X509 CRL") ? "X509 CRL" : "CERTIFICATE";
		own(drop_room) uint8_t *room = malloc(block.len);
		size_t len;
		if (!room)
			return fail(s->why, CLOISTER_E_NOMEM, "collateral", "out of memory");
		TRY(pem_read(block, label, room, block.len, &len, s->why));
		struct bytes der = bytes_of(room, len);
		/* The label has the say about a list: damaged, it may look like anything. */
		TRY(*label == 'X' ? s->take(s->ctx, ITEM_CRL, der, s->why) : sort_der(s, der));
	}
	if (text.len)
		return fail(s->why, CLOISTER_E_MALFORMED, "PEM", "text behind the last block");
	return CLOISTER_OK;
}

/* {"NAME":TEXT,"signature":"SIGNATURE"}: what the PCS sent, from its two halves. */
static enum cloister_err sort_halves(const struct sort *s, struct json set, const char *inner,
				     const char *signature, const char *name, enum item_kind kind)
{
	own(buf_fini) struct buf body = BUF_INIT(set.text.len); /* shorter than what it is made of */
	struct json said = json_get(set, inner), by = json_get(set, signature);

	if (said.type != JSON_STRING)
		return CLOISTER_OK;
	if (by.type != JSON_STRING)
		return fail(s->why, CLOISTER_E_MALFORMED, signature, "missing beside %s", inner);
	buf_print(&body, "{\"%s\":", name);
	(void)json_string_to(said, &body);
	buf_text(&body, ",\"signature\":\"");
	(void)json_string_to(by, &body);
	buf_text(&body, "\"}");
	TRY(buf_ok(&body, inner, s->why));
	return s->take(s->ctx, kind, buf_bytes(&body), s->why);
}

static enum cloister_err sort_member(const struct sort *s, struct json value,
				     const struct set_member *m)
{
	own(buf_fini) struct buf text = BUF_INIT(value.text.len);
	size_t len, room_len;

	if (value.type == JSON_NONE || value.type == JSON_NULL)
		return CLOISTER_OK;
	if (value.type != JSON_STRING)
		return fail(s->why, CLOISTER_E_MALFORMED, m->name, "not a string");
	(void)json_string_to(value, &text);
	TRY(buf_ok(&text, m->name, s->why));
	struct bytes b = buf_bytes(&text);
	while (b.len && (b.data[b.len - 1] == 0 || b.data[b.len - 1] == '\n'))
		b.len--; /* chains in quotes end in NUL */
	if (pem_looks_like(b))
		return sort_pem(s, b);
	room_len = b.len / 2 + 1;
	own(drop_room) uint8_t *room = malloc(room_len);
	if (!room)
		return fail(s->why, CLOISTER_E_NOMEM, "collateral", "out of memory");
	TRY(hex_read(b, room, room_len, &len, s->why));
	return s->take(s->ctx, m->kind, bytes_of(room, len), s->why);
}

static enum cloister_err sort_set(const struct sort *s, struct json set)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		TRY(sort_member(s, json_get(set, members[i].name), &members[i]));
	TRY(sort_halves(s, set, "tcb_info", "tcb_info_signature", "tcbInfo", ITEM_TCB_INFO));
	return sort_halves(s, set, "qe_identity", "qe_identity_signature", "enclaveIdentity",
			   ITEM_QE_IDENTITY);
}

static enum cloister_err sort_json(const struct sort *s, struct bytes text)
{
	struct json j;

	TRY(json_read(text, &j, s->why));
	if (json_get(j, "tcbInfo").type == JSON_OBJECT)
		return s->take(s->ctx, ITEM_TCB_INFO, text, s->why);
	if (json_get(j, "enclaveIdentity").type == JSON_OBJECT)
		return s->take(s->ctx, ITEM_QE_IDENTITY, text, s->why);
	if (json_get(j, "keys").type == JSON_ARRAY)
		return s->take(s->ctx, ITEM_JWKS, text, s->why);
	if (json_get(j, "tcb_info").type == JSON_STRING || json_get(j, "pck_crl").type == JSON_STRING ||
	    json_get(j, "pck_certificate_chain").type == JSON_STRING ||
	    json_get(j, "vcekCert").type == JSON_STRING)
		return sort_set(s, j);
	return fail(s->why, CLOISTER_E_UNSUPPORTED, "collateral", "JSON of no kind that is known here");
}

/* What a host hands over beside an SNP report; certificates and lists of it. */
static bool is_table(struct bytes piece, struct snp_table *out)
{
	return snp_table_read(piece, out, NULL) == CLOISTER_OK && out->n > 0;
}

static enum cloister_err sort_table(const struct sort *s, const struct snp_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->entries[i].label == SNP_LABEL_CRL)
			TRY(s->take(s->ctx, ITEM_CRL, t->entries[i].data, s->why));
		else if (t->entries[i].label != SNP_LABEL_OTHER)
			TRY(sort_der(s, t->entries[i].data));
	return CLOISTER_OK;
}

enum cloister_err collateral_sort(struct bytes piece, collateral_take *take, void *ctx,
				  struct cloister_fault *why)
{
	struct sort s = { take, ctx, why };
	struct snp_table table;

	if (piece.len > LIMIT_COLLATERAL)
		return fail(why, CLOISTER_E_LIMIT, "collateral", "larger than %u bytes", LIMIT_COLLATERAL);
	if (gce_looks_like(piece))
		return take(ctx, ITEM_ENDORSEMENT, piece, why);
	if (is_table(piece, &table))
		return sort_table(&s, &table);
	while (piece.len && (piece.data[0] == ' ' || piece.data[0] == '\n' || piece.data[0] == '\r' ||
			     piece.data[0] == '\t'))
		piece = bytes_of(piece.data + 1, piece.len - 1);
	if (pem_looks_like(piece))
		return sort_pem(&s, piece);
	if (piece.len && piece.data[0] == '{')
		return sort_json(&s, piece);
	if (piece.len && piece.data[0] == DER_SEQUENCE)
		return sort_der(&s, piece);
	return fail(why, CLOISTER_E_UNSUPPORTED, "collateral",
		    "neither DER, PEM nor JSON of a kind that is known here");
}
