/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_ANSWER_H
#define STORE_ANSWER_H

/*
 * answer.h - what a request with an idempotency key was answered, so that the
 * same one sent again is answered the same and does nothing. The answer belongs
 * into the transaction of what was done.
 */

#include "crypto/hash.h"
#include "store/store.h"

struct store_answer {
	uint8_t request[SHA256_LEN]; /* of the request that had the key */
	int status;                  /* HTTP's */
	struct bytes body;
	uint64_t made_ms;
};

/* Takes all but made_ms from `a`. CLOISTER_E_USAGE: the account has used the key. */
enum cloister_err store_answer_put(struct store *s, int64_t account, struct bytes key,
				   const struct store_answer *a, uint64_t now_ms,
				   struct cloister_fault *why);
/*
 * CLOISTER_E_MISSING: never used. CLOISTER_E_USAGE: by another request. The body is
 * copied onto `texts` and viewed there until it changes.
 */
enum cloister_err store_answer_get(struct store *s, int64_t account, struct bytes key,
				   const uint8_t request[static SHA256_LEN], struct buf *texts,
				   struct store_answer *out, struct cloister_fault *why);
/* Forget answers that were made before `before_ms`, at most LIMIT_STORE_PAGE of them. */
enum cloister_err store_answer_expire(struct store *s, uint64_t before_ms, int64_t *n_out,
				      struct cloister_fault *why);

#endif
