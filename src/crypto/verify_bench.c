/* SPDX-License-Identifier: Apache-2.0 */
/* verify_bench.c - EVP_PKEY_verify() in a loop, as `openssl speed ecdsap384` does it. */

#include "crypto/verify_bench.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct p384_baseline {
	EVP_PKEY *key;
	EVP_PKEY_CTX *ctx;
	unsigned char digest[48], sig[128];
	size_t sig_len;
};

static bool prepare(struct p384_baseline *b)
{
	/* A digest like any other: with zeros OpenSSL has less to do. */
	for (size_t i = 0; i < sizeof b->digest; i++)
		b->digest[i] = (unsigned char)(0x5a ^ 37 * i);
	b->key = EVP_EC_gen("P-384");
	b->sig_len = sizeof b->sig;
	EVP_PKEY_CTX *sign = b->key ? EVP_PKEY_CTX_new(b->key, NULL) : NULL;
	bool good = sign && EVP_PKEY_sign_init(sign) == 1 &&
		    EVP_PKEY_sign(sign, b->sig, &b->sig_len, b->digest, sizeof b->digest) == 1;

	EVP_PKEY_CTX_free(sign);
	b->ctx = good ? EVP_PKEY_CTX_new(b->key, NULL) : NULL;
	return b->ctx && EVP_PKEY_verify_init(b->ctx) == 1;
}

struct p384_baseline *p384_baseline_new(void)
{
	struct p384_baseline *b = calloc(1, sizeof *b);

	if (b && prepare(b))
		return b;
	p384_baseline_free(b);
	return NULL;
}

bool p384_baseline_verify(struct p384_baseline *b)
{
	return EVP_PKEY_verify(b->ctx, b->sig, b->sig_len, b->digest, sizeof b->digest) == 1;
}

void p384_baseline_free(struct p384_baseline *b)
{
	if (!b)
		return;
	EVP_PKEY_CTX_free(b->ctx);
	EVP_PKEY_free(b->key);
	free(b);
}
