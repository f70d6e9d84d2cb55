/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece.c - who may say what, in one table of names; then from a piece up to a
 * root: every issuer of that name that is at hand is tried, and the best reason
 * is given when none will do.
 */

#include "collateral/piece.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "codec/cert.h"
#include "codec/crl.h"
#include "crypto/verify.h"
#include "evidence/path.h"
#include "evidence/pck.h"
#include "evidence/qe_identity.h"
#include "evidence/snp_vek.h"

#define PATH_MAX_CERTS 3u
#define TRIES 64u /* runs of certificates tried for one piece */

/* A certificate's place: its own name and its issuer's, with the product behind where it has one. */
static const struct role {
	enum piece_kind kind;
	const char *subject, *issuer;
	bool subject_product, issuer_product;
	size_t depth; /* certificates from the root to it */
	enum path_leaf leaf;
} roles[] = {
	{ PIECE_ARK, "ARK-", "ARK-", true, true, 1, PATH_AUTHORITY },
	{ PIECE_ASK, "SEV-", "ARK-", true, true, 2, PATH_AUTHORITY },
	{ PIECE_ASVK, "SEV-VLEK-", "ARK-", true, true, 2, PATH_AUTHORITY },
	{ PIECE_VCEK, "SEV-VCEK", "SEV-", false, true, 3, PATH_LEAF_UNSAID },
	{ PIECE_VLEK, "SEV-VLEK", "SEV-VLEK-", false, true, 3, PATH_LEAF_UNSAID },
	{ PIECE_INTEL_ROOT, "Intel SGX Root CA", "Intel SGX Root CA", false, false, 1, PATH_AUTHORITY },
	{ PIECE_PLATFORM_CA, "Intel SGX PCK Platform CA", "Intel SGX Root CA", false, false, 2, PATH_AUTHORITY },
	{ PIECE_PROCESSOR_CA, "Intel SGX PCK Processor CA", "Intel SGX Root CA", false, false, 2, PATH_AUTHORITY },
	{ PIECE_TCB_SIGNER, "Intel SGX TCB Signing", "Intel SGX Root CA", false, false, 2, PATH_LEAF_SIGNS },
	{ PIECE_PCK, "Intel SGX PCK Certificate", "Intel SGX PCK Platform CA", false, false, 3, PATH_LEAF_SIGNS },
	{ PIECE_PCK, "Intel SGX PCK Certificate", "Intel SGX PCK Processor CA", false, false, 3, PATH_LEAF_SIGNS },
};

static const struct {
	const char *what, *file;
} words[PIECE_KINDS] = {
	[PIECE_ARK] = { "ARK certificate", "ark" },
	[PIECE_ASK] = { "ASK certificate", "ask" },
	[PIECE_ASVK] = { "ASVK certificate", "asvk" },
	[PIECE_VCEK] = { "VCEK certificate", "vcek" },
	[PIECE_VLEK] = { "VLEK certificate", "vlek" },
	[PIECE_INTEL_ROOT] = { "Intel root certificate", "root-ca" },
	[PIECE_PLATFORM_CA] = { "PCK Platform CA certificate", "pck-platform-ca" },
	[PIECE_PROCESSOR_CA] = { "PCK Processor CA certificate", "pck-processor-ca" },
	[PIECE_TCB_SIGNER] = { "TCB Signing certificate", "tcb-signing" },
	[PIECE_PCK] = { "PCK certificate", "pck" },
	[PIECE_AMD_CRL] = { "AMD revocation list", "crl" },
	[PIECE_ROOT_CRL] = { "Intel root revocation list", "root-crl" },
	[PIECE_PLATFORM_CRL] = { "PCK Platform revocation list", "pck-platform-crl" },
	[PIECE_PROCESSOR_CRL] = { "PCK Processor revocation list", "pck-processor-crl" },
	[PIECE_TCB_INFO] = { "TCB info", "tcb-info" },
	[PIECE_QE_IDENTITY] = { "QE identity", "qe-identity" },
};

const char *piece_what(enum piece_kind kind)
{
	return (unsigned)kind < PIECE_KINDS && words[kind].what ? words[kind].what : "nothing known";
}

static bool is_amd(enum piece_kind kind)
{
	return kind <= PIECE_VLEK || kind == PIECE_AMD_CRL;
}

static const struct cert_profile *profile_of(enum piece_kind kind)
{
	return is_amd(kind) ? &cert_profile_amd : &cert_profile_intel;
}

