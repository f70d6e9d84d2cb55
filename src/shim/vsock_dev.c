/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock_dev.c - see vsock_dev.h; the meaning of the messages follows QEMU's
 * docs/interop/vhost-user.rst, that of the rings virtio 1.2 section 5.10.
 *
 * Nothing here blocks, and nothing here is done for as long as somebody else
 * likes: a turn moves at most one ring's worth of packets each way.
 */

#include "shim/vsock_dev.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/rd.h"
#include "base/wr.h"
#include "shim/vhost_user.h"
#include "shim/virtq.h"
#include "shim/vsock_conn.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/loop.h"

enum { RX, TX, EVENT, N_RINGS }; /* 5.10.2; QEMU serves the event queue itself */

#define FEATURES (VIRTIO_F_VERSION_1 | VHOST_F_PROTOCOL_FEATURES)
#define PROTOCOL_FEATURES                                                                          \
	(VHOST_PROTOCOL_F_REPLY_ACK | VHOST_PROTOCOL_F_CONFIG | VHOST_PROTOCOL_F_RESET_DEVICE)
#define CONFIG_LEN 8u       /* struct virtio_vsock_config: le64 guest_cid */
#define FAREWELL_MS 2000u   /* for the guest's last bytes after QEMU went */
#define CHANNEL_LEN 5u      /* u8 type, u32 port */

struct ring {
	struct vsock_dev *dev;
	struct virtq q;
	struct watch kick;
	int kick_fd, call_fd, err_fd;
	bool started; /* between SET_VRING_KICK and GET_VRING_BASE */
	bool enabled;
};

struct vsock_dev {
	struct vsock_options o;
	struct loop *loop;
	struct vhost_link link;
	struct watch on_link;
	struct watch on_channel;
	struct guest_mem mem;
	struct ring ring[N_RINGS];
	struct conns *conns;
	uint64_t protocol_features;
	bool up;             /* the parent knows that the driver is */
	bool more;           /* a turn left work undone */
	bool ending;         /* QEMU is gone, the guest's last bytes are not */
	uint64_t give_up_ms; /* when ending */
	bool over;
	enum cloister_err err; /* what a callback met; the fault is `why` */
	struct cloister_fault why;
};

static void stop_with(struct vsock_dev *d, enum cloister_err err)
{
	d->err = err;
	d->over = true;
}

/* --- rings --- */

static bool runs(const struct ring *r)
{
	return r->started && r->enabled && r->q.avail;
}

static void notify(int fd)
{
	uint64_t one = 1;

	/* A full counter means the peer has not looked yet: it will. */
	if (fd >= 0 && write(fd, &one, sizeof one) < 0)
		return;
}

static void publish(struct ring *r)
{
	if (virtq_publish(&r->q))
		notify(r->call_fd);
}

/* What the guest sent. True when there is more than one turn's worth. */
static bool pump_tx(struct vsock_dev *d)
{
	struct ring *r = &d->ring[TX];
	struct chain c;
	enum virtq_got got = VIRTQ_EMPTY;

	if (!runs(r))
		return false;
	virtq_listen(&r->q, false);
	for (unsigned n = 0; n < r->q.num; n++) {
		got = virtq_next(&r->q, &d->mem, false, &c);
		if (got == VIRTQ_EMPTY || got == VIRTQ_BROKEN)
			break;
		if (got == VIRTQ_CHAIN) {
			conns_receive(d->conns, &c);
			virtq_push(&r->q, c.head, 0);
		}
	}
	publish(r);
	if (got == VIRTQ_BROKEN)
		notify(r->err_fd);
	return virtq_listen(&r->q, true);
}

/* What the guest gets. Kicks are wanted only while its buffers have run out. */
static bool pump_rx(struct vsock_dev *d)
{
	struct ring *r = &d->ring[RX];
	struct chain c;
	bool again = false;

	if (!runs(r) || !conns_speaks(d->conns))
		return false;
	virtq_listen(&r->q, false);
	for (unsigned n = 0; conns_speaks(d->conns); n++) {
		enum virtq_got got = n < r->q.num ? virtq_next(&r->q, &d->mem, true, &c)
						  : VIRTQ_EMPTY;
		if (got == VIRTQ_BROKEN)
			notify(r->err_fd);
		if (got == VIRTQ_EMPTY || got == VIRTQ_BROKEN) {
			again = virtq_listen(&r->q, true);
			break;
		}
		if (got == VIRTQ_BAD)
			continue;
		if (c.len <= VSOCK_HDR_LEN) { /* no room for a byte: useless to any packet */
			virtq_push(&r->q, c.head, 0);
			continue;
		}
		size_t len = conns_speak(d->conns, &c);
		if (len == 0) {
			virtq_undo(&r->q);
			break;
		}
		virtq_push(&r->q, c.head, (uint32_t)len);
	}
	publish(r);
	return again;
}

