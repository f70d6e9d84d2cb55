/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_PARENT_H
#define SHIM_PARENT_H

/*
 * parent.h - the shim's end of the channel to the command that started it
 * (enclave/channel.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "enclave/channel.h"
#include "sys/loop.h"

struct parent {
	struct loop *loop;
	int fd; /* -1: nobody there any more */
	struct watch watch;
	void *owner;
	void (*stop)(void *owner);
	void (*gone)(void *owner);   /* it hung up */
	void (*drained)(void *owner); /* parent_output() may be called again */
	uint8_t type; /* of the message that waits; 0 for none */
	struct bytes waiting; /* allocated */
};

#define PARENT_INIT { .fd = -1, .watch = WATCH_INIT }

/* `fd` is taken; the callbacks are set by the caller before. */
enum cloister_err parent_open(struct parent *p, struct loop *loop, int fd, struct cloister_fault *why);
void parent_close(struct parent *p);

/* Say something now; what cannot be said within seconds is dropped. */
void parent_say(struct parent *p, enum channel_type type, struct bytes body);

/*
 * CHANNEL_STDOUT or CHANNEL_STDERR. False: it was kept and waits, no more output
 * may come until drained().
 */
bool parent_output(struct parent *p, enum channel_type stream, struct bytes text);

#endif