/* ---- Roles -------------------------------------------------------------------- */

static bool is_called(struct bytes name, const char *begins, bool has_product, enum snp_product p)
{
	char whole[64];

	snprintf(whole, sizeof whole, "%s%s", begins, has_product ? snp_product_name(p) : "");
	return cert_common_name_is(name, whole);
}

/* The role that these names have, of any product; NULL: none of ours. */
static const struct role *role_of(struct bytes subject, struct bytes issuer, enum snp_product *product)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++)
			if (is_called(subject, roles[i].subject, roles[i].subject_product, p) &&
			    is_called(issuer, roles[i].issuer, roles[i].issuer_product, p)) {
				*product = p;
				return &roles[i];
			}
	return NULL;
}

/* The authority whose lists these are. */
static const struct role *crl_role_of(struct bytes issuer, enum snp_product *product)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++)
			if (roles[i].leaf == PATH_AUTHORITY &&
			    is_called(issuer, roles[i].subject, roles[i].subject_product, p)) {
				*product = p;
				return &roles[i];
			}
	return NULL;
}

static enum piece_kind crl_kind(enum piece_kind issuer)
{
	switch (issuer) {
	case PIECE_ARK:
		return PIECE_AMD_CRL;
	case PIECE_INTEL_ROOT:
		return PIECE_ROOT_CRL;
	case PIECE_PLATFORM_CA:
		return PIECE_PLATFORM_CRL;
	case PIECE_PROCESSOR_CA:
		return PIECE_PROCESSOR_CRL;
	default:
		return 0;
	}
}

bool piece_is_beside(enum item_kind kind, struct bytes data)
{
	enum snp_product p;
	struct cert c;

	if (kind == ITEM_CRL)
		return true;
	if (kind != ITEM_CERT || cert_read(data, &cert_profile_any, &c, NULL) != CLOISTER_OK)
		return false;
	const struct role *r = role_of(c.subject, c.issuer, &p);
	return r && r->depth < 3;
}

/* ---- Up to a root -------------------------------------------------------------- */

/* Looking for a run of certificates that holds, from a piece upwards. */
struct climb {
	struct cloister_trust *trust;
	const struct pool *beside;
	const struct cert_profile *profile;
	const struct role *role;
	enum snp_product product;
	uint64_t now_s;
	struct bytes ders[PATH_MAX_CERTS]; /* root first; filled from the end */
	size_t tries;
	struct path path;                  /* of the last try; the good one in the end */
	bool found, builtin;
	uint8_t root_sha256[SHA256_LEN];
	int furthest;
	char say[160];
};

static void came_to(struct climb *c, int step, const char *say)
{
	if (step <= c->furthest)
		return;
	c->furthest = step;
	snprintf(c->say, sizeof c->say, "%s", say);
}

/* By its certificate, or, Intel's, by its key; a caller's always by its certificate. */
static enum cloister_err root_counts(struct climb *c, bool *yes, struct cloister_fault *why)
{
	const struct cert *root = &c->path.certs[0];
	uint8_t key[SHA256_LEN];

	TRY(hash_sha256(root->der, c->root_sha256, why));
	if (is_amd(c->role->kind)) {
		*yes = trust_has_root(c->trust, ROOT_AMD_MILAN + (enum root_family)c->product,
				      c->root_sha256, &c->builtin);
		return CLOISTER_OK;
	}
	*yes = trust_has_root(c->trust, ROOT_INTEL, c->root_sha256, &c->builtin);
	TRY(hash_sha256(root->spki, key, why));
	/* The second answer only tells whether the key is the built-in one. */
	(void)trust_has_root(c->trust, ROOT_INTEL, key, &c->builtin);
	*yes = *yes || c->builtin;
	return CLOISTER_OK;
}

/* Only a list that says so: whether lists are current is for themselves to show. */
static enum cloister_err revoked(struct climb *c, bool *yes, struct cloister_fault *why)
{
	struct path_lists lists = { .own = c->beside, .profile = c->profile };
	enum path_crl said = PATH_CRL_CLEAR;

	for (size_t i = 1; i < c->path.n && said != PATH_CRL_REVOKED; i++)
		TRY(path_revoked_by(&c->path, i, &lists, c->trust, c->now_s, &said, why));
	*yes = said == PATH_CRL_REVOKED;
	return CLOISTER_OK;
}

