/* SPDX-License-Identifier: Apache-2.0 */
/* task.c - tasks and their runs. */

#include "store/task.h"

#include "base/limits.h"
#include "store/sql.h"

#define TASK_COLUMNS                                                                               \
	"SELECT seq, id, account, enclave, wallet, name, description, schedule, zone, command, overlap," \
	" status, next_ms, last_ms, made_ms, changed_ms FROM tasks"

static void take_task(struct sql *q, struct store_task *t)
{
	t->seq = sql_take_int(q);
	sql_take_id(q, t->id);
	t->account = sql_take_int(q);
	sql_take_id(q, t->enclave);
	sql_take(q, &t->wallet);
	sql_take(q, &t->name);
	sql_take(q, &t->description);
	sql_take(q, &t->schedule);
	sql_take(q, &t->zone);
	sql_take(q, &t->command);
	t->overlap = (enum store_overlap)sql_take_int(q);
	t->status = (enum store_task_status)sql_take_int(q);
	t->next_ms = (uint64_t)sql_take_int(q);
	t->last_ms = (uint64_t)sql_take_int(q);
	t->made_ms = (uint64_t)sql_take_int(q);
	t->changed_ms = (uint64_t)sql_take_int(q);
}

enum cloister_err store_task_add(struct store *s, const struct store_task *task, uint64_t now_ms,
				 char id_out[static STORE_ID_ROOM], struct cloister_fault *why)
{
	char id[STORE_ID_ROOM];
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO tasks (id, account, enclave, wallet, name, description, schedule, zone,"
		   " command, overlap, status, next_ms, made_ms, changed_ms)"
		   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	TRY(store_id_new("task", now_ms, id, why));
	sql_text(&q, bytes_text(id));
	sql_int(&q, task->account);
	sql_text(&q, bytes_text(task->enclave));
	sql_text(&q, task->wallet);
	sql_text(&q, task->name);
	sql_text(&q, task->description);
	sql_text(&q, task->schedule);
	sql_text(&q, task->zone);
	sql_text(&q, task->command);
	sql_int(&q, task->overlap);
	sql_int(&q, STORE_TASK_PENDING);
	sql_int(&q, task->next_ms);
	sql_int(&q, now_ms);
	sql_int(&q, now_ms);
	TRY(sql_run(&q, NULL, why));
	memcpy(id_out, id, sizeof id);
	return CLOISTER_OK;
}

enum cloister_err store_task_get(struct store *s, int64_t account, const char *id,
				 struct buf *texts, struct store_task *out,
				 struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, TASK_COLUMNS " WHERE account = ? AND id = ?");
	struct store_task t;

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	TRY(sql_one(&q, texts, "task", why));
	take_task(&q, &t);
	TRY(sql_done(&q, why));
	*out = t;
	return CLOISTER_OK;
}

static enum cloister_err each_task(struct sql *q, store_task_visit *visit, void *ctx,
				   struct cloister_fault *why)
{
	bool row;

	for (;;) {
		struct store_task t;

		TRY(sql_next(q, &row, why));
		if (!row)
			return CLOISTER_OK;
		take_task(q, &t);
		TRY(sql_done(q, why));
		TRY(visit(ctx, &t, why));
	}
}

enum cloister_err store_task_list(struct store *s, int64_t account, const char *enclave,
				  struct store_page page, store_task_visit *visit, void *ctx,
				  struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, enclave ? TASK_COLUMNS " WHERE account = ? AND enclave = ? AND seq < ?"
					  " ORDER BY seq DESC LIMIT ?" :
			     TASK_COLUMNS " WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?");

	sql_int(&q, account);
	if (enclave)
		sql_text(&q, bytes_text(enclave));
	sql_page(&q, page);
	return each_task(&q, visit, ctx, why);
}

enum cloister_err store_task_due(struct store *s, uint64_t now_ms, unsigned limit,
				 store_task_visit *visit, void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, TASK_COLUMNS " WHERE next_ms > 0 AND next_ms <= ? ORDER BY next_ms LIMIT ?");

	sql_page_up(&q, (struct store_page){ (int64_t)now_ms, limit });
	return each_task(&q, visit, ctx, why);
}

enum cloister_err store_task_update(struct store *s, int64_t account, const char *id,
				    const struct store_task_change *change, uint64_t now_ms,
				    struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE tasks SET name = coalesce(?, name), description = coalesce(?, description),"
		   " schedule = coalesce(?, schedule), zone = coalesce(?, zone), command = coalesce(?, command),"
		   " status = coalesce(nullif(?, 0), status), overlap = coalesce(nullif(?, 0), overlap),"
		   " next_ms = iif(?, ?, next_ms), changed_ms = ? WHERE account = ? AND id = ?");

	sql_text_or_null(&q, change->name);
	sql_text_or_null(&q, change->description);
	sql_text_or_null(&q, change->schedule);
	sql_text_or_null(&q, change->zone);
	sql_text_or_null(&q, change->command);
	sql_int(&q, change->status);
	sql_int(&q, change->overlap);
	sql_int(&q, change->set_next);
	sql_int(&q, change->next_ms);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return sql_run_one(&q, "task", why);
}

enum cloister_err store_task_remove(struct store *s, int64_t account, const char *id,
				    struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, "DELETE FROM tasks WHERE account = ? AND id = ?");

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return sql_run_one(&q, "task", why);
}

