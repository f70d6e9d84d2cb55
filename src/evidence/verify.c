/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - from bytes of any kind to a verdict: recognise, hand to the kind's judge, seal. */

#include <stdlib.h>

#include "evidence/kind.h"
#include "evidence/quote_judge.h"

static bool is_allowed(const struct cloister_policy *p, enum kind kind)
{
	return p->kinds == 0 || (p->kinds >> kind & 1);
}

typedef enum cloister_err judge_fn(const struct judge *j, const struct evidence *e,
				   struct cloister_verdict *v, struct cloister_fault *why);

static enum cloister_err judge_nitro(const struct judge *j, const struct evidence *e,
				     struct cloister_verdict *v, struct cloister_fault *why)
{
	return nitro_judge(j, e->body, v, why);
}

static enum cloister_err judge_snp(const struct judge *j, const struct evidence *e,
				   struct cloister_verdict *v, struct cloister_fault *why)
{
	return snp_judge(j, e->body, v, why);
}

static enum cloister_err judge_token(const struct judge *j, const struct evidence *e,
				     struct cloister_verdict *v, struct cloister_fault *why)
{
	return token_judge(j, e->body, v, why);
}

static enum cloister_err judge_quote(const struct judge *j, const struct evidence *e,
				     struct cloister_verdict *v, struct cloister_fault *why)
{
	return quote_judge(j, e->body, v, why);
}

/* One for every kind that is recognised. */
static judge_fn *const judges[KIND_COUNT] = {
	[KIND_NITRO] = judge_nitro,
	[KIND_SNP] = judge_snp,
	[KIND_TDX] = judge_quote,
	[KIND_SGX] = judge_quote,
	[KIND_AZURE_SNP] = azure_judge,
	[KIND_AZURE_TDX] = azure_judge,
	[KIND_TOKEN] = judge_token,
};

enum cloister_err evidence_verify_all(struct cloister_trust *trust, const struct cloister_policy *policy,
				      const struct cloister_evidence *in, uint64_t now_s,
				      struct cloister_verdict *out, struct cloister_fault *why)
{
	own(evidence_fini) struct evidence e;
	struct cloister_verdict v = verdict_new(kind_name(KIND_NONE));
	struct cloister_fault local;

	e = (struct evidence){ .scratch = BUF_INIT(LIMIT_EVIDENCE_FILE) };
	if (!trust || !policy || !in || !out)
		return fail(why, CLOISTER_E_USAGE, "verify", "trust, policy, evidence and verdict are due");
	TRY(expect_ready(policy, why));
	enum cloister_err err = evidence_open(borrow(in->document), &e, &local);
	if (err == CLOISTER_E_NOMEM)
		return fail(why, err, "verify", "out of memory");
	if (in->event_log.data) {
		e.event_log = borrow(in->event_log);
		e.log_is_given = true;
	}
	v.kind = kind_name(e.kind);
	if (err != CLOISTER_OK)
		verdict_fault(&v, CHECK_KIND, &local);
	else if (!is_allowed(policy, e.kind))
		verdict_failed(&v, CHECK_KIND, "%s evidence is not allowed by the caller", v.kind);
	else
		verdict_held(&v, CHECK_KIND, "%s", v.kind);
	if (verdict_held_to(&v, CHECK_KIND)) {
		struct judge j = { trust, policy, &e.given, now_s };
		TRY(judges[e.kind](&j, &e, &v, why));
		TRY(cloud_judge(&j, &e, &v, why));
	}
	verdict_seal(&v);
	v.scratch = give(e.scratch, ((struct buf)BUF_INIT(LIMIT_EVIDENCE_FILE)));
	*out = v;
	return CLOISTER_OK;
}

enum cloister_err evidence_verify(struct cloister_trust *trust, const struct cloister_policy *policy,
				  struct bytes input, uint64_t now_s, struct cloister_verdict *out,
				  struct cloister_fault *why)
{
	struct cloister_evidence in = { .document = lend(input) };

	return evidence_verify_all(trust, policy, &in, now_s, out, why);
}

enum cloister_err cloister_verify_evidence(struct cloister_trust *trust, const struct cloister_policy *policy,
					   const struct cloister_evidence *in, uint64_t now_s,
					   struct cloister_verdict **out, struct cloister_fault *why)
{
	if (!out)
		return fail(why, CLOISTER_E_USAGE, "verify", "a place for the verdict is due");
	struct cloister_verdict *v = malloc(sizeof *v);
	if (!v)
		return fail(why, CLOISTER_E_NOMEM, "verify", "out of memory");
	enum cloister_err err = evidence_verify_all(trust, policy, in, now_s, v, why);
	if (err == CLOISTER_OK)
		*out = v;
	else
		free(v);
	return err;
}

enum cloister_err cloister_verify(struct cloister_trust *trust, const struct cloister_policy *policy,
				  struct cloister_bytes document, uint64_t now_s,
				  struct cloister_verdict **out, struct cloister_fault *why)
{
	struct cloister_evidence in = { .document = document };

	return cloister_verify_evidence(trust, policy, &in, now_s, out, why);
}

void cloister_verdict_free(struct cloister_verdict *v)
{
	if (v)
		verdict_fini(v);
	free(v);
}
