/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - RFC 5280 section 6, for a straight chain: every certificate, the
 * root too, has to pass every question by itself. Section 6.3 for a complete
 * list by the certificate's own issuer.
 */

#include "evidence/path.h"

#include <stdarg.h>
#include <stdio.h>

#include "crypto/verify.h"
#include "evidence/known.h"

/* How people count certificates: "certificate 2 of 5", the root being the first. */
#define AT "certificate %zu of %zu "

static bool PRINTF(3, 4) answer(struct path *p, bool yes, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->say, sizeof p->say, fmt, args);
	va_end(args);
	return yes;
}

/* A signature over `tbs`, however certificates and lists carry it. */
struct signature {
	enum cert_alg alg;
	struct bytes tbs;
	const uint8_t *ec;
	struct bytes raw;
};

static enum cloister_err digest_of(enum cert_alg alg, struct bytes tbs, uint8_t *out, size_t *len,
				   struct cloister_fault *why)
{
	switch (alg) {
	case CERT_ECDSA_SHA256:
	case CERT_RSA_SHA256:
	case CERT_RSA_PSS_SHA256:
		*len = SHA256_LEN;
		return hash_sha256(tbs, out, why);
	case CERT_RSA_SHA512:
		*len = SHA512_LEN;
		return hash_sha512(tbs, out, why);
	default:
		*len = SHA384_LEN;
		return hash_sha384(tbs, out, why);
	}
}

static bool can_sign(const struct cert_key *key, enum cert_alg alg)
{
	return alg == CERT_ECDSA_SHA384 ? key->kind == CERT_KEY_P384 :
	       alg == CERT_ECDSA_SHA256 ? key->kind == CERT_KEY_P256 :
					  key->kind == CERT_KEY_RSA;
}

static enum rsa_scheme scheme_of(enum cert_alg alg)
{
	return alg == CERT_RSA_SHA256 ? RSA_PKCS1_SHA256 :
	       alg == CERT_RSA_SHA384 ? RSA_PKCS1_SHA384 :
	       alg == CERT_RSA_SHA512 ? RSA_PKCS1_SHA512 :
	       alg == CERT_RSA_PSS_SHA256 ? RSA_PSS_SHA256 :
					RSA_PSS_SHA384;
}

static enum cloister_err signed_by(const struct signature *s, const struct cert_key *key,
				   bool *good_out, struct cloister_fault *why)
{
	uint8_t digest[SHA512_LEN];
	size_t len;

	*good_out = false;
	if (!can_sign(key, s->alg))
		return CLOISTER_OK;
	TRY(digest_of(s->alg, s->tbs, digest, &len, why));
	if (key->kind == CERT_KEY_P384)
		return p384_verify(key->point.data, digest, s->ec, good_out, why);
	if (key->kind == CERT_KEY_P256)
		return p256_verify(key->point.data, digest, s->ec, good_out, why);
	return rsa_verify(scheme_of(s->alg), key->modulus, key->exponent, bytes_of(digest, len),
			  s->raw, good_out, why);
}

enum cloister_err path_cert_signed_by(const struct cert *c, const struct cert_key *issuer,
				      bool *good_out, struct cloister_fault *why)
{
	return signed_by(&(struct signature){ c->alg, c->tbs, c->sig_ec, c->sig }, issuer, good_out,
			 why);
}

enum cloister_err path_crl_signed_by(const struct crl *c, const struct cert_key *issuer,
				     bool *good_out, struct cloister_fault *why)
{
	return signed_by(&(struct signature){ c->alg, c->tbs, c->sig_ec, c->sig }, issuer, good_out,
			 why);
}

bool path_read(struct path *p, const struct bytes *ders, size_t n, const struct cert_profile *profile)
{
	struct cloister_fault why;
	char text[128];

	p->n = n;
	p->n_named = 0;
	if (n == 0 || n > LIMIT_CHAIN + 1)
		return answer(p, false, "%zu certificates: 1 to %u are accepted", n, LIMIT_CHAIN + 1);
	for (size_t i = 0; i < n; i++)
		if (cert_read(ders[i], profile, &p->certs[i], &why) != CLOISTER_OK)
			return answer(p, false, AT "%s", i + 1, n,
				      cloister_fault_text(&why, text, sizeof text));
	return answer(p, true, "%zu certificates", n);
}

