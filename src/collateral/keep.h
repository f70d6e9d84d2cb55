/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLATERAL_KEEP_H
#define COLLATERAL_KEEP_H

/*
 * keep.h - a shelf on which only what was checked is put. Pieces that come
 * together stand or fall together: the first that is not to be believed keeps
 * all of them out.
 */

#include <stdint.h>

#include "collateral/batch.h"
#include "collateral/piece.h"
#include "collateral/shelf.h"

enum keep_did {
	KEEP_NEW,
	KEEP_RENEWED,
	KEEP_SAME,  /* the very bytes are there */
	KEEP_OLDER, /* what is there is newer, and stays */
};

typedef void keep_said(void *ctx, const struct piece *p, enum keep_did did);

struct keep {
	struct shelf shelf;
	struct cloister_trust *trust; /* the caller's: which roots count */
	struct batch beside;          /* authorities and lists at hand: those on the shelf, to begin with */
	uint64_t now_s;
	keep_said *said;              /* may be NULL */
	void *ctx;
};
#define KEEP_INIT { .shelf = SHELF_INIT }

/* `make` as for shelf_open(). `out` must be KEEP_INIT, with said and ctx if wanted. */
enum cloister_err keep_open(const char *path, bool make, struct cloister_trust *trust, uint64_t now_s,
			    struct keep *out, struct cloister_fault *why);
void keep_close(struct keep *k); /* for own() */

/* Authorities and lists of `b` may help to check others; not stored, and believed no more than any. */
enum cloister_err keep_beside(struct keep *k, const struct batch *b, struct cloister_fault *why);

/* Whether a piece is what the caller asked for; faults are the caller's. */
typedef enum cloister_err keep_want(void *ctx, const struct piece *p, struct cloister_fault *why);

/* Check all of `b`, then store it all. `want` may be NULL. */
enum cloister_err keep_batch(struct keep *k, const struct batch *b, keep_want *want, void *ctx,
			     struct cloister_fault *why);

/*
 * What is on the shelf, in the order of names. `p` is NULL when nobody vouches for
 * it; `bad` says why it is not good, or is NULL.
 */
typedef enum cloister_err keep_seen(void *ctx, const char *file, const struct piece *p,
				    const struct cloister_fault *bad, struct cloister_fault *why);
enum cloister_err keep_each(const struct keep *k, keep_seen *seen, void *ctx, struct cloister_fault *why);

#endif
