/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock_conn_test.c - what needs the clock or a parent that does not listen;
 * the rest of the state machine is tested through its device (vsock_dev_test.c).
 */

#include "base/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "shim/vsock_conn.h"
#include "sys/io.h"

struct host {
	struct loop *loop;
	struct conns *all;
	bool deaf; /* the parent takes no message now */
	int told;  /* connections announced */
	int fd;    /* the last one's, ours */
	uint8_t raw[256];
	struct vsock_hdr said;
};

static bool tell(void *owner, uint32_t port, int fd)
{
	struct host *h = owner;

	assert_int_equal(port, 9);
	if (h->deaf)
		return false;
	h->told++;
	drop_fd(&h->fd);
	h->fd = dup(fd);
	return true;
}

static void begin(struct host *h, uint32_t ms)
{
	struct cloister_fault why;
	struct conns_options o = { .guest_cid = 42, .window = 4096, .connect_ms = ms,
				   .linger_ms = ms, .tell = tell, .owner = h };

	*h = (struct host){ .fd = -1 };
	WANT_OK(loop_new(&h->loop, &why), &why);
	o.loop = h->loop;
	WANT_OK(conns_new(o, &h->all, &why), &why);
}

static void end(struct host *h)
{
	conns_free(h->all);
	loop_free(h->loop);
	drop_fd(&h->fd);
}

static void guest_says(struct host *h, uint32_t port, uint32_t host_port, uint16_t op,
		       uint32_t flags)
{
	uint8_t raw[VSOCK_HDR_LEN];
	struct chain c = { .n_iov = 1, .len = sizeof raw, .iov = { { raw, sizeof raw } } };
	struct vsock_hdr v = { 42, 3, port, host_port, 0, 1, op, flags, 1000, 0 };

	vsock_hdr_write(&v, raw);
	conns_receive(h->all, &c);
}

/* The operation of the next packet for the guest, 0 for none. */
static uint16_t next(struct host *h)
{
	struct chain c = { .n_iov = 1, .len = sizeof h->raw, .iov = { { h->raw, sizeof h->raw } } };

	if (!conns_speaks(h->all) || conns_speak(h->all, &c) == 0)
		return 0;
	WANT_OK(vsock_hdr_read(bytes_of(h->raw, VSOCK_HDR_LEN), &h->said, NULL), NULL);
	return h->said.op;
}

static void turn(struct host *h, int ms)
{
	struct cloister_fault why;

	WANT_OK(loop_turn(h->loop, ms, &why), &why);
}

static void test_connect_times_out(void **state)
{
	struct cloister_fault why;
	struct host h;
	int pair[2];
	char c;

	(void)state;
	begin(&h, 30);
	WANT_OK(io_pair(SOCK_STREAM, pair, &why), &why);
	conns_connect(h.all, 8000, pair[0], false);
	assert_int_equal(next(&h), VSOCK_OP_REQUEST);
	assert_in_range(conns_wait_ms(h.all), 0, 30);
	conns_expire(h.all); /* not yet */
	assert_int_equal(conns_count(h.all), 1);
	while (conns_wait_ms(h.all) > 0)
		turn(&h, conns_wait_ms(h.all));
	conns_expire(h.all);
	assert_int_equal(read(pair[1], &c, 1), 0);
	assert_int_equal(next(&h), VSOCK_OP_RST);
	assert_int_equal(conns_count(h.all), 0);
	assert_int_equal(conns_wait_ms(h.all), -1);
	close(pair[1]);
	end(&h);
}

