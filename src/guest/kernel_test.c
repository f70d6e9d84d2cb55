/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_test.c - paths inside an image's root: its links mean what they mean inside, and stay there. */

#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/kernel.h"
#include "sys/io.h"

static char top[64];
static int root;

/* ROOT/real, ROOT/abs -> /real, ROOT/up -> ../../../.., ROOT/loop -> loop, ROOT/file; the outside has no "real". */
static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/kernel_test.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	root = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return mkdirat(root, "real", 0755) || symlinkat("/real", root, "abs") ||
	       symlinkat("../../../..", root, "up") || symlinkat("loop", root, "loop") ||
	       symlinkat("/missing", root, "dangling") ||
	       close(openat(root, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static int tear_down(void **state)
{
	static const char *const dirs[] = { "real/a/b", "real/a", "real/x", "real", "a", "etc" };
	static const char *const files[] = { "abs", "up", "loop", "dangling", "file" };
	(void)state;

	for (size_t i = 0; i < N_OF(files); i++)
		unlinkat(root, files[i], 0);
	for (size_t i = 0; i < N_OF(dirs); i++)
		unlinkat(root, dirs[i], AT_REMOVEDIR);
	close(root);
	return rmdir(top);
}

static const struct {
	const char *path;
	bool ok;
	const char *inside; /* where that is, below the root */
} rows[] = {
	{ "/", true, "." },
	{ "/real", true, "real" },
	{ "/real/", true, "real" },
	{ "//real", true, "real" },
	{ "/abs", true, "real" },
	{ "/real/a/b", true, "real/a/b" },
	{ "/abs/x", true, "real/x" },
	{ "/up", true, "." },
	{ "/up/etc", true, "etc" }, /* made inside, although the outside has one */
	{ "/a/../real", true, "real" },
	{ "/../../real", true, "real" },
	{ "/loop", false, NULL },
	{ "/loop/x", false, NULL },
	{ "/dangling", false, NULL },
	{ "/file", false, NULL },
	{ "/file/x", false, NULL },
};

static void directories_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why = { 0 };
		own(drop_fd) int fd = -1;
		struct stat got, want;
		enum cloister_err err = kernel_mkdirs_in(root, rows[i].path, &fd, &why);
		if ((err == CLOISTER_OK) != rows[i].ok)
			fail_msg("%s: %s %s", rows[i].path, why.what, why.note);
		if (err != CLOISTER_OK)
			continue;
		assert_int_equal(fstat(fd, &got), 0);
		assert_int_equal(fstatat(root, rows[i].inside, &want, 0), 0);
		if (got.st_ino != want.st_ino || got.st_dev != want.st_dev)
			fail_msg("%s is not %s", rows[i].path, rows[i].inside);
	}
}

static void files_inside(void **state)
{
	struct cloister_fault why = { 0 };
	own(drop_fd) int fd = -1;
	(void)state;

	WANT_OK(kernel_open_in(root, "/up/up/file", O_RDONLY, 0, &fd, &why), &why);
	assert_int_equal(kernel_open_in(root, "/up/etc/passwd", O_RDONLY, 0, &fd, &why),
			 CLOISTER_E_SYSTEM);
	assert_int_equal(kernel_open_in(root, "/abs", O_RDONLY | O_NOFOLLOW, 0, &fd, &why),
			 CLOISTER_E_SYSTEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(directories_inside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_inside, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
