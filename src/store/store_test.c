/* SPDX-License-Identifier: Apache-2.0 */
/* store_test.c - opening, versions, transactions, copies. */

#include "store/store_test.h"

#include "store/audit.h"
#include "store/schema.h"

static void exec(sqlite3 *db, const char *sql)
{
	char *says = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &says) != SQLITE_OK)
		fail_msg("%.60s: %s", sql, says);
}

/* Reach around the store. */
static void exec_file(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	exec(db, sql);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static enum cloister_err open_as(enum store_kind kind, bool make, struct cloister_fault *why)
{
	own(drop_store) struct store *s = NULL;
	struct store_spec spec = { test_store_dir, kind, make };

	return store_open(&spec, &s, why);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void opens_what_it_made(void **state)
{
	struct cloister_fault why = { 0 };
	mode_t before = umask(0);

	(void)state;
	WANT_REFUSED(open_as(STORE_DEV, false, &why), CLOISTER_E_MISSING, "no folder", &why);
	mkdir(test_store_dir, 0700);
	WANT_REFUSED(open_as(STORE_DEV, false, &why), CLOISTER_E_MISSING, "there is none yet", &why);
	rmdir(test_store_dir);
	struct store *s = test_open();
	assert_int_equal(mode_of(test_store_dir), 0700);
	assert_int_equal(mode_of(in_folder("store/cloister.db")), 0600);
	assert_int_equal(mode_of(in_folder("store/cloister.db-wal")), 0600);
	assert_int_equal(mode_of(in_folder("store/cloister.db-shm")), 0600);
	int64_t account = test_account(s, "first");
	store_close(s);
	s = test_open();
	assert_int_equal(test_account(s, "second"), account + 1);
	store_close(s);
	umask(before);
}

static void is_wary(void **state)
{
	own(drop_store) struct store *s = test_open();
	static const struct {
		const char *sql;
		int64_t is;
	} rows[] = {
		{ "PRAGMA synchronous", 2 },	{ "PRAGMA foreign_keys", 1 }, { "PRAGMA trusted_schema", 0 },
		{ "PRAGMA secure_delete", 1 },	{ "PRAGMA cell_size_check", 1 }, { "PRAGMA mmap_size", 0 },
		{ "PRAGMA busy_timeout", 2000 }, { "SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
						   " AND name NOT LIKE 'sqlite_%' AND strict = 0", 0 },
	};
	struct cloister_fault why = { 0 };
	char mode[8];
	int64_t is;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		WANT_OK(schema_ask_int(s->db, rows[i].sql, &is, &why), &why);
		if (is != rows[i].is)
			fail_msg("%s: %lld", rows[i].sql, (long long)is);
	}
	WANT_OK(schema_ask_text(s->db, "PRAGMA journal_mode", mode, sizeof mode, &why), &why);
	assert_string_equal(mode, "wal");
	/* defensive: not even its own connection may rewrite the schema */
	exec(s->db, "PRAGMA writable_schema = ON");
	assert_int_not_equal(sqlite3_exec(s->db, "UPDATE sqlite_schema SET sql = ''", NULL, NULL, NULL), SQLITE_OK);
}

static void kinds_are_kept_apart(void **state)
{
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(open_as(STORE_DEV, true, &why), &why);
	WANT_OK(open_as(STORE_DEV, false, &why), &why);
	WANT_REFUSED(open_as(STORE_PRODUCTION, true, &why), CLOISTER_E_USAGE, "was made with --dev", &why);
	folder_empty(test_store_dir);
	WANT_OK(open_as(STORE_PRODUCTION, true, &why), &why);
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_USAGE, "was made for production", &why);
}

