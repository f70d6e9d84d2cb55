/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_REFUSAL_H
#define DAEMON_REFUSAL_H

/*
 * refusal.h - the sentences by which the API refuses, with their status, word for
 * word as clients know them. `{}` is what the caller puts in, in order.
 */

#include "base/strv.h"
#include "codec/json.h"

#define REFUSALS(R) \
	R(WALLET,          400, "Wallet address required") \
	R(WALLETS,         400, "Wallet address is given twice, and differs") \
	R(FIELDS,          400, "Missing required fields") \
	R(LIMIT,           400, "limit must be a number from 1 to {}") \
	R(CURSOR,          400, "cursor is none that this server gave") \
	R(NONCE,           400, "nonce must be text of at most {} bytes") \
	R(PROVIDER,        400, "Provider {} not found") \
	R(REGION,          400, "Region {} not supported by provider {}") \
	R(CONFIGURATION,   400, "Invalid provider configuration") \
	R(ACTION,          400, "Invalid action; pause, resume and terminate are known") \
	R(ACTION_STATE,    400, "Cannot {} enclave in state {}") \
	R(DELETE_STATE,    400, "Enclave must be terminated before it is deleted") \
	R(ATTEST_STATE,    400, "Attestation only available for deployed enclaves") \
	R(VERIFY_STATE,    400, "Can only verify deployed enclaves") \
	R(SCHEDULE,        400, "Invalid schedule") \
	R(PERMISSIONS,     400, "Invalid permissions: {}") \
	R(DOCKER_QUERY,    400, "q or repo is required") \
	R(KEY,             401, "API key required or not valid") \
	R(SCOPE,           403, "Unauthorized: this key has no {}") \
	R(ENCLAVE,         404, "Enclave not found") \
	R(ENCLAVE_WRITE,   404, "Enclave not found or access denied") \
	R(PROVIDER_ID,     404, "Provider not found") \
	R(TASK,            404, "Task not found or access denied") \
	R(API_KEY,         404, "API key not found or access denied") \
	R(HOST_FULL,       409, "This host is full: {}") \
	R(RATE,            429, "Too many requests") \
	R(TAGS,            500, "Failed to fetch tags") \
	R(GITHUB,          501, "GitHub is not served here; build an image and name it") \
	R(REDACTION,       501, "Redaction is not served here") \
	R(KYC,             501, "KYC is not served here") \
	R(WEBHOOK,         501, "Webhooks are not served here")

enum refusal {
#define R(id, status, text) REFUSE_##id,
	REFUSALS(R)
#undef R
	N_REFUSALS
};

int refusal_status(enum refusal r);

/*
 * {"error":"…","details":[…],"status":"PAUSED"}. `a` and `b` are put in where the sentence has
 * a place for them (strangers' text is fine; NULL where there is no place); `details` and
 * `state`, the enclave's, may be NULL.
 */
void refusal_put(struct buf *out, enum refusal r, const char *a, const char *b, const struct strv *details,
		 const char *state);

#endif
