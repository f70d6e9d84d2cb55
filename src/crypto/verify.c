/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - by OpenSSL's EC_KEY and RSA: 3.5 µs to set a P-384 key up against
 * 27 µs for EVP_PKEY_fromdata() and 214 µs for d2i_X509(), beside 900 µs for
 * P-384, 80 µs for P-256 and 70 µs for RSA-4096 themselves. Both are
 * deprecated in OpenSSL 3 but not gone; leaving them means changing key_of(),
 * ec_verify() and rsa_verify().
 */

#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/verify.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <pthread.h>

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 4096
#define RSA_MAX_LEN (RSA_MAX_BITS / 8)

static const struct {
	int hash; /* NID */
	const char *hash_name;
	size_t hash_len;
	bool pss;
} schemes[] = {
	[RSA_PKCS1_SHA256] = { NID_sha256, "SHA256", SHA256_LEN, false },
	[RSA_PKCS1_SHA384] = { NID_sha384, "SHA384", SHA384_LEN, false },
	[RSA_PKCS1_SHA512] = { NID_sha512, "SHA512", SHA512_LEN, false },
	[RSA_PSS_SHA256] = { NID_sha256, "SHA256", SHA256_LEN, true },
	[RSA_PSS_SHA384] = { NID_sha384, "SHA384", SHA384_LEN, true },
};
#define SCHEMES (sizeof schemes / sizeof *schemes)

/* Made once and never freed; a curve or digest that is not there stays NULL. */
static EC_GROUP *p256, *p384;
static EVP_MD *pss_hash[SCHEMES];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void make(void)
{
	p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	p384 = EC_GROUP_new_by_curve_name(NID_secp384r1);
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].pss)
			pss_hash[i] = EVP_MD_fetch(NULL, schemes[i].hash_name, NULL);
}

static void drop_key(EC_KEY **k)
{
	EC_KEY_free(*k);
}

static void drop_point(EC_POINT **p)
{
	EC_POINT_free(*p);
}

static void drop_sig(ECDSA_SIG **s)
{
	ECDSA_SIG_free(*s);
}

static void drop_rsa(RSA **r)
{
	RSA_free(*r);
}

/* NULL when out of memory. EC_POINT_oct2point() says no to what is not on the curve. */
static EC_KEY *key_of(const EC_GROUP *group, struct bytes point, bool *on_curve)
{
	own(drop_point) EC_POINT *p = EC_POINT_new(group);
	own(drop_key) EC_KEY *key = EC_KEY_new();

	if (!p || !key || EC_KEY_set_group(key, group) != 1)
		return NULL;
	/* OpenSSL also takes the hybrid form (6, 7), a second name for the same key. */
	*on_curve = point.data[0] == 4 &&
		    EC_POINT_oct2point(group, p, point.data, point.len, NULL) == 1;
	if (*on_curve && EC_KEY_set_public_key(key, p) != 1)
		return NULL;
	return give(key, NULL);
}

static ECDSA_SIG *sig_of(struct bytes sig)
{
	own(drop_sig) ECDSA_SIG *s = ECDSA_SIG_new();
	int half = (int)sig.len / 2;
	BIGNUM *r_value = BN_bin2bn(sig.data, half, NULL);
	BIGNUM *s_value = BN_bin2bn(sig.data + half, half, NULL);

	if (s && r_value && s_value && ECDSA_SIG_set0(s, r_value, s_value) == 1)
		return give(s, NULL);
	BN_free(r_value);
	BN_free(s_value);
	return NULL;
}

static enum cloister_err ec_verify(const EC_GROUP *group, struct bytes point, struct bytes digest,
				   struct bytes sig, bool *good_out, struct cloister_fault *why)
{
	bool on_curve = false;

	if (!group)
		return fail(why, CLOISTER_E_NOMEM, "ecdsa", "the curve is not available");
	own(drop_key) EC_KEY *key = key_of(group, point, &on_curve);
	own(drop_sig) ECDSA_SIG *s = sig_of(sig);
	if (!key || !s)
		return fail(why, CLOISTER_E_NOMEM, "ecdsa", "out of memory");
	/* 1 is yes, 0 is no, -1 an error that r or s out of range also causes: only 1 is good. */
	*good_out = on_curve && ECDSA_do_verify(digest.data, (int)digest.len, s, key) == 1;
	ERR_clear_error();
	return CLOISTER_OK;
}

