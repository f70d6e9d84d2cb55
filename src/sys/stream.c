/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - a socket with a bounded buffer each way. Never blocks. */

#include "sys/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "sys/io.h"

static void event(struct watch *w, uint32_t events);

/*
 * Be watched for what can be done now. With nothing to do the socket leaves
 * the loop: a hang-up would be reported there for ever.
 */
static bool interest(struct stream *s)
{
	bool in = !s->paused && !s->finishing;
	bool out = s->out.len > 0 || s->finishing;
	uint32_t events = (in ? EPOLLIN : 0u) | (out ? EPOLLOUT : 0u);

	if (!events)
		loop_remove(s->loop, &s->watch);
	else if (s->watch.fd >= 0)
		loop_change(s->loop, &s->watch, events);
	else
		return loop_add(s->loop, &s->watch, s->fd, events, event, s, NULL) == CLOISTER_OK;
	return true;
}

/* False when the peer is gone. */
static bool flush(struct stream *s)
{
	ssize_t n = send(s->fd, s->out.data, s->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	memmove(s->out.data, s->out.data + n, s->out.len - (size_t)n);
	s->out.len -= (size_t)n;
	return true;
}

static void event(struct watch *w, uint32_t events)
{
	struct stream *s = w->owner;
	uint8_t room[32768];
	size_t free_room = s->in.max - s->in.len;
	size_t want = free_room < sizeof room ? free_room : sizeof room;

	if ((events & EPOLLOUT) && s->out.len > 0 && !flush(s))
		return s->end(s);
	if ((s->finishing && s->out.len == 0) || !interest(s))
		return s->end(s);
	if (s->paused || s->finishing || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	ssize_t n = recv(s->fd, room, want, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) /* also: no room, so the peer said more than it should */
		return s->end(s);
	buf_put(&s->in, room, (size_t)n);
	if (s->in.failed)
		return s->end(s);
	s->data(s);
}

enum cloister_err stream_open(struct stream *s, struct loop *loop, int fd, size_t in_max,
			      size_t out_max, stream_fn *data, stream_fn *end, void *owner,
			      struct cloister_fault *why)
{
	*s = (struct stream){ .loop = loop, .fd = fd, .watch = WATCH_INIT, .in = BUF_INIT(in_max),
			      .out = BUF_INIT(out_max), .data = data, .end = end, .owner = owner };
	enum cloister_err err = loop_add(loop, &s->watch, fd, EPOLLIN, event, s, why);
	if (err != CLOISTER_OK)
		stream_fini(s);
	return err;
}

void stream_fini(struct stream *s)
{
	if (s->fd >= 0)
		loop_remove(s->loop, &s->watch);
	drop_fd(&s->fd);
	buf_fini(&s->in);
	buf_fini(&s->out);
}

void stream_eat(struct stream *s, size_t len)
{
	memmove(s->in.data, s->in.data + len, s->in.len - len);
	s->in.len -= len;
}

bool stream_put(struct stream *s, struct bytes b)
{
	if (s->fd < 0 || s->finishing || b.len > s->out.max - s->out.len)
		return false;
	buf_put(&s->out, b.data, b.len);
	return !s->out.failed && interest(s);
}

void stream_finish(struct stream *s)
{
	s->finishing = true;
	/* Writable at once, so end() comes from the loop and never from in here. */
	(void)interest(s);
}

bool stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	return s->fd < 0 || interest(s);
}
