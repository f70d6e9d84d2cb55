/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

/* hash.h - SHA-256, SHA-384 and SHA-512 (FIPS 180-4), whole or streaming. */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define SHA256_LEN 32u
#define SHA384_LEN 48u
#define SHA512_LEN 64u

enum hash_kind { HASH_SHA256, HASH_SHA384, HASH_SHA512 };

struct hash; /* a running digest */

enum cloister_err hash_new(enum hash_kind kind, struct hash **out, struct cloister_fault *why);
void hash_free(struct hash *h);
void drop_hash(struct hash **h);

/* Failures inside are sticky and come out of hash_final(). */
void hash_update(struct hash *h, struct bytes b);
/* Writes 32, 48 or 64 bytes and makes the context ready for the next message. */
enum cloister_err hash_final(struct hash *h, uint8_t *out, struct cloister_fault *why);

enum cloister_err hash_sha256(struct bytes b, uint8_t out[static SHA256_LEN],
			      struct cloister_fault *why);
enum cloister_err hash_sha384(struct bytes b, uint8_t out[static SHA384_LEN],
			      struct cloister_fault *why);
enum cloister_err hash_sha512(struct bytes b, uint8_t out[static SHA512_LEN],
			      struct cloister_fault *why);

#endif
