/* SPDX-License-Identifier: Apache-2.0 */
/* raw_bench.c - EVP_PKEY_verify() in a loop, as `openssl speed` does it. */

#include "crypto/raw_bench.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

struct raw_signature {
	EVP_PKEY *key;
	EVP_PKEY_CTX *ctx;
	unsigned char digest[48], sig[512];
	size_t digest_len, sig_len;
};

static const struct {
	const char *name, *curve;
	unsigned bits; /* of an RSA key */
	size_t digest_len;
} kinds[RAW_KINDS] = {
	[RAW_P256] = { "P-256", "P-256", 0, 32 },
	[RAW_P384] = { "P-384", "P-384", 0, 48 },
	[RAW_RSA2048] = { "RSA-2048", NULL, 2048, 32 },
	[RAW_RSA3072] = { "RSA-3072", NULL, 3072, 48 },
	[RAW_RSA4096] = { "RSA-4096", NULL, 4096, 48 },
};

const char *raw_name(enum raw_kind kind)
{
	return kinds[kind].name;
}

/* PKCS#1 v1.5 and PSS cost the same to verify: the exponentiation is nearly all. */
static bool set_digest(EVP_PKEY_CTX *ctx, const struct raw_signature *r, bool rsa)
{
	const EVP_MD *md = r->digest_len == 32 ? EVP_sha256() : EVP_sha384();

	return !rsa || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
			EVP_PKEY_CTX_set_signature_md(ctx, md) == 1);
}

static bool prepare(struct raw_signature *r, enum raw_kind kind)
{
	bool rsa = !kinds[kind].curve;

	/* A digest like any other: with zeros OpenSSL has less to do. */
	for (size_t i = 0; i < sizeof r->digest; i++)
		r->digest[i] = (unsigned char)(0x5a ^ 37 * i);
	r->digest_len = kinds[kind].digest_len;
	r->key = rsa ? EVP_RSA_gen(kinds[kind].bits) : EVP_EC_gen(kinds[kind].curve);
	r->sig_len = sizeof r->sig;
	EVP_PKEY_CTX *sign = r->key ? EVP_PKEY_CTX_new(r->key, NULL) : NULL;
	bool good = sign && EVP_PKEY_sign_init(sign) == 1 && set_digest(sign, r, rsa) &&
		    EVP_PKEY_sign(sign, r->sig, &r->sig_len, r->digest, r->digest_len) == 1;

	EVP_PKEY_CTX_free(sign);
	r->ctx = good ? EVP_PKEY_CTX_new(r->key, NULL) : NULL;
	return r->ctx && EVP_PKEY_verify_init(r->ctx) == 1 && set_digest(r->ctx, r, rsa);
}

struct raw_signature *raw_new(enum raw_kind kind)
{
	struct raw_signature *r = calloc(1, sizeof *r);

	if (r && prepare(r, kind))
		return r;
	raw_free(r);
	return NULL;
}

bool raw_verify(struct raw_signature *r)
{
	return EVP_PKEY_verify(r->ctx, r->sig, r->sig_len, r->digest, r->digest_len) == 1;
}

void raw_free(struct raw_signature *r)
{
	if (!r)
		return;
	EVP_PKEY_CTX_free(r->ctx);
	EVP_PKEY_free(r->key);
	free(r);
}
