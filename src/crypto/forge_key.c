/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge_key.c - signing with OpenSSL, right or wrong as asked, and the same
 * each time: nonces and salts come from the message. For tests only, since a
 * key that signs like this is not worth having.
 */

#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/forge_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds)
{
	if (!holds)
		abort();
}

static size_t number(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t room)
{
	BIGNUM *n = NULL;

	must(EVP_PKEY_get_bn_param(pkey, name, &n) == 1);
	size_t len = (size_t)BN_num_bytes(n);
	must(len <= room && (size_t)BN_bn2bin(n, out) == len);
	BN_free(n);
	return len;
}

static struct forge_key *wrap(EVP_PKEY *pkey)
{
	struct forge_key *k = calloc(1, sizeof *k);

	must(k && pkey);
	k->pkey = pkey;
	k->is_rsa = EVP_PKEY_is_a(pkey, "RSA") == 1;
	if (k->is_rsa) {
		k->modulus_len = number(pkey, OSSL_PKEY_PARAM_RSA_N, k->modulus, sizeof k->modulus);
		k->exponent_len =
			number(pkey, OSSL_PKEY_PARAM_RSA_E, k->exponent, sizeof k->exponent);
		return k;
	}
	uint8_t *point = NULL;
	k->point_len = EVP_PKEY_get1_encoded_public_key(pkey, &point);
	must(k->point_len == 65 || k->point_len == 97);
	memcpy(k->point, point, k->point_len);
	OPENSSL_free(point);
	return k;
}

struct forge_key *forge_key_ec(const char *curve)
{
	return wrap(EVP_EC_gen(curve));
}

struct forge_key *forge_key_rsa(unsigned bits, uint64_t exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	BIGNUM *e = BN_new();

	must(ctx && e && BN_set_word(e, exponent) == 1 && EVP_PKEY_keygen_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
	     EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1 && EVP_PKEY_generate(ctx, &pkey) == 1);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return wrap(pkey);
}

struct forge_key *forge_key_read(struct bytes pem)
{
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return wrap(pkey);
}

void forge_key_free(struct forge_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

static const EVP_MD *md_of(enum hash_kind hash)
{
	return hash == HASH_SHA256 ? EVP_sha256() : hash == HASH_SHA384 ? EVP_sha384() : EVP_sha512();
}

static void digest_of(const EVP_MD *md, struct bytes a, struct bytes b, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
	     EVP_DigestUpdate(ctx, a.data, a.len) == 1 && EVP_DigestUpdate(ctx, b.data, b.len) == 1 &&
	     EVP_DigestFinal_ex(ctx, out, NULL) == 1);
	EVP_MD_CTX_free(ctx);
}

/* r || s with a nonce out of key and digest: the same each time, which is all that is asked of it. */
static size_t sign_ec(const struct forge_key *k, struct bytes digest, uint8_t *out)
{
	const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(k->pkey);
	const EC_GROUP *group = EC_KEY_get0_group(ec);
	const BIGNUM *n = EC_GROUP_get0_order(group);
	int half = (int)k->point_len / 2;
	uint8_t private[64], seed[64], x[64];
	BN_CTX *ctx = BN_CTX_new();
	EC_POINT *p = EC_POINT_new(group);

	must(ctx && p && BN_bn2binpad(EC_KEY_get0_private_key(ec), private, half) == half);
	digest_of(EVP_sha512(), bytes_of(private, (size_t)half), digest, seed);
	BIGNUM *nonce = BN_bin2bn(seed, sizeof seed, NULL), *r = BN_new();
	must(nonce && r && BN_mod(nonce, nonce, n, ctx) == 1 && !BN_is_zero(nonce) &&
	     EC_POINT_mul(group, p, nonce, NULL, NULL, ctx) == 1 &&
	     EC_POINT_get_affine_coordinates(group, p, r, NULL, ctx) == 1 && BN_mod(r, r, n, ctx) == 1 &&
	     BN_mod_inverse(nonce, nonce, n, ctx) == nonce);
	ECDSA_SIG *sig = ECDSA_do_sign_ex(digest.data, (int)digest.len, nonce, r, (EC_KEY *)(uintptr_t)ec);
	must(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, half) == half &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), x, half) == half);
	memcpy(out + half, x, (size_t)half);
	ECDSA_SIG_free(sig);
	BN_free(nonce);
	BN_free(r);
	EC_POINT_free(p);
	BN_CTX_free(ctx);
	return 2 * (size_t)half;
}

