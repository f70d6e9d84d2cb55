/* SPDX-License-Identifier: Apache-2.0 */
/* vsock_dev_test.c - the device against a front end, a driver and a parent that say anything. */

#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/rd.h"
#include "shim/vsock_front.h"
#include "sys/io.h"
#include "sys/proc.h"


static uint8_t got[FRONT_BUF];

static void begin(struct front *f, uint32_t window)
{
	assert_true(front_init(f, window, false));
	assert_false(f->over);
	assert_true(f->up);
}

/* The guest connects; our end of it. */
static int open_conn(struct front *f, uint32_t port)
{
	front_op(f, port, VSOCK_OP_REQUEST, 0, BYTES_NONE);
	assert_true(front_expect(f, port, VSOCK_OP_RESPONSE, NULL, NULL));
	assert_int_equal(f->port, 9);
	return give(f->conn, -1);
}

static void expect_silence(struct front *f)
{
	struct vsock_hdr h;

	front_settle(f);
	assert_false(front_receive(f, &h, got));
}

static void test_handshake(void **state)
{
	struct front f;
	uint8_t raw[64];
	uint8_t ask[20] = { 0, 0, 0, 0, 8 };
	struct cloister_fault why;

	(void)state;
	assert_true(front_init(&f, 0, true));
	front_say(&f, VHOST_GET_FEATURES, 1, BYTES_NONE, -1, -1);
	assert_int_equal(front_reply(&f, VHOST_GET_FEATURES, raw, sizeof raw), 8);
	struct rd r = rd_open(bytes_of(raw, 8), &why);
	assert_int_equal(rd_le64(&r, "features"), VIRTIO_F_VERSION_1 | VHOST_F_PROTOCOL_FEATURES);
	front_say(&f, VHOST_GET_CONFIG, 1, BYTES_OF(ask), -1, -1);
	assert_int_equal(front_reply(&f, VHOST_GET_CONFIG, raw, sizeof raw), 20);
	r = rd_open(bytes_of(raw + 12, 8), &why);
	assert_int_equal(rd_le64(&r, "guest_cid"), FRONT_CID);
	ask[4] = 9; /* a byte more than there is: an empty answer says no */
	uint8_t longer[21] = { 0, 0, 0, 0, 9 };
	front_say(&f, VHOST_GET_CONFIG, 1, BYTES_OF(longer), -1, -1);
	assert_int_equal(front_reply(&f, VHOST_GET_CONFIG, raw, sizeof raw), 0);
	/* REPLY_ACK only once negotiated */
	front_say(&f, VHOST_SET_OWNER, 1 | 8, BYTES_NONE, -1, -1);
	assert_int_equal(front_reply(&f, VHOST_SET_OWNER, raw, sizeof raw), -1);
	front_say_u64(&f, VHOST_SET_PROTOCOL_FEATURES, VHOST_PROTOCOL_F_REPLY_ACK, -1);
	front_say(&f, VHOST_SET_OWNER, 1 | 8, BYTES_NONE, -1, -1);
	assert_int_equal(front_reply(&f, VHOST_SET_OWNER, raw, sizeof raw), 8);
	assert_false(f.over);
	front_fini(&f);
}

static void test_kick_before_address(void **state)
{
	struct front f;

	(void)state;
	assert_true(front_init(&f, 0, true));
	front_say_u64(&f, VHOST_SET_FEATURES, VIRTIO_F_VERSION_1, -1);
	front_say_u64(&f, VHOST_SET_VRING_KICK, 1, f.kick[1]);
	front_offer(&f, 1, 0);
	front_settle(&f);
	assert_false(f.over);
	assert_false(f.up);
	front_start(&f); /* addresses before memory */
	assert_false(f.up);
	front_mem_table(&f);
	assert_true(f.up);
	assert_true(front_good_connection(&f, 5));
	front_fini(&f);
}

/* Whatever the guest calls us, the answer comes from there. */
static void test_both_host_cids(void **state)
{
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	for (uint64_t cid = 2; cid <= 3; cid++) {
		struct vsock_hdr ask = { .src_cid = FRONT_CID, .dst_cid = cid, .src_port = 77,
					 .dst_port = 9, .type = 1, .op = VSOCK_OP_REQUEST,
					 .buf_alloc = 1000 };
		front_send(&f, &ask, BYTES_NONE);
		assert_true(front_expect(&f, 77, VSOCK_OP_RESPONSE, &h, got));
		assert_int_equal(h.src_cid, cid);
		assert_int_equal(h.src_port, 9);
		assert_int_equal(h.buf_alloc, LIMIT_VSOCK_WINDOW);
	}
	front_fini(&f);
}

