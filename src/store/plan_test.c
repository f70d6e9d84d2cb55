/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_test.c - no statement reads more than it tells: each names whose rows it wants,
 * SQLite's own plans have no scan and no sorting, and a page costs the same steps in a
 * large table as in a small one.
 */

#include "store/store_test.h"

#include "store/answer.h"
#include "store/audit.h"
#include "store/task.h"

static const struct store_page page = { 0, 20 };

#define VISIT(name, type)                                                                    \
	static enum cloister_err name(void *ctx, const type *row, struct cloister_fault *why) \
	{                                                                                    \
		(void)row;                                                                   \
		(void)why;                                                                   \
		++*(size_t *)ctx;                                                            \
		return CLOISTER_OK;                                                          \
	}
VISIT(an_account, struct store_account)
VISIT(a_key, struct store_key)
VISIT(an_enclave, struct store_enclave)
VISIT(a_transition, struct store_transition)
VISIT(a_task, struct store_task)
VISIT(a_run, struct store_run)
VISIT(a_line, struct store_audit)
VISIT(a_checkpoint, struct store_checkpoint)

struct have {
	struct store *store;
	int64_t account;
	char enclave[STORE_ID_ROOM], task[STORE_ID_ROOM];
};

/* `n` of everything that a list can be long of, beside another account's. */
static void fill(struct have *h, size_t n)
{
	struct store *s = h->store;
	struct cloister_fault why = { 0 };
	struct store_key k = { .account = h->account };
	struct store_audit line = { .account = h->account };
	struct store_answer answer = { .status = 200 };
	char id[STORE_ID_ROOM];
	struct store_tx tx;

	WANT_OK(store_begin(s, &tx, &why), &why);
	for (size_t i = 0; i < n; i++) {
		int64_t run, other = test_account(s, "o");
		struct store_checkpoint c = { .at_ms = NOW };
		struct store_task t = { .account = h->account, .overlap = 1, .next_ms = 1 };

		memcpy(t.enclave, h->enclave, sizeof t.enclave);
		test_enclave(s, other, id);
		test_enclave(s, h->account, id);
		memcpy(k.hash, &other, sizeof other);
		WANT_OK(store_key_add(s, &k, NOW, id, &why), &why);
		WANT_OK(store_task_add(s, &t, NOW, id, &why), &why);
		WANT_OK(store_run_begin(s, h->account, h->task, 1, NOW, &run, &why), &why);
		test_move(s, h->account, h->enclave, i % 2 ? STORE_DEPLOYING : STORE_DEPLOYED);
		WANT_OK(store_audit_add(s, &line, NOW, &why), &why);
		WANT_OK(store_audit_last(s, &c.head, &why), &why);
		WANT_OK(store_checkpoint_add(s, &c, &why), &why);
		snprintf(id, sizeof id, "%lld", (long long)other);
		WANT_OK(store_answer_put(s, h->account, bytes_text(id), &answer, NOW, &why), &why);
	}
	WANT_OK(store_commit(&tx, &why), &why);
}

static void begin(struct have *h)
{
	struct cloister_fault why = { 0 };
	struct store_task t = { .overlap = 1 };

	h->store = test_open();
	h->account = t.account = test_account(h->store, "a");
	test_enclave(h->store, h->account, h->enclave);
	test_move(h->store, h->account, h->enclave, STORE_DEPLOYING);
	memcpy(t.enclave, h->enclave, sizeof t.enclave);
	WANT_OK(store_task_add(h->store, &t, NOW, h->task, &why), &why);
}

