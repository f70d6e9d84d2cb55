/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_RELAY_H
#define SHIM_RELAY_H

/*
 * relay.h - carry bytes between two sockets until both directions are done. A
 * half-close travels; a side that does not read stops the other side's reading
 * and nothing else.
 */

#include "base/fault.h"
#include "sys/loop.h"

#define RELAY_BUFFER (32u << 10) /* bytes per direction */

struct relay;

/* A list of relays, so that its owner can end them all and knows how many there are. */
struct relays {
	struct loop *loop;
	struct relay *first;
	size_t n;
};

/* Both descriptors are taken, also on failure. */
enum cloister_err relay_start(struct relays *all, int a, int b, struct cloister_fault *why);
void relays_end(struct relays *all);

#endif
