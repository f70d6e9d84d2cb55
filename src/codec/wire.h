/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_WIRE_H
#define CODEC_WIRE_H

/*
 * wire.h - what host and enclave say to each other over vsock.
 *
 * Neither side trusts the other: every message has a type, a direction and a
 * largest body, and an unknown type, a wrong direction or a longer body ends
 * the connection. Frame: u32 body length, u8 type, body; big-endian.
 *
 * Ports. The guest connects to the host (CID 3, also answered at CID 2):
 *   9000  heartbeat: one byte 0xB7 each way, as on Nitro
 *   9001  NSM: u32 length + CBOR request, u32 length + CBOR response, repeated
 *   9002  control: the frames below, one connection for the enclave's life
 * The host connects to the guest:
 *   9100  ingress: u16 port; the guest answers one byte (0 connected, else
 *         refused) and then both sides are that TCP connection's bytes
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

#define WIRE_CID_HOST 3u
#define WIRE_CID_HOST_VMADDR 2u
#define WIRE_PORT_HEARTBEAT 9000u
#define WIRE_PORT_NSM 9001u
#define WIRE_PORT_CONTROL 9002u
#define WIRE_PORT_INGRESS 9100u
#define WIRE_HEARTBEAT 0xb7u
#define WIRE_VERSION 1u

enum wire_from { WIRE_GUEST = 1, WIRE_HOST = 2 };

/*   id        wire  from         smallest  largest body; what it carries */
#define WIRE_MESSAGES(M) \
	M(HELLO,    1,  WIRE_GUEST,  1, 1)     /* u8 version; agent serves, workload not started */ \
	M(STARTED,  2,  WIRE_GUEST,  0, 0)     /* the workload's execve succeeded */ \
	M(LOG,      3,  WIRE_GUEST,  1, 32769) /* u8 stream (1 stdout, 2 stderr), bytes */ \
	M(EXITED,   4,  WIRE_GUEST,  2, 514)   /* u8 kind (0 status, 1 signal), u8 value; then, for a \
						* program that never started (125, 126, 127), a sentence */ \
	M(FAULT,    5,  WIRE_GUEST,  1, 512)   /* UTF-8 sentence: the guest will not go on */ \
	M(EVIDENCE, 6,  WIRE_GUEST,  5, 16384) /* u32 id, u8 1 + document, or 0 + sentence */ \
	M(ATTEST,  16,  WIRE_HOST,   5, 3083)  /* u32 id, u8 mask, then per set bit u16 length + bytes: \
						* 1 nonce, 2 user_data, 4 public_key */ \
	M(STOP,    17,  WIRE_HOST,   4, 4)     /* u32 grace_ms; STOPSIGNAL, then SIGKILL */ \
	M(SIGNAL,  18,  WIRE_HOST,   1, 1)     /* u8 signal number for the workload */ \
	M(BYE,     19,  WIRE_HOST,   0, 0)     /* EXITED was recorded; power off */

enum wire_type {
#define M(id, wire, from, min, max) WIRE_##id = wire,
	WIRE_MESSAGES(M)
#undef M
};

#define WIRE_HEAD 5u

/* The smallest that holds every frame. */
#define WIRE_FRAME_MAX (WIRE_HEAD + 32769u)

/*
 * Look at the front of `in` for one frame sent by `from`. CLOISTER_OK with
 * *used_out == 0 means more bytes are needed. The body is a view into `in`.
 */
enum cloister_err wire_next(struct bytes in, enum wire_from from, enum wire_type *type_out,
			    struct bytes *body_out, size_t *used_out, struct cloister_fault *why);

/* Write one frame's head for a body of `len` bytes; refuses what wire_next() would. */
enum cloister_err wire_head(enum wire_type type, enum wire_from from, size_t len,
			    uint8_t head[static WIRE_HEAD], struct cloister_fault *why);

/* ATTEST's body. Absent fields have data == NULL; an empty one has data and len 0. */
struct wire_attest {
	uint32_t id;
	struct bytes nonce;
	struct bytes user_data;
	struct bytes public_key;
};
enum cloister_err wire_attest_read(struct bytes body, struct wire_attest *out,
				   struct cloister_fault *why);
enum cloister_err wire_attest_write(const struct wire_attest *a, uint8_t *room, size_t room_len,
				    struct bytes *out, struct cloister_fault *why);

#endif
