/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_QE_IDENTITY_H
#define EVIDENCE_QE_IDENTITY_H

/*
 * qe_identity.h - Intel's identity of the Quoting Enclave, version 2: which
 * enclave may certify attestation keys, and how up to date its versions are.
 * This reads; nothing in it counts before its signature is checked.
 */

#include "evidence/pcs.h"

enum qe_id { QE_SGX = 1, QE_TDX }; /* "QE", "TD_QE" */

struct qe_identity {
	struct pcs_signed sent;
	enum qe_id id;
	uint64_t issued_s, next_update_s;
	uint32_t evaluation; /* tcbEvaluationDataNumber */
	uint8_t miscselect[4], miscselect_mask[4]; /* bytes in a report's order */
	uint8_t attributes[16], attributes_mask[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	size_t n_levels;
	struct pcs_isv_level levels[LIMIT_QE_LEVELS];
};

/* The body as PCS sends it. Views borrow from `doc`. */
enum cloister_err qe_identity_read(struct bytes doc, struct qe_identity *out,
				   struct cloister_fault *why);

#endif