static enum cloister_err put_run(struct store *s, int64_t account, const char *task, uint64_t now_ms,
				 int64_t *run_out, struct cloister_fault *why)
{
	own(sql_close) struct sql put = sql_open(
		s, "INSERT INTO runs (account, task, outcome, started_ms) VALUES (?, ?, ?, ?)");
	own(sql_close) struct sql cut = sql_open(
		s, "DELETE FROM runs WHERE account = ?1 AND task = ?2 AND seq <= (SELECT seq FROM runs"
		   " WHERE account = ?1 AND task = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)");

	sql_int(&put, account);
	sql_text(&put, bytes_text(task));
	sql_int(&put, STORE_RUN_GOING);
	sql_int(&put, now_ms);
	TRY(sql_run(&put, NULL, why));
	*run_out = sqlite3_last_insert_rowid(s->db);
	sql_int(&cut, account);
	sql_text(&cut, bytes_text(task));
	sql_int(&cut, LIMIT_STORE_HISTORY);
	return sql_run(&cut, NULL, why);
}

enum cloister_err store_run_begin(struct store *s, int64_t account, const char *task,
				  uint64_t next_ms, uint64_t now_ms, int64_t *run_out,
				  struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE tasks SET status = ?, next_ms = ?, last_ms = ?, changed_ms = ?"
		   " WHERE account = ? AND id = ?");
	int64_t run;

	TRY(store_begin(s, &tx, why));
	sql_int(&q, STORE_TASK_RUNNING);
	sql_int(&q, next_ms);
	sql_int(&q, now_ms);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_text(&q, bytes_text(task));
	TRY(sql_run_one(&q, "task", why));
	TRY(put_run(s, account, task, now_ms, &run, why));
	TRY(store_commit(&tx, why));
	*run_out = run;
	return CLOISTER_OK;
}

static enum cloister_err end_run(struct store *s, int64_t account, int64_t run,
				 enum store_outcome outcome, int exit_code, struct bytes detail,
				 uint64_t now_ms, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE runs SET outcome = ?, exit_code = ?, detail = ?, ended_ms = ?"
		   " WHERE account = ? AND seq = ? AND outcome = 1");

	sql_int(&q, outcome);
	sql_int(&q, exit_code);
	sql_text(&q, detail);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_int(&q, run);
	return sql_run_one(&q, "run", why);
}

/* A task that was stopped meanwhile stays stopped, and one of which another run goes on runs. */
static enum cloister_err settle_task(struct store *s, int64_t account, int64_t run, bool failed,
				     uint64_t now_ms, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE tasks SET status = ?1, changed_ms = ?2 WHERE account = ?3 AND status = 2"
		   " AND id = (SELECT task FROM runs WHERE account = ?3 AND seq = ?4)"
		   " AND NOT EXISTS (SELECT 1 FROM runs"
		   " WHERE account = ?3 AND task = tasks.id AND outcome = 1)");

	sql_int(&q, failed ? STORE_TASK_FAILED : STORE_TASK_PENDING);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_int(&q, run);
	return sql_run(&q, NULL, why);
}

enum cloister_err store_run_end(struct store *s, int64_t account, int64_t run,
				enum store_outcome outcome, int exit_code, struct bytes detail,
				uint64_t now_ms, struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;

	if (outcome == STORE_RUN_GOING)
		return fail(why, CLOISTER_E_USAGE, "store.run", "a run does not end by going on");
	TRY(store_begin(s, &tx, why));
	TRY(end_run(s, account, run, outcome, exit_code, detail, now_ms, why));
	TRY(settle_task(s, account, run, outcome == STORE_RUN_FAILED, now_ms, why));
	return store_commit(&tx, why);
}

#define RUN_COLUMNS \
	"SELECT seq, account, task, outcome, exit_code, detail, started_ms, ended_ms FROM runs"

static enum cloister_err each_run(struct sql *q, store_run_visit *visit, void *ctx,
				  struct cloister_fault *why)
{
	bool row;

	for (;;) {
		struct store_run r;

		TRY(sql_next(q, &row, why));
		if (!row)
			return CLOISTER_OK;
		r.seq = sql_take_int(q);
		r.account = sql_take_int(q);
		sql_take_id(q, r.task);
		r.outcome = (enum store_outcome)sql_take_int(q);
		r.exit_code = (int)sql_take_int(q);
		sql_take(q, &r.detail);
		r.started_ms = (uint64_t)sql_take_int(q);
		r.ended_ms = (uint64_t)sql_take_int(q);
		TRY(sql_done(q, why));
		TRY(visit(ctx, &r, why));
	}
}

enum cloister_err store_run_list(struct store *s, int64_t account, const char *task,
				 struct store_page page, store_run_visit *visit, void *ctx,
				 struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, RUN_COLUMNS " WHERE account = ? AND task = ? AND seq < ? ORDER BY seq DESC LIMIT ?");

	sql_int(&q, account);
	sql_text(&q, bytes_text(task));
	sql_page(&q, page);
	return each_run(&q, visit, ctx, why);
}

enum cloister_err store_run_going(struct store *s, struct store_page page, store_run_visit *visit,
				  void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, RUN_COLUMNS " WHERE outcome = 1 AND seq < ? ORDER BY seq DESC LIMIT ?");

	sql_page(&q, page);
	return each_run(&q, visit, ctx, why);
}