bool path_below(struct path *p, const struct path *above, size_t n, const struct pool_item *last,
		const struct cert_profile *profile)
{
	struct cloister_fault why;
	char text[128];

	*p = *above;
	p->n = n + 1;
	p->n_named = above->n_named < n ? above->n_named : n;
	if (last->known && profile == &cert_profile_intel)
		p->certs[n] = last->known->cert;
	else if (cert_read(last->data, profile, &p->certs[n], &why) != CLOISTER_OK)
		return answer(p, false, AT "%s", n + 1, p->n, cloister_fault_text(&why, text, sizeof text));
	return answer(p, true, "%zu certificates", p->n);
}

static const char *leaf_fault(const struct cert *c, enum path_leaf leaf)
{
	if (c->is_ca)
		return "is the leaf and yet an authority";
	if (!c->has_usage && (leaf == PATH_LEAF_UNSAID || leaf == PATH_USAGE_UNSAID))
		return NULL;
	if (!(c->usage & CERT_DIGITAL_SIGNATURE))
		return "is the leaf and may not sign documents";
	if (c->usage & CERT_SIGNS_CERTS)
		return "is the leaf and yet may sign certificates";
	return NULL;
}

/* What is wrong with certificate i's role, or NULL. */
static const char *role_fault(const struct path *p, size_t i, enum path_leaf leaf)
{
	const struct cert *c = &p->certs[i];
	size_t authorities = leaf == PATH_AUTHORITY ? p->n : p->n - 1;

	if (i >= authorities)
		return leaf_fault(c, leaf);
	if (!c->is_ca)
		return "is not an authority";
	if (c->has_usage ? !(c->usage & CERT_SIGNS_CERTS) : leaf != PATH_USAGE_UNSAID)
		return "may not sign certificates";
	/* RFC 5280 4.2.1.9: authorities between this one and the last certificate. */
	if (c->has_path_len && i + c->path_len + 2 < p->n)
		return "allows fewer authorities below it";
	return NULL;
}

bool path_roles(struct path *p, enum path_leaf leaf)
{
	for (size_t i = 0; i < p->n; i++) {
		const char *fault = role_fault(p, i, leaf);
		if (fault)
			return answer(p, false, AT "%s", i + 1, p->n, fault);
	}
	return answer(p, true, "%s", "");
}

bool path_names(struct path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cert *c = &p->certs[i], *issuer = &p->certs[i ? i - 1 : 0];
		if (!bytes_equal(c->issuer, issuer->subject))
			return answer(p, false, AT "names another issuer than the one above it",
				      i + 1, p->n);
		if (i && bytes_equal(c->issuer, c->subject))
			return answer(p, false, AT "names itself as its issuer", i + 1, p->n);
	}
	return answer(p, true, "%s", "");
}

bool path_valid(struct path *p, uint64_t now_s)
{
	bool valid = true;

	p->valid_from_s = 0;
	p->valid_until_s = UINT64_MAX;
	for (size_t i = 0; i < p->n; i++) {
		const struct cert *c = &p->certs[i];
		if (valid && now_s > c->not_after_s)
			valid = answer(p, false, AT "expired %llu s before the chosen time", i + 1,
				       p->n, (unsigned long long)(now_s - c->not_after_s));
		if (valid && now_s < c->not_before_s)
			valid = answer(p, false, AT "begins %llu s after the chosen time", i + 1,
				       p->n, (unsigned long long)(c->not_before_s - now_s));
		if (c->not_before_s > p->valid_from_s)
			p->valid_from_s = c->not_before_s;
		if (c->not_after_s < p->valid_until_s)
			p->valid_until_s = c->not_after_s;
	}
	return valid ? answer(p, true, "for another %llu s",
			      (unsigned long long)(p->valid_until_s - now_s)) :
		       false;
}

/* names[i] is of certificates 0..i in this order: H(names[i - 1] || H(certificate i)). */
enum cloister_err path_name(struct path *p, struct cloister_fault *why)
{
	uint8_t pair[2][SHA384_LEN] = { 0 };

	for (size_t i = p->n_named; i < p->n; i++) {
		if (i > 0)
			memcpy(pair[0], p->names[i - 1], sizeof pair[0]);
		TRY(hash_sha384(p->certs[i].der, pair[1], why));
		TRY(hash_sha384(BYTES_OF(pair), p->names[i], why));
		p->n_named = i + 1;
	}
	return CLOISTER_OK;
}