static enum cloister_err try_path(struct climb *c, struct cloister_fault *why)
{
	struct path *p = &c->path;
	bool good;

	if (!path_read(p, c->ders, c->role->depth, c->profile)) {
		came_to(c, 1, p->say);
		return CLOISTER_OK;
	}
	TRY(root_counts(c, &good, why));
	if (!good)
		came_to(c, 2, "it leads to a root that is neither built in nor given");
	else if (!path_roles(p, c->role->leaf))
		came_to(c, 3, p->say);
	else if (!path_names(p))
		came_to(c, 3, p->say);
	else if (!path_valid(p, c->now_s))
		came_to(c, 4, p->say);
	else {
		TRY(path_signed(p, c->trust, c->now_s, &good, why));
		if (!good) {
			came_to(c, 5, p->say);
			return CLOISTER_OK;
		}
		TRY(revoked(c, &good, why));
		c->found = !good;
		if (!c->found)
			came_to(c, 6, p->say);
	}
	return CLOISTER_OK;
}

/* ders[at] is known; find who may stand above it. */
static enum cloister_err climb(struct climb *c, size_t at, struct cloister_fault *why)
{
	struct bytes der;
	struct cert below, above;
	size_t next = 0;

	if (at == 0)
		return c->tries++ < TRIES ? try_path(c, why) : CLOISTER_OK;
	TRY(cert_read(c->ders[at], c->profile, &below, why));
	while (!c->found && pool_next(NULL, c->beside, ITEM_CERT, &next, &der)) {
		if (cert_read(der, c->profile, &above, NULL) != CLOISTER_OK ||
		    !bytes_equal(above.subject, below.issuer))
			continue;
		bool is_root = bytes_equal(above.issuer, above.subject);
		if (is_root != (at == 1))
			continue;
		c->ders[at - 1] = der;
		TRY(climb(c, at - 1, why));
	}
	return CLOISTER_OK;
}

/* From the certificate `der` of that role; c->found says whether it leads to a root. */
static enum cloister_err climb_from(struct climb *c, struct bytes der, struct cloister_fault *why)
{
	c->ders[c->role->depth - 1] = der;
	return climb(c, c->role->depth - 1, why);
}

static enum cloister_err not_believed(const struct climb *c, struct cloister_fault *why)
{
	if (c->furthest == 0)
		return fail(why, CLOISTER_E_MISSING, piece_what(c->role->kind),
			    "the certificates of its issuers are neither stored nor given");
	return fail(why, CLOISTER_E_MALFORMED, piece_what(c->role->kind), "%s", c->say);
}

/* ---- Names ---------------------------------------------------------------------- */

static void lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

static void tcb_words(const struct piece *p, char *out, size_t room)
{
	if (p->product == SNP_TURIN)
		snprintf(out, room, "fmc%u-bl%u-tee%u-snp%u-ucode%u", p->tcb.fmc, p->tcb.bl, p->tcb.tee,
			 p->tcb.snp, p->tcb.ucode);
	else
		snprintf(out, room, "bl%u-tee%u-snp%u-ucode%u", p->tcb.bl, p->tcb.tee, p->tcb.snp,
			 p->tcb.ucode);
}

/* What tells machines apart, and in names: only letters, digits, `.`, `-` and `_`. */
static void machine_words(struct piece *p, char *file, size_t room)
{
	char hex[2 * SNP_CHIP_ID_LEN + 1] = "", tcb[SNP_TCB_TEXT], fmspc[2 * FMSPC_LEN + 1];

	hex_write(BYTES_OF(p->fmspc), fmspc);
	switch (p->kind) {
	case PIECE_VCEK:
		hex_write(p->hwid, hex);
		tcb_words(p, file, room);
		snprintf(p->machine, sizeof p->machine, "%s %s, %s", snp_product_name(p->product), hex,
			 snp_tcb_text(p->product, &p->tcb, tcb));
		char levels[64];
		snprintf(levels, sizeof levels, "%.60s", file);
		snprintf(file, room, "-%s-%s", hex, levels);
		break;
	case PIECE_VLEK: {
		char csp[65], words_of_tcb[64];
		snprintf(csp, sizeof csp, "%.*s", (int)p->csp_id.len, p->csp_id.data);
		tcb_words(p, words_of_tcb, sizeof words_of_tcb);
		snprintf(p->machine, sizeof p->machine, "%s %s, %s", snp_product_name(p->product), csp,
			 snp_tcb_text(p->product, &p->tcb, tcb));
		for (char *c = csp; *c; c++)
			*c = isalnum((unsigned char)*c) || *c == '-' || *c == '.' ? *c : '_';
		snprintf(file, room, "-%s-%s", csp, words_of_tcb);
		break;
	}
	case PIECE_QE_IDENTITY:
		snprintf(p->machine, sizeof p->machine, "%s", p->tee == TCB_TDX ? "TDX" : "SGX");
		*file = '\0';
		break;
	case PIECE_TCB_INFO:
		snprintf(p->machine, sizeof p->machine, "%s, FMSPC %s", p->tee == TCB_TDX ? "TDX" : "SGX", fmspc);
		snprintf(file, room, "-%s", fmspc);
		break;
	case PIECE_PCK:
		snprintf(p->machine, sizeof p->machine, "FMSPC %s", fmspc);
		snprintf(file, room, "-%s", fmspc);
		break;
	default:
		if (is_amd(p->kind))
			snprintf(p->machine, sizeof p->machine, "%s", snp_product_name(p->product));
		*file = '\0';
	}
}

