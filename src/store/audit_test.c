/* SPDX-License-Identifier: Apache-2.0 */
/* audit_test.c - the chain: its very bytes, what breaks it, and that nobody can rewrite it here. */

#include "store/store_test.h"

#include "store/audit.h"

static void add(struct store *s, int64_t account, const char *action)
{
	struct store_audit a = { .account = account, .actor = bytes_text("key_1"), .action = bytes_text(action),
				 .target = bytes_text("enc_\"1\""), .detail = bytes_text("{}") };
	struct cloister_fault why = { 0 };

	WANT_OK(store_audit_add(s, &a, NOW, &why), &why);
}

/* Computed with Python's json and hashlib, so that the format is not only what this code does. */
static void lines_have_these_bytes(void **state)
{
	struct store_audit a = { .seq = 1, .at_ms = NOW, .account = 7, .actor = bytes_text("key_1"),
				 .action = bytes_text("enclave.create"), .target = bytes_text("enc_\"1\""),
				 .detail = bytes_text("n\xc3\xa4me\n") };
	static const uint8_t zeros[SHA256_LEN];
	own(buf_fini) struct buf line = BUF_INIT(4096);
	struct cloister_fault why = { 0 };
	uint8_t hash[SHA256_LEN], next[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	(void)state;
	WANT_OK(store_audit_line(&a, &line, &why), &why);
	assert_string_equal(buf_string(&line),
			    "{\"account\":7,\"action\":\"enclave.create\",\"actor\":\"key_1\",\"at\":1764000000000,"
			    "\"detail\":\"n\xc3\xa4me\\n\",\"seq\":1,\"target\":\"enc_\\\"1\\\"\"}");
	WANT_OK(store_audit_hash(zeros, buf_bytes(&line), hash, &why), &why);
	hex_write(BYTES_OF(hash), hex);
	assert_string_equal(hex, "9e4915be10f89e507ef74439b7bcaa644444a0794262d0193fc73d2055aa8498");
	WANT_OK(store_audit_hash(hash, buf_bytes(&line), next, &why), &why);
	hex_write(BYTES_OF(next), hex);
	assert_string_equal(hex, "6442898ccb943ef5f684d087f348cb0a8f085dddb4ecef412c38db5529e24c09");
}

static enum cloister_err see_line(void *ctx, const struct store_audit *a, struct cloister_fault *why)
{
	(void)why;
	assert_true(bytes_are(a->actor, "key_1"));
	assert_true(bytes_are(a->target, "enc_\"1\""));
	assert_true(bytes_are(a->detail, "{}"));
	assert_int_equal(a->at_ms, NOW);
	return see(ctx, (int64_t)a->seq);
}

static void the_chain_holds(void **state)
{
	own(drop_store) struct store *s = test_open();
	struct cloister_fault why = { 0 };
	struct store_audit_head head, last;
	struct seen seen = { 0 };

	(void)state;
	WANT_OK(store_audit_verify(s, &head, &why), &why);
	assert_int_equal(head.seq, 0);
	assert_true(mem_is_zero(head.hash, sizeof head.hash));
	for (size_t i = 0; i < 1001; i++) /* more than a page */
		add(s, i % 10 == 3 ? 2 : 1, "x");
	WANT_OK(store_audit_verify(s, &head, &why), &why);
	assert_int_equal(head.seq, 1001);
	WANT_OK(store_audit_last(s, &last, &why), &why);
	assert_memory_equal(head.hash, last.hash, sizeof head.hash);
	WANT_OK(store_audit_list(s, 2, (struct store_page){ 995, 3 }, see_line, &seen, &why), &why);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.seq[0], 994);
	assert_int_equal(seen.seq[2], 974);
	seen.n = 0;
	WANT_OK(store_audit_list_all(s, (struct store_page){ 999, 9 }, see_line, &seen, &why), &why);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.seq[0], 1000);
	seen.n = 0;
	WANT_OK(store_audit_list(s, 3, (struct store_page){ 0, 9 }, see_line, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
}

static enum cloister_err try_sql(struct store *s, const char *sql, struct cloister_fault *why)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? CLOISTER_OK : sql_fail(s->db, rc, why);
}

static void sign(struct store *s, uint64_t seq)
{
	struct store_checkpoint c = { .signature = bytes_text("signed"), .at_ms = NOW };
	struct cloister_fault why = { 0 };

	WANT_OK(store_audit_last(s, &c.head, &why), &why);
	assert_int_equal(c.head.seq, seq);
	WANT_OK(store_checkpoint_add(s, &c, &why), &why);
}

