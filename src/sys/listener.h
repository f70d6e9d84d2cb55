/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_LISTENER_H
#define SYS_LISTENER_H

/*
 * listener.h - a listening socket in a loop, and a call for each connection.
 *
 * A connection that nobody takes keeps its listener readable, and a loop that
 * cannot take it, because the process is out of descriptors, turns without
 * end. So a listener holds one descriptor in reserve: then it gives that up,
 * takes the connection and closes it. The client learns at once.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "sys/loop.h"

/* `fd`, CLOEXEC, is the callback's from now on. It may close the listener. */
typedef void listener_fn(void *owner, int fd);

struct listener {
	struct loop *loop;
	int fd, spare;
	int flags; /* for accept4(), beside SOCK_CLOEXEC */
	struct watch watch;
	listener_fn *fn;
	void *owner;
};

#define LISTENER_INIT { .fd = -1, .spare = -1, .watch = WATCH_INIT }

/* Takes `fd`, which listens, whatever happens, and makes it non-blocking. */
enum cloister_err listener_open(struct listener *l, struct loop *loop, int fd, int flags,
				listener_fn *fn, void *owner, struct cloister_fault *why);
void listener_close(struct listener *l); /* idle is fine */

/* Leave connections waiting in the kernel's queue for now. */
void listener_pause(struct listener *l, bool paused);

#endif