/* Certificates that stay side by side when they are renewed are told apart by their digest. */
static bool has_digest(enum piece_kind k)
{
	return k <= PIECE_PCK && k != PIECE_VCEK;
}

static enum cloister_err name_it(struct piece *p, struct cloister_fault *why)
{
	char machine[224], family[24], digest[2 * SHA256_LEN + 1], root[2 * SHA256_LEN + 1];
	bool is_json = p->kind == PIECE_TCB_INFO || p->kind == PIECE_QE_IDENTITY;
	uint8_t sha256[SHA256_LEN];

	TRY(hash_sha256(p->data, sha256, why));
	hex_write(BYTES_OF(sha256), digest);
	hex_write(BYTES_OF(p->root_sha256), root);
	machine_words(p, machine, sizeof machine);
	if (is_amd(p->kind))
		snprintf(family, sizeof family, "amd-%s", snp_product_name(p->product));
	else
		snprintf(family, sizeof family, "intel%s",
			 !is_json ? "" : p->tee == TCB_TDX ? "-tdx" : "-sgx");
	lower(family);
	/* Under a root that somebody gave: never in place of the vendor's own. */
	int n = snprintf(p->name, sizeof p->name, "%s%.16s%s%s-%s%s%s%.16s%s",
			 p->root_is_builtin ? "" : "by-", p->root_is_builtin ? "" : root,
			 p->root_is_builtin ? "" : "-", family, words[p->kind].file, machine,
			 has_digest(p->kind) ? "-" : "", has_digest(p->kind) ? digest : "",
			 is_json ? ".json" : ".der");
	if (n < 0 || (size_t)n >= sizeof p->name)
		return fail(why, CLOISTER_E_LIMIT, piece_what(p->kind), "its name would be too long");
	return CLOISTER_OK;
}

/* ---- The three forms -------------------------------------------------------------- */

enum cloister_err piece_in_time(const struct piece *p, uint64_t now_s, struct cloister_fault *why)
{
	if (now_s < p->issued_s)
		return fail(why, CLOISTER_E_MALFORMED, piece_what(p->kind),
			    "issued %llu s after the chosen time",
			    (unsigned long long)(p->issued_s - now_s));
	if (now_s > p->until_s)
		return fail(why, CLOISTER_E_MALFORMED, piece_what(p->kind),
			    "was to be renewed %llu s before the chosen time",
			    (unsigned long long)(now_s - p->until_s));
	return CLOISTER_OK;
}

static void note_root(struct piece *p, const struct climb *c)
{
	memcpy(p->root_sha256, c->root_sha256, SHA256_LEN);
	p->root_is_builtin = c->builtin;
	p->product = c->product;
}

static enum cloister_err facts_of(const struct cert *c, struct piece *p, struct cloister_fault *why)
{
	struct bytes value;
	struct snp_vek vek;
	struct pck pck;

