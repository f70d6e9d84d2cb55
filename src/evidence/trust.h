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
#include "evidence/pool.h"

struct platform; /* evidence/platform.h */

/* Whose roots a kind of evidence may lead to. A root vouches for its own family only, whoever gave it. */
enum root_family {
	ROOT_AWS,       /* Nitro Enclaves Root G1, by SHA-256 of the certificate */
	ROOT_AMD_MILAN, /* ARK-Milan and so on, by SHA-256 of the certificate */
	ROOT_AMD_GENOA,
	ROOT_AMD_TURIN,
	ROOT_INTEL,     /* SGX Root CA, by SHA-256 of the subjectPublicKeyInfo: it has several certificates */
	ROOT_TOKEN,     /* issuers of tokens: none is built in, */
	ROOT_GOOGLE,    /* nor of launch endorsements */
	ROOT_FAMILIES
};

/* The caller's name of a family, "nitro" say, if this is one; else NULL. */
const char *root_family_name(struct bytes text);

/*
 * Whether this digest is a root of that family: ours (*builtin_out), or one that the
 * caller gave for it, then by SHA-256 of the certificate. AMD's three are one family
 * to the caller; the root's name has to say which product it is for (S9).
 */
bool trust_has_root(const struct cloister_trust *t, enum root_family family,
		    const uint8_t sha256[static SHA256_LEN], bool *builtin_out);

/* The collateral that the caller gave. */
const struct pool *trust_pool(const struct cloister_trust *t);

/* These take the lock. `not_after_s` is when the first of the run expires. */
bool trust_knows(struct cloister_trust *t, const uint8_t run[static SHA384_LEN]);
void trust_remember(struct cloister_trust *t, const uint8_t run[static SHA384_LEN],
		    uint64_t not_after_s, uint64_t now_s);

/* The platform whose certificates are exactly this text, as a reference of the caller's; NULL: not met. */
struct platform *trust_platform(struct cloister_trust *t, struct bytes text);
/* Keep it for later: one whose quote held. */
void trust_keep_platform(struct cloister_trust *t, struct platform *p);

#endif