enum cloister_err p256_verify(const uint8_t point[static P256_POINT_LEN],
			      const uint8_t digest[static SHA256_LEN],
			      const uint8_t sig[static P256_SIG_LEN], bool *good_out,
			      struct cloister_fault *why)
{
	(void)pthread_once(&made, make);
	return ec_verify(p256, bytes_of(point, P256_POINT_LEN), bytes_of(digest, SHA256_LEN),
			 bytes_of(sig, P256_SIG_LEN), good_out, why);
}

enum cloister_err p384_verify(const uint8_t point[static P384_POINT_LEN],
			      const uint8_t digest[static SHA384_LEN],
			      const uint8_t sig[static P384_SIG_LEN], bool *good_out,
			      struct cloister_fault *why)
{
	(void)pthread_once(&made, make);
	return ec_verify(p384, bytes_of(point, P384_POINT_LEN), bytes_of(digest, SHA384_LEN),
			 bytes_of(sig, P384_SIG_LEN), good_out, why);
}

static bool fits(struct bytes modulus, struct bytes exponent)
{
	if (modulus.len < RSA_MIN_BITS / 8 || modulus.len > RSA_MAX_LEN || exponent.len == 0 ||
	    exponent.len > 4 || modulus.data[0] == 0 || exponent.data[0] == 0)
		return false;
	if (modulus.len == RSA_MIN_BITS / 8 && modulus.data[0] < 0x80)
		return false; /* fewer than 2048 bits */
	bool is_one = exponent.len == 1 && exponent.data[0] == 1;
	return (modulus.data[modulus.len - 1] & 1) && (exponent.data[exponent.len - 1] & 1) && !is_one;
}

static RSA *rsa_of(struct bytes modulus, struct bytes exponent)
{
	own(drop_rsa) RSA *rsa = RSA_new();
	BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);

	if (rsa && n && e && RSA_set0_key(rsa, n, e, NULL) == 1)
		return give(rsa, NULL);
	BN_free(n);
	BN_free(e);
	return NULL;
}

/* RFC 8017 8.1.2; OpenSSL says no to a number that is not below the modulus. */
static bool pss_holds(RSA *rsa, enum rsa_scheme scheme, struct bytes digest, struct bytes sig)
{
	uint8_t em[RSA_MAX_LEN];
	const EVP_MD *md = pss_hash[scheme];

	return RSA_public_decrypt((int)sig.len, sig.data, em, rsa, RSA_NO_PADDING) == (int)sig.len &&
	       RSA_verify_PKCS1_PSS_mgf1(rsa, digest.data, md, md, em, (int)digest.len) == 1;
}

enum cloister_err rsa_verify(enum rsa_scheme scheme, struct bytes modulus, struct bytes exponent,
			     struct bytes digest, struct bytes sig, bool *good_out,
			     struct cloister_fault *why)
{
	bool pss = schemes[scheme].pss;

	(void)pthread_once(&made, make);
	if (pss && !pss_hash[scheme])
		return fail(why, CLOISTER_E_NOMEM, "rsa", "the digest is not available");
	*good_out = false;
	if (!fits(modulus, exponent) || sig.len != modulus.len ||
	    digest.len != schemes[scheme].hash_len)
		return CLOISTER_OK;
	own(drop_rsa) RSA *rsa = rsa_of(modulus, exponent);
	if (!rsa)
		return fail(why, CLOISTER_E_NOMEM, "rsa", "out of memory");
	*good_out = pss ? pss_holds(rsa, scheme, digest, sig) :
			  RSA_verify(schemes[scheme].hash, digest.data, (unsigned)digest.len,
				     sig.data, (unsigned)sig.len, rsa) == 1;
	ERR_clear_error();
	return CLOISTER_OK;
}
