/* SPDX-License-Identifier: Apache-2.0 */
/* rd_test.c - the reader remembers the first thing that went wrong, exactly. */

#include "base/test.h"

#include "base/rd.h"

static const uint8_t eight[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void reads_both_orders(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	(void)state;

	assert_int_equal(rd_u8(&r, "a"), 1);
	assert_int_equal(rd_be16(&r, "b"), 0x0203);
	assert_int_equal(rd_le32(&r, "c"), 0x07060504);
	assert_int_equal(rd_at(&r), 7);
	assert_int_equal(rd_left(&r), 1);
	assert_int_equal(rd_u8(&r, "d"), 8);
	assert_int_equal(rd_close(&r, "all"), CLOISTER_OK);

	r = rd_open(BYTES_OF(eight), &why);
	assert_true(rd_be64(&r, "q") == 0x0102030405060708);
	assert_int_equal(rd_close(&r, "all"), CLOISTER_OK);
	r = rd_open(BYTES_OF(eight), &why);
	assert_true(rd_le64(&r, "q") == 0x0807060504030201);
	assert_int_equal(rd_be32(&r, "past"), 0);
	assert_string_equal(why.what, "past");
	assert_int_equal(why.at, 8);
}

static void first_failure_sticks(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	uint8_t copy[4] = { 9, 9, 9, 9 };
	(void)state;

	rd_be32(&r, "head");
	assert_int_equal(rd_take(&r, 5, "body").len, 0);
	assert_int_equal(rd_u8(&r, "later"), 0);
	rd_copy(&r, copy, sizeof copy, "copy");
	assert_int_equal(copy[0] | copy[3], 0);
	assert_int_equal(rd_close(&r, "all"), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "body");
	assert_int_equal(why.at, 4);
}

static void huge_length_does_not_wrap(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	(void)state;

	rd_u8(&r, "a");
	assert_int_equal(rd_take(&r, SIZE_MAX, "wrap").len, 0);
	assert_string_equal(why.what, "wrap");
}

static void constraint_blames_the_field(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	(void)state;

	rd_be16(&r, "a");
	rd_want(&r, rd_u8(&r, "version") == 1, "version");
	assert_string_equal(why.what, "version");
	assert_int_equal(why.at, 2);
}

static void reserved_bytes_must_be_zero(void **state)
{
	static const uint8_t b[] = { 0, 0, 1 };
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(b), &why);
	(void)state;

	rd_zero(&r, 2, "reserved_0");
	assert_true(rd_ok(&r));
	rd_zero(&r, 1, "reserved_2");
	assert_string_equal(why.what, "reserved_2");
	assert_int_equal(why.at, 2);
}

static void sub_reader_cannot_reach_its_parent(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	struct rd sub = rd_sub(&r, 3, "sub");
	(void)state;

	assert_int_equal(rd_be16(&sub, "x"), 0x0102);
	assert_int_equal(rd_be16(&sub, "y"), 0);
	assert_string_equal(why.what, "y");
	assert_int_equal(why.at, 2);
	assert_int_equal(rd_u8(&r, "after"), 0); /* the fault is shared */
}

static void leftovers_are_refused(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	(void)state;

	rd_u8(&r, "a");
	assert_int_equal(rd_close(&r, "region"), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "region");
	assert_int_equal(why.at, 1);
}

static void refusal_keeps_code_and_place(void **state)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(eight), &why);
	(void)state;

	rd_be16(&r, "a");
	rd_refuse(&r, CLOISTER_E_LIMIT, "depth", "too deep");
	rd_refuse(&r, CLOISTER_E_MALFORMED, "other", "too late");
	assert_int_equal(rd_close(&r, "region"), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "depth");
	assert_string_equal(why.note, "too deep");
	assert_int_equal(why.at, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_orders),
		cmocka_unit_test(first_failure_sticks),
		cmocka_unit_test(huge_length_does_not_wrap),
		cmocka_unit_test(constraint_blames_the_field),
		cmocka_unit_test(reserved_bytes_must_be_zero),
		cmocka_unit_test(sub_reader_cannot_reach_its_parent),
		cmocka_unit_test(leftovers_are_refused),
		cmocka_unit_test(refusal_keeps_code_and_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
