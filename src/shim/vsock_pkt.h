/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VSOCK_PKT_H
#define SHIM_VSOCK_PKT_H

/* vsock_pkt.h - the header in front of every packet (virtio 1.2 section 5.10.6). */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define VSOCK_HDR_LEN 44u
#define VSOCK_TYPE_STREAM 1u

enum vsock_op {
	VSOCK_OP_INVALID = 0,
	VSOCK_OP_REQUEST = 1,
	VSOCK_OP_RESPONSE = 2,
	VSOCK_OP_RST = 3,
	VSOCK_OP_SHUTDOWN = 4,
	VSOCK_OP_RW = 5,
	VSOCK_OP_CREDIT_UPDATE = 6,
	VSOCK_OP_CREDIT_REQUEST = 7,
};

/* Flags of SHUTDOWN: what the sender will not do any more. */
enum { VSOCK_SHUT_RCV = 1, VSOCK_SHUT_SEND = 2, VSOCK_SHUT_BOTH = 3 };

struct vsock_hdr {
	uint64_t src_cid;
	uint64_t dst_cid;
	uint32_t src_port;
	uint32_t dst_port;
	uint32_t len; /* payload bytes behind the header */
	uint16_t type;
	uint16_t op;
	uint32_t flags;
	uint32_t buf_alloc; /* the sender's receive window, bytes */
	uint32_t fwd_cnt;   /* bytes that the sender has taken out of it, modulo 2^32 */
};

/* Exactly VSOCK_HDR_LEN bytes; any value is well formed, the state machine judges it. */
enum cloister_err vsock_hdr_read(struct bytes in, struct vsock_hdr *out, struct cloister_fault *why);
void vsock_hdr_write(const struct vsock_hdr *h, uint8_t out[VSOCK_HDR_LEN]);

#endif
