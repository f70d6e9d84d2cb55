/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_chain.c - S5 to S12, after AMD 57230. The certificates come in any order,
 * from the caller and from the evidence. They are looked through for the ones
 * that fit best, and then those have to fit: choosing well spares a refusal and
 * never grants anything.
 */

#include "evidence/snp_chain.h"

#include <stdio.h>

enum { ARK, ASK, VEK, CERTS };

/* ---- Looking for certificates ------------------------------------------------ */

static const char *key_name(enum snp_signer s)
{
	return s == SNP_VLEK ? "SEV-VLEK" : "SEV-VCEK";
}

static bool is_valid(const struct cert *c, uint64_t now_s)
{
	return now_s >= c->not_before_s && now_s <= c->not_after_s;
}

/* The next certificate that can be read; the caller's come before the evidence's. */
static bool next_cert(const struct judge *j, size_t *at, struct cert *out)
{
	struct bytes der;

	while (pool_next(trust_pool(j->trust), j->given, ITEM_CERT, at, &der))
		if (cert_read(der, &cert_profile_amd, out, NULL) == CLOISTER_OK)
			return true;
	return false;
}

/* How well a certificate fits the report, what counts most last; 0: it is of no such key at all. */
enum { OF_KIND = 1, IS_VALID = 2, OF_PRODUCT = 4, OF_TCB = 8, OF_CHIP = 16 };

static unsigned fitness(const struct snp_report *r, const struct cert *c, uint64_t now_s)
{
	unsigned fits = OF_KIND;
	struct snp_vek vek;
	struct snp_tcb tcb;

	if (c->is_ca || c->key.kind != CERT_KEY_P384 ||
	    !cert_common_name_is(c->subject, key_name(r->signer)))
		return 0;
	if (is_valid(c, now_s))
		fits |= IS_VALID;
	if (snp_vek_read(c, &vek, NULL) != CLOISTER_OK)
		return fits;
	(void)snp_tcb_read(vek.product, r->reported_tcb, &tcb);
	if (vek.product == snp_report_product(r))
		fits |= OF_PRODUCT;
	if (snp_tcb_equal(&tcb, &vek.tcb))
		fits |= OF_TCB;
	if (bytes_equal(vek.hwid, snp_chip_id(r, vek.product)))
		fits |= OF_CHIP;
	return fits;
}

enum cloister_err snp_signed_by(const struct snp_report *r, const uint8_t point[static P384_POINT_LEN],
				bool *good_out, struct cloister_fault *why)
{
	uint8_t digest[SHA384_LEN], sig[SNP_SIG_LEN];

	*good_out = false;
	if (!snp_signature(r, sig))
		return CLOISTER_OK;
	TRY(hash_sha384(r->signed_part, digest, why));
	return p384_verify(point, digest, sig, good_out, why);
}

/*
 * Of several that fit equally well, the one that signed: with a masked chip id, or
 * VLEKs of several providers, nothing else tells them apart.
 */
static enum cloister_err choose_signer(const struct judge *j, const struct snp_report *r, unsigned best,
				       struct cert *out, struct cloister_fault *why)
{
	struct cert c;
	size_t at = 0, tried = 0;
	bool good = false;

	while (tried < LIMIT_SNP_CANDIDATES && next_cert(j, &at, &c)) {
		if (fitness(r, &c, j->now_s) != best)
			continue;
		tried++;
		TRY(snp_signed_by(r, c.key.point.data, &good, why));
		if (!good)
			continue;
		*out = c;
		break;
	}
	return CLOISTER_OK;
}

/* The first of those that fit best, or of several keys that do, the one that signed. */
static enum cloister_err choose_key(const struct judge *j, const struct snp_report *r, struct cert *out,
				    unsigned *best_out, struct cloister_fault *why)
{
	struct cert c;
	unsigned best = 0;
	size_t at = 0;
	bool several = false;

	while (next_cert(j, &at, &c)) {
		unsigned fits = fitness(r, &c, j->now_s);
		if (fits == 0 || fits < best)
			continue;
		several = fits == best && (several || !bytes_equal(c.key.point, out->key.point));
		if (fits > best)
			*out = c;
		best = fits;
	}
	*best_out = best;
	return several ? choose_signer(j, r, best, out, why) : CLOISTER_OK;
}

