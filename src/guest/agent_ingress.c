/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_ingress.c - the host's connections to the workload: a port number in,
 * one byte of answer out, and then the bytes of that TCP connection both ways,
 * each direction ending on its own, with one bounded buffer per direction.
 */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"
#include "codec/wire.h"
#include "guest/agent.h"
#include "guest/flow.h"
#include "guest/kernel.h"
#include "sys/io.h"
#include "sys/listener.h"

#define ROOM (32u << 10) /* per direction */

enum stage { PORT, CONNECT_V4, CONNECT_V6, RELAY };

/* One side of a connection: its socket, and the bytes read from it that the other side is due. */
struct side {
	int fd;
	struct watch watch;
	struct flow in;
	bool ended;    /* it sends no more */
	bool shut;     /* it was told that no more comes */
	struct link *link;
};

struct link {
	enum stage stage;
	struct side host, local;
	uint16_t port;
};

static struct {
	struct loop *loop;
	struct listener listener;
	unsigned n_links;
	struct manifest_ports ports; /* what the image lets the host reach */
} ingress = { .listener = LISTENER_INIT };

static void end_side(struct side *s)
{
	loop_remove(ingress.loop, &s->watch);
	drop_fd(&s->fd);
	flow_fini(&s->in);
}

static void end_link(struct link *l)
{
	end_side(&l->host);
	end_side(&l->local);
	free(l);
	if (ingress.n_links-- == LIMIT_VSOCK_CONNS)
		listener_pause(&ingress.listener, false);
}

static uint32_t wants(const struct side *s, const struct side *other)
{
	return (!s->ended && flow_left(&s->in) > 0 ? EPOLLIN : 0u) |
	       (other->in.len > 0 ? EPOLLOUT : 0u);
}

static watch_fn on_side;

/*
 * Poll `s` for what it can do now. For nothing at all it leaves the loop: a socket that has ended
 * both ways says EPOLLHUP for ever, asked or not.
 */
static bool adjust(struct side *s, const struct side *other)
{
	uint32_t events = wants(s, other);

	if (events == 0)
		loop_remove(ingress.loop, &s->watch);
	else if (s->watch.fd < 0)
		return loop_add(ingress.loop, &s->watch, s->fd, events, on_side, s, NULL) == CLOISTER_OK;
	else
		loop_change(ingress.loop, &s->watch, events);
	return true;
}

/* Write to `to` what `from` has sent, and its end after the last byte. */
static bool forward(struct side *from, struct side *to)
{
	if (flow_write(&from->in, to->fd) != FLOW_OK)
		return false;
	if (from->ended && from->in.len == 0 && !to->shut) {
		shutdown(to->fd, SHUT_WR);
		to->shut = true;
	}
	return true;
}

/* Read from `s` and push both ways; false when the link is over. */
static bool relay(struct side *s, struct side *other, uint32_t events)
{
	if (!s->ended && (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) && flow_left(&s->in) > 0) {
		enum flow_state state = flow_read(&s->in, s->fd);
		if (state == FLOW_BROKEN)
			return false;
		s->ended = state == FLOW_END;
	}
	if (events & EPOLLERR)
		return false;
	if (!forward(s, other) || !forward(other, s))
		return false;
	return !(s->shut && other->shut) && adjust(s, other) && adjust(other, s);
}

/* A connection to 127.0.0.1 or ::1 under way; on_side() hears how it went. */
static enum cloister_err connect_local(struct link *l, struct cloister_fault *why)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(l->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(l->port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool is_v6 = l->stage == CONNECT_V6;
	int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	loop_remove(ingress.loop, &l->local.watch);
	drop_fd(&l->local.fd);
	if (fd < 0)
		return fail_sys(why, "ingress.socket", "no socket");
	l->local.fd = fd;
	int rc = is_v6 ? connect(fd, (struct sockaddr *)&v6, sizeof v6)
		       : connect(fd, (struct sockaddr *)&v4, sizeof v4);
	if (rc < 0 && errno != EINPROGRESS)
		return fail_sys(why, "ingress.connect", "port %u", l->port);
	return loop_add(ingress.loop, &l->local.watch, fd, EPOLLOUT, on_side, &l->local, why);
}

/* The byte that answers the port: into the host's direction, before all data. */
static void answer(struct link *l, uint8_t refused)
{
	flow_put(&l->local.in, bytes_of(&refused, 1));
	if (!refused) {
		l->stage = RELAY;
		if (!adjust(&l->host, &l->local) || !adjust(&l->local, &l->host))
			end_link(l);
		return;
	}
	/* One byte always fits a new connection's window. */
	flow_write(&l->local.in, l->host.fd);
	end_link(l);
}

static void try_next(struct link *l)
{
	while (l->stage < CONNECT_V6) {
		l->stage++;
		if (connect_local(l, NULL) == CLOISTER_OK)
			return;
	}
	answer(l, 1);
}

/* The connection is there, or the next address is to be tried. */
static void connected(struct link *l)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(l->local.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0)
		try_next(l);
	else
		answer(l, 0);
}

/* u16 port, the only thing that the host says before data. */
static void read_port(struct link *l)
{
	struct cloister_fault why;
	struct rd r = rd_open(flow_bytes(&l->host.in), &why);

	l->port = rd_be16(&r, "port");
	flow_drop(&l->host.in, 2);
	/* Nothing more is read until there is somewhere to put it. */
	loop_change(ingress.loop, &l->host.watch, 0);
	if (!manifest_port_open(&ingress.ports, l->port))
		answer(l, 1);
	else
		try_next(l);
}

static void on_side(struct watch *w, uint32_t events)
{
	struct side *s = w->owner;
	struct link *l = s->link;
	bool is_host = s == &l->host;

	if (l->stage == RELAY) {
		if (!relay(s, is_host ? &l->local : &l->host, events))
			end_link(l);
	} else if (!is_host) {
		connected(l);
	} else if (l->stage != PORT || flow_read(&s->in, s->fd) != FLOW_OK) {
		/* Gone before its port was known, or reset while we were connecting. */
		end_link(l);
	} else if (s->in.len >= 2) {
		read_port(l);
	}
}

static void accepted(void *owner, int fd)
{
	own(drop_fd) int host = fd;
	struct link *l = calloc(1, sizeof *l);

	(void)owner;
	if (!l)
		return;
	*l = (struct link){ .host = { .fd = give(host, -1), .watch = WATCH_INIT, .link = l },
			    .local = { .fd = -1, .watch = WATCH_INIT, .link = l } };
	if (++ingress.n_links == LIMIT_VSOCK_CONNS)
		listener_pause(&ingress.listener, true);
	if (flow_init(&l->host.in, ROOM, NULL) != CLOISTER_OK ||
	    flow_init(&l->local.in, ROOM, NULL) != CLOISTER_OK ||
	    loop_add(ingress.loop, &l->host.watch, fd, EPOLLIN, on_side, &l->host, NULL) != CLOISTER_OK)
		end_link(l);
}

enum cloister_err ingress_open(struct loop *l, const struct manifest_ports *ports,
			       struct cloister_fault *why)
{
	ingress.loop = l;
	ingress.ports = *ports;
	int fd = -1;
	TRY(kernel_vsock_listen(WIRE_PORT_INGRESS, &fd, why));
	return listener_open(&ingress.listener, l, fd, SOCK_NONBLOCK, accepted, NULL, why);
}
