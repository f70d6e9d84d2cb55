/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_KIND_H
#define EVIDENCE_KIND_H

/*
 * kind.h - which kinds of evidence there are, how bytes are recognised, and the
 * one signature that all judges have. Recognising chooses a reader, never a
 * root: who may vouch is the caller's trust alone.
 */

#include <stdint.h>

#include "base/mem.h"
#include "evidence/expect.h"
#include "evidence/pool.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"

/* What one judgement may rely on besides the evidence. */
struct judge {
	struct cloister_trust *trust;
	const struct cloister_policy *policy;
	const struct pool *given; /* certificates and the like that came with the evidence: claims only */
	uint64_t now_s;
};

/* Evidence with its wrapping taken off. Views of the input or of `scratch`. */
struct evidence {
	enum kind kind;
	struct bytes body; /* the document, report, quote, HCL report or token */
	struct pool given;
	struct bytes event_log;                            /* CCEL, or dstack's JSON */
	bool log_is_given;                                 /* by the caller, and so due even when empty */
	struct bytes tpm_quote, tpm_signature;             /* beside an HCL report … */
	struct bytes tpm_pcrs;                             /* … 24 of 32 bytes, one behind the other … */
	struct bytes td_quote;                             /* … of a TDX machine */
	struct buf scratch;                                /* what had to be decoded: unwrap.h's store */
};
void evidence_fini(struct evidence *e);

/*
 * Recognise and unwrap; doc/evidence-files.md has the forms. Errors (all but the
 * last become a refusal by K1): CLOISTER_E_UNSUPPORTED (no kind known here),
 * CLOISTER_E_MALFORMED, CLOISTER_E_LIMIT, CLOISTER_E_NOMEM. *out needs evidence_fini() in any case.
 */
enum cloister_err evidence_open(struct bytes input, struct evidence *out, struct cloister_fault *why);

const char *kind_name(enum kind kind); /* "nitro", "snp", "tdx", "sgx", "azure-snp", "azure-tdx", "token" */
bool kind_of_name(const char *name, enum kind *out);

/*
 * The judges. Each asks the checks of its section and answers them, stopping at
 * the first that fails; appends claims once it is known who speaks; and answers
 * the common checks with expect_common(). Their errors are the call's
 * (CLOISTER_E_NOMEM), never the evidence's.
 */
enum cloister_err nitro_judge(const struct judge *j, struct bytes doc, struct cloister_verdict *v,
			      struct cloister_fault *why);
enum cloister_err snp_judge(const struct judge *j, struct bytes report, struct cloister_verdict *v,
			    struct cloister_fault *why);

/*
 * For judges of what wraps a report: its own section and its claims, and what the
 * common checks would be told. Believe `said` only when CHECK_SNP_SIGNATURE held.
 */
enum cloister_err snp_check(const struct judge *j, struct bytes report, struct spoken *said,
			    struct cloister_verdict *v, struct cloister_fault *why);

enum cloister_err token_judge(const struct judge *j, struct bytes text, struct cloister_verdict *v,
			      struct cloister_fault *why);

/* A vTPM's quote and what wraps it: A1 to A7, and the hardware's own judge inside. */
enum cloister_err azure_judge(const struct judge *j, const struct evidence *e, struct cloister_verdict *v,
			      struct cloister_fault *why);

/*
 * What may go with a report, behind its own judge: a launch endorsement and an
 * event log, G1 to G5. Neither is asked for when it is not there.
 */
enum cloister_err cloud_judge(const struct judge *j, const struct evidence *e, struct cloister_verdict *v,
			      struct cloister_fault *why);

/* From bytes to a verdict in the caller's memory; untouched on errors. */
enum cloister_err evidence_verify(struct cloister_trust *trust, const struct cloister_policy *policy,
				  struct bytes input, uint64_t now_s, struct cloister_verdict *out,
				  struct cloister_fault *why);

/* The same, with what came in files of its own. */
enum cloister_err evidence_verify_all(struct cloister_trust *trust, const struct cloister_policy *policy,
				      const struct cloister_evidence *in, uint64_t now_s,
				      struct cloister_verdict *out, struct cloister_fault *why);

#endif
