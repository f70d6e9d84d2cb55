/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c - published ports. */

#include "shim/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/wire.h"
#include "sys/io.h"
#include "sys/listener.h"

struct door {
	struct ports *ports;
	int fd; /* bound; the listener's once it serves */
	uint16_t guest;
	struct listener listener;
};

/* A client whose connection the guest has not answered yet. */
struct asking {
	struct ports *ports;
	struct asking *next, **link;
	int client, guest, timer_fd;
	struct watch watch, timer;
};

struct ports {
	struct loop *loop;
	struct device *device;
	struct relays *relays;
	struct door doors[PUBLISH_MAX];
	size_t n;
	struct asking *first;
	size_t n_asking;
};

static void drop(struct asking *a)
{
	*a->link = a->next;
	if (a->next)
		a->next->link = a->link;
	a->ports->n_asking--;
	loop_remove(a->ports->loop, &a->watch);
	loop_remove(a->ports->loop, &a->timer);
	drop_fd(&a->client);
	drop_fd(&a->guest);
	drop_fd(&a->timer_fd);
	free(a);
}

/* As a closed port would: a reset and not an empty answer. */
static void refuse(struct asking *a)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(a->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	drop(a);
}

static void late(struct watch *w, uint32_t events)
{
	(void)events;
	refuse(w->owner);
}

static void answered(struct watch *w, uint32_t events)
{
	struct asking *a = w->owner;
	uint8_t byte = 1;

	(void)events;
	ssize_t n = recv(a->guest, &byte, 1, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != 1 || byte != 0) {
		refuse(a);
		return;
	}
	int client = give(a->client, -1), guest = give(a->guest, -1);
	struct relays *relays = a->ports->relays;
	loop_remove(a->ports->loop, &a->watch); /* the relay watches it now */
	drop(a);
	(void)relay_start(relays, client, guest, NULL);
}

/* Send the guest's port number down a fresh connection. */
static enum cloister_err ask(struct asking *a, uint16_t port, struct cloister_fault *why)
{
	struct ports *p = a->ports;
	const uint8_t number[2] = { (uint8_t)(port >> 8), (uint8_t)port };
	own(drop_fd) int theirs = -1;
	int ends[2];

	TRY(io_pair(SOCK_STREAM, ends, why));
	a->guest = ends[0];
	theirs = ends[1];
	TRY(io_send_full(a->guest, number, sizeof number, why));
	TRY(device_connect(p->device, WIRE_PORT_INGRESS, theirs, false, why));
	TRY(timer_open(&a->timer_fd, why));
	TRY(loop_add(p->loop, &a->timer, a->timer_fd, EPOLLIN, late, a, why));
	TRY(loop_add(p->loop, &a->watch, a->guest, EPOLLIN, answered, a, why));
	timer_set(a->timer_fd, PORTS_ANSWER_MS);
	return CLOISTER_OK;
}

static void accepted(void *owner, int client)
{
	struct door *d = owner;
	struct ports *p = d->ports;
	int one = 1;
	own(drop_fd) int fd = client;
	bool room = p->n_asking < PORTS_ASKING_MAX && p->relays->n < PORTS_RELAYS_MAX;
	struct asking *a = room ? calloc(1, sizeof *a) : NULL;

	if (!a)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	a->ports = p;
	a->client = give(fd, -1);
	a->guest = a->timer_fd = -1;
	a->watch = a->timer = (struct watch)WATCH_INIT;
	a->next = p->first;
	a->link = &p->first;
	if (a->next)
		a->next->link = &a->next;
	p->first = a;
	p->n_asking++;
	if (ask(a, d->guest, NULL) != CLOISTER_OK)
		refuse(a);
}

static socklen_t address(const struct publish *p, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, p->address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(p->host);
		return sizeof *four;
	}
	(void)inet_pton(AF_INET6, p->address, &six->sin6_addr); /* publish_read() checked it */
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(p->host);
	return sizeof *six;
}

static enum cloister_err bind_one(struct publish *p, int *out, struct cloister_fault *why)
{
	struct sockaddr_storage a;
	socklen_t len = address(p, &a);
	int one = 1;
	own(drop_fd) int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail_sys(why, "publish", "no socket for %s", p->address);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (a.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 128) < 0) {
		if (errno == EADDRINUSE)
			return fail(why, CLOISTER_E_USAGE, "publish",
				    "port %u of %s is in use: choose another host port", p->host, p->address);
		return fail_sys(why, "publish", "port %u of %s", p->host, p->address);
	}
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return fail_sys(why, "publish", "port %u of %s", p->host, p->address);
	p->host = ntohs(a.ss_family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port
					       : ((struct sockaddr_in6 *)&a)->sin6_port);
	*out = give(fd, -1);
	return CLOISTER_OK;
}

static void drop_ports(struct ports **p)
{
	ports_free(*p);
}

enum cloister_err ports_open(struct loop *loop, struct publish *published, size_t n,
			     struct ports **out, struct cloister_fault *why)
{
	own(drop_ports) struct ports *p = calloc(1, sizeof *p);

	if (!p)
		return fail(why, CLOISTER_E_NOMEM, "publish", "out of memory");
	if (n > PUBLISH_MAX)
		return fail(why, CLOISTER_E_LIMIT, "publish", "more than %d ports", PUBLISH_MAX);
	p->loop = loop;
	for (; p->n < n; p->n++) {
		struct door *d = &p->doors[p->n];
		*d = (struct door){ .ports = p, .fd = -1, .guest = published[p->n].guest,
				    .listener = LISTENER_INIT };
		TRY(bind_one(&published[p->n], &d->fd, why));
	}
	*out = give(p, NULL);
	return CLOISTER_OK;
}

enum cloister_err ports_serve(struct ports *p, struct device *device, struct relays *relays,
			      struct cloister_fault *why)
{
	p->device = device;
	p->relays = relays;
	for (size_t i = 0; i < p->n; i++) {
		struct door *d = &p->doors[i];
		TRY(listener_open(&d->listener, p->loop, give(d->fd, -1), 0, accepted, d, why));
	}
	return CLOISTER_OK;
}

void ports_close(struct ports *p)
{
	for (size_t i = 0; i < p->n; i++) {
		listener_close(&p->doors[i].listener);
		drop_fd(&p->doors[i].fd);
	}
	p->n = 0;
}

void ports_free(struct ports *p)
{
	if (!p)
		return;
	ports_close(p);
	while (p->first)
		drop(p->first);
	free(p);
}
