/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

/*
 * account.h - who owns things: accounts, the wallets that lead to them, and the
 * keys that speak for them. A key itself is never here, only its SHA-256; since
 * keys are long and random, looking a hash up tells nobody anything about another.
 */

#include "crypto/hash.h"
#include "store/store.h"

struct store_account {
	int64_t seq; /* its number, which everything else asks for */
	struct bytes name;
	uint64_t made_ms;
};

typedef enum cloister_err store_account_visit(void *ctx, const struct store_account *account,
					      struct cloister_fault *why);

enum cloister_err store_account_add(struct store *s, struct bytes name, uint64_t now_ms,
				    int64_t *account_out, struct cloister_fault *why);
enum cloister_err store_account_list(struct store *s, struct store_page page,
				     store_account_visit *visit, void *ctx, struct cloister_fault *why);

/*
 * A wallet is a text that is compared exactly. It belongs to one account for
 * good: CLOISTER_E_USAGE when it is taken.
 */
enum cloister_err store_wallet_add(struct store *s, int64_t account, struct bytes wallet,
				   uint64_t now_ms, struct cloister_fault *why);
enum cloister_err store_wallet_account(struct store *s, struct bytes wallet, int64_t *account_out,
				       struct cloister_fault *why);

/* What a key may do. The bits are stored: never renumbered, never used again. */
enum store_scope {
	STORE_ENCLAVES_READ = 1 << 0,
	STORE_ENCLAVES_WRITE = 1 << 1,
	STORE_TASKS_READ = 1 << 2,
	STORE_TASKS_WRITE = 1 << 3,
	STORE_LOGS_READ = 1 << 4,
	STORE_REDACT_RUN = 1 << 5,
	STORE_REDACT_PROXY = 1 << 6,
	STORE_REDACT_LOG = 1 << 7,
	STORE_PII_WRITE = 1 << 8,
	STORE_PII_AUDIT = 1 << 9,
	STORE_KEYS_READ = 1 << 10,  /* ours from here on */
	STORE_KEYS_WRITE = 1 << 11,
	STORE_AUDIT_READ = 1 << 12,
	STORE_ADMIN = 1 << 13,      /* accounts, and the daemon itself */
};
#define STORE_SCOPES 14u
#define STORE_SCOPES_ALL ((1u << STORE_SCOPES) - 1)

/* "enclaves:read" for bit 0; NULL past the last. */
const char *store_scope_name(unsigned bit);
bool store_scope_read(struct bytes name, uint32_t *scope_out);

enum store_key_status { STORE_KEY_ACTIVE = 1, STORE_KEY_INACTIVE };

struct store_key {
	int64_t seq;
	char id[STORE_ID_ROOM];
	int64_t account;
	struct bytes wallet, name;
	uint8_t hash[SHA256_LEN];
	uint32_t scopes;
	enum store_key_status status;
	uint64_t expires_ms; /* 0: never */
	uint64_t made_ms, changed_ms;
	uint64_t used_ms;    /* 0: never; no finer than a minute */
};

typedef enum cloister_err store_key_visit(void *ctx, const struct store_key *key,
					  struct cloister_fault *why);

/* Takes account, wallet, name, hash, scopes and expiry from `key`; id "key_…". */
enum cloister_err store_key_add(struct store *s, const struct store_key *key, uint64_t now_ms,
				char id_out[static STORE_ID_ROOM], struct cloister_fault *why);

/*
 * Whose key this is. Unknown, inactive and expired ones are CLOISTER_E_MISSING alike.
 * Here and below, texts are copied onto `texts` and viewed there until it changes.
 */
enum cloister_err store_key_find(struct store *s, const uint8_t hash[static SHA256_LEN],
				 uint64_t now_ms, struct buf *texts, struct store_key *out,
				 struct cloister_fault *why);
/* Note that it was used, unless that was noted within the last minute. */
enum cloister_err store_key_used(struct store *s, const struct store_key *key, uint64_t now_ms,
				 struct cloister_fault *why);

enum cloister_err store_key_get(struct store *s, int64_t account, const char *id, struct buf *texts,
				struct store_key *out, struct cloister_fault *why);
enum cloister_err store_key_list(struct store *s, int64_t account, struct store_page page,
				 store_key_visit *visit, void *ctx, struct cloister_fault *why);

struct store_key_change {
	struct bytes name;            /* without data: stays */
	bool set_scopes;
	uint32_t scopes;
	enum store_key_status status; /* 0: stays */
};
enum cloister_err store_key_update(struct store *s, int64_t account, const char *id,
				   const struct store_key_change *change, uint64_t now_ms,
				   struct cloister_fault *why);
enum cloister_err store_key_remove(struct store *s, int64_t account, const char *id,
				   struct cloister_fault *why);

#endif
