/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

/*
 * audit.h - who did what to what: a list that only grows. Each line's hash is
 * SHA-256 over a domain, the hash before it and the line as canonical JSON, each
 * behind its length; so a line that was changed, left out or put in shows in
 * every hash behind it. Lines cut off at the end show against a checkpoint,
 * which whoever holds the audit key signs.
 */

#include "crypto/hash.h"
#include "store/store.h"

#define STORE_AUDIT_DOMAIN "cloister audit line v1"

struct store_audit {
	uint64_t seq; /* 1, 2, 3 … without a gap */
	uint64_t at_ms;
	int64_t account; /* 0: the operator's */
	struct bytes actor, action, target, detail; /* UTF-8 */
	uint8_t prev[SHA256_LEN]; /* zeros before the first */
	uint8_t hash[SHA256_LEN];
};

/* {"account":…,"action":…,"actor":…,"at":…,"detail":…,"seq":…,"target":…}, without white space. */
enum cloister_err store_audit_line(const struct store_audit *a, struct buf *out,
				   struct cloister_fault *why);
/* What a line's hash has to be. Needs no store: an exported log is checked with it, too. */
enum cloister_err store_audit_hash(const uint8_t prev[static SHA256_LEN], struct bytes line,
				   uint8_t out[static SHA256_LEN], struct cloister_fault *why);

/* Add a line; account and texts are taken from `a`. Belongs into the transaction of the act. */
enum cloister_err store_audit_add(struct store *s, const struct store_audit *a, uint64_t now_ms,
				  struct cloister_fault *why);

typedef enum cloister_err store_audit_visit(void *ctx, const struct store_audit *line,
					    struct cloister_fault *why);

/* One account's lines. */
enum cloister_err store_audit_list(struct store *s, int64_t account, struct store_page page,
				   store_audit_visit *visit, void *ctx, struct cloister_fault *why);
/* Everybody's, the oldest first: for the operator and for copies of the log. */
enum cloister_err store_audit_list_all(struct store *s, struct store_page page,
				       store_audit_visit *visit, void *ctx,
				       struct cloister_fault *why);

/* The last line, or seq 0 and zeros. */
struct store_audit_head {
	uint64_t seq;
	uint8_t hash[SHA256_LEN];
};
enum cloister_err store_audit_last(struct store *s, struct store_audit_head *out,
				   struct cloister_fault *why);

/*
 * Compute the chain anew, and compare each checkpoint's hash with its line's
 * (whose signatures are the caller's to check). CLOISTER_E_MALFORMED names the first line that is wrong.
 */
enum cloister_err store_audit_verify(struct store *s, struct store_audit_head *head_out,
				     struct cloister_fault *why);

struct store_checkpoint {
	struct store_audit_head head;
	struct bytes signature;
	uint64_t at_ms;
};

typedef enum cloister_err store_checkpoint_visit(void *ctx, const struct store_checkpoint *c,
						 struct cloister_fault *why);

/* CLOISTER_E_USAGE: `c` is not about a line of this log, or not behind the last checkpoint. */
enum cloister_err store_checkpoint_add(struct store *s, const struct store_checkpoint *c,
				       struct cloister_fault *why);
enum cloister_err store_checkpoint_list(struct store *s, struct store_page page,
					store_checkpoint_visit *visit, void *ctx,
					struct cloister_fault *why);

#endif
