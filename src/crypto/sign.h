/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

/*
 * sign.h - P-384 private keys and ES384 signatures (RFC 9053: raw r || s, not
 * DER). The only other form a key takes is PKCS#8 PEM in a struct secret.
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

#define SIGN_POINT_LEN 97u /* 04 || x || y */
#define SIGN_SIG_LEN 96u   /* r || s, 48 bytes each */

struct sign_key; /* holds a private key; wiped when freed */

enum cloister_err sign_key_new(struct sign_key **out, struct cloister_fault *why);
void sign_key_free(struct sign_key *key);
void drop_sign_key(struct sign_key **key);

/* Exactly one unencrypted "PRIVATE KEY" block; CLOISTER_E_UNSUPPORTED when it is not P-384. */
enum cloister_err sign_key_read(struct bytes pem, struct sign_key **out,
				struct cloister_fault *why);
enum cloister_err sign_key_write(const struct sign_key *key, struct secret *out,
				 struct cloister_fault *why);

enum cloister_err sign_key_point(const struct sign_key *key, uint8_t out[static SIGN_POINT_LEN],
				 struct cloister_fault *why);

/* Sign a SHA-384 digest. */
enum cloister_err sign_es384(const struct sign_key *key, const uint8_t digest[static SHA384_LEN],
			     uint8_t sig_out[static SIGN_SIG_LEN], struct cloister_fault *why);

#endif
