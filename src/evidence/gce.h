/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_GCE_H
#define EVIDENCE_GCE_H

/*
 * gce.h - Google's launch endorsement: a signed list of the measurements that
 * the firmware of its confidential VMs can have. Two protobuf messages, one
 * inside the other as bytes (VMLaunchEndorsement, VMGoldenMeasurement), and the
 * signature is over those bytes. Views borrow; nothing is allocated.
 *
 * The signed message may have fields that are unknown here, as protobuf's rules
 * of evolution want it; known ones are strict, and the outer message has two.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define GCE_MEASUREMENT_LEN 48u

struct gce_endorsement {
	struct bytes golden;    /* what is signed, and what is read below */
	struct bytes signature; /* RSASSA-PSS with SHA-256 */
};

struct gce_golden {
	uint64_t made_s;     /* Unix seconds */
	uint64_t cl_spec;
	struct bytes commit, digest; /* may be empty; digest: SHA-384 of the firmware, or empty */
	struct bytes cert;           /* DER, of the key that signs */
	struct bytes ca_bundle;      /* PEM, root first; may be empty */
	bool has_snp, has_tdx;
	uint32_t snp_svn, tdx_svn;
	struct bytes snp, tdx;       /* their messages, whose lists are walked below */
};

enum cloister_err gce_endorsement_read(struct bytes in, struct gce_endorsement *out,
				       struct cloister_fault *why);
enum cloister_err gce_golden_read(struct bytes golden, struct gce_golden *out,
				  struct cloister_fault *why);

/* Whether bytes begin like an endorsement, which no other collateral does. */
bool gce_looks_like(struct bytes in);

/*
 * Whether `measurement` (48 bytes) is among those of the VMs of that kind: by the
 * number of virtual CPUs (SNP), by RAM in GiB (TDX), which *n_out then says.
 */
bool gce_endorses_snp(const struct gce_golden *g, struct bytes measurement, uint32_t *n_out);
bool gce_endorses_tdx(const struct gce_golden *g, struct bytes mrtd, uint32_t *n_out);

#endif