/* Nonsense from a guest: what comes back, and that life goes on. */
static const struct {
	const char *name;
	struct vsock_hdr h;
	size_t real; /* payload bytes that are really there */
	bool rst;
} nonsense[] = {
	{ "data for nobody", { FRONT_CID, 3, 1, 2, 0, 1, VSOCK_OP_RW, 0, 0, 0 }, 0, true },
	{ "operation 0", { FRONT_CID, 3, 1, 2, 0, 1, 0, 0, 0, 0 }, 0, true },
	{ "operation 8", { FRONT_CID, 3, 1, 2, 0, 1, 8, 0, 0, 0 }, 0, true },
	{ "seqpacket", { FRONT_CID, 3, 1, 2, 0, 2, VSOCK_OP_REQUEST, 0, 0, 0 }, 0, true },
	{ "CID 4", { FRONT_CID, 4, 1, 2, 0, 1, VSOCK_OP_REQUEST, 0, 0, 0 }, 0, true },
	{ "CID 0", { FRONT_CID, 0, 1, 2, 0, 1, VSOCK_OP_REQUEST, 0, 0, 0 }, 0, true },
	{ "a response unasked", { FRONT_CID, 3, 1, 2, 0, 1, VSOCK_OP_RESPONSE, 0, 0, 0 }, 0, true },
	{ "longer than the chain", { FRONT_CID, 3, 1, 2, 99, 1, VSOCK_OP_RW, 0, 0, 0 }, 98, true },
	{ "2^32-1 bytes", { FRONT_CID, 3, 1, 2, ~0u, 1, VSOCK_OP_RW, 0, 0, 0 }, 8, true },
	{ "a request with data", { FRONT_CID, 3, 1, 2, 8, 1, VSOCK_OP_REQUEST, 0, 0, 0 }, 8, true },
	{ "a reset for nobody", { FRONT_CID, 3, 1, 2, 0, 1, VSOCK_OP_RST, 0, 0, 0 }, 0, false },
	{ "a source of another's", { 43, 3, 1, 2, 0, 1, VSOCK_OP_REQUEST, 0, 0, 0 }, 0, false },
};

static void test_nonsense(void **state)
{
	static const uint8_t zeros[128];
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		front_send(&f, &nonsense[i].h, bytes_of(zeros, nonsense[i].real));
		bool came = front_receive(&f, &h, got);
		if (came != nonsense[i].rst || (came && (h.op != VSOCK_OP_RST || h.dst_port != 1)))
			fail_msg("%s: op %u came: %d", nonsense[i].name, came ? h.op : 0, came);
		expect_silence(&f);
		assert_true(front_good_connection(&f, 100 + (uint32_t)i));
	}
	front_fini(&f);
}

/* On a connection that is open, each of these ends it, and only it. */
static void test_nonsense_on_a_connection(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t len;
	} rows[] = { { 0, 0 }, { 9, 0 }, { VSOCK_OP_REQUEST, 0 }, { VSOCK_OP_RESPONSE, 0 },
		     { VSOCK_OP_CREDIT_UPDATE, 4 }, { VSOCK_OP_RW, 5000 } };
	static const uint8_t zeros[64];
	struct front f;

	(void)state;
	begin(&f, 0);
	int other = open_conn(&f, 50);
	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = open_conn(&f, 60 + i);
		struct vsock_hdr h = { FRONT_CID, 3, 60 + i, 9, rows[i].len, 1, rows[i].op, 0, 9, 0 };
		front_send(&f, &h, bytes_of(zeros, rows[i].len == 4 ? 4 : 0));
		assert_true(front_expect(&f, 60 + i, VSOCK_OP_RST, NULL, got));
		assert_int_equal(recv(fd, got, 1, MSG_DONTWAIT), 0);
		close(fd);
	}
	front_op(&f, 50, VSOCK_OP_RW, 0, bytes_text("still here"));
	assert_int_equal(recv(other, got, sizeof got, MSG_DONTWAIT), 10);
	close(other);
	front_fini(&f);
}

/* The guest may send what it was told it may, to the byte. */
static void test_window(void **state)
{
	static const uint8_t bulk[1000];
	struct front f;
	struct vsock_hdr h;
	size_t sent = 0;

	(void)state;
	begin(&f, 1000);
	int fd = open_conn(&f, 5);
	while (sent < (1u << 20)) { /* the host reads nothing: its socket fills, then the window */
		front_op(&f, 5, VSOCK_OP_RW, 0, BYTES_OF(bulk));
		sent += sizeof bulk;
		if (!front_receive(&f, &h, got))
			break;
		assert_int_equal(h.op, VSOCK_OP_CREDIT_UPDATE);
		assert_int_equal(h.buf_alloc, 1000);
		if (h.fwd_cnt != sent) { /* a part was taken: fill up the rest exactly */
			front_op(&f, 5, VSOCK_OP_RW, 0, bytes_of(bulk, 1000 - (sent - h.fwd_cnt)));
			sent += 1000 - (sent - h.fwd_cnt);
			break;
		}
	}
	assert_true(sent < (1u << 20));
	assert_true(front_good_connection(&f, 6)); /* the stalled one stalls nobody */
	front_op(&f, 5, VSOCK_OP_RW, 0, bytes_of(bulk, 1));
	assert_true(front_expect(&f, 5, VSOCK_OP_RST, &h, got)); /* one byte too many */
	close(fd);
	front_fini(&f);
}

