/* SPDX-License-Identifier: Apache-2.0 */
/* io_test.c - files appear whole or not at all; sockets work in any directory. */

#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/io.h"

static char dir[] = "/tmp/cloister-io-XXXXXX";
static int dir_fd;

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	close(dir_fd);
	return rmdir(dir); /* fails, and so does the group, when a test left something behind */
}

static void files_are_replaced_whole(void **state)
{
	struct cloister_fault why = { 0 };
	struct buf b = BUF_INIT(64);
	struct stat st;
	mode_t old = umask(0077);
	(void)state;

	WANT_OK(file_write(dir_fd, "a", 0644, bytes_text("one"), &why), &why);
	WANT_OK(file_write(dir_fd, "a", 0640, bytes_text("two"), &why), &why);
	umask(old);
	assert_int_equal(fstatat(dir_fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	WANT_OK(file_read(dir_fd, "a", 3, &b, &why), &why);
	assert_string_equal(buf_string(&b), "two");
	assert_int_equal(file_read(dir_fd, "a", 2, &b, &why), CLOISTER_E_LIMIT);
	assert_int_equal(file_read(dir_fd, "nothing", 2, &b, &why), CLOISTER_E_MISSING);
	assert_int_equal(file_read(dir_fd, ".", 2, &b, &why), CLOISTER_E_USAGE);
	buf_fini(&b);
	unlinkat(dir_fd, "a", 0);
}

static void the_first_stays(void **state)
{
	struct cloister_fault why = { 0 };
	struct buf b = BUF_INIT(64);
	struct stat st;
	(void)state;

	WANT_OK(file_once(dir_fd, "o", 0600, bytes_text("one"), &why), &why);
	WANT_OK(file_once(dir_fd, "o", 0644, bytes_text("two"), &why), &why);
	WANT_OK(file_read(dir_fd, "o", 3, &b, &why), &why);
	assert_string_equal(buf_string(&b), "one");
	assert_int_equal(fstatat(dir_fd, "o", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	buf_fini(&b);
	unlinkat(dir_fd, "o", 0);
}
/* A file never takes the place of something else, and has no name before its time. */
static void only_files_are_replaced(void **state)
{
	struct cloister_fault why = { 0 };
	own(file_drop) struct file_new f = FILE_NEW_INIT;
	(void)state;

	assert_int_equal(mkfifoat(dir_fd, "p", 0600), 0);
	assert_int_equal(file_write(dir_fd, "p", 0600, bytes_text("x"), &why), CLOISTER_E_USAGE);
	assert_int_equal(unlinkat(dir_fd, "p", 0), 0);
	assert_int_equal(file_new(dir_fd, ".", 0600, &f, &why), CLOISTER_E_USAGE);
	WANT_OK(file_new(dir_fd, "n", 0600, &f, &why), &why);
	assert_int_equal(faccessat(dir_fd, "n", F_OK, 0), -1);
	WANT_OK(file_commit(&f, &why), &why);
	assert_int_equal(faccessat(dir_fd, "n", F_OK, 0), 0);
	unlinkat(dir_fd, "n", 0);
}

static void abandoned_files_vanish(void **state)
{
	struct cloister_fault why = { 0 };
	struct file_new f = FILE_NEW_INIT;
	(void)state;

	WANT_OK(file_new(dir_fd, "b", 0600, &f, &why), &why);
	WANT_OK(io_write_full(f.fd, "half", 4, &why), &why);
	file_drop(&f);
	file_drop(&f);
	assert_int_equal(faccessat(dir_fd, "b", F_OK, 0), -1);
	/* rmdir() in teardown() proves that the temporary is gone too. */
}

static void maps_are_the_file(void **state)
{
	struct cloister_fault why = { 0 };
	own(drop_map) struct bytes map = BYTES_NONE;
	(void)state;

	WANT_OK(file_write(dir_fd, "m", 0600, bytes_text("mapped"), &why), &why);
	WANT_OK(file_map(dir_fd, "m", 100, &map, &why), &why);
	assert_true(bytes_are(map, "mapped"));
	drop_map(&map);
	assert_int_equal(file_map(dir_fd, "m", 5, &map, &why), CLOISTER_E_LIMIT);
	WANT_OK(file_write(dir_fd, "m", 0600, BYTES_NONE, &why), &why);
	WANT_OK(file_map(dir_fd, "m", 100, &map, &why), &why);
	assert_int_equal(map.len, 0);
	unlinkat(dir_fd, "m", 0);
}

static void sockets_in_a_long_directory(void **state)
{
	char name[201];
	struct cloister_fault why = { 0 };
	struct stat st;
	(void)state;

	memset(name, 'd', 200);
	name[200] = 0;
	assert_int_equal(mkdirat(dir_fd, name, 0700), 0);
	own(drop_fd) int deep = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own(drop_fd) int listener = -1, client = -1;
	WANT_OK(io_unix_listen(deep, "s", &listener, &why), &why);
	assert_int_equal(fstatat(deep, "s", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	WANT_OK(io_unix_connect(deep, "s", &client, &why), &why);
	own(drop_fd) int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char got[4] = "";
	WANT_OK(io_send_full(client, "hey", 3, &why), &why);
	WANT_OK(io_read_full(server, got, 3, &why), &why);
	assert_string_equal(got, "hey");
	drop_fd(&client);
	assert_int_equal(io_read_full(server, got, 1, &why), CLOISTER_E_PEER);
	assert_int_equal(io_unix_connect(deep, "none", &client, &why), CLOISTER_E_SYSTEM);
	assert_int_equal(io_unix_connect(deep, "a/b", &client, &why), CLOISTER_E_USAGE);
	unlinkat(deep, "s", 0);
	unlinkat(dir_fd, name, AT_REMOVEDIR);
}

static void descriptors_travel(void **state)
{
	struct cloister_fault why = { 0 };
	int pair[2], pipe_fds[2], got = -1;
	char body[8], c = 0;
	size_t len;
	(void)state;

	WANT_OK(io_pair(SOCK_SEQPACKET, pair, &why), &why);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	WANT_OK(io_send_msg(pair[0], bytes_text("hello"), pipe_fds[1], &why), &why);
	WANT_OK(io_recv_msg(pair[1], body, sizeof body, &len, &got, &why), &why);
	assert_int_equal(len, 5);
	assert_true(got >= 0);
	assert_int_equal(write(got, "x", 1), 1);
	assert_int_equal(read(pipe_fds[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	drop_fd(&got);
	WANT_OK(io_send_msg(pair[0], bytes_text("too long for"), -1, &why), &why);
	assert_int_equal(io_recv_msg(pair[1], body, sizeof body, &len, &got, &why), CLOISTER_E_LIMIT);
	assert_int_equal(got, -1);
	close(pair[0]);
	WANT_OK(io_recv_msg(pair[1], body, sizeof body, &len, &got, &why), &why);
	assert_int_equal(len, 0);
	close(pair[1]);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_replaced_whole), cmocka_unit_test(the_first_stays),
		cmocka_unit_test(abandoned_files_vanish),
		cmocka_unit_test(only_files_are_replaced),
		cmocka_unit_test(maps_are_the_file),        cmocka_unit_test(sockets_in_a_long_directory),
		cmocka_unit_test(descriptors_travel),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
