/* SPDX-License-Identifier: Apache-2.0 */
/* loop_test.c - events arrive, and none arrives at a watch that was removed meanwhile. */

#include "base/test.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/io.h"
#include "sys/loop.h"

struct ends {
	struct loop *loop;
	struct watch a, b;
	int calls;
};

/* Whoever is called first removes both. */
static void remove_both(struct watch *w, uint32_t events)
{
	struct ends *e = w->owner;

	assert_true(events & EPOLLIN);
	e->calls++;
	loop_remove(e->loop, &e->a);
	loop_remove(e->loop, &e->b);
	loop_remove(e->loop, &e->b);
}

static void removed_watches_stay_silent(void **state)
{
	struct ends e = { .a = WATCH_INIT, .b = WATCH_INIT };
	struct cloister_fault why = { 0 };
	int p[2], q[2];
	(void)state;

	WANT_OK(loop_new(&e.loop, &why), &why);
	assert_int_equal(pipe2(p, O_CLOEXEC) | pipe2(q, O_CLOEXEC), 0);
	WANT_OK(loop_add(e.loop, &e.a, p[0], EPOLLIN, remove_both, &e, &why), &why);
	WANT_OK(loop_add(e.loop, &e.b, q[0], EPOLLIN, remove_both, &e, &why), &why);
	assert_int_equal(write(p[1], "x", 1) + write(q[1], "x", 1), 2);
	WANT_OK(loop_turn(e.loop, 1000, &why), &why);
	WANT_OK(loop_turn(e.loop, 0, &why), &why);
	assert_int_equal(e.calls, 1);
	loop_free(e.loop);
	for (int i = 0; i < 2; i++) {
		close(p[i]);
		close(q[i]);
	}
}

static void stop(struct watch *w, uint32_t events)
{
	(void)events;
	timer_clear(w->fd);
	loop_stop(w->owner);
}

static void timers_fire_once_and_not_early(void **state)
{
	own(drop_loop) struct loop *l = NULL;
	own(drop_fd) int fd = -1;
	struct watch w = WATCH_INIT;
	struct cloister_fault why = { 0 };
	(void)state;

	WANT_OK(loop_new(&l, &why), &why);
	WANT_OK(timer_open(&fd, &why), &why);
	WANT_OK(loop_add(l, &w, fd, EPOLLIN, stop, l, &why), &why);
	uint64_t before = clock_mono_us();
	timer_set(fd, 20);
	WANT_OK(loop_run(l, &why), &why);
	assert_true(clock_mono_us() - before >= 20000);
	uint64_t expired;
	assert_int_equal(read(fd, &expired, sizeof expired), -1);
}

static void interest_changes(void **state)
{
	own(drop_loop) struct loop *l = NULL;
	struct ends e = { .a = WATCH_INIT, .b = WATCH_INIT };
	struct cloister_fault why = { 0 };
	int p[2];
	(void)state;

	WANT_OK(loop_new(&l, &why), &why);
	e.loop = l;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	WANT_OK(loop_add(l, &e.a, p[0], 0, remove_both, &e, &why), &why);
	assert_int_equal(write(p[1], "x", 1), 1);
	WANT_OK(loop_turn(l, 0, &why), &why);
	assert_int_equal(e.calls, 0);
	loop_change(l, &e.a, EPOLLIN);
	WANT_OK(loop_turn(l, 0, &why), &why);
	assert_int_equal(e.calls, 1);
	struct watch bad = WATCH_INIT;
	assert_int_equal(loop_add(l, &bad, -1, EPOLLIN, stop, l, &why), CLOISTER_E_SYSTEM);
	assert_int_equal(bad.fd, -1);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed_watches_stay_silent),
		cmocka_unit_test(timers_fire_once_and_not_early),
		cmocka_unit_test(interest_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