/* A stalled connection keeps its bytes in order until somebody reads them. */
static void test_stall_and_drain(void **state)
{
	uint8_t part[500];
	struct front f;
	struct vsock_hdr h = { 0 };
	uint32_t sent = 0, back = 0;
	ssize_t n;

	(void)state;
	begin(&f, 5000);
	int fd = open_conn(&f, 5);
	for (;;) {
		while (front_receive(&f, &h, got))
			assert_int_equal(h.op, VSOCK_OP_CREDIT_UPDATE);
		if (sent - h.fwd_cnt + sizeof part > 5000)
			break;
		for (size_t i = 0; i < sizeof part; i++)
			part[i] = (uint8_t)((sent + i) * 7 >> 3);
		front_op(&f, 5, VSOCK_OP_RW, 0, BYTES_OF(part));
		sent += sizeof part;
	}
	front_op(&f, 5, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_BOTH, BYTES_NONE); /* close() in the guest */
	front_op(&f, 5, VSOCK_OP_RST, 0, BYTES_NONE);                    /* its patience ended */
	assert_true(front_good_connection(&f, 5)); /* the ports are free again */
	while ((n = recv(fd, got, sizeof got, MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < n; i++, back++)
			assert_int_equal(got[i], (uint8_t)(back * 7 >> 3));
		front_settle(&f);
	}
	assert_int_equal(n, 0);
	assert_int_equal(back, sent);
	close(fd);
	front_fini(&f);
}

/* One byte at a time, each way. */
static void test_window_of_one(void **state)
{
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 1);
	int fd = open_conn(&f, 5);
	for (unsigned i = 0; i < 20; i++) {
		uint8_t byte = (uint8_t)i;
		front_op(&f, 5, VSOCK_OP_RW, 0, bytes_of(&byte, 1));
		assert_int_equal(recv(fd, got, 8, MSG_DONTWAIT), 1);
		assert_int_equal(got[0], i);
		assert_true(front_expect(&f, 5, VSOCK_OP_CREDIT_UPDATE, &h, got));
		assert_int_equal(h.fwd_cnt, i + 1);
	}
	close(fd);
	front_fini(&f);
}

static void credit(struct front *f, uint32_t port, uint32_t alloc, uint32_t fwd)
{
	front_send(f,
		   &(struct vsock_hdr){ FRONT_CID, 3, port, 9, 0, 1, VSOCK_OP_CREDIT_UPDATE, 0,
					alloc, fwd },
		   BYTES_NONE);
}

/* We send what the guest has room for, ask once when it has none, and go on when it has. */
static void test_guest_credit(void **state)
{
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	credit(&f, 5, 10, 0);
	assert_int_equal(send(fd, "0123456789abcdefghijklm", 23, 0), 23);
	front_settle(&f);
	assert_true(front_expect(&f, 5, VSOCK_OP_RW, &h, got));
	assert_int_equal(h.len, 10);
	assert_true(front_expect(&f, 5, VSOCK_OP_CREDIT_REQUEST, &h, got));
	expect_silence(&f);
	credit(&f, 5, 10, 3);
	assert_true(front_expect(&f, 5, VSOCK_OP_RW, &h, got));
	assert_int_equal(h.len, 3);
	assert_memory_equal(got, "abc", 3);
	assert_true(front_expect(&f, 5, VSOCK_OP_CREDIT_REQUEST, &h, got));
	credit(&f, 5, 10, 4000); /* more than was sent: nonsense, and no licence */
	expect_silence(&f);
	credit(&f, 5, 100, 13);
	assert_true(front_expect(&f, 5, VSOCK_OP_RW, &h, got));
	assert_int_equal(h.len, 10);
	front_op(&f, 5, VSOCK_OP_CREDIT_REQUEST, 0, BYTES_NONE);
	assert_true(front_expect(&f, 5, VSOCK_OP_CREDIT_UPDATE, &h, got));
	close(fd);
	front_fini(&f);
}

