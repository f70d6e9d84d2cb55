/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock_dev_fuzz.c - the input is a script of what a guest and its QEMU do to
 * the device: descriptors with any content, chains in any shape, an index that
 * changes, packets with any header, messages with any body, rings stopped and
 * started in between, hosts that read, write and leave.
 *
 * Afterwards, when the rings are set up again as a driver does after a reset, a
 * good connection must work; when a message ended the device, the next one's.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/rd.h"
#include "shim/vsock_front.h"
#include "sys/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void any_packet(struct front *f, struct rd *r)
{
	static uint8_t zeros[4096];
	uint8_t b = rd_u8(r, "shape");
	struct vsock_hdr h = { .src_cid = b & 1 ? 7 : FRONT_CID, .dst_cid = 2u + (b >> 1 & 3),
			       .type = b & 8 ? rd_u8(r, "type") : 1 };

	h.op = rd_u8(r, "op") % 10;
	h.src_port = rd_u8(r, "src_port") % 8;
	h.dst_port = b & 16 ? 9 : rd_u8(r, "dst_port");
	h.flags = rd_u8(r, "flags");
	h.len = rd_le16(r, "len");
	h.buf_alloc = b & 32 ? rd_le32(r, "buf_alloc") : 1u << 16;
	h.fwd_cnt = b & 64 ? rd_le32(r, "fwd_cnt") : 0;
	front_send(f, &h, bytes_of(zeros, b & 128 ? rd_le16(r, "real") % sizeof zeros
						  : h.len % sizeof zeros));
}

static void any_descriptor(struct front *f, struct rd *r)
{
	uint8_t b = rd_u8(r, "ring");
	uint64_t gpa = b & 2 ? front_gpa(rd_le32(r, "at") % (2 * FRONT_REGION)) : rd_le64(r, "gpa");
	uint32_t len = b & 4 ? rd_le32(r, "len") : rd_u8(r, "len");
	uint16_t flags = b & 8 ? rd_le16(r, "flags") : rd_u8(r, "flags") & 7;

	front_desc(f, b & 1, b >> 4, gpa, len, flags, rd_u8(r, "next") % (FRONT_RING + 2));
}

static void any_memory(struct front *f, struct rd *r)
{
	uint32_t at = rd_le16(r, "at") % 0x3000;
	struct bytes b = rd_take(r, rd_u8(r, "len") % 32, "content");

	if (b.len)
		memcpy(f->mem + at, b.data, b.len);
	front_settle(f);
}

static void any_message(struct front *f, struct rd *r)
{
	uint8_t request = rd_u8(r, "request");
	uint8_t flags = rd_u8(r, "flags");
	struct bytes body = rd_take(r, rd_u8(r, "size") % 96, "body");

	front_say(f, request % 42, flags & 0xf ? flags & 0xf : 1, body,
		  flags & 16 ? f->mem_fd : flags & 32 ? f->kick[0] : -1,
		  flags & 64 ? f->mem_fd : -1);
}

static void any_host(struct front *f, struct rd *r, int *held)
{
	uint8_t b = rd_u8(r, "host");
	char some[64] = { 0 };

	if (b & 1 && f->conn >= 0) {
		drop_fd(held);
		*held = give(f->conn, -1);
	}
	if (b & 2 && *held >= 0 && send(*held, some, b >> 2 & 31, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		drop_fd(held);
	if (b & 128 && *held >= 0)
		shutdown(*held, b & 64 ? SHUT_RD : SHUT_WR);
	if (b & 64 && !(b & 128)) {
		drop_fd(held);
		*held = front_dial(f, b & 32 ? 'F' : 'C', b & 7);
	}
	front_settle(f);
}

static void one_step(struct front *f, struct rd *r, int *held)
{
	switch (rd_u8(r, "step") % 9) {
	case 0:
		any_packet(f, r);
		break;
	case 1:
		any_descriptor(f, r);
		break;
	case 2: /* a head, in range or not */
		front_offer(f, 1, rd_u8(r, "head") % (FRONT_RING + 2));
		front_settle(f);
		break;
	case 3:
		front_offer(f, 0, rd_u8(r, "head") % (FRONT_RING + 2));
		front_settle(f);
		break;
	case 4:
		any_memory(f, r);
		break;
	case 5:
		any_message(f, r);
		break;
	case 6:
		any_host(f, r, held);
		break;
	case 7: /* an index that jumps */
		if (rd_u8(r, "ring") & 1)
			f->tx_avail = (uint16_t)(f->tx_avail + rd_u8(r, "jump"));
		else
			f->rx_avail = (uint16_t)(f->rx_avail + rd_u8(r, "jump"));
		break;
	default:
		front_stop(f, rd_u8(r, "ring") & 1);
		break;
	}
}

static void drain_replies(struct front *f)
{
	uint8_t nowhere[512];

	while (recv(f->vhost, nowhere, sizeof nowhere, MSG_DONTWAIT) > 0)
		;
}

/* A reset as QEMU does it: rings stopped, memory and rings announced anew. */
static void recover(struct front *f)
{
	front_stop(f, 0);
	front_stop(f, 1);
	drain_replies(f);
	front_mem_table(f);
	front_start(f);
	drain_replies(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloister_fault why;
	struct front f;
	struct rd r = rd_open(bytes_of(data, size), &why);
	int held = -1;

	if (!front_init(&f, rd_u8(&r, "window") & 1 ? 100 : 0, false))
		abort();
	for (unsigned n = 0; n < 64 && rd_ok(&r) && rd_left(&r) > 0 && !f.over; n++)
		one_step(&f, &r, &held);
	if (!f.over)
		recover(&f);
	if (f.over) { /* by a message that is none: the device said why */
		if (f.end == CLOISTER_OK || !f.why.note[0])
			abort();
		front_fini(&f);
		if (!front_init(&f, 0, false))
			abort();
	}
	if (!front_good_connection(&f, 4000))
		abort();
	drop_fd(&held);
	front_fini(&f);
	return 0;
}
