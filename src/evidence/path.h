/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_PATH_H
#define EVIDENCE_PATH_H

/*
 * path.h - a straight chain of certificates, root first (RFC 5280 section 6),
 * asked one question at a time, so that each kind of evidence can answer its
 * own checks. Whether the root is one that counts, and what names and
 * extensions have to say, is the kind's to know.
 *
 * The questions are meant in the order below: names mean nothing before
 * roles, signatures nothing before both. After each, `say` has a sentence
 * about the answer, which for a yes may be empty.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "codec/cert.h"
#include "codec/crl.h"
#include "evidence/pool.h"
#include "evidence/trust.h"

/* Of a signature: whether `issuer`'s key made it. A key that cannot sign by that algorithm did not. */
enum cloister_err path_cert_signed_by(const struct cert *c, const struct cert_key *issuer,
				      bool *good_out, struct cloister_fault *why);
enum cloister_err path_crl_signed_by(const struct crl *c, const struct cert_key *issuer,
				     bool *good_out, struct cloister_fault *why);

/* What the last certificate of a path is. */
enum path_leaf {
	PATH_LEAF_SIGNS,  /* no authority; keyUsage says digitalSignature and not keyCertSign */
	PATH_LEAF_UNSAID, /* the same where it has a keyUsage; AMD's endorsement keys have none */
	PATH_USAGE_UNSAID, /* as PATH_LEAF_UNSAID, and authorities need no keyUsage either: RFC 5280 4.2.1.3
			      wants them to have one, but issuers of tokens were seen to leave it out */
	PATH_AUTHORITY,   /* an authority, as all above it */
};

struct path {
	struct cert certs[LIMIT_CHAIN + 1]; /* root first */
	size_t n;
	uint64_t valid_from_s, valid_until_s; /* when all are valid; after path_valid() */
	uint8_t names[LIMIT_CHAIN + 1][SHA384_LEN]; /* of each with all above it; after path_name() */
	size_t n_named;
	char say[160];
};

/* Reads all of them, n of 1 to LIMIT_CHAIN + 1. False: `say` has which and why. */
bool path_read(struct path *p, const struct bytes *ders, size_t n, const struct cert_profile *profile);

/*
 * The first `n` of another path, which are not read again, and one more below; it is not
 * read again either when the caller gave it as collateral.
 */
bool path_below(struct path *p, const struct path *above, size_t n, const struct pool_item *last,
		const struct cert_profile *profile);

/* Names the runs of certificates for trust_knows(). The others do so when they need it. */
enum cloister_err path_name(struct path *p, struct cloister_fault *why);

/* Authorities may sign certificates, as many deep as they say; the leaf is what is due. */
bool path_roles(struct path *p, enum path_leaf leaf);

/* Each is issued by the one above it and by itself only at the top. */
bool path_names(struct path *p);

/* All are valid at this time, both ends included. Sets valid_from_s and valid_until_s anyway. */
bool path_valid(struct path *p, uint64_t now_s);

/*
 * Each is signed by the one above it, the first by itself. What `trust` has
 * seen before is not computed again; NULL: no memory. Wants path_valid() first.
 */
enum cloister_err path_signed(struct path *p, struct cloister_trust *trust, uint64_t now_s,
			      bool *good_out, struct cloister_fault *why);

/* What a revocation list says about a certificate. Only PATH_CRL_CLEAR is good. */
enum path_crl {
	PATH_CRL_UNASKED,
	PATH_CRL_CLEAR,
	PATH_CRL_MISSING,  /* none was given */
	PATH_CRL_UNREADABLE, /* one was given that cannot be read, whoever's it is, and none that can */
	PATH_CRL_FOREIGN,  /* of another issuer, or of one that may not sign lists */
	PATH_CRL_UNSIGNED, /* not signed by the issuer */
	PATH_CRL_EARLY,    /* it begins later */
	PATH_CRL_STALE,    /* another was due before this time */
	PATH_CRL_REVOKED,
};

/*
 * Certificate i of the path, not the root, by a list of the one above it; NULL
 * when there is none. Wants the path above it to hold; remembers as above.
 */
enum cloister_err path_revoked(struct path *p, size_t i, const struct crl *crl,
			       struct cloister_trust *trust, uint64_t now_s, enum path_crl *out,
			       struct cloister_fault *why);

/* Where lists are looked for, and the one that was decisive when the answer is clear or revoked. */
struct path_lists {
	const struct pool *own, *given; /* may be NULL */
	const struct cert_profile *profile;
	struct crl used;
};

/*
 * The same by all lists at hand, whoever sent them: revoked when one that the
 * issuer signed says so, though it be stale; else clear when one is current,
 * and of several the newest counts; else the answer that came closest.
 */
enum cloister_err path_revoked_by(struct path *p, size_t i, struct path_lists *lists,
				  struct cloister_trust *trust, uint64_t now_s, enum path_crl *out,
				  struct cloister_fault *why);

#endif
