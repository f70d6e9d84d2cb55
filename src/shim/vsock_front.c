/* SPDX-License-Identifier: Apache-2.0 */
/* vsock_front.c - see vsock_front.h. Never linked into a program of ours. */

#include "shim/vsock_front.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/wr.h"
#include "sys/io.h"

#define MEM_LEN (2u * FRONT_REGION)

uint64_t front_gpa(uint32_t file_at)
{
	return file_at < FRONT_REGION ? FRONT_GPA_A + (uint64_t)file_at
				      : FRONT_GPA_B + (uint64_t)file_at - FRONT_REGION;
}

static uint32_t ring_at(unsigned ring)
{
	return ring ? FRONT_TX_RING : FRONT_RX_RING;
}

static void put16(struct front *f, uint32_t at, uint16_t v)
{
	__atomic_store_n((uint16_t *)(void *)(f->mem + at), v, __ATOMIC_RELEASE);
}

static uint16_t get16(const struct front *f, uint32_t at)
{
	return __atomic_load_n((const uint16_t *)(const void *)(f->mem + at), __ATOMIC_ACQUIRE);
}

/* --- the parent --- */

void front_hear(struct front *f)
{
	struct cloister_fault why;
	uint8_t raw[8];
	size_t len;
	int fd;

	while (f->channel >= 0 &&
	       io_recv_msg(f->channel, raw, sizeof raw, &len, &fd, &why) == CLOISTER_OK && len > 0) {
		struct rd r = rd_open(bytes_of(raw, len), &why);
		if (rd_u8(&r, "type") == 'U') {
			f->up = true;
			continue;
		}
		drop_fd(&f->conn);
		f->port = rd_be32(&r, "port");
		f->conn = fd;
	}
}

int front_dial(struct front *f, char type, uint32_t port)
{
	struct cloister_fault why;
	int pair[2];
	uint8_t raw[5];
	struct wr w = wr_open(raw, sizeof raw);

	wr_u8(&w, (uint8_t)type);
	wr_be32(&w, port);
	if (io_pair(SOCK_STREAM, pair, &why) != CLOISTER_OK)
		return -1;
	if (io_send_msg(f->channel, BYTES_OF(raw), pair[0], &why) != CLOISTER_OK)
		drop_fd(&pair[1]);
	close(pair[0]);
	front_settle(f);
	return pair[1];
}

/* --- the device's turns --- */

void front_settle(struct front *f)
{
	/* All that was said is there already, so a few turns do it; more would hide a wedge. */
	for (unsigned n = 0; n < 5 && f->dev && !f->over; n++) {
		f->end = vsock_dev_turn(f->dev, 0, &f->over, &f->why);
		if (f->end != CLOISTER_OK)
			f->over = true;
		front_hear(f);
	}
}

/* --- QEMU --- */