static void mask(const EVP_MD *md, struct bytes seed, uint8_t *db, size_t len)
{
	uint8_t block[EVP_MAX_MD_SIZE], counter[4] = { 0 };
	size_t size = (size_t)EVP_MD_get_size(md);

	for (size_t i = 0; i < len; i++) {
		if (i % size == 0) {
			digest_of(md, seed, BYTES_OF(counter), block);
			counter[3]++;
		}
		db[i] ^= block[i % size];
	}
}

/* RFC 8017 9.1.1, with a salt of zeros. */
static void encode_pss(const struct forge_key *k, const struct forge_scheme *s, struct bytes digest,
		       uint8_t *em)
{
	static const uint8_t zeros[FORGE_SIG_MAX];
	const EVP_MD *md = md_of(s->hash);
	size_t salt_len = s->salt_len < 0 ? digest.len : (size_t)s->salt_len;
	BIGNUM *n = BN_bin2bn(k->modulus, (int)k->modulus_len, NULL);
	size_t bits = (size_t)BN_num_bits(n) - 1, len = (bits + 7) / 8, db_len = len - digest.len - 1;
	uint8_t inner[8 + EVP_MAX_MD_SIZE] = { 0 };

	BN_free(n);
	em += k->modulus_len - len; /* one byte less when the modulus has 8i + 1 bits */
	must(db_len > salt_len);
	memcpy(inner + 8, digest.data, digest.len);
	em[db_len - salt_len - 1] = 1;
	digest_of(md, bytes_of(inner, 8 + digest.len), bytes_of(zeros, salt_len), em + db_len);
	mask(s->other_mgf1_hash ? EVP_sha1() : md, bytes_of(em + db_len, digest.len), em, db_len);
	em[0] &= (uint8_t)(0xff >> (8 * len - bits));
	em[len - 1] = 0xbc;
}

static size_t sign_rsa(const struct forge_key *k, const struct forge_scheme *s, struct bytes digest,
		       uint8_t *out)
{
	RSA *rsa = (RSA *)(uintptr_t)EVP_PKEY_get0_RSA(k->pkey);
	uint8_t em[FORGE_SIG_MAX] = { 0 };
	unsigned len = 0;

	if (!s->pss) {
		must(RSA_sign(EVP_MD_get_type(md_of(s->hash)), digest.data, (unsigned)digest.len, out,
			      &len, rsa) == 1);
		return len;
	}
	encode_pss(k, s, digest, em);
	must(RSA_private_encrypt((int)k->modulus_len, em, out, rsa, RSA_NO_PADDING) ==
	     (int)k->modulus_len);
	return k->modulus_len;
}

size_t forge_key_sign(const struct forge_key *k, const struct forge_scheme *s, struct bytes digest,
		      uint8_t out[static FORGE_SIG_MAX])
{
	return k->is_rsa ? sign_rsa(k, s, digest, out) : sign_ec(k, digest, out);
}

size_t forge_key_sign_message(const struct forge_key *k, const struct forge_scheme *s,
			      struct bytes message, uint8_t out[static FORGE_SIG_MAX])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	must(EVP_Digest(message.data, message.len, digest, &len, md_of(s->hash), NULL) == 1);
	return forge_key_sign(k, s, bytes_of(digest, len), out);
}