static void list_all(struct have *h)
{
	struct store *s = h->store;
	struct cloister_fault why = { 0 };
	int64_t a = h->account;
	size_t n[12] = { 0 };

	WANT_OK(store_account_list(s, page, an_account, &n[0], &why), &why);
	WANT_OK(store_key_list(s, a, page, a_key, &n[1], &why), &why);
	WANT_OK(store_enclave_list(s, a, page, an_enclave, &n[2], &why), &why);
	WANT_OK(store_enclave_list_status(s, STORE_PENDING_DEPLOY, page, an_enclave, &n[3], &why), &why);
	WANT_OK(store_transition_list(s, a, h->enclave, page, a_transition, &n[4], &why), &why);
	WANT_OK(store_task_list(s, a, NULL, page, a_task, &n[5], &why), &why);
	WANT_OK(store_task_list(s, a, h->enclave, page, a_task, &n[6], &why), &why);
	WANT_OK(store_task_due(s, NOW, page.limit, a_task, &n[7], &why), &why);
	WANT_OK(store_run_list(s, a, h->task, page, a_run, &n[8], &why), &why);
	WANT_OK(store_run_going(s, page, a_run, &n[9], &why), &why);
	WANT_OK(store_audit_list(s, a, page, a_line, &n[10], &why), &why);
	WANT_OK(store_audit_list_all(s, page, a_line, &n[11], &why), &why);
	for (size_t i = 0; i < N_OF(n); i++)
		if (n[i] != page.limit)
			fail_msg("list %zu gave %zu rows", i, n[i]);
	n[0] = 0;
	WANT_OK(store_checkpoint_list(s, page, a_checkpoint, &n[0], &why), &why);
	assert_int_equal(n[0], page.limit);
}

/* Everything else that there is, so that its statements are prepared; refusals are fine. */
static void touch_all(struct have *h)
{
	own(buf_fini) struct buf texts = BUF_INIT(1u << 20);
	struct store *s = h->store;
	struct store_key_change key_change = { 0 };
	struct store_enclave_change change = { 0 };
	struct store_task_change task_change = { 0 };
	struct store_audit_head head;
	struct store_key key = { .account = h->account };
	struct store_enclave e;
	struct store_task t;
	struct store_answer answer;
	struct bytes x, y;
	int64_t n, a = h->account;

	(void)store_wallet_add(s, a, bytes_text("w"), NOW, NULL);
	(void)store_wallet_account(s, bytes_text("w"), &n, NULL);
	(void)store_key_find(s, key.hash, NOW, &texts, &key, NULL);
	(void)store_key_get(s, a, "key", &texts, &key, NULL);
	(void)store_key_used(s, &key, NOW, NULL);
	(void)store_key_update(s, a, "key", &key_change, NOW, NULL);
	(void)store_key_remove(s, a, "key", NULL);
	(void)store_enclave_get(s, a, "e", &texts, &e, NULL);
	(void)store_enclave_update(s, a, "e", &change, NOW, NULL);
	(void)store_enclave_remove(s, a, "e", NULL);
	(void)store_credential_put(s, a, "e", x = BYTES_NONE, BYTES_NONE, NULL);
	(void)store_credential_get(s, a, "e", &texts, &x, &y, NULL);
	(void)store_task_get(s, a, "t", &texts, &t, NULL);
	(void)store_task_update(s, a, "t", &task_change, NOW, NULL);
	(void)store_task_remove(s, a, "t", NULL);
	(void)store_run_end(s, a, 1, STORE_RUN_DONE, 0, BYTES_NONE, NOW, NULL);
	(void)store_answer_get(s, a, bytes_text("k"), key.hash, &texts, &answer, NULL);
	(void)store_answer_expire(s, 1, &n, NULL);
	struct cloister_fault why = { 0 };
	WANT_OK(store_audit_verify(s, &head, &why), &why);
}

/* The one that is meant to read everything: verifying the chain. */
static bool reads_all(const char *sql)
{
	return strstr(sql, "LEFT JOIN audit USING") != NULL;
}

static void explain(sqlite3 *db, const char *sql)
{
	char *question = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_prepare_v2(db, question, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(q, 3);
		if (strstr(step, "SCAN") || strstr(step, "TEMP B-TREE"))
			fail_msg("%s\n\t%s", sql, step);
	}
	sqlite3_finalize(q);
	sqlite3_free(question);
}

/*
 * What may read or change owned things without naming an account: the look-up that finds
 * out whose key it is, what the scheduler and the operator ask, and expiry.
 */
