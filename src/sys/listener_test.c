/* SPDX-License-Identifier: Apache-2.0 */
/* listener_test.c - connections arrive; out of descriptors they are turned away, and the loop rests. */

#include "sys/listener.h"

#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/io.h"

struct world {
	struct loop *loop;
	struct listener l;
	int dir, taken, n;
	char path[64];
};

static void came(void *owner, int fd)
{
	struct world *w = owner;

	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	drop_fd(&w->taken);
	w->taken = fd;
	w->n++;
}

static void open_world(struct world *w)
{
	struct cloister_fault why = { 0 };
	int fd = -1;

	*w = (struct world){ .l = LISTENER_INIT, .taken = -1 };
	snprintf(w->path, sizeof w->path, "/tmp/cloister-listener-XXXXXX");
	assert_non_null(mkdtemp(w->path));
	w->dir = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	WANT_OK(loop_new(&w->loop, &why), &why);
	WANT_OK(io_unix_listen(w->dir, "s", &fd, &why), &why);
	WANT_OK(listener_open(&w->l, w->loop, fd, SOCK_NONBLOCK, came, w, &why), &why);
}

static void close_world(struct world *w)
{
	listener_close(&w->l);
	loop_free(w->loop);
	drop_fd(&w->taken);
	unlinkat(w->dir, "s", 0);
	close(w->dir);
	rmdir(w->path);
}

static int client(const struct world *w)
{
	struct cloister_fault why = { 0 };
	int fd = -1;

	WANT_OK(io_unix_connect(w->dir, "s", &fd, &why), &why);
	return fd;
}

static void turn(struct world *w)
{
	struct cloister_fault why = { 0 };

	WANT_OK(loop_turn(w->loop, 0, &why), &why);
}

/* Nothing waits in the kernel's queue: the loop would rest. */
static bool is_quiet(const struct world *w)
{
	struct pollfd p = { .fd = w->l.fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static void turned_away_when_descriptors_run_out(void **state)
{
	struct rlimit before, none;
	struct world w;
	char byte;
	(void)state;

	open_world(&w);
	int first = client(&w), second = client(&w);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ (rlim_t)second + 1, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_true(fcntl(0, F_DUPFD_CLOEXEC, 0) < 0 && errno == EMFILE);

	turn(&w);
	turn(&w);
	assert_int_equal(w.n, 0);
	assert_true(is_quiet(&w));
	assert_int_equal(recv(first, &byte, 1, MSG_DONTWAIT), 0);
	assert_int_equal(recv(second, &byte, 1, MSG_DONTWAIT), 0);

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	int third = client(&w);
	turn(&w);
	assert_int_equal(w.n, 1);
	assert_int_equal(recv(third, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(first);
	close(second);
	close(third);
	close_world(&w);
}

static void paused(void **state)
{
	struct world w;
	(void)state;

	open_world(&w);
	int fd = client(&w);
	listener_pause(&w.l, true);
	turn(&w);
	assert_int_equal(w.n, 0);
	listener_pause(&w.l, false);
	turn(&w);
	assert_int_equal(w.n, 1);
	close(fd);
	close_world(&w);
}

static void closed_means_closed(void **state)
{
	struct cloister_fault why;
	struct world w;
	int fd = -1;
	(void)state;

	open_world(&w);
	listener_close(&w.l);
	assert_int_equal(io_unix_connect(w.dir, "s", &fd, &why), CLOISTER_E_SYSTEM);
	assert_int_equal(why.sys, ECONNREFUSED); /* the spare does not listen on */
	listener_close(&w.l);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turned_away_when_descriptors_run_out),
		cmocka_unit_test(paused),
		cmocka_unit_test(closed_means_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
