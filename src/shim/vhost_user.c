/* SPDX-License-Identifier: Apache-2.0 */
/* vhost_user.c - see vhost_user.h. All integers little-endian (native, by the document). */

#include "shim/vhost_user.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/rd.h"
#include "base/wr.h"
#include "sys/io.h"

enum { FLAG_VERSION = 3, VERSION = 1, FLAG_REPLY = 4, FLAG_NEED_REPLY = 8 };
enum { VRING_INDEX = 0xff, VRING_NO_FD = 0x100 };

enum body { EMPTY, U64, VRING_STATE, VRING_ADDR, VRING_FD, MEM_TABLE, CONFIG };

static const struct row {
	enum vhost_request request;
	enum body body;
} rows[] = {
	{ VHOST_GET_FEATURES, EMPTY },
	{ VHOST_SET_FEATURES, U64 },
	{ VHOST_SET_OWNER, EMPTY },
	{ VHOST_RESET_OWNER, EMPTY },
	{ VHOST_SET_MEM_TABLE, MEM_TABLE },
	{ VHOST_SET_VRING_NUM, VRING_STATE },
	{ VHOST_SET_VRING_ADDR, VRING_ADDR },
	{ VHOST_SET_VRING_BASE, VRING_STATE },
	{ VHOST_GET_VRING_BASE, VRING_STATE },
	{ VHOST_SET_VRING_KICK, VRING_FD },
	{ VHOST_SET_VRING_CALL, VRING_FD },
	{ VHOST_SET_VRING_ERR, VRING_FD },
	{ VHOST_GET_PROTOCOL_FEATURES, EMPTY },
	{ VHOST_SET_PROTOCOL_FEATURES, U64 },
	{ VHOST_GET_QUEUE_NUM, EMPTY },
	{ VHOST_SET_VRING_ENABLE, VRING_STATE },
	{ VHOST_GET_CONFIG, CONFIG },
	{ VHOST_RESET_DEVICE, EMPTY },
};

static const struct row *row_of(uint32_t request)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((uint32_t)rows[i].request == request)
			return &rows[i];
	return NULL;
}

static void read_mem_table(struct rd *r, struct vhost_msg *m)
{
	m->n_spans = rd_le32(r, "mem.n_regions");
	rd_want(r, m->n_spans <= GUEST_REGIONS, "mem.n_regions");
	rd_le32(r, "mem.padding");
	for (size_t i = 0; rd_ok(r) && i < m->n_spans; i++) {
		m->span[i].gpa = rd_le64(r, "mem.guest_address");
		m->span[i].size = rd_le64(r, "mem.size");
		m->span[i].uva = rd_le64(r, "mem.user_address");
		m->span[i].offset = rd_le64(r, "mem.mmap_offset");
	}
}

static void read_vring_addr(struct rd *r, struct vhost_msg *m)
{
	m->vring.index = rd_le32(r, "vring_addr.index");
	rd_zero(r, 4, "vring_addr.flags"); /* bit 0 asks for a log, never negotiated */
	m->addr.desc = rd_le64(r, "vring_addr.descriptor");
	m->addr.used = rd_le64(r, "vring_addr.used");
	m->addr.avail = rd_le64(r, "vring_addr.available");
	rd_le64(r, "vring_addr.log");
}

static void read_config(struct rd *r, struct vhost_msg *m)
{
	m->config.offset = rd_le32(r, "config.offset");
	m->config.size = rd_le32(r, "config.size");
	rd_le32(r, "config.flags");
	rd_want(r, m->config.size <= VHOST_CONFIG_MAX, "config.size");
	rd_take(r, m->config.size, "config.payload");
}

/* How many descriptors the message must bring. */
static size_t read_body(struct rd *r, enum body body, struct vhost_msg *m)
{
	switch (body) {
	case EMPTY:
		return 0;
	case U64:
		m->u64 = rd_le64(r, "u64");
		return 0;
	case VRING_STATE:
		m->vring.index = rd_le32(r, "vring_state.index");
		m->vring.num = rd_le32(r, "vring_state.num");
		return 0;
	case VRING_ADDR:
		read_vring_addr(r, m);
		return 0;
	case VRING_FD:
		m->u64 = rd_le64(r, "vring_fd");
		rd_want(r, m->u64 <= (VRING_INDEX | VRING_NO_FD), "vring_fd");
		m->vring.index = m->u64 & VRING_INDEX;
		return m->u64 & VRING_NO_FD ? 0 : 1;
	case MEM_TABLE:
		read_mem_table(r, m);
		return m->n_spans;
	case CONFIG:
		read_config(r, m);
		return 0;
	}
	return 0;
}

enum cloister_err vhost_msg_read(struct bytes in, size_t n_fds, struct vhost_msg *out,
				 struct cloister_fault *why)
{
	struct rd r = rd_open(in, why);
	struct vhost_msg m = { 0 };
	uint32_t request = rd_le32(&r, "request");
	uint32_t flags = rd_le32(&r, "flags");
	uint32_t size = rd_le32(&r, "size");
	struct rd body = rd_sub(&r, size, "body");
	const struct row *row = row_of(request);
	size_t want_fds;

