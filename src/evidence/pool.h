/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_POOL_H
#define EVIDENCE_POOL_H

/*
 * pool.h - certificates, revocation lists and signed statements, unsorted and
 * unbelieved: a place to look for candidates. Whatever is taken out has to be
 * chained to a root before a word of it counts. All items are loans.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

enum item_kind {
	ITEM_CERT = 1,     /* X.509, DER */
	ITEM_CRL,          /* X.509, DER */
	ITEM_TCB_INFO,     /* {"tcbInfo":{…},"signature":"…"}, as Intel's PCS sends it */
	ITEM_QE_IDENTITY,  /* {"enclaveIdentity":{…},"signature":"…"} */
	ITEM_JWKS,         /* {"keys":[…]} */
	ITEM_ENDORSEMENT,  /* Google's launch endorsement, protobuf */
};

struct known; /* evidence/known.h */

struct pool_item {
	enum item_kind kind;
	struct bytes data;
	const struct known *known; /* what was read of it when the caller gave it; NULL: nobody did yet */
};

struct pool {
	struct pool_item items[LIMIT_POOL];
	size_t n;
};

/* CLOISTER_E_LIMIT when full. */
enum cloister_err pool_add(struct pool *p, enum item_kind kind, struct bytes data,
			   struct cloister_fault *why);

/* The next item of that kind in `given`, then in `own`; start with *at = 0; NULL at the end. */
const struct pool_item *pool_walk(const struct pool *given, const struct pool *own,
				  enum item_kind kind, size_t *at);

/* The same for who wants the bytes only; false at the end. */
bool pool_next(const struct pool *given, const struct pool *own, enum item_kind kind, size_t *at,
	       struct bytes *out);

#endif
