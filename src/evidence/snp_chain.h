/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_SNP_CHAIN_H
#define EVIDENCE_SNP_CHAIN_H

/*
 * snp_chain.h - from the certificates at hand to the key that AMD vouches for: S5
 * to S12. What is looked for comes from the report, never from a label: the kind
 * of key, the chip, the TCB, the product.
 */

#include "crypto/verify.h"
#include "evidence/kind.h"
#include "evidence/path.h"
#include "evidence/snp_vek.h"

struct snp_chain {
	struct path path; /* ARK, ASK or ASVK, VEK */
	struct snp_vek vek;
	enum snp_product product; /* of the report, or of the key when the report names none */
	uint8_t root_sha256[SHA256_LEN];
	bool root_is_builtin;
	bool has_crl;
	struct crl crl; /* when has_crl */
};

/* Whether `point` signed the report. r and s outside 1..n-1 or with more than 48 bytes are not good. */
enum cloister_err snp_signed_by(const struct snp_report *r, const uint8_t point[static P384_POINT_LEN],
				bool *good_out, struct cloister_fault *why);

/* Stops at the first check that fails. */
enum cloister_err snp_chain_check(const struct judge *j, const struct snp_report *r,
				  struct snp_chain *out, struct cloister_verdict *v,
				  struct cloister_fault *why);

#endif
