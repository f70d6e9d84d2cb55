/* SPDX-License-Identifier: Apache-2.0 */
/* pb_test.c - fields and what is not one, with the offset that must be blamed. */

#include "base/test.h"

#include "codec/pb.h"

static void fields_are_read(void **state)
{
	struct cloister_fault why;
	struct pb_field f;
	size_t len;
	(void)state;

	/* 1: 150, 2: "testing", 3: 2^64 - 1, 2^29 - 1: 0 */
	uint8_t *in = test_hex("089601" "120774657374696e67" "18ffffffffffffffffff01" "f8ffffff0f00", &len);
	struct rd r = rd_open(bytes_of(in, len), &why);
	assert_true(pb_next(&r, &f));
	assert_int_equal(f.number, 1);
	assert_int_equal(f.wire, PB_VARINT);
	assert_true(f.value == 150);
	assert_int_equal(f.at, 0);
	assert_true(pb_next(&r, &f));
	assert_int_equal(f.number, 2);
	assert_int_equal(f.wire, PB_BYTES);
	assert_true(bytes_are(f.bytes, "testing"));
	assert_int_equal(f.at, 3);
	assert_true(pb_next(&r, &f));
	assert_true(f.value == UINT64_MAX);
	assert_true(pb_next(&r, &f));
	assert_int_equal(f.number, 536870911);
	assert_true(f.value == 0);
	assert_false(pb_next(&r, &f));
	WANT_OK(rd_close(&r, "message"), &why);
	free(in);
}

static const struct {
	const char *hex, *what;
	size_t at;
} bad[] = {
	{ "08", "value", 1 },
	{ "0880", "value", 2 },
	{ "088000", "value", 1 },                     /* zero in two bytes */
	{ "08968100", "value", 1 },
	{ "08ffffffffffffffffff02", "value", 1 },     /* 65 bits */
	{ "08ffffffffffffffffffff01", "value", 1 },
	{ "12", "length", 1 },
	{ "1203abcd", "bytes", 2 },
	{ "12ffffffffffffffffff01", "bytes", 11 },
	{ "1280808080808080808001", "bytes", 11 },
	{ "00", "tag", 0 },
	{ "0200", "tag", 0 },
	{ "0b", "tag", 0 },                           /* groups */
	{ "0c", "tag", 0 },
	{ "0d00000000", "tag", 0 },                   /* fixed width */
	{ "090000000000000000", "tag", 0 },
	{ "0f", "tag", 0 },
	{ "8800", "tag", 0 },
	{ "88808080800100", "tag", 0 },
};

static void wrong_ones_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why;
		struct pb_field f = { .number = 77 };
		size_t len;
		uint8_t *in = test_hex(bad[i].hex, &len);
		struct rd r = rd_open(bytes_of(in, len), &why);
		assert_false(pb_next(&r, &f));
		assert_int_equal(f.number, 77);
		if (rd_close(&r, "message") != CLOISTER_E_MALFORMED || strcmp(why.what, bad[i].what) != 0 ||
		    why.at != bad[i].at)
			fail_msg("row %zu: %s at %zu: %s", i, why.what, why.at, why.note);
		free(in);
	}
}

static void what_a_field_must_be(void **state)
{
	struct cloister_fault why;
	struct pb_field f;
	uint64_t seen = 0;
	size_t len;
	uint8_t *in = test_hex("0801" "0802" "1200", &len);
	(void)state;

	struct rd r = rd_open(bytes_of(in, len), &why);
	assert_true(pb_next(&r, &f));
	pb_want(&r, &f, PB_VARINT, &seen, "first");
	assert_true(rd_ok(&r));
	assert_true(pb_next(&r, &f));
	pb_want(&r, &f, PB_VARINT, NULL, "first");
	assert_true(rd_ok(&r));
	pb_want(&r, &f, PB_VARINT, &seen, "first");
	assert_string_equal(why.what, "first");
	assert_int_equal(why.at, 2);
	r = rd_open(bytes_of(in + 4, 2), &why);
	assert_true(pb_next(&r, &f));
	pb_want(&r, &f, PB_VARINT, NULL, "second");
	assert_string_equal(why.what, "second");
	assert_int_equal(why.at, 0);
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(what_a_field_must_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
