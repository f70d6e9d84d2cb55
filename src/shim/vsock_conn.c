/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock_conn.c - see vsock_conn.h; virtio 1.2 section 5.10.6. The life of one
 * connection, and after it the table of all.
 *
 *   guest's REQUEST ─► ANNOUNCE ─► OPEN ─► CLOSING (we said SHUTDOWN, it owes a RST) ─► gone
 *   parent's connect ─► ASKING ──►  │ └──► LAST (a RST is all that is left to say) ───► gone
 *                                   └────► DRAINING (it said RST; its bytes go on) ───► gone
 */

#include "shim/vsock_conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "sys/clock.h"
#include "sys/io.h"

#define BUCKETS 256u
#define EPHEMERAL (1u << 30) /* host ports of our own choice, as Firecracker's */
#define STRAYS 256u          /* RSTs owed to nobody's packets; more are dropped */

enum state { ANNOUNCE, ASKING, OPEN, CLOSING, LAST, DRAINING };

enum say { SAY_REQUEST = 1, SAY_RESPONSE = 2, SAY_CREDIT = 4, SAY_ASK = 8, SAY_SHUTDOWN = 16,
	   SAY_RST = 32 };

struct conn {
	struct conns *all;
	LIST_ENTRY(conn) by_port; /* while in a bucket, see `known` */
	LIST_ENTRY(conn) every;
	TAILQ_ENTRY(conn) turn;   /* while `queued` */
	bool known;
	bool queued;

	enum state state;
	uint32_t say;         /* enum say, a set */
	uint64_t host_cid;    /* as the guest addressed us */
	uint32_t host_port;
	uint32_t guest_port;
	uint64_t deadline_ms; /* 0 for none */

	int fd;        /* our end */
	int parent_fd; /* the parent's, until it was told */
	struct watch watch;
	bool greet;
	bool readable; /* until recv says otherwise */
	bool eof;      /* the host sends no more */
	bool deaf;     /* the host takes no more */
	bool shut_write;
	unsigned guest_shut; /* VSOCK_SHUT_… that the guest said */
	unsigned told;       /* and that we said */

	/* guest → host: a ring of `window` bytes, allocated while it holds any */
	uint8_t *held;
	uint32_t held_at, n_held;
	uint32_t fwd_cnt, told_fwd_cnt; /* bytes handed on, and as the guest knows it */

	/* host → guest */
	uint32_t tx_cnt, peer_alloc, peer_fwd_cnt;
	bool asked; /* for credit, since it ran out */
};

LIST_HEAD(conn_list, conn);
TAILQ_HEAD(conn_queue, conn);

struct conns {
	struct conns_options o;
	struct conn_list bucket[BUCKETS];
	struct conn_list every;
	struct conn_queue turns;
	size_t n;
	uint32_t next_port;
	size_t n_announce;    /* connections the parent was not told of yet */
	uint64_t deadline_ms; /* no connection's is earlier; 0 for none */
	struct vsock_hdr stray[STRAYS];
	size_t stray_at, n_stray;
};

/* --- what a connection has to say, and when it is its turn --- */

static uint32_t credit(const struct conn *c)
{
	uint32_t in_flight = c->tx_cnt - c->peer_fwd_cnt; /* modulo 2^32, as the counters */

	return in_flight < c->peer_alloc ? c->peer_alloc - in_flight : 0;
}

static bool wants_to_send(const struct conn *c)
{
	return c->state == OPEN && c->readable && !c->eof && !(c->guest_shut & VSOCK_SHUT_RCV);
}

/* Queue `c` when it has something to say; call after anything changed. */
static void stir(struct conn *c)
{
	if (wants_to_send(c) && credit(c) == 0 && !c->asked) {
		c->asked = true;
		c->say |= SAY_ASK;
	}
	if (c->queued || (!c->say && !(wants_to_send(c) && credit(c) > 0)))
		return;
	TAILQ_INSERT_TAIL(&c->all->turns, c, turn);
	c->queued = true;
}

static void set_deadline(struct conn *c, uint64_t after_ms)
{
	c->deadline_ms = clock_mono_ms() + after_ms;
	if (!c->all->deadline_ms || c->deadline_ms < c->all->deadline_ms)
		c->all->deadline_ms = c->deadline_ms;
}

