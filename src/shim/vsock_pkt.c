/* SPDX-License-Identifier: Apache-2.0 */
/* vsock_pkt.c - see vsock_pkt.h. Offsets of struct virtio_vsock_hdr in the margin. */

#include "shim/vsock_pkt.h"

#include "base/rd.h"
#include "base/wr.h"

enum cloister_err vsock_hdr_read(struct bytes in, struct vsock_hdr *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct vsock_hdr h;

	/*  0 */ h.src_cid = rd_le64(&r, "src_cid");
	/*  8 */ h.dst_cid = rd_le64(&r, "dst_cid");
	/* 16 */ h.src_port = rd_le32(&r, "src_port");
	/* 20 */ h.dst_port = rd_le32(&r, "dst_port");
	/* 24 */ h.len = rd_le32(&r, "len");
	/* 28 */ h.type = rd_le16(&r, "type");
	/* 30 */ h.op = rd_le16(&r, "op");
	/* 32 */ h.flags = rd_le32(&r, "flags");
	/* 36 */ h.buf_alloc = rd_le32(&r, "buf_alloc");
	/* 40 */ h.fwd_cnt = rd_le32(&r, "fwd_cnt");
	TRY(rd_close(&r, "vsock_hdr"));
	*out = h;
	return CLOISTER_OK;
}

void vsock_hdr_write(const struct vsock_hdr *h, uint8_t out[VSOCK_HDR_LEN])
{
	struct wr w = wr_open(out, VSOCK_HDR_LEN);

	wr_le64(&w, h->src_cid);
	wr_le64(&w, h->dst_cid);
	wr_le32(&w, h->src_port);
	wr_le32(&w, h->dst_port);
	wr_le32(&w, h->len);
	wr_le16(&w, h->type);
	wr_le16(&w, h->op);
	wr_le32(&w, h->flags);
	wr_le32(&w, h->buf_alloc);
	wr_le32(&w, h->fwd_cnt);
}
