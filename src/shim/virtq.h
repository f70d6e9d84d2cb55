/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VIRTQ_H
#define SHIM_VIRTQ_H

/*
 * virtq.h - the device's side of a split virtqueue (virtio 1.2 section 2.7)
 * over memory that a hostile driver writes to at any time.
 *
 * Indices, descriptors and flags are each read once, into locals. A chain that
 * loops, leaves memory, uses indirect descriptors (never negotiated) or mixes
 * directions goes back to the driver unused and the queue goes on; an index
 * that promises more than the ring holds breaks the queue until the driver
 * sets it up again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/fault.h"
#include "shim/guest_mem.h"

#define VIRTQ_MAX 1024u    /* entries; QEMU's vsock device has 128 */
#define VIRTQ_IOV 64u      /* parts of one chain; Linux uses at most 19 */

/* One buffer of the driver's, translated. Valid until the memory table changes. */
struct chain {
	uint16_t head;
	uint32_t n_iov;
	size_t len; /* bytes, all parts together */
	struct iovec iov[VIRTQ_IOV];
};

/* Where the rings are, in the front end's addresses. */
struct virtq_addr {
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
};

struct virtq {
	uint16_t num;          /* entries, a power of two; 0 until told */
	uint16_t next_avail;   /* free-running, the next entry of ours in the available ring */
	uint16_t seen_avail;   /* the driver's index when last looked at */
	uint16_t next_used;    /* free-running; ahead of what is published until virtq_publish() */
	uint16_t published;
	bool has_addr;
	bool broken;
	uint8_t *desc, *avail, *used; /* NULL while not attached */
	struct virtq_addr addr;
};

enum virtq_got {
	VIRTQ_EMPTY,
	VIRTQ_CHAIN,
	VIRTQ_BAD,    /* a chain was refused and given back; ask again */
	VIRTQ_BROKEN, /* nothing more until the queue is set up again */
};

/* `num` entries: a power of two up to VIRTQ_MAX, else CLOISTER_E_PEER. */
enum cloister_err virtq_size(struct virtq *q, uint32_t num, struct cloister_fault *why);

/* Find the rings in memory. False when size or addresses are missing, misaligned or outside. */
bool virtq_attach(struct virtq *q, const struct guest_mem *m);
void virtq_detach(struct virtq *q);

/* Start over at available index `base`. */
void virtq_rebase(struct virtq *q, uint16_t base);

/* The next chain; `writable` says which kind of buffer this queue carries. */
enum virtq_got virtq_next(struct virtq *q, const struct guest_mem *m, bool writable,
			  struct chain *out);

/* The chain that virtq_next() just returned stays with the driver for later. */
void virtq_undo(struct virtq *q);

/* Give a chain back, `len` bytes written into it; seen by the driver after virtq_publish(). */
void virtq_push(struct virtq *q, uint16_t head, uint32_t len);

/* True when the driver wants to be interrupted for what is new. */
bool virtq_publish(struct virtq *q);

/* Whether the driver shall kick for new buffers; true: on, and there are some already. */
bool virtq_listen(struct virtq *q, bool on);

/* Copy between a chain's first `len` bytes and memory; false when it is shorter. */
bool chain_read(const struct chain *c, void *dst, size_t len);
bool chain_write(const struct chain *c, const void *src, size_t len);

/* `len` bytes from `at` on (cut to what there is) as parts in `out`; returns how many parts. */
size_t chain_part(const struct chain *c, size_t at, size_t len, struct iovec out[VIRTQ_IOV]);

#endif