/* --- leaving --- */

static void let_go_of_bytes(struct conn *c)
{
	free(c->held);
	c->held = NULL;
	c->fwd_cnt += c->n_held;
	c->n_held = 0;
}

static void close_host(struct conn *c)
{
	let_go_of_bytes(c);
	loop_remove(c->all->o.loop, &c->watch);
	drop_fd(&c->fd);
	drop_fd(&c->parent_fd);
}

static void forget(struct conn *c) /* its ports are free again */
{
	if (c->known)
		LIST_REMOVE(c, by_port);
	if (c->queued)
		TAILQ_REMOVE(&c->all->turns, c, turn);
	c->known = c->queued = false;
	c->say = 0;
}

static void set_state(struct conn *c, enum state next)
{
	if (c->state == ANNOUNCE && next != ANNOUNCE)
		c->all->n_announce--;
	c->state = next;
	c->deadline_ms = 0;
}

static void conn_free(struct conn *c)
{
	set_state(c, LAST);
	close_host(c);
	forget(c);
	LIST_REMOVE(c, every);
	c->all->n--;
	free(c);
}

/* Nonsense, or an end without manners: both sides learn it at once. */
static void abort_conn(struct conn *c)
{
	set_state(c, LAST);
	close_host(c);
	c->say = SAY_RST;
	stir(c);
}

/* The guest is done with it; what it sent before still goes to the host. May free `c`. */
static void drain(struct conn *c)
{
	bool owes = (c->state == OPEN || c->state == CLOSING) && c->n_held > 0;

	if (!owes) {
		conn_free(c);
		return;
	}
	set_state(c, DRAINING);
	forget(c);
}

/*
 * When nothing can flow any more, in neither direction, it is over. The side
 * that ended both says SHUTDOWN, the other answers RST.
 */
static void settle(struct conn *c)
{
	bool up_over = c->deaf || (c->guest_shut & VSOCK_SHUT_SEND && c->n_held == 0);
	bool down_over = c->eof || c->guest_shut & VSOCK_SHUT_RCV;
	unsigned ours = (c->eof ? VSOCK_SHUT_SEND : 0) |
			(c->deaf && !(c->guest_shut & VSOCK_SHUT_SEND) ? VSOCK_SHUT_RCV : 0);

	if (c->state != OPEN)
		return;
	if (up_over && !c->deaf && !c->shut_write) {
		c->shut_write = true;
		shutdown(c->fd, SHUT_WR);
	}
	if (up_over && down_over && c->guest_shut == VSOCK_SHUT_BOTH) {
		abort_conn(c);
		return;
	}
	if (up_over && down_over) {
		close_host(c);
		set_state(c, CLOSING);
		set_deadline(c, c->all->o.linger_ms);
		ours = VSOCK_SHUT_BOTH;
	}
	if (ours & ~c->told) {
		c->told |= ours;
		c->say |= SAY_SHUTDOWN;
	}
	stir(c);
}

/* --- guest → host --- */

/*
 * Tell the guest of room after a quarter of what it may have under way: rarely
 * enough to be cheap, early enough to never stall it. A Linux guest has no more
 * under way than its own window either, so the smaller of the two counts.
 */
static void host_took(struct conn *c, size_t n)
{
	uint32_t window = c->all->o.window < c->peer_alloc ? c->all->o.window : c->peer_alloc;

	c->fwd_cnt += (uint32_t)n;
	if (c->fwd_cnt - c->told_fwd_cnt > window / 4 && c->state == OPEN)
		c->say |= SAY_CREDIT;
}

static void host_is_deaf(struct conn *c)
{
	size_t n = c->n_held;

	c->deaf = true;
	c->n_held = 0;
	let_go_of_bytes(c);
	host_took(c, n);
}

/* As much as the socket takes now. */
static size_t host_send(struct conn *c, struct iovec *iov, size_t n_iov)
{
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n_iov };
	ssize_t n;

	do
		n = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		host_is_deaf(c);
	return n > 0 ? (size_t)n : 0;
}

static void watch_writable(struct conn *c)
{
	uint32_t out = c->n_held > 0 ? EPOLLOUT : 0;

	loop_change(c->all->o.loop, &c->watch, EPOLLIN | EPOLLRDHUP | EPOLLET | out);
}

