/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock_bench.c - bytes per second through the vsock device, as a process and
 * confined, between a driver that does the least and a host; then the same
 * bytes through the relay that listens at DIR/near and forwards to DIR/far,
 * where we listen. One process feeds and drains in both cases.
 *
 *   vsock_bench MIB DIR    prints four rates in MiB/s: device up, down, relay up, down
 */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wr.h"
#include "shim/vsock_front.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/proc.h"

#define CHUNK 65536u
#define N_TX 8u /* packets of CHUNK under way, two descriptors each */
#define PORT 5u

static uint64_t total; /* bytes each way */
static uint8_t room[4 * CHUNK];

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "vsock_bench: %s\n", what);
	exit(1);
}

static double rate(uint64_t began_us)
{
	uint64_t us = clock_mono_us() - began_us;

	return (double)total / 1.048576 / (double)(us ? us : 1);
}

/* --- through the device --- */

static int device(void *unused)
{
	struct cloister_fault why;
	struct vsock_options o = { .vhost_fd = 3, .channel_fd = 4, .guest_cid = FRONT_CID,
				   .confine = true };

	(void)unused;
	return vsock_serve(o, &why) == CLOISTER_OK ? 0 : 1;
}

static struct vsock_hdr header(uint16_t op, uint32_t len, uint32_t fwd)
{
	return (struct vsock_hdr){ FRONT_CID, 3, PORT, 9, len, 1, op, 0, 1u << 18, fwd };
}

static uint16_t used_index(const struct front *f, uint32_t ring)
{
	return __atomic_load_n((const uint16_t *)(const void *)(f->mem + ring + FRONT_USED + 2),
			       __ATOMIC_ACQUIRE);
}

/* The i-th transmit buffer; its payload never changes. */
static void transmit(struct front *f, const struct vsock_hdr *h)
{
	uint16_t head = (uint16_t)(f->tx_avail % N_TX * 2);
	uint32_t at = FRONT_TX_BUF + head / 2u * (CHUNK + 64);

	while ((uint16_t)(f->tx_avail - used_index(f, FRONT_TX_RING)) == N_TX)
		;
	uint8_t raw[VSOCK_HDR_LEN];
	vsock_hdr_write(h, raw);
	memcpy(f->mem + at, raw, sizeof raw);
	front_desc(f, 1, head, front_gpa(at), VSOCK_HDR_LEN, h->len ? 1 : 0, (uint16_t)(head + 1));
	front_desc(f, 1, head + 1u, front_gpa(at + 64), h->len, 0, 0);
	front_offer(f, 1, head);
}

static int open_connection(struct front *f)
{
	struct vsock_hdr h = header(VSOCK_OP_REQUEST, 0, 0);
	struct pollfd p = { .fd = f->channel, .events = POLLIN };

	transmit(f, &h);
	while (f->conn < 0) {
		if (poll(&p, 1, 5000) <= 0)
			stop("the device does not answer");
		front_hear(f);
	}
	return give(f->conn, -1);
}

static double through_device_up(struct front *f, int fd)
{
	uint64_t began = clock_mono_us(), got = 0;
	uint32_t sent = 0, fwd = 0;
	struct vsock_hdr h;

	while (got < total) {
		while (front_receive(f, &h, NULL))
			fwd = h.fwd_cnt;
		if (sent < total && sent - fwd <= (1u << 18) - CHUNK) {
			h = header(VSOCK_OP_RW, CHUNK, 0);
			transmit(f, &h);
			sent += CHUNK;
		}
		ssize_t n = recv(fd, room, sizeof room, MSG_DONTWAIT);
		if (n == 0)
			stop("the device closed the connection");
		got += n > 0 ? (uint64_t)n : 0;
	}
	return rate(began);
}

static uint32_t load32(const struct front *f, uint32_t at)
{
	return __atomic_load_n((const uint32_t *)(const void *)(f->mem + at), __ATOMIC_RELAXED);
}

