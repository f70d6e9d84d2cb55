/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_test.c - the workload's filter, installed in children of this test: what must be
 * refused is, before its arguments are looked at, and what programs need is not.
 */

#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/filter.h"

/* With arguments that fail by themselves in another way, or do nothing. */
static const struct {
	const char *name;
	long nr, args[4];
	int error; /* 0: allowed */
} rows[] = {
	{ "mount", SYS_mount, { 0 }, EPERM },
	{ "umount2", SYS_umount2, { 0 }, EPERM },
	{ "pivot_root", SYS_pivot_root, { 0 }, EPERM },
	{ "open_tree", 428, { -1 }, EPERM },
	{ "fsopen", 430, { 0 }, EPERM },
	{ "mount_setattr", 442, { -1 }, EPERM },
	{ "open_by_handle_at", SYS_open_by_handle_at, { -1 }, EPERM },
	{ "unshare", SYS_unshare, { 0 }, EPERM },
	{ "setns", SYS_setns, { -1 }, EPERM },
	{ "init_module", SYS_init_module, { 0 }, EPERM },
	{ "finit_module", SYS_finit_module, { -1 }, EPERM },
	{ "delete_module", SYS_delete_module, { 0 }, EPERM },
	{ "kexec_load", SYS_kexec_load, { 0, 0, 0, -1 }, EPERM },
	{ "bpf", SYS_bpf, { -1 }, EPERM },
	{ "perf_event_open", SYS_perf_event_open, { 0 }, EPERM },
	{ "userfaultfd", SYS_userfaultfd, { -1 }, EPERM },
	{ "reboot", SYS_reboot, { 0 }, EPERM },
	{ "syslog", SYS_syslog, { -1 }, EPERM },
	{ "clock_settime", SYS_clock_settime, { -1 }, EPERM },
	{ "settimeofday", SYS_settimeofday, { 0 }, EPERM },
	{ "add_key", SYS_add_key, { 0 }, EPERM },
	{ "keyctl", SYS_keyctl, { -1 }, EPERM },
	{ "io_uring_setup", SYS_io_uring_setup, { 0 }, EPERM },
	{ "quotactl", SYS_quotactl, { -1 }, EPERM },
	{ "swapon", SYS_swapon, { 0 }, EPERM },
	{ "iopl", SYS_iopl, { -1 }, EPERM },
	{ "clone3", 435, { 0 }, ENOSYS },
	{ "statmount", 457, { 0 }, ENOSYS },
	{ "a call of the future", 600, { 0 }, ENOSYS },
	{ "x32 getpid", 0x40000000 | SYS_getpid, { 0 }, ENOSYS },
	{ "clone, user namespace", SYS_clone, { CLONE_NEWUSER | SIGCHLD }, EPERM },
	{ "clone, mount namespace", SYS_clone, { CLONE_NEWNS | CLONE_FS }, EPERM },
	{ "socket, vsock", SYS_socket, { AF_VSOCK, SOCK_STREAM }, EPERM },
	{ "socket, vsock, high bits", SYS_socket, { (1L << 32) | AF_VSOCK, SOCK_STREAM }, EPERM },
	{ "socket, unix", SYS_socket, { AF_UNIX, SOCK_STREAM }, 0 },
	{ "socket, inet", SYS_socket, { AF_INET, SOCK_STREAM }, 0 },
	{ "personality, Linux", SYS_personality, { 0xffffffff }, 0 },
	{ "personality, no randomization", SYS_personality, { 0x40000 }, EPERM },
	{ "getpid", SYS_getpid, { 0 }, 0 },
	{ "mseal", 462, { 1 }, EINVAL },
};

/* 0 as expected, 1 otherwise; ENOSYS counts for calls that this kernel has not. */
static int call_all(void)
{
	int bad = 0;

	for (size_t i = 0; i < N_OF(rows); i++) {
		const long *a = rows[i].args;
		errno = 0;
		long rc = syscall(rows[i].nr, a[0], a[1], a[2], a[3]);
		int error = rc < 0 ? errno : 0;
		if (error == rows[i].error || (rows[i].error == EINVAL && error == ENOSYS))
			continue;
		fprintf(stderr, "%s: %s\n", rows[i].name, strerror(error));
		bad = 1;
	}
	return bad;
}

static int make_nodes(void)
{
	char dir[] = "/tmp/filter_test.XXXXXX", path[64];
	int bad = 0;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/x", dir);
	/* The device null: harmless should it be made. */
	bad |= syscall(SYS_mknod, path, S_IFCHR | 0600, makedev(1, 3)) == 0 || errno != EPERM;
	bad |= syscall(SYS_mknodat, AT_FDCWD, path, S_IFBLK | 0600, makedev(7, 0)) == 0 || errno != EPERM;
	bad |= syscall(SYS_mknodat, AT_FDCWD, path, S_IFIFO | 0600, 0) != 0;
	unlink(path);
	rmdir(dir);
	return bad;
}

static int as_i386(void)
{
	long rc = 20; /* getpid there */

	signal(SIGSEGV, SIG_DFL); /* what a kernel without 32-bit calls does; not for cmocka */
	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
	return 0;
}

static int in_child(int (*run)(void))
{
	struct cloister_fault why = { 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		/* In the guest CAP_SYS_ADMIN allows it, here this promise does. */
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || filter_install(&why) != CLOISTER_OK)
			_exit(99);
		_exit(run());
	}
	waitpid(pid, &status, 0);
	return status;
}

static void calls(void **state)
{
	(void)state;
	assert_int_equal(in_child(call_all), 0);
}

static void nodes(void **state)
{
	(void)state;
	assert_int_equal(in_child(make_nodes), 0);
}

static void another_architecture(void **state)
{
	(void)state;
	int status = in_child(as_i386);
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}

/* Too little room is a fault, not half a filter. */
static void no_room(void **state)
{
	struct sock_filter code[256];
	struct cloister_fault why = { 0 };
	size_t n = 0;
	(void)state;

	WANT_OK(filter_build(code, N_OF(code), &n, &why), &why);
	assert_int_equal(filter_build(code, n - 1, &n, &why), CLOISTER_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
		cmocka_unit_test(nodes),
		cmocka_unit_test(another_architecture),
		cmocka_unit_test(no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
