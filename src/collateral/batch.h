/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLATERAL_BATCH_H
#define COLLATERAL_BATCH_H

/* batch.h - pieces in memory, taken out of whatever they came in, unbelieved. Owns their bytes. */

#include "base/bytes.h"
#include "base/fault.h"
#include "evidence/pool.h"

struct batch {
	struct pool pool;
};

void batch_fini(struct batch *b); /* for own(); start from zeros */

/* One more piece, copied; one that is there already is passed over. */
enum cloister_err batch_put(struct batch *b, enum item_kind kind, struct bytes data,
			    struct cloister_fault *why);

/*
 * Everything in a file or an answer: what collateral_sort() knows, hexadecimal
 * digits of DER (as PCCS sends lists), and a quote's certificates. Errors as collateral_sort() has them.
 */
enum cloister_err batch_add(struct batch *b, struct bytes content, struct cloister_fault *why);

#endif
