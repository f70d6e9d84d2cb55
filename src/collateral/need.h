/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLATERAL_NEED_H
#define COLLATERAL_NEED_H

/* need.h - what it takes to verify a piece of evidence, or the evidence of a machine. */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "collateral/batch.h"
#include "evidence/snp.h"
#include "evidence/tcb_info.h"
#include "evidence/trust.h"

enum need_kind {
	NEED_AMD_CHAIN = 1, /* ASK or ASVK, and ARK */
	NEED_AMD_CRL,
	NEED_VCEK,
	NEED_PCK_CRL,
	NEED_ROOT_CRL, /* Intel's; after what brings the root along */
	NEED_TCB_INFO,
	NEED_QE_IDENTITY,
};

struct need {
	enum need_kind kind;
	enum snp_product product; /* SNP_NAMELESS with NEED_VCEK: Milan or Genoa, nobody said */
	bool vlek;                /* NEED_AMD_CHAIN */
	size_t chip_len;          /* NEED_VCEK: 64, on Turin 8 */
	uint8_t chip_id[SNP_CHIP_ID_LEN];
	uint8_t tcb[SNP_TCB_LEN]; /* NEED_VCEK: as the report has it */
	bool platform_ca;         /* NEED_PCK_CRL: else the Processor CA */
	enum tcb_tee tee;         /* NEED_TCB_INFO, NEED_QE_IDENTITY */
	uint8_t fmspc[FMSPC_LEN]; /* NEED_TCB_INFO */
};

#define LIMIT_NEEDS 4096u
struct needs {
	struct need *list;
	size_t n, room;
	struct batch beside; /* authorities that evidence brought along, to check by */
};
void needs_fini(struct needs *n); /* for own(); start from zeros */

/*
 * What `evidence` needs, added to `out`, each once. Of a quote the machine's
 * certificate has to lead to a root that `trust` knows, before anybody is asked
 * on its behalf. Nitro's evidence brings everything along.
 *
 * Errors: CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED, CLOISTER_E_LIMIT, CLOISTER_E_NOMEM.
 */
enum cloister_err needs_of(struct cloister_trust *trust, struct bytes evidence, uint64_t now_s,
			   struct needs *out, struct cloister_fault *why);

/* "Milan:CHIPID:TCB": the id's digits; the TCB as 16 digits of the report, or "bl3-tee0-snp8-ucode115". */
enum cloister_err needs_of_snp(const char *text, struct needs *out, struct cloister_fault *why);

/* An FMSPC's 12 digits; lists of both PCK authorities, since nothing says which one it has. */
enum cloister_err needs_of_fmspc(const char *fmspc, enum tcb_tee tee, struct needs *out,
				 struct cloister_fault *why);

/* "the VCEK of Milan 0a1b…", for messages; `out` has NEED_TEXT bytes. Returns it. */
#define NEED_TEXT 96u
const char *need_text(const struct need *n, char out[static NEED_TEXT]);

#endif