void front_say(struct front *f, uint32_t request, uint32_t flags, struct bytes body, int fd_a,
	       int fd_b)
{
	uint8_t raw[VHOST_HDR_LEN + VHOST_BODY_MAX] = { 0 };
	struct wr w = wr_open(raw, sizeof raw);
	int fds[2] = { fd_a, fd_b };
	size_t n_fds = (fd_a >= 0) + (fd_b >= 0);
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof fds)];
	} anc = { 0 };
	struct iovec iov = { raw, 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	wr_le32(&w, request);
	wr_le32(&w, flags);
	wr_le32(&w, (uint32_t)body.len);
	wr_put(&w, body);
	iov.iov_len = w.len;
	if (n_fds > 0) {
		m.msg_control = anc.room;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	if (f->vhost >= 0 && sendmsg(f->vhost, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* it has ended: the caller looks at f->over */
	front_settle(f);
}

void front_say_u64(struct front *f, uint32_t request, uint64_t v, int fd)
{
	uint8_t raw[8];
	struct wr w = wr_open(raw, sizeof raw);

	wr_le64(&w, v);
	front_say(f, request, 1, BYTES_OF(raw), fd, -1);
}

void front_say_vring(struct front *f, uint32_t request, uint32_t index, uint32_t num)
{
	uint8_t raw[8];
	struct wr w = wr_open(raw, sizeof raw);

	wr_le32(&w, index);
	wr_le32(&w, num);
	front_say(f, request, 1, BYTES_OF(raw), -1, -1);
}

int front_reply(struct front *f, uint32_t request, void *body, size_t room)
{
	struct cloister_fault why;
	uint8_t raw[VHOST_HDR_LEN + VHOST_BODY_MAX];
	ssize_t n = recv(f->vhost, raw, VHOST_HDR_LEN, MSG_DONTWAIT);
	struct rd r = rd_open(bytes_of(raw, n > 0 ? (size_t)n : 0), &why);
	bool same = rd_le32(&r, "request") == request && rd_le32(&r, "flags") == 5;
	uint32_t size = rd_le32(&r, "size");

	if (!rd_ok(&r) || !same || size > room)
		return -1;
	if (size > 0 && recv(f->vhost, body, size, MSG_DONTWAIT) != (ssize_t)size)
		return -1;
	return (int)size;
}

void front_mem_table(struct front *f)
{
	uint8_t raw[8 + 64];
	struct wr w = wr_open(raw, sizeof raw);

	wr_le64(&w, 2);
	for (unsigned i = 0; i < 2; i++) {
		wr_le64(&w, i ? FRONT_GPA_B : FRONT_GPA_A);
		wr_le64(&w, FRONT_REGION);
		wr_le64(&w, FRONT_UVA + i * FRONT_REGION);
		wr_le64(&w, i * FRONT_REGION);
	}
	front_say(f, VHOST_SET_MEM_TABLE, 1, BYTES_OF(raw), f->mem_fd, f->mem_fd);
}

static void ring_addr(struct front *f, unsigned ring)
{
	uint8_t raw[40];
	struct wr w = wr_open(raw, sizeof raw);
	uint64_t at = FRONT_UVA + ring_at(ring);

	wr_le32(&w, ring);
	wr_le32(&w, 0);
	wr_le64(&w, at + FRONT_DESC);
	wr_le64(&w, at + FRONT_USED);
	wr_le64(&w, at + FRONT_AVAIL);
	wr_le64(&w, 0);
	front_say(f, VHOST_SET_VRING_ADDR, 1, BYTES_OF(raw), -1, -1);
}

int front_stop(struct front *f, uint32_t ring)
{
	uint8_t raw[8];
	struct cloister_fault why;

	front_say_vring(f, VHOST_GET_VRING_BASE, ring, 0);
	if (front_reply(f, VHOST_GET_VRING_BASE, raw, sizeof raw) != 8)
		return -1;
	struct rd r = rd_open(BYTES_OF(raw), &why);
	return rd_le32(&r, "index") == ring ? (int)rd_le32(&r, "base") : -1;
}

/* --- the driver --- */

void front_desc(struct front *f, unsigned ring, unsigned i, uint64_t gpa, uint32_t len,
		uint16_t flags, uint16_t next)
{
	struct wr w = wr_open(f->mem + ring_at(ring) + FRONT_DESC + 16 * (i % f->num), 16);

	wr_le64(&w, gpa);
	wr_le32(&w, len);
	wr_le16(&w, flags);
	wr_le16(&w, next);
}

void front_kick(struct front *f, unsigned ring)
{
	uint64_t one = 1;

	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the index before the flag */
	if (get16(f, ring_at(ring) + FRONT_USED) & 1)
		return; /* VIRTQ_USED_F_NO_NOTIFY */
	if (write(f->kick[ring], &one, sizeof one) < 0)
		return; /* its counter is full: the device has not looked for long */
}

void front_offer(struct front *f, unsigned ring, uint16_t head)
{
	uint16_t *index = ring ? &f->tx_avail : &f->rx_avail;
	uint32_t avail = ring_at(ring) + FRONT_AVAIL;

	put16(f, avail + 4 + 2 * (*index % f->num), head);
	put16(f, avail + 2, ++*index);
	if (!f->lazy)
		front_kick(f, ring);
}

static void offer_rx(struct front *f, uint16_t i)
{
	front_desc(f, 0, i, front_gpa(FRONT_RX_BUFS + i * FRONT_BUF), FRONT_BUF, 2, 0);
	front_offer(f, 0, i);
}

void front_start(struct front *f)
{
	memset(f->mem + FRONT_RX_RING, 0, 0x2000);
	f->rx_avail = f->rx_used = f->tx_avail = 0;
	for (unsigned ring = 0; ring < 2; ring++) {
		front_say_vring(f, VHOST_SET_VRING_NUM, ring, f->num);
		front_say_vring(f, VHOST_SET_VRING_BASE, ring, 0);
		ring_addr(f, ring);
		front_say_u64(f, VHOST_SET_VRING_CALL, ring, f->call[ring]);
		front_say_u64(f, VHOST_SET_VRING_ERR, ring, f->err[ring]);
		front_say_u64(f, VHOST_SET_VRING_KICK, ring, f->kick[ring]);
		front_say_vring(f, VHOST_SET_VRING_ENABLE, ring, 1);
	}
	for (uint16_t i = 0; i < f->num; i++)
		offer_rx(f, i);
	front_settle(f);
}

void front_send(struct front *f, const struct vsock_hdr *h, struct bytes payload)
{
	uint8_t raw[VSOCK_HDR_LEN];
	uint16_t head = (uint16_t)(f->tx_avail * 2 % f->num);

	vsock_hdr_write(h, raw);
	memcpy(f->mem + FRONT_TX_BUF, raw, sizeof raw);
	if (payload.len)
		memcpy(f->mem + FRONT_TX_BUF + 64, payload.data, payload.len);
	front_desc(f, 1, head, front_gpa(FRONT_TX_BUF), sizeof raw, payload.len ? 1 : 0,
		   (uint16_t)(head + 1));
	front_desc(f, 1, head + 1u, front_gpa(FRONT_TX_BUF + 64), (uint32_t)payload.len, 0, 0);
	front_offer(f, 1, head);
	front_settle(f);
}

void front_op(struct front *f, uint32_t port, uint16_t op, uint32_t flags, struct bytes payload)
{
	front_send(f,
		   &(struct vsock_hdr){ .src_cid = FRONT_CID, .dst_cid = 3, .src_port = port,
					.dst_port = 9, .type = 1, .op = op, .flags = flags,
					.len = (uint32_t)payload.len, .buf_alloc = 1u << 18 },
		   payload);
}

bool front_receive(struct front *f, struct vsock_hdr *h, uint8_t *payload)
{
	uint32_t used = FRONT_RX_RING + FRONT_USED;
	uint8_t entry[8];
	struct cloister_fault why;
	uint32_t len;
	uint16_t id;

	if (get16(f, used + 2) == f->rx_used)
		return false;
	memcpy(entry, f->mem + used + 4 + 8 * (f->rx_used++ % f->num), sizeof entry);
	struct rd r = rd_open(BYTES_OF(entry), &why);
	id = (uint16_t)rd_le32(&r, "id");
	len = rd_le32(&r, "len");
	const uint8_t *at = f->mem + FRONT_RX_BUFS + id * FRONT_BUF;
	if (id >= f->num || len < VSOCK_HDR_LEN || len > FRONT_BUF ||
	    vsock_hdr_read(bytes_of(at, VSOCK_HDR_LEN), h, NULL) != CLOISTER_OK ||
	    h->len != len - VSOCK_HDR_LEN)
		return false;
	if (payload)
		memcpy(payload, at + VSOCK_HDR_LEN, h->len);
	offer_rx(f, id);
	front_settle(f);
	return true;
}

bool front_expect(struct front *f, uint32_t port, uint16_t op, struct vsock_hdr *h,
		  uint8_t *payload)
{
	struct vsock_hdr local;

	if (!h)
		h = &local;
	return front_receive(f, h, payload) && h->op == op && h->dst_port == port &&
	       h->dst_cid == FRONT_CID;
}

/* --- all of it --- */

static int memory(void)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, MEM_LEN) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -1;
	return fd;
}

static bool start_device(struct front *f, uint32_t window, int vhost, int channel)
{
	return vsock_dev_new((struct vsock_options){ .vhost_fd = vhost, .channel_fd = channel,
						     .guest_cid = FRONT_CID, .window = window },
			     &f->dev, &f->why) == CLOISTER_OK;
}

bool front_init_apart(struct front *f, int *vhost_fd, int *channel_fd)
{
	int vhost[2], channel[2];

	*f = (struct front){ .vhost = -1, .channel = -1, .conn = -1, .num = FRONT_RING };
	for (unsigned i = 0; i < 2; i++) {
		f->kick[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		f->call[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		f->err[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	f->mem_fd = memory();
	f->mem = mmap(NULL, MEM_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, f->mem_fd, 0);
	if (f->mem == MAP_FAILED || io_pair(SOCK_STREAM, vhost, &f->why) != CLOISTER_OK ||
	    io_pair(SOCK_SEQPACKET, channel, &f->why) != CLOISTER_OK)
		return false;
	*vhost_fd = vhost[0];
	*channel_fd = channel[0];
	f->vhost = vhost[1];
	f->channel = channel[1];
	return io_nonblock(f->channel, true, &f->why) == CLOISTER_OK;
}

void front_hello(struct front *f)
{
	front_say_u64(f, VHOST_SET_FEATURES, VIRTIO_F_VERSION_1 | VHOST_F_PROTOCOL_FEATURES, -1);
	front_say_u64(f, VHOST_SET_PROTOCOL_FEATURES,
		      VHOST_PROTOCOL_F_REPLY_ACK | VHOST_PROTOCOL_F_CONFIG, -1);
	front_mem_table(f);
	front_start(f);
}

bool front_init(struct front *f, uint32_t window, bool bare)
{
	int vhost, channel;

	if (!front_init_apart(f, &vhost, &channel) || !start_device(f, window, vhost, channel))
		return false;
	if (!bare)
		front_hello(f);
	return true;
}

void front_fini(struct front *f)
{
	vsock_dev_free(f->dev);
	drop_fd(&f->vhost);
	drop_fd(&f->channel);
	drop_fd(&f->conn);
	drop_fd(&f->mem_fd);
	for (unsigned i = 0; i < 2; i++) {
		drop_fd(&f->kick[i]);
		drop_fd(&f->call[i]);
		drop_fd(&f->err[i]);
	}
	munmap(f->mem, MEM_LEN);
}

/* What is left of earlier affairs is passed over. */
static bool wait_for(struct front *f, uint32_t port, uint16_t op, uint8_t *payload)
{
	struct vsock_hdr h;

	for (unsigned n = 0; n < 4096; n++) {
		if (!front_receive(f, &h, payload))
			return false;
		if (h.dst_port == port && h.src_port == 9 && h.op == op)
			return true;
	}
	return false;
}

bool front_good_connection(struct front *f, uint32_t port)
{
	uint8_t got[FRONT_BUF], up[8] = { 0 };

	front_op(f, port, VSOCK_OP_REQUEST, 0, BYTES_NONE);
	if (!wait_for(f, port, VSOCK_OP_RESPONSE, got) || f->conn < 0)
		return false;
	own(drop_fd) int fd = give(f->conn, -1);
	front_op(f, port, VSOCK_OP_RW, 0, bytes_text("up"));
	if (recv(fd, up, sizeof up, MSG_DONTWAIT) != 2 || !bytes_are(bytes_of(up, 2), "up"))
		return false;
	if (send(fd, "down", 4, MSG_DONTWAIT | MSG_NOSIGNAL) != 4)
		return false;
	front_settle(f);
	if (!wait_for(f, port, VSOCK_OP_RW, got) || !bytes_are(bytes_of(got, 4), "down"))
		return false;
	front_op(f, port, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_BOTH, BYTES_NONE);
	return wait_for(f, port, VSOCK_OP_RST, got) && recv(fd, up, sizeof up, MSG_DONTWAIT) == 0;
}
