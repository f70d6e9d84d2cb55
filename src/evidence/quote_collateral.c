/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_collateral.c - which of the statements at hand count for a quote. Of
 * those that fit, one that is well signed comes before one that is not, one that
 * is current before one that is not, then the higher tcbEvaluationDataNumber,
 * then the later issueDate: so nobody can put a forged one in the way of a good
 * one. What is wrong with the one chosen is then said. Of every well signed one,
 * chosen or not, the evaluation is noted for D23.
 */

#include "evidence/quote_judge.h"

#include <stdio.h>

#include "evidence/known.h"

#define SIGNER "Intel SGX TCB Signing"
#define MAX_SIGNERS 4u /* keys; Intel has one, re-certified from time to time */

/* How far a certificate came that is no signer: the furthest is the one to tell of. */
enum step { NOWHERE, UNREADABLE, NAMED_OTHERWISE, WITHOUT_ROLE, NOT_VALID, NOT_SIGNED, NOT_CLEAR };

struct signers {
	struct cert certs[MAX_SIGNERS];
	size_t n;
	enum step furthest; /* of the others */
	char say[160];      /* and what was wrong there */
};

static void came_to(struct signers *s, enum step step, const char *say)
{
	if (step <= s->furthest)
		return;
	s->furthest = step;
	snprintf(s->say, sizeof s->say, "%s", say);
}

/* Intel SGX TCB Signing, issued by the root of the quote's own chain. */
static enum cloister_err consider_signer(struct dcap *d, const struct pool_item *item, struct signers *s,
					 struct cloister_fault *why)
{
	struct path_lists lists = { .own = trust_pool(d->j->trust), .given = d->j->given,
				    .profile = &cert_profile_intel };
	enum path_crl revoked;
	struct path p;
	bool good;

	if (!path_below(&p, &d->path, 1, item, &cert_profile_intel))
		came_to(s, UNREADABLE, p.say);
	else if (!path_names(&p) || !cert_common_name_is(p.certs[1].subject, SIGNER))
		came_to(s, NAMED_OTHERWISE, "it is not issued by this root, or not called " SIGNER);
	else if (!path_roles(&p, PATH_LEAF_SIGNS))
		came_to(s, WITHOUT_ROLE, p.say);
	else if (!path_valid(&p, d->j->now_s))
		came_to(s, NOT_VALID, p.say);
	else {
		TRY(path_signed(&p, d->j->trust, d->j->now_s, &good, why));
		if (!good) {
			came_to(s, NOT_SIGNED, p.say);
			return CLOISTER_OK;
		}
		TRY(path_revoked_by(&p, 1, &lists, d->j->trust, d->j->now_s, &revoked, why));
		if (revoked != PATH_CRL_CLEAR)
			came_to(s, NOT_CLEAR, p.say);
		else if (s->n < MAX_SIGNERS)
			s->certs[s->n++] = p.certs[1];
	}
	return CLOISTER_OK;
}

static bool has_cert(const struct signers *s, struct bytes der)
{
	for (size_t i = 0; i < s->n; i++)
		if (bytes_equal(s->certs[i].der, der))
			return true;
	return false;
}

static enum cloister_err find_signers(struct dcap *d, struct signers *s, struct cloister_fault *why)
{
	const struct pool_item *item;
	size_t at = 0;

	*s = (struct signers){ .say = "no certificate for TCB signing was given" };
	while ((item = pool_walk(d->j->given, trust_pool(d->j->trust), ITEM_CERT, &at)))
		if (bytes_hold(item->data, bytes_text(SIGNER)) && !has_cert(s, item->data)) /* spares reading it */
			TRY(consider_signer(d, item, s, why));
	return CLOISTER_OK;
}

/* What is known of a candidate, so that the best can be chosen before anything is said. */
struct standing {
	bool there, is_signed, is_current;
	uint32_t evaluation;
	uint64_t issued_s;
};

/* Whatever there is, is better than a standing of zeros. */
static bool better(const struct standing *a, const struct standing *b)
{
	if (a->is_signed != b->is_signed)
		return a->is_signed;
	if (a->is_current != b->is_current)
		return a->is_current;
	if (a->evaluation != b->evaluation)
		return a->evaluation > b->evaluation;
	return a->issued_s > b->issued_s;
}

