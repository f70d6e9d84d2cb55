/* SPDX-License-Identifier: Apache-2.0 */
/* duplex.c - see duplex.h. */

#include "duplex.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* xorshift64*; a word at a time, since the guest computes this under emulation. */
static uint64_t next_word(struct stream *s)
{
	s->state ^= s->state >> 12;
	s->state ^= s->state << 25;
	s->state ^= s->state >> 27;
	return s->state * 0x2545f4914f6cdd1dull;
}

static void fill(struct stream *s, uint8_t *p, size_t len)
{
	while (len > 0) {
		if (s->left == 0 && len >= 8) {
			uint64_t w = next_word(s);
			memcpy(p, &w, 8);
			p += 8;
			len -= 8;
			continue;
		}
		if (s->left == 0) {
			s->word = next_word(s);
			s->left = 8;
		}
		*p++ = (uint8_t)s->word;
		s->word >>= 8;
		s->left--;
		len--;
	}
}

static void stream_init(struct stream *s, uint64_t id, unsigned direction)
{
	*s = (struct stream){ .state = (id * 2 + direction + 1) * 0x9e3779b97f4a7c15ull };
}

void duplex_init(struct duplex *d, int fd, const struct order *o, bool is_guest)
{
	uint64_t up = !is_guest && o->up_quit ? o->up_quit : o->up;
	uint64_t down = is_guest && o->down_quit ? o->down_quit : o->down;

	memset(d, 0, sizeof *d);
	d->fd = fd;
	stream_init(&d->out, o->id, is_guest ? 0 : 1);
	stream_init(&d->in, o->id, is_guest ? 1 : 0);
	d->to_send = is_guest ? up : down;
	d->to_receive = is_guest ? down : up;
	d->out_quits = is_guest ? o->up_quit : o->down_quit;
	d->in_quits = is_guest ? o->down_quit : o->up_quit;
}

short duplex_events(const struct duplex *d)
{
	return (short)((d->in_done || d->hold ? 0 : POLLIN) | (d->out_done ? 0 : POLLOUT));
}

static void send_some(struct duplex *d)
{
	ssize_t n;

	if (d->n_pending == 0 && d->to_send > 0) {
		d->n_pending = d->to_send < DUPLEX_CHUNK ? d->to_send : DUPLEX_CHUNK;
		d->pending_at = 0;
		d->to_send -= d->n_pending;
		fill(&d->out, d->pending, d->n_pending);
	}
	if (d->n_pending == 0) {
		shutdown(d->fd, SHUT_WR);
		d->out_done = true;
		return;
	}
	n = send(d->fd, d->pending + d->pending_at, d->n_pending, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		d->out_done = true;
		if (!d->out_quits || errno != EPIPE)
			d->bad = "sending failed";
		return;
	}
	d->pending_at += (size_t)n;
	d->n_pending -= (size_t)n;
	d->sent += (size_t)n;
}

static void receive_some(struct duplex *d)
{
	static uint8_t got[DUPLEX_CHUNK], due[DUPLEX_CHUNK];
	size_t room = d->in_quits && d->to_receive < sizeof got ? d->to_receive : sizeof got;
	ssize_t n = recv(d->fd, got, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		d->in_done = true;
		if (n < 0)
			d->bad = "receiving failed";
		else if (d->to_receive > 0)
			d->bad = "the stream ended early";
		return;
	}
	if ((uint64_t)n > d->to_receive) {
		d->bad = "more bytes came than were sent";
		return;
	}
	fill(&d->in, due, (size_t)n);
	if (memcmp(got, due, (size_t)n) != 0)
		d->bad = "a byte is wrong";
	d->to_receive -= (uint64_t)n;
	d->received += (uint64_t)n;
	if (d->in_quits && d->to_receive == 0) {
		shutdown(d->fd, SHUT_RD);
		d->in_done = true;
	}
}

void duplex_step(struct duplex *d, short revents)
{
	if (!d->in_done && !d->hold && revents & (POLLIN | POLLHUP | POLLERR))
		receive_some(d);
	if (!d->bad && !d->out_done && revents & (POLLOUT | POLLERR | POLLHUP))
		send_some(d);
}