static void flush(struct conn *c)
{
	uint32_t window = c->all->o.window;

	while (c->n_held > 0) {
		uint32_t first = window - c->held_at < c->n_held ? window - c->held_at : c->n_held;
		struct iovec iov[2] = { { c->held + c->held_at, first },
					{ c->held, c->n_held - first } };
		size_t n = host_send(c, iov, 2);
		if (n == 0)
			break;
		c->held_at = (uint32_t)((c->held_at + n) % window);
		c->n_held -= (uint32_t)n;
		host_took(c, n);
	}
	if (c->n_held == 0)
		let_go_of_bytes(c);
	watch_writable(c);
}

static void hold_part(struct conn *c, const uint8_t *p, size_t len)
{
	uint32_t window = c->all->o.window;
	size_t at = ((size_t)c->held_at + c->n_held) % window;
	size_t first = window - at < len ? window - at : len;

	memcpy(c->held + at, p, first);
	memcpy(c->held, p + first, len - first);
	c->n_held += (uint32_t)len;
}

/* Keep what the host did not take; it fits, the caller saw to that. */
static bool hold(struct conn *c, const struct chain *packet, size_t at, size_t len)
{
	struct iovec iov[VIRTQ_IOV];
	size_t n_iov = chain_part(packet, at, len, iov);

	if (len == 0)
		return true;
	if (!c->held) {
		c->held = malloc(c->all->o.window);
		c->held_at = 0;
	}
	if (!c->held)
		return false;
	for (size_t i = 0; i < n_iov; i++)
		hold_part(c, iov[i].iov_base, iov[i].iov_len);
	watch_writable(c);
	return true;
}

/* `len` payload bytes behind the header, straight from the guest's memory into the socket. */
static void take_payload(struct conn *c, const struct chain *packet, size_t len)
{
	struct iovec iov[VIRTQ_IOV];
	size_t n = 0;

	if (len > c->all->o.window - c->n_held || c->guest_shut & VSOCK_SHUT_SEND) {
		abort_conn(c); /* more than it was allowed, or after it said it would not */
		return;
	}
	if (c->n_held == 0 && !c->deaf && len > 0) {
		n = host_send(c, iov, chain_part(packet, VSOCK_HDR_LEN, len, iov));
		host_took(c, n);
	}
	if (c->deaf)
		host_took(c, len - n);
	else if (!hold(c, packet, VSOCK_HDR_LEN + n, len - n))
		abort_conn(c);
}

/* --- host → guest --- */

static void answer(const struct conn *c, enum vsock_op op, struct vsock_hdr *out)
{
	*out = (struct vsock_hdr){
		.src_cid = c->host_cid,
		.dst_cid = c->all->o.guest_cid,
		.src_port = c->host_port,
		.dst_port = c->guest_port,
		.type = VSOCK_TYPE_STREAM,
		.op = (uint16_t)op,
		.buf_alloc = c->all->o.window,
		.fwd_cnt = c->fwd_cnt,
	};
}

static size_t put_header(const struct chain *room, const struct vsock_hdr *h)
{
	uint8_t raw[VSOCK_HDR_LEN];

	vsock_hdr_write(h, raw);
	return chain_write(room, raw, sizeof raw) ? sizeof raw : 0;
}

static size_t say(struct conn *c, enum vsock_op op, unsigned flags, size_t len,
		  const struct chain *room)
{
	struct vsock_hdr h;

	answer(c, op, &h);
	h.flags = flags;
	h.len = (uint32_t)len;
	c->told_fwd_cnt = c->fwd_cnt;
	c->say &= ~(unsigned)SAY_CREDIT; /* every header says it */
	return put_header(room, &h) + len;
}

/* From the socket straight into the guest's buffer. */
static size_t send_data(struct conn *c, const struct chain *room)
{
	struct iovec iov[VIRTQ_IOV];
	size_t max = room->len - VSOCK_HDR_LEN;
	struct msghdr m = { .msg_iov = iov };
	ssize_t n;

	m.msg_iovlen = chain_part(room, VSOCK_HDR_LEN, max < credit(c) ? max : credit(c), iov);
	do
		n = recvmsg(c->fd, &m, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		c->tx_cnt += (uint32_t)n;
		return say(c, VSOCK_OP_RW, 0, (size_t)n, room);
	}
	c->readable = false;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0) {
		abort_conn(c); /* the host closed with bytes of the guest's unread */
		return 0;
	}
	c->eof = true;
	settle(c);
	return 0;
}

