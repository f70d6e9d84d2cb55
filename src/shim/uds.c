/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uds.c - CONNECT lines and guest-made connections. What follows the line
 * belongs to the guest, so no byte behind its newline leaves the socket here.
 */

#include "shim/uds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/io.h"
#include "sys/listener.h"

#define SOCKET_NAME "vsock.sock"
#define LINE_MAX_LEN 32u /* "CONNECT 4294967295\n" has 19 */

struct asking {
	struct uds *uds;
	struct asking *next, **link;
	int fd, timer_fd;
	struct watch watch, timer;
	uint8_t line[LINE_MAX_LEN];
	size_t len;
};

struct uds {
	struct loop *loop;
	int run_fd; /* borrowed */
	struct listener listener;
	struct device *device;
	struct relays *relays;
	struct asking *first;
	size_t n;
};

enum cloister_err uds_line_read(struct bytes line, uint32_t *port_out, struct cloister_fault *why)
{
	static const char verb[] = "CONNECT ";
	size_t at = sizeof verb - 1;
	uint64_t port = 0;

	if (line.len < at + 2 || !bytes_equal(bytes_of(line.data, at), bytes_of(verb, at)))
		return fail_at(why, 0, "vsock.sock", "the line does not begin with CONNECT");
	if (line.data[at] == '0' && line.len > at + 2)
		return fail_at(why, at, "vsock.sock", "the port has a leading zero");
	for (; at < line.len - 1 && line.data[at] >= '0' && line.data[at] <= '9'; at++)
		if ((port = port * 10 + (uint64_t)(line.data[at] - '0')) > UINT32_MAX)
			return fail_at(why, at, "vsock.sock", "the port is too large");
	if (at != line.len - 1 || line.data[at] != '\n')
		return fail_at(why, at, "vsock.sock", "the port is no decimal number");
	*port_out = (uint32_t)port;
	return CLOISTER_OK;
}

static void drop(struct asking *a)
{
	*a->link = a->next;
	if (a->next)
		a->next->link = a->link;
	a->uds->n--;
	loop_remove(a->uds->loop, &a->watch);
	loop_remove(a->uds->loop, &a->timer);
	drop_fd(&a->fd);
	drop_fd(&a->timer_fd);
	free(a);
}

static void late(struct watch *w, uint32_t events)
{
	(void)events;
	drop(w->owner);
}

/* Take what is there of the line, and nothing behind it. False: there is no line. */
static bool take(struct asking *a, bool *whole)
{
	uint8_t *to = a->line + a->len;
	size_t room = sizeof a->line - a->len;

	*whole = false;
	ssize_t n = recv(a->fd, to, room, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	const uint8_t *nl = memchr(to, '\n', (size_t)n);
	size_t len = nl ? (size_t)(nl - to) + 1 : (size_t)n;
	if (recv(a->fd, to, len, MSG_DONTWAIT) != (ssize_t)len)
		return false;
	a->len += len;
	*whole = nl != NULL;
	return *whole || a->len < sizeof a->line;
}

/* Hand the socket to the device, which answers; our copy is closed either way. */
static void line(struct watch *w, uint32_t events)
{
	struct asking *a = w->owner;
	uint32_t port;
	bool whole;

	(void)events;
	if (take(a, &whole) && !whole)
		return;
	if (whole && uds_line_read(bytes_of(a->line, a->len), &port, NULL) == CLOISTER_OK)
		(void)device_connect(a->uds->device, port, a->fd, true, NULL); /* refused: closed */
	drop(a);
}

static void accepted(void *owner, int client)
{
	struct uds *u = owner;
	own(drop_fd) int fd = client;
	struct asking *a = u->n < UDS_ASKING_MAX ? calloc(1, sizeof *a) : NULL;

	if (!a)
		return;
	a->uds = u;
	a->fd = give(fd, -1);
	a->timer_fd = -1;
	a->watch = a->timer = (struct watch)WATCH_INIT;
	a->next = u->first;
	a->link = &u->first;
	if (a->next)
		a->next->link = &a->next;
	u->first = a;
	u->n++;
	if (timer_open(&a->timer_fd, NULL) != CLOISTER_OK ||
	    loop_add(u->loop, &a->timer, a->timer_fd, EPOLLIN, late, a, NULL) != CLOISTER_OK ||
	    loop_add(u->loop, &a->watch, a->fd, EPOLLIN, line, a, NULL) != CLOISTER_OK) {
		drop(a);
		return;
	}
	timer_set(a->timer_fd, UDS_LINE_MS);
}

enum cloister_err uds_open(struct loop *loop, int run_fd, struct device *device,
			   struct relays *relays, struct uds **out, struct cloister_fault *why)
{
	struct uds *u = calloc(1, sizeof *u);
	int fd = -1;

	if (!u)
		return fail(why, CLOISTER_E_NOMEM, "vsock.sock", "out of memory");
	*u = (struct uds){ .loop = loop, .run_fd = run_fd, .listener = LISTENER_INIT, .device = device,
			   .relays = relays };
	enum cloister_err err = io_unix_listen(run_fd, SOCKET_NAME, &fd, why);
	if (err == CLOISTER_OK)
		err = listener_open(&u->listener, loop, fd, 0, accepted, u, why);
	if (err != CLOISTER_OK)
		uds_free(u);
	else
		*out = u;
	return err;
}

void uds_free(struct uds *u)
{
	if (!u)
		return;
	while (u->first)
		drop(u->first);
	listener_close(&u->listener);
	free(u);
}

void uds_arrived(struct uds *u, uint32_t port, int fd)
{
	own(drop_fd) int guest = fd;
	own(drop_fd) int host = -1;
	char name[32];

	snprintf(name, sizeof name, SOCKET_NAME "_%u", port);
	if (io_unix_connect_now(u->run_fd, name, &host, NULL) == CLOISTER_OK)
		(void)relay_start(u->relays, give(guest, -1), give(host, -1), NULL);
}
