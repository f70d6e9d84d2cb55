/* SPDX-License-Identifier: Apache-2.0 */
/* relay_test.c - bytes both ways, half-closes, a side that stalls, a side that vanishes. */

#include "shim/relay.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/clock.h"
#include "sys/io.h"

struct rig {
	struct loop *loop;
	struct relays relays;
	int a, b; /* the far ends */
};

static void open_rig(struct rig *r)
{
	int left[2], right[2];

	assert_int_equal(loop_new(&r->loop, NULL), CLOISTER_OK);
	r->relays = (struct relays){ .loop = r->loop };
	assert_int_equal(io_pair(SOCK_STREAM, left, NULL), CLOISTER_OK);
	assert_int_equal(io_pair(SOCK_STREAM, right, NULL), CLOISTER_OK);
	r->a = left[0];
	r->b = right[0];
	assert_int_equal(relay_start(&r->relays, left[1], right[1], NULL), CLOISTER_OK);
}

static void close_rig(struct rig *r)
{
	relays_end(&r->relays);
	assert_int_equal(r->relays.n, 0);
	drop_fd(&r->a);
	drop_fd(&r->b);
	loop_free(r->loop);
}

static void turn(struct rig *r, int n)
{
	while (n-- > 0)
		assert_int_equal(loop_turn(r->loop, 0, NULL), CLOISTER_OK);
}

static void both_ways_and_half_closed(void **state)
{
	(void)state;
	char got[16] = "";
	struct rig r;

	open_rig(&r);
	assert_int_equal(io_send_full(r.a, "ask", 3, NULL), CLOISTER_OK);
	shutdown(r.a, SHUT_WR);
	turn(&r, 6);
	assert_int_equal(read(r.b, got, sizeof got), 3);
	assert_int_equal(read(r.b, got, sizeof got), 0); /* the half-close came through */
	assert_int_equal(r.relays.n, 1);
	assert_int_equal(io_send_full(r.b, "answer", 6, NULL), CLOISTER_OK);
	turn(&r, 4);
	assert_int_equal(read(r.a, got, sizeof got), 6);
	shutdown(r.b, SHUT_WR);
	turn(&r, 4);
	assert_int_equal(read(r.a, got, sizeof got), 0);
	assert_int_equal(r.relays.n, 0); /* both done: the relay is gone by itself */
	close_rig(&r);
}

/* One side reads nothing while the other sends: bounded, then all of it in order. */
static void a_stall_holds_back_and_drains(void **state)
{
	(void)state;
	static uint8_t chunk[8192];
	struct rig r;
	size_t sent = 0, got = 0;

	open_rig(&r);
	for (int idle = 0; idle < 8;) {
		for (size_t i = 0; i < sizeof chunk; i++)
			chunk[i] = (uint8_t)((sent + i) * 31 >> 4);
		ssize_t n = send(r.a, chunk, sizeof chunk, MSG_DONTWAIT);
		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		turn(&r, 2);
		assert_true(sent < 8u << 20); /* sockets' buffers and ours, not more */
	}
	/* The other direction does not care. */
	assert_int_equal(io_send_full(r.b, "x", 1, NULL), CLOISTER_OK);
	turn(&r, 3);
	assert_int_equal(recv(r.a, chunk, 1, MSG_DONTWAIT), 1);
	shutdown(r.a, SHUT_WR);
	for (;;) {
		turn(&r, 2);
		ssize_t n = recv(r.b, chunk, sizeof chunk, MSG_DONTWAIT);
		if (n == 0)
			break;
		for (ssize_t i = 0; i < n; i++, got++)
			assert_int_equal(chunk[i], (uint8_t)(got * 31 >> 4));
	}
	assert_int_equal(got, sent);
	close_rig(&r);
}

/* A side that is gone ends its direction; what the other had sent is still delivered. */
static void a_vanished_side(void **state)
{
	(void)state;
	char got[16];
	struct rig r;

	open_rig(&r);
	assert_int_equal(io_send_full(r.a, "last", 4, NULL), CLOISTER_OK);
	drop_fd(&r.a);
	turn(&r, 6);
	assert_int_equal(read(r.b, got, sizeof got), 4);
	assert_int_equal(read(r.b, got, sizeof got), 0);
	assert_int_equal(io_send_full(r.b, "nobody", 6, NULL), CLOISTER_OK);
	turn(&r, 6);
	assert_int_equal(r.relays.n, 0);
	close_rig(&r);
}

/* A hang-up beside a stall must not turn the loop into a mill. */
static void no_spinning(void **state)
{
	(void)state;
	static const uint8_t chunk[65536];
	struct rig r;

	open_rig(&r);
	while (send(r.a, chunk, sizeof chunk, MSG_DONTWAIT) > 0)
		turn(&r, 2);
	turn(&r, 8);
	drop_fd(&r.a); /* b reads nothing: there is nothing that the relay could do */
	turn(&r, 2);
	assert_int_equal(r.relays.n, 1);
	/* A turn that waits 50 ms and comes back at once would have had an event. */
	uint64_t begun = clock_mono_ms();
	assert_int_equal(loop_turn(r.loop, 50, NULL), CLOISTER_OK);
	assert_true(clock_mono_ms() - begun >= 40);
	close_rig(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_and_half_closed),
		cmocka_unit_test(a_stall_holds_back_and_drains),
		cmocka_unit_test(a_vanished_side),
		cmocka_unit_test(no_spinning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
