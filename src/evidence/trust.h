/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_TRUST_H
#define EVIDENCE_TRUST_H

/*
 * trust.h - the inside of struct cloister_trust: which roots count, and which
 * runs of certificates have been found well signed before.
 *
 * The memory of chains holds one kind of fact: "these certificates, in this
 * order, root first, are each signed by the one before". It is keyed by a
 * digest over all their bytes, bounded, and spares nothing but signature
 * checks: form, roles, names and validity are looked at every time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "cloister/verify.h"
#include "crypto/hash.h"

/* Whether a certificate with this SHA-256 is a root; *builtin_out: AWS's own. */
bool trust_has_root(const struct cloister_trust *t, const uint8_t sha256[static SHA256_LEN],
		    bool *builtin_out);

/* Both take the lock. `not_after_s` is when the first of the run expires. */
bool trust_knows(struct cloister_trust *t, const uint8_t run[static SHA384_LEN]);
void trust_remember(struct cloister_trust *t, const uint8_t run[static SHA384_LEN],
		    uint64_t not_after_s, uint64_t now_s);

#endif