/* One packet, the most urgent; 0 when it had nothing to say after all. May free `c`. */
static size_t speak(struct conn *c, const struct chain *room)
{
	static const struct {
		enum say say;
		enum vsock_op op;
	} first[] = { { SAY_REQUEST, VSOCK_OP_REQUEST },
		      { SAY_RESPONSE, VSOCK_OP_RESPONSE },
		      { SAY_ASK, VSOCK_OP_CREDIT_REQUEST },
		      { SAY_CREDIT, VSOCK_OP_CREDIT_UPDATE },
		      { SAY_SHUTDOWN, VSOCK_OP_SHUTDOWN } };
	size_t len;

	if (c->say & SAY_RST) {
		len = say(c, VSOCK_OP_RST, 0, 0, room);
		conn_free(c);
		return len;
	}
	for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
		if (!(c->say & first[i].say))
			continue;
		c->say &= ~(unsigned)first[i].say;
		len = say(c, first[i].op, first[i].op == VSOCK_OP_SHUTDOWN ? c->told : 0, 0, room);
		stir(c);
		return len;
	}
	if (!wants_to_send(c) || credit(c) == 0)
		return 0;
	len = send_data(c, room);
	stir(c);
	return len;
}

static void on_host(struct watch *w, uint32_t events)
{
	struct conn *c = w->owner;

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->readable = true;
	if (events & EPOLLHUP)
		host_is_deaf(c); /* closed, or both directions shut */
	else if (events & EPOLLOUT)
		flush(c);
	if (c->state == DRAINING && (c->n_held == 0 || c->deaf)) {
		conn_free(c);
		return;
	}
	settle(c);
	stir(c);
}

/* --- the table --- */

static struct conn_list *bucket(struct conns *all, uint32_t host_port, uint32_t guest_port)
{
	return &all->bucket[(host_port * 31 + guest_port) % BUCKETS];
}

static struct conn *find(struct conns *all, uint64_t host_cid, uint32_t host_port,
			 uint32_t guest_port)
{
	struct conn *c;

	LIST_FOREACH(c, bucket(all, host_port, guest_port), by_port)
		if (c->host_port == host_port && c->guest_port == guest_port &&
		    c->host_cid == host_cid)
			return c;
	return NULL;
}

/* Takes `fd`, which may be refused (NULL). */
static struct conn *add(struct conns *all, uint64_t host_cid, uint32_t host_port,
			uint32_t guest_port, int fd)
{
	struct conn *c = all->n < LIMIT_VSOCK_CONNS ? calloc(1, sizeof *c) : NULL;

	if (!c) {
		close(fd);
		return NULL;
	}
	*c = (struct conn){ .all = all, .host_cid = host_cid, .host_port = host_port,
			    .guest_port = guest_port, .fd = fd, .parent_fd = -1,
			    .watch = WATCH_INIT, .known = true, .state = OPEN };
	LIST_INSERT_HEAD(bucket(all, host_port, guest_port), c, by_port);
	LIST_INSERT_HEAD(&all->every, c, every);
	all->n++;
	if (loop_add(all->o.loop, &c->watch, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, on_host, c, NULL) !=
	    CLOISTER_OK) {
		conn_free(c);
		return NULL;
	}
	return c;
}

static void announce(struct conn *c)
{
	if (!c->all->o.tell(c->all->o.owner, c->host_port, c->parent_fd))
		return;
	drop_fd(&c->parent_fd);
	set_state(c, OPEN);
	c->say |= SAY_RESPONSE;
	stir(c);
}

static bool accept_request(struct conns *all, const struct vsock_hdr *h)
{
	int pair[2];
	struct conn *c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	c = add(all, h->dst_cid, h->dst_port, h->src_port, pair[0]);
	if (!c) {
		close(pair[1]);
		return false;
	}
	c->parent_fd = pair[1];
	c->state = ANNOUNCE;
	all->n_announce++;
	c->peer_alloc = h->buf_alloc;
	c->peer_fwd_cnt = h->fwd_cnt;
	announce(c);
	return true;
}