	TRY(rd_close(&r, "vhost_user"));
	if (!row)
		return fail(why, CLOISTER_E_UNSUPPORTED, "vhost.request",
			    "request %u was never negotiated", request);
	want_fds = read_body(&body, row->body, &m);
	TRY(rd_close(&body, "body"));
	if ((flags & FLAG_VERSION) != VERSION || flags & FLAG_REPLY)
		return fail_at(why, 4, "vhost.flags", "%08x is no version 1 request", flags);
	if (n_fds != want_fds)
		return fail(why, CLOISTER_E_MALFORMED, "vhost.fds",
			    "request %u came with %zu descriptors, not %zu", request, n_fds, want_fds);
	m.request = row->request;
	m.need_reply = flags & FLAG_NEED_REPLY;
	m.n_fds = n_fds;
	*out = m;
	return CLOISTER_OK;
}

static void close_fds(struct vhost_link *l)
{
	for (size_t i = 0; i < l->n_fds; i++)
		drop_fd(&l->fds[i]);
	l->n_fds = 0;
}

void vhost_link_fini(struct vhost_link *l)
{
	close_fds(l);
	drop_fd(&l->fd);
}

int vhost_take_fd(struct vhost_link *l, size_t i)
{
	return i < l->n_fds ? give(l->fds[i], -1) : -1;
}

/* Keep what came along; more than any message may bring is closed and refused. */
static bool keep_fds(struct vhost_link *l, struct msghdr *m)
{
	bool fits = !(m->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (l->n_fds < GUEST_REGIONS) {
				l->fds[l->n_fds++] = fd;
			} else {
				drop_fd(&fd);
				fits = false;
			}
		}
	}
	return fits;
}

/* Bytes that the message under way still lacks, as far as is known. */
static size_t missing(const struct vhost_link *l)
{
	uint32_t size;

	if (l->have < VHOST_HDR_LEN)
		return VHOST_HDR_LEN - l->have;
	struct cloister_fault why;
	struct rd r = rd_open(bytes_of(l->raw + 8, 4), &why);
	size = rd_le32(&r, "size");
	if (size > VHOST_BODY_MAX)
		return SIZE_MAX;
	return VHOST_HDR_LEN + size - l->have;
}

static enum cloister_err fill(struct vhost_link *l, enum vhost_got *got, struct cloister_fault *why)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * GUEST_REGIONS)];
	} anc;
	struct iovec iov = { l->raw + l->have, missing(l) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = anc.room,
			    .msg_controllen = sizeof anc.room };
	ssize_t n;

	if (iov.iov_len == SIZE_MAX)
		return fail_at(why, 8, "vhost.size", "a message longer than %u bytes", VHOST_BODY_MAX);
	do
		n = recvmsg(l->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*got = VHOST_AGAIN;
	if (n < 0 && errno == EAGAIN)
		return CLOISTER_OK;
	if (n < 0 && errno != ECONNRESET)
		return fail_sys(why, "vhost.recv", "the connection to QEMU broke");
	if (n <= 0) {
		*got = VHOST_CLOSED;
		return CLOISTER_OK;
	}
	if (!keep_fds(l, &m))
		return fail(why, CLOISTER_E_PEER, "vhost.fds", "more than %u descriptors",
			    GUEST_REGIONS);
	l->have += (size_t)n;
	*got = VHOST_MSG;
	return CLOISTER_OK;
}

enum cloister_err vhost_recv(struct vhost_link *l, enum vhost_got *got, struct vhost_msg *out,
			     struct cloister_fault *why)
{
	if (missing(l) == 0) { /* the message that the last call returned */
		l->have = 0;
		close_fds(l);
	}
	while (missing(l) > 0) {
		TRY(fill(l, got, why));
		if (*got != VHOST_MSG)
			return CLOISTER_OK;
	}
	return vhost_msg_read(bytes_of(l->raw, l->have), l->n_fds, out, why);
}

enum cloister_err vhost_reply(struct vhost_link *l, enum vhost_request request, struct bytes body,
			      struct cloister_fault *why)
{
	uint8_t raw[VHOST_HDR_LEN + VHOST_BODY_MAX];
	struct wr w = wr_open(raw, sizeof raw);
	struct bytes all;

	wr_le32(&w, (uint32_t)request);
	wr_le32(&w, VERSION | FLAG_REPLY);
	wr_le32(&w, (uint32_t)body.len);
	wr_put(&w, body);
	TRY(wr_close(&w, "vhost.reply", &all, why));
	if (send(l->fd, all.data, all.len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)all.len)
		return fail_sys(why, "vhost.reply", "QEMU does not take its answer");
	return CLOISTER_OK;
}

enum cloister_err vhost_reply_u64(struct vhost_link *l, enum vhost_request request, uint64_t v,
				  struct cloister_fault *why)
{
	uint8_t raw[8];
	struct wr w = wr_open(raw, sizeof raw);

	wr_le64(&w, v);
	return vhost_reply(l, request, BYTES_OF(raw), why);
}
