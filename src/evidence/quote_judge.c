/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_judge.c - the order in which a quote comes to be believed: its bytes,
 * the chain of the platform's key, revocation, collateral, the Quoting Enclave,
 * the attestation key, the quote. Each step stands on the ones before and stops
 * the judgement when it fails; what the quote says is appraised after that.
 */

#include "evidence/quote_judge.h"

#include "crypto/verify.h"

/* ---- D1 to D3: the bytes ------------------------------------------------------- */

static bool read_quote(struct dcap *d, struct bytes in)
{
	struct cloister_verdict *v = d->v;
	struct cloister_fault why;
	struct quote_header header;

	if (in.len < QUOTE_HEADER_LEN || in.len > LIMIT_QUOTE) {
		verdict_failed(v, CHECK_QUOTE_SIZE, "%zu bytes, %u to %u are accepted", in.len,
			       QUOTE_HEADER_LEN, LIMIT_QUOTE);
		return false;
	}
	verdict_held(v, CHECK_QUOTE_SIZE, "%zu bytes", in.len);
	if (quote_header_read(in, &header, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_QUOTE_HEADER, &why);
		return false;
	}
	verdict_held(v, CHECK_QUOTE_HEADER, "version %u", header.version);
	if (quote_read(in, &d->q, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_QUOTE_LAYOUT, &why);
		return false;
	}
	verdict_held(v, CHECK_QUOTE_LAYOUT, "%zu bytes are signed, %zu zeros follow the quote",
		     d->q.signed_part.len, d->q.padding);
	return true;
}

/* ---- D4 to D9: the chain of the platform's key ----------------------------------- */

static bool read_platform(struct platform *p, struct cloister_verdict *v)
{
	struct cloister_fault why;
	struct bytes extension;

	if (pck_chain_read(p->text, &p->ders, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_PCK_CERTIFICATES, &why);
		return false;
	}
	const struct bytes root_first[] = { p->ders.certs[2], p->ders.certs[1], p->ders.certs[0] };
	if (!path_read(&p->path, root_first, PCK_CHAIN_CERTS, &cert_profile_intel)) {
		verdict_failed(v, CHECK_PCK_CERTIFICATES, "%s", p->path.say);
		return false;
	}
	if (!cert_extension(&p->path.certs[2], pck_extension_oid, &extension)) {
		verdict_failed(v, CHECK_PCK_CERTIFICATES,
			       "the PCK certificate does not say which platform it is for");
		return false;
	}
	if (pck_read(extension, &p->pck, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_PCK_CERTIFICATES, &why);
		return false;
	}
	return true;
}

/* As it was read before where its bytes were met, else now. */
static enum cloister_err read_chain(struct dcap *d, struct cloister_fault *why)
{
	d->platform = trust_platform(d->j->trust, d->q.pck_chain);
	if (!d->platform) {
		TRY(platform_new(d->q.pck_chain, &d->platform, why));
		if (!read_platform(d->platform, d->v))
			return CLOISTER_OK;
		TRY(path_name(&d->platform->path, why));
	}
	d->path = d->platform->path;
	d->pck = d->platform->pck;
	verdict_held(d->v, CHECK_PCK_CERTIFICATES, "%s", d->path.say);
	return CLOISTER_OK;
}

/* Intel's root by its key, for which there are several certificates; the caller's by certificate. */
static enum cloister_err check_root(struct dcap *d, struct cloister_fault *why)
{
	const struct cert *root = &d->path.certs[0];
	uint8_t key[SHA256_LEN];
	bool by_key, by_cert, unused;

	TRY(hash_sha256(root->spki, key, why));
	TRY(hash_sha256(root->der, d->root_sha256, why));
	(void)trust_has_root(d->j->trust, ROOT_INTEL, key, &by_key);
	by_cert = trust_has_root(d->j->trust, ROOT_INTEL, d->root_sha256, &unused);
	d->root_is_builtin = by_key;
	if (by_key)
		verdict_held(d->v, CHECK_PCK_ROOT, "Intel SGX Root CA, by its key");
	else if (by_cert)
		verdict_held(d->v, CHECK_PCK_ROOT, "a root given by the caller");
	else
		verdict_failed(d->v, CHECK_PCK_ROOT,
			       "its key is not Intel's (SHA-256 %02x%02x%02x%02x…), nor was it given "
			       "by the caller", key[0], key[1], key[2], key[3]);
	return CLOISTER_OK;
}

