/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crash_test.c - killed at any moment, on a full disk, beside another process, on a damaged
 * file: what was acknowledged is there, what was not is not, and the sentence is the right one.
 */

#include "store/store_test.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "store/audit.h"
#include "store/schema.h"

/* An enclave, a step and a line, as one; this is what a request does. */
static enum cloister_err act(struct store *s, int64_t account, char *id, struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	struct store_enclave e = test_enclave_of(account);
	struct store_move m = { .to = STORE_DEPLOYING };
	struct store_audit line = { .account = account, .action = bytes_text("enclave.create") };

	TRY(store_begin(s, &tx, why));
	TRY(store_enclave_add(s, &e, NOW, id, why));
	TRY(store_enclave_move(s, account, id, &m, NOW, why));
	line.target = bytes_text(id);
	TRY(store_audit_add(s, &line, NOW, why));
	return store_commit(&tx, why);
}

static int64_t count(struct store *s, const char *table)
{
	char sql[64];
	int64_t n = -1;
	struct cloister_fault why = { 0 };

	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	WANT_OK(schema_ask_int(s->db, sql, &n, &why), &why);
	return n;
}

/* Enclaves, steps and lines belong together, and the chain and the file are whole. */
static int64_t check_whole(struct store *s)
{
	struct cloister_fault why = { 0 };
	struct store_audit_head head = { 0 };
	char says[64];

	WANT_OK(schema_ask_text(s->db, "PRAGMA integrity_check", says, sizeof says, &why), &why);
	assert_string_equal(says, "ok");
	WANT_OK(store_audit_verify(s, &head, &why), &why);
	assert_int_equal(count(s, "enclaves"), head.seq);
	assert_int_equal(count(s, "transitions"), 2 * head.seq);
	return (int64_t)head.seq;
}

static void has(struct store *s, int64_t account, const char *id)
{
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	struct cloister_fault why = { 0 };
	struct store_enclave e;

	WANT_OK(store_enclave_get(s, account, id, &texts, &e, &why), &why);
	assert_int_equal(e.status, STORE_DEPLOYING);
}

/* The child's whole life: write, and say so when it is written. */
static void write_for_ever(int64_t account, int ack_fd)
{
	struct store_spec spec = { test_store_dir, STORE_PRODUCTION, false };
	struct store *s;
	char id[STORE_ID_ROOM] = "";

	if (store_open(&spec, &s, NULL) != CLOISTER_OK)
		_exit(1);
	while (act(s, account, id, NULL) == CLOISTER_OK)
		if (write(ack_fd, id, sizeof id) != sizeof id)
			_exit(2);
	_exit(3);
}

/* One child, killed `wait_us` after its first word. All that it said goes onto `acks`. */
static void one_kill(int64_t account, unsigned wait_us, struct buf *acks)
{
	struct timespec wait = { 0, (long)wait_us * 1000 };
	char id[STORE_ID_ROOM];
	int ends[2], status;
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		write_for_ever(account, ends[1]);
	}
	close(ends[1]);
	if (read(ends[0], id, sizeof id) == sizeof id)
		buf_put(acks, id, sizeof id);
	nanosleep(&wait, NULL);
	kill(pid, SIGKILL);
	while ((n = read(ends[0], id, sizeof id)) == sizeof id)
		buf_put(acks, id, sizeof id);
	assert_int_equal(n, 0);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void killed_at_any_moment(void **state)
{
	own(buf_fini) struct buf acks = BUF_INIT(64u << 20);
	unsigned seed = (unsigned)getpid();
	struct cloister_fault why = { 0 };
	struct store *s = test_open();
	int64_t account = test_account(s, "a"), n = 0;

	(void)state;
	store_close(s);
	srand(seed);
	for (unsigned i = 0; i < 20; i++) {
		one_kill(account, (unsigned)rand() % 100000, &acks);
		WANT_OK(buf_ok(&acks, "acks", &why), &why);
		s = test_open();
		n = check_whole(s);
		for (size_t at = 0; at < acks.len; at += STORE_ID_ROOM)
			has(s, account, (const char *)acks.data + at);
		store_close(s);
	}
	print_message("seed %u: 20 kills, %zu acknowledged, %lld there\n", seed, acks.len / STORE_ID_ROOM, (long long)n);
	assert_in_range(n - (int64_t)(acks.len / STORE_ID_ROOM), 0, 20); /* at most one each was written and not said */
	assert_true(acks.len >= 20 * STORE_ID_ROOM);
}

/* Until the disk is full; how many acts there was room for. */
static int64_t fill_up(struct store *s, int64_t account)
{
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];

	for (int64_t n = 0; n < 100000; n++) {
		enum cloister_err err = act(s, account, id, &why);
		if (err == CLOISTER_OK)
			continue;
		assert_int_equal(err, CLOISTER_E_SYSTEM);
		assert_int_equal(why.sys, ENOSPC);
		assert_string_equal(why.note, "nothing was written");
		return n;
	}
	fail_msg("the disk is never full");
	return -1;
}

