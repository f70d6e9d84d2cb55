/* SPDX-License-Identifier: Apache-2.0 */
/* proc_test.c - children get what was listed and die when they should; real processes throughout. */

#include "sys/proc.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/io.h"

enum { NOBODY_LIKE = 61999 }; /* a user id that owns nothing */

static struct proc_end run(const struct proc_spec *spec)
{
	struct cloister_fault why;
	struct proc p = PROC_INIT;
	struct proc_end end = { -1, -1 };
	bool ended = false;

	assert_int_equal(proc_start(spec, &p, &why), CLOISTER_OK);
	assert_int_equal(proc_wait(&p, 10000, &ended, &end, &why), CLOISTER_OK);
	assert_true(ended);
	return end;
}

/* Run `sh -c script` and collect its standard output. */
static void shell(struct proc_spec spec, const char *script, char *out, size_t room)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct cloister_fault why;
	int ends[2];

	assert_int_equal(io_pair(SOCK_STREAM, ends, &why), CLOISTER_OK);
	spec.path = "/bin/sh";
	spec.argv = argv;
	spec.out = ends[1];
	struct proc_end end = run(&spec);
	assert_int_equal(end.status, 0);
	close(ends[1]);
	size_t len = 0;
	for (ssize_t n; (n = read(ends[0], out + len, room - 1 - len)) > 0;)
		len += (size_t)n;
	out[len] = '\0';
	close(ends[0]);
}

static void exit_status_and_signal(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		int status, signal;
	} rows[] = {
		{ "exit 0", 0, -1 },
		{ "exit 77", 77, -1 },
		{ "kill -TERM $$", -1, SIGTERM },
		{ "kill -KILL $$", -1, SIGKILL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *argv[] = { "sh", "-c", rows[i].script, NULL };
		struct proc_spec spec = PROC_SPEC_INIT;
		spec.path = "/bin/sh";
		spec.argv = argv;
		struct proc_end end = run(&spec);
		assert_int_equal(end.status, rows[i].status);
		assert_int_equal(end.signal, rows[i].signal);
	}
}

static void failures_name_their_step(void **state)
{
	(void)state;
	const char *argv[] = { "x", NULL };
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;
	struct cloister_fault why;

	spec.path = "/nonexistent/program";
	spec.argv = argv;
	assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_E_SYSTEM);
	assert_string_equal(why.note, "/nonexistent/program: exec");
	assert_int_equal(p.pid, 0);

	spec.path = "/bin/true";
	spec.cgroup_procs = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_E_SYSTEM);
	assert_string_equal(why.note, "/bin/true: cgroup");
	close(spec.cgroup_procs);
}

static int write_and_list(void *ctx)
{
	(void)ctx;
	if (write(3, "three", 5) != 5 || write(4, "four", 4) != 4)
		return 1;
	for (int fd = 5; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	return fcntl(0, F_GETFD) < 0;
}

static void worker_descriptors(void **state)
{
	(void)state;
	struct cloister_fault why;
	char text[8] = "";
	int a[2], b[2];
	struct proc_spec spec = PROC_SPEC_INIT;

	assert_int_equal(io_pair(SOCK_STREAM, a, &why), CLOISTER_OK);
	assert_int_equal(io_pair(SOCK_STREAM, b, &why), CLOISTER_OK);
	/* Swapped, so that the order and not the number decides. */
	spec.fn = write_and_list;
	spec.fds[0] = b[1];
	spec.fds[1] = a[1];
	spec.n_fds = 2;
	struct proc_end end = run(&spec);
	assert_int_equal(end.status, 0);
	assert_int_equal(read(b[0], text, sizeof text), 5);
	assert_memory_equal(text, "three", 5);
	assert_int_equal(read(a[0], text, sizeof text), 4);
	assert_memory_equal(text, "four", 4);
	for (int i = 0; i < 2; i++)
		close(a[i]), close(b[i]);
}

static void user_is_changed_for_good(void **state)
{
	(void)state;
	char out[4096];
	static const struct proc_limit limits[] = { { RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 50 } };
	struct proc_spec spec = PROC_SPEC_INIT;

	if (geteuid() != 0)
		skip();
	spec.change_user = true;
	spec.uid = spec.gid = NOBODY_LIKE;
	spec.groups[0] = 61998;
	spec.n_groups = 1;
	spec.limits = limits;
	spec.n_limits = 2;
	shell(spec, "grep -E '^(Uid|Gid|Groups|NoNewPrivs|CapEff|CapPrm)' /proc/self/status; ulimit -c; ulimit -n", out,
	      sizeof out);
	assert_string_equal(out, "Uid:\t61999\t61999\t61999\t61999\n"
				 "Gid:\t61999\t61999\t61999\t61999\n"
				 "Groups:\t61998 \n"
				 "CapPrm:\t0000000000000000\n"
				 "CapEff:\t0000000000000000\n"
				 "NoNewPrivs:\t1\n"
				 "0\n50\n");
}

/* Keep one, then look; and what is started later has none. */
static int without_capabilities(void *ctx)
{
	char line[256], caps[128] = "";
	size_t at = 0;
	FILE *f;

	(void)ctx;
	if (proc_keep_capabilities(1u << CAP_KILL, NULL) != CLOISTER_OK)
		return 1;
	for (f = fopen("/proc/self/status", "re"); f && fgets(line, sizeof line, f);)
		if (strncmp(line, "CapEff", 6) == 0 || strncmp(line, "CapBnd", 6) == 0)
			at += (size_t)snprintf(caps + at, sizeof caps - at, "%.17s", line + 8);
	if (strcmp(caps, "0000000000000020\n0000000000000020\n") != 0)
		return 2;
	return setuid(NOBODY_LIKE) == 0 ? 3 : 0; /* CAP_SETUID is gone */
}

static void capabilities_are_given_up(void **state)
{
	(void)state;
	struct proc_spec spec = PROC_SPEC_INIT;

	if (geteuid() != 0)
		skip();
	spec.fn = without_capabilities;
	struct proc_end end = run(&spec);
	assert_int_equal(end.status, 0);
}

static void isolated_has_no_network(void **state)
{
	(void)state;
	char out[4096];
	const char *argv[] = { "true", NULL };
	struct cloister_fault why;
	struct proc p = PROC_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;

	spec.path = "/bin/true";
	spec.argv = argv;
	spec.isolate = true;
	assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_OK);
	bool granted = p.isolated;
	proc_drop(&p);
	if (!granted)
		skip();
	shell(spec, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '", out, sizeof out);
	assert_string_equal(out, "lo\n");
}

/* The middle process: starts a sleeper, tells its pid on descriptor 3, then waits to be killed. */
static int middle(void *ctx)
{
	const char *argv[] = { "sleep", "600", NULL };
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;

	spec.path = "/bin/sleep";
	spec.argv = argv;
	spec.die_with_parent = true;
	spec.change_user = *(bool *)ctx;
	spec.uid = spec.gid = NOBODY_LIKE;
	if (proc_start(&spec, &p, NULL) != CLOISTER_OK || write(3, &p.pid, sizeof p.pid) != sizeof p.pid)
		return 1;
	for (;;)
		pause();
}

static void child_dies_with_a_killed_parent(void **state)
{
	(void)state;
	for (int as_user = 0; as_user <= (geteuid() == 0); as_user++) {
		struct cloister_fault why;
		bool change = as_user;
		pid_t pid;
		int pair[2];
		struct proc_spec spec = PROC_SPEC_INIT;
		struct proc p = PROC_INIT;

		assert_int_equal(io_pair(SOCK_STREAM, pair, &why), CLOISTER_OK);
		spec.fn = middle;
		spec.ctx = &change;
		spec.fds[0] = pair[1];
		spec.n_fds = 1;
		assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_OK);
		assert_int_equal(io_read_full(pair[0], &pid, sizeof pid, &why), CLOISTER_OK);
		int pidfd = proc_open_pid(pid);
		assert_true(pidfd >= 0);
		assert_false(proc_gone(pidfd, 0));
		proc_drop(&p); /* SIGKILL to the middle one */
		assert_true(proc_gone(pidfd, 2000));
		close(pidfd), close(pair[0]), close(pair[1]);
	}
}