/* Answer a packet that belongs to nothing, "from" the address it was sent to. */
static void refuse(struct conns *all, const struct vsock_hdr *h)
{
	if (h->op == VSOCK_OP_RST || all->n_stray == STRAYS)
		return; /* a flood of nonsense is not owed one answer each */
	all->stray[(all->stray_at + all->n_stray++) % STRAYS] = (struct vsock_hdr){
		.src_cid = h->dst_cid, .dst_cid = h->src_cid, .src_port = h->dst_port,
		.dst_port = h->src_port, .type = h->type, .op = VSOCK_OP_RST,
	};
}

/*
 * The guest reads no more: the host's next write fails, as it should. What lies
 * in the socket already goes, or closing it would look like a reset.
 */
static void stop_reading(struct conn *c)
{
	static uint8_t nowhere[65536];

	shutdown(c->fd, SHUT_RD);
	while (recv(c->fd, nowhere, sizeof nowhere, MSG_DONTWAIT) > 0)
		; /* at most the socket's buffer: after the shutdown nothing is added */
}

static void on_response(struct conn *c)
{
	char ok[sizeof "OK 4294967295\n"];
	int len = snprintf(ok, sizeof ok, "OK %u\n", c->host_port);

	if (c->state != ASKING) {
		abort_conn(c);
		return;
	}
	set_state(c, OPEN);
	/* A fresh socket has room for a line; one that has not is no stream socket. */
	if (c->greet && send(c->fd, ok, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) != len)
		abort_conn(c);
}

/* A packet of a connection we know. May free `c`. */
static void on_packet(struct conn *c, const struct vsock_hdr *h, const struct chain *packet)
{
	c->peer_alloc = h->buf_alloc;
	c->peer_fwd_cnt = h->fwd_cnt;
	if (credit(c) > 0)
		c->asked = false;
	if (h->op == VSOCK_OP_RST) {
		drain(c);
		return;
	}
	if (c->state == LAST)
		return; /* its RST is on the way */
	if (c->state == CLOSING) { /* and this is all that can matter now */
		if (h->op == VSOCK_OP_SHUTDOWN && (h->flags & VSOCK_SHUT_BOTH) == VSOCK_SHUT_BOTH)
			abort_conn(c);
		return;
	}
	if (c->state != OPEN && h->op != VSOCK_OP_RESPONSE) {
		abort_conn(c); /* it speaks before it was answered */
		return;
	}
	switch (h->op) {
	case VSOCK_OP_RESPONSE:
		on_response(c);
		break;
	case VSOCK_OP_RW:
		take_payload(c, packet, h->len);
		break;
	case VSOCK_OP_SHUTDOWN:
		if (h->flags & ~c->guest_shut & VSOCK_SHUT_RCV)
			stop_reading(c);
		c->guest_shut |= h->flags & VSOCK_SHUT_BOTH;
		break;
	case VSOCK_OP_CREDIT_REQUEST:
		c->say |= SAY_CREDIT;
		break;
	case VSOCK_OP_CREDIT_UPDATE:
		break;
	default: /* REQUEST on an open connection, or no operation at all */
		abort_conn(c);
		return;
	}
	settle(c);
	stir(c);
}

void conns_receive(struct conns *all, const struct chain *packet)
{
	uint8_t raw[VSOCK_HDR_LEN];
	struct vsock_hdr h;
	struct conn *c;

	/* One copy of the header: the guest may change its own while we look. */
	if (!chain_read(packet, raw, sizeof raw) ||
	    vsock_hdr_read(BYTES_OF(raw), &h, NULL) != CLOISTER_OK || h.src_cid != all->o.guest_cid)
		return; /* 5.10.6.4.1: no source of its own, no answer */
	if (h.type != VSOCK_TYPE_STREAM ||
	    (h.dst_cid != VSOCK_CID_VMADDR_HOST && h.dst_cid != VSOCK_CID_PARENT)) {
		refuse(all, &h);
		return;
	}
	c = find(all, h.dst_cid, h.dst_port, h.src_port);
	if (h.len > packet->len - VSOCK_HDR_LEN || (h.len > 0 && h.op != VSOCK_OP_RW)) {
		if (c)
			abort_conn(c);
		else
			refuse(all, &h);
		return;
	}
	if (c && h.op == VSOCK_OP_REQUEST && (c->state == CLOSING || c->state == LAST)) {
		conn_free(c); /* the guest has forgotten it and uses the ports again */
		c = NULL;
	}
	if (c)
		on_packet(c, &h, packet);
	else if (h.op != VSOCK_OP_REQUEST || !accept_request(all, &h))
		refuse(all, &h);
}