/* A Linux guest has no more under way than its own window: room is told in time for that. */
static void test_paced_by_the_guests_window(void **state)
{
	static const uint8_t bulk[800];
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	credit(&f, 5, 3000, 0);
	for (unsigned i = 0; i < 8; i++) {
		struct vsock_hdr rw = { FRONT_CID, 3, 5, 9, sizeof bulk, 1, VSOCK_OP_RW, 0, 3000, 0 };
		front_send(&f, &rw, BYTES_OF(bulk));
		assert_true(front_expect(&f, 5, VSOCK_OP_CREDIT_UPDATE, &h, got));
		assert_int_equal(h.fwd_cnt, (i + 1) * sizeof bulk);
	}
	close(fd);
	front_fini(&f);
}

#ifndef __SANITIZE_ADDRESS__ /* the sanitizer makes system calls of its own */
static int serve_confined(void *unused)
{
	struct vsock_options o = { .vhost_fd = 3, .channel_fd = 4, .guest_cid = FRONT_CID,
				   .window = 1000, .confine = true };
	struct cloister_fault why;

	(void)unused;
	return vsock_serve(o, &why) == CLOISTER_OK ? 0 : 1;
}

/* From a process that cannot be turned by hand: wait for what it says. */
static void await(struct front *f, uint32_t port, uint16_t op)
{
	struct vsock_hdr h;

	for (;;) {
		struct pollfd p = { .fd = f->call[0], .events = POLLIN };
		uint64_t n;
		while (front_receive(f, &h, got))
			if (h.dst_port == port && h.op == op)
				return;
		assert_int_equal(poll(&p, 1, 10000), 1);
		assert_int_equal(read(f->call[0], &n, sizeof n), sizeof n);
	}
}

static int await_conn(struct front *f)
{
	while (f->conn < 0) {
		struct pollfd p = { .fd = f->channel, .events = POLLIN };
		assert_int_equal(poll(&p, 1, 10000), 1);
		front_hear(f);
	}
	return give(f->conn, -1);
}

/* Every path that makes a system call, with all but those calls forbidden. */
static void test_confined(void **state)
{
	static const uint8_t bulk[900];
	struct cloister_fault why;
	struct proc_spec spec = PROC_SPEC_INIT;
	own(proc_drop) struct proc p = PROC_INIT;
	struct proc_end end;
	struct front f;
	bool ended;

	(void)state;
	assert_true(front_init_apart(&f, &spec.fds[0], &spec.fds[1]));
	spec.fn = serve_confined;
	spec.n_fds = 2;
	WANT_OK(proc_start(&spec, &p, &why), &why);
	close(spec.fds[0]);
	close(spec.fds[1]);
	front_hello(&f);
	front_op(&f, 5, VSOCK_OP_REQUEST, 0, BYTES_NONE);
	int fd = await_conn(&f);
	await(&f, 5, VSOCK_OP_RESPONSE);
	/* more than the socket takes, so that bytes are held; then drained */
	for (uint32_t sent = 0, n = 1; n > 0 && sent < 1u << 20; sent += sizeof bulk) {
		front_op(&f, 5, VSOCK_OP_RW, 0, BYTES_OF(bulk));
		struct pollfd room = { .fd = f.call[0], .events = POLLIN };
		n = poll(&room, 1, 300) > 0;
		while (front_receive(&f, &(struct vsock_hdr){ 0 }, got))
			;
		assert_true(read(f.call[0], &(uint64_t){ 0 }, 8) == 8 || n == 0);
	}
	while (recv(fd, got, sizeof got, MSG_DONTWAIT) > 0)
		;
	assert_int_equal(send(fd, "down", 4, 0), 4);
	await(&f, 5, VSOCK_OP_RW);
	assert_int_equal(send(fd, "unread", 6, 0), 6);
	await(&f, 5, VSOCK_OP_RW);
	front_op(&f, 5, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_BOTH, BYTES_NONE);
	await(&f, 5, VSOCK_OP_RST);
	close(fd);
	fd = front_dial(&f, 'C', 8000);
	await(&f, 8000, VSOCK_OP_REQUEST);
	front_mem_table(&f);
	drop_fd(&f.vhost);
	WANT_OK(proc_wait(&p, 10000, &ended, &end, &why), &why);
	assert_true(ended);
	assert_int_equal(end.signal, -1);
	assert_int_equal(end.status, 0);
	close(fd);
	front_fini(&f);
}
#endif

static void test_half_close_by_guest(void **state)
{
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	front_op(&f, 5, VSOCK_OP_RW, 0, bytes_text("last"));
	front_op(&f, 5, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_SEND, BYTES_NONE);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 4);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 0);
	assert_int_equal(send(fd, "and back", 8, 0), 8);
	front_settle(&f);
	assert_true(front_expect(&f, 5, VSOCK_OP_RW, &h, got));
	assert_int_equal(h.len, 8);
	close(fd);
	front_settle(&f);
	assert_true(front_expect(&f, 5, VSOCK_OP_SHUTDOWN, &h, got));
	assert_int_equal(h.flags, VSOCK_SHUT_BOTH);
	front_op(&f, 5, VSOCK_OP_RST, 0, BYTES_NONE);
	expect_silence(&f);
	front_op(&f, 6, VSOCK_OP_REQUEST, 0, BYTES_NONE);
	front_fini(&f);
}

