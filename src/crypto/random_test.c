/* SPDX-License-Identifier: Apache-2.0 */
/* random_test.c - all of the room is filled, each time otherwise. */

#include "base/test.h"

#include "base/mem.h"
#include "crypto/random.h"

static void test_filled(void **state)
{
	static uint8_t a[70000], b[70000];
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(random_bytes(a, sizeof a, &why), &why);
	WANT_OK(random_bytes(b, sizeof b, &why), &why);
	/* 32 zero bytes in a row, or the same 32 twice, would be the event of a universe. */
	for (size_t at = 0; at + 32 <= sizeof a; at += 32) {
		assert_false(mem_is_zero(a + at, 32));
		assert_false(mem_same(a + at, b + at, 32));
	}
}

static void test_nothing(void **state)
{
	uint8_t one = 0x5a;
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(random_bytes(&one, 0, &why), &why);
	assert_int_equal(one, 0x5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filled),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
