/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_TALK_H
#define GUEST_TALK_H

/*
 * talk.h - what cloister-init and cloister-agent say to each other over a
 * SOCK_SEQPACKET pair, descriptor TALK_FD in the agent. One message is one
 * datagram: a byte of type, then the body, big-endian.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define TALK_FD 3

enum talk_from { TALK_AGENT = 1, TALK_INIT = 2 };

/*   id        byte from        smallest, largest body; what it carries */
#define TALK_MESSAGES(M) \
	M(READY,   'R', TALK_AGENT, 0, 0)   /* control is connected, /dev/nsm answers: start the workload */ \
	M(STOP,    'S', TALK_AGENT, 4, 4)   /* u32 grace_ms: STOPSIGNAL, then SIGKILL */ \
	M(SIGNAL,  'K', TALK_AGENT, 1, 1)   /* u8 signal for the workload, 1..64 */ \
	M(DONE,    'D', TALK_AGENT, 0, 0)   /* the host has everything: power off */ \
	M(STDOUT,  '1', TALK_INIT,  0, 0)   /* with the read end of the workload's stdout */ \
	M(STDERR,  '2', TALK_INIT,  0, 0)   /* with the read end of the workload's stderr */ \
	M(RUNNING, 'W', TALK_INIT,  0, 0)   /* the workload's execve succeeded */ \
	M(EXITED,  'X', TALK_INIT,  2, 514) /* as wire.h's EXITED */ \
	M(FAULT,   'F', TALK_INIT,  1, 512) /* UTF-8 sentence: init will not go on */

enum talk_type {
#define M(id, byte, from, min, max) TALK_##id = byte,
	TALK_MESSAGES(M)
#undef M
};

#define TALK_TEXT_MAX 512u
#define TALK_MAX (1u + 2u + TALK_TEXT_MAX) /* bytes of the longest message */

struct talk {
	enum talk_type type;
	uint32_t grace_ms;  /* STOP */
	uint8_t signal;     /* SIGNAL */
	uint8_t kind, value; /* EXITED */
	struct bytes text;   /* FAULT, and EXITED's reason; a view */
};

/* One datagram that `from` sent. */
enum cloister_err talk_read(struct bytes message, enum talk_from from, struct talk *out,
			    struct cloister_fault *why);

/* Send, with `pass_fd` unless -1; the text cut at its ceiling. */
enum cloister_err talk_send(int fd, const struct talk *t, int pass_fd, struct cloister_fault *why);

/*
 * Receive one message of `from` into `room` (TALK_MAX bytes, which *out borrows).
 * CLOISTER_E_PEER when the other end has closed. *fd_out is -1 or the caller's.
 */
enum cloister_err talk_receive(int fd, enum talk_from from, uint8_t room[static TALK_MAX],
			       struct talk *out, int *fd_out, struct cloister_fault *why);

#endif
