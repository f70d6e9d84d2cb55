/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_HCL_H
#define EVIDENCE_HCL_H

/*
 * hcl.h - the report that Azure's paravisor keeps in a confidential VM's vTPM
 * (NV index 01400001h): a hardware report, and runtime data whose digest is in
 * that report. In the runtime data is the key that signs the vTPM's quotes.
 *
 * Of an SNP machine the hardware report can be verified by anybody. Of a TDX
 * machine it is a TDREPORT, which only the same machine can verify: what
 * counts there is the quote that travels beside it.
 *
 * Views borrow from the report; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "codec/json.h"
#include "codec/jwt.h"
#include "crypto/hash.h"

#define HCL_SNP_LEN 1184u
#define HCL_TDREPORT_LEN 1024u
#define HCL_REPORT_DATA_LEN 64u

enum hcl_tee { HCL_SNP = 2, HCL_TDX = 4 };

struct hcl {
	uint32_t version; /* of the header: 1 or 2 */
	enum hcl_tee tee;
	struct bytes report;      /* HCL_SNP_LEN or HCL_TDREPORT_LEN bytes */
	struct bytes report_data; /* of that report, HCL_REPORT_DATA_LEN bytes; of a TDREPORT it vouches for nothing */
	enum hash_kind hash;      /* of the runtime data */
	struct bytes runtime;     /* JSON, not looked at yet */
};

/* Errors: CLOISTER_E_MALFORMED with the offset, CLOISTER_E_UNSUPPORTED, CLOISTER_E_LIMIT. */
enum cloister_err hcl_read(struct bytes in, struct hcl *out, struct cloister_fault *why);

/* What `report_data` of the hardware must be, in full: the digest, then zeros. */
enum cloister_err hcl_binding(const struct hcl *h, uint8_t out[static HCL_REPORT_DATA_LEN],
			      struct cloister_fault *why);

struct hcl_runtime {
	struct jwk ak;          /* HCLAkPub: signs quotes */
	struct json vm;         /* "vm-configuration", an object */
	bool has_user_data;
	uint8_t user_data[64];  /* zeros when the guest never wrote any */
};

/* The runtime data. Nothing in them is true before the binding held. */
enum cloister_err hcl_runtime_read(struct bytes runtime, struct hcl_runtime *out,
				   struct cloister_fault *why);

#endif
