/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_FORGE_KEY_H
#define CRYPTO_FORGE_KEY_H

/*
 * forge_key.h - for tests and vectors only: private keys of every kind that
 * evidence is signed with, and signatures in the forms that evidence has.
 * Everything aborts when it cannot do its work.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/hash.h"

#define FORGE_SIG_MAX 1024u

struct forge_key {
	void *pkey;
	bool is_rsa;
	uint8_t point[97];    /* 04 || x || y, of an EC key */
	size_t point_len;     /* 65 or 97 */
	uint8_t modulus[1024], exponent[8]; /* of an RSA key, without leading zeros */
	size_t modulus_len, exponent_len;
};

struct forge_key *forge_key_ec(const char *curve); /* "P-256", "P-384" */
struct forge_key *forge_key_rsa(unsigned bits, uint64_t exponent);
struct forge_key *forge_key_read(struct bytes pem); /* PKCS#8 */
void forge_key_free(struct forge_key *k);

/* What a signature is made of, beyond the key. */
struct forge_scheme {
	enum hash_kind hash;
	bool pss;             /* for RSA: PSS, else PKCS#1 v1.5 */
	int salt_len;         /* of PSS; -1: as long as the hash */
	bool other_mgf1_hash; /* MGF1 with SHA-1: wrong everywhere */
};

/* Signs a digest: r || s for EC keys, the bare number for RSA. Returns its length. */
size_t forge_key_sign(const struct forge_key *k, const struct forge_scheme *s, struct bytes digest,
		      uint8_t out[static FORGE_SIG_MAX]);

/* Hashes first. */
size_t forge_key_sign_message(const struct forge_key *k, const struct forge_scheme *s,
			      struct bytes message, uint8_t out[static FORGE_SIG_MAX]);

static inline struct bytes forge_key_point(const struct forge_key *k)
{
	return (struct bytes){ k->point, k->point_len };
}
static inline struct bytes forge_key_modulus(const struct forge_key *k)
{
	return (struct bytes){ k->modulus, k->modulus_len };
}
static inline struct bytes forge_key_exponent(const struct forge_key *k)
{
	return (struct bytes){ k->exponent, k->exponent_len };
}

#endif
