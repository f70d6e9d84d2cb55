/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - roots and remembered chains. Evidence reaches neither except through chain.c. */

#include "evidence/trust.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/cert.h"
#include "codec/crl.h"
#include "codec/der.h"
#include "codec/pem.h"
#include "evidence/path.h"
#include "evidence/collateral.h"
#include "evidence/known.h"
#include "evidence/platform.h"
#include "evidence/snp.h"
#include "evidence/verdict.h"

/* SHA-256 of what each built-in root is known by. */
static const uint8_t builtin[ROOT_FAMILIES][SHA256_LEN] = {
	[ROOT_AWS] = { /* AWS_NitroEnclaves_Root-G1: its 533 bytes of DER */
		0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46,
		0x31, 0x95, 0xd6, 0x06, 0x31, 0x7e, 0xd7, 0xcd, 0xcc, 0x3c, 0x17,
		0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79, 0xbb, 0x5b,
	},
	[ROOT_AMD_MILAN] = { /* ARK-Milan, the certificate */
		0x69, 0xd0, 0x63, 0xb4, 0x53, 0x44, 0xd2, 0x6a, 0x2e, 0x94, 0xe1,
		0xf4, 0x21, 0x0d, 0xe4, 0x9e, 0xf5, 0x55, 0x30, 0x82, 0x87, 0xd4,
		0xc1, 0x74, 0x44, 0x5c, 0x95, 0x63, 0x9a, 0x54, 0x0b, 0xcd,
	},
	[ROOT_AMD_GENOA] = { /* ARK-Genoa */
		0x4c, 0x65, 0x98, 0xd1, 0x9c, 0x18, 0x71, 0x9c, 0x5d, 0xfd, 0x4a,
		0x7d, 0x33, 0x5f, 0x67, 0x4e, 0x5b, 0xfe, 0x1d, 0x8f, 0x80, 0x0c,
		0xea, 0x2c, 0xf2, 0x70, 0xc1, 0x0d, 0x10, 0x3d, 0xb2, 0xf1,
	},
	[ROOT_AMD_TURIN] = { /* ARK-Turin */
		0x1f, 0x08, 0x41, 0x61, 0xa4, 0x4b, 0xb6, 0xd9, 0x37, 0x78, 0xa9,
		0x04, 0x87, 0x7d, 0x48, 0x19, 0xca, 0xfa, 0x5d, 0x05, 0xef, 0x41,
		0x93, 0xb2, 0xde, 0xd9, 0xdd, 0x9c, 0x73, 0xdd, 0x3f, 0x6a,
	},
	[ROOT_INTEL] = { /* Intel SGX Root CA: its subjectPublicKeyInfo */
		0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91,
		0x86, 0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35,
		0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e,
	},
};

#define SETS 64u /* a run lives in the set that its digest's first byte names */
#define WAYS 4u

struct run {
	uint8_t digest[SHA384_LEN];
	uint64_t not_after_s;
	uint64_t used; /* tick of the last use; 0: empty */
};

/* What the caller calls families, and the certificates that each can have. */
static const struct {
	const char *name;
	enum root_family family;
	const struct cert_profile *profile;
} families[] = {
	{ "nitro", ROOT_AWS, &cert_profile_nitro },     { "snp", ROOT_AMD_MILAN, &cert_profile_amd },
	{ "dcap", ROOT_INTEL, &cert_profile_intel },    { "token", ROOT_TOKEN, &cert_profile_token },
	{ "google", ROOT_GOOGLE, &cert_profile_google },
};

#define N_FAMILIES (sizeof families / sizeof *families)

const char *root_family_name(struct bytes text)
{
	for (size_t i = 0; i < N_FAMILIES; i++)
		if (bytes_are(text, families[i].name))
			return families[i].name;
	return NULL;
}

struct given_root {
	enum root_family family;
	uint8_t sha256[SHA256_LEN];
};

struct cloister_trust {
	struct given_root roots[LIMIT_ROOTS]; /* the caller's */
	size_t n_roots;
	struct pool pool; /* of copies */
	pthread_mutex_t lock; /* over all below */
	uint64_t tick;
	struct run runs[SETS][WAYS];
	struct platforms platforms;
};

enum cloister_err cloister_trust_new(struct cloister_trust **out, struct cloister_fault *why)
{
	struct cloister_trust *t = calloc(1, sizeof *t);

	if (!t)
		return fail(why, CLOISTER_E_NOMEM, "trust", "out of memory");
	t->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	*out = t;
	return CLOISTER_OK;
}

