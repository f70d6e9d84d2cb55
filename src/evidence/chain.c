/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - RFC 5280 section 6, for a straight chain whose root is known by its
 * digest. The root is one of ours or nothing is looked at; after that each
 * certificate, the root too, has to pass every check by itself.
 */

#include "evidence/chain.h"

#include "crypto/verify.h"

/* How people count certificates: "certificate 2 of 5", the root being the first. */
#define AT "certificate %zu of %zu "

static enum cloister_err check_root(const struct cloister_trust *trust, struct bytes root,
				    struct chain *c, struct cloister_verdict *v,
				    struct cloister_fault *why)
{
	TRY(hash_sha256(root, c->root_sha256, why));
	if (trust_has_root(trust, ROOT_AWS, c->root_sha256, &c->root_is_builtin))
		verdict_held(v, CHECK_ROOT, "%s",
			     c->root_is_builtin ? "AWS Nitro Enclaves root G1" :
						  "a root given by the caller");
	else
		verdict_failed(v, CHECK_ROOT,
			       "no root that was given has this certificate's SHA-256 "
			       "(%02x%02x%02x%02x…)",
			       c->root_sha256[0], c->root_sha256[1], c->root_sha256[2],
			       c->root_sha256[3]);
	return CLOISTER_OK;
}

static void check_certificates(const struct bytes *ders, struct chain *c,
			       struct cloister_verdict *v)
{
	for (size_t i = 0; i < c->n; i++) {
		struct cloister_fault why;
		char text[128];
		if (cert_read(ders[i], &cert_profile_nitro, &c->certs[i], &why) == CLOISTER_OK)
			continue;
		verdict_failed(v, CHECK_CERTIFICATES, AT "%s", i + 1, c->n,
			       cloister_fault_text(&why, text, sizeof text));
		return;
	}
	verdict_held(v, CHECK_CERTIFICATES, "%zu certificates", c->n);
}

/* What is wrong with certificate i's role, or NULL. */
static const char *role_fault(const struct chain *c, size_t i)
{
	const struct cert *cert = &c->certs[i];

	if (i == c->n - 1) {
		if (cert->is_ca)
			return "is the leaf and yet an authority";
		if (!cert->has_usage || !(cert->usage & CERT_DIGITAL_SIGNATURE))
			return "is the leaf and may not sign documents";
		if (cert->usage & CERT_SIGNS_CERTS)
			return "is the leaf and yet may sign certificates";
		return NULL;
	}
	if (!cert->is_ca)
		return "is not an authority";
	if (!cert->has_usage || !(cert->usage & CERT_SIGNS_CERTS))
		return "may not sign certificates";
	/* RFC 5280 4.2.1.9: authorities between this one and the leaf. */
	if (cert->has_path_len && c->n - 2 - i > cert->path_len)
		return "allows fewer authorities below it";
	return NULL;
}

static void check_path(const struct chain *c, struct cloister_verdict *v)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *fault = role_fault(c, i);
		if (!fault)
			continue;
		verdict_failed(v, CHECK_PATH, AT "%s", i + 1, c->n, fault);
		return;
	}
	verdict_held(v, CHECK_PATH, "%s", "");
}

static void check_names(const struct chain *c, struct cloister_verdict *v)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct cert *cert = &c->certs[i], *issuer = &c->certs[i ? i - 1 : 0];
		if (!bytes_equal(cert->issuer, issuer->subject)) {
			verdict_failed(v, CHECK_NAMES,
				       AT "names another issuer than the one above it", i + 1, c->n);
			return;
		}
		if (i && bytes_equal(cert->issuer, cert->subject)) {
			verdict_failed(v, CHECK_NAMES, AT "names itself as its issuer",
				       i + 1, c->n);
			return;
		}
	}
	verdict_held(v, CHECK_NAMES, "%s", "");
}

static void check_validity(struct chain *c, uint64_t now_s, struct cloister_verdict *v)
{
	c->valid_from_s = 0;
	c->valid_until_s = UINT64_MAX;
	for (size_t i = 0; i < c->n; i++) {
		const struct cert *cert = &c->certs[i];
		if (now_s > cert->not_after_s)
			verdict_failed(v, CHECK_VALIDITY,
				       AT "expired %llu s before the chosen time", i + 1, c->n,
				       (unsigned long long)(now_s - cert->not_after_s));
		if (now_s < cert->not_before_s)
			verdict_failed(v, CHECK_VALIDITY,
				       AT "begins %llu s after the chosen time", i + 1, c->n,
				       (unsigned long long)(cert->not_before_s - now_s));
		if (cert->not_before_s > c->valid_from_s)
			c->valid_from_s = cert->not_before_s;
		if (cert->not_after_s < c->valid_until_s)
			c->valid_until_s = cert->not_after_s;
	}
	verdict_held(v, CHECK_VALIDITY, "for another %llu s",
		     (unsigned long long)(c->valid_until_s - now_s));
}

static enum cloister_err signed_by(const struct cert *cert, const struct cert *issuer, bool *good,
				   struct cloister_fault *why)
{
	uint8_t digest[SHA384_LEN];

	TRY(hash_sha384(cert->tbs, digest, why));
	return p384_verify(issuer->key.point.data, digest, cert->sig_ec, good, why);
}

/* runs[i] names certificates 0..i in this order: H(runs[i - 1] || H(certificate i)). */
static enum cloister_err name_runs(const struct chain *c, uint8_t runs[][SHA384_LEN],
				   struct cloister_fault *why)
{
	uint8_t pair[2][SHA384_LEN] = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		TRY(hash_sha384(c->certs[i].der, pair[1], why));
		TRY(hash_sha384(BYTES_OF(pair), runs[i], why));
		memcpy(pair[0], runs[i], SHA384_LEN);
	}
	return CLOISTER_OK;
}

static enum cloister_err check_signatures(struct cloister_trust *trust, const struct chain *c,
					  uint64_t now_s, struct cloister_verdict *v,
					  struct cloister_fault *why)
{
	uint8_t runs[LIMIT_CHAIN + 1][SHA384_LEN];
	size_t known = c->n;
	bool good;

	TRY(name_runs(c, runs, why));
	while (known > 0 && !trust_knows(trust, runs[known - 1]))
		known--;
	for (size_t i = known; i < c->n; i++) {
		TRY(signed_by(&c->certs[i], &c->certs[i ? i - 1 : 0], &good, why));
		if (!good) {
			verdict_failed(v, CHECK_CHAIN, AT "is not signed by the one above",
				       i + 1, c->n);
			return CLOISTER_OK;
		}
		trust_remember(trust, runs[i], c->valid_until_s, now_s);
	}
	verdict_held(v, CHECK_CHAIN, "%s", "");
	return CLOISTER_OK;
}

enum cloister_err chain_check(struct cloister_trust *trust, const struct bytes *ders, size_t n,
			      uint64_t now_s, struct chain *out, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	out->n = n;
	TRY(check_root(trust, ders[0], out, v, why));
	if (verdict_held_to(v, CHECK_ROOT))
		check_certificates(ders, out, v);
	if (verdict_held_to(v, CHECK_CERTIFICATES))
		check_path(out, v);
	if (verdict_held_to(v, CHECK_PATH))
		check_names(out, v);
	if (verdict_held_to(v, CHECK_NAMES))
		check_validity(out, now_s, v);
	if (verdict_held_to(v, CHECK_VALIDITY))
		return check_signatures(trust, out, now_s, v, why);
	return CLOISTER_OK;
}