/* Roles and issuers by RFC 5280; what each is called, by Intel's profile. */
static void check_names(struct dcap *d)
{
	const struct cert *c = d->path.certs;

	if (!path_names(&d->path))
		verdict_failed(d->v, CHECK_PCK_NAMES, "%s", d->path.say);
	else if (!cert_common_name_is(c[0].subject, "Intel SGX Root CA"))
		verdict_failed(d->v, CHECK_PCK_NAMES, "the root is not called Intel SGX Root CA");
	else if (!cert_common_name_is(c[1].subject, "Intel SGX PCK Platform CA") &&
		 !cert_common_name_is(c[1].subject, "Intel SGX PCK Processor CA"))
		verdict_failed(d->v, CHECK_PCK_NAMES,
			       "the authority is called neither Intel SGX PCK Platform CA nor "
			       "Intel SGX PCK Processor CA");
	else if (!cert_common_name_is(c[2].subject, "Intel SGX PCK Certificate"))
		verdict_failed(d->v, CHECK_PCK_NAMES, "the leaf is not called Intel SGX PCK Certificate");
	else
		verdict_held(d->v, CHECK_PCK_NAMES, "%s", "");
}

static enum cloister_err check_path(struct dcap *d, struct cloister_fault *why)
{
	struct cloister_verdict *v = d->v;
	bool good;

	TRY(check_root(d, why));
	if (verdict_held_to(v, CHECK_PCK_ROOT)) {
		good = path_roles(&d->path, PATH_LEAF_SIGNS);
		verdict_answer(v, CHECK_PCK_PATH, good, d->path.say);
	}
	if (verdict_held_to(v, CHECK_PCK_PATH))
		check_names(d);
	if (verdict_held_to(v, CHECK_PCK_NAMES)) {
		good = path_valid(&d->path, d->j->now_s);
		verdict_answer(v, CHECK_PCK_VALIDITY, good, d->path.say);
	}
	if (verdict_held_to(v, CHECK_PCK_VALIDITY)) {
		TRY(path_signed(&d->path, d->j->trust, d->j->now_s, &good, why));
		verdict_answer(v, CHECK_PCK_CHAIN, good, d->path.say);
	}
	return CLOISTER_OK;
}

/* ---- D10, D11: revocation ---------------------------------------------------------- */

/* Certificate i of the path by the lists of the one above it; a list is due, and a current one. */
static enum cloister_err check_revoked(struct dcap *d, enum check check, size_t i,
				       struct cloister_fault *why)
{
	struct path_lists lists = { .own = trust_pool(d->j->trust), .given = d->j->given,
				    .profile = &cert_profile_intel };
	enum path_crl answer;

	TRY(path_revoked_by(&d->path, i, &lists, d->j->trust, d->j->now_s, &answer, why));
	verdict_answer(d->v, check, answer == PATH_CRL_CLEAR, d->path.say);
	/* Claimed only when all this held. */
	if (lists.used.this_update_s < d->collateral_s)
		d->collateral_s = lists.used.this_update_s;
	if (lists.used.next_update_s < d->collateral_until_s)
		d->collateral_until_s = lists.used.next_update_s;
	return CLOISTER_OK;
}

/* ---- D19 to D22: from the platform's key to the quote ------------------------------- */

/* What is remembered of a signature is the digest of this: as long as no run of certificates is, so never the same. */
struct fact {
	uint8_t point[CERT_P256_LEN], sig[64], digest[SHA256_LEN];
};

