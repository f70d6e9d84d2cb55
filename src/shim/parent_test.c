/* SPDX-License-Identifier: Apache-2.0 */
/* parent_test.c - the channel to the command: order under back pressure, stops, and its going. */

#include "shim/parent.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/io.h"

struct rig {
	struct loop *loop;
	struct parent parent;
	int command; /* its end */
	unsigned stops, gone, drained;
};

static void on_stop(void *owner)
{
	((struct rig *)owner)->stops++;
}
static void on_gone(void *owner)
{
	((struct rig *)owner)->gone++;
}
static void on_drained(void *owner)
{
	((struct rig *)owner)->drained++;
}

static void open_rig(struct rig *r)
{
	int ends[2];

	*r = (struct rig){ .parent = PARENT_INIT };
	assert_int_equal(loop_new(&r->loop, NULL), CLOISTER_OK);
	assert_int_equal(io_pair(SOCK_SEQPACKET, ends, NULL), CLOISTER_OK);
	r->command = ends[0];
	r->parent.owner = r;
	r->parent.stop = on_stop;
	r->parent.gone = on_gone;
	r->parent.drained = on_drained;
	assert_int_equal(parent_open(&r->parent, r->loop, ends[1], NULL), CLOISTER_OK);
}

static void close_rig(struct rig *r)
{
	parent_close(&r->parent);
	drop_fd(&r->command);
	loop_free(r->loop);
}

static void turn(struct rig *r)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(loop_turn(r->loop, 0, NULL), CLOISTER_OK);
}

static ssize_t heard(struct rig *r, char *room, size_t len)
{
	return recv(r->command, room, len, MSG_DONTWAIT);
}

static void messages(void **state)
{
	(void)state;
	char got[64];
	struct rig r;

	open_rig(&r);
	parent_say(&r.parent, CHANNEL_NAME, bytes_text("cache"));
	assert_true(parent_output(&r.parent, CHANNEL_STDERR, bytes_text("oh")));
	assert_true(parent_output(&r.parent, CHANNEL_STDOUT, BYTES_NONE)); /* nothing is said */
	parent_say(&r.parent, CHANNEL_ENDED, BYTES_NONE);
	assert_int_equal(heard(&r, got, sizeof got), 6);
	assert_memory_equal(got, "Ncache", 6);
	assert_int_equal(heard(&r, got, sizeof got), 3);
	assert_memory_equal(got, "2oh", 3);
	assert_int_equal(heard(&r, got, sizeof got), 1);
	assert_memory_equal(got, "E", 1);
	assert_int_equal(io_send_full(r.command, "T", 1, NULL), CLOISTER_OK);
	assert_int_equal(io_send_full(r.command, "?", 1, NULL), CLOISTER_OK); /* unknown: ignored */
	assert_int_equal(io_send_full(r.command, "T", 1, NULL), CLOISTER_OK);
	turn(&r);
	assert_int_equal(r.stops, 2);
	close_rig(&r);
}

/* Output until the command takes no more; then nothing is lost and nothing overtakes. */
static void back_pressure(void **state)
{
	(void)state;
	static char got[70000];
	uint32_t n = 0, seen = 0;
	struct rig r;

	open_rig(&r);
	for (;; n++) {
		static uint8_t text[30000];
		memcpy(text, &n, sizeof n);
		if (!parent_output(&r.parent, CHANNEL_STDOUT, BYTES_OF(text)))
			break;
		assert_true(n < 1000);
	}
	turn(&r);
	assert_int_equal(r.drained, 0);
	for (ssize_t len; seen <= n; seen++) {
		len = heard(&r, got, sizeof got);
		assert_int_equal(len, 30001);
		assert_memory_equal(got + 1, &seen, sizeof seen);
		turn(&r);
	}
	assert_int_equal(r.drained, 1);
	assert_int_equal(heard(&r, got, sizeof got), -1);
	assert_true(parent_output(&r.parent, CHANNEL_STDOUT, bytes_text("more")));
	close_rig(&r);
}

static void gone(void **state)
{
	(void)state;
	struct rig r;

	open_rig(&r);
	drop_fd(&r.command);
	turn(&r);
	assert_int_equal(r.gone, 1);
	assert_int_equal(r.parent.fd, -1);
	/* Said to nobody, and nobody waits. */
	parent_say(&r.parent, CHANNEL_ENDED, bytes_text("x"));
	assert_true(parent_output(&r.parent, CHANNEL_STDOUT, bytes_text("x")));
	turn(&r);
	assert_int_equal(r.gone, 1);
	close_rig(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(back_pressure),
		cmocka_unit_test(gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