/*
 * Take every filled buffer and offer it again as it is: payload bytes in all.
 * Headers are left alone, this is not about the driver.
 */
static uint32_t take_all(struct front *f)
{
	uint32_t n = 0;

	f->lazy = true; /* as Linux: refill, then kick once */
	for (uint16_t until = used_index(f, FRONT_RX_RING); f->rx_used != until; f->rx_used++) {
		uint32_t at = FRONT_RX_RING + FRONT_USED + 4 + 8u * (f->rx_used % f->num);
		n += load32(f, at + 4) - VSOCK_HDR_LEN;
		front_offer(f, 0, (uint16_t)load32(f, at));
	}
	f->lazy = false;
	if (n > 0)
		front_kick(f, 0);
	return n;
}

static double through_device_down(struct front *f, int fd)
{
	uint64_t began = clock_mono_us(), sent = 0;
	uint32_t got = 0, told = 0;
	struct vsock_hdr h;

	while (got < total) {
		ssize_t n = sent < total ? send(fd, room, CHUNK, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
		sent += n > 0 ? (uint64_t)n : 0;
		got += take_all(f);
		if (got - told >= 1u << 16) {
			told = got;
			h = header(VSOCK_OP_CREDIT_UPDATE, 0, got);
			transmit(f, &h);
		}
	}
	return rate(began);
}

static void measure_device(double *up, double *down)
{
	struct cloister_fault why;
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc p = PROC_INIT;
	struct front f;

	if (!front_init_apart(&f, &spec.fds[0], &spec.fds[1]))
		stop("no memory for a guest");
	spec.fn = device;
	spec.n_fds = 2;
	spec.die_with_parent = true;
	if (proc_start(&spec, &p, &why) != CLOISTER_OK)
		stop("no device");
	close(spec.fds[0]);
	close(spec.fds[1]);
	f.num = FRONT_RING_MAX;
	front_hello(&f);
	own(drop_fd) int fd = open_connection(&f);
	*up = through_device_up(&f, fd);
	*down = through_device_down(&f, fd);
	front_fini(&f);
	proc_drop(&p);
}

/* --- through a relay --- */

static double through_relay(int from, int to)
{
	uint64_t began = clock_mono_us(), sent = 0, got = 0;

	while (got < total) {
		ssize_t n = sent < total ? send(from, room, CHUNK, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
		sent += n > 0 ? (uint64_t)n : 0;
		n = recv(to, room, sizeof room, MSG_DONTWAIT);
		if (n == 0)
			stop("the relay closed the connection");
		got += n > 0 ? (uint64_t)n : 0;
	}
	return rate(began);
}

static void measure_relay(const char *dir, double *up, double *down)
{
	struct cloister_fault why;
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int listener, near, far;

	if (dir_fd < 0 || io_unix_listen(dir_fd, "far", &listener, &why) != CLOISTER_OK ||
	    io_unix_connect(dir_fd, "near", &near, &why) != CLOISTER_OK)
		stop("no relay at DIR/near");
	struct pollfd p = { .fd = listener, .events = POLLIN };
	if (poll(&p, 1, 5000) <= 0 || (far = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		stop("the relay does not connect to DIR/far");
	*up = through_relay(near, far);
	*down = through_relay(far, near);
	close(near);
	close(far);
	close(listener);
	close(dir_fd);
}

int main(int argc, char **argv)
{
	double device_up, device_down, relay_up, relay_down;

	if (argc != 3 || strtoull(argv[1], NULL, 10) < 1 || strtoull(argv[1], NULL, 10) > 2048) {
		fputs("usage: vsock_bench MIB DIR   (a relay listens at DIR/near, forwards to DIR/far)\n",
		      stderr);
		return 2;
	}
	total = strtoull(argv[1], NULL, 10) << 20;
	measure_device(&device_up, &device_down);
	measure_relay(argv[2], &relay_up, &relay_down);
	printf("%.0f %.0f %.0f %.0f\n", device_up, device_down, relay_up, relay_down);
	return 0;
}
