/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * store.h - the database of one state directory: opening it, transactions,
 * copies of it. Accounts, enclaves, tasks and the audit log have headers of their own.
 *
 * Texts are UTF-8 without NUL and, like bytes, at most LIMIT_STORE_VALUE long;
 * what is not is CLOISTER_E_USAGE or CLOISTER_E_LIMIT. Times are milliseconds since 1970.
 * Everything that belongs to somebody is asked for with its account, and what
 * is another's is as missing as what does not exist.
 *
 * Threads: one at a time per store.
 *
 * Errors of every call: CLOISTER_E_SYSTEM with ENOSPC when the disk is full,
 * CLOISTER_E_TIMEOUT when another process holds the store, CLOISTER_E_MALFORMED when
 * the file is damaged, CLOISTER_E_NOMEM. A call that fails has changed nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"

struct store;

/* What a state directory was made for, for good. */
enum store_kind { STORE_PRODUCTION = 1, STORE_DEV };

struct store_spec {
	const char *dir;      /* its folder, of mode 0700 and our own */
	enum store_kind kind; /* a store of the other kind is CLOISTER_E_USAGE */
	bool make;            /* where there is none; else that is CLOISTER_E_MISSING */
};

/*
 * Open, look for damage (in time that grows with the file) and bring it up to
 * date. CLOISTER_E_UNSUPPORTED: a newer program wrote it.
 */
enum cloister_err store_open(const struct store_spec *spec, struct store **out,
			     struct cloister_fault *why);
void store_close(struct store *s); /* NULL is fine */
void drop_store(struct store **s); /* for own() */

/*
 * Several changes as one. They nest; an inner one that is rolled back takes
 * only its own changes along. Declare with own(store_rollback), which does
 * nothing after store_commit().
 */
struct store_tx {
	struct store *store; /* NULL while idle */
	unsigned depth;
};

#define STORE_TX_INIT { 0 }

enum cloister_err store_begin(struct store *s, struct store_tx *out, struct cloister_fault *why);
enum cloister_err store_commit(struct store_tx *tx, struct cloister_fault *why);
void store_rollback(struct store_tx *tx);

/*
 * A part of a list, the newest first unless the call says otherwise. Lists are
 * told to a visitor row by row; the row's views end with the visit, and a
 * visitor neither lists the same again nor changes the store.
 */
struct store_page {
	int64_t after;  /* the seq that the part before ended with; 0: from the start */
	unsigned limit; /* 1 … LIMIT_STORE_PAGE */
};

/* "enc_1764000000000_k3j9x0p2q" and the like, terminated. */
#define STORE_ID_ROOM 40u
enum cloister_err store_id_new(const char *prefix, uint64_t now_ms, char out[static STORE_ID_ROOM],
			       struct cloister_fault *why);

/*
 * Copy the store, as it is now, into a file that does not exist yet; it appears
 * under its name when it is whole and was read back without a complaint.
 */
enum cloister_err store_backup(struct store *s, const char *path, struct cloister_fault *why);

/*
 * The way back, into a folder that has no store; it may have none of anything.
 * The copy is checked first: damaged, newer than we, no store of ours.
 */
enum cloister_err store_restore(const char *backup, const char *dir, struct cloister_fault *why);

#endif
