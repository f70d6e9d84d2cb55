/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VSOCK_FRONT_H
#define SHIM_VSOCK_FRONT_H

/*
 * vsock_front.h - for tests only: QEMU, the guest's driver and the parent in
 * one, in the process of the test. Real messages over a real socket, real
 * rings in a real memfd, and the device turned by hand, so that every order of
 * events can be had, the impossible ones included.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "shim/vhost_user.h"
#include "shim/vsock_dev.h"
#include "shim/vsock_pkt.h"

#define FRONT_CID 42u
#define FRONT_RING 16u        /* entries, unless told otherwise */
#define FRONT_RING_MAX 128u   /* as QEMU's */
#define FRONT_BUF 4096u       /* bytes of each receive buffer */
#define FRONT_TX_ROOM 70000u  /* bytes for one packet */
/* Guest memory in two regions with a hole between; bytes. */
#define FRONT_REGION 0x200000u
#define FRONT_GPA_A 0x10000u
#define FRONT_GPA_B 0x9000000u
#define FRONT_UVA 0x7000000000u /* of A; B follows without a hole */

/* Where things are in the file: rings in A, buffers in B. */
enum {
	FRONT_RX_RING = 0x1000,
	FRONT_TX_RING = 0x2000,
	FRONT_RX_BUFS = FRONT_REGION,
	FRONT_TX_BUF = FRONT_REGION + FRONT_RING_MAX * FRONT_BUF,
	FRONT_DESC = 0,
	FRONT_AVAIL = 0x800,
	FRONT_USED = 0xa00,
};

struct front {
	struct vsock_dev *dev; /* NULL: it runs elsewhere */
	int vhost, channel; /* our ends; -1 once closed */
	int mem_fd;
	uint8_t *mem;       /* the whole file */
	int kick[2], call[2], err[2]; /* rx, tx */
	uint16_t num;                 /* entries of each ring */
	uint16_t rx_avail, rx_used, tx_avail;
	bool lazy;                    /* offers do not kick: front_kick() */
	bool over;          /* the device ended */
	enum cloister_err end;
	struct cloister_fault why;
	bool up;            /* it said 'U' */
	uint32_t port;      /* of the last 'I' */
	int conn;           /* and its descriptor, -1 when taken */
};

/* With a running device, unless `bare`: then nothing was said yet. False: out of resources. */
bool front_init(struct front *f, uint32_t window, bool bare);
void front_fini(struct front *f);
/* The same for a device in another process, which gets the two descriptors (ours to close). */
bool front_init_apart(struct front *f, int *vhost_fd, int *channel_fd);
/* Introduce ourselves, share the memory, start the rings. */
void front_hello(struct front *f);

/* What the device has told the parent: f->up, f->port, f->conn. */
void front_hear(struct front *f);

/* Let the device do whatever it has to do now. */
void front_settle(struct front *f);

/* One message, with at most two descriptors (-1 for none). */
void front_say(struct front *f, uint32_t request, uint32_t flags, struct bytes body, int fd_a,
	       int fd_b);
void front_say_u64(struct front *f, uint32_t request, uint64_t v, int fd);
void front_say_vring(struct front *f, uint32_t request, uint32_t index, uint32_t num);
/* The body of the next reply; its length, or -1 when there is none. */
int front_reply(struct front *f, uint32_t request, void *body, size_t room);

void front_mem_table(struct front *f);
/* Set up both rings from nothing and start them, as a driver after a reset. */
void front_start(struct front *f);
/* Stop them, as QEMU on the driver's reset. Returns the available index of `ring`. */
int front_stop(struct front *f, uint32_t ring);

/* A descriptor of ring 0 (rx) or 1 (tx); then offer a head and kick, if the device wants that. */
void front_desc(struct front *f, unsigned ring, unsigned i, uint64_t gpa, uint32_t len,
		uint16_t flags, uint16_t next);
void front_offer(struct front *f, unsigned ring, uint16_t head);
void front_kick(struct front *f, unsigned ring);
uint64_t front_gpa(uint32_t file_at);

/* The driver sends a packet: header in one descriptor, payload in a second. Settles. */
void front_send(struct front *f, const struct vsock_hdr *h, struct bytes payload);
/* The same from guest port `port` to CID 3, host port 9; the rest as given. */
void front_op(struct front *f, uint32_t port, uint16_t op, uint32_t flags, struct bytes payload);

/* The next packet for the guest; its payload (at most FRONT_BUF) is copied. False: none. */
bool front_receive(struct front *f, struct vsock_hdr *h, uint8_t *payload);
/* The same, and true when it is this one for guest port `port`. */
bool front_expect(struct front *f, uint32_t port, uint16_t op, struct vsock_hdr *h,
		  uint8_t *payload);

/* Ask the device to connect; returns our end. */
int front_dial(struct front *f, char type, uint32_t port);

/*
 * The proof of life: a new connection from guest port `port`, some bytes each
 * way, an orderly end. Whatever came before must not hinder it.
 */
bool front_good_connection(struct front *f, uint32_t port);

#endif