static void out_of_pages(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t account = test_account(s, "a"), pages, got;
	struct cloister_fault why = { 0 };
	char sql[64], id[STORE_ID_ROOM];

	(void)state;
	WANT_OK(schema_ask_int(s->db, "PRAGMA page_count", &pages, &why), &why);
	snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", (long long)pages + 20);
	WANT_OK(schema_ask_int(s->db, sql, &got, &why), &why);
	int64_t n = fill_up(s, account);
	assert_true(n > 10);
	assert_int_equal(s->depth, 0);
	assert_int_equal(check_whole(s), n);
	assert_int_equal(fill_up(s, account), 0); /* still */
	WANT_OK(schema_ask_int(s->db, "PRAGMA max_page_count = 100000", &got, &why), &why);
	WANT_OK(act(s, account, id, &why), &why);
	assert_int_equal(check_whole(s), n + 1);
}

static void on_a_small_disk(void **state)
{
	struct cloister_fault why = { 0 };
	const char *disk = in_folder("disk"), *ballast = in_folder("disk/ballast");
	char id[STORE_ID_ROOM];

	(void)state;
	mkdir(disk, 0700);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", disk, "tmpfs", 0, "size=1500k,mode=0700") < 0) {
		print_message("mounting a small disk takes root: skipped\n");
		skip();
	}
	int fd = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(posix_fallocate(fd, 0, 200 << 10), 0);
	close(fd);
	snprintf(test_store_dir, sizeof test_store_dir, "%s/store", disk);
	struct store *s = test_open();
	int64_t account = test_account(s, "a");
	int64_t n = fill_up(s, account);
	assert_true(n > 10);
	assert_int_equal(check_whole(s), n);
	assert_int_equal(store_backup(s, in_folder("disk/copy.db"), &why), CLOISTER_E_SYSTEM);
	assert_int_equal(why.sys, ENOSPC);
	assert_int_equal(access(in_folder("disk/copy.db"), F_OK) & access(in_folder("disk/copy.db.part"), F_OK), -1);
	assert_int_equal(unlink(ballast), 0);
	WANT_OK(act(s, account, id, &why), &why);
	assert_int_equal(check_whole(s), n + 1);
	store_close(s);
	s = test_open();
	assert_int_equal(check_whole(s), n + 1);
	has(s, account, id);
	store_close(s);
	assert_int_equal(umount(disk), 0);
}

static void beside_another_process(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(drop_store) struct store *other = test_open();
	int64_t account = test_account(s, "a");
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];
	struct store_tx tx;

	(void)state;
	sqlite3_busy_timeout(s->db, 50);
	WANT_OK(store_begin(other, &tx, &why), &why);
	WANT_REFUSED(act(s, account, id, &why), CLOISTER_E_TIMEOUT, "another process holds it", &why);
	assert_int_equal(s->depth, 0);
	assert_int_equal(check_whole(s), 0); /* reading goes on */
	store_rollback(&tx);
	WANT_OK(act(s, account, id, &why), &why);
	has(other, account, id);
}

static enum cloister_err look(void *ctx, const struct store_enclave *e, struct cloister_fault *why)
{
	(void)ctx;
	(void)e;
	(void)why;
	return CLOISTER_OK;
}

/* The disk turns bad under an open store. */
static void damaged_while_open(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t account = test_account(s, "a"), pages;
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];
	uint8_t junk[4096];

	(void)state;
	for (size_t i = 0; i < 50; i++)
		WANT_OK(act(s, account, id, &why), &why);
	assert_int_equal(sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
	WANT_OK(schema_ask_int(s->db, "PRAGMA page_count", &pages, &why), &why);
	memset(junk, 0xa5, sizeof junk);
	int fd = open(in_folder("store/cloister.db"), O_WRONLY | O_CLOEXEC);
	for (int64_t i = 1; i < pages; i++)
		assert_int_equal(pwrite(fd, junk, sizeof junk, i * 4096), sizeof junk);
	close(fd);
	sqlite3_db_release_memory(s->db);
	WANT_REFUSED(store_enclave_list(s, account, (struct store_page){ 0, 9 }, look, NULL, &why),
		     CLOISTER_E_MALFORMED, "restore a backup", &why);
	WANT_REFUSED(act(s, account, id, &why), CLOISTER_E_MALFORMED, "restore a backup", &why);
	WANT_REFUSED(store_backup(s, in_folder("copy.db"), &why), CLOISTER_E_MALFORMED, "damaged", &why);
	assert_int_equal(access(in_folder("copy.db"), F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(killed_at_any_moment),
		STORE_TEST(out_of_pages),
		STORE_TEST(beside_another_process),
		STORE_TEST(damaged_while_open),
		STORE_TEST(on_a_small_disk), /* last: it leaves the mount namespace */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
