/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_CUSE_H
#define GUEST_CUSE_H

/*
 * cuse.h - what the kernel asks a CUSE server for /dev/nsm, read strictly. Part
 * of each message is a client's: the struct that its ioctl points at, and the
 * request that the struct points at. Pure; views borrow.
 *
 * A CUSE server does not see its clients' memory. It answers "ask again with
 * these ranges", first for the struct, then for what it points at. The client
 * may change the struct between the rounds, so each round checks all again.
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define CUSE_RAW_LEN 32u /* u64 address and length of the request, then of the response */

enum cuse_kind {
	CUSE_UNKNOWN = 0, /* answer ENOSYS */
	CUSE_HELLO,       /* CUSE_INIT, once, first */
	CUSE_OPENED,
	CUSE_CLOSED,      /* also flushed: nothing to do */
	CUSE_UNANSWERED,  /* has no reply */
	CUSE_IOCTL,
};

enum cuse_step {
	CUSE_REFUSE = 0, /* with `error` */
	CUSE_WANT_RAW,   /* ask again with the struct at `arg` */
	CUSE_WANT_BUFFERS, /* ask again with the struct, the request and room for the response */
	CUSE_SUBMIT,     /* `request` goes to the module, at most `room` bytes come back */
};

struct cuse_call {
	enum cuse_kind kind;
	uint64_t unique; /* names the call in its reply */
	/* CUSE_IOCTL: */
	enum cuse_step step;
	int error; /* errno */
	uint64_t arg; /* the struct's address in the client */
	uint64_t request_at, request_len, response_at;
	uint64_t room;
	struct bytes raw;     /* CUSE_RAW_LEN bytes as the client has them */
	struct bytes request;
};

/* One message. What cannot be read at all (and so not be answered) is a fault. */
enum cloister_err cuse_read(struct bytes in, struct cuse_call *out, struct cloister_fault *why);

#endif