/* How many certificates from the root down were found well signed before. */
static size_t n_known(struct cloister_trust *trust, const struct path *p)
{
	size_t n = p->n;

	while (n > 0 && !trust_knows(trust, p->names[n - 1]))
		n--;
	return n;
}

enum cloister_err path_signed(struct path *p, struct cloister_trust *trust, uint64_t now_s,
			      bool *good_out, struct cloister_fault *why)
{
	size_t known = 0;
	bool good;

	if (trust) {
		TRY(path_name(p, why));
		known = n_known(trust, p);
	}
	for (size_t i = known; i < p->n; i++) {
		TRY(path_cert_signed_by(&p->certs[i], &p->certs[i ? i - 1 : 0].key, &good, why));
		if (!good) {
			*good_out = answer(p, false, AT "is not signed by the one above", i + 1, p->n);
			return CLOISTER_OK;
		}
		if (trust)
			trust_remember(trust, p->names[i], p->valid_until_s, now_s);
	}
	*good_out = answer(p, true, "%s", "");
	return CLOISTER_OK;
}

/* A list, and its digest where somebody made it before; else NULL. */
struct list {
	const struct crl *crl;
	const uint8_t *sha384;
};

/* A list and its issuer with all above it: of another length than any run, so never mistaken for one. */
static enum cloister_err name_list(const struct list *l, const uint8_t issuer[static SHA384_LEN],
				   uint8_t name[static SHA384_LEN], struct cloister_fault *why)
{
	uint8_t parts[2 * SHA384_LEN + 4] = "list";

	memcpy(parts + 4, issuer, SHA384_LEN);
	if (l->sha384)
		memcpy(parts + 4 + SHA384_LEN, l->sha384, SHA384_LEN);
	else
		TRY(hash_sha384(l->crl->der, parts + 4 + SHA384_LEN, why));
	return hash_sha384(BYTES_OF(parts), name, why);
}

/* Whether certificate i signed it. */
static enum cloister_err list_signed(struct path *p, size_t i, const struct list *l,
				     struct cloister_trust *trust, uint64_t now_s, bool *good,
				     struct cloister_fault *why)
{
	const struct cert *issuer = &p->certs[i];
	const struct crl *crl = l->crl;
	uint8_t name[SHA384_LEN];

	if (!trust)
		return path_crl_signed_by(crl, &issuer->key, good, why);
	TRY(path_name(p, why));
	TRY(name_list(l, p->names[i], name, why));
	*good = trust_knows(trust, name);
	if (*good)
		return CLOISTER_OK;
	TRY(path_crl_signed_by(crl, &issuer->key, good, why));
	if (*good)
		trust_remember(trust, name, crl->next_update_s, now_s);
	return CLOISTER_OK;
}

/* What a list says of certificate i, and in which words; nothing is printed yet. */
static enum cloister_err asked(struct path *p, size_t i, const struct list *l,
			       struct cloister_trust *trust, uint64_t now_s, enum path_crl *out,
			       const char **say, struct cloister_fault *why)
{
	const struct cert *c = &p->certs[i], *issuer = &p->certs[i - 1];
	const struct crl *crl = l->crl;
	bool good;

	*out = PATH_CRL_MISSING, *say = "has no revocation list";
	if (!crl)
		return CLOISTER_OK;
	*out = PATH_CRL_FOREIGN, *say = "has a revocation list of another issuer";
	if (!bytes_equal(crl->issuer, issuer->subject))
		return CLOISTER_OK;
	*out = PATH_CRL_FOREIGN, *say = "has an issuer that may not sign revocation lists";
	if (!(issuer->usage & CERT_SIGNS_CRLS))
		return CLOISTER_OK;
	*out = PATH_CRL_UNSIGNED, *say = "has a revocation list that its issuer did not sign";
	TRY(list_signed(p, i - 1, l, trust, now_s, &good, why));
	if (!good)
		return CLOISTER_OK;
	if (crl_lists(crl, c->serial))
		*out = PATH_CRL_REVOKED, *say = "is revoked";
	else if (now_s < crl->this_update_s)
		*out = PATH_CRL_EARLY, *say = "has a revocation list that begins after the chosen time";
	else if (now_s > crl->next_update_s)
		*out = PATH_CRL_STALE, *say = "has a revocation list that ended before the chosen time";
	else
		*out = PATH_CRL_CLEAR, *say = "is not revoked";
	return CLOISTER_OK;
}