/* An authority of that name: one that is valid before one that is not. */
static bool find_authority(const struct judge *j, struct bytes name, struct cert *out)
{
	struct cert c;
	size_t at = 0;
	bool found = false;

	while (next_cert(j, &at, &c)) {
		if (!bytes_equal(c.subject, name))
			continue;
		*out = c;
		found = true;
		if (is_valid(&c, j->now_s))
			break;
	}
	return found;
}

/* A root of that name: one that counts before one that does not. */
static enum cloister_err find_root(const struct judge *j, enum snp_product p, struct bytes name,
				   struct snp_chain *s, struct cert *out, bool *found,
				   struct cloister_fault *why)
{
	struct cert c;
	size_t at = 0;
	bool counts = false;

	*found = false;
	while (!counts && next_cert(j, &at, &c)) {
		uint8_t sha256[SHA256_LEN];
		bool builtin;
		if (!bytes_equal(c.subject, name))
			continue;
		TRY(hash_sha256(c.der, sha256, why));
		counts = trust_has_root(j->trust, ROOT_AMD_MILAN + (enum root_family)p, sha256, &builtin);
		*found = true;
		*out = c;
		s->root_is_builtin = builtin;
		memcpy(s->root_sha256, sha256, SHA256_LEN);
	}
	return CLOISTER_OK;
}

/* ---- The checks ---------------------------------------------------------------- */

/* S5 */
static enum cloister_err check_key(const struct judge *j, const struct snp_report *r,
				   struct snp_chain *s, struct cloister_verdict *v,
				   struct cloister_fault *why)
{
	unsigned fits;

	TRY(choose_key(j, r, &s->path.certs[VEK], &fits, why));
	if (fits)
		verdict_held(v, CHECK_SNP_KEY, "%s", key_name(r->signer));
	else
		verdict_failed(v, CHECK_SNP_KEY, "no %s certificate was given that can be read",
			       key_name(r->signer));
	return CLOISTER_OK;
}

/* S6 and, since they go together, which root it would be. */
static enum cloister_err check_certificates(const struct judge *j, const struct snp_report *r,
					    struct snp_chain *s, struct cloister_verdict *v,
					    struct cloister_fault *why)
{
	struct cert *c = s->path.certs;
	struct cloister_fault local;
	bool found;

	if (snp_vek_read(&c[VEK], &s->vek, &local) != CLOISTER_OK) {
		verdict_fault(v, CHECK_SNP_CERTIFICATES, &local);
		return CLOISTER_OK;
	}
	s->product = snp_report_product(r) == SNP_NAMELESS ? s->vek.product : snp_report_product(r);
	if (!find_authority(j, c[VEK].issuer, &c[ASK])) {
		verdict_failed(v, CHECK_SNP_CERTIFICATES, "the certificate of the key's issuer is missing");
		return CLOISTER_OK;
	}
	TRY(find_root(j, s->product, c[ASK].issuer, s, &c[ARK], &found, why));
	if (found)
		verdict_held(v, CHECK_SNP_CERTIFICATES, "3 certificates");
	else
		verdict_failed(v, CHECK_SNP_CERTIFICATES, "the root's certificate is missing");
	return CLOISTER_OK;
}

/* S7 */
static void check_root(const struct judge *j, const struct snp_chain *s, struct cloister_verdict *v)
{
	bool builtin;

	if (trust_has_root(j->trust, ROOT_AMD_MILAN + (enum root_family)s->product, s->root_sha256, &builtin))
		verdict_held(v, CHECK_SNP_ROOT, "%s%s",
			     builtin ? "AMD's ARK-" : "a root given by the caller",
			     builtin ? snp_product_name(s->product) : "");
	else
		verdict_failed(v, CHECK_SNP_ROOT,
			       "%02x%02x%02x%02x… is not the SHA-256 of AMD's ARK-%s, nor of a root that "
			       "was given", s->root_sha256[0], s->root_sha256[1], s->root_sha256[2],
			       s->root_sha256[3], snp_product_name(s->product));
}

