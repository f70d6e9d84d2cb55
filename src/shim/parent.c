/* SPDX-License-Identifier: Apache-2.0 */
/* parent.c - messages to the command that started us, and what it wants. */

#include "shim/parent.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "sys/io.h"

#define PATIENCE_MS 2000

/* Whether the message went, or nobody is there to take it; false: the socket is full. */
static bool try_send(struct parent *p, uint8_t type, struct bytes body)
{
	struct iovec iov[2] = { { &type, 1 }, { (void *)body.data, body.len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	if (p->fd < 0)
		return true;
	return sendmsg(p->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EINTR);
}

static void drop_waiting(struct parent *p)
{
	free((void *)p->waiting.data);
	p->waiting = BYTES_NONE;
	p->type = 0;
}

static void gone(struct parent *p)
{
	parent_close(p);
	p->gone(p->owner);
}

static void event(struct watch *w, uint32_t events)
{
	struct parent *p = w->owner;
	char type = 0;

	if ((events & EPOLLOUT) && p->type && try_send(p, p->type, p->waiting)) {
		drop_waiting(p);
		loop_change(p->loop, &p->watch, EPOLLIN);
		p->drained(p->owner);
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || p->fd < 0)
		return;
	ssize_t n = recv(p->fd, &type, 1, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		gone(p);
	else if (type == CHANNEL_STOP)
		p->stop(p->owner);
}

enum cloister_err parent_open(struct parent *p, struct loop *loop, int fd, struct cloister_fault *why)
{
	p->loop = loop;
	p->fd = fd;
	enum cloister_err err = loop_add(loop, &p->watch, fd, EPOLLIN, event, p, why);
	if (err != CLOISTER_OK)
		parent_close(p);
	return err;
}

void parent_close(struct parent *p)
{
	if (p->fd >= 0)
		loop_remove(p->loop, &p->watch);
	drop_fd(&p->fd);
	drop_waiting(p);
}

void parent_say(struct parent *p, enum channel_type type, struct bytes body)
{
	struct pollfd out = { .fd = p->fd, .events = POLLOUT };

	while (p->type && !try_send(p, p->type, p->waiting)) /* in order */
		if (poll(&out, 1, PATIENCE_MS) <= 0)
			return;
	if (p->type) {
		drop_waiting(p);
		loop_change(p->loop, &p->watch, EPOLLIN);
	}
	while (!try_send(p, (uint8_t)type, body))
		if (poll(&out, 1, PATIENCE_MS) <= 0)
			return;
}

bool parent_output(struct parent *p, enum channel_type stream, struct bytes text)
{
	if (p->fd < 0 || text.len == 0 || try_send(p, (uint8_t)stream, text))
		return true;
	uint8_t *copy = malloc(text.len);
	if (!copy)
		return true; /* lost for the terminal, not for the log */
	memcpy(copy, text.data, text.len);
	p->waiting = bytes_of(copy, text.len);
	p->type = (uint8_t)stream;
	loop_change(p->loop, &p->watch, EPOLLIN | EPOLLOUT);
	return false;
}