enum cloister_err path_revoked(struct path *p, size_t i, const struct crl *crl,
			       struct cloister_trust *trust, uint64_t now_s, enum path_crl *out,
			       struct cloister_fault *why)
{
	const char *say;

	TRY(asked(p, i, &(struct list){ crl, NULL }, trust, now_s, out, &say, why));
	(void)answer(p, false, AT "%s", i + 1, p->n, say);
	return CLOISTER_OK;
}

/* A list of that issuer, as it was read before or is read now into `room`; false: it is none. */
static bool list_of(const struct pool_item *item, const struct cert_profile *profile,
		    struct bytes issuer, struct crl *room, struct list *out)
{
	*out = (struct list){ room, NULL };
	if (item->known && profile == &cert_profile_intel)
		*out = (struct list){ &item->known->crl, item->known->sha384 };
	else if (!bytes_hold(item->data, issuer) || /* spares reading it */
		 crl_read(item->data, profile, room, NULL) != CLOISTER_OK)
		return false;
	return bytes_equal(out->crl->issuer, issuer);
}

/* How near to an answer: a list that is revoking beats all, then the current ones. */
static int weight(enum path_crl c)
{
	static const int weights[] = {
		[PATH_CRL_MISSING] = 1,	 [PATH_CRL_UNREADABLE] = 1,
		[PATH_CRL_FOREIGN] = 1,	 [PATH_CRL_UNSIGNED] = 2,
		[PATH_CRL_EARLY] = 3,	 [PATH_CRL_STALE] = 4,	 [PATH_CRL_CLEAR] = 5,
		[PATH_CRL_REVOKED] = 6,
	};

	return weights[c];
}

/*
 * Nothing answered for certificate i, and p->say has that. A list that cannot be read is said to be
 * there: damage must not look as if nobody had sent any. Of those that do not
 * name this issuer, as one of them may have before it was damaged, another
 * profile may be able to read them.
 */
static enum path_crl why_missing(struct path *p, size_t i, const struct path_lists *lists)
{
	struct bytes issuer = p->certs[i - 1].subject, der;
	struct cloister_fault why;
	char text[96];
	struct crl crl;
	size_t at = 0;

	while (pool_next(lists->given, lists->own, ITEM_CRL, &at, &der)) {
		bool named = bytes_hold(der, issuer);
		if (crl_read(der, named ? lists->profile : &cert_profile_any, &crl, &why) == CLOISTER_OK)
			continue;
		(void)answer(p, false, AT "has a revocation list that cannot be read: %s", i + 1, p->n,
			     cloister_fault_text(&why, text, sizeof text));
		return PATH_CRL_UNREADABLE;
	}
	return PATH_CRL_MISSING;
}

enum cloister_err path_revoked_by(struct path *p, size_t i, struct path_lists *lists,
				  struct cloister_trust *trust, uint64_t now_s, enum path_crl *out,
				  struct cloister_fault *why)
{
	const struct pool_item *item;
	const char *best, *say;
	enum path_crl now;
	struct list list;
	struct crl room;
	size_t at = 0;

	TRY(asked(p, i, &(struct list){ 0 }, trust, now_s, out, &best, why)); /* when there is none */
	lists->used = (struct crl){ 0 };
	while ((item = pool_walk(lists->given, lists->own, ITEM_CRL, &at))) {
		if (!list_of(item, lists->profile, p->certs[i - 1].subject, &room, &list))
			continue;
		TRY(asked(p, i, &list, trust, now_s, &now, &say, why));
		if (weight(now) < weight(*out) || (weight(now) == weight(*out) &&
						   list.crl->this_update_s <= lists->used.this_update_s))
			continue;
		*out = now;
		lists->used = *list.crl;
		best = say;
	}
	(void)answer(p, false, AT "%s", i + 1, p->n, best);
	if (*out == PATH_CRL_MISSING)
		*out = why_missing(p, i, lists);
	return CLOISTER_OK;
}
