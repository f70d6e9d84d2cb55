/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_WORKER_H
#define SYS_WORKER_H

/*
 * worker.h - a child that reads strangers' bytes for us. It has one
 * descriptor, a socket (number 3, 0 to 2 are /dev/null): bytes go in, records
 * come out. It dies with its parent and calls confine() before the first byte.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "sys/proc.h"

#define WORKER_FD 3

struct worker {
	struct proc proc;
	int fd; /* -1 while idle */
	bool fed; /* nothing more goes in */
};

#define WORKER_INIT { .proc = PROC_INIT, .fd = -1 }

/* Fork `fn`; it talks on WORKER_FD and its return value is its exit status. */
enum cloister_err worker_start(proc_fn *fn, void *ctx, struct worker *out,
			       struct cloister_fault *why);

/*
 * Wait until bytes move: `feed` shrinks by what went in, *got_out bytes of
 * `room` were filled. An empty `feed` only receives. *ended_out: the worker
 * closed its end. A worker that does not listen any more swallows its feed.
 */
enum cloister_err worker_turn(struct worker *w, struct bytes *feed, void *room, size_t len,
			      size_t *got_out, bool *ended_out, struct cloister_fault *why);

/* Tell it that nothing more goes in. */
void worker_fed(struct worker *w);

/* Wait for its end; a worker killed by a signal is a failure with a sentence. */
enum cloister_err worker_wait(struct worker *w, int *status_out, struct cloister_fault *why);

/* Kill and reap; idle is fine. For own(). */
void worker_drop(struct worker *w);

#endif