static void test_half_close_by_host(void **state)
{
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	assert_int_equal(send(fd, "last", 4, 0), 4);
	shutdown(fd, SHUT_WR);
	front_settle(&f);
	assert_true(front_expect(&f, 5, VSOCK_OP_RW, &h, got));
	assert_int_equal(h.len, 4);
	assert_true(front_expect(&f, 5, VSOCK_OP_SHUTDOWN, &h, got));
	assert_int_equal(h.flags, VSOCK_SHUT_SEND);
	front_op(&f, 5, VSOCK_OP_RW, 0, bytes_text("more"));
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 4);
	front_op(&f, 5, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_BOTH, BYTES_NONE);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 0);
	assert_true(front_expect(&f, 5, VSOCK_OP_RST, &h, got));
	close(fd);
	front_fini(&f);
}

/* Whoever stops reading is told to the other side as a failing write. */
static void test_readers_that_leave(void **state)
{
	struct front f;
	struct vsock_hdr h;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	credit(&f, 5, 0, 0);
	assert_int_equal(send(fd, "unread", 6, 0), 6);
	front_op(&f, 5, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_RCV, BYTES_NONE);
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	front_op(&f, 5, VSOCK_OP_RW, 0, bytes_text("up"));
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 2);
	front_op(&f, 5, VSOCK_OP_SHUTDOWN, VSOCK_SHUT_SEND, BYTES_NONE);
	/* an end, not an error, although bytes of ours were never read */
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 0);
	close(fd);
	while (front_receive(&f, &h, got))
		;
	fd = open_conn(&f, 6);
	shutdown(fd, SHUT_RD);
	front_op(&f, 6, VSOCK_OP_RW, 0, bytes_text("up"));
	assert_true(front_expect(&f, 6, VSOCK_OP_SHUTDOWN, &h, got));
	assert_int_equal(h.flags, VSOCK_SHUT_RCV);
	assert_int_equal(send(fd, "down", 4, 0), 4);
	front_settle(&f);
	assert_true(front_expect(&f, 6, VSOCK_OP_RW, &h, got));
	close(fd);
	front_fini(&f);
}

static void test_host_connects(void **state)
{
	struct front f;
	struct vsock_hdr h, second;
	char ok[32];

	(void)state;
	begin(&f, 0);
	int fd = front_dial(&f, 'C', 8000);
	assert_true(front_expect(&f, 8000, VSOCK_OP_REQUEST, &h, got));
	assert_int_equal(h.src_cid, 3);
	assert_true(h.src_port >= 1u << 30);
	int greeted = front_dial(&f, 'F', 8000);
	assert_true(front_expect(&f, 8000, VSOCK_OP_REQUEST, &second, got));
	assert_int_not_equal(h.src_port, second.src_port);
	for (unsigned i = 0; i < 2; i++) {
		const struct vsock_hdr *q = i ? &second : &h;
		front_send(&f,
			   &(struct vsock_hdr){ FRONT_CID, 3, 8000, q->src_port, 0, 1,
						VSOCK_OP_RESPONSE, 0, 1000, 0 },
			   BYTES_NONE);
	}
	assert_int_equal(snprintf(ok, sizeof ok, "OK %u\n", second.src_port),
			 recv(greeted, got, sizeof got, MSG_DONTWAIT));
	assert_memory_equal(got, ok, strlen(ok));
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), -1);
	send(fd, "hi", 2, 0);
	front_settle(&f);
	assert_true(front_expect(&f, 8000, VSOCK_OP_RW, &h, got));
	int refused = front_dial(&f, 'F', 8001);
	assert_true(front_expect(&f, 8001, VSOCK_OP_REQUEST, &h, got));
	front_send(&f,
		   &(struct vsock_hdr){ FRONT_CID, 3, 8001, h.src_port, 0, 1, VSOCK_OP_RST, 0, 0, 0 },
		   BYTES_NONE);
	assert_int_equal(recv(refused, got, sizeof got, MSG_DONTWAIT), 0);
	close(fd);
	close(greeted);
	close(refused);
	front_fini(&f);
}

/* Before the driver is up there is nobody to connect to. */
static void test_host_connects_too_early(void **state)
{
	struct front f;

	(void)state;
	assert_true(front_init(&f, 0, true));
	int fd = front_dial(&f, 'C', 8000);
	assert_int_equal(recv(fd, got, 1, MSG_DONTWAIT), 0);
	assert_false(f.over);
	close(fd);
	front_fini(&f);
}

