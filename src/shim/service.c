/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - heartbeat and NSM, one small client object for both. */

#include "shim/service.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "base/rd.h"
#include "base/wr.h"
#include "codec/wire.h"
#include "sys/stream.h"
#include "sys/clock.h"
#include "sys/io.h"

struct service_client {
	struct services *all;
	struct service_client *next, **link;
	struct stream stream;
	int timer_fd;
	struct watch timer;
};

static void drop(struct service_client *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->all->n--;
	loop_remove(c->all->loop, &c->timer);
	drop_fd(&c->timer_fd);
	stream_fini(&c->stream);
	free(c);
}

static void ended(struct stream *s)
{
	drop(s->owner);
}

static void late(struct watch *w, uint32_t events)
{
	(void)events;
	drop(w->owner);
}

static void heartbeat(struct stream *s)
{
	struct service_client *c = s->owner;
	const uint8_t answer = WIRE_HEARTBEAT;

	if (s->in.len != 1 || s->in.data[0] != WIRE_HEARTBEAT || !stream_put(s, bytes_of(&answer, 1))) {
		drop(c);
		return;
	}
	c->all->beat(c->all->owner);
	stream_finish(s);
}

/* Answer one request if it is whole; false ends the connection. */
static bool request(struct service_client *c, bool *again)
{
	uint8_t room[LIMIT_NSM_RESPONSE], head[4];
	struct bytes in = buf_bytes(&c->stream.in), response;
	struct cloister_fault why;
	char text[256];

	*again = false;
	if (in.len < 4)
		return true;
	struct rd r = rd_open(in, &why);
	uint32_t len = rd_be32(&r, "length");
	if (len > LIMIT_NSM_REQUEST)
		return false;
	if (rd_left(&r) < len)
		return true;
	struct bytes body = rd_take(&r, len, "request");
	if (nsm_answer(c->all->nsm, clock_unix_ms(), body, room, &response, &why) != CLOISTER_OK)
		c->all->trouble(c->all->owner, cloister_fault_text(&why, text, sizeof text));
	struct wr w = wr_open(head, sizeof head);
	wr_be32(&w, (uint32_t)response.len);
	if (!stream_put(&c->stream, BYTES_OF(head)) || !stream_put(&c->stream, response))
		return false;
	stream_eat(&c->stream, 4 + len);
	*again = true;
	return true;
}

static void nsm(struct stream *s)
{
	struct service_client *c = s->owner;
	bool again;

	do {
		if (!request(c, &again)) {
			drop(c);
			return;
		}
	} while (again);
	/* Between requests a client may be silent for ever, inside one it may not. */
	timer_set(c->timer_fd, s->in.len > 0 ? SERVICE_IDLE_MS : 0);
}

static void serve(struct services *all, int fd, size_t in_max, size_t out_max, stream_fn *data,
		  uint64_t first_ms)
{
	struct service_client *c = all->n < SERVICE_MAX ? calloc(1, sizeof *c) : NULL;

	if (!c) {
		drop_fd(&fd);
		return;
	}
	c->all = all;
	c->timer_fd = -1;
	c->timer = (struct watch)WATCH_INIT;
	c->next = all->first;
	c->link = &all->first;
	if (c->next)
		c->next->link = &c->next;
	all->first = c;
	all->n++;
	if (stream_open(&c->stream, all->loop, fd, in_max, out_max, data, ended, c, NULL) != CLOISTER_OK ||
	    timer_open(&c->timer_fd, NULL) != CLOISTER_OK ||
	    loop_add(all->loop, &c->timer, c->timer_fd, EPOLLIN, late, c, NULL) != CLOISTER_OK) {
		drop(c);
		return;
	}
	timer_set(c->timer_fd, first_ms);
}

void services_beat(struct services *s, int fd)
{
	serve(s, fd, 2, 1, heartbeat, SERVICE_IDLE_MS);
}

void services_nsm(struct services *s, int fd)
{
	serve(s, fd, 4 + LIMIT_NSM_REQUEST, 2 * (4 + LIMIT_NSM_RESPONSE), nsm, 0);
}

void services_end(struct services *s)
{
	while (s->first)
		drop(s->first);
}
