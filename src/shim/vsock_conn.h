/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VSOCK_CONN_H
#define SHIM_VSOCK_CONN_H

/*
 * vsock_conn.h - the connections of one vsock device: which stream socket on
 * the host belongs to which pair of ports, what each side still owes the
 * other, and who may speak next. Knows packets and sockets, no rings: the
 * device hands in what the guest sent and asks for what the guest shall get.
 *
 * Memory: a connection holds at most `window` bytes of the guest's, the amount
 * it was told it may send. Bytes for the guest are never held, they stay in
 * the host's socket until the guest has room. Packets for the guest are not
 * queued either: each connection remembers what it has to say and says it when
 * its turn comes, round robin.
 *
 * Sockets are watched edge-triggered: one that may not be read now (no credit,
 * no buffers) must not wake the loop again and again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "shim/virtq.h"
#include "shim/vsock_pkt.h"
#include "sys/loop.h"

#define VSOCK_CID_VMADDR_HOST 2u /* the host as virtio knows it */
#define VSOCK_CID_PARENT 3u      /* the host as a Nitro enclave knows it */

#define VSOCK_CONNECT_MS 10000u
#define VSOCK_LINGER_MS 8000u /* as Linux's VSOCK_CLOSE_TIMEOUT */

struct conns;

/*
 * Tell the parent about a guest's connection: `fd` (borrowed) is its end.
 * False: not now, conns_announce() will try again.
 */
typedef bool conns_tell_fn(void *owner, uint32_t port, int fd);

struct conns_options {
	uint64_t guest_cid;
	uint32_t window;     /* bytes, not 0 */
	uint32_t connect_ms; /* that the guest has to answer a connect */
	uint32_t linger_ms;  /* and a shutdown of both directions, with its last RST */
	struct loop *loop;
	conns_tell_fn *tell;
	void *owner;
};

enum cloister_err conns_new(struct conns_options options, struct conns **out,
			    struct cloister_fault *why);
void conns_free(struct conns *all); /* NULL is fine */

/* One packet from the guest, header and payload in a readable chain; nothing in it is trusted. */
void conns_receive(struct conns *all, const struct chain *packet);

/* Whether there is something to say to the guest, so that a buffer is worth fetching. */
bool conns_speaks(const struct conns *all);

/*
 * Write the next packet into `room`, a writable chain of more than a header.
 * Returns its length, 0 when there was nothing after all.
 */
size_t conns_speak(struct conns *all, const struct chain *room);

/*
 * Connect the guest's `port` with `fd` (taken; closed when refused). `greet`:
 * write "OK PORT\n" into fd first, when the guest accepts.
 */
void conns_connect(struct conns *all, uint32_t port, int fd, bool greet);

/* The parent's channel has room again. */
void conns_announce(struct conns *all);

/* Milliseconds until conns_expire() has work, -1 for never. */
int conns_wait_ms(const struct conns *all);
void conns_expire(struct conns *all);

/*
 * The guest is gone or starts over: what it sent still reaches the host,
 * nothing else does.
 */
void conns_hang_up(struct conns *all);

/* Open connections, those that only deliver their last bytes included. */
size_t conns_count(const struct conns *all);

#endif