/* A connection for which the process has no descriptor is refused; the device lives on. */
static void test_host_connects_without_descriptors(void **state)
{
	static const uint8_t dial[] = { 'C', 0, 0, 0x1f, 0x40 };
	struct rlimit before;
	struct vsock_hdr h;
	struct front f;
	int ends[2];

	(void)state;
	begin(&f, 0);
	assert_int_equal(io_pair(SOCK_STREAM, ends, NULL), CLOISTER_OK);
	assert_int_equal(io_send_msg(f.channel, BYTES_OF(dial), ends[1], NULL), CLOISTER_OK);
	int next = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	const struct rlimit none = { (rlim_t)next, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	front_settle(&f);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	close(ends[1]);
	assert_false(f.over);
	assert_int_equal(recv(ends[0], got, 1, MSG_DONTWAIT), 0);
	close(ends[0]);
	int fd = front_dial(&f, 'C', 8000);
	assert_true(front_expect(&f, 8000, VSOCK_OP_REQUEST, &h, got));
	close(fd);
	front_fini(&f);
}

static void test_limit(void **state)
{
	struct front f;
	struct vsock_hdr h;
	static int fds[LIMIT_VSOCK_CONNS];
	uint32_t n;

	(void)state;
	begin(&f, 0);
	for (n = 0; n < LIMIT_VSOCK_CONNS; n++) {
		front_op(&f, 100 + n, VSOCK_OP_REQUEST, 0, BYTES_NONE);
		assert_true(front_receive(&f, &h, got));
		if (h.op != VSOCK_OP_RESPONSE)
			break; /* no descriptors left: a machine with a low limit */
		fds[n] = give(f.conn, -1);
	}
	front_op(&f, 90, VSOCK_OP_REQUEST, 0, BYTES_NONE);
	assert_true(front_expect(&f, 90, VSOCK_OP_RST, &h, got));
	front_op(&f, 100, VSOCK_OP_RST, 0, BYTES_NONE);
	assert_true(front_good_connection(&f, 90)); /* one left: there is room for one */
	while (n-- > 0)
		close(fds[n]);
	front_fini(&f);
}

/* Chains that no driver makes; all bits but the good ones are wrong in one way each. */
static const struct {
	const char *name;
	struct {
		uint64_t gpa;
		uint32_t len;
		uint16_t flags, next;
	} d[2];
	uint16_t head;
} chains[] = {
	{ "a loop of one", { { FRONT_GPA_B, 44, 1, 0 } }, 0 },
	{ "a loop of two", { { FRONT_GPA_B, 22, 1, 1 }, { FRONT_GPA_B, 22, 1, 0 } }, 0 },
	{ "indirect", { { FRONT_GPA_B, 32, 4, 0 } }, 0 },
	{ "indirect behind", { { FRONT_GPA_B, 44, 1, 1 }, { FRONT_GPA_B, 32, 4, 0 } }, 0 },
	{ "address 0", { { 0, 44, 0, 0 } }, 0 },
	{ "in the hole", { { FRONT_GPA_A + FRONT_REGION, 44, 0, 0 } }, 0 },
	{ "over the edge", { { FRONT_GPA_B + FRONT_REGION - 43, 44, 0, 0 } }, 0 },
	{ "2^32-1 bytes", { { FRONT_GPA_B, ~0u, 0, 0 } }, 0 },
	{ "wraps around", { { ~0ull - 20, 44, 0, 0 } }, 0 },
	{ "next is outside", { { FRONT_GPA_B, 44, 1, FRONT_RING } }, 0 },
	{ "head is outside", { { FRONT_GPA_B, 44, 0, 0 } }, FRONT_RING },
	{ "head is far outside", { { FRONT_GPA_B, 44, 0, 0 } }, 0xffff },
	{ "empty", { { FRONT_GPA_B, 0, 0, 0 } }, 0 },
	{ "too short for a header", { { FRONT_GPA_B, 43, 0, 0 } }, 0 },
	{ "wrong direction for tx", { { FRONT_GPA_B, 44, 2, 0 } }, 0 },
};

static void test_chains(void **state)
{
	struct front f;

	(void)state;
	begin(&f, 0);
	for (uint32_t i = 0; i < sizeof chains / sizeof *chains; i++) {
		for (unsigned d = 0; d < 2; d++)
			front_desc(&f, 1, d, chains[i].d[d].gpa, chains[i].d[d].len,
				   chains[i].d[d].flags, chains[i].d[d].next);
		front_offer(&f, 1, chains[i].head);
		front_settle(&f);
		if (f.over || !front_good_connection(&f, 200 + i))
			fail_msg("after a chain with %s", chains[i].name);
	}
	front_fini(&f);
}

/* The same as receive buffers: skipped, and the packet comes in the next good one. */
static void test_rx_chains(void **state)
{
	struct front f;

	(void)state;
	begin(&f, 0);
	for (uint32_t i = 0; i < sizeof chains / sizeof *chains; i++) {
		assert_true(front_stop(&f, 0) >= 0);
		assert_true(front_stop(&f, 1) >= 0);
		front_start(&f);
		f.rx_avail = 0; /* ours first */
		for (unsigned d = 0; d < 2; d++)
			front_desc(&f, 0, d, chains[i].d[d].gpa, chains[i].d[d].len,
				   chains[i].d[d].flags ^ 2, chains[i].d[d].next);
		front_offer(&f, 0, chains[i].head);
		for (uint16_t n = 2; n < FRONT_RING; n++)
			front_offer(&f, 0, n);
		f.rx_used = 1; /* the driver expects the bad one back first */
		if (f.over || !front_good_connection(&f, 300 + i))
			fail_msg("after a buffer with %s", chains[i].name);
	}
	front_fini(&f);
}

static void test_index_that_jumps(void **state)
{
	struct front f;
	uint64_t n;

	(void)state;
	begin(&f, 0);
	f.tx_avail = (uint16_t)(f.tx_avail + FRONT_RING + 3);
	front_offer(&f, 1, 0);
	front_settle(&f);
	assert_false(f.over);
	assert_int_equal(read(f.err[1], &n, sizeof n), sizeof n); /* QEMU is told */
	front_op(&f, 5, VSOCK_OP_REQUEST, 0, BYTES_NONE);
	expect_silence(&f); /* broken until set up again … */
	assert_true(front_stop(&f, 0) >= 0);
	assert_true(front_stop(&f, 1) >= 0);
	front_start(&f);
	assert_true(front_good_connection(&f, 6)); /* … and then as good as new */
	front_fini(&f);
}

/* Rings stopped and started, memory replaced, while a connection is open. */
static void test_restart_and_new_memory(void **state)
{
	struct front f;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	assert_int_equal(front_stop(&f, 1), 1);
	assert_true(front_stop(&f, 0) >= 0);
	assert_int_equal(send(fd, "waits", 5, 0), 5);
	front_settle(&f);
	front_mem_table(&f);
	front_start(&f);
	assert_true(front_expect(&f, 5, VSOCK_OP_RW, NULL, got));
	assert_memory_equal(got, "waits", 5);
	front_mem_table(&f); /* under running rings */
	front_op(&f, 5, VSOCK_OP_RW, 0, bytes_text("on"));
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 2);
	front_say(&f, VHOST_RESET_DEVICE, 1, BYTES_NONE, -1, -1);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 0);
	front_start(&f);
	assert_true(front_good_connection(&f, 5));
	close(fd);
	front_fini(&f);
}

