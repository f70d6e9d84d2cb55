/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - from bytes to a verdict: parse (R1 to R5), find out who vouches
 * (R6 to R11), check the signature over the very bytes that were parsed (R12),
 * and only then look at what they say (R13 to R20).
 */

#include "base/limits.h"
#include "codec/cose.h"
#include "crypto/verify.h"
#include "evidence/chain.h"
#include "evidence/expect.h"
#include "evidence/nitro.h"
#include "evidence/verdict.h"

/* R1 to R5. False when one failed. */
static bool parse(struct bytes doc, struct cose_sign1 *frame, struct nitro_doc *d,
		  struct cloister_verdict *v)
{
	struct cloister_fault why;

	if (doc.len == 0 || doc.len > LIMIT_EVIDENCE) {
		verdict_failed(v, CLOISTER_CHECK_SIZE, "%zu bytes; 1 to %u are accepted", doc.len,
			       LIMIT_EVIDENCE);
		return false;
	}
	verdict_held(v, CLOISTER_CHECK_SIZE, "%zu bytes", doc.len);
	if (cose_sign1_read(doc, frame, &why) != CLOISTER_OK) {
		verdict_fault(v, CLOISTER_CHECK_ENVELOPE, &why);
		return false;
	}
	verdict_held(v, CLOISTER_CHECK_ENVELOPE, "%s", "");
	if (!bytes_equal(frame->protected_header, cose_header_es384)) {
		verdict_failed(v, CLOISTER_CHECK_ALGORITHM,
			       "the protected header is not exactly {1: -35}");
		return false;
	}
	verdict_held(v, CLOISTER_CHECK_ALGORITHM, "ES384");
	if (nitro_payload_check(frame->payload, &why) != CLOISTER_OK) {
		verdict_fault(v, CLOISTER_CHECK_PAYLOAD, &why);
		return false;
	}
	verdict_held(v, CLOISTER_CHECK_PAYLOAD, "%zu bytes", frame->payload.len);
	if (nitro_doc_read(frame->payload, d, &why) != CLOISTER_OK) {
		verdict_fault(v, CLOISTER_CHECK_MEMBERS, &why);
		return false;
	}
	verdict_held(v, CLOISTER_CHECK_MEMBERS, "%s", "");
	return true;
}

static enum cloister_err check_signature(const struct cose_sign1 *frame, const struct cert *leaf,
					 struct cloister_verdict *v, struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;
	uint8_t room[COSE_HEAD_ROOM], digest[SHA384_LEN];
	struct bytes head;
	bool good;

	TRY(cose_sign1_head(frame, room, sizeof room, &head, why));
	TRY(hash_new(HASH_SHA384, &h, why));
	hash_update(h, head);
	hash_update(h, frame->payload);
	TRY(hash_final(h, digest, why));
	TRY(p384_verify(leaf->key.point.data, digest, frame->signature.data, &good, why));
	if (good)
		verdict_held(v, CLOISTER_CHECK_SIGNATURE, "%s", "");
	else
		verdict_failed(v, CLOISTER_CHECK_SIGNATURE,
			       "the signature is not the leaf's over these bytes");
	return CLOISTER_OK;
}

static struct cloister_claims claims_of(const struct nitro_doc *d, const struct chain *c)
{
	struct cloister_claims out = {
		.module_id = lend(d->module_id),
		.timestamp_ms = d->timestamp_ms,
		.pcr_mask = d->pcr_mask,
		.nonce = lend(d->nonce),
		.user_data = lend(d->user_data),
		.public_key = lend(d->public_key),
		.root_is_builtin = c->root_is_builtin,
		.is_debug = expect_is_debug(d),
		.valid_from_s = c->valid_from_s,
		.valid_until_s = c->valid_until_s,
	};

	memcpy(out.root_sha256, c->root_sha256, sizeof out.root_sha256);
	for (unsigned i = 0; i < CLOISTER_PCR_COUNT; i++)
		out.pcr[i] = lend(d->pcr[i]);
	return out;
}

static enum cloister_err judge(struct cloister_trust *trust, const struct cloister_expect *expect,
			       struct bytes doc, uint64_t now_s, struct cloister_verdict *v,
			       struct cloister_fault *why)
{
	struct cose_sign1 frame;
	struct nitro_doc d;
	struct chain chain;

	if (!parse(doc, &frame, &d, v))
		return CLOISTER_OK;
	TRY(chain_check(trust, d.certs, d.n_certs, now_s, &chain, v, why));
	if (!verdict_held_to(v, CLOISTER_CHECK_CHAIN))
		return CLOISTER_OK;
	TRY(check_signature(&frame, &chain.certs[chain.n - 1], v, why));
	if (!verdict_held_to(v, CLOISTER_CHECK_SIGNATURE))
		return CLOISTER_OK;
	v->claims = claims_of(&d, &chain);
	return expect_check(expect, &d, now_s, v, why);
}

enum cloister_err cloister_verify(struct cloister_trust *trust,
				  const struct cloister_expect *expect,
				  struct cloister_bytes evidence, uint64_t now_s,
				  struct cloister_verdict *verdict, struct cloister_fault *why)
{
	struct cloister_verdict v = verdict_new("nitro");

	if (!trust || !expect || !verdict)
		return fail(why, CLOISTER_E_USAGE, "verify", "trust, expectations and verdict are due");
	TRY(expect_ready(expect, why));
	TRY(judge(trust, expect, borrow(evidence), now_s, &v, why));
	verdict_seal(&v);
	*verdict = v;
	return CLOISTER_OK;
}
