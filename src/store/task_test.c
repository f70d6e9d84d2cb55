/* SPDX-License-Identifier: Apache-2.0 */
/* task_test.c - tasks, when they are due, how runs begin and end. */

#include "store/store_test.h"

#include "store/task.h"

static struct store_task task_of(int64_t account, const char *enclave, uint64_t next_ms)
{
	struct store_task t = {
		.account = account, .wallet = bytes_text("w"), .name = bytes_text("nightly"),
		.description = bytes_text("d"), .schedule = bytes_text("0 3 * * *"), .zone = bytes_text("Europe/Berlin"),
		.command = bytes_text("[\"true\"]"), .overlap = STORE_OVERLAP_QUEUE, .next_ms = next_ms,
	};

	snprintf(t.enclave, sizeof t.enclave, "%s", enclave);
	return t;
}

static void add(struct store *s, int64_t account, const char *enclave, uint64_t next_ms, char *id)
{
	struct store_task t = task_of(account, enclave, next_ms);
	struct cloister_fault why = { 0 };

	WANT_OK(store_task_add(s, &t, NOW, id, &why), &why);
}

static enum cloister_err see_task(void *ctx, const struct store_task *t, struct cloister_fault *why)
{
	(void)why;
	assert_true(bytes_are(t->name, "nightly"));
	return see(ctx, t->seq);
}

static enum cloister_err see_run(void *ctx, const struct store_run *r, struct cloister_fault *why)
{
	(void)why;
	return see(ctx, r->seq * 1000 + r->outcome * 100 + r->exit_code);
}

static enum store_task_status status_of(struct store *s, int64_t account, const char *id)
{
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	struct cloister_fault why = { 0 };
	struct store_task t;

	WANT_OK(store_task_get(s, account, id, &texts, &t, &why), &why);
	return t.status;
}

static void fields_come_back(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	int64_t a = test_account(s, "a"), b = test_account(s, "b");
	struct cloister_fault why = { 0 };
	char enclave[STORE_ID_ROOM], id[STORE_ID_ROOM];
	struct store_task t;

	(void)state;
	test_enclave(s, a, enclave);
	add(s, a, enclave, NOW + 5, id);
	assert_memory_equal(id, "task_1764000000000_", 19);
	WANT_OK(store_task_get(s, a, id, &texts, &t, &why), &why);
	assert_string_equal(t.enclave, enclave);
	assert_true(bytes_are(t.schedule, "0 3 * * *"));
	assert_true(bytes_are(t.zone, "Europe/Berlin"));
	assert_true(bytes_are(t.command, "[\"true\"]"));
	assert_int_equal(t.overlap, STORE_OVERLAP_QUEUE);
	assert_int_equal(t.status, STORE_TASK_PENDING);
	assert_int_equal(t.next_ms, NOW + 5);
	assert_int_equal(t.last_ms, 0);

	struct store_task_change change = { .name = bytes_text("x"), .status = STORE_TASK_STOPPED, .set_next = true };
	WANT_OK(store_task_update(s, a, id, &change, NOW + 7, &why), &why);
	WANT_OK(store_task_get(s, a, id, &texts, &t, &why), &why);
	assert_true(bytes_are(t.name, "x"));
	assert_true(bytes_are(t.schedule, "0 3 * * *"));
	assert_int_equal(t.status, STORE_TASK_STOPPED);
	assert_int_equal(t.overlap, STORE_OVERLAP_QUEUE);
	assert_int_equal(t.next_ms, 0);
	assert_int_equal(t.changed_ms, NOW + 7);

	/* another account can neither see it nor put one into this enclave */
	struct store_task alien = task_of(b, enclave, 0);
	WANT_REFUSED(store_task_add(s, &alien, NOW, id, &why), CLOISTER_E_MISSING, "does not exist", &why);
	WANT_REFUSED(store_task_get(s, b, t.id, &texts, &t, &why), CLOISTER_E_MISSING, "no such task", &why);
	WANT_REFUSED(store_task_update(s, b, t.id, &change, NOW, &why), CLOISTER_E_MISSING, "no such task", &why);
	WANT_REFUSED(store_task_remove(s, b, t.id, &why), CLOISTER_E_MISSING, "no such task", &why);
	WANT_OK(store_task_remove(s, a, t.id, &why), &why);
	WANT_REFUSED(store_task_get(s, a, t.id, &texts, &t, &why), CLOISTER_E_MISSING, "no such task", &why);
}