/* QEMU ends: what the guest had sent still arrives, then the device ends too. */
static void test_last_words(void **state)
{
	struct front f;

	(void)state;
	begin(&f, 0);
	int fd = open_conn(&f, 5);
	uint8_t raw[VSOCK_HDR_LEN];
	vsock_hdr_write(&(struct vsock_hdr){ FRONT_CID, 3, 5, 9, 5, 1, VSOCK_OP_RW, 0, 9, 0 }, raw);
	memcpy(f.mem + FRONT_TX_BUF, raw, sizeof raw);
	memcpy(f.mem + FRONT_TX_BUF + sizeof raw, "adieu", 5);
	front_desc(&f, 1, 4, front_gpa(FRONT_TX_BUF), sizeof raw + 5, 0, 0);
	front_offer(&f, 1, 4);
	drop_fd(&f.vhost);
	front_settle(&f);
	assert_true(f.over);
	assert_int_equal(f.end, CLOISTER_OK);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 5);
	assert_memory_equal(got, "adieu", 5);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 0);
	close(fd);
	front_fini(&f);
}

static void test_parent_leaves(void **state)
{
	struct front f;

	(void)state;
	begin(&f, 0);
	drop_fd(&f.channel);
	front_settle(&f);
	assert_true(f.over);
	assert_int_equal(f.end, CLOISTER_OK);
	front_fini(&f);
}