bool conns_speaks(const struct conns *all)
{
	return all->n_stray > 0 || !TAILQ_EMPTY(&all->turns);
}

size_t conns_speak(struct conns *all, const struct chain *room)
{
	struct conn *c;

	if (all->n_stray > 0) {
		struct vsock_hdr *h = &all->stray[all->stray_at];
		all->stray_at = (all->stray_at + 1) % STRAYS;
		all->n_stray--;
		return put_header(room, h);
	}
	while ((c = TAILQ_FIRST(&all->turns))) {
		TAILQ_REMOVE(&all->turns, c, turn);
		c->queued = false;
		size_t len = speak(c, room);
		if (len > 0)
			return len;
	}
	return 0;
}

static uint32_t free_port(struct conns *all, uint32_t guest_port)
{
	do
		all->next_port = EPHEMERAL | (all->next_port + 1);
	while (all->next_port == UINT32_MAX || /* VMADDR_PORT_ANY */
	       find(all, VSOCK_CID_PARENT, all->next_port, guest_port));
	return all->next_port;
}

void conns_connect(struct conns *all, uint32_t port, int fd, bool greet)
{
	struct conn *c = add(all, VSOCK_CID_PARENT, free_port(all, port), port, fd);

	if (!c)
		return;
	c->state = ASKING;
	c->greet = greet;
	c->say = SAY_REQUEST;
	set_deadline(c, all->o.connect_ms);
	stir(c);
}

void conns_announce(struct conns *all)
{
	struct conn *c;

	if (all->n_announce == 0)
		return;
	LIST_FOREACH(c, &all->every, every)
		if (c->state == ANNOUNCE)
			announce(c);
}

int conns_wait_ms(const struct conns *all)
{
	uint64_t now;

	if (!all->deadline_ms)
		return -1;
	now = clock_mono_ms();
	return all->deadline_ms > now ? (int)(all->deadline_ms - now) : 0;
}

void conns_expire(struct conns *all)
{
	uint64_t now, next = 0;
	struct conn *c, *after;

	if (conns_wait_ms(all) != 0)
		return;
	now = clock_mono_ms();
	for (c = LIST_FIRST(&all->every); c; c = after) {
		after = LIST_NEXT(c, every);
		if (c->deadline_ms && c->deadline_ms <= now)
			abort_conn(c);
		else if (c->deadline_ms && (!next || c->deadline_ms < next))
			next = c->deadline_ms;
	}
	all->deadline_ms = next;
}

void conns_hang_up(struct conns *all)
{
	struct conn *c, *after;

	for (c = LIST_FIRST(&all->every); c; c = after) {
		after = LIST_NEXT(c, every);
		if (c->state != DRAINING)
			drain(c);
	}
	all->n_stray = 0;
}

size_t conns_count(const struct conns *all)
{
	return all->n;
}

enum cloister_err conns_new(struct conns_options options, struct conns **out,
			    struct cloister_fault *why)
{
	struct conns *all = calloc(1, sizeof *all);

	if (!all)
		return fail(why, CLOISTER_E_NOMEM, "vsock.conns", "out of memory");
	all->o = options;
	all->next_port = EPHEMERAL;
	LIST_INIT(&all->every);
	TAILQ_INIT(&all->turns);
	for (size_t i = 0; i < BUCKETS; i++)
		LIST_INIT(&all->bucket[i]);
	*out = all;
	return CLOISTER_OK;
}

void conns_free(struct conns *all)
{
	struct conn *c, *after;

	if (!all)
		return;
	for (c = LIST_FIRST(&all->every); c; c = after) {
		after = LIST_NEXT(c, every);
		conn_free(c);
	}
	free(all);
}
