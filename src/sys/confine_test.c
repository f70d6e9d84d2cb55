/* SPDX-License-Identifier: Apache-2.0 */
/* confine_test.c - each wall is walked into by a real child. */

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/confine.h"
#include "sys/io.h"
#include "sys/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { OPENED = 1, REFUSED = 2, NOT_CONFINED = 3, DEGRADED = 4 };

static const int few[] = { SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(exit_group), SCMP_SYS(mmap),
			   SCMP_SYS(munmap), SCMP_SYS(brk), SCMP_SYS(mprotect) };
static const int with_open[] = { SCMP_SYS(openat), SCMP_SYS(write), SCMP_SYS(exit_group) };

struct walk {
	struct confine c;
	int (*then)(void);
};

static int try_open(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0 ? OPENED : REFUSED;
}

static int try_nothing(void)
{
	return 0;
}

static int try_fork(void)
{
	return syscall(SYS_fork) >= 0 ? OPENED : REFUSED;
}

static int try_exec_page(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? REFUSED : OPENED;
}

static int try_memory(void)
{
	void *p = mmap(NULL, (size_t)64 << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? REFUSED : OPENED;
}

static int walled(void *ctx)
{
	struct walk *w = ctx;
	const char *degraded;

	if (confine(&w->c, &degraded, NULL) != CLOISTER_OK)
		return NOT_CONFINED;
	return degraded ? DEGRADED : w->then();
}

static const struct {
	const char *name;
	struct walk walk;
	int status; /* -1: killed by SIGSYS */
} rows[] = {
	{ "allowed calls go on", { { .allow = few, .n_allow = 7, .no_files = true }, try_nothing }, 0 },
	{ "open is killed by the list", { { .allow = few, .n_allow = 7 }, try_open }, -1 },
	{ "fork is killed", { { .allow = few, .n_allow = 7 }, try_fork }, -1 },
	{ "an executable page is killed", { { .allow = few, .n_allow = 7 }, try_exec_page }, -1 },
	{ "open is refused by Landlock alone", { { .allow = with_open, .n_allow = 3, .no_files = true }, try_open }, REFUSED },
	{ "without Landlock the same open works", { { .allow = with_open, .n_allow = 3 }, try_open }, OPENED },
	{ "memory past the limit is refused", { { .allow = few, .n_allow = 7, .memory = 32 << 20 }, try_memory }, REFUSED },
	{ "memory below the limit is there", { { .allow = few, .n_allow = 7, .memory = 256 << 20 }, try_memory }, OPENED },
};

static void walls_hold(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	print_message("skipped: the address sanitizer makes calls of its own, and maps terabytes\n");
	skip();
#endif
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct worker w = WORKER_INIT;
		struct walk walk = rows[i].walk;
		struct cloister_fault why = { 0 };
		int status = -1;
		assert_int_equal(worker_start(walled, &walk, &w, &why), CLOISTER_OK);
		enum cloister_err err = worker_wait(&w, &status, &why);
		worker_drop(&w);
		if (err == CLOISTER_OK && status == DEGRADED) {
			print_message("%s: skipped, this kernel has no Landlock\n", rows[i].name);
			continue;
		}
		if (rows[i].status < 0 ? err != CLOISTER_E_PEER : status != rows[i].status)
			fail_msg("%s: err %d status %d", rows[i].name, err, status);
		if (rows[i].status < 0)
			assert_non_null(strstr(why.note, "system call"));
	}
}

/* A process with a directory of its own, descriptor 3, another beside it, 4, and a gentle list. */
enum { OWN_FD = 3, BESIDE_FD = 4 };

static bool works_in_its_own(void)
{
	static const uint8_t text[] = { 'x' };

	return file_write(OWN_FD, "record", 0600, BYTES_OF(text), NULL) == CLOISTER_OK &&
	       file_write(OWN_FD, "record", 0600, BYTES_OF(text), NULL) == CLOISTER_OK &&
	       renameat(OWN_FD, "record", OWN_FD, "record.1") == 0 &&
	       unlinkat(OWN_FD, "record.1", 0) == 0 && unlinkat(OWN_FD, "empty", AT_REMOVEDIR) == 0;
}