/* A front end that is not QEMU: the device ends with a sentence about the field. */
static const struct {
	uint32_t request, flags;
	uint8_t body[48];
	size_t len;
	bool fd;
	const char *what;
} messages[] = {
	{ 0, 1, { 0 }, 0, false, "vhost.request" },
	{ 6, 1, { 0 }, 8, false, "vhost.request" },
	{ 99, 1, { 0 }, 0, false, "vhost.request" },
	{ VHOST_GET_FEATURES, 0, { 0 }, 0, false, "vhost.flags" },
	{ VHOST_GET_FEATURES, 2, { 0 }, 0, false, "vhost.flags" },
	{ VHOST_GET_FEATURES, 5, { 0 }, 0, false, "vhost.flags" },
	{ VHOST_GET_FEATURES, 1, { 0 }, 1, false, "body" },
	{ VHOST_GET_FEATURES, 1, { 0 }, 0, true, "vhost.fds" },
	{ VHOST_SET_FEATURES, 1, { 0 }, 7, false, "u64" },
	{ VHOST_SET_FEATURES, 1, { 0, 0, 0, 0x10 }, 8, false, "vhost.features" },
	{ VHOST_SET_PROTOCOL_FEATURES, 1, { 1 }, 8, false, "vhost.protocol_features" },
	{ VHOST_SET_MEM_TABLE, 1, { 9 }, 8, false, "mem.n_regions" },
	{ VHOST_SET_MEM_TABLE, 1, { 1 }, 40, true, "vhost.mem_table" },
	{ VHOST_SET_MEM_TABLE, 1, { 1 }, 40, false, "vhost.fds" },
	{ VHOST_SET_VRING_NUM, 1, { 0, 0, 0, 0, 3 }, 8, false, "vhost.vring_num" },
	{ VHOST_SET_VRING_NUM, 1, { 0, 0, 0, 0, 0 }, 8, false, "vhost.vring_num" },
	{ VHOST_SET_VRING_NUM, 1, { 0, 0, 0, 0, 0, 8 }, 8, false, "vhost.vring_num" },
	{ VHOST_SET_VRING_NUM, 1, { 3, 0, 0, 0, 16 }, 8, false, "vhost.index" },
	{ VHOST_SET_VRING_BASE, 1, { 0, 0, 0, 0, 0, 0, 1 }, 8, false, "vhost.vring_base" },
	{ VHOST_SET_VRING_ADDR, 1, { 0, 0, 0, 0, 1 }, 40, false, "vring_addr.flags" },
	{ VHOST_SET_VRING_KICK, 1, { 0, 1 }, 8, false, "vhost.kick" },
	{ VHOST_SET_VRING_KICK, 1, { 0, 0 }, 8, false, "vhost.fds" },
	{ VHOST_SET_VRING_KICK, 1, { 200, 0 }, 8, true, "vhost.index" },
	{ VHOST_SET_VRING_CALL, 1, { 0, 2 }, 8, false, "vring_fd" },
	{ VHOST_GET_CONFIG, 1, { 0, 0, 0, 0, 1, 1 }, 12, false, "config.size" },
	{ VHOST_GET_CONFIG, 1, { 0, 0, 0, 0, 8 }, 12, false, "config.payload" },
};

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		struct front f;
		begin(&f, 0);
		front_say(&f, messages[i].request, messages[i].flags,
			  bytes_of(messages[i].body, messages[i].len),
			  messages[i].fd ? f.kick[0] : -1, -1);
		if (!f.over || f.end == CLOISTER_OK || !f.why.what ||
		    strcmp(f.why.what, messages[i].what) != 0)
			fail_msg("message %zu: %s instead of %s", i, f.why.what ? f.why.what : "-",
				 messages[i].what);
		front_fini(&f);
	}
}

/* Memory that could be pulled from under us is refused. */
static void test_unsealed_memory(void **state)
{
	struct front f;
	int fd = memfd_create("loose", MFD_CLOEXEC);

	(void)state;
	assert_true(front_init(&f, 0, true));
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	drop_fd(&f.mem_fd);
	f.mem_fd = fd;
	front_mem_table(&f);
	assert_true(f.over);
	assert_string_equal(f.why.what, "vhost.mem_table");
	front_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_kick_before_address),
		cmocka_unit_test(test_both_host_cids),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_nonsense_on_a_connection),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_stall_and_drain),
		cmocka_unit_test(test_window_of_one),
		cmocka_unit_test(test_guest_credit),
		cmocka_unit_test(test_paced_by_the_guests_window),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(test_confined),
#endif
		cmocka_unit_test(test_half_close_by_guest),
		cmocka_unit_test(test_half_close_by_host),
		cmocka_unit_test(test_readers_that_leave),
		cmocka_unit_test(test_host_connects),
		cmocka_unit_test(test_host_connects_too_early),
		cmocka_unit_test(test_host_connects_without_descriptors),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_rx_chains),
		cmocka_unit_test(test_index_that_jumps),
		cmocka_unit_test(test_restart_and_new_memory),
		cmocka_unit_test(test_last_words),
		cmocka_unit_test(test_parent_leaves),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_unsealed_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
