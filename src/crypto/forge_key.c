/* SPDX-License-Identifier: Apache-2.0 */
/* forge_key.c - signing by OpenSSL's EVP, right or wrong as asked. For tests only. */

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

static void set_up_rsa(EVP_PKEY_CTX *ctx, const struct forge_scheme *s)
{
	must(EVP_PKEY_CTX_set_signature_md(ctx, md_of(s->hash)) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, s->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1);
	if (!s->pss)
		return;
	must(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, s->salt_len) == 1); /* -1: of the digest */
	if (s->other_mgf1_hash)
		must(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha1()) == 1);
}

static size_t to_raw(const uint8_t *der, size_t der_len, size_t half, uint8_t *out)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);

	must(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)half) == (int)half &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + half, (int)half) == (int)half);
	ECDSA_SIG_free(sig);
	return 2 * half;
}

size_t forge_key_sign(const struct forge_key *k, const struct forge_scheme *s, struct bytes digest,
		      uint8_t out[static FORGE_SIG_MAX])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	uint8_t der[FORGE_SIG_MAX];
	size_t len = sizeof der;

	must(ctx && EVP_PKEY_sign_init(ctx) == 1);
	if (k->is_rsa)
		set_up_rsa(ctx, s);
	must(EVP_PKEY_sign(ctx, der, &len, digest.data, digest.len) == 1);
	EVP_PKEY_CTX_free(ctx);
	if (!k->is_rsa)
		return to_raw(der, len, k->point_len / 2, out);
	memcpy(out, der, len);
	return len;
}

size_t forge_key_sign_message(const struct forge_key *k, const struct forge_scheme *s,
			      struct bytes message, uint8_t out[static FORGE_SIG_MAX])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	must(EVP_Digest(message.data, message.len, digest, &len, md_of(s->hash), NULL) == 1);
	return forge_key_sign(k, s, bytes_of(digest, len), out);
}
