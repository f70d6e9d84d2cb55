/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_TCB_INFO_H
#define EVIDENCE_TCB_INFO_H

/*
 * tcb_info.h - Intel's TCB information: which security version numbers of one
 * family of platforms are how up to date. Version 3 for SGX and TDX, version 2
 * for SGX. This reads; nothing in it counts before its signature is checked,
 * and levels are in whatever order they were sent.
 */

#include "evidence/pcs.h"

#define TCB_COMPONENTS 16u
#define FMSPC_LEN 6u
#define PCEID_LEN 2u

enum tcb_tee { TCB_SGX = 1, TCB_TDX };

struct tcb_level {
	uint8_t sgx[TCB_COMPONENTS];
	uint16_t pcesvn;
	uint8_t tdx[TCB_COMPONENTS]; /* zeros for SGX */
	struct pcs_level said;
};

/* What a TDX module's identity must be. */
struct tdx_module {
	uint8_t mrsigner[48];
	uint8_t attributes[8], attributes_mask[8];
};

/* tdxModuleIdentities: one for each major version of the module, from 1. */
struct tdx_module_identity {
	uint8_t version; /* NN of "TDX_NN" */
	struct tdx_module module;
	size_t first, n; /* its levels, in module_levels[] */
};

struct tcb_info {
	struct pcs_signed sent;
	enum tcb_tee tee;
	uint8_t version;
	uint64_t issued_s, next_update_s;
	uint8_t fmspc[FMSPC_LEN], pceid[PCEID_LEN];
	uint32_t evaluation; /* tcbEvaluationDataNumber */
	bool has_module;     /* always with TDX */
	struct tdx_module module;
	size_t n_identities;
	struct tdx_module_identity identities[LIMIT_TDX_MODULES];
	size_t n_module_levels;
	struct pcs_isv_level module_levels[LIMIT_MODULE_LEVELS];
	size_t n_levels;
	struct tcb_level levels[LIMIT_TCB_LEVELS];
};

/* The body as PCS sends it. Views borrow from `doc`. */
enum cloister_err tcb_info_read(struct bytes doc, struct tcb_info *out, struct cloister_fault *why);

/* The identity for a module of that major version, or NULL. */
const struct tdx_module_identity *tcb_info_module(const struct tcb_info *t, uint8_t version);

#endif
