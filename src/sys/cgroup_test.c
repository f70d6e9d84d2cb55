/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_test.c - what is written where, in a folder that looks like version 2;
 * and that this host's own answer, whichever it is, is whole.
 */

#include "sys/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/io.h"

static char root[64];

static void write_file(const char *name, const char *text)
{
	own(drop_fd) int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct cloister_fault why = { 0 };

	WANT_OK(file_write(dir, name, 0644, bytes_text(text), &why), &why);
}

static void want_file(const char *name, const char *want)
{
	own(drop_fd) int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own(buf_fini) struct buf text = BUF_INIT(4096);
	struct cloister_fault why = { 0 };

	WANT_OK(file_read(dir, name, 4096, &text, &why), &why);
	assert_string_equal(buf_string(&text), want);
}

static void make_dir(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/cloister-cgroup-XXXXXX");
	return mkdtemp(root) == NULL;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

static const struct cgroup_spec spec = { .root = root, .name = "one", .memory = 700u << 20, .cpus = 2 };

static void limits_are_written(void **state)
{
	(void)state;
	struct cgroup g;

	make_dir("cloister");
	make_dir("cloister/one");
	write_file("cgroup.controllers", "cpuset cpu io memory pids\n");
	write_file("cgroup.subtree_control", "");
	write_file("cloister/cgroup.controllers", "cpu memory\n");
	write_file("cloister/cgroup.subtree_control", "");
	static const char *const files[] = { "memory.max", "cpu.max", "memory.swap.max", "cgroup.procs" };
	for (size_t i = 0; i < N_OF(files); i++) {
		char name[64];
		snprintf(name, sizeof name, "cloister/one/%s", files[i]);
		write_file(name, "");
	}
	cgroup_new(&spec, &g);
	assert_string_equal(g.said, "cgroup: at most 700 MiB and 2 processors");
	assert_true(g.procs_fd >= 0);
	want_file("cgroup.subtree_control", "+memory +cpu");
	want_file("cloister/cgroup.subtree_control", "+memory +cpu");
	want_file("cloister/one/memory.max", "734003200");
	want_file("cloister/one/cpu.max", "200000 100000");
	want_file("cloister/one/memory.swap.max", "0");
	cgroup_drop(&g);
	assert_int_equal(g.procs_fd, -1);
	assert_string_not_equal(g.path, ""); /* not empty yet: for another call */
}

/* One in use is kept in mind; one that a killed process left goes away. */
static void removed_in_the_end(void **state)
{
	(void)state;
	struct cgroup g = CGROUP_INIT;

	make_dir("cloister");
	make_dir("cloister/one");
	make_dir("cloister/one/used");
	snprintf(g.path, sizeof g.path, "%s/cloister/one", root);
	char path[sizeof g.path];
	memcpy(path, g.path, sizeof path);
	cgroup_drop(&g);
	assert_string_equal(g.path, path);
	cgroup_remove(root, "one");
	assert_int_equal(access(path, F_OK), 0);
	strncat(path, "/used", sizeof path - strlen(path) - 1);
	assert_int_equal(rmdir(path), 0);
	cgroup_drop(&g);
	assert_string_equal(g.path, "");

	make_dir("cloister/one");
	static const char *const no_names[] = { "", ".", "..", "../cloister/one", "one/" };
	for (size_t i = 0; i < N_OF(no_names); i++)
		cgroup_remove(root, no_names[i]);
	snprintf(path, sizeof path, "%s/cloister/one", root);
	assert_int_equal(access(path, F_OK), 0);
	cgroup_remove(root, "one");
	assert_int_equal(access(path, F_OK), -1);
}

static void without_controllers(void **state)
{
	(void)state;
	static const char *const lists[] = { "", "\n", "cpu\n", "memory\n", "cpuset memory\n", "cpu memoryx\n" };

	for (size_t i = 0; i < N_OF(lists); i++) {
		struct cgroup g;
		write_file("cgroup.controllers", lists[i]);
		cgroup_new(&spec, &g);
		assert_int_equal(g.procs_fd, -1);
		assert_string_equal(g.path, "");
		assert_string_equal(g.said, "no cgroup: the host has no memory and cpu controllers in version 2");
		cgroup_drop(&g);
	}
}

static void not_handed_down(void **state)
{
	(void)state;
	struct cgroup g;

	write_file("cgroup.controllers", "cpu memory\n"); /* and no cgroup.subtree_control */
	cgroup_new(&spec, &g);
	assert_int_equal(g.procs_fd, -1);
	assert_string_equal(g.said, "no cgroup: the controllers cannot be handed down: No such file or directory");
}

/* Whatever this host lets us: a group that goes away again, or a sentence. */
static void this_host(void **state)
{
	(void)state;
	struct cgroup_spec here = { .name = "cgroup-test", .memory = 64u << 20, .cpus = 1 };
	struct cgroup g;

	cgroup_new(&here, &g);
	assert_true(strncmp(g.said, g.procs_fd >= 0 ? "cgroup: " : "no cgroup: ", 8) == 0);
	char path[sizeof g.path];
	memcpy(path, g.path, sizeof path);
	cgroup_drop(&g);
	assert_true(path[0] == '\0' || access(path, F_OK) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(limits_are_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_controllers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_handed_down, set_up, tear_down),
		cmocka_unit_test_setup_teardown(removed_in_the_end, set_up, tear_down),
		cmocka_unit_test(this_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
