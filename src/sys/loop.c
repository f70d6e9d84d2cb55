/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - the event loop. The only caller of epoll and timerfd.
 *
 * Events are fetched in batches; a callback may remove a watch whose event is
 * still waiting in the batch, so loop_remove() strikes it out there.
 */

#include "sys/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define BATCH 64

struct loop {
	int epoll_fd;
	bool stopping;
	struct epoll_event batch[BATCH];
	int n_batch;
};

enum cloister_err loop_new(struct loop **out, struct cloister_fault *why)
{
	struct loop *l = calloc(1, sizeof *l);

	if (!l)
		return fail(why, CLOISTER_E_NOMEM, "loop", "out of memory");
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		free(l);
		return fail_sys(why, "loop.epoll_create", "no event loop");
	}
	*out = l;
	return CLOISTER_OK;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	close(l->epoll_fd);
	free(l);
}

void drop_loop(struct loop **l)
{
	loop_free(*l);
	*l = NULL;
}

enum cloister_err loop_add(struct loop *l, struct watch *w, int fd, uint32_t events, watch_fn *fn,
			   void *owner, struct cloister_fault *why)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
		return fail_sys(why, "loop.add", "descriptor %d", fd);
	*w = (struct watch){ fd, events, fn, owner };
	return CLOISTER_OK;
}

void loop_change(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (w->fd < 0 || w->events == events)
		return;
	/* Cannot fail for a descriptor that was added and is still open. */
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) == 0)
		w->events = events;
}

void loop_remove(struct loop *l, struct watch *w)
{
	if (w->fd < 0)
		return;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
	for (int i = 0; i < l->n_batch; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

enum cloister_err loop_turn(struct loop *l, int timeout_ms, struct cloister_fault *why)
{
	int n = epoll_wait(l->epoll_fd, l->batch, BATCH, timeout_ms);

	if (n < 0 && errno != EINTR)
		return fail_sys(why, "loop.wait", "the event loop broke");
	l->n_batch = n < 0 ? 0 : n;
	for (int i = 0; i < l->n_batch; i++) {
		struct watch *w = l->batch[i].data.ptr;
		if (w)
			w->fn(w, l->batch[i].events);
	}
	l->n_batch = 0;
	return CLOISTER_OK;
}

enum cloister_err loop_run(struct loop *l, struct cloister_fault *why)
{
	l->stopping = false;
	while (!l->stopping)
		TRY(loop_turn(l, -1, why));
	return CLOISTER_OK;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

enum cloister_err timer_open(int *fd_out, struct cloister_fault *why)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0)
		return fail_sys(why, "timer.open", "no timer");
	*fd_out = fd;
	return CLOISTER_OK;
}

void timer_set(int fd, uint64_t after_ms)
{
	struct itimerspec t = { .it_value = { (time_t)(after_ms / 1000),
					      (long)(after_ms % 1000) * 1000000 } };

	timerfd_settime(fd, 0, &t, NULL);
}

void timer_clear(int fd)
{
	uint64_t expirations;

	while (read(fd, &expirations, sizeof expirations) < 0 && errno == EINTR)
		;
}
