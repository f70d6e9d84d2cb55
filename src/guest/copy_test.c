/* SPDX-License-Identifier: Apache-2.0 */
/* copy_test.c - a tree with everything in it, copied and compared entry by entry. */

#include "base/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "guest/copy.h"
#include "sys/io.h"

struct place {
	char from[64], to[64];
	int from_fd, to_fd;
};

static int set_up(void **state)
{
	static struct place p;

	snprintf(p.from, sizeof p.from, "/tmp/copy_test.from.XXXXXX");
	snprintf(p.to, sizeof p.to, "/tmp/copy_test.to.XXXXXX");
	if (!mkdtemp(p.from) || !mkdtemp(p.to))
		return -1;
	p.from_fd = open(p.from, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p.to_fd = open(p.to, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = &p;
	return 0;
}

static void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *e; d && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) < 0)
			remove_tree(fd, e->d_name);
	}
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

static int tear_down(void **state)
{
	struct place *p = *state;

	close(p->from_fd);
	close(p->to_fd);
	remove_tree(AT_FDCWD, p->from);
	remove_tree(AT_FDCWD, p->to);
	return 0;
}

static void write_file(int at, const char *name, mode_t mode, size_t len)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	const struct timespec times[2] = { { 1000, 0 }, { 1234567, 89 } };
	struct cloister_fault why = { 0 };
	uint8_t *data = malloc(len + 1);

	assert_true(fd >= 0);
	assert_non_null(data);
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	WANT_OK(io_write_full(fd, data, len, &why), &why);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(futimens(fd, times), 0);
	free(data);
	close(fd);
}

static void same_entry(const struct place *p, const char *name)
{
	struct stat a, b;

	assert_int_equal(fstatat(p->from_fd, name, &a, AT_SYMLINK_NOFOLLOW), 0);
	if (fstatat(p->to_fd, name, &b, AT_SYMLINK_NOFOLLOW) != 0)
		fail_msg("%s was not copied", name);
	assert_int_equal(a.st_mode, b.st_mode);
	assert_int_equal(a.st_uid, b.st_uid);
	assert_int_equal(a.st_gid, b.st_gid);
	if (S_ISREG(a.st_mode) || S_ISDIR(a.st_mode)) {
		assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
		assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	}
	if (S_ISREG(a.st_mode)) {
		own(buf_fini) struct buf x = BUF_INIT(1 << 22);
		own(buf_fini) struct buf y = BUF_INIT(1 << 22);
		struct cloister_fault why = { 0 };
		WANT_OK(file_read(p->from_fd, name, 1 << 22, &x, &why), &why);
		WANT_OK(file_read(p->to_fd, name, 1 << 22, &y, &why), &why);
		assert_true(bytes_equal(buf_bytes(&x), buf_bytes(&y)));
	}
}

static void everything(void **state)
{
	static const char *const names[] = { "empty", "big", "suid", "dir", "dir/inner", "dir/inner/file",
					     "link", "dangling", "fifo" };
	const struct place *p = *state;
	struct cloister_fault why = { 0 };
	char target[64] = "";

	write_file(p->from_fd, "empty", 0644, 0);
	write_file(p->from_fd, "big", 0400, 3000001);
	write_file(p->from_fd, "suid", 06755, 10);
	assert_int_equal(mkdirat(p->from_fd, "dir", 0700), 0);
	assert_int_equal(mkdirat(p->from_fd, "dir/inner", 0700), 0);
	write_file(p->from_fd, "dir/inner/file", 0640, 100);
	assert_int_equal(fchmodat(p->from_fd, "dir/inner", 02751, 0), 0);
	assert_int_equal(symlinkat("dir/inner", p->from_fd, "link"), 0);
	assert_int_equal(symlinkat("/nowhere/at/all", p->from_fd, "dangling"), 0);
	assert_int_equal(mkfifoat(p->from_fd, "fifo", 0600), 0);
	if (geteuid() == 0)
		assert_int_equal(fchownat(p->from_fd, "suid", 7, 8, 0), 0);
	assert_int_equal(fchmodat(p->from_fd, "suid", 06755, 0), 0);
	WANT_OK(copy_tree(p->from_fd, p->to_fd, &why), &why);
	for (size_t i = 0; i < N_OF(names); i++)
		same_entry(p, names[i]);
	assert_true(readlinkat(p->to_fd, "dangling", target, sizeof target - 1) > 0);
	assert_string_equal(target, "/nowhere/at/all");
}

/* A socket means nothing without its process. */
static void sockets_stay_behind(void **state)
{
	const struct place *p = *state;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct cloister_fault why = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s/socket", p->from);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	close(fd);
	WANT_OK(copy_tree(p->from_fd, p->to_fd, &why), &why);
	assert_int_not_equal(faccessat(p->to_fd, "socket", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

/* What is already there is not written through, least of all a link that leads elsewhere. */
static void nothing_is_replaced(void **state)
{
	const struct place *p = *state;
	struct cloister_fault why = { 0 };

	write_file(p->from_fd, "file", 0644, 10);
	assert_int_equal(symlinkat("/tmp/copy_test.must_not_exist", p->to_fd, "file"), 0);
	assert_int_equal(copy_tree(p->from_fd, p->to_fd, &why), CLOISTER_E_SYSTEM);
	assert_string_equal(why.what, "copy.open");
	assert_int_not_equal(access("/tmp/copy_test.must_not_exist", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sockets_stay_behind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_replaced, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
