/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_ENCLAVE_H
#define STORE_ENCLAVE_H

/*
 * enclave.h - enclaves as the API knows them, and how they came to be what they
 * are. A status changes along the table in enclave.c and nowhere else, and with
 * each change goes a row that says from what, to what and why, in one transaction.
 */

#include "store/store.h"

/* doc/control-plane.md "States". The numbers are stored. */
enum store_status {
	STORE_PENDING_BUILD = 1,
	STORE_BUILDING,
	STORE_BUILD_FAILED,
	STORE_PENDING_DEPLOY,
	STORE_DEPLOYING,
	STORE_DEPLOYED,
	STORE_PAUSING,
	STORE_PAUSED,
	STORE_RESUMING,
	STORE_PENDING_DESTROY,
	STORE_DESTROYING,
	STORE_DESTROYED,
	STORE_FAILED,
};
#define STORE_STATUSES 13u

const char *store_status_name(enum store_status status); /* "PENDING_BUILD"; "?" for none */
bool store_status_read(struct bytes name, enum store_status *out);
/* Whether the one may follow the other; `was` 0: whether an enclave may begin like that. */
bool store_status_follows(enum store_status was, enum store_status is_now);

struct store_enclave {
	int64_t seq;
	char id[STORE_ID_ROOM];
	int64_t account;
	struct bytes wallet, name, description, region, provider_id;
	struct bytes provider_config; /* JSON, which nobody here reads; so are the next two */
	struct bytes github, ports;
	struct bytes source_type, build_id, build_status, build_log_group;
	enum store_status status;
	struct bytes error_message;
	int exit_code; /* 0 … 255; -1: none */
	uint32_t restarts;
	struct bytes image_digest;
	uint64_t made_ms, changed_ms;
};

typedef enum cloister_err store_enclave_visit(void *ctx, const struct store_enclave *enclave,
					      struct cloister_fault *why);

/* Takes account, wallet, name … source_type, github and status from `e`; id "enc_…". */
enum cloister_err store_enclave_add(struct store *s, const struct store_enclave *e, uint64_t now_ms,
				    char id_out[static STORE_ID_ROOM], struct cloister_fault *why);
/* Texts are copied onto `texts` and viewed there until it changes. */
enum cloister_err store_enclave_get(struct store *s, int64_t account, const char *id,
				    struct buf *texts, struct store_enclave *out,
				    struct cloister_fault *why);
enum cloister_err store_enclave_list(struct store *s, int64_t account, struct store_page page,
				     store_enclave_visit *visit, void *ctx, struct cloister_fault *why);
/* Of all accounts: for who keeps enclaves running, never for a request. */
enum cloister_err store_enclave_list_status(struct store *s, enum store_status status,
					    struct store_page page, store_enclave_visit *visit,
					    void *ctx, struct cloister_fault *why);

/* What its owner may change; without data it stays. */
struct store_enclave_change {
	struct bytes name, description, region, provider_id, provider_config, source_type, github;
};
enum cloister_err store_enclave_update(struct store *s, int64_t account, const char *id,
				       const struct store_enclave_change *change, uint64_t now_ms,
				       struct cloister_fault *why);

struct store_move {
	enum store_status to;
	struct bytes reason;        /* for the history */
	struct bytes error_message; /* with FAILED and BUILD_FAILED, where it is due; else not looked at */
	bool has_exit;
	int exit_code;
	struct bytes image_digest, ports, build_id, build_status, build_log_group; /* without data: stay */
};

/*
 * Change the status. From DEPLOYED to DEPLOYING counts as a restart; one that
 * begins anew (PENDING_…) forgets its error and exit. CLOISTER_E_USAGE, naming
 * both: the table has no such step.
 */
enum cloister_err store_enclave_move(struct store *s, int64_t account, const char *id,
				     const struct store_move *move, uint64_t now_ms,
				     struct cloister_fault *why);

/* With its history, tasks and credentials; DESTROYED, FAILED and BUILD_FAILED ones only. */
enum cloister_err store_enclave_remove(struct store *s, int64_t account, const char *id,
				       struct cloister_fault *why);

struct store_transition {
	int64_t seq;
	enum store_status was; /* 0: it was made */
	enum store_status is_now;
	struct bytes reason;
	uint64_t at_ms;
};

typedef enum cloister_err store_transition_visit(void *ctx, const struct store_transition *t,
						 struct cloister_fault *why);

/* The last LIMIT_STORE_HISTORY ones. An unknown enclave has none. */
enum cloister_err store_transition_list(struct store *s, int64_t account, const char *id,
					struct store_page page, store_transition_visit *visit,
					void *ctx, struct cloister_fault *why);

/* What opens an enclave's private registry, sealed by somebody else; one each. */
enum cloister_err store_credential_put(struct store *s, int64_t account, const char *enclave,
				       struct bytes registry, struct bytes sealed,
				       struct cloister_fault *why);
enum cloister_err store_credential_get(struct store *s, int64_t account, const char *enclave,
				       struct buf *texts, struct bytes *registry_out,
				       struct bytes *sealed_out, struct cloister_fault *why);

#endif