enum cloister_err dcap_signed(struct dcap *d, const uint8_t point[static CERT_P256_LEN],
			      const uint8_t digest[static SHA256_LEN], const uint8_t sig[static 64],
			      uint64_t until_s, bool *good_out, struct cloister_fault *why)
{
	struct fact fact;
	uint8_t name[SHA384_LEN];

	memcpy(fact.point, point, sizeof fact.point);
	memcpy(fact.sig, sig, sizeof fact.sig);
	memcpy(fact.digest, digest, sizeof fact.digest);
	TRY(hash_sha384(bytes_of(&fact, sizeof fact), name, why));
	*good_out = trust_knows(d->j->trust, name);
	if (*good_out)
		return CLOISTER_OK;
	TRY(p256_verify(point, fact.digest, sig, good_out, why));
	if (*good_out)
		trust_remember(d->j->trust, name, until_s, d->j->now_s);
	return CLOISTER_OK;
}

static enum cloister_err check_qe_report(struct dcap *d, struct cloister_fault *why)
{
	const struct cert *pck = &d->path.certs[2];
	uint8_t digest[SHA256_LEN];
	bool good;

	TRY(hash_sha256(d->q.qe.raw, digest, why));
	TRY(dcap_signed(d, pck->key.point.data, digest, d->q.qe_signature.data,
			pck->not_after_s, &good, why));
	if (good)
		verdict_held(d->v, CHECK_QE_REPORT, "%s", "");
	else
		verdict_failed(d->v, CHECK_QE_REPORT,
			       "the PCK certificate's key did not sign the quoting enclave's report");
	return CLOISTER_OK;
}

/* The QE states the key that it made: SHA-256(key || its own data), and nothing behind that. */
static enum cloister_err check_attestation_key(struct dcap *d, struct cloister_fault *why)
{
	struct bytes key = d->q.attestation_key, auth = d->q.qe_auth;
	uint8_t due[64] = { 0 };
	struct hash *h;

	TRY(hash_new(HASH_SHA256, &h, why));
	hash_update(h, key);
	hash_update(h, auth);
	enum cloister_err err = hash_final(h, due, why);
	hash_free(h);
	TRY(err);
	if (mem_same(d->q.qe.report_data.data, due, sizeof due))
		verdict_held(d->v, CHECK_ATTESTATION_KEY, "%s", "");
	else
		verdict_failed(d->v, CHECK_ATTESTATION_KEY,
			       "the quoting enclave's report states another attestation key");
	return CLOISTER_OK;
}

static bool masked_same(const uint8_t *have, const uint8_t *mask, const uint8_t *due, size_t len)
{
	uint8_t differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= (uint8_t)((have[i] & mask[i]) ^ due[i]);
	return differs == 0;
}

/* Which enclave made the key: the one that Intel's identity describes. */
static void check_qe(struct dcap *d)
{
	const struct sgx_report *qe = &d->q.qe;
	const struct qe_identity *id = &d->qe;
	const char *other = NULL;

	if (!mem_same(qe->mrsigner.data, id->mrsigner, sizeof id->mrsigner))
		other = "signer";
	else if (qe->prod_id != id->isvprodid)
		other = "product id";
	else if (!masked_same(qe->misc_select.data, id->miscselect_mask, id->miscselect,
			      sizeof id->miscselect))
		other = "MISCSELECT";
	else if (!masked_same(qe->attributes.data, id->attributes_mask, id->attributes,
			      sizeof id->attributes))
		other = "attributes";
	if (other)
		verdict_failed(d->v, CHECK_QE_MATCH,
			       "the enclave that made the key has another %s than Intel's", other);
	else
		verdict_held(d->v, CHECK_QE_MATCH, "version %u", qe->isv_svn);
}

static enum cloister_err check_quote(struct dcap *d, struct cloister_fault *why)
{
	uint8_t point[CERT_P256_LEN] = { 0x04 }, digest[SHA256_LEN];
	bool good;

