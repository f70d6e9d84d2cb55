/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_CHAIN_H
#define EVIDENCE_CHAIN_H

/*
 * chain.h - from a root that the caller trusts down to the key that speaks:
 * R6 to R11. Stops at the first check that fails.
 */

#include <stdint.h>

#include "evidence/path.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"

struct chain {
	struct path path; /* root first, leaf last */
	uint8_t root_sha256[SHA256_LEN];
	bool root_is_builtin;
};

/* `ders` as the document has them, root first, and the leaf at the end: n of them, 2 or more. */
enum cloister_err chain_check(struct cloister_trust *trust, const struct bytes *ders, size_t n,
			      uint64_t now_s, struct chain *out, struct cloister_verdict *v,
			      struct cloister_fault *why);

#endif
