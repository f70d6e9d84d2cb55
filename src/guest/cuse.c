/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuse.c - FUSE messages for one device with one ioctl, after linux/fuse.h and
 * drivers/misc/nsm.c, whose limits and error numbers these are.
 */

#include "guest/cuse.h"

#include <errno.h>
#include <linux/fuse.h>

#include "base/limits.h"
#include "base/rd.h"

#define NSM_IOCTL_RAW 0xC0200A00u

static void refuse(struct cuse_call *c, int error)
{
	c->step = CUSE_REFUSE;
	c->error = error;
}

/* The struct, at the front of the data of the second and third round. */
static void read_raw(struct rd *r, struct cuse_call *c)
{
	uint64_t response_len;

	struct rd raw = rd_sub(r, CUSE_RAW_LEN, "raw");
	c->raw = bytes_of(raw.at, CUSE_RAW_LEN);
	c->request_at = rd_le64(&raw, "request.addr");
	c->request_len = rd_le64(&raw, "request.len");
	c->response_at = rd_le64(&raw, "response.addr");
	response_len = rd_le64(&raw, "response.len");
	c->room = response_len < LIMIT_NSM_RESPONSE ? response_len : LIMIT_NSM_RESPONSE;
}

static void want_buffers(struct rd *r, struct cuse_call *c)
{
	read_raw(r, c);
	if (!rd_ok(r) || rd_left(r) > 0)
		refuse(c, EINVAL);
	else if (c->request_len > LIMIT_NSM_REQUEST)
		refuse(c, EMSGSIZE);
	else
		c->step = CUSE_WANT_BUFFERS;
}

static void submit(struct rd *r, struct cuse_call *c, uint32_t out_size)
{
	read_raw(r, c);
	c->request = rd_rest(r, "request");
	/* The ranges asked for were the struct's of the round before; it must still be the same. */
	if (!rd_ok(r) || c->request.len != c->request_len || c->request.len == 0 ||
	    c->request.len > LIMIT_NSM_REQUEST || out_size < CUSE_RAW_LEN) {
		refuse(c, EINVAL);
		return;
	}
	if (c->room > out_size - CUSE_RAW_LEN)
		c->room = out_size - CUSE_RAW_LEN;
	c->step = CUSE_SUBMIT;
}

/* struct fuse_ioctl_in and its data */
static void read_ioctl(struct rd *r, struct cuse_call *c)
{
	rd_le64(r, "fh");
	rd_le32(r, "flags");
	uint32_t cmd = rd_le32(r, "cmd");
	c->arg = rd_le64(r, "arg");
	uint32_t in_size = rd_le32(r, "in_size");
	uint32_t out_size = rd_le32(r, "out_size");
	rd_want(r, in_size == rd_left(r), "in_size");
	if (!rd_ok(r))
		refuse(c, EINVAL);
	else if (cmd != NSM_IOCTL_RAW)
		refuse(c, EINVAL); /* as the driver, not ENOTTY */
	else if (in_size == 0)
		c->step = CUSE_WANT_RAW;
	else if (out_size == 0)
		want_buffers(r, c);
	else
		submit(r, c, out_size);
}

static enum cuse_kind kind_of(uint32_t opcode)
{
	switch (opcode) {
	case CUSE_INIT:
		return CUSE_HELLO;
	case FUSE_OPEN:
		return CUSE_OPENED;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		return CUSE_CLOSED;
	case FUSE_INTERRUPT: /* the interrupted call gets its own reply */
	case FUSE_FORGET:
		return CUSE_UNANSWERED;
	case FUSE_IOCTL:
		return CUSE_IOCTL;
	default:
		return CUSE_UNKNOWN;
	}
}

enum cloister_err cuse_read(struct bytes in, struct cuse_call *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct cuse_call c = { 0 };

	/* struct fuse_in_header */
	uint32_t len = rd_le32(&r, "len");
	rd_want(&r, len == in.len, "len");
	c.kind = kind_of(rd_le32(&r, "opcode"));
	c.unique = rd_le64(&r, "unique");
	rd_take(&r, sizeof(struct fuse_in_header) - 16, "nodeid, uid, gid, pid");
	if (!rd_ok(&r))
		return r.why->err;
	if (c.kind == CUSE_IOCTL)
		read_ioctl(&r, &c);
	*out = c;
	return CLOISTER_OK;
}
