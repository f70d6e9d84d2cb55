/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_CHAIN_H
#define EVIDENCE_CHAIN_H

/*
 * chain.h - from a root that the caller trusts down to the key that speaks:
 * R6 to R11. Stops at the first check that fails.
 */

#include <stdint.h>

#include "base/limits.h"
#include "codec/cert.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"

struct chain {
	struct cert certs[LIMIT_CHAIN + 1]; /* root first, leaf last */
	size_t n;
	uint8_t root_sha256[SHA256_LEN];
	bool root_is_builtin;
	uint64_t valid_from_s, valid_until_s; /* when all are valid */
};

/* `ders` as the document has them, root first, and the leaf at the end: n of them, 2 or more. */
enum cloister_err chain_check(struct cloister_trust *trust, const struct bytes *ders, size_t n,
			      uint64_t now_s, struct chain *out, struct cloister_verdict *v,
			      struct cloister_fault *why);

#endif
