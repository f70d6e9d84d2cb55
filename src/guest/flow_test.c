/* SPDX-License-Identifier: Apache-2.0 */
/* flow_test.c - a bounded buffer: what fits, what does not, and bytes in order through a tiny one. */

#include "base/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "guest/flow.h"
#include "sys/io.h"

static void bounds(void **state)
{
	struct cloister_fault why = { 0 };
	struct flow f = { 0 };
	(void)state;

	flow_fini(&f);
	WANT_OK(flow_init(&f, 4, &why), &why);
	assert_true(flow_put(&f, bytes_text("abc")));
	assert_false(flow_put(&f, bytes_text("de")));
	assert_true(bytes_are(flow_bytes(&f), "abc"));
	flow_drop(&f, 2);
	/* Only fits when what is left moves to the front. */
	assert_true(flow_put(&f, bytes_text("def")));
	assert_true(bytes_are(flow_bytes(&f), "cdef"));
	assert_int_equal(flow_left(&f), 0);
	flow_drop(&f, 4);
	assert_int_equal(f.head, 0);
	flow_fini(&f);
}

/* 100 kB from one socket to another through seven bytes, never more in hand. */
static void through_a_needle(void **state)
{
	static uint8_t sent[100000], got[sizeof sent + 1];
	struct cloister_fault why = { 0 };
	struct flow f = { 0 };
	int a[2], b[2];
	size_t n_sent = 0, n_got = 0;
	enum flow_state s = FLOW_OK;
	(void)state;

	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 13 + i / 251);
	WANT_OK(io_pair(SOCK_STREAM, a, &why), &why);
	WANT_OK(io_pair(SOCK_STREAM, b, &why), &why);
	for (int i = 0; i < 2; i++) {
		WANT_OK(io_nonblock(a[i], true, &why), &why);
		WANT_OK(io_nonblock(b[i], true, &why), &why);
	}
	WANT_OK(flow_init(&f, 7, &why), &why);
	while (s == FLOW_OK || f.len > 0) {
		ssize_t n = n_sent < sizeof sent ? write(a[0], sent + n_sent, sizeof sent - n_sent) : 0;
		n_sent += n > 0 ? (size_t)n : 0;
		if (n_sent == sizeof sent)
			shutdown(a[0], SHUT_WR);
		if (s == FLOW_OK)
			s = flow_read(&f, a[1]);
		assert_int_not_equal(s, FLOW_BROKEN);
		assert_int_equal(flow_write(&f, b[0]), FLOW_OK);
		n = read(b[1], got + n_got, sizeof got - n_got);
		n_got += n > 0 ? (size_t)n : 0;
	}
	for (ssize_t n; (n = read(b[1], got + n_got, sizeof got - n_got)) > 0;)
		n_got += (size_t)n;
	assert_int_equal(n_got, sizeof sent);
	assert_memory_equal(sent, got, sizeof sent);
	/* The other end is gone: broken, without a signal. */
	close(b[1]);
	assert_true(flow_put(&f, bytes_text("x")));
	assert_int_equal(flow_write(&f, b[0]), FLOW_BROKEN);
	flow_fini(&f);
	close(a[0]);
	close(a[1]);
	close(b[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(through_a_needle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
