/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c - digests by OpenSSL's SHA256_* and SHA512_*: EVP takes half a microsecond to set one
 * up, a third of what a verdict's digests cost, and counts who uses an algorithm in one
 * place that all threads write to. Deprecated in OpenSSL 3 but not gone, as in verify.c;
 * leaving them means changing start(), hash_update() and hash_final().
 */

#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/sha.h>

struct hash {
	enum hash_kind kind;
	bool failed;
	union {
		SHA256_CTX small;
		SHA512_CTX large; /* of SHA-384 too */
	};
};

static void start(struct hash *h, enum hash_kind kind)
{
	h->kind = kind;
	h->failed = (kind == HASH_SHA256 ? SHA256_Init(&h->small) :
		     kind == HASH_SHA384 ? SHA384_Init(&h->large) :
					   SHA512_Init(&h->large)) != 1;
}

enum cloister_err hash_new(enum hash_kind kind, struct hash **out, struct cloister_fault *why)
{
	struct hash *h = malloc(sizeof *h);

	if (!h)
		return fail(why, CLOISTER_E_NOMEM, "hash", "out of memory");
	start(h, kind);
	*out = h;
	return CLOISTER_OK;
}

void hash_free(struct hash *h)
{
	free(h);
}

void drop_hash(struct hash **h)
{
	hash_free(*h);
	*h = NULL;
}

void hash_update(struct hash *h, struct bytes b)
{
	if (b.len && (h->kind == HASH_SHA256 ? SHA256_Update(&h->small, b.data, b.len) :
					       SHA512_Update(&h->large, b.data, b.len)) != 1)
		h->failed = true;
}

enum cloister_err hash_final(struct hash *h, uint8_t *out, struct cloister_fault *why)
{
	bool good = !h->failed && (h->kind == HASH_SHA256 ? SHA256_Final(out, &h->small) :
							    SHA512_Final(out, &h->large)) == 1;

	start(h, h->kind);
	if (!good)
		return fail(why, CLOISTER_E_NOMEM, "hash", "the digest could not be computed");
	return CLOISTER_OK;
}

static enum cloister_err whole(enum hash_kind kind, struct bytes b, uint8_t *out,
			       struct cloister_fault *why)
{
	struct hash h;

	start(&h, kind);
	hash_update(&h, b);
	return hash_final(&h, out, why);
}

enum cloister_err hash_sha256(struct bytes b, uint8_t out[static SHA256_LEN],
			      struct cloister_fault *why)
{
	return whole(HASH_SHA256, b, out, why);
}

enum cloister_err hash_sha384(struct bytes b, uint8_t out[static SHA384_LEN],
			      struct cloister_fault *why)
{
	return whole(HASH_SHA384, b, out, why);
}

enum cloister_err hash_sha512(struct bytes b, uint8_t out[static SHA512_LEN],
			      struct cloister_fault *why)
{
	return whole(HASH_SHA512, b, out, why);
}
