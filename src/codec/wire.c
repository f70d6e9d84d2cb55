/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - frames between host and enclave; the table in wire.h decides what is legal. */

#include "codec/wire.h"

#include "base/rd.h"
#include "base/wr.h"

static const struct rule {
	enum wire_type type;
	enum wire_from from;
	uint32_t min, max;
} rules[] = {
#define M(id, wire, from, min, max) { WIRE_##id, from, min, max },
	WIRE_MESSAGES(M)
#undef M
};

static const struct rule *rule_of(unsigned type)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if ((unsigned)rules[i].type == type)
			return &rules[i];
	return NULL;
}

static enum cloister_err legal(unsigned type, enum wire_from from, size_t len,
			       struct cloister_fault *why)
{
	const struct rule *r = rule_of(type);

	if (!r)
		return fail(why, CLOISTER_E_PEER, "wire.type", "message type %u is unknown", type);
	if (r->from != from)
		return fail(why, CLOISTER_E_PEER, "wire.type",
			    "message type %u from the wrong side", type);
	if (len < r->min || len > r->max)
		return fail(why, CLOISTER_E_PEER, "wire.length",
			    "message type %u with %zu bytes, allowed are %u to %u", type, len, r->min,
			    r->max);
	return CLOISTER_OK;
}

enum cloister_err wire_next(struct bytes in, enum wire_from from, enum wire_type *type_out,
			    struct bytes *body_out, size_t *used_out, struct cloister_fault *why)
{
	*used_out = 0;
	if (in.len < WIRE_HEAD)
		return CLOISTER_OK;

	struct cloister_fault local;
	struct rd r = rd_open(in, &local);
	uint32_t len = rd_be32(&r, "length");
	uint8_t type = rd_u8(&r, "type");
	/* Before the body is here: a peer that announces nonsense is not waited for. */
	TRY(legal(type, from, len, why));
	if (rd_left(&r) < len)
		return CLOISTER_OK;
	*type_out = (enum wire_type)type;
	*body_out = rd_take(&r, len, "body");
	*used_out = WIRE_HEAD + len;
	return CLOISTER_OK;
}

enum cloister_err wire_head(enum wire_type type, enum wire_from from, size_t len,
			    uint8_t head[static WIRE_HEAD], struct cloister_fault *why)
{
	TRY(legal((unsigned)type, from, len, why));
	struct wr w = wr_open(head, WIRE_HEAD);
	wr_be32(&w, (uint32_t)len);
	wr_u8(&w, (uint8_t)type);
	return CLOISTER_OK;
}

enum { MASK_NONCE = 1, MASK_USER_DATA = 2, MASK_PUBLIC_KEY = 4, MASK_ALL = 7 };

static struct bytes field(struct rd *r, uint8_t mask, uint8_t bit, const char *name)
{
	static const uint8_t empty[1];

	if (!(mask & bit))
		return BYTES_NONE;
	uint16_t len = rd_be16(r, name);
	rd_want(r, len <= LIMIT_NSM_FIELD, name);
	struct bytes b = rd_take(r, len, name);
	/* Present but empty is not the same as absent. */
	return b.len ? b : bytes_of(empty, 0);
}

enum cloister_err wire_attest_read(struct bytes body, struct wire_attest *out,
				   struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(body, why ? why : &local);
	struct wire_attest a = { 0 };

	a.id = rd_be32(&r, "id");
	uint8_t mask = rd_u8(&r, "mask");
	rd_want(&r, (mask & ~MASK_ALL) == 0, "mask");
	a.nonce = field(&r, mask, MASK_NONCE, "nonce");
	a.user_data = field(&r, mask, MASK_USER_DATA, "user_data");
	a.public_key = field(&r, mask, MASK_PUBLIC_KEY, "public_key");
	TRY(rd_close(&r, "attest"));
	*out = a;
	return CLOISTER_OK;
}

static void put_field(struct wr *w, struct bytes b)
{
	if (!b.data)
		return;
	wr_be16(w, (uint16_t)b.len);
	wr_put(w, b);
}

enum cloister_err wire_attest_write(const struct wire_attest *a, uint8_t *room, size_t room_len,
				    struct bytes *out, struct cloister_fault *why)
{
	struct wr w = wr_open(room, room_len);

	if (a->nonce.len > LIMIT_NSM_FIELD || a->user_data.len > LIMIT_NSM_FIELD ||
	    a->public_key.len > LIMIT_NSM_FIELD)
		return fail(why, CLOISTER_E_LIMIT, "attest", "a field has more than %u bytes",
			    LIMIT_NSM_FIELD);
	wr_be32(&w, a->id);
	wr_u8(&w, (uint8_t)((a->nonce.data ? MASK_NONCE : 0) | (a->user_data.data ? MASK_USER_DATA : 0) |
			    (a->public_key.data ? MASK_PUBLIC_KEY : 0)));
	put_field(&w, a->nonce);
	put_field(&w, a->user_data);
	put_field(&w, a->public_key);
	return wr_close(&w, "attest", out, why);
}