static void answer(struct cloister_verdict *v, enum check c, bool yes, const struct path *p)
{
	if (yes)
		verdict_held(v, c, "%s", p->say);
	else
		verdict_failed(v, c, "%s", p->say);
}

/* S9: the chain of names, and that each is the one its role has for this product. */
static void check_names(const struct snp_report *r, struct snp_chain *s, struct cloister_verdict *v)
{
	const char *product = snp_product_name(s->product);
	char ark[32], ask[32];

	snprintf(ark, sizeof ark, "ARK-%s", product);
	snprintf(ask, sizeof ask, "%s%s", r->signer == SNP_VLEK ? "SEV-VLEK-" : "SEV-", product);
	if (!path_names(&s->path))
		verdict_failed(v, CHECK_SNP_NAMES, "%s", s->path.say);
	else if (!cert_common_name_is(s->path.certs[ARK].subject, ark))
		verdict_failed(v, CHECK_SNP_NAMES, "the root is not called %s", ark);
	else if (!cert_common_name_is(s->path.certs[ASK].subject, ask))
		verdict_failed(v, CHECK_SNP_NAMES, "the key's issuer is not called %s", ask);
	else
		verdict_held(v, CHECK_SNP_NAMES, "%s, %s, %s", ark, ask, key_name(r->signer));
}

/* S12: AMD's roots list the authorities below them; its authorities list no keys. */
static enum cloister_err check_revocation(const struct judge *j, struct snp_chain *s,
					  struct cloister_verdict *v, struct cloister_fault *why)
{
	struct path_lists lists = { .own = trust_pool(j->trust), .given = j->given,
				    .profile = &cert_profile_amd };
	enum path_crl said;

	TRY(path_revoked_by(&s->path, ASK, &lists, j->trust, j->now_s, &said, why));
	s->has_crl = said == PATH_CRL_CLEAR;
	s->crl = lists.used;
	if (said == PATH_CRL_CLEAR)
		verdict_held(v, CHECK_SNP_REVOCATION, "%s", s->path.say);
	else if (said == PATH_CRL_MISSING && !j->policy->snp.require_crl)
		verdict_waived(v, CHECK_SNP_REVOCATION, "no revocation list of ARK-%s was given",
			       snp_product_name(s->product));
	else
		verdict_failed(v, CHECK_SNP_REVOCATION, "%s", s->path.say);
	return CLOISTER_OK;
}

enum cloister_err snp_chain_check(const struct judge *j, const struct snp_report *r,
				  struct snp_chain *s, struct cloister_verdict *v,
				  struct cloister_fault *why)
{
	bool good;

	s->path.n = CERTS;
	TRY(check_key(j, r, s, v, why));
	if (verdict_held_to(v, CHECK_SNP_KEY))
		TRY(check_certificates(j, r, s, v, why));
	if (verdict_held_to(v, CHECK_SNP_CERTIFICATES))
		check_root(j, s, v);
	if (verdict_held_to(v, CHECK_SNP_ROOT))
		answer(v, CHECK_SNP_PATH, path_roles(&s->path, PATH_LEAF_UNSAID), &s->path);
	if (verdict_held_to(v, CHECK_SNP_PATH))
		check_names(r, s, v);
	if (verdict_held_to(v, CHECK_SNP_NAMES))
		answer(v, CHECK_SNP_VALIDITY, path_valid(&s->path, j->now_s), &s->path);
	if (!verdict_held_to(v, CHECK_SNP_VALIDITY))
		return CLOISTER_OK;
	TRY(path_signed(&s->path, j->trust, j->now_s, &good, why));
	answer(v, CHECK_SNP_CHAIN, good, &s->path);
	return good ? check_revocation(j, s, v, why) : CLOISTER_OK;
}