void cloister_trust_free(struct cloister_trust *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->pool.n; i++) {
		known_free(t->pool.items[i].known);
		free((void *)t->pool.items[i].data.data);
	}
	platforms_fini(&t->platforms);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* A root that is no authority or is not signed by itself is the caller's mistake: say so now. */
static enum cloister_err fit_for_root(struct bytes der, struct cert *out, struct cloister_fault *why)
{
	struct cert c;
	bool good;

	TRY(cert_read(der, &cert_profile_any, &c, why));
	/* issuers of tokens, whose keys are RSA, were seen without keyUsage; other chains want one */
	if (!c.is_ca ||
	    (c.has_usage ? !(c.usage & CERT_SIGNS_CERTS) : c.key.kind != CERT_KEY_RSA))
		return fail(why, CLOISTER_E_UNSUPPORTED, "root", "the certificate is no authority");
	if (!bytes_equal(c.issuer, c.subject))
		return fail(why, CLOISTER_E_UNSUPPORTED, "root", "it was issued by somebody else");
	TRY(path_cert_signed_by(&c, &c.key, &good, why));
	if (!good)
		return fail(why, CLOISTER_E_MALFORMED, "root", "its own signature does not hold");
	*out = c;
	return CLOISTER_OK;
}

/* AMD's roots are called so, and S9 refuses any other. */
static bool is_called_ark(const struct cert *c)
{
	for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
		char name[32];
		snprintf(name, sizeof name, "ARK-%s", snp_product_name(p));
		if (cert_common_name_is(c->subject, name))
			return true;
	}
	return false;
}

/* Whether this certificate can be the root of that family at all. Its algorithm is its own key's. */
static bool can_be(const struct cert *c, size_t i)
{
	bool is_amd = families[i].family == ROOT_AMD_MILAN;

	return (families[i].profile->algs & c->alg) && c->der.len <= families[i].profile->max &&
	       (!is_amd || is_called_ark(c)) && (families[i].family != ROOT_TOKEN || !is_called_ark(c));
}

/* The family that the caller names, or the only one that it can be of. */
static enum cloister_err find_family(const struct cert *c, const char *name, enum root_family *out,
				     struct cloister_fault *why)
{
	size_t n = 0;
	bool known = false;

	for (size_t i = 0; i < N_FAMILIES; i++) {
		bool named = !name || strcmp(families[i].name, name) == 0;
		known |= named;
		if (!named || !can_be(c, i))
			continue;
		*out = families[i].family;
		n++;
	}
	if (!known)
		return fail(why, CLOISTER_E_USAGE, "root",
			    "families are nitro, snp, dcap, token and google, not `%.32s`", name);
	if (n == 0)
		return fail(why, CLOISTER_E_UNSUPPORTED, "root", "no chain of %s can have such a root",
			    name ? name : "any kind");
	if (n > 1)
		return fail(why, CLOISTER_E_USAGE, "root",
			    "it could be a token issuer's or Google's: say for which (token, google)");
	return CLOISTER_OK;
}

enum cloister_err cloister_trust_add_root_for(struct cloister_trust *t, const char *family,
					      struct cloister_bytes cert, struct cloister_fault *why)
{
	uint8_t der[LIMIT_CERT_LARGE];
	struct bytes b = borrow(cert);
	struct given_root root;
	struct cert c = { 0 };

	if (!t)
		return fail(why, CLOISTER_E_USAGE, "trust", "none was given");
	if (t->n_roots == LIMIT_ROOTS)
		return fail(why, CLOISTER_E_LIMIT, "roots", "at most %u can be added", LIMIT_ROOTS);
	if (pem_looks_like(b)) {
		size_t len;
		TRY(pem_read(b, "CERTIFICATE", der, sizeof der, &len, why));
		b = bytes_of(der, len);
	}
	TRY(fit_for_root(b, &c, why));
	TRY(find_family(&c, family, &root.family, why));
	TRY(hash_sha256(b, root.sha256, why));
	t->roots[t->n_roots++] = root;
	return CLOISTER_OK;
}

enum cloister_err cloister_trust_add_root(struct cloister_trust *t, struct cloister_bytes cert,
					  struct cloister_fault *why)
{
	return cloister_trust_add_root_for(t, NULL, cert, why);
}

static void drop_copy(uint8_t **p)
{
	free(*p);
}

