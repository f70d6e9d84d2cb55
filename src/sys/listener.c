/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c - accept4() and what to do when there is no descriptor for it. */

#include "sys/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "sys/io.h"

/* Of the listener itself: nothing need be opened, which the confined could not. */
static void keep_spare(struct listener *l)
{
	if (l->spare < 0)
		l->spare = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
}

static void turn_away(struct listener *l)
{
	drop_fd(&l->spare);
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	drop_fd(&fd);
	keep_spare(l);
}

static void waiting(struct watch *w, uint32_t events)
{
	struct listener *l = w->owner;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | l->flags);

	(void)events;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		turn_away(l);
		return;
	}
	keep_spare(l); /* another process may have taken the last one of the system's */
	if (fd >= 0)
		l->fn(l->owner, fd);
}

enum cloister_err listener_open(struct listener *l, struct loop *loop, int fd, int flags,
				listener_fn *fn, void *owner, struct cloister_fault *why)
{
	*l = (struct listener){ .loop = loop, .fd = fd, .spare = -1, .flags = flags,
				.watch = WATCH_INIT, .fn = fn, .owner = owner };
	enum cloister_err err = io_nonblock(fd, true, why);
	if (err == CLOISTER_OK) {
		keep_spare(l);
		if (l->spare < 0)
			err = fail_sys(why, "listener", "no descriptor in reserve");
	}
	if (err == CLOISTER_OK)
		err = loop_add(loop, &l->watch, fd, EPOLLIN, waiting, l, why);
	if (err != CLOISTER_OK)
		listener_close(l);
	return err;
}

void listener_close(struct listener *l)
{
	if (l->fd >= 0)
		loop_remove(l->loop, &l->watch);
	drop_fd(&l->spare);
	drop_fd(&l->fd);
}

void listener_pause(struct listener *l, bool paused)
{
	loop_change(l->loop, &l->watch, paused ? 0 : EPOLLIN);
}