static void open_to_others(void **state)
{
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(open_as(STORE_DEV, true, &why), &why);
	chmod(test_store_dir, 0750);
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_USAGE, "mode 0700", &why);
	chmod(test_store_dir, 0700);
	chmod(in_folder("store/cloister.db"), 0640);
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_USAGE, "mode 0600", &why);
	rename(in_folder("store/cloister.db"), in_folder("moved.db"));
	assert_int_equal(symlink(in_folder("moved.db"), in_folder("store/cloister.db")), 0);
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_USAGE, "no file of ours", &why);
}

static void newer_and_foreign_files(void **state)
{
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(open_as(STORE_DEV, true, &why), &why);
	exec_file(in_folder("store/cloister.db"), "UPDATE meta SET version = 9");
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_UNSUPPORTED,
		     "it is of version 9 and this program knows 1", &why);
	exec_file(in_folder("store/cloister.db"), "UPDATE meta SET version = 0");
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_MALFORMED, "no version 0", &why);
	exec_file(in_folder("store/cloister.db"), "DELETE FROM meta");
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_MALFORMED, "row is missing", &why);
	exec_file(in_folder("store/cloister.db"), "PRAGMA application_id = 7");
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_UNSUPPORTED, "another program's", &why);
}

/* Write `len` bytes of `fill` at `at` of the database file. */
static void scribble(off_t at, uint8_t fill, size_t len)
{
	int fd = open(in_folder("store/cloister.db"), O_WRONLY);

	for (size_t i = 0; i < len; i++)
		assert_int_equal(pwrite(fd, &fill, 1, at + (off_t)i), 1);
	close(fd);
}

static void damage_is_noticed(void **state)
{
	struct cloister_fault why = { 0 };
	struct stat st;

	(void)state;
	WANT_OK(open_as(STORE_DEV, true, &why), &why);
	assert_int_equal(stat(in_folder("store/cloister.db"), &st), 0);
	/* each page in turn, the first behind its header */
	for (off_t at = 0; at < st.st_size; at += 4096) {
		folder_empty(test_store_dir);
		WANT_OK(open_as(STORE_DEV, true, &why), &why);
		scribble(at ? at : 100, 0xa5, 200);
		WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_MALFORMED, "damaged", &why);
	}
	scribble(0, 'x', 16);
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_MALFORMED, "no database", &why);
	assert_int_equal(truncate(in_folder("store/cloister.db"), 5000), 0);
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_MALFORMED, "damaged", &why);
}

/* Rows that point nowhere: damage of another sort. */
static void loose_rows_are_noticed(void **state)
{
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(open_as(STORE_DEV, true, &why), &why);
	exec_file(in_folder("store/cloister.db"),
		  "INSERT INTO wallets (account, wallet, made_ms) VALUES (77, 'w', 1)");
	WANT_REFUSED(open_as(STORE_DEV, true, &why), CLOISTER_E_MALFORMED, "belong to nobody", &why);
}

/* A store that died between being made and its first table is an empty one. */
static void dies_before_the_first_table(void **state)
{
	struct cloister_fault why = { 0 };

	(void)state;
	mkdir(test_store_dir, 0700);
	close(open(in_folder("store/cloister.db"), O_CREAT | O_WRONLY, 0600));
	WANT_REFUSED(open_as(STORE_DEV, false, &why), CLOISTER_E_MISSING, "it is empty", &why);
	exec_file(in_folder("store/cloister.db"), "PRAGMA journal_mode = WAL");
	WANT_REFUSED(open_as(STORE_DEV, false, &why), CLOISTER_E_MISSING, "it is empty", &why);
	WANT_OK(open_as(STORE_DEV, true, &why), &why);
	WANT_OK(open_as(STORE_DEV, false, &why), &why);
}

/* Version 1 as it was released; what is in it is kept for ever. */
static const char version_1[] =
#include "store/schema_1.inc"
	;

