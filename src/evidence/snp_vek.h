/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_SNP_VEK_H
#define EVIDENCE_SNP_VEK_H

/*
 * snp_vek.h - what AMD says in the certificate of a versioned endorsement key
 * (57230, VCEK and VLEK): whose key, of which product, at which TCB. Read from
 * the certificate's extensions, each there exactly once or refused, and believed
 * only after the chain held.
 */

#include "codec/cert.h"
#include "evidence/snp.h"

struct snp_vek {
	enum snp_signer kind;     /* by the subject's common name: "SEV-VCEK", "SEV-VLEK" */
	uint32_t struct_version;
	struct bytes product_name; /* "Milan-B0": with or without a stepping */
	enum snp_product product;  /* SNP_MILAN, SNP_GENOA, SNP_TURIN */
	struct snp_tcb tcb;
	struct bytes hwid;         /* VCEK: 64 bytes, on Turin 8 */
	struct bytes csp_id;       /* VLEK: printable ASCII, "CN=cc-us-east-2.amazonaws.com" */
};

/* Faults' offsets count from the certificate's first byte. */
enum cloister_err snp_vek_read(const struct cert *c, struct snp_vek *out, struct cloister_fault *why);

#endif
