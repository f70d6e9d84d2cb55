/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_VERIFY_H
#define CRYPTO_VERIFY_H

/*
 * verify.h - ECDSA on P-256 and P-384 (FIPS 186-4) and RSA (RFC 8017),
 * checking only. Public values in, so nothing here is constant in time. Safe
 * from several threads at once. Errors of all: CLOISTER_E_NOMEM, and then
 * nothing is known about the signature.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "crypto/hash.h"

#define P256_POINT_LEN 65u /* 04 || x || y */
#define P256_SIG_LEN 64u   /* r || s, big-endian */
#define P384_POINT_LEN 97u
#define P384_SIG_LEN 96u

/*
 * *good_out says whether `sig` over the digest is by `point`. A point that is
 * not on the curve, and r or s outside 1..n-1, are simply not good.
 */
enum cloister_err p256_verify(const uint8_t point[static P256_POINT_LEN],
			      const uint8_t digest[static SHA256_LEN],
			      const uint8_t sig[static P256_SIG_LEN], bool *good_out,
			      struct cloister_fault *why);
enum cloister_err p384_verify(const uint8_t point[static P384_POINT_LEN],
			      const uint8_t digest[static SHA384_LEN],
			      const uint8_t sig[static P384_SIG_LEN], bool *good_out,
			      struct cloister_fault *why);

/* PSS: MGF1 with the scheme's own hash, and a salt of exactly its length. */
enum rsa_scheme {
	RSA_PKCS1_SHA256,
	RSA_PKCS1_SHA384,
	RSA_PKCS1_SHA512,
	RSA_PSS_SHA256,
	RSA_PSS_SHA384,
};

/*
 * The key as big-endian numbers without leading zeros. A modulus outside
 * 2048..4096 bits, an exponent that is even, below 3 or above 32 bits, a
 * signature of another length than the modulus and a digest of another length
 * than the scheme's are simply not good.
 */
enum cloister_err rsa_verify(enum rsa_scheme scheme, struct bytes modulus, struct bytes exponent,
			     struct bytes digest, struct bytes sig, bool *good_out,
			     struct cloister_fault *why);

#endif
