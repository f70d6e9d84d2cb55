/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_TCB_LEVEL_H
#define EVIDENCE_TCB_LEVEL_H

/*
 * tcb_level.h - how up to date a platform is, out of TCB information, the
 * Quoting Enclave's identity and the numbers that certificates and reports
 * state. Pure arithmetic over things already believed: it checks no signature
 * and no date. It agrees with Intel's QVL, also where three parts disagree.
 */

#include "evidence/qe_identity.h"
#include "evidence/tcb_info.h"

/* What the evidence says about itself. */
struct tcb_numbers {
	uint8_t sgx[TCB_COMPONENTS]; /* of the PCK certificate */
	uint16_t pcesvn;             /* of the PCK certificate */
	uint16_t qe_isvsvn;          /* of the QE's report */
	bool is_tdx;
	bool has_current;            /* a TD report 1.5 states a second set */
	uint8_t tdx[TCB_COMPONENTS];         /* TEE_TCB_SVN: when the TD was launched */
	uint8_t tdx_current[TCB_COMPONENTS]; /* TEE_TCB_SVN_2: now */
};

/* A major version above 0 has its own identity, and levels of its own, in tdxModuleIdentities. */
static inline uint8_t tdx_module_version(const uint8_t tee_tcb_svn[static TCB_COMPONENTS])
{
	return tee_tcb_svn[1];
}

#define TCB_ADVISORIES (3u * LIMIT_ADVISORIES)

struct tcb_answer {
	bool found;         /* false: some part has no level, `missing` says which; nothing else counts */
	const char *missing;
	enum tcb_status status;
	uint64_t date_s;    /* the earliest tcbDate of the levels that matched */
	size_t n_advisories;
	struct bytes advisories[TCB_ADVISORIES]; /* sorted, none twice; borrowed from the documents */
};

/*
 * The status at launch, with TD relaunch taken into account, and the present
 * one, which is the same unless the evidence states a second set of numbers.
 */
struct tcb_answers {
	struct tcb_answer launch, current;
};

void tcb_evaluate(const struct tcb_info *info, const struct qe_identity *qe,
		  const struct tcb_numbers *numbers, struct tcb_answers *out);

#endif
