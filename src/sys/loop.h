/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

/*
 * loop.h - one process, one epoll loop. Sockets, timers (timerfd), signals
 * (signalfd) and children (pidfd) are all descriptors in it. Level-triggered.
 *
 * A watch is embedded in its owner; the loop keeps a pointer to it until
 * loop_remove(). A callback may remove any watch, its own included; events
 * already fetched for a removed watch are dropped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct loop;
struct watch;
typedef void watch_fn(struct watch *w, uint32_t events); /* EPOLLIN, EPOLLOUT, … */

struct watch {
	int fd; /* borrowed; -1 while idle */
	uint32_t events;
	watch_fn *fn;
	void *owner;
};

#define WATCH_INIT { .fd = -1 }

enum cloister_err loop_new(struct loop **out, struct cloister_fault *why);
void loop_free(struct loop *l); /* NULL is fine; closes no watched descriptor */
void drop_loop(struct loop **l);

enum cloister_err loop_add(struct loop *l, struct watch *w, int fd, uint32_t events, watch_fn *fn,
			   void *owner, struct cloister_fault *why);
void loop_change(struct loop *l, struct watch *w, uint32_t events); /* no-op when equal */
void loop_remove(struct loop *l, struct watch *w); /* idle watches are fine */

/* Run until loop_stop(). */
enum cloister_err loop_run(struct loop *l, struct cloister_fault *why);
/* One turn, waiting at most timeout_ms (-1 for ever). */
enum cloister_err loop_turn(struct loop *l, int timeout_ms, struct cloister_fault *why);
void loop_stop(struct loop *l);

/* A CLOEXEC timerfd, idle; set it with timer_set (0 disarms). */
enum cloister_err timer_open(int *fd_out, struct cloister_fault *why);
void timer_set(int fd, uint64_t after_ms);
void timer_clear(int fd); /* swallow the expiry */

#endif
