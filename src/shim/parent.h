/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_PARENT_H
#define SHIM_PARENT_H

/*
 * parent.h - the shim and the command that started it: one SOCK_SEQPACKET
 * pair, one byte of type and a body per message.
 *
 *   from the shim   'N' name             the enclave has a name and a record
 *                   'S' JSON record      the workload has started
 *                   '1', '2' bytes       its output, in the foreground
 *                   'R' sentence         refused, nothing was kept (last message)
 *                   'E' JSON record      it has ended (last message)
 *   to the shim     'T'                  stop, gracefully
 *
 * The shim's life hangs on it: when the command goes away before the workload
 * has started, or at any time in the foreground, the enclave is killed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "sys/loop.h"

#define PARENT_FD 3
#define PARENT_BODY_MAX (64u << 10)

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
void parent_say(struct parent *p, char type, struct bytes body);

/*
 * Output of `stream` (1 or 2). False: it was kept and waits, nothing more may be
 * said until drained().
 */
bool parent_output(struct parent *p, unsigned stream, struct bytes text);

#endif