static void drop_kills_and_reaps(void **state)
{
	(void)state;
	const char *argv[] = { "sleep", "600", NULL };
	struct cloister_fault why;
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;
	struct proc_end end;
	bool ended = true;

	spec.path = "/bin/sleep";
	spec.argv = argv;
	assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_OK);
	assert_int_equal(proc_wait(&p, 0, &ended, &end, &why), CLOISTER_OK);
	assert_false(ended);
	pid_t pid = p.pid;
	proc_drop(&p);
	assert_int_equal(kill(pid, 0), -1);
	proc_drop(&p); /* idle is fine */
}

/* The system's programs work, the devices too; the user's files are out of reach. */
static void system_files_only(void **state)
{
	static const char *const dirs[] = { "/usr", "/bin", "/lib", "/lib64", "/etc", "/no/such/place", NULL };
	char file[] = "/tmp/cloister-proc-XXXXXX", script[400], out[256];
	int fd = mkstemp(file);
	struct proc_spec spec = PROC_SPEC_INIT;
	struct cloister_fault why;
	struct proc p = PROC_INIT;
	(void)state;

	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
	spec.path = "/bin/true";
	spec.argv = (const char *const[]){ "true", NULL };
	spec.system_dirs = dirs;
	assert_int_equal(proc_start(&spec, &p, &why), CLOISTER_OK);
	bool walled = p.walled;
	proc_drop(&p);
	if (walled) {
		snprintf(script, sizeof script,
			 "cat %s; echo yours >%s; rm %s; head -c 3 /etc/passwd; echo x >/dev/null && echo dev",
			 file, file, file);
		spec.err = -1;
		shell(spec, script, out, sizeof out);
		assert_string_equal(out, "roodev\n");
	}
	spec.system_dirs = NULL;
	snprintf(script, sizeof script, "cat %s", file);
	shell(spec, script, out, sizeof out);
	assert_string_equal(out, "mine");
	assert_int_equal(unlink(file), 0);
	if (!walled) {
		print_message("skipped in part: this kernel has no Landlock\n");
		skip();
	}
}

static void programs_are_found(void **state)
{
	(void)state;
	char path[4096], tiny[4];

	assert_int_equal(proc_find("sh", path, sizeof path, NULL), CLOISTER_OK);
	assert_true(path[0] == '/');
	assert_int_equal(proc_find("/bin/sh", path, sizeof path, NULL), CLOISTER_OK);
	assert_string_equal(path, "/bin/sh");
	assert_int_equal(proc_find("no-such-program-here", path, sizeof path, NULL), CLOISTER_E_MISSING);
	assert_int_equal(proc_find("sh", tiny, sizeof tiny, NULL), CLOISTER_E_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_status_and_signal),
		cmocka_unit_test(failures_name_their_step),
		cmocka_unit_test(worker_descriptors),
		cmocka_unit_test(user_is_changed_for_good),
		cmocka_unit_test(capabilities_are_given_up),
		cmocka_unit_test(isolated_has_no_network),
		cmocka_unit_test(child_dies_with_a_killed_parent),
		cmocka_unit_test(drop_kills_and_reaps),
		cmocka_unit_test(system_files_only),
		cmocka_unit_test(programs_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
