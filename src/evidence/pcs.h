/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_PCS_H
#define EVIDENCE_PCS_H

/*
 * pcs.h - what the signed statements of Intel's Provisioning Certification
 * Service have in common: the envelope whose signature covers the inner
 * object's very bytes, digits, dates, statuses and advisories.
 *
 * Members are read by name and each must be known: Intel added
 * tdxModuleIdentities within version 3, and readers that passed over what they
 * did not know called revoked modules up to date. Nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "codec/json.h"
#include "evidence/expect.h"

#define PCS_SIG_LEN 64u /* r || s */

struct pcs_signed {
	struct bytes body; /* the inner object's text as sent: what is signed */
	struct json json;  /* the same, checked */
	uint8_t sig[PCS_SIG_LEN];
};

/* {"NAME":{…},"signature":"128 digits"}, of at most LIMIT_PCS_JSON bytes. */
enum cloister_err pcs_signed_read(struct bytes doc, const char *name, struct pcs_signed *out,
				  struct cloister_fault *why);

/*
 * Values of members; `name` is static text and names the fault. A missing one
 * and one of another type, length or range is CLOISTER_E_MALFORMED.
 */
enum cloister_err pcs_hex(struct json v, const char *name, uint8_t *out, size_t len,
			  struct cloister_fault *why);
enum cloister_err pcs_number(struct json v, const char *name, uint64_t max, uint64_t *out,
			     struct cloister_fault *why);
/* "2025-05-27T19:31:43Z", no other spelling. */
enum cloister_err pcs_date(struct json v, const char *name, uint64_t *unix_s_out,
			   struct cloister_fault *why);

/* What every TCB level says besides its numbers. `advisories` is a checked array, or JSON_NONE. */
struct pcs_level {
	enum tcb_status status;
	uint64_t date_s;
	struct json advisories;
};

/*
 * {"tcb":…,"tcbDate":…,"tcbStatus":…,["advisoryIDs":…]} and nothing else; the
 * status is a bit of `allowed`. *tcb_out is what stands under "tcb".
 */
enum cloister_err pcs_level_read(struct json object, uint32_t allowed, struct pcs_level *out,
				 struct json *tcb_out, struct cloister_fault *why);

/* A level that counts one security version number: of an enclave, of a TDX module. */
struct pcs_isv_level {
	uint16_t isvsvn;
	struct pcs_level said;
};

/*
 * An array of 1..room levels {tcb {isvsvn}, tcbDate, tcbStatus, [advisoryIDs]},
 * in any order, no isvsvn twice. Only UpToDate, OutOfDate and Revoked are
 * statuses of such a level.
 */
enum cloister_err pcs_isv_levels_read(struct json array, struct pcs_isv_level *out, size_t room,
				      size_t *n_out, struct cloister_fault *why);

#endif