/*
 * A list that cannot be read would count as none, and nobody would know what it
 * revokes. Certificates may be of kinds unknown here, but whole; a list that was
 * cut short looks like one.
 */
static enum cloister_err fit_for_pool(enum item_kind kind, struct bytes data,
				      struct cloister_fault *why)
{
	struct cloister_fault local;
	struct crl unused;

	if (kind == ITEM_CRL)
		return crl_read(data, &cert_profile_any, &unused, why);
	if (kind != ITEM_CERT)
		return CLOISTER_OK;
	struct rd r = rd_open(data, why ? why : &local);
	(void)der_enter(&r, DER_SEQUENCE, "certificate or list");
	return rd_close(&r, "certificate or list");
}

static enum cloister_err keep_item(void *ctx, enum item_kind kind, struct bytes data,
				   struct cloister_fault *why)
{
	struct cloister_trust *t = ctx;

	TRY(fit_for_pool(kind, data, why));
	own(drop_copy) uint8_t *copy = malloc(data.len); /* nothing empty is fit */
	struct known *known;

	if (!copy)
		return fail(why, CLOISTER_E_NOMEM, "collateral", "out of memory");
	memcpy(copy, data.data, data.len);
	TRY(pool_add(&t->pool, kind, bytes_of(copy, data.len), why));
	struct pool_item *item = &t->pool.items[t->pool.n - 1];
	(void)give(copy, NULL);
	TRY(known_new(kind, item->data, &known, why));
	item->known = known;
	return CLOISTER_OK;
}

enum cloister_err cloister_trust_add_collateral(struct cloister_trust *t, struct cloister_bytes piece,
						struct cloister_fault *why)
{
	if (!t)
		return fail(why, CLOISTER_E_USAGE, "trust", "none was given");
	return collateral_sort(borrow(piece), keep_item, t, why);
}

bool trust_has_root(const struct cloister_trust *t, enum root_family family,
		    const uint8_t sha256[static SHA256_LEN], bool *builtin_out)
{
	bool is_amd = family == ROOT_AMD_GENOA || family == ROOT_AMD_TURIN;
	enum root_family given_as = is_amd ? ROOT_AMD_MILAN : family; /* one name for all three */

	*builtin_out = family < ROOT_TOKEN && mem_same(sha256, builtin[family], SHA256_LEN);
	for (size_t i = 0; i < t->n_roots; i++)
		if (t->roots[i].family == given_as && mem_same(sha256, t->roots[i].sha256, SHA256_LEN))
			return true;
	return *builtin_out;
}

const struct pool *trust_pool(const struct cloister_trust *t)
{
	return &t->pool;
}

static struct run *set_of(struct cloister_trust *t, const uint8_t *digest)
{
	return t->runs[digest[0] % SETS];
}

static struct run *find(struct cloister_trust *t, const uint8_t *digest)
{
	struct run *set = set_of(t, digest);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].used && mem_same(set[i].digest, digest, SHA384_LEN))
			return &set[i];
	return NULL;
}

bool trust_knows(struct cloister_trust *t, const uint8_t run[static SHA384_LEN])
{
	pthread_mutex_lock(&t->lock);
	struct run *r = find(t, run);
	if (r)
		r->used = ++t->tick;
	pthread_mutex_unlock(&t->lock);
	return r != NULL;
}

/* The place to overwrite: one that has expired, else the longest unused. Empty ones are both. */
static struct run *victim(struct run *set, uint64_t now_s)
{
	struct run *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].not_after_s < now_s)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

void trust_remember(struct cloister_trust *t, const uint8_t run[static SHA384_LEN],
		    uint64_t not_after_s, uint64_t now_s)
{
	pthread_mutex_lock(&t->lock);
	struct run *r = find(t, run);
	if (!r)
		r = victim(set_of(t, run), now_s);
	memcpy(r->digest, run, sizeof r->digest);
	r->not_after_s = not_after_s;
	r->used = ++t->tick;
	pthread_mutex_unlock(&t->lock);
}

struct platform *trust_platform(struct cloister_trust *t, struct bytes text)
{
	pthread_mutex_lock(&t->lock);
	struct platform *p = platforms_find(&t->platforms, text);
	pthread_mutex_unlock(&t->lock);
	return p;
}

void trust_keep_platform(struct cloister_trust *t, struct platform *p)
{
	pthread_mutex_lock(&t->lock);
	struct platform *old = platforms_keep(&t->platforms, p);
	pthread_mutex_unlock(&t->lock);
	platform_unref(old);
}
