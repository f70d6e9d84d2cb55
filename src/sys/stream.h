/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_STREAM_H
#define SYS_STREAM_H

/*
 * stream.h - one connected socket in the loop, with a bounded buffer each way.
 * The owner is told of new bytes and of the end, takes what it understood and
 * puts what it wants to say; nothing here blocks and nothing grows past its
 * bound: a peer that says more than the owner takes has ended the connection.
 *
 * Either callback may free the stream: it is the last thing that happens.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"
#include "sys/loop.h"

struct stream;
typedef void stream_fn(struct stream *s);

struct stream {
	struct loop *loop;
	struct watch watch;
	int fd; /* owned; -1 while idle */
	struct buf in, out;
	stream_fn *data; /* s->in has grown */
	stream_fn *end;  /* nothing more comes, or goes */
	void *owner;
	bool paused;
	bool finishing; /* end once everything is sent */
};

#define STREAM_INIT { .fd = -1, .watch = WATCH_INIT }

/* `fd` is taken, also on failure. */
enum cloister_err stream_open(struct stream *s, struct loop *loop, int fd, size_t in_max,
			      size_t out_max, stream_fn *data, stream_fn *end, void *owner,
			      struct cloister_fault *why);
/* Close and release; idle is fine. Not what it lies in. */
void stream_fini(struct stream *s);

/* The first `len` bytes of s->in are done with. */
void stream_eat(struct stream *s, size_t len);

/* Queue bytes to send; false when the bound is reached: the peer does not listen. */
bool stream_put(struct stream *s, struct bytes b);
/* Call end() when the queue is empty; nothing is read any more. */
void stream_finish(struct stream *s);

/* Stop or go on reading; false when the loop has no room for it any more. */
bool stream_pause(struct stream *s, bool paused);

#endif
