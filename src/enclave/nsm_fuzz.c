/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsm_fuzz.c - a hostile guest: the input is a series of requests, each behind a
 * 16-bit length, to one NSM. Every reply is one whole item, what is locked stays
 * locked and as it is, and nothing outside 0..31 is touched.
 */

#include <stdlib.h>

#include "codec/cbor.h"
#include "enclave/nsm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t certificate[600], root[540], issuer[700];

static enum cloister_err no_random(void *ctx, uint8_t *out, size_t len, struct cloister_fault *why)
{
	(void)ctx, (void)why;
	memset(out, 0x5a, len);
	return CLOISTER_OK;
}

static enum cloister_err same_identity(void *ctx, uint64_t now_ms, struct nsm_identity *out,
				       struct cloister_fault *why)
{
	(void)ctx, (void)now_ms, (void)why;
	*out = (struct nsm_identity){ BYTES_OF(certificate),
				      { BYTES_OF(root), BYTES_OF(issuer) },
				      2 };
	return CLOISTER_OK;
}

/* Signing is not what is fuzzed, and slow. */
static enum cloister_err no_signature(void *ctx, const uint8_t digest[static SHA384_LEN],
				      uint8_t sig_out[static SIGN_SIG_LEN],
				      struct cloister_fault *why)
{
	(void)ctx, (void)why;
	memcpy(sig_out, digest, SHA384_LEN);
	memcpy(sig_out + SHA384_LEN, digest, SHA384_LEN);
	return CLOISTER_OK;
}

static void check_locks(const struct nsm *before, const struct nsm *after)
{
	if ((before->locked & ~after->locked) != 0)
		abort();
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		if (before->locked >> i & 1 && !mem_same(before->pcr[i], after->pcr[i], PCR_LEN))
			abort();
}

static void one_request(struct nsm *n, struct bytes request)
{
	static uint8_t room[LIMIT_NSM_RESPONSE];
	const struct nsm before = *n;
	struct bytes reply = BYTES_NONE;
	struct cloister_fault why;

	if (nsm_answer(n, 1790000000123, request, room, &reply, &why) != CLOISTER_OK)
		abort();
	struct rd r = rd_open(reply, &why);
	(void)cbor_skip(&r, CBOR_DEFINITE, "reply");
	if (rd_close(&r, "reply") != CLOISTER_OK)
		abort();
	check_locks(&before, n);
	if (!bytes_are(bytes_text(n->module_id), before.module_id))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nsm_host host = { NULL, no_random, same_identity, no_signature };
	const struct measurements image = { 0 };
	struct cloister_fault why;
	struct nsm n;

	if (nsm_init("i-0123456789abcdef0-enc0123456789abcdef", &image, false, host, &n, NULL))
		abort();
	struct rd r = rd_open(bytes_of(data, size), &why);
	for (int i = 0; i < 16 && rd_left(&r) >= 2; i++) {
		size_t len = rd_be16(&r, "length");
		one_request(&n, rd_take(&r, len < rd_left(&r) ? len : rd_left(&r), "request"));
	}
	return 0;
}
