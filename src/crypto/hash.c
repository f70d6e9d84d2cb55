/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - digests through OpenSSL's EVP, with the algorithm fetched once per process: fetching takes locks. */

#include "crypto/hash.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct hash {
	const EVP_MD *md;
	EVP_MD_CTX *ctx;
	bool failed;
};

static const char *const names[] = {
	[HASH_SHA256] = "SHA256",
	[HASH_SHA384] = "SHA384",
	[HASH_SHA512] = "SHA512",
};

/* Kept for good. NULL when it cannot be had; the next call tries again. */
static const EVP_MD *md_of(enum hash_kind kind)
{
	static _Atomic(EVP_MD *) kept[sizeof names / sizeof *names];
	EVP_MD *md = atomic_load(&kept[kind]), *other = NULL;

	if (md)
		return md;
	md = EVP_MD_fetch(NULL, names[kind], NULL);
	if (!md || atomic_compare_exchange_strong(&kept[kind], &other, md))
		return md;
	EVP_MD_free(md); /* another thread was here first */
	return other;
}

enum cloister_err hash_new(enum hash_kind kind, struct hash **out, struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = calloc(1, sizeof *h);

	if (!h)
		return fail(why, CLOISTER_E_NOMEM, "hash", "out of memory");
	h->md = md_of(kind);
	h->ctx = EVP_MD_CTX_new();
	if (!h->md || !h->ctx || EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1)
		return fail(why, CLOISTER_E_NOMEM, "hash", "the digest is not available");
	*out = give(h, NULL);
	return CLOISTER_OK;
}

void hash_free(struct hash *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void drop_hash(struct hash **h)
{
	hash_free(*h);
	*h = NULL;
}

void hash_update(struct hash *h, struct bytes b)
{
	if (b.len && EVP_DigestUpdate(h->ctx, b.data, b.len) != 1)
		h->failed = true;
}

enum cloister_err hash_final(struct hash *h, uint8_t *out, struct cloister_fault *why)
{
	bool good = !h->failed && EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 &&
		    EVP_DigestInit_ex2(h->ctx, h->md, NULL) == 1;

	h->failed = !good;
	if (!good)
		return fail(why, CLOISTER_E_NOMEM, "hash", "the digest could not be computed");
	return CLOISTER_OK;
}

static enum cloister_err whole(enum hash_kind kind, struct bytes b, uint8_t *out,
			       struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;

	TRY(hash_new(kind, &h, why));
	hash_update(h, b);
	return hash_final(h, out, why);
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
