/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_SNP_REBUILD_H
#define EVIDENCE_SNP_REBUILD_H

/*
 * snp_rebuild.h - some tools pass an SNP report on as an object with a member
 * for each field (CoCo: virtee's names; go-sev-guest: protobuf's JSON). The
 * 1184 bytes are put together again; whether they are what the hardware signed
 * its signature says, so a wrong or missing member cannot do more than refuse.
 */

#include <stdint.h>

#include "base/fault.h"
#include "codec/json.h"
#include "evidence/snp.h"

/* `out` changes also on errors. CLOISTER_E_MALFORMED: a member is not of its type or size, or there is no signature. */
enum cloister_err snp_rebuild(struct json report, uint8_t out[static SNP_REPORT_LEN],
			      struct cloister_fault *why);

#endif