static void lists(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t a = test_account(s, "a"), b = test_account(s, "b");
	char one[STORE_ID_ROOM], two[STORE_ID_ROOM], bs[STORE_ID_ROOM], id[STORE_ID_ROOM];
	struct cloister_fault why = { 0 };
	struct store_page all = { 0, 100 };
	struct seen seen = { 0 };

	(void)state;
	test_enclave(s, a, one);
	test_enclave(s, a, two);
	test_enclave(s, b, bs);
	add(s, a, one, NOW + 30, id); /* 1 */
	add(s, a, two, NOW + 10, id); /* 2 */
	add(s, b, bs, NOW + 20, id);  /* 3 */
	add(s, a, one, 0, id);        /* 4: not planned */
	WANT_OK(store_task_list(s, a, NULL, all, see_task, &seen, &why), &why);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.seq[0], 4);
	seen.n = 0;
	WANT_OK(store_task_list(s, a, one, all, see_task, &seen, &why), &why);
	assert_int_equal(seen.n, 2);
	seen.n = 0;
	WANT_OK(store_task_list(s, b, one, all, see_task, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
	WANT_OK(store_task_due(s, NOW + 9, 100, see_task, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
	WANT_OK(store_task_due(s, NOW + 30, 2, see_task, &seen, &why), &why);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.seq[0], 2);
	assert_int_equal(seen.seq[1], 3);
}

static void runs_begin_and_end(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	int64_t a = test_account(s, "a"), b = test_account(s, "b"), run = 0, second = 0;
	char enclave[STORE_ID_ROOM], id[STORE_ID_ROOM];
	struct cloister_fault why = { 0 };
	struct store_page all = { 0, 100 };
	struct seen seen = { 0 };
	struct store_task t;

	(void)state;
	test_enclave(s, a, enclave);
	add(s, a, enclave, NOW, id);
	WANT_REFUSED(store_run_begin(s, b, id, 0, NOW, &run, &why), CLOISTER_E_MISSING, "no such task", &why);
	WANT_OK(store_run_begin(s, a, id, NOW + 100, NOW + 1, &run, &why), &why);
	WANT_OK(store_task_get(s, a, id, &texts, &t, &why), &why);
	assert_int_equal(t.status, STORE_TASK_RUNNING);
	assert_int_equal(t.next_ms, NOW + 100);
	assert_int_equal(t.last_ms, NOW + 1);
	WANT_OK(store_run_going(s, all, see_run, &seen, &why), &why);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.seq[0], 1000 + STORE_RUN_GOING * 100 - 1);

	/* a second one beside it: the task runs until both have ended */
	WANT_OK(store_run_begin(s, a, id, NOW + 200, NOW + 2, &second, &why), &why);
	WANT_REFUSED(store_run_end(s, b, run, STORE_RUN_DONE, 0, BYTES_NONE, NOW, &why), CLOISTER_E_MISSING, "no such run", &why);
	WANT_REFUSED(store_run_end(s, a, run, STORE_RUN_GOING, 0, BYTES_NONE, NOW, &why), CLOISTER_E_USAGE, "going on", &why);
	WANT_OK(store_run_end(s, a, run, STORE_RUN_FAILED, 3, bytes_text("exit 3"), NOW + 3, &why), &why);
	assert_int_equal(status_of(s, a, id), STORE_TASK_RUNNING);
	WANT_REFUSED(store_run_end(s, a, run, STORE_RUN_DONE, 0, BYTES_NONE, NOW, &why), CLOISTER_E_MISSING, "no such run", &why);
	WANT_OK(store_run_end(s, a, second, STORE_RUN_DONE, 0, BYTES_NONE, NOW + 4, &why), &why);
	assert_int_equal(status_of(s, a, id), STORE_TASK_PENDING);

	/* the last one decides; a task that was stopped stays so */
	WANT_OK(store_run_begin(s, a, id, 0, NOW + 5, &run, &why), &why);
	WANT_OK(store_run_end(s, a, run, STORE_RUN_FAILED, 1, BYTES_NONE, NOW + 6, &why), &why);
	assert_int_equal(status_of(s, a, id), STORE_TASK_FAILED);
	WANT_OK(store_run_begin(s, a, id, 0, NOW + 5, &run, &why), &why);
	struct store_task_change stop = { .status = STORE_TASK_STOPPED };
	WANT_OK(store_task_update(s, a, id, &stop, NOW, &why), &why);
	WANT_OK(store_run_end(s, a, run, STORE_RUN_DONE, 0, BYTES_NONE, NOW + 6, &why), &why);
	assert_int_equal(status_of(s, a, id), STORE_TASK_STOPPED);

	seen.n = 0;
	WANT_OK(store_run_list(s, a, id, all, see_run, &seen, &why), &why);
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.seq[3], 1000 + STORE_RUN_FAILED * 100 + 3);
	seen.n = 0;
	WANT_OK(store_run_list(s, b, id, all, see_run, &seen, &why), &why);
	WANT_OK(store_run_going(s, all, see_run, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
}

static void history_is_bounded(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t a = test_account(s, "a"), run = 0;
	char enclave[STORE_ID_ROOM], id[STORE_ID_ROOM];
	struct cloister_fault why = { 0 };
	struct store_page all = { 0, 1000 };
	struct seen seen = { 0 };
	struct store_tx tx;

	(void)state;
	test_enclave(s, a, enclave);
	add(s, a, enclave, NOW, id);
	WANT_OK(store_begin(s, &tx, &why), &why);
	for (unsigned i = 0; i < 1100; i++) {
		WANT_OK(store_run_begin(s, a, id, 0, NOW, &run, &why), &why);
		WANT_OK(store_run_end(s, a, run, STORE_RUN_DONE, 0, BYTES_NONE, NOW, &why), &why);
	}
	WANT_OK(store_commit(&tx, &why), &why);
	WANT_OK(store_run_list(s, a, id, all, see_run, &seen, &why), &why);
	assert_int_equal(seen.n, 1000);
	all.after = 101;
	seen.n = 0;
	WANT_OK(store_run_list(s, a, id, all, see_run, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
	WANT_OK(store_task_remove(s, a, id, &why), &why);
	all.after = 0;
	WANT_OK(store_run_list(s, a, id, all, see_run, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(fields_come_back),
		STORE_TEST(lists),
		STORE_TEST(runs_begin_and_end),
		STORE_TEST(history_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