static void only_ever_added_to(void **state)
{
	static const char *const rows[] = {
		"UPDATE audit SET action = 'y'",
		"UPDATE audit SET seq = 9 WHERE seq = 2",
		"DELETE FROM audit WHERE seq = 2",
		"DELETE FROM audit",
		"INSERT OR REPLACE INTO audit SELECT 1, 1, 1, 'a', 'b', 'c', 'd', prev, hash FROM audit WHERE seq = 1",
		"INSERT INTO audit SELECT 9, 1, 1, 'a', 'b', 'c', 'd', prev, hash FROM audit WHERE seq = 1",
		"UPDATE checkpoints SET signature = x'00'",
		"DELETE FROM checkpoints",
		"INSERT OR REPLACE INTO checkpoints SELECT seq, hash, x'00', 1 FROM audit WHERE seq = 2",
	};
	own(drop_store) struct store *s = test_open();
	struct cloister_fault why = { 0 };
	struct store_audit_head head;

	(void)state;
	add(s, 1, "x");
	add(s, 1, "x");
	sign(s, 2);
	for (size_t i = 0; i < N_OF(rows); i++)
		WANT_REFUSED(try_sql(s, rows[i], &why), CLOISTER_E_USAGE, "only ever added to", &why);
	WANT_OK(store_audit_verify(s, &head, &why), &why);
	assert_int_equal(head.seq, 2);
}

/* Somebody with an editor, who first takes the triggers out. */
static void changes_are_found(void **state)
{
	static const struct {
		const char *sql, *says;
	} rows[] = {
		{ "UPDATE audit SET actor = 'key_2' WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET action = '' WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET target = 'enc_1' WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET detail = '{} ' WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET account = 2 WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET prev = zeroblob(32) WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", "line 3 was changed" },
		{ "UPDATE audit SET prev = hash WHERE seq = 1", "line 1 was changed" },
		{ "DELETE FROM audit WHERE seq = 3", "line 3 is missing" },
		{ "DELETE FROM audit WHERE seq = 1", "line 1 is missing" },
		{ "UPDATE audit SET seq = seq + 10 WHERE seq > 3", "line 4 is missing" },
		{ "DELETE FROM audit WHERE seq > 3", "checkpoint at line 4" }, /* cut off at the end */
		{ "UPDATE checkpoints SET hash = zeroblob(32)", "checkpoint at line 4" },
		{ "UPDATE checkpoints SET seq = 3", "checkpoint at line 3" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct store *s = test_open();
		struct cloister_fault why = { 0 };
		struct store_audit_head head = { .seq = 99 };

		for (size_t n = 0; n < 4; n++)
			add(s, 1, "x");
		sign(s, 4);
		add(s, 1, "x");
		WANT_OK(try_sql(s, "DROP TRIGGER audit_kept; DROP TRIGGER audit_whole; DROP TRIGGER checkpoints_kept;"
				   "PRAGMA foreign_keys = OFF", &why), &why);
		WANT_OK(try_sql(s, rows[i].sql, &why), &why);
		WANT_REFUSED(store_audit_verify(s, &head, &why), CLOISTER_E_MALFORMED, rows[i].says, &why);
		assert_int_equal(head.seq, 99);
		store_close(s);
		folder_empty(test_store_dir);
	}
}

static enum cloister_err see_checkpoint(void *ctx, const struct store_checkpoint *c, struct cloister_fault *why)
{
	(void)why;
	assert_true(bytes_are(c->signature, "signed"));
	assert_int_equal(c->at_ms, NOW);
	return see(ctx, (int64_t)c->head.seq);
}

static void checkpoints_are_about_lines(void **state)
{
	own(drop_store) struct store *s = test_open();
	struct store_checkpoint c = { .signature = bytes_text("x") };
	struct cloister_fault why = { 0 };
	struct seen seen = { 0 };

	(void)state;
	WANT_REFUSED(store_checkpoint_add(s, &c, &why), CLOISTER_E_USAGE, "no line 0", &why);
	add(s, 1, "x");
	WANT_OK(store_audit_last(s, &c.head, &why), &why);
	c.head.hash[0] ^= 1;
	WANT_REFUSED(store_checkpoint_add(s, &c, &why), CLOISTER_E_USAGE, "no line 1 has", &why);
	sign(s, 1);
	c.head.hash[0] ^= 1;
	WANT_REFUSED(store_checkpoint_add(s, &c, &why), CLOISTER_E_USAGE, "added to", &why);
	add(s, 1, "x");
	sign(s, 2);
	WANT_OK(store_checkpoint_list(s, (struct store_page){ 0, 9 }, see_checkpoint, &seen, &why), &why);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.seq[0], 2);
}

/* A line and the act it tells of: both or neither. */
static void goes_with_the_act(void **state)
{
	own(drop_store) struct store *s = test_open();
	struct cloister_fault why = { 0 };
	struct store_audit_head head;
	int64_t a = test_account(s, "a");
	char id[STORE_ID_ROOM];
	struct store_tx tx;

	(void)state;
	WANT_OK(store_begin(s, &tx, &why), &why);
	test_enclave(s, a, id);
	add(s, a, "enclave.create");
	store_rollback(&tx);
	WANT_OK(store_audit_last(s, &head, &why), &why);
	assert_int_equal(head.seq, 0);
	add(s, a, "x");
	WANT_OK(store_audit_verify(s, &head, &why), &why);
	assert_int_equal(head.seq, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(lines_have_these_bytes),
		STORE_TEST(the_chain_holds),
		STORE_TEST(only_ever_added_to),
		STORE_TEST(changes_are_found),
		STORE_TEST(checkpoints_are_about_lines),
		STORE_TEST(goes_with_the_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
