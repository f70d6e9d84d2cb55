/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VHOST_USER_H
#define SHIM_VHOST_USER_H

/*
 * vhost_user.h - the vhost-user protocol (QEMU, docs/interop/vhost-user.rst),
 * the part that a device without migration, inflight tracking or IOMMU speaks:
 * messages in, replies out. What they mean to a device is vsock_dev.c.
 *
 * A message that does not fit its own row of the table in vhost_user.c (its
 * size, its descriptors, its version) ends the session: the peer is not QEMU.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "shim/guest_mem.h"
#include "shim/virtq.h"

#define VHOST_HDR_LEN 12u
#define VHOST_CONFIG_MAX 256u /* VHOST_USER_MAX_CONFIG_SIZE */
#define VHOST_BODY_MAX 512u   /* the largest is the memory table: 8 + 8 * 32 */

#define VHOST_F_PROTOCOL_FEATURES (1ull << 30)
#define VIRTIO_F_VERSION_1 (1ull << 32)
#define VHOST_PROTOCOL_F_REPLY_ACK (1ull << 3)
#define VHOST_PROTOCOL_F_CONFIG (1ull << 9)
#define VHOST_PROTOCOL_F_RESET_DEVICE (1ull << 13)

enum vhost_request {
	VHOST_GET_FEATURES = 1,
	VHOST_SET_FEATURES = 2,
	VHOST_SET_OWNER = 3,
	VHOST_RESET_OWNER = 4,
	VHOST_SET_MEM_TABLE = 5,
	VHOST_SET_VRING_NUM = 8,
	VHOST_SET_VRING_ADDR = 9,
	VHOST_SET_VRING_BASE = 10,
	VHOST_GET_VRING_BASE = 11,
	VHOST_SET_VRING_KICK = 12,
	VHOST_SET_VRING_CALL = 13,
	VHOST_SET_VRING_ERR = 14,
	VHOST_GET_PROTOCOL_FEATURES = 15,
	VHOST_SET_PROTOCOL_FEATURES = 16,
	VHOST_GET_QUEUE_NUM = 17,
	VHOST_SET_VRING_ENABLE = 18,
	VHOST_GET_CONFIG = 24,
	VHOST_RESET_DEVICE = 34,
};

struct vhost_msg {
	enum vhost_request request;
	bool need_reply;
	/* One of these, by request. */
	uint64_t u64;
	struct {
		uint32_t index, num;
	} vring; /* also for the descriptors: index only */
	struct virtq_addr addr;
	struct {
		uint32_t offset, size;
	} config;
	struct guest_span span[GUEST_REGIONS];
	size_t n_spans;
	int fds[GUEST_REGIONS]; /* owned by the link until the next message; vhost_take_fd() */
	size_t n_fds;
};

/* The connection to the front end: one message under way, never blocking. */
struct vhost_link {
	int fd; /* -1 while idle */
	uint8_t raw[VHOST_HDR_LEN + VHOST_BODY_MAX];
	size_t have; /* bytes */
	int fds[GUEST_REGIONS];
	size_t n_fds;
};

#define VHOST_LINK_INIT { .fd = -1 }

void vhost_link_fini(struct vhost_link *l);

enum vhost_got { VHOST_AGAIN, VHOST_MSG, VHOST_CLOSED };

/*
 * Receive what is there. VHOST_MSG: one whole message in `out`, whose
 * descriptors are closed with the next call unless taken.
 */
enum cloister_err vhost_recv(struct vhost_link *l, enum vhost_got *got, struct vhost_msg *out,
			     struct cloister_fault *why);

/* The i-th descriptor becomes the caller's; -1 when there is none. */
int vhost_take_fd(struct vhost_link *l, size_t i);

/* Parse one whole message that came with `n_fds` descriptors; for vhost_recv() and its tests. */
enum cloister_err vhost_msg_read(struct bytes in, size_t n_fds, struct vhost_msg *out,
				 struct cloister_fault *why);

/* Answer `request`. A front end that leaves no room for its answers is refused. */
enum cloister_err vhost_reply(struct vhost_link *l, enum vhost_request request, struct bytes body,
			      struct cloister_fault *why);
enum cloister_err vhost_reply_u64(struct vhost_link *l, enum vhost_request request, uint64_t v,
				  struct cloister_fault *why);

#endif