	if (p->kind == PIECE_VCEK || p->kind == PIECE_VLEK) {
		TRY(snp_vek_read(c, &vek, why));
		if (vek.product != p->product)
			return fail(why, CLOISTER_E_MALFORMED, piece_what(p->kind),
				    "a key of %s, certified by %s's authority",
				    snp_product_name(vek.product), snp_product_name(p->product));
		p->tcb = vek.tcb;
		p->hwid = vek.hwid;
		p->csp_id = vek.csp_id;
	}
	if (p->kind == PIECE_PCK) {
		if (!cert_extension(c, pck_extension_oid, &value))
			return fail(why, CLOISTER_E_MALFORMED, piece_what(p->kind), "Intel's extension is missing");
		TRY(pck_read(value, &pck, why));
		memcpy(p->fmspc, pck.fmspc.data, sizeof p->fmspc);
	}
	return CLOISTER_OK;
}

static enum cloister_err check_cert(struct climb *c, struct piece *p, struct cloister_fault *why)
{
	struct cert cert;

	TRY(cert_read(p->data, &cert_profile_any, &cert, why));
	c->role = role_of(cert.subject, cert.issuer, &c->product);
	if (!c->role)
		return fail(why, CLOISTER_E_UNSUPPORTED, "certificate",
			    "of nobody whose certificates are kept here (AMD's and Intel's)");
	p->kind = c->role->kind;
	c->profile = profile_of(p->kind);
	TRY(cert_read(p->data, c->profile, &cert, why));
	TRY(climb_from(c, p->data, why));
	if (!c->found)
		return not_believed(c, why);
	note_root(p, c);
	p->issued_s = cert.not_before_s;
	p->until_s = cert.not_after_s;
	return facts_of(&cert, p, why);
}

/* Everybody of that name who is at hand, until one both leads to a root and made the signature. */
typedef enum cloister_err made_by(void *ctx, const struct cert *signer, bool *yes,
				  struct cloister_fault *why);

static enum cloister_err find_signer(struct climb *c, struct piece *p, made_by *made, void *ctx,
				     struct cloister_fault *why)
{
	char unsigned_say[] = "its issuer's key did not sign it";
	struct bytes der;
	struct cert cert;
	enum snp_product product;
	bool good = false;
	size_t at = 0;

	while (!good && pool_next(NULL, c->beside, ITEM_CERT, &at, &der)) {
		if (cert_read(der, c->profile, &cert, NULL) != CLOISTER_OK ||
		    role_of(cert.subject, cert.issuer, &product) != c->role || product != c->product)
			continue;
		c->found = false;
		TRY(climb_from(c, der, why));
		if (!c->found)
			continue;
		TRY(made(ctx, &cert, &good, why));
		if (!good)
			came_to(c, 7, unsigned_say);
	}
	if (good) {
		note_root(p, c);
		return CLOISTER_OK;
	}
	if (c->furthest == 0)
		return fail(why, CLOISTER_E_MISSING, piece_what(p->kind),
			    "the certificates of its issuers are neither stored nor given");
	return fail(why, CLOISTER_E_MALFORMED, piece_what(p->kind), "%s", c->say);
}

static enum cloister_err crl_made_by(void *ctx, const struct cert *signer, bool *yes,
				     struct cloister_fault *why)
{
	const struct crl *crl = ctx;

	*yes = false;
	if (!(signer->usage & CERT_SIGNS_CRLS) || !bytes_equal(signer->subject, crl->issuer))
		return CLOISTER_OK;
	return path_crl_signed_by(crl, &signer->key, yes, why);
}

static enum cloister_err check_crl(struct climb *c, struct piece *p, struct cloister_fault *why)
{
	struct crl crl;

	TRY(crl_read(p->data, &cert_profile_any, &crl, why));
	c->role = crl_role_of(crl.issuer, &c->product);
	p->kind = c->role ? crl_kind(c->role->kind) : 0;
	if (!p->kind)
		return fail(why, CLOISTER_E_UNSUPPORTED, "revocation list",
			    "of nobody whose lists are kept here (AMD's and Intel's)");
	c->profile = profile_of(c->role->kind);
	TRY(crl_read(p->data, c->profile, &crl, why));
	TRY(find_signer(c, p, crl_made_by, &crl, why));
	p->issued_s = crl.this_update_s;
	p->until_s = crl.next_update_s;
	return CLOISTER_OK;
}

static enum cloister_err sent_by(void *ctx, const struct cert *signer, bool *yes,
				 struct cloister_fault *why)
{
	const struct pcs_signed *sent = ctx;
	uint8_t digest[SHA256_LEN];

	TRY(hash_sha256(sent->body, digest, why));
	return p256_verify(signer->key.point.data, digest, sent->sig, yes, why);
}

