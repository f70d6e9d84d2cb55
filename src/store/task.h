/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_TASK_H
#define STORE_TASK_H

/*
 * task.h - what is to be done in an enclave at which times, and how it went.
 * When a task is due is computed by somebody else, who reads its schedule.
 */

#include "store/store.h"

/* The numbers are stored. */
enum store_task_status {
	STORE_TASK_PENDING = 1,
	STORE_TASK_RUNNING,
	STORE_TASK_STOPPED,
	STORE_TASK_FAILED,
};

/* What happens when a run is due and the last one still goes on. */
enum store_overlap { STORE_OVERLAP_SKIP = 1, STORE_OVERLAP_QUEUE, STORE_OVERLAP_REPLACE };

struct store_task {
	int64_t seq;
	char id[STORE_ID_ROOM];
	int64_t account;
	char enclave[STORE_ID_ROOM];
	struct bytes wallet, name, description;
	struct bytes schedule, zone; /* five fields of cron; a time zone's name */
	struct bytes command;        /* JSON */
	enum store_overlap overlap;
	enum store_task_status status;
	uint64_t next_ms; /* 0: not planned */
	uint64_t last_ms; /* when a run began last; 0: never */
	uint64_t made_ms, changed_ms;
};

typedef enum cloister_err store_task_visit(void *ctx, const struct store_task *task,
					   struct cloister_fault *why);

/*
 * Takes account, enclave … overlap and next_ms from `task`; id "task_…", PENDING.
 * CLOISTER_E_MISSING: the account has no such enclave.
 */
enum cloister_err store_task_add(struct store *s, const struct store_task *task, uint64_t now_ms,
				 char id_out[static STORE_ID_ROOM], struct cloister_fault *why);
/* Texts are copied onto `texts` and viewed there until it changes. */
enum cloister_err store_task_get(struct store *s, int64_t account, const char *id,
				 struct buf *texts, struct store_task *out,
				 struct cloister_fault *why);
/* `enclave` NULL: of all the account's. */
enum cloister_err store_task_list(struct store *s, int64_t account, const char *enclave,
				  struct store_page page, store_task_visit *visit, void *ctx,
				  struct cloister_fault *why);
/* Those of all accounts whose time has come, the longest waiting first: for the scheduler. */
enum cloister_err store_task_due(struct store *s, uint64_t now_ms, unsigned limit,
				 store_task_visit *visit, void *ctx, struct cloister_fault *why);

struct store_task_change {
	struct bytes name, description, schedule, zone, command; /* without data: stays */
	enum store_task_status status; /* 0: stays */
	enum store_overlap overlap;    /* 0: stays */
	bool set_next;
	uint64_t next_ms;
};
enum cloister_err store_task_update(struct store *s, int64_t account, const char *id,
				    const struct store_task_change *change, uint64_t now_ms,
				    struct cloister_fault *why);
/* With its history. */
enum cloister_err store_task_remove(struct store *s, int64_t account, const char *id,
				    struct cloister_fault *why);

enum store_outcome { STORE_RUN_GOING = 1, STORE_RUN_DONE, STORE_RUN_FAILED, STORE_RUN_SKIPPED };

struct store_run {
	int64_t seq;
	int64_t account;
	char task[STORE_ID_ROOM];
	enum store_outcome outcome;
	int exit_code; /* 0 … 255; -1: none */
	struct bytes detail;
	uint64_t started_ms, ended_ms; /* 0: not yet */
};

typedef enum cloister_err store_run_visit(void *ctx, const struct store_run *run,
					  struct cloister_fault *why);

/* A run begins, the task is RUNNING, and the next one is planned, at once. */
enum cloister_err store_run_begin(struct store *s, int64_t account, const char *task,
				  uint64_t next_ms, uint64_t now_ms, int64_t *run_out,
				  struct cloister_fault *why);
/*
 * It ended; the task waits for the next, or has FAILED, or stays as it was when it is no longer
 * RUNNING. CLOISTER_E_MISSING: no such run is going on.
 */
enum cloister_err store_run_end(struct store *s, int64_t account, int64_t run,
				enum store_outcome outcome, int exit_code, struct bytes detail,
				uint64_t now_ms, struct cloister_fault *why);
/* The last LIMIT_STORE_HISTORY ones. */
enum cloister_err store_run_list(struct store *s, int64_t account, const char *task,
				 struct store_page page, store_run_visit *visit, void *ctx,
				 struct cloister_fault *why);
/* Those of all accounts that go on, or went on when the daemon died: for the scheduler. */
enum cloister_err store_run_going(struct store *s, struct store_page page, store_run_visit *visit,
				  void *ctx, struct cloister_fault *why);

#endif