static void version_1_is_opened(void **state)
{
	struct cloister_fault why = { 0 };
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	struct store_enclave e;
	char path[128];

	(void)state;
	mkdir(test_store_dir, 0700);
	snprintf(path, sizeof path, "%s/cloister.db", test_store_dir);
	exec_file(path, version_1);
	exec_file(path, "PRAGMA application_id = 1129074003;"
			"INSERT INTO meta VALUES (1, 1, 'production');"
			"INSERT INTO accounts VALUES (3, 'old', 5);"
			"INSERT INTO enclaves (id, account, wallet, name, description, region, provider_id,"
			" provider_config, source_type, github, status, made_ms, changed_ms) VALUES"
			" ('enc_1_abc', 3, 'w', 'kept', '', '', '', '{}', '', '', 6, 7, 8)");
	chmod(path, 0600);
	own(drop_store) struct store *s = test_open();
	WANT_OK(store_enclave_get(s, 3, "enc_1_abc", &texts, &e, &why), &why);
	assert_true(bytes_are(e.name, "kept"));
	assert_int_equal(e.status, STORE_DEPLOYED);
	assert_int_equal(test_account(s, "new"), 4);
}

/* Text of all tables, indexes and triggers, in one order. */
static void schema_text(sqlite3 *db, struct buf *out)
{
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE sql NOT NULL"
						" AND name <> 'sqlite_sequence' ORDER BY type, name",
					    -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		buf_print(out, "%s\n", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
}

static void version_1_has_not_changed(void **state)
{
	own(buf_fini) struct buf ours = BUF_INIT(65536);
	own(buf_fini) struct buf then = BUF_INIT(65536);
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	exec(db, schema_ours.steps[0]);
	schema_text(db, &ours);
	sqlite3_close(db);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	exec(db, version_1);
	schema_text(db, &then);
	sqlite3_close(db);
	assert_string_equal(buf_string(&ours), buf_string(&then));
	assert_non_null(strstr(buf_string(&ours), "CREATE TABLE audit"));
}

/* A step that breaks in its middle leaves the version before it. */
static void steps_are_whole(void **state)
{
	const char *steps[] = { schema_ours.steps[0], "CREATE TABLE more (x INTEGER) STRICT",
				"CREATE TABLE half (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1)" };
	struct schema three = { steps, 3 }, two = { steps, 2 };
	struct cloister_fault why = { 0 };
	int64_t n;
	int version;

	(void)state;
	store_close(test_open());
	sqlite3 *db;
	assert_int_equal(sqlite3_open(in_folder("store/cloister.db"), &db), SQLITE_OK);
	WANT_OK(schema_look(db, &three, STORE_PRODUCTION, &version, &why), &why);
	assert_int_equal(version, 1);
	WANT_REFUSED(schema_apply(db, &three, STORE_PRODUCTION, version, &why), CLOISTER_E_SYSTEM, "no such table", &why);
	WANT_OK(schema_look(db, &three, STORE_PRODUCTION, &version, &why), &why);
	assert_int_equal(version, 2);
	WANT_OK(schema_ask_int(db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('more', 'half')", &n, &why), &why);
	assert_int_equal(n, 1);
	WANT_OK(schema_look(db, &two, STORE_PRODUCTION, &version, &why), &why);
	sqlite3_close(db);
	WANT_REFUSED(open_as(STORE_PRODUCTION, false, &why), CLOISTER_E_UNSUPPORTED, "version 2", &why);
}

static int64_t n_accounts(struct store *s)
{
	struct cloister_fault why = { 0 };
	int64_t n = -1;

	WANT_OK(schema_ask_int(s->db, "SELECT count(*) FROM accounts", &n, &why), &why);
	return n;
}

static void add_and_drop(struct store *s)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	struct cloister_fault why = { 0 };

	WANT_OK(store_begin(s, &tx, &why), &why);
	test_account(s, "dropped");
}

static void transactions_nest(void **state)
{
	own(drop_store) struct store *s = test_open();
	struct cloister_fault why = { 0 };
	struct store_tx outer, inner;

	(void)state;
	WANT_OK(store_begin(s, &outer, &why), &why);
	test_account(s, "a");
	WANT_OK(store_begin(s, &inner, &why), &why);
	test_account(s, "b");
	WANT_REFUSED(store_commit(&outer, &why), CLOISTER_E_USAGE, "not the innermost", &why);
	WANT_OK(store_commit(&inner, &why), &why);
	add_and_drop(s);
	assert_int_equal(n_accounts(s), 2);
	WANT_OK(store_commit(&outer, &why), &why);
	store_rollback(&outer); /* idle by now */
	assert_int_equal(n_accounts(s), 2);
	add_and_drop(s);
	assert_int_equal(n_accounts(s), 2);

	/* taken back from under us */
	WANT_OK(store_begin(s, &outer, &why), &why);
	test_account(s, "c");
	exec(s->db, "ROLLBACK");
	WANT_REFUSED(store_begin(s, &inner, &why), CLOISTER_E_USAGE, "was rolled back", &why);
	WANT_REFUSED(store_commit(&outer, &why), CLOISTER_E_USAGE, "was rolled back", &why);
	store_rollback(&outer);
	assert_int_equal(n_accounts(s), 2);
	test_account(s, "d");
	assert_int_equal(n_accounts(s), 3);
}

static void ids_are_of_their_form(void **state)
{
	char id[STORE_ID_ROOM], other[STORE_ID_ROOM];
	unsigned seen[36] = { 0 };
	struct cloister_fault why = { 0 };
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	(void)state;
	WANT_OK(store_id_new("task", NOW, other, &why), &why);
	for (size_t n = 0; n < 400; n++) {
		WANT_OK(store_id_new("task", NOW, id, &why), &why);
		assert_memory_equal(id, "task_1764000000000_", 19);
		assert_int_equal(strlen(id), 28);
		assert_string_not_equal(id, other);
		for (size_t i = 19; i < 28; i++) {
			assert_non_null(strchr(digits, id[i]));
			seen[strchr(digits, id[i]) - digits]++;
		}
	}
	for (size_t i = 0; i < 36; i++) /* 100 each, give or take five deviations */
		assert_in_range(seen[i], 50, 150);
}

static void texts_are_checked(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf big = BUF_INIT(LIMIT_STORE_VALUE + 1);
	struct cloister_fault why = { 0 };
	int64_t account = 0;

	(void)state;
	WANT_REFUSED(store_account_add(s, bytes_of("a\xff", 2), NOW, &account, &why), CLOISTER_E_USAGE, "UTF-8", &why);
	WANT_REFUSED(store_account_add(s, bytes_of("a\0b", 3), NOW, &account, &why), CLOISTER_E_USAGE, "NUL", &why);
	for (size_t i = 0; i <= LIMIT_STORE_VALUE; i++)
		buf_byte(&big, 'x');
	WANT_REFUSED(store_account_add(s, buf_bytes(&big), NOW, &account, &why), CLOISTER_E_LIMIT, "too long", &why);
	assert_int_equal(account, 0);
	big.len--;
	WANT_OK(store_account_add(s, buf_bytes(&big), NOW, &account, &why), &why);
}

static void copies_come_back(void **state)
{
	own(drop_store) struct store *s = test_open();
	struct store_audit line = { .actor = bytes_text("a"), .action = bytes_text("b") };
	struct store_audit_head head, again;
	struct cloister_fault why = { 0 };
	const char *copy = in_folder("copy.db");
	struct stat st;

	(void)state;
	test_account(s, "kept");
	WANT_OK(store_audit_add(s, &line, NOW, &why), &why);
	close(open(in_folder("copy.db.part"), O_CREAT | O_WRONLY, 0600)); /* of one that was killed */
	WANT_OK(store_backup(s, copy, &why), &why);
	assert_int_equal(mode_of(copy), 0600);
	assert_int_equal(stat(in_folder("copy.db.part"), &st), -1);
	assert_int_equal(stat(in_folder("copy.db-wal"), &st), -1);
	WANT_REFUSED(store_backup(s, copy, &why), CLOISTER_E_USAGE, "exists already", &why);
	WANT_REFUSED(store_backup(s, in_folder("no/copy.db"), &why), CLOISTER_E_SYSTEM, "No such file", &why);
	WANT_REFUSED(store_restore(copy, test_store_dir, &why), CLOISTER_E_USAGE, "without a store", &why);
	test_account(s, "later");
	WANT_OK(store_audit_last(s, &head, &why), &why);

	snprintf(test_store_dir, sizeof test_store_dir, "%s/other", test_dir);
	WANT_OK(store_restore(copy, test_store_dir, &why), &why);
	assert_int_equal(mode_of(in_folder("other/cloister.db")), 0600);
	own(drop_store) struct store *back = test_open();
	assert_int_equal(n_accounts(back), 1);
	WANT_OK(store_audit_verify(back, &again, &why), &why);
	assert_int_equal(again.seq, 1);
	assert_memory_equal(again.hash, head.hash, sizeof head.hash);
}

static void bad_copies_stay_out(void **state)
{
	struct cloister_fault why = { 0 };
	const char *copy = in_folder("copy.db"), *to = in_folder("other");
	struct stat st;

	(void)state;
	WANT_REFUSED(store_restore(copy, to, &why), CLOISTER_E_SYSTEM, "copy.db: No such file", &why);
	close(open(copy, O_CREAT | O_WRONLY, 0600));
	WANT_REFUSED(store_restore(copy, to, &why), CLOISTER_E_USAGE, "is empty", &why);
	unlink(copy);
	struct store *s = test_open();
	WANT_OK(store_backup(s, copy, &why), &why);
	store_close(s);
	exec_file(copy, "UPDATE meta SET version = 2");
	WANT_REFUSED(store_restore(copy, to, &why), CLOISTER_E_UNSUPPORTED, "version 2", &why);
	exec_file(copy, "UPDATE meta SET version = 1");
	int fd = open(copy, O_WRONLY);
	assert_int_equal(pwrite(fd, "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", 8, 3 * 4096), 8);
	close(fd);
	WANT_REFUSED(store_restore(copy, to, &why), CLOISTER_E_MALFORMED, "damaged", &why);
	exec_file(in_folder("f.db"), "CREATE TABLE t (x)");
	WANT_REFUSED(store_restore(in_folder("f.db"), to, &why), CLOISTER_E_UNSUPPORTED, "another program's", &why);
	assert_int_equal(stat(in_folder("other/cloister.db"), &st), -1);
	/* a log that lost its database must not be found by the new one */
	mkdir(to, 0700);
	close(open(in_folder("other/cloister.db-wal"), O_CREAT | O_WRONLY, 0600));
	unlink(copy);
	s = test_open();
	WANT_OK(store_backup(s, in_folder("copy.db"), &why), &why);
	store_close(s);
	WANT_REFUSED(store_restore(in_folder("copy.db"), in_folder("other"), &why), CLOISTER_E_USAGE, "-wal exists", &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(opens_what_it_made),
		STORE_TEST(is_wary),
		STORE_TEST(kinds_are_kept_apart),
		STORE_TEST(open_to_others),
		STORE_TEST(newer_and_foreign_files),
		STORE_TEST(damage_is_noticed),
		STORE_TEST(loose_rows_are_noticed),
		STORE_TEST(dies_before_the_first_table),
		STORE_TEST(version_1_is_opened),
		STORE_TEST(version_1_has_not_changed),
		STORE_TEST(steps_are_whole),
		STORE_TEST(transactions_nest),
		STORE_TEST(ids_are_of_their_form),
		STORE_TEST(texts_are_checked),
		STORE_TEST(copies_come_back),
		STORE_TEST(bad_copies_stay_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
