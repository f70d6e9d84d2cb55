/* SPDX-License-Identifier: Apache-2.0 */
/* state_test.c - directories, names and holds, in a real directory with real processes. */

#include "enclave/state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/io.h"
#include "sys/proc.h"

struct box {
	char dir[4096];
	struct state s;
};

static int set_up(void **state)
{
	static struct box b;

	snprintf(b.dir, sizeof b.dir, "/tmp/cloister-state-XXXXXX");
	if (!mkdtemp(b.dir) || state_open(b.dir, &b.s, NULL) != CLOISTER_OK)
		return -1;
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct box *b = *state;
	own(state_names_drop) char **names = NULL;

	if (state_names(&b->s, &names, NULL) == CLOISTER_OK)
		for (char **n = names; *n; n++)
			(void)state_enclave_remove(&b->s, *n, NULL);
	unlinkat(b->s.dir_fd, "enclaves", AT_REMOVEDIR);
	unlinkat(b->s.dir_fd, "run", AT_REMOVEDIR);
	state_close(&b->s);
	return rmdir(b->dir);
}

static void names(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "a", true }, { "cache-1", true }, { "0_.x", true },
		{ "123456789012345678901234567890123456789012345678901234567890123", true },
		{ "1234567890123456789012345678901234567890123456789012345678901234", false },
		{ "", false }, { ".", false }, { "..", false }, { "-a", false }, { "A", false },
		{ "a/b", false }, { "a b", false }, { "a\n", false }, { "ä", false }, { ".hidden", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(state_name_check(rows[i].name, NULL),
				 rows[i].good ? CLOISTER_OK : CLOISTER_E_USAGE);
}

static void picked_names_are_names(void **state)
{
	struct box *b = *state;
	char name[64];

	for (int i = 0; i < 100; i++) {
		assert_int_equal(state_name_pick(&b->s, name, NULL), CLOISTER_OK);
		assert_int_equal(state_name_check(name, NULL), CLOISTER_OK);
	}
}

static void record_for(int dir, const char *name, enum record_state s)
{
	struct record r = { .state = s, .pid = 12345, .exit_code = -1 };

	snprintf(r.name, sizeof r.name, "%s", name);
	assert_int_equal(record_write(dir, &r, NULL), CLOISTER_OK);
}

static void a_name_is_taken_once(void **state)
{
	struct box *b = *state;
	struct cloister_fault why;
	own(drop_fd) int dir = -1;
	int other = -1;

	assert_int_equal(state_enclave_new(&b->s, "once", &dir, &why), CLOISTER_OK);
	record_for(dir, "once", RECORD_STOPPED);
	assert_int_equal(state_enclave_new(&b->s, "once", &other, &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "exists, ended"));
	assert_int_equal(other, -1);
	assert_int_equal(state_enclave_new(&b->s, "../once", &other, &why), CLOISTER_E_USAGE);
	assert_int_equal(state_enclave_open(&b->s, "twice", &other, &why), CLOISTER_E_MISSING);
}