static struct standing standing_of(const struct dcap *d, uint64_t issued_s, uint64_t next_s,
				   uint32_t evaluation)
{
	return (struct standing){ .there = true, .evaluation = evaluation, .issued_s = issued_s,
				  .is_current = issued_s <= d->j->now_s && d->j->now_s <= next_s };
}

/* Whether one of them signed it. What the caller gave was digested then. */
static enum cloister_err signed_by_any(struct dcap *d, const struct signers *s,
				       const struct pool_item *item, const struct pcs_signed *sent,
				       uint64_t next_s, bool *out, struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];

	if (item->known)
		memcpy(digest, item->known->sha256, sizeof digest);
	else
		TRY(hash_sha256(sent->body, digest, why));
	*out = false;
	for (size_t i = 0; i < s->n && !*out; i++)
		TRY(dcap_signed(d, s->certs[i].key.point.data, digest, sent->sig, next_s, out, why));
	return CLOISTER_OK;
}

/*
 * Also what comes with the evidence is noted: it can make a verdict stricter only.
 * What is issued after the chosen time is not, since nobody could have seen it then.
 */
static void note(struct dcap_seen *seen, const struct standing *one, const struct dcap *d, size_t at)
{
	size_t n_given = d->j->given ? d->j->given->n : 0;

	if (!one->is_signed || one->issued_s > d->j->now_s)
		return;
	if (one->evaluation > seen->evaluation)
		seen->evaluation = one->evaluation;
	seen->is_callers |= one->is_current && at > n_given;
}

/* What the caller gave was read then; the evidence's is read now, into `room`. */
static const struct tcb_info *tcb_info_of(const struct pool_item *item, struct tcb_info *room,
					  struct cloister_fault *unread)
{
	struct cloister_fault fault;

	if (item->known)
		return &item->known->info;
	if (tcb_info_read(item->data, room, &fault) == CLOISTER_OK)
		return room;
	*unread = fault;
	return NULL;
}

static const struct qe_identity *qe_identity_of(const struct pool_item *item, struct qe_identity *room,
						struct cloister_fault *unread)
{
	struct cloister_fault fault;

	if (item->known)
		return &item->known->qe;
	if (qe_identity_read(item->data, room, &fault) == CLOISTER_OK)
		return room;
	*unread = fault;
	return NULL;
}

static enum cloister_err choose_tcb_info(struct dcap *d, const struct signers *s,
					 struct standing *best, struct cloister_fault *why)
{
	enum tcb_tee tee = d->q.body == QUOTE_SGX ? TCB_SGX : TCB_TDX;
	struct cloister_fault unread = { 0 };
	const struct pool_item *item;
	struct tcb_info room;
	size_t at = 0, n = 0;

	*best = (struct standing){ 0 };
	for (; (item = pool_walk(d->j->given, trust_pool(d->j->trust), ITEM_TCB_INFO, &at)); n++) {
		const struct tcb_info *one = tcb_info_of(item, &room, &unread);
		if (!one || one->tee != tee || !bytes_equal(BYTES_OF(one->fmspc), d->pck.fmspc) ||
		    !bytes_equal(BYTES_OF(one->pceid), d->pck.pceid))
			continue;
		struct standing now = standing_of(d, one->issued_s, one->next_update_s, one->evaluation);
		TRY(signed_by_any(d, s, item, &one->sent, one->next_update_s, &now.is_signed, why));
		note(&d->info_seen, &now, d, at);
		if (!better(&now, best))
			continue;
		*best = now;
		d->info = *one;
	}
	if (best->there)
		verdict_held(d->v, CHECK_TCB_INFO, "evaluation %u", d->info.evaluation);
	else if (unread.err != CLOISTER_OK)
		verdict_fault(d->v, CHECK_TCB_INFO, &unread);
	else
		verdict_failed(d->v, CHECK_TCB_INFO, "none of %zu is for this TEE, FMSPC and PCEID", n);
	return CLOISTER_OK;
}

