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

/* Each made once and never freed; what could not be made is tried again by the next call. */
static EC_GROUP *p256, *p384;
static EVP_MD *pss_hash[SCHEMES];
static bool made;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void make_group(EC_GROUP **group, int nid)
{
	if (!*group)
		*group = EC_GROUP_new_by_curve_name(nid);
}

static void make_hash(enum rsa_scheme scheme)
{
	if (!pss_hash[scheme])
		pss_hash[scheme] = EVP_MD_fetch(NULL, schemes[scheme].hash_name, NULL);
}

/*
 * All of them or the fault: so `made`, once read as true, promises every one.
 * OpenSSL's queue is empty afterwards, and there is one: why_not() needs it.
 */
static enum cloister_err make(struct cloister_fault *why)
{
	if (!__atomic_load_n(&made, __ATOMIC_ACQUIRE)) {
		pthread_mutex_lock(&making);
		make_group(&p256, NID_X9_62_prime256v1);
		make_group(&p384, NID_secp384r1);
		make_hash(RSA_PSS_SHA256);
		make_hash(RSA_PSS_SHA384);
		bool whole = p256 && p384 && pss_hash[RSA_PSS_SHA256] && pss_hash[RSA_PSS_SHA384];
		__atomic_store_n(&made, whole, __ATOMIC_RELEASE);
		pthread_mutex_unlock(&making);
		if (!whole)
			return fail(why, CLOISTER_E_NOMEM, "signature",
				    "its curves and digests are not available");
	}
	ERR_clear_error();
	return CLOISTER_OK;
}

/*
 * OpenSSL says no to what is wrong with the input and to its own want of memory
 * alike. The first leaves a reason of EC's or RSA's own in its queue. The second
 * leaves the fatal one, or a trail of libraries that blame another ("EC lib",
 * EVP's "initialization error"), or nothing: a no like that is none. Empties the queue.
 */
static enum cloister_err why_not(struct cloister_fault *why)
{
	bool reason = false, fatal = false;

	for (unsigned long e; (e = ERR_get_error()) != 0;) {
		int lib = ERR_GET_LIB(e), r = ERR_GET_REASON(e);
		fatal |= (r & ERR_RFLAG_FATAL) != 0;
		reason |= (lib == ERR_LIB_EC || lib == ERR_LIB_RSA) && !(r & ERR_RFLAG_COMMON);
	}
	if (fatal || !reason)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory while it was checked");
	return CLOISTER_OK;
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

/* *out stays NULL for what is no point: EC_POINT_oct2point() says no to what is not on the curve. */
static enum cloister_err key_of(const EC_GROUP *group, struct bytes point, EC_KEY **out,
				struct cloister_fault *why)
{
	own(drop_point) EC_POINT *p = EC_POINT_new(group);
	own(drop_key) EC_KEY *key = EC_KEY_new();

	if (!p || !key || EC_KEY_set_group(key, group) != 1)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory");
	/* OpenSSL also takes the hybrid form (6, 7), a second name for the same key. */
	if (point.data[0] != 4)
		return CLOISTER_OK;
	if (EC_POINT_oct2point(group, p, point.data, point.len, NULL) != 1)
		return why_not(why);
	if (EC_KEY_set_public_key(key, p) != 1)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory");
	*out = give(key, NULL);
	return CLOISTER_OK;
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
	own(drop_key) EC_KEY *key = NULL;

	*good_out = false;
	TRY(key_of(group, point, &key, why));
	if (!key)
		return CLOISTER_OK;
	own(drop_sig) ECDSA_SIG *s = sig_of(sig);
	if (!s)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory");
	/* 1 is yes, 0 is no, -1 an error that r or s out of range also causes: only 1 is good. */
	int said = ECDSA_do_verify(digest.data, (int)digest.len, s, key);
	*good_out = said == 1;
	return said < 0 ? why_not(why) : CLOISTER_OK;
}

enum cloister_err p256_verify(const uint8_t point[static P256_POINT_LEN],
			      const uint8_t digest[static SHA256_LEN],
			      const uint8_t sig[static P256_SIG_LEN], bool *good_out,
			      struct cloister_fault *why)
{
	TRY(make(why));
	return ec_verify(p256, bytes_of(point, P256_POINT_LEN), bytes_of(digest, SHA256_LEN),
			 bytes_of(sig, P256_SIG_LEN), good_out, why);
}

enum cloister_err p384_verify(const uint8_t point[static P384_POINT_LEN],
			      const uint8_t digest[static SHA384_LEN],
			      const uint8_t sig[static P384_SIG_LEN], bool *good_out,
			      struct cloister_fault *why)
{
	TRY(make(why));
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
	TRY(make(why));
	*good_out = false;
	if (!fits(modulus, exponent) || sig.len != modulus.len ||
	    digest.len != schemes[scheme].hash_len)
		return CLOISTER_OK;
	own(drop_rsa) RSA *rsa = rsa_of(modulus, exponent);
	if (!rsa)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory");
	*good_out = schemes[scheme].pss ? pss_holds(rsa, scheme, digest, sig) :
			  RSA_verify(schemes[scheme].hash, digest.data, (unsigned)digest.len,
				     sig.data, (unsigned)sig.len, rsa) == 1;
	return *good_out ? CLOISTER_OK : why_not(why);
}
