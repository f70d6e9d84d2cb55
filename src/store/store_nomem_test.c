/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_nomem_test.c - every allocation of a store's life, SQLite's and OpenSSL's too, gets
 * its turn to fail (one in eleven of them in one go): the call says so or did without, and what it leaves is all or nothing.
 */

#include "base/nomem.h"
#include "store/store_test.h"

#include "store/answer.h"
#include "store/audit.h"
#include "store/schema.h"
#include "store/task.h"

static enum cloister_err look(void *ctx, const struct store_audit *a, struct cloister_fault *why)
{
	(void)why;
	*(uint64_t *)ctx = a->seq;
	return CLOISTER_OK;
}

/* An act of a request: all of it or none. */
static enum cloister_err act(struct store *s, int64_t account, struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	struct store_enclave e = test_enclave_of(account);
	struct store_move m = { .to = STORE_DEPLOYING, .reason = bytes_text("r") };
	struct store_task t = { .account = account, .overlap = 1 };
	struct store_audit line = { .account = account, .action = bytes_text("x") };
	struct store_answer answer = { .status = 201, .body = bytes_text("{}") };
	char task[STORE_ID_ROOM];
	int64_t run;

	TRY(store_begin(s, &tx, why));
	TRY(store_enclave_add(s, &e, NOW, t.enclave, why));
	TRY(store_enclave_move(s, account, t.enclave, &m, NOW, why));
	TRY(store_task_add(s, &t, NOW, task, why));
	TRY(store_run_begin(s, account, task, 5, NOW, &run, why));
	TRY(store_audit_add(s, &line, NOW, why));
	TRY(store_answer_put(s, account, bytes_text(t.enclave), &answer, NOW, why));
	return store_commit(&tx, why);
}

static enum cloister_err read_back(struct store *s, int64_t account, struct cloister_fault *why)
{
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	struct store_enclave e;
	struct store_audit_head head;
	uint64_t last = 0;

	enum cloister_err err = store_enclave_get(s, account, "enc_1_1", &texts, &e, why);
	if (err != CLOISTER_E_MISSING)
		return err;
	TRY(store_audit_list(s, account, (struct store_page){ 0, 9 }, look, &last, why));
	return store_audit_verify(s, &head, why);
}

/* Open, act, read, copy, close. */
static enum cloister_err life(int64_t account, struct cloister_fault *why)
{
	own(drop_store) struct store *s = NULL;
	struct store_spec spec = { test_store_dir, STORE_PRODUCTION, true };

	TRY(store_open(&spec, &s, why));
	TRY(act(s, account, why));
	TRY(read_back(s, account, why));
	return store_backup(s, in_folder("copy.db"), why);
}

static enum cloister_err starved(int64_t account, size_t n)
{
	struct cloister_fault why = { 0 };
	char text[256];

	unlink(in_folder("copy.db"));
	armed = true;
	left = n;
	enum cloister_err err = life(account, &why);
	armed = false;
	if (err != CLOISTER_OK && err != CLOISTER_E_NOMEM)
		fail_msg("allocation %zu: %s", n, cloister_fault_text(&why, text, sizeof text));
	return err;
}

static void check_whole(size_t n)
{
	struct cloister_fault why = { 0 };
	struct store_audit_head head;
	own(drop_store) struct store *s = test_open();
	int64_t enclaves, answers;

	WANT_OK(store_audit_verify(s, &head, &why), &why);
	WANT_OK(schema_ask_int(s->db, "SELECT count(*) FROM enclaves", &enclaves, &why), &why);
	WANT_OK(schema_ask_int(s->db, "SELECT count(*) FROM answers", &answers, &why), &why);
	if (enclaves != (int64_t)head.seq || answers != enclaves)
		fail_msg("allocation %zu: %lld enclaves, %lld lines, %lld answers", n, (long long)enclaves,
			 (long long)head.seq, (long long)answers);
}

static void each_allocation_fails_once(void **state)
{
	size_t n_said = 0, most;
	struct store *s = test_open();
	int64_t account = test_account(s, "a");

	(void)state;
	store_close(s);
	if (!OWN_MALLOC) {
		print_message("the sanitizer has a malloc of its own: skipped\n");
		skip();
	}
	assert_int_equal(starved(account, SIZE_MAX - 1), CLOISTER_OK); /* OpenSSL's own, once */
	n_asked = 0;
	assert_int_equal(starved(account, SIZE_MAX - 1), CLOISTER_OK);
	most = n_asked;
	for (size_t n = 0; n < most; n += 11) { /* a prime: some of each kind */
		n_said += starved(account, n) == CLOISTER_E_NOMEM;
		if (n % 16 == 0)
			check_whole(n);
	}
	check_whole(most);
	print_message("%zu allocations, %zu failures said so\n", most, n_said);
	assert_true(n_said > most / 22);
}

static void making_one(void **state)
{
	struct store_spec spec = { test_store_dir, STORE_PRODUCTION, true };
	size_t n = 0, n_said = 0;

	(void)state;
	if (!OWN_MALLOC)
		skip();
	for (enum cloister_err err = CLOISTER_E_NOMEM; err != CLOISTER_OK || n_said == n; n += 7) {
		struct store *s = NULL;
		folder_empty(test_store_dir);
		armed = true;
		left = n;
		err = store_open(&spec, &s, NULL);
		armed = false;
		assert_true(err == CLOISTER_OK || err == CLOISTER_E_NOMEM);
		assert_int_equal(s != NULL, err == CLOISTER_OK);
		store_close(s);
		store_close(test_open()); /* whatever was left can be gone on with */
		if (left != SIZE_MAX)
			break; /* it no longer failed */
		n_said += err == CLOISTER_E_NOMEM;
	}
	print_message("failed at %zu places\n", n_said);
	assert_true(n_said > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(each_allocation_fails_once),
		STORE_TEST(making_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
