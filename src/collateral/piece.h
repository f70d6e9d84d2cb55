/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLATERAL_PIECE_H
#define COLLATERAL_PIECE_H

/*
 * piece.h - one piece of collateral, checked: that it leads to a root that
 * counts, by signatures, names, roles and dates, as of a time that is given. Only
 * what passed has a name and may be stored. Pure: no file, clock or network.
 *
 * The judges read and check everything again; this keeps damaged, foreign and
 * outdated pieces out of a store, and says what is in it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "evidence/pool.h"
#include "evidence/snp.h"
#include "evidence/tcb_info.h"
#include "evidence/trust.h"

enum piece_kind {
	PIECE_ARK = 1,  /* AMD's root, of one product */
	PIECE_ASK,      /* its authority for VCEKs … */
	PIECE_ASVK,     /* … and for VLEKs */
	PIECE_VCEK,
	PIECE_VLEK,
	PIECE_INTEL_ROOT,
	PIECE_PLATFORM_CA,
	PIECE_PROCESSOR_CA,
	PIECE_TCB_SIGNER,
	PIECE_PCK,
	PIECE_AMD_CRL,  /* the ARK's */
	PIECE_ROOT_CRL, /* Intel's root's */
	PIECE_PLATFORM_CRL,
	PIECE_PROCESSOR_CRL,
	PIECE_TCB_INFO,
	PIECE_QE_IDENTITY,
	PIECE_KINDS
};

struct piece {
	enum piece_kind kind;
	struct bytes data; /* the caller's */
	uint64_t issued_s, until_s; /* notBefore, notAfter; thisUpdate or issueDate, nextUpdate */
	uint8_t root_sha256[SHA256_LEN]; /* of the root's certificate */
	bool root_is_builtin;
	enum snp_product product;             /* AMD's */
	struct snp_tcb tcb;                   /* VCEK, VLEK */
	struct bytes hwid, csp_id;            /* VCEK; VLEK: loans of data */
	enum tcb_tee tee;                     /* TCB info, QE identity */
	uint8_t fmspc[FMSPC_LEN];             /* TCB info, PCK */
	uint32_t evaluation;                  /* TCB info, QE identity */
	char name[LIMIT_NAME + 1];            /* of its file; doc/collateral.md */
	char machine[LIMIT_NAME + 1];         /* which it is for; "" for all */
};

const char *piece_what(enum piece_kind kind); /* "VCEK certificate" */

/* Whether this one helps to check others: an authority's certificate or a revocation list. */
bool piece_is_beside(enum item_kind kind, struct bytes data);

/* By its own account; what tells which of two pieces of one name is wanted. */
struct piece_rank {
	uint32_t evaluation; /* tcbEvaluationDataNumber; 0 where there is none */
	uint64_t issued_s, until_s;
};
bool piece_rank_read(enum item_kind kind, struct bytes data, struct piece_rank *out); /* false: unreadable */

/*
 * Check `data` as of `now_s`. `trust` says which roots count; `beside` holds the
 * authorities and lists to check it by, `data` itself among them or not.
 *
 * Errors: CLOISTER_E_MALFORMED and CLOISTER_E_UNSUPPORTED as the readers have them, and for what cannot
 * be believed; CLOISTER_E_MISSING (nobody is at hand who could vouch for it); CLOISTER_E_NOMEM.
 */
enum cloister_err piece_check(struct cloister_trust *trust, const struct pool *beside,
			      enum item_kind kind, struct bytes data, uint64_t now_s,
			      struct piece *out, struct cloister_fault *why);

/* Its two halves: who vouches for it, and whether lists and statements are current. */
enum cloister_err piece_vouched(struct cloister_trust *trust, const struct pool *beside,
				enum item_kind kind, struct bytes data, uint64_t now_s,
				struct piece *out, struct cloister_fault *why);
enum cloister_err piece_in_time(const struct piece *p, uint64_t now_s, struct cloister_fault *why);

#endif