/* A guest that never answers our SHUTDOWN does not keep the connection for ever. */
static void test_linger_times_out(void **state)
{
	struct host h;

	(void)state;
	begin(&h, 30);
	guest_says(&h, 5, 9, VSOCK_OP_REQUEST, 0);
	assert_int_equal(next(&h), VSOCK_OP_RESPONSE);
	drop_fd(&h.fd); /* the host closes */
	turn(&h, 0);
	assert_int_equal(next(&h), VSOCK_OP_SHUTDOWN);
	while (next(&h))
		assert_int_equal(h.said.flags, VSOCK_SHUT_BOTH);
	assert_int_equal(conns_count(h.all), 1);
	while (conns_wait_ms(h.all) > 0)
		turn(&h, conns_wait_ms(h.all));
	conns_expire(h.all);
	assert_int_equal(next(&h), VSOCK_OP_RST);
	assert_int_equal(conns_count(h.all), 0);
	end(&h);
}

/* The guest may use the ports again before our side has let go of them. */
static void test_port_reuse(void **state)
{
	struct host h;

	(void)state;
	begin(&h, 60000);
	for (int i = 1; i <= 20; i++) {
		guest_says(&h, 5, 9, VSOCK_OP_REQUEST, 0);
		assert_int_equal(next(&h), VSOCK_OP_RESPONSE);
		assert_int_equal(h.told, i);
		drop_fd(&h.fd);
		turn(&h, 0);
		while (next(&h))
			;
		assert_int_equal(conns_count(h.all), 1); /* lingers */
	}
	end(&h);
}

/* A parent that does not listen delays, and loses nothing. */
static void test_parent_is_busy(void **state)
{
	struct host h;

	(void)state;
	begin(&h, 60000);
	h.deaf = true;
	guest_says(&h, 5, 9, VSOCK_OP_REQUEST, 0);
	guest_says(&h, 6, 9, VSOCK_OP_REQUEST, 0);
	guest_says(&h, 7, 9, VSOCK_OP_REQUEST, 0);
	guest_says(&h, 7, 9, VSOCK_OP_RST, 0); /* changed its mind */
	assert_int_equal(next(&h), 0);
	conns_announce(h.all);
	assert_int_equal(h.told, 0);
	h.deaf = false;
	conns_announce(h.all);
	assert_int_equal(h.told, 2);
	assert_int_equal(next(&h), VSOCK_OP_RESPONSE);
	assert_int_equal(next(&h), VSOCK_OP_RESPONSE);
	assert_int_equal(next(&h), 0);
	end(&h);
}

/* Nobody waits for somebody else's bytes: one packet each, in turn. */
static void test_round_robin(void **state)
{
	uint32_t seen[3] = { 0 };
	int fds[3];
	struct host h;
	static const char bulk[700];

	(void)state;
	begin(&h, 60000);
	for (uint32_t i = 0; i < 3; i++) {
		guest_says(&h, 5 + i, 9, VSOCK_OP_REQUEST, 0);
		assert_int_equal(next(&h), VSOCK_OP_RESPONSE);
		fds[i] = give(h.fd, -1);
		assert_int_equal(send(fds[i], bulk, sizeof bulk, 0), sizeof bulk);
	}
	turn(&h, 0);
	for (unsigned n = 0; n < 9; n++) {
		assert_int_equal(next(&h), VSOCK_OP_RW);
		seen[h.said.dst_port - 5]++;
		assert_true(seen[h.said.dst_port - 5] == n / 3 + 1);
	}
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
	end(&h);
}

/* What was refused is answered, but a flood of it is not remembered without end. */
static void test_flood(void **state)
{
	struct host h;
	unsigned n = 0;

	(void)state;
	begin(&h, 60000);
	for (uint32_t i = 0; i < 100000; i++)
		guest_says(&h, i, 1, VSOCK_OP_RW, 0);
	while (next(&h) == VSOCK_OP_RST)
		n++;
	assert_in_range(n, 1, 1000);
	guest_says(&h, 5, 9, VSOCK_OP_REQUEST, 0);
	assert_int_equal(next(&h), VSOCK_OP_RESPONSE);
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect_times_out), cmocka_unit_test(test_linger_times_out),
		cmocka_unit_test(test_port_reuse),	  cmocka_unit_test(test_parent_is_busy),
		cmocka_unit_test(test_round_robin),	  cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
