/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_PCK_H
#define EVIDENCE_PCK_H

/*
 * pck.h - what Intel's extension 1.2.840.113741.1.13.1 of a PCK certificate
 * says of the platform. Nothing in it counts before the certificate's chain held.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

struct pck {
	struct bytes ppid;        /* 16 */
	uint8_t components[16];   /* 2.1 … 2.16 */
	uint16_t pcesvn;          /* 2.17 */
	struct bytes cpu_svn;     /* 16; informative: the components are what counts */
	struct bytes pceid;       /* 2 */
	struct bytes fmspc;       /* 6 */
	uint8_t sgx_type;         /* 0 standard, 1 scalable, 2 scalable with integrity */
	bool has_platform;        /* the rest is there: certificates of the Platform CA */
	struct bytes platform_id; /* 16: platform instance id */
	bool dynamic_platform, cached_keys, smt;
};

extern const struct bytes pck_extension_oid; /* as cert_extension() wants it */

/* The extension's value, a DER SEQUENCE of {OID, value} in Intel's order. Views borrow. */
enum cloister_err pck_read(struct bytes value, struct pck *out, struct cloister_fault *why);

#endif
