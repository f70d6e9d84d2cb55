/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_NITRO_H
#define EVIDENCE_NITRO_H

/*
 * nitro.h - the payload of an AWS Nitro attestation document. Reading is
 * grammar only (R4, R5); nothing in it is true before the signature held.
 * Views borrow from the document; nothing is allocated.
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

#define NITRO_PCR_LEN 48u /* "SHA384" is the only digest, so 32 and 64 are not accepted */

struct nitro_doc {
	struct bytes module_id; /* UTF-8, 1..LIMIT_MODULE_ID bytes */
	uint64_t timestamp_ms;  /* Unix milliseconds, not zero */
	uint32_t pcr_mask;      /* bit per PCR that is listed */
	struct bytes pcr[LIMIT_PCRS];
	struct bytes certs[LIMIT_CHAIN + 1]; /* cabundle, root first, then the leaf */
	size_t n_certs;
	struct bytes public_key, user_data, nonce; /* data == NULL: absent or null */
};

/* R4: whether `payload` is one CBOR map in strict form with nothing behind it. */
enum cloister_err nitro_payload_check(struct bytes payload, struct cloister_fault *why);

/* R5: the members. Offsets in faults count from the payload's first byte. */
enum cloister_err nitro_doc_read(struct bytes payload, struct nitro_doc *out,
				 struct cloister_fault *why);

#endif
