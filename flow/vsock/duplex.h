/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_DUPLEX_H
#define FLOW_DUPLEX_H

/*
 * duplex.h - one end of a tested connection, the same code in the guest and on
 * the host: sends a pseudo-random stream, checks the other one byte by byte,
 * half-closes when its own stream ends, and knows where the other's must end.
 * Only libc, so that the guest's static binary can be made of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ports of the test. */
enum {
	PORT_CONTROL = 7000, /* guest connects: commands, and the guest's count in the end */
	PORT_UP = 7001,      /* guest connects: a tested connection */
	PORT_GATE = 7003,    /* guest connects: the stalled end waits here */
	PORT_DOWN = 7100,    /* host connects: + the class of receive window */
};

/* The guest's receive windows by class, bytes. The first ones are absurd on purpose. */
#define N_WINDOWS 5
static const uint32_t windows[N_WINDOWS] = { 1152, 1500, 3000, 65536, 262144 };

/* What the host says first on a tested connection: what will flow on it. */
struct order {
	uint64_t id;
	uint64_t up;      /* bytes from the guest */
	uint64_t down;    /* bytes to the guest */
	uint64_t up_quit; /* the host stops reading after so many; 0: never */
	uint64_t down_quit;
	uint64_t stall; /* 1: the guest reads nothing until the gate opens */
};

/* A command on the control connection. */
struct command {
	uint64_t what; /* 'c' connect, 'q' count and power off */
	uint64_t n;    /* connections to make, or that there were */
	uint64_t window;
};

/* The guest's last word. */
struct tally {
	uint64_t good, bad;
};

struct stream {
	uint64_t state;
	uint64_t word;
	unsigned left; /* bytes of `word` not used yet */
};

#define DUPLEX_CHUNK 65536u

struct duplex {
	int fd;       /* non-blocking */
	struct stream out, in;
	uint64_t to_send, to_receive; /* bytes left */
	uint64_t sent, received;
	bool out_quits; /* the peer stops reading early: a failed write is the expected end */
	bool in_quits;  /* we stop reading early, then shut that direction */
	bool hold;      /* read nothing for now */
	bool out_done, in_done;
	const char *bad; /* static: what went wrong */
	uint8_t pending[DUPLEX_CHUNK];
	size_t pending_at, n_pending;
};

/* Direction 0 is up, 1 down: different streams. */
void duplex_init(struct duplex *d, int fd, const struct order *o, bool is_guest);
short duplex_events(const struct duplex *d); /* for poll() */
void duplex_step(struct duplex *d, short revents);
static inline bool duplex_done(const struct duplex *d)
{
	return d->bad || (d->out_done && d->in_done);
}

#endif