static enum cloister_err choose_qe_identity(struct dcap *d, const struct signers *s,
					    struct standing *best, struct cloister_fault *why)
{
	enum qe_id id = d->q.body == QUOTE_SGX ? QE_SGX : QE_TDX;
	struct cloister_fault unread = { 0 };
	const struct pool_item *item;
	struct qe_identity room;
	size_t at = 0, n = 0;

	*best = (struct standing){ 0 };
	for (; (item = pool_walk(d->j->given, trust_pool(d->j->trust), ITEM_QE_IDENTITY, &at)); n++) {
		const struct qe_identity *one = qe_identity_of(item, &room, &unread);
		if (!one || one->id != id)
			continue;
		struct standing now = standing_of(d, one->issued_s, one->next_update_s, one->evaluation);
		TRY(signed_by_any(d, s, item, &one->sent, one->next_update_s, &now.is_signed, why));
		note(&d->qe_seen, &now, d, at);
		if (!better(&now, best))
			continue;
		*best = now;
		d->qe = *one;
	}
	if (best->there)
		verdict_held(d->v, CHECK_QE_IDENTITY, "evaluation %u", d->qe.evaluation);
	else if (unread.err != CLOISTER_OK)
		verdict_fault(d->v, CHECK_QE_IDENTITY, &unread);
	else
		verdict_failed(d->v, CHECK_QE_IDENTITY, "none of %zu is for this TEE's quoting enclave", n);
	return CLOISTER_OK;
}

static void answer_signature(struct dcap *d, enum check check, const struct standing *s)
{
	if (s->is_signed)
		verdict_held(d->v, check, "%s", "");
	else
		verdict_failed(d->v, check, "Intel's TCB signing key did not sign these bytes");
}

static void answer_dates(struct dcap *d, enum check check, uint64_t issued_s, uint64_t next_s)
{
	uint64_t now_s = d->j->now_s;

	if (now_s < issued_s)
		verdict_failed(d->v, check, "issued %llu s after the chosen time",
			       (unsigned long long)(issued_s - now_s));
	else if (now_s > next_s)
		verdict_failed(d->v, check, "was to be renewed %llu s before the chosen time",
			       (unsigned long long)(now_s - next_s));
	else
		verdict_held(d->v, check, "for another %llu s", (unsigned long long)(next_s - now_s));
	if (issued_s < d->collateral_s)
		d->collateral_s = issued_s;
	if (next_s < d->collateral_until_s)
		d->collateral_until_s = next_s;
}

enum cloister_err dcap_collateral(struct dcap *d, struct cloister_fault *why)
{
	struct cloister_verdict *v = d->v;
	struct signers signers;
	struct standing info, qe;

	TRY(find_signers(d, &signers, why));
	TRY(choose_tcb_info(d, &signers, &info, why));
	if (!verdict_held_to(v, CHECK_TCB_INFO))
		return CLOISTER_OK;
	if (signers.n > 0)
		verdict_held(v, CHECK_TCB_SIGNER, "%zu found", signers.n);
	else
		verdict_failed(v, CHECK_TCB_SIGNER, "%s", signers.say);
	if (verdict_held_to(v, CHECK_TCB_SIGNER))
		answer_signature(d, CHECK_TCB_INFO_SIGNATURE, &info);
	if (verdict_held_to(v, CHECK_TCB_INFO_SIGNATURE))
		answer_dates(d, CHECK_TCB_INFO_DATES, d->info.issued_s, d->info.next_update_s);
	if (!verdict_held_to(v, CHECK_TCB_INFO_DATES))
		return CLOISTER_OK;
	TRY(choose_qe_identity(d, &signers, &qe, why));
	if (verdict_held_to(v, CHECK_QE_IDENTITY))
		answer_signature(d, CHECK_QE_IDENTITY_SIGNATURE, &qe);
	if (verdict_held_to(v, CHECK_QE_IDENTITY_SIGNATURE))
		answer_dates(d, CHECK_QE_IDENTITY_DATES, d->qe.issued_s, d->qe.next_update_s);
	return CLOISTER_OK;
}