static bool is_for_nobody(const char *sql)
{
	static const char *const rows[] = {
		"FROM keys WHERE hash = ? AND status = 1",
		"FROM enclaves WHERE status = ? AND seq < ?",
		"FROM tasks WHERE next_ms > 0 AND next_ms <= ?",
		"FROM runs WHERE outcome = 1 AND seq < ?",
		"FROM audit WHERE seq > ? ORDER BY seq",
		"SELECT seq, hash FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
		"SELECT seq, hash, ?, ? FROM audit",
		"LEFT JOIN audit USING",
		"DELETE FROM answers WHERE rowid IN",
	};

	for (size_t i = 0; i < N_OF(rows); i++)
		if (strstr(sql, rows[i]))
			return true;
	return false;
}

static bool is_owned(const char *sql)
{
	static const char *const tables[] = { "keys", "enclaves", "transitions", "tasks", "runs",
					      "credentials", "answers", "audit" };
	char from[32], update[32];

	for (size_t i = 0; i < N_OF(tables); i++) {
		snprintf(from, sizeof from, "FROM %s", tables[i]);
		snprintf(update, sizeof update, "UPDATE %s", tables[i]);
		if (strstr(sql, from) || strstr(sql, update))
			return true;
	}
	return false;
}

/* Each WHERE begins with the account, those of subqueries too. */
static bool names_the_account(const char *sql)
{
	size_t n = 0;

	for (const char *at = sql; (at = strstr(at, "WHERE")); at++, n++)
		if (strncmp(at, "WHERE account = ?", 17) != 0)
			return false;
	return n > 0;
}

static void owners_are_named(void **state)
{
	size_t n = 0;
	struct have h;

	(void)state;
	begin(&h);
	fill(&h, page.limit);
	list_all(&h);
	touch_all(&h);
	for (size_t i = 0; i < h.store->n_kept; i++) {
		const char *sql = h.store->kept[i].text;
		if (!is_owned(sql) || is_for_nobody(sql))
			continue;
		if (!names_the_account(sql))
			fail_msg("%s", sql);
		n++;
	}
	print_message("%zu statements name their account\n", n);
	assert_true(n >= 25);
	store_close(h.store);
}

static void no_plan_scans_or_sorts(void **state)
{
	size_t n_lists = 0, n_all = 0;
	struct have h;

	(void)state;
	begin(&h);
	fill(&h, page.limit);
	list_all(&h);
	touch_all(&h);
	for (size_t i = 0; i < h.store->n_kept; i++) {
		const char *sql = h.store->kept[i].text;
		n_all++;
		n_lists += strncmp(sql, "SELECT", 6) == 0 && strstr(sql, "ORDER BY") != NULL;
		if (!reads_all(sql))
			explain(h.store->db, sql);
	}
	print_message("%zu statements, %zu of them lists\n", n_all, n_lists);
	assert_int_equal(n_lists, 13);
	assert_true(n_all > 50);
	store_close(h.store);
}

/* What SQLite's machine did for each list, added up. */
static int steps(struct have *h)
{
	int n = 0;

	for (size_t i = 0; i < h->store->n_kept; i++)
		(void)sqlite3_stmt_status(h->store->kept[i].stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
	list_all(h);
	for (size_t i = 0; i < h->store->n_kept; i++) {
		sqlite3_stmt *q = h->store->kept[i].stmt;
		n += sqlite3_stmt_status(q, SQLITE_STMTSTATUS_VM_STEP, 0);
		assert_int_equal(sqlite3_stmt_status(q, SQLITE_STMTSTATUS_SORT, 0), 0);
		assert_int_equal(sqlite3_stmt_status(q, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
	}
	return n;
}

static void a_page_costs_the_same(void **state)
{
	struct have h;

	(void)state;
	begin(&h);
	fill(&h, page.limit);
	list_all(&h);
	int small = steps(&h);
	fill(&h, 3000);
	int large = steps(&h);
	print_message("13 pages: %d steps of 20 rows, %d of 3,020\n", small, large);
	assert_true(small > 13 * 20);
	assert_in_range(large, small - 13, small + 13); /* a full page need not look for the end */
	store_close(h.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(owners_are_named),
		STORE_TEST(no_plan_scans_or_sorts),
		STORE_TEST(a_page_costs_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
