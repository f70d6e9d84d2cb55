/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_QUOTE_JUDGE_H
#define EVIDENCE_QUOTE_JUDGE_H

/*
 * quote_judge.h - TDX and SGX quotes judged: D1 to D29. Collateral comes from
 * the pools, is chosen here and believed only where a signature leads to the
 * root of the quote's own chain, which has to be Intel's or the caller's.
 */

#include "evidence/kind.h"
#include "evidence/path.h"
#include "evidence/pck.h"
#include "evidence/platform.h"
#include "evidence/quote.h"
#include "evidence/tcb_level.h"

/*
 * The quote's own checks and claims, for those that wrap it; *out is what
 * expect_common() wants to know once the quote's signature held, and has the
 * kind KIND_NONE otherwise.
 */
enum cloister_err quote_check(const struct judge *j, struct bytes quote, struct cloister_verdict *v,
			      struct spoken *out, struct cloister_fault *why);

/* The same for a quote that comes by itself, with the common checks. */
enum cloister_err quote_judge(const struct judge *j, struct bytes quote, struct cloister_verdict *v,
			      struct cloister_fault *why);

/*
 * D28 of a TD with these TDATTRIBUTES, also when a token states them. `is_bound`: it
 * is known that a service TD is; a report of TD 1.0 and a token do not say.
 */
void td_check_service(bool is_bound, uint64_t attributes, bool allowed, struct cloister_verdict *v);

/* ---- Inside: what one judgement holds, in the order in which it comes to be believed ---- */

/*
 * What was seen of one kind of document: TCB information for this platform, or
 * the identity of its quoting enclave. Whoever has seen an evaluation does not go
 * back behind it, even when that document is due for renewal and an older one is not.
 */
struct dcap_seen {
	uint32_t evaluation; /* the highest that was well signed and issued */
	bool is_callers;     /* the caller's own collateral has a current one */
};

struct dcap {
	const struct judge *j;
	struct cloister_verdict *v;
	struct quote q;
	struct platform *platform;    /* ours, or shared: what path and pck borrow from */
	struct path path;             /* root, authority, PCK certificate */
	uint8_t root_sha256[SHA256_LEN];
	bool root_is_builtin;
	struct pck pck;
	struct tcb_info info;
	struct qe_identity qe;
	struct dcap_seen info_seen, qe_seen;
	uint64_t collateral_s;        /* when the oldest statement used was made */
	uint64_t collateral_until_s;  /* when the first of them has to be renewed */
	struct tcb_answers answers;
};

/*
 * Whether the key at `point`, on P-256, signed what has this digest. A good answer is
 * remembered by the trust object under key, signature and digest, at least until
 * `until_s` unless room is needed.
 */
enum cloister_err dcap_signed(struct dcap *d, const uint8_t point[static CERT_P256_LEN],
			      const uint8_t digest[static SHA256_LEN], const uint8_t sig[static 64],
			      uint64_t until_s, bool *good_out, struct cloister_fault *why);

/* D12 to D18: choose TCB information and the QE's identity, and believe them. */
enum cloister_err dcap_collateral(struct dcap *d, struct cloister_fault *why);

/* D23 to D29: appraise, once the quote's signature held. Each is answered. */
void dcap_appraise(struct dcap *d);

void dcap_claim(struct dcap *d);

#endif