static void on_kick(struct watch *w, uint32_t events)
{
	struct ring *r = w->owner;
	uint64_t n;

	/* The pumps run after every turn; here only the counter is taken back. */
	if (read(r->kick_fd, &n, sizeof n) == 0 || events & (EPOLLHUP | EPOLLERR))
		loop_remove(r->dev->loop, w); /* no eventfd, and it would spin */
}

static void ring_stop(struct ring *r)
{
	publish(r);
	loop_remove(r->dev->loop, &r->kick);
	drop_fd(&r->kick_fd);
	r->started = false;
}

static void ring_fini(struct ring *r)
{
	ring_stop(r);
	drop_fd(&r->call_fd);
	drop_fd(&r->err_fd);
}

static void ring_init(struct ring *r, struct vsock_dev *d)
{
	*r = (struct ring){ .dev = d, .kick = WATCH_INIT, .kick_fd = -1, .call_fd = -1, .err_fd = -1 };
}

/* --- the parent --- */

static enum cloister_err tell_parent(struct vsock_dev *d, char type, uint32_t port, int fd)
{
	uint8_t raw[CHANNEL_LEN];
	struct wr w = wr_open(raw, sizeof raw);

	wr_u8(&w, (uint8_t)type);
	wr_be32(&w, port);
	/* 'U' is its type alone */
	return io_send_msg(d->o.channel_fd, bytes_of(raw, fd < 0 ? 1 : sizeof raw), fd, &d->why);
}

static void watch_channel(struct vsock_dev *d, bool until_writable)
{
	loop_change(d->loop, &d->on_channel, EPOLLIN | (until_writable ? EPOLLOUT : 0));
}

static bool tell_connection(void *owner, uint32_t port, int fd)
{
	struct vsock_dev *d = owner;

	if (tell_parent(d, 'I', port, fd) == CLOISTER_OK)
		return true;
	watch_channel(d, true); /* full; should it be closed, reading says so */
	return false;
}

/* 'U' once per start of the driver; a full channel is tried again. */
static void tell_up(struct vsock_dev *d)
{
	bool up = runs(&d->ring[RX]) && runs(&d->ring[TX]);

	if (up && !d->up && tell_parent(d, 'U', 0, -1) != CLOISTER_OK)
		watch_channel(d, true);
	else
		d->up = up;
}

static enum cloister_err read_parent(struct vsock_dev *d, struct bytes msg, int *fd)
{
	struct rd r = rd_open(msg, &d->why);
	uint8_t type = rd_u8(&r, "channel.type");
	uint32_t port = rd_be32(&r, "channel.port");

	rd_want(&r, type == 'C' || type == 'F', "channel.type");
	TRY(rd_close(&r, "channel"));
	if (*fd < 0)
		return fail(&d->why, CLOISTER_E_PEER, "channel.fd", "'%c' without a descriptor", type);
	if (d->up)
		conns_connect(d->conns, port, give(*fd, -1), type == 'F');
	return CLOISTER_OK; /* else nobody listens in there yet: closing says so */
}