static bool reaches_beside(void)
{
	return openat(BESIDE_FD, "file", O_RDONLY | O_CLOEXEC) >= 0 ||
	       openat(BESIDE_FD, "file", O_WRONLY | O_CLOEXEC) >= 0 ||
	       openat(BESIDE_FD, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ||
	       unlinkat(BESIDE_FD, "file", 0) == 0 || openat(OWN_FD, "/etc/passwd", O_RDONLY) >= 0;
}

/* Not on the list, or on it for AF_UNIX only. */
static bool does_more(void)
{
	char *const nothing[] = { NULL };

	return socket(AF_INET, SOCK_STREAM, 0) >= 0 || syscall(SYS_fork) >= 0 ||
	       syscall(SYS_execve, "/bin/true", nothing, nothing) >= 0 || errno != EPERM ||
	       socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int lives_in_a_directory(void *ctx)
{
	static const int calls[] = { SCMP_SYS(openat), SCMP_SYS(write), SCMP_SYS(close), SCMP_SYS(fchmod),
				     SCMP_SYS(fsync), SCMP_SYS(linkat), SCMP_SYS(renameat),
				     SCMP_SYS(unlinkat), SCMP_SYS(socket), SCMP_SYS(newfstatat),
				     SCMP_SYS(exit_group), SCMP_SYS(getpid) };
	const struct confine_dir own_dir = { OWN_FD, .files = true, .rmdir = true };
	const char *degraded;

	(void)ctx;
	if (confine(&(struct confine){ .allow = calls, .n_allow = sizeof calls / sizeof *calls,
				       .no_files = true, .dirs = &own_dir, .n_dirs = 1, .gentle = true },
		    &degraded, NULL) != CLOISTER_OK)
		return NOT_CONFINED;
	if (!works_in_its_own() || does_more())
		return REFUSED;
	if (degraded)
		return DEGRADED;
	return reaches_beside() ? OPENED : 0;
}

static void a_directory_of_its_own(void **state)
{
	char dirs[2][32] = { "/tmp/cloister-own-XXXXXX", "/tmp/cloister-beside-XXXXXX" };
	static const uint8_t text[] = { 'x' };
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;
	struct proc_end end;
	bool ended;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (int i = 0; i < 2; i++) {
		assert_non_null(mkdtemp(dirs[i]));
		spec.fds[i] = open(dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	assert_int_equal(mkdirat(spec.fds[0], "empty", 0700), 0);
	assert_int_equal(file_write(spec.fds[1], "file", 0600, BYTES_OF(text), NULL), CLOISTER_OK);
	spec.n_fds = 2;
	spec.fn = lives_in_a_directory;
	assert_int_equal(proc_start(&spec, &p, NULL), CLOISTER_OK);
	assert_int_equal(proc_wait(&p, 20000, &ended, &end, NULL), CLOISTER_OK);
	assert_true(ended);
	assert_int_equal(end.signal, -1);
	if (end.status == DEGRADED)
		print_message("skipped in part: this kernel has no Landlock\n");
	else
		assert_int_equal(end.status, 0);
	assert_int_equal(unlinkat(spec.fds[1], "file", 0), 0);
	for (int i = 0; i < 2; i++) {
		close(spec.fds[i]);
		assert_int_equal(rmdir(dirs[i]), 0);
	}
}

/* Echo what comes in, twice as much, so that neither side can wait for the other. */
static int echo(void *ctx)
{
	static uint8_t buf[65536];
	ssize_t n;

	(void)ctx;
	while ((n = read(WORKER_FD, buf, sizeof buf)) > 0)
		if (io_write_full(WORKER_FD, buf, (size_t)n, NULL) != CLOISTER_OK ||
		    io_write_full(WORKER_FD, buf, (size_t)n, NULL) != CLOISTER_OK)
			return 1;
	return n < 0;
}

static void feeding_and_draining(void **state)
{
	enum { TOTAL = 32 << 20 };
	own(worker_drop) struct worker w = WORKER_INIT;
	own(drop_mem) uint8_t *data = calloc(1, TOTAL);
	static uint8_t room[100000];
	struct bytes feed = { data, TOTAL };
	size_t total = 0, got;
	bool ended = false;
	int status;

	(void)state;
	assert_non_null(data);
	assert_int_equal(worker_start(echo, NULL, &w, NULL), CLOISTER_OK);
	while (!ended) {
		assert_int_equal(worker_turn(&w, &feed, room, sizeof room, &got, &ended, NULL),
				 CLOISTER_OK);
		if (feed.len == 0)
			worker_fed(&w);
		total += got;
	}
	assert_int_equal(total, 2 * (size_t)TOTAL);
	assert_int_equal(worker_wait(&w, &status, NULL), CLOISTER_OK);
	assert_int_equal(status, 0);
}

static int deaf(void *ctx)
{
	(void)ctx;
	return 7;
}

/* A worker that has gone away swallows its feed and reports its status; nobody gets SIGPIPE. */
static void a_deaf_worker(void **state)
{
	own(worker_drop) struct worker w = WORKER_INIT;
	static uint8_t data[4 << 20], room[16];
	struct bytes feed = BYTES_OF(data);
	bool ended = false;
	size_t got;
	int status;

	(void)state;
	assert_int_equal(worker_start(deaf, NULL, &w, NULL), CLOISTER_OK);
	while (!ended)
		assert_int_equal(worker_turn(&w, &feed, room, sizeof room, &got, &ended, NULL),
				 CLOISTER_OK);
	assert_int_equal(worker_wait(&w, &status, NULL), CLOISTER_OK);
	assert_int_equal(status, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walls_hold),
		cmocka_unit_test(a_directory_of_its_own),
		cmocka_unit_test(feeding_and_draining),
		cmocka_unit_test(a_deaf_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
