/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c - two sockets, two buffers. Each side is watched for exactly what
 * can be done with it now; a side with nothing to do leaves the loop, because
 * a hang-up would be reported there for ever.
 */

#include "shim/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "sys/io.h"

/* Bytes from one side to the other. */
struct lane {
	int from, to;
	uint8_t data[RELAY_BUFFER];
	size_t at, len; /* what waits to be written */
	bool over;      /* nothing more comes */
	bool done;      /* and all of it was delivered, or cannot be */
};

struct relay {
	struct relays *all;
	struct relay *next, **link;
	struct watch watch[2];
	struct lane lane[2]; /* [i] reads from side i */
};

static void end(struct relay *r)
{
	for (int i = 0; i < 2; i++) {
		loop_remove(r->all->loop, &r->watch[i]);
		drop_fd(&r->lane[i].from);
	}
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	r->all->n--;
	free(r);
}

static void fill(struct lane *l)
{
	if (l->over || l->len > 0)
		return;
	ssize_t n = recv(l->from, l->data, sizeof l->data, MSG_DONTWAIT);
	if (n > 0) {
		l->at = 0;
		l->len = (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		l->over = true;
	}
}

static void empty(struct lane *l)
{
	while (l->len > 0) {
		ssize_t n = send(l->to, l->data + l->at, l->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) { /* nobody takes it: the other direction may still go on */
			l->len = 0;
			l->over = l->done = true;
			return;
		}
		l->at += (size_t)n;
		l->len -= (size_t)n;
	}
	if (l->over && !l->done) {
		shutdown(l->to, SHUT_WR);
		l->done = true;
	}
}

static void event(struct watch *w, uint32_t events);

/* What side i can do: give to its own lane, take from the other's. */
static bool interest(struct relay *r, int i)
{
	const struct lane *in = &r->lane[i], *out = &r->lane[1 - i];
	uint32_t events = (!in->over && in->len == 0 ? EPOLLIN : 0u) | (out->len > 0 ? EPOLLOUT : 0u);

	if (!events) {
		loop_remove(r->all->loop, &r->watch[i]);
		return true;
	}
	if (r->watch[i].fd >= 0) {
		loop_change(r->all->loop, &r->watch[i], events);
		return true;
	}
	return loop_add(r->all->loop, &r->watch[i], in->from, events, event, r, NULL) == CLOISTER_OK;
}

static void event(struct watch *w, uint32_t events)
{
	struct relay *r = w->owner;
	int i = w == &r->watch[1];

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		fill(&r->lane[i]);
	empty(&r->lane[0]);
	empty(&r->lane[1]);
	if ((r->lane[0].done && r->lane[1].done) || !interest(r, 0) || !interest(r, 1))
		end(r);
}

enum cloister_err relay_start(struct relays *all, int a, int b, struct cloister_fault *why)
{
	own(drop_fd) int side_a = a;
	own(drop_fd) int side_b = b;
	struct relay *r = calloc(1, sizeof *r);

	if (!r)
		return fail(why, CLOISTER_E_NOMEM, "relay", "out of memory");
	r->all = all;
	r->watch[0] = r->watch[1] = (struct watch)WATCH_INIT;
	r->lane[0].from = r->lane[1].to = give(side_a, -1);
	r->lane[1].from = r->lane[0].to = give(side_b, -1);
	r->next = all->first;
	r->link = &all->first;
	if (r->next)
		r->next->link = &r->next;
	all->first = r;
	all->n++;
	if (!interest(r, 0) || !interest(r, 1)) {
		end(r);
		return fail(why, CLOISTER_E_NOMEM, "relay", "the loop takes no more");
	}
	return CLOISTER_OK;
}

void relays_end(struct relays *all)
{
	while (all->first)
		end(all->first);
}