	memcpy(point + 1, d->q.attestation_key.data, sizeof point - 1);
	TRY(hash_sha256(d->q.signed_part, digest, why));
	TRY(p256_verify(point, digest, d->q.signature.data, &good, why));
	if (good)
		verdict_held(d->v, CHECK_QUOTE_SIGNATURE, "%zu bytes", d->q.signed_part.len);
	else
		verdict_failed(d->v, CHECK_QUOTE_SIGNATURE,
			       "the attestation key did not sign these bytes");
	return CLOISTER_OK;
}

/* ---- The order ---------------------------------------------------------------------- */

static enum cloister_err believe(struct dcap *d, struct bytes in, struct cloister_fault *why)
{
	struct cloister_verdict *v = d->v;

	verdict_ask(v, CHECK_QUOTE_SIZE, CHECK_TCB_STATUS);
	if (!read_quote(d, in))
		return CLOISTER_OK;
	TRY(read_chain(d, why));
	if (verdict_held_to(v, CHECK_PCK_CERTIFICATES))
		TRY(check_path(d, why));
	if (verdict_held_to(v, CHECK_PCK_CHAIN))
		TRY(check_revoked(d, CHECK_PCK_CA_CRL, 1, why));
	if (verdict_held_to(v, CHECK_PCK_CA_CRL))
		TRY(check_revoked(d, CHECK_PCK_CRL, 2, why));
	if (verdict_held_to(v, CHECK_PCK_CRL))
		TRY(dcap_collateral(d, why));
	if (verdict_held_to(v, CHECK_QE_IDENTITY_DATES))
		TRY(check_qe_report(d, why));
	if (verdict_held_to(v, CHECK_QE_REPORT))
		TRY(check_attestation_key(d, why));
	if (verdict_held_to(v, CHECK_ATTESTATION_KEY))
		check_qe(d);
	if (verdict_held_to(v, CHECK_QE_MATCH))
		TRY(check_quote(d, why));
	return CLOISTER_OK;
}

static struct spoken spoken_by(const struct dcap *d)
{
	bool sgx = d->q.body == QUOTE_SGX;

	return (struct spoken){
		.kind = sgx ? KIND_SGX : KIND_TDX,
		.is_debug = sgx ? d->q.sgx.flags & SGX_DEBUG : d->q.td.attributes_bits & TD_DEBUG,
		.debug_because = sgx ? "the DEBUG bit of its attributes is set" :
				       "the DEBUG bit of TDATTRIBUTES is set",
		.report_data = sgx ? d->q.sgx.report_data : d->q.td.report_data,
	};
}

static void drop_dcap(struct dcap *d)
{
	platform_unref(d->platform);
}

enum cloister_err quote_check(const struct judge *j, struct bytes quote, struct cloister_verdict *v,
			      struct spoken *out, struct cloister_fault *why)
{
	own(drop_dcap) struct dcap d = { .j = j, .v = v, .collateral_s = UINT64_MAX, .collateral_until_s = UINT64_MAX };

	*out = (struct spoken){ .kind = KIND_NONE };
	TRY(believe(&d, quote, why));
	if (!verdict_held_to(v, CHECK_QUOTE_SIGNATURE))
		return CLOISTER_OK;
	trust_keep_platform(j->trust, d.platform);
	dcap_appraise(&d);
	dcap_claim(&d);
	*out = spoken_by(&d);
	const struct claim *ppid = verdict_claim(v, "platform_id"); /* a copy, which outlives ours */
	if (ppid)
		out->platform_id = claim_bytes(v, ppid);
	return CLOISTER_OK;
}

enum cloister_err quote_judge(const struct judge *j, struct bytes quote, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	struct spoken s;

	verdict_ask(v, CHECK_DEBUG, CHECK_MEASUREMENTS);
	verdict_ask(v, CHECK_NONCE, CHECK_NONCE);
	verdict_ask(v, CHECK_REPORT_DATA, CHECK_PLATFORM);
	TRY(quote_check(j, quote, v, &s, why));
	if (s.kind != KIND_NONE)
		expect_common(j->policy, &s, j->now_s, v);
	return CLOISTER_OK;
}