static const struct role *role_named(enum piece_kind kind)
{
	size_t i = 0;

	while (roles[i].kind != kind)
		i++;
	return &roles[i];
}

static enum cloister_err check_statement(struct climb *c, struct piece *p, struct pcs_signed *sent,
					 struct cloister_fault *why)
{
	c->role = role_named(PIECE_TCB_SIGNER);
	c->product = SNP_MILAN; /* as role_of() has it for names without a product */
	c->profile = profile_of(PIECE_TCB_SIGNER);
	return find_signer(c, p, sent_by, sent, why);
}

static enum cloister_err check_tcb_info(struct climb *c, struct piece *p, struct cloister_fault *why)
{
	struct tcb_info info;

	p->kind = PIECE_TCB_INFO;
	TRY(tcb_info_read(p->data, &info, why));
	p->issued_s = info.issued_s;
	p->until_s = info.next_update_s;
	p->tee = info.tee;
	p->evaluation = info.evaluation;
	memcpy(p->fmspc, info.fmspc, sizeof p->fmspc);
	return check_statement(c, p, &info.sent, why);
}

static enum cloister_err check_qe_identity(struct climb *c, struct piece *p, struct cloister_fault *why)
{
	struct qe_identity qe;

	p->kind = PIECE_QE_IDENTITY;
	TRY(qe_identity_read(p->data, &qe, why));
	p->issued_s = qe.issued_s;
	p->until_s = qe.next_update_s;
	p->tee = qe.id == QE_TDX ? TCB_TDX : TCB_SGX;
	p->evaluation = qe.evaluation;
	return check_statement(c, p, &qe.sent, why);
}

bool piece_rank_read(enum item_kind kind, struct bytes data, struct piece_rank *out)
{
	struct cloister_fault unused;
	struct qe_identity qe;
	struct tcb_info info;
	struct cert cert;
	struct crl crl;

	switch (kind) {
	case ITEM_CERT:
		if (cert_read(data, &cert_profile_any, &cert, &unused) != CLOISTER_OK)
			return false;
		*out = (struct piece_rank){ 0, cert.not_before_s, cert.not_after_s };
		return true;
	case ITEM_CRL:
		if (crl_read(data, &cert_profile_any, &crl, &unused) != CLOISTER_OK)
			return false;
		*out = (struct piece_rank){ 0, crl.this_update_s, crl.next_update_s };
		return true;
	case ITEM_TCB_INFO:
		if (tcb_info_read(data, &info, &unused) != CLOISTER_OK)
			return false;
		*out = (struct piece_rank){ info.evaluation, info.issued_s, info.next_update_s };
		return true;
	case ITEM_QE_IDENTITY:
		if (qe_identity_read(data, &qe, &unused) != CLOISTER_OK)
			return false;
		*out = (struct piece_rank){ qe.evaluation, qe.issued_s, qe.next_update_s };
		return true;
	default:
		return false;
	}
}

enum cloister_err piece_vouched(struct cloister_trust *trust, const struct pool *beside,
			      enum item_kind kind, struct bytes data, uint64_t now_s,
			      struct piece *out, struct cloister_fault *why)
{
	struct climb c = { .trust = trust, .beside = beside, .now_s = now_s };
	struct piece p = { .data = data };
	enum cloister_err err;

	switch (kind) {
	case ITEM_CERT:
		err = check_cert(&c, &p, why);
		break;
	case ITEM_CRL:
		err = check_crl(&c, &p, why);
		break;
	case ITEM_TCB_INFO:
		err = check_tcb_info(&c, &p, why);
		break;
	case ITEM_QE_IDENTITY:
		err = check_qe_identity(&c, &p, why);
		break;
	default:
		err = fail(why, CLOISTER_E_UNSUPPORTED, "collateral",
			   "nothing that can be checked by itself; hand it to `cloister verify --collateral`");
	}
	TRY(err);
	TRY(name_it(&p, why));
	*out = p;
	return CLOISTER_OK;
}

enum cloister_err piece_check(struct cloister_trust *trust, const struct pool *beside,
			      enum item_kind kind, struct bytes data, uint64_t now_s,
			      struct piece *out, struct cloister_fault *why)
{
	struct piece p;

	TRY(piece_vouched(trust, beside, kind, data, now_s, &p, why));
	TRY(piece_in_time(&p, now_s, why));
	*out = p;
	return CLOISTER_OK;
}