static void on_channel(struct watch *w, uint32_t events)
{
	struct vsock_dev *d = w->owner;
	own(drop_fd) int fd = -1;
	uint8_t raw[CHANNEL_LEN + 1]; /* one more, so that a longer message is seen as such */
	size_t len;
	enum cloister_err err;

	if (events & EPOLLOUT) {
		watch_channel(d, false);
		conns_announce(d->conns);
		tell_up(d);
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	err = io_recv_msg(d->o.channel_fd, raw, sizeof raw, &len, &fd, &d->why);
	if (err == CLOISTER_E_SYSTEM && d->why.sys == EAGAIN)
		return;
	if (err == CLOISTER_E_LIMIT)
		return; /* no descriptor was left for this one: the kernel has closed it */
	if (err == CLOISTER_OK && len > 0)
		err = read_parent(d, bytes_of(raw, len), &fd);
	else if (err == CLOISTER_OK || d->why.sys == ECONNRESET)
		d->over = true; /* the parent went */
	if (err != CLOISTER_OK && !d->over)
		stop_with(d, err);
}

/* --- the front end --- */

/* The ring a message names. */
static enum cloister_err ring_check(struct vsock_dev *d, const struct vhost_msg *m)
{
	if (m->vring.index >= N_RINGS)
		return fail(&d->why, CLOISTER_E_PEER, "vhost.index", "queue %u of %u",
			    m->vring.index, N_RINGS);
	return CLOISTER_OK;
}

static enum cloister_err set_features(struct vsock_dev *d, const struct vhost_msg *m)
{
	if (m->u64 & ~FEATURES)
		return fail(&d->why, CLOISTER_E_PEER, "vhost.features", "%llx were never offered",
			    (unsigned long long)(m->u64 & ~FEATURES));
	/* Without protocol features a ring is enabled by starting it. */
	for (unsigned i = 0; i < N_RINGS; i++)
		if (!(m->u64 & VHOST_F_PROTOCOL_FEATURES))
			d->ring[i].enabled = true;
	return CLOISTER_OK;
}

static enum cloister_err set_protocol_features(struct vsock_dev *d, const struct vhost_msg *m)
{
	if (m->u64 & ~PROTOCOL_FEATURES)
		return fail(&d->why, CLOISTER_E_PEER, "vhost.protocol_features",
			    "%llx were never offered",
			    (unsigned long long)(m->u64 & ~PROTOCOL_FEATURES));
	d->protocol_features = m->u64;
	return CLOISTER_OK;
}

static enum cloister_err set_mem_table(struct vsock_dev *d, const struct vhost_msg *m)
{
	TRY(guest_mem_map(&d->mem, m->span, d->link.fds, m->n_spans, &d->why));
	for (unsigned i = 0; i < N_RINGS; i++) /* the old translations are gone */
		virtq_attach(&d->ring[i].q, &d->mem);
	return CLOISTER_OK;
}

static enum cloister_err set_vring(struct vsock_dev *d, const struct vhost_msg *m)
{
	struct ring *r = &d->ring[m->vring.index];

	switch (m->request) {
	case VHOST_SET_VRING_NUM:
		TRY(virtq_size(&r->q, m->vring.num, &d->why));
		virtq_attach(&r->q, &d->mem);
		return CLOISTER_OK;
	case VHOST_SET_VRING_BASE:
		if (m->vring.num > UINT16_MAX)
			return fail(&d->why, CLOISTER_E_PEER, "vhost.vring_base", "%u is no index",
				    m->vring.num);
		virtq_rebase(&r->q, (uint16_t)m->vring.num);
		return CLOISTER_OK;
	case VHOST_SET_VRING_ENABLE:
		r->enabled = m->vring.num != 0;
		return CLOISTER_OK;
	default: /* VHOST_SET_VRING_ADDR; the pages may come with a later table */
		r->q.addr = m->addr;
		r->q.has_addr = true;
		virtq_attach(&r->q, &d->mem);
		return CLOISTER_OK;
	}
}

static enum cloister_err set_vring_fd(struct vsock_dev *d, const struct vhost_msg *m)
{
	struct ring *r = &d->ring[m->vring.index];
	own(drop_fd) int fd = vhost_take_fd(&d->link, 0);

	if (fd >= 0)
		TRY(io_nonblock(fd, true, &d->why));
	if (m->request == VHOST_SET_VRING_CALL || m->request == VHOST_SET_VRING_ERR) {
		int *slot = m->request == VHOST_SET_VRING_CALL ? &r->call_fd : &r->err_fd;
		drop_fd(slot);
		*slot = give(fd, -1);
		return CLOISTER_OK;
	}
	if (fd < 0)
		return fail(&d->why, CLOISTER_E_UNSUPPORTED, "vhost.kick",
			    "a queue without a kick descriptor would have to be polled");
	ring_stop(r);
	r->kick_fd = give(fd, -1);
	TRY(loop_add(d->loop, &r->kick, r->kick_fd, EPOLLIN, on_kick, r, &d->why));
	r->started = true;
	return CLOISTER_OK;
}

/* Stop the ring and say where it was; what the guest had sent before that still counts. */
static enum cloister_err get_vring_base(struct vsock_dev *d, const struct vhost_msg *m)
{
	uint8_t raw[8];
	struct wr w = wr_open(raw, sizeof raw);
	struct ring *r = &d->ring[m->vring.index];

	if (r == &d->ring[TX])
		pump_tx(d);
	ring_stop(r);
	wr_le32(&w, m->vring.index);
	wr_le32(&w, r->q.next_avail);
	return vhost_reply(&d->link, m->request, BYTES_OF(raw), &d->why);
}

static enum cloister_err get_config(struct vsock_dev *d, const struct vhost_msg *m)
{
	uint8_t raw[12 + CONFIG_LEN];
	uint8_t config[CONFIG_LEN];
	struct wr c = wr_open(config, sizeof config);
	struct wr w = wr_open(raw, sizeof raw);

	/* An empty answer is the protocol's word for "no such bytes". */
	if (m->config.offset > CONFIG_LEN || m->config.size > CONFIG_LEN - m->config.offset)
		return vhost_reply(&d->link, m->request, BYTES_NONE, &d->why);
	wr_le64(&c, d->o.guest_cid);
	wr_le32(&w, m->config.offset);
	wr_le32(&w, m->config.size);
	wr_le32(&w, 0);
	wr_put(&w, bytes_of(config + m->config.offset, m->config.size));
	return vhost_reply(&d->link, m->request, bytes_of(raw, w.len), &d->why);
}

static void reset(struct vsock_dev *d)
{
	for (unsigned i = 0; i < N_RINGS; i++) {
		ring_fini(&d->ring[i]);
		ring_init(&d->ring[i], d);
	}
	conns_hang_up(d->conns);
}

static enum cloister_err reset_owner(struct vsock_dev *d)
{
	for (unsigned i = 0; i < N_RINGS; i++) /* "or use it to disable all rings" */
		d->ring[i].enabled = false;
	return CLOISTER_OK;
}

/* *answered: the request has a reply of its own, so none is owed by REPLY_ACK. */
static enum cloister_err on_message(struct vsock_dev *d, const struct vhost_msg *m, bool *answered)
{
	*answered = true;
	switch (m->request) {
	case VHOST_GET_FEATURES:
		return vhost_reply_u64(&d->link, m->request, FEATURES, &d->why);
	case VHOST_GET_PROTOCOL_FEATURES:
		return vhost_reply_u64(&d->link, m->request, PROTOCOL_FEATURES, &d->why);
	case VHOST_GET_QUEUE_NUM:
		return vhost_reply_u64(&d->link, m->request, N_RINGS, &d->why);
	case VHOST_GET_VRING_BASE:
		return get_vring_base(d, m);
	case VHOST_GET_CONFIG:
		return get_config(d, m);
	default:
		*answered = false;
	}
	switch (m->request) {
	case VHOST_SET_FEATURES:
		return set_features(d, m);
	case VHOST_SET_PROTOCOL_FEATURES:
		return set_protocol_features(d, m);
	case VHOST_SET_MEM_TABLE:
		return set_mem_table(d, m);
	case VHOST_SET_VRING_KICK:
	case VHOST_SET_VRING_CALL:
	case VHOST_SET_VRING_ERR:
		return set_vring_fd(d, m);
	case VHOST_SET_VRING_NUM:
	case VHOST_SET_VRING_ADDR:
	case VHOST_SET_VRING_BASE:
	case VHOST_SET_VRING_ENABLE:
		return set_vring(d, m);
	case VHOST_RESET_OWNER:
		return reset_owner(d);
	case VHOST_RESET_DEVICE:
		reset(d);
		return CLOISTER_OK;
	default: /* SET_OWNER */
		return CLOISTER_OK;
	}
}

/* QEMU is gone: what the guest wrote before that is delivered, for a while. */
static void farewell(struct vsock_dev *d)
{
	pump_tx(d);
	reset(d);
	loop_remove(d->loop, &d->on_link);
	d->ending = true;
	d->give_up_ms = clock_mono_ms() + FAREWELL_MS;
}

static enum cloister_err next_message(struct vsock_dev *d)
{
	struct vhost_msg m;
	enum vhost_got got;
	bool answered;

	TRY(vhost_recv(&d->link, &got, &m, &d->why));
	if (got == VHOST_CLOSED)
		farewell(d);
	if (got != VHOST_MSG)
		return CLOISTER_OK;
	TRY(ring_check(d, &m)); /* 0 in messages that name none */
	TRY(on_message(d, &m, &answered));
	if (m.need_reply && !answered && d->protocol_features & VHOST_PROTOCOL_F_REPLY_ACK)
		return vhost_reply_u64(&d->link, m.request, 0, &d->why);
	return CLOISTER_OK;
}

static void on_link(struct watch *w, uint32_t events)
{
	struct vsock_dev *d = w->owner;
	enum cloister_err err = next_message(d);

	(void)events;
	if (err != CLOISTER_OK)
		stop_with(d, err);
}

/* --- the whole --- */

static int sooner(int a_ms, int b_ms)
{
	if (a_ms < 0 || b_ms < 0)
		return a_ms < 0 ? b_ms : a_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

static int wait_ms(const struct vsock_dev *d, int timeout_ms)
{
	uint64_t now;

	if (d->more)
		return 0;
	if (!d->ending)
		return sooner(timeout_ms, conns_wait_ms(d->conns));
	now = clock_mono_ms();
	return sooner(timeout_ms, d->give_up_ms > now ? (int)(d->give_up_ms - now) : 0);
}

static void farewell_over(struct vsock_dev *d)
{
	if (d->ending && (conns_count(d->conns) == 0 || clock_mono_ms() >= d->give_up_ms))
		d->over = true;
}

enum cloister_err vsock_dev_turn(struct vsock_dev *d, int timeout_ms, bool *over,
				 struct cloister_fault *why)
{
	TRY(loop_turn(d->loop, wait_ms(d, timeout_ms), why));
	conns_expire(d->conns);
	tell_up(d);
	d->more = pump_tx(d);
	d->more |= pump_rx(d);
	farewell_over(d);
	*over = d->over;
	if (d->err != CLOISTER_OK && why)
		*why = d->why;
	return d->err;
}

static enum cloister_err dev_init(struct vsock_dev *d, struct cloister_fault *why)
{
	struct conns_options conns = { .guest_cid = d->o.guest_cid, .window = d->o.window,
				       .connect_ms = VSOCK_CONNECT_MS,
				       .linger_ms = VSOCK_LINGER_MS,
				       .tell = tell_connection, .owner = d };

	if (d->o.guest_cid <= VSOCK_CID_PARENT || d->o.guest_cid == UINT32_MAX)
		return fail(why, CLOISTER_E_USAGE, "vsock.guest_cid", "%u is not a guest's",
			    d->o.guest_cid);
	TRY(loop_new(&d->loop, why));
	conns.loop = d->loop;
	TRY(conns_new(conns, &d->conns, why));
	TRY(io_nonblock(d->o.channel_fd, true, why));
	TRY(loop_add(d->loop, &d->on_channel, d->o.channel_fd, EPOLLIN, on_channel, d, why));
	return loop_add(d->loop, &d->on_link, d->link.fd, EPOLLIN, on_link, d, why);
}

enum cloister_err vsock_dev_new(struct vsock_options options, struct vsock_dev **out,
				struct cloister_fault *why)
{
	own(drop_vsock_dev) struct vsock_dev *d = calloc(1, sizeof *d);

	if (!d) {
		drop_fd(&options.vhost_fd);
		drop_fd(&options.channel_fd);
		return fail(why, CLOISTER_E_NOMEM, "vsock", "out of memory");
	}
	if (options.window == 0)
		options.window = LIMIT_VSOCK_WINDOW;
	d->o = options;
	d->link = (struct vhost_link)VHOST_LINK_INIT;
	d->link.fd = options.vhost_fd;
	d->on_link = d->on_channel = (struct watch)WATCH_INIT;
	for (unsigned i = 0; i < N_RINGS; i++)
		ring_init(&d->ring[i], d);
	TRY(dev_init(d, why));
	*out = give(d, NULL);
	return CLOISTER_OK;
}

void vsock_dev_free(struct vsock_dev *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < N_RINGS && d->loop; i++)
		ring_fini(&d->ring[i]);
	conns_free(d->conns);
	if (d->loop) {
		loop_remove(d->loop, &d->on_link);
		loop_remove(d->loop, &d->on_channel);
	}
	loop_free(d->loop);
	guest_mem_fini(&d->mem);
	vhost_link_fini(&d->link);
	drop_fd(&d->o.channel_fd);
	free(d);
}

void drop_vsock_dev(struct vsock_dev **d)
{
	vsock_dev_free(*d);
	*d = NULL;
}
