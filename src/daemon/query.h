/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_QUERY_H
#define DAEMON_QUERY_H

/*
 * query.h - what requests of many routes say in the same way: whose they are,
 * and which part of a list they want. A fault's refusal is in *refusal_out.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "codec/json.h"
#include "daemon/refusal.h"

/* Where a client can say which wallet it acts for. */
struct query_said {
	struct bytes query;  /* of the URL: wallet, or account or identifier, which mean the same */
	struct json body;    /* walletAddress; JSON_NONE without a body */
	struct bytes header; /* x-treza-wallet; data is NULL without one */
};

/*
 * An opaque text of 1 to LIMIT_WALLET bytes, UTF-8 without controls, compared exactly. Who says it in
 * several places has to say the same. False: *refusal_out.
 */
bool query_wallet(const struct query_said *said, char out[static LIMIT_WALLET + 1], enum refusal *refusal_out);

/* `limit` and `cursor`. */
struct query_page {
	uint32_t limit;
	bool is_paged;   /* one of them was given, so `nextCursor` is told */
	uint64_t before; /* rows older than this one; 0: from the newest */
};
bool query_page(struct bytes query, uint32_t preset, uint32_t max, struct query_page *out, enum refusal *refusal_out);

/* A cursor for "older than row `seq`", which is not 0. */
#define QUERY_CURSOR_ROOM 17u
void query_cursor(uint64_t seq, char out[static QUERY_CURSOR_ROOM]);

/* What a key may do. Bits of a set. */
enum query_scope {
	SCOPE_ENCLAVES_READ = 1,
	SCOPE_ENCLAVES_WRITE = 2,
	SCOPE_TASKS_READ = 4,
	SCOPE_TASKS_WRITE = 8,
	SCOPE_LOGS_READ = 16,
};
const char *query_scope_name(enum query_scope one); /* "enclaves:read" */

/*
 * An array of names, each once, at least one. False: *refusal_out, and for REFUSE_PERMISSIONS the
 * names that are none, joined by ", ", on `bad`.
 */
bool query_permissions(struct json array, unsigned *scopes_out, struct buf *bad, enum refusal *refusal_out);

#endif
