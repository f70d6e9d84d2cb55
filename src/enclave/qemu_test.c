/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qemu_test.c - the command line, row by row, and how a real QEMU's end is
 * told. Machines that boot are in flow/, where there is a kernel.
 */

#include "enclave/qemu.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/eif.h"
#include "enclave/kvmprobe.h"
#include "sys/io.h"

static struct machine_spec spec(void)
{
	return (struct machine_spec){ .name = "t", .kernel_fd = -1, .initrd_fd = -1, .cmdline = "a b",
				      .memory_mib = 64, .cpus = 1, .accelerator = "tcg", .vsock_fd = -1,
				      .cgroup_procs = -1, .change_user = geteuid() == 0, .uid = 61998 };
}

static bool has(const struct qemu_args *a, const char *option, const char *value)
{
	for (size_t i = 0; i + 1 < a->n; i++)
		if (strcmp(a->argv[i], option) == 0 && strcmp(a->argv[i + 1], value) == 0)
			return true;
	return false;
}

static bool mentions(const struct qemu_args *a, const char *what)
{
	for (size_t i = 0; i < a->n; i++)
		if (strstr(a->argv[i], what))
			return true;
	return false;
}

static void command_line(void **state)
{
	(void)state;
	struct machine_spec s = spec();
	struct qemu_args a;

	s.initrd_fd = s.vsock_fd = 9;
	qemu_args(&s, "/q", true, &a);
	assert_null(a.argv[a.n]);
	assert_string_equal(a.argv[0], "/q");
	assert_true(has(&a, "-kernel", "/proc/self/fd/3"));
	assert_true(has(&a, "-initrd", "/proc/self/fd/4"));
	assert_true(has(&a, "-append", "a b"));
	assert_true(has(&a, "-m", "64"));
	assert_true(has(&a, "-cpu", "max"));
	assert_true(has(&a, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
	assert_true(has(&a, "-object", "memory-backend-memfd,id=mem,size=64M,share=on"));
	assert_true(has(&a, "-M", "microvm,memory-backend=mem,isa-serial=off"));
	/* No way in, no way out. */
	assert_false(mentions(&a, "chardev:console"));
	assert_false(mentions(&a, "-net"));
	assert_false(mentions(&a, "-drive"));
	assert_false(mentions(&a, "console"));
	s.debug = true;
	s.accelerator = "kvm";
	qemu_args(&s, "/q", true, &a);
	assert_true(has(&a, "-serial", "chardev:console"));
	assert_true(has(&a, "-cpu", "host"));
}

struct seen {
	struct loop *loop;
	struct machine_end end;
	bool ended;
};

static void saw_end(void *owner, const struct machine_end *end)
{
	struct seen *s = owner;

	s->end = *end;
	s->ended = true;
	loop_stop(s->loop);
}

static struct machine_end run(const struct machine_spec *s, bool kill_at_once)
{
	struct cloister_fault why;
	struct seen seen = { 0 };
	struct machine_events events = { .owner = &seen, .ended = saw_end };
	struct machine *m = NULL;

	assert_int_equal(loop_new(&seen.loop, &why), CLOISTER_OK);
	assert_int_equal(backend_qemu.start(seen.loop, s, &events, &m, &why), CLOISTER_OK);
	if (kill_at_once)
		backend_qemu.kill(m);
	assert_int_equal(loop_run(seen.loop, &why), CLOISTER_OK);
	assert_true(seen.ended);
	backend_qemu.free(m);
	loop_free(seen.loop);
	return seen.end;
}

static void have_qemu(void)
{
	char path[4096];

	if (qemu_find(path, sizeof path, NULL) != CLOISTER_OK)
		skip();
}

/* A file that is no kernel. */
static int no_kernel(void)
{
	int fd = memfd_create("no-kernel", MFD_CLOEXEC);

	assert_int_equal(io_write_full(fd, "no kernel at all", 16, NULL), CLOISTER_OK);
	return fd;
}

static void its_last_words_are_told(void **state)
{
	(void)state;
	have_qemu();
	struct machine_spec s = spec();

	s.kernel_fd = no_kernel();
	struct machine_end end = run(&s, false);
	assert_false(end.by_guest);
	assert_non_null(strstr(end.reason, "QEMU exited with status 1: "));
	assert_non_null(strstr(end.reason, "kernel"));
	close(s.kernel_fd);
}

static void killed_when_asked(void **state)
{
	(void)state;
	have_qemu();
	struct machine_spec s = spec();

	s.kernel_fd = no_kernel();
	struct machine_end end = run(&s, true);
	assert_string_equal(end.reason, "the machine was switched off");
	close(s.kernel_fd);
}

static void a_missing_qemu_is_named(void **state)
{
	(void)state;
	struct cloister_fault why;
	struct machine_spec s = spec();
	struct machine_events events = { 0 };
	struct machine *m = NULL;
	own(drop_loop) struct loop *loop = NULL;

	assert_int_equal(setenv("CLOISTER_QEMU", "/nonexistent/qemu", 1), 0);
	assert_int_equal(loop_new(&loop, &why), CLOISTER_OK);
	assert_int_equal(backend_qemu.start(loop, &s, &events, &m, &why), CLOISTER_E_MISSING);
	assert_non_null(strstr(why.note, "/nonexistent/qemu"));
	assert_null(m);
	assert_int_equal(unsetenv("CLOISTER_QEMU"), 0);
}

/* Whatever stands in QEMU's place: it speaks, is silent, or never ends. */
static void its_version_is_not_waited_for(void **state)
{
	static const struct {
		const char *script;
		enum cloister_err err;
	} rows[] = {
		{ "#!/bin/sh\necho QEMU 7\necho more\n", CLOISTER_OK },
		{ "#!/bin/sh\nexit 1\n", CLOISTER_E_PEER },
		{ "#!/bin/sh\nexec sleep 600\n", CLOISTER_E_TIMEOUT },
	};
	char dir[] = "/tmp/qemu_test.XXXXXX", path[64], line[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/qemu", dir);
	assert_int_equal(setenv("CLOISTER_QEMU", path, 1), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned ms = rows[i].err == CLOISTER_E_TIMEOUT ? 200 : 20000;
		assert_int_equal(file_write(AT_FDCWD, path, 0700, bytes_text(rows[i].script), NULL),
				 CLOISTER_OK);
		assert_int_equal(probe_qemu_version(ms, line, sizeof line, NULL), rows[i].err);
		if (rows[i].err == CLOISTER_OK)
			assert_string_equal(line, "QEMU 7");
	}
	assert_int_equal(unsetenv("CLOISTER_QEMU"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void what_does_not_boot_is_not_picked(void **state)
{
	(void)state;
	have_qemu();
	char reason[200];
	bool boots = true;
	struct accelerator a;
	struct probe_spec p = { .state_fd = -1, .kernel_fd = no_kernel(), .change_user = geteuid() == 0,
				.uid = 61998 };

	assert_int_equal(accelerator_try("tcg", &p, &boots, reason, sizeof reason, NULL), CLOISTER_OK);
	assert_false(boots);
	assert_string_equal(reason, "QEMU refuses it with status 1");
	assert_int_equal(accelerator_pick("tcg", &p, &a, NULL), CLOISTER_OK);
	assert_string_equal(a.name, "tcg");
	/* This "kernel" boots nowhere, so `auto` cannot choose KVM on any host. */
	assert_int_equal(accelerator_pick("auto", &p, &a, NULL), CLOISTER_OK);
	assert_string_equal(a.name, "tcg");
	assert_int_equal(accelerator_pick("kvm", &p, &a, NULL), CLOISTER_E_UNSUPPORTED);
	close(p.kernel_fd);
}

/* The kernel of the platform bundle that the end-to-end tests use, where there is one. */
static int real_kernel(void)
{
	const char *bundle = getenv("CLOISTER_PLATFORM");
	struct bytes file = BYTES_NONE;
	struct eif e;
	int fd = -1;

	if (!bundle || file_map(AT_FDCWD, bundle, LIMIT_EIF, &file, NULL) != CLOISTER_OK)
		return -1;
	if (eif_read(file, &e, NULL) == CLOISTER_OK) {
		fd = memfd_create("kernel", MFD_CLOEXEC);
		assert_int_equal(io_write_full(fd, e.kernel.data, e.kernel.len, NULL), CLOISTER_OK);
	}
	drop_map(&file);
	return fd;
}

/* A kernel that boots is seen to boot; one that does not get the time is not waited for. */
static void what_boots_is_seen_to_boot(void **state)
{
	(void)state;
	have_qemu();
	char reason[200];
	bool boots = false;
	struct probe_spec p = { .state_fd = -1, .kernel_fd = real_kernel(), .timeout_ms = 250000,
				.change_user = geteuid() == 0, .uid = 61998 };

	if (p.kernel_fd < 0)
		skip();
	assert_int_equal(accelerator_try("tcg", &p, &boots, reason, sizeof reason, NULL), CLOISTER_OK);
	assert_string_equal(reason, "a kernel boots with it");
	assert_true(boots);
	p.timeout_ms = 50;
	assert_int_equal(accelerator_try("tcg", &p, &boots, reason, sizeof reason, NULL), CLOISTER_OK);
	assert_string_equal(reason, "a kernel did not boot with it in 50 ms");
	assert_false(boots);
	close(p.kernel_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_line),
		cmocka_unit_test(its_last_words_are_told),
		cmocka_unit_test(killed_when_asked),
		cmocka_unit_test(a_missing_qemu_is_named),
		cmocka_unit_test(its_version_is_not_waited_for),
		cmocka_unit_test(what_does_not_boot_is_not_picked),
		cmocka_unit_test(what_boots_is_seen_to_boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
