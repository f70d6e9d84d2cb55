/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_CONTROL_H
#define SHIM_CONTROL_H

/*
 * control.h - the one connection of an enclave's life, port 9002 of
 * codec/wire.h: frames from the guest turned into calls, in an order that the
 * guest cannot change. Everything that comes out of it was written by the guest.
 */

#include <stdint.h>

#include "codec/wire.h"
#include "sys/stream.h"

enum control_state {
	CONTROL_NONE = 0, /* not connected */
	CONTROL_GREETING, /* connected, HELLO outstanding */
	CONTROL_WAITING,  /* the agent serves, the workload has not started */
	CONTROL_RUNNING,
	CONTROL_EXITED,   /* EXITED was heard and answered with BYE */
};

struct control_events {
	void *owner;
	void (*hello)(void *owner);
	void (*started)(void *owner);
	void (*output)(void *owner, unsigned stream, struct bytes text); /* 1 or 2 */
	void (*exited)(void *owner, bool by_signal, unsigned value);
	/* `document` or, when refused, a sentence; both are the guest's. */
	void (*evidence)(void *owner, uint32_t id, bool refused, struct bytes document);
	/* The guest will not go on, or broke the protocol; the connection is closed. One sentence. */
	void (*broken)(void *owner, const char *reason);
	/* The connection ended before EXITED: the agent's doing, or a sign of something worse. */
	void (*hung_up)(void *owner);
};

struct control {
	struct stream stream;
	enum control_state state;
	struct control_events events;
};

#define CONTROL_INIT { .stream = STREAM_INIT }

/* Take the guest's connection; a second one is closed and changes nothing. */
void control_arrived(struct control *c, struct loop *loop, int fd);
void control_close(struct control *c);

/* Frames to the guest. False when it is not connected or does not listen. */
bool control_send(struct control *c, enum wire_type type, struct bytes body);

/*
 * Stop listening while the host cannot take more output; the guest is held back
 * by its own full socket. Going on may call events before it returns.
 */
void control_pause(struct control *c, bool paused);

#endif
