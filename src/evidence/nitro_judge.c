/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro_judge.c - from an AWS Nitro document to a verdict: parse (R1 to R5), find
 * out who vouches (R6 to R11), check the signature over the very bytes that were
 * parsed (R12), and only then look at what they say (R13 to R20).
 */

#include "base/limits.h"
#include "codec/cose.h"
#include "crypto/verify.h"
#include "evidence/chain.h"
#include "evidence/kind.h"
#include "evidence/nitro.h"

/* R1 to R5. False when one failed. */
static bool parse(struct bytes doc, struct cose_sign1 *frame, struct nitro_doc *d,
		  struct cloister_verdict *v)
{
	struct cloister_fault why;

	if (doc.len == 0 || doc.len > LIMIT_EVIDENCE) {
		verdict_failed(v, CHECK_SIZE, "%zu bytes; 1 to %u are accepted", doc.len,
			       LIMIT_EVIDENCE);
		return false;
	}
	verdict_held(v, CHECK_SIZE, "%zu bytes", doc.len);
	if (cose_sign1_read(doc, frame, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_ENVELOPE, &why);
		return false;
	}
	verdict_held(v, CHECK_ENVELOPE, "%s", "");
	if (!bytes_equal(frame->protected_header, cose_header_es384)) {
		verdict_failed(v, CHECK_ALGORITHM,
			       "the protected header is not exactly {1: -35}");
		return false;
	}
	verdict_held(v, CHECK_ALGORITHM, "ES384");
	if (nitro_payload_check(frame->payload, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_PAYLOAD, &why);
		return false;
	}
	verdict_held(v, CHECK_PAYLOAD, "%zu bytes", frame->payload.len);
	if (nitro_doc_read(frame->payload, d, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_MEMBERS, &why);
		return false;
	}
	verdict_held(v, CHECK_MEMBERS, "%s", "");
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
		verdict_held(v, CHECK_SIGNATURE, "%s", "");
	else
		verdict_failed(v, CHECK_SIGNATURE,
			       "the signature is not the leaf's over these bytes");
	return CLOISTER_OK;
}

/* The instance id in "<instance id>-enc<enclave id>"; empty when it has another form. */
static struct bytes instance_of(struct bytes module_id)
{
	for (size_t i = module_id.len; i-- > 1;) {
		struct bytes rest = bytes_of(module_id.data + i, module_id.len - i);
		if (bytes_skip(&rest, "-enc"))
			return bytes_of(module_id.data, i);
	}
	return BYTES_NONE;
}

/* PCR4 = SHA-384(48 zero bytes || instance id): a free cross-check, true of all real documents. */
static enum cloister_err check_instance(const struct nitro_doc *d, struct cloister_verdict *v,
					struct cloister_fault *why)
{
	uint8_t input[SHA384_LEN + LIMIT_MODULE_ID] = { 0 }, pcr4[SHA384_LEN];
	struct bytes id = instance_of(d->module_id);

	if (id.len == 0) {
		verdict_failed(v, CHECK_INSTANCE, "module_id names no instance");
		return CLOISTER_OK;
	}
	memcpy(input + SHA384_LEN, id.data, id.len);
	TRY(hash_sha384(bytes_of(input, SHA384_LEN + id.len), pcr4, why));
	if (!d->pcr[4].data)
		verdict_failed(v, CHECK_INSTANCE, "PCR4 is not in the document");
	else if (!mem_same(d->pcr[4].data, pcr4, SHA384_LEN))
		verdict_failed(v, CHECK_INSTANCE,
			       "PCR4 was extended with another instance than module_id names");
	else
		verdict_held(v, CHECK_INSTANCE, "%s", "");
	return CLOISTER_OK;
}

/* The claims' names, which a verdict keeps. */
static const char *pcr_name(unsigned i)
{
	static const char names[LIMIT_PCRS][6] = {
		"pcr0",	 "pcr1",  "pcr2",  "pcr3",  "pcr4",  "pcr5",  "pcr6",  "pcr7",
		"pcr8",	 "pcr9",  "pcr10", "pcr11", "pcr12", "pcr13", "pcr14", "pcr15",
		"pcr16", "pcr17", "pcr18", "pcr19", "pcr20", "pcr21", "pcr22", "pcr23",
		"pcr24", "pcr25", "pcr26", "pcr27", "pcr28", "pcr29", "pcr30", "pcr31",
	};

	return names[i];
}

static bool is_debug(const struct nitro_doc *d)
{
	for (unsigned i = 0; i <= 2; i++)
		if ((d->pcr_mask >> i & 1) && mem_is_zero(d->pcr[i].data, NITRO_PCR_LEN))
			return true;
	return false;
}

static void claim(const struct nitro_doc *d, const struct chain *c, struct cloister_verdict *v)
{
	v->root_is_builtin = c->root_is_builtin;
	verdict_claim_text(v, "module_id", d->module_id);
	verdict_claim_time(v, "timestamp", d->timestamp_ms / 1000);
	verdict_claim_u64(v, "timestamp_ms", d->timestamp_ms);
	verdict_claim_bytes(v, "measurement", d->pcr[0]);
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		verdict_claim_bytes(v, pcr_name(i), d->pcr[i]);
	verdict_claim_bytes(v, "nonce", d->nonce);
	verdict_claim_bytes(v, "user_data", d->user_data);
	verdict_claim_bytes(v, "public_key", d->public_key);
	verdict_claim_bool(v, "debug", is_debug(d));
	verdict_claim_text(v, "platform_id", d->module_id);
	verdict_claim_text_copy(v, "root", c->root_is_builtin ? "aws-nitro-root-g1" : "caller-root");
	verdict_claim_bytes_copy(v, "root_sha256", BYTES_OF(c->root_sha256));
	verdict_claim_time(v, "valid_from", c->path.valid_from_s);
	verdict_claim_time(v, "valid_until", c->path.valid_until_s);
}

static struct spoken spoken_by(const struct nitro_doc *d)
{
	return (struct spoken){
		.kind = KIND_NITRO,
		.has_time = true,
		.made_s = d->timestamp_ms / 1000,
		.is_debug = is_debug(d),
		.debug_unknown = (d->pcr_mask & 7) == 7 ?
					 NULL :
					 "PCR0, PCR1 or PCR2 is missing, so nothing says that it is not",
		.debug_because = "PCR0, PCR1 or PCR2 is all zeros",
		.has_fields = true,
		.nonce = d->nonce,
		.user_data = d->user_data,
		.public_key = d->public_key,
		.platform_id = d->module_id,
	};
}

enum cloister_err nitro_judge(const struct judge *j, struct bytes doc, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	struct cose_sign1 frame;
	struct nitro_doc d;
	struct chain chain;

	verdict_ask(v, CHECK_SIZE, CHECK_SIGNATURE);
	verdict_ask(v, CHECK_TIMESTAMP, CHECK_PUBLIC_KEY);
	if (!parse(doc, &frame, &d, v))
		return CLOISTER_OK;
	TRY(chain_check(j->trust, d.certs, d.n_certs, j->now_s, &chain, v, why));
	if (!verdict_held_to(v, CHECK_CHAIN))
		return CLOISTER_OK;
	TRY(check_signature(&frame, &chain.path.certs[chain.path.n - 1], v, why));
	if (!verdict_held_to(v, CHECK_SIGNATURE))
		return CLOISTER_OK;
	claim(&d, &chain, v);
	TRY(check_instance(&d, v, why));
	struct spoken s = spoken_by(&d);
	expect_common(j->policy, &s, j->now_s, v);
	return CLOISTER_OK;
}