/* Hold the enclave whose directory is descriptor 3, say so on 4, then wait to be killed. */
static int holder(void *ctx)
{
	int lock;

	(void)ctx;
	if (state_enclave_hold(3, &lock, NULL) != CLOISTER_OK || write(4, "h", 1) != 1)
		return 1;
	struct proc_spec child = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;
	const char *argv[] = { "sleep", "600", NULL };
	child.path = "/bin/sleep";
	child.argv = argv;
	child.die_with_parent = true;
	if (proc_start(&child, &p, NULL) != CLOISTER_OK || write(4, "c", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static void a_killed_holder_is_noticed(void **state)
{
	struct box *b = *state;
	struct cloister_fault why;
	struct state_entry e;
	own(drop_fd) int dir = -1;
	own(proc_drop) struct proc p = PROC_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;
	char word[2];
	int pair[2];

	assert_int_equal(state_enclave_new(&b->s, "held", &dir, &why), CLOISTER_OK);
	record_for(dir, "held", RECORD_RUNNING);
	assert_int_equal(io_pair(SOCK_STREAM, pair, &why), CLOISTER_OK);
	spec.fn = holder;
	spec.fds[0] = dir;
	spec.fds[1] = pair[1];
	spec.n_fds = 2;
	assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_OK);
	assert_int_equal(io_read_full(pair[0], word, 2, &why), CLOISTER_OK);

	assert_int_equal(state_enclave_read(&b->s, "held", &e, &why), CLOISTER_OK);
	assert_true(e.alive);
	assert_int_equal(e.record.state, RECORD_RUNNING);
	pid_t pid = 0;
	assert_int_equal(state_enclave_holder(dir, &pid, &why), CLOISTER_OK);
	assert_int_equal(pid, p.pid);
	int lock = -1;
	assert_int_equal(state_enclave_hold(dir, &lock, &why), CLOISTER_E_USAGE);
	assert_int_equal(state_enclave_remove(&b->s, "held", &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "is running"));

	proc_drop(&p);
	assert_int_equal(state_enclave_read(&b->s, "held", &e, &why), CLOISTER_OK);
	assert_false(e.alive);
	assert_int_equal(e.record.state, RECORD_FAILED);
	assert_non_null(strstr(e.record.reason, "lost"));
	assert_int_equal(state_enclave_remove(&b->s, "held", &why), CLOISTER_OK);
	assert_int_equal(state_enclave_read(&b->s, "held", &e, &why), CLOISTER_E_MISSING);
	close(pair[0]), close(pair[1]);
}

static void listed_in_order(void **state)
{
	struct box *b = *state;
	own(state_names_drop) char **found = NULL;
	static const char *const made[] = { "zeta", "alpha", "mid" };

	for (size_t i = 0; i < 3; i++) {
		own(drop_fd) int dir = -1;
		assert_int_equal(state_enclave_new(&b->s, made[i], &dir, NULL), CLOISTER_OK);
	}
	assert_int_equal(state_names(&b->s, &found, NULL), CLOISTER_OK);
	size_t at = 0;
	while (found[at] && strcmp(found[at], "alpha") != 0)
		at++;
	assert_string_equal(found[at], "alpha");
	for (size_t i = 0; found[i] && found[i + 1]; i++)
		assert_true(strcmp(found[i], found[i + 1]) < 0);
}

static void runtime_directories(void **state)
{
	struct box *b = *state;
	struct state deep = b->s;
	struct stat st;
	char path[4096];

	for (int is_long = 0; is_long <= 1; is_long++) {
		own(drop_fd) int dir = -1;
		own(drop_fd) int sock = -1;
		if (is_long)
			memset(deep.path + strlen(deep.path), 'x', 100); /* the rest is zero */
		assert_int_equal(state_run_new(&deep, "sockets", path, sizeof path, &dir, NULL), CLOISTER_OK);
		assert_true(strlen(path) + strlen("/vsock.sock_4294967295") <= 107);
		assert_int_equal(strncmp(path, "/tmp/cloister-", 14), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0700);
		assert_int_equal(io_unix_listen(dir, "vsock.sock_4294967295", &sock, NULL), CLOISTER_OK);
		state_run_remove(path);
		assert_int_equal(stat(path, &st), -1);
	}
}

/* In /tmp anybody may have put something else in place of one that is gone. */
static void foreign_runtime_directories(void **state)
{
	char real[64] = "/tmp/cloister-run-XXXXXX", link[80], file[80];
	struct cloister_fault why;
	struct stat st;
	int fd = -1;

	(void)state;
	assert_non_null(mkdtemp(real));
	snprintf(link, sizeof link, "%s-link", real);
	snprintf(file, sizeof file, "%s/ctl.sock", real);
	own(drop_fd) int sock = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(sock >= 0);
	assert_int_equal(symlink(real, link), 0);
	assert_int_equal(state_run_open(link, &fd, &why), CLOISTER_E_SYSTEM);
	state_run_remove(link);
	assert_int_equal(chmod(real, 0755), 0);
	assert_int_equal(state_run_open(real, &fd, &why), CLOISTER_E_USAGE);
	state_run_remove(real);
	if (geteuid() == 0) {
		assert_int_equal(chmod(real, 0700) | chown(real, 65534, 65534), 0);
		assert_int_equal(state_run_open(real, &fd, &why), CLOISTER_E_USAGE);
		state_run_remove(real);
		assert_int_equal(chown(real, 0, 0), 0);
	}
	assert_int_equal(stat(file, &st), 0); /* nothing was touched */
	assert_int_equal(chmod(real, 0700), 0);
	assert_int_equal(state_run_open(real, &fd, &why), CLOISTER_OK);
	drop_fd(&fd);
	state_run_remove(real);
	assert_int_equal(stat(real, &st), -1);
	assert_int_equal(unlink(link), 0);
}

static void open_to_others_is_refused(void **state)
{
	struct box *b = *state;
	struct cloister_fault why;
	own(state_close) struct state s = STATE_INIT;

	assert_int_equal(chmod(b->dir, 0722), 0);
	assert_int_equal(state_open(b->dir, &s, &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "nobody else may write"));
	assert_int_equal(chmod(b->dir, 0700), 0);
	assert_int_equal(state_open(b->dir, &s, &why), CLOISTER_OK);
}

static void paths(void **state)
{
	(void)state;
	char path[4096];
	bool is_default;

	assert_int_equal(setenv("CLOISTER_STATE_DIR", "/by/environment", 1), 0);
	assert_int_equal(state_path("/by/option", path, sizeof path, &is_default, NULL), CLOISTER_OK);
	assert_string_equal(path, "/by/option");
	assert_int_equal(state_path(NULL, path, sizeof path, &is_default, NULL), CLOISTER_OK);
	assert_string_equal(path, "/by/environment");
	assert_false(is_default);
	assert_int_equal(unsetenv("CLOISTER_STATE_DIR"), 0);
	assert_int_equal(state_path(NULL, path, sizeof path, &is_default, NULL), CLOISTER_OK);
	assert_true(is_default);
	if (geteuid() == 0)
		assert_string_equal(path, "/var/lib/cloister");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(picked_names_are_names),
		cmocka_unit_test(a_name_is_taken_once),
		cmocka_unit_test(a_killed_holder_is_noticed),
		cmocka_unit_test(listed_in_order),
		cmocka_unit_test(runtime_directories),
		cmocka_unit_test(foreign_runtime_directories),
		cmocka_unit_test(open_to_others_is_refused),
		cmocka_unit_test(paths),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
