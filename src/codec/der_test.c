/* SPDX-License-Identifier: Apache-2.0 */
/* der_test.c - each type's only encoding is read, every other is refused where it stands. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "codec/der.h"

#include <cmocka.h> /* last: it has a macro named fail */

enum call { TAKE, SKIP, POSITIVE, FIXED, SMALL, FLAG, BITS, NAMED, TIME };

/* `value`: what is read, as a number; -1 when it is refused at `at`. */
static const struct {
	enum call call;
	const char *hex;
	long long value;
	size_t at;
} rows[] = {
	/* heads: the length of the content */
	{ TAKE, "0400", 0, 0 },
	{ TAKE, "0401aa", 1, 0 },
	{ TAKE, "", -1, 0 },
	{ TAKE, "04", -1, 1 },
	{ TAKE, "0402aa", -1, 0 },
	{ TAKE, "0401", -1, 0 },
	{ TAKE, "0501aa", -1, 0 },		 /* another type */
	{ TAKE, "1f01aa", -1, 0 },		 /* a tag of two bytes */
	{ TAKE, "0480aa0000", -1, 0 },		 /* indefinite */
	{ TAKE, "048101aa", -1, 0 },		 /* 1 in two bytes */
	{ TAKE, "04820001aa", -1, 0 },
	{ TAKE, "0484000000ff", -1, 0 },
	{ TAKE, "0485000000000100", -1, 0 },	 /* five bytes of length */
	{ TAKE, "0484ffffffff", -1, 0 },
	{ TAKE, "04ff", -1, 0 },
	{ SKIP, "3003020101", 0, 0 },
	{ SKIP, "3004020101", -1, 0 },
	{ SKIP, "1f8101" "00", -1, 0 },		 /* a tag of several bytes; nothing else is asked of it */
	{ SKIP, "bf0101aa", -1, 0 },
	/* the same values with more behind them, which is never looked at */
	{ POSITIVE, "020005", -1, 0 },
	{ BITS, "030000", -1, 0 },
	{ NAMED, "0301078003", -1, 0 },
	{ NAMED, "0300078003", -1, 0 },
	{ TIME, "170b323630393231313431335a305a", -1, 0 },
	{ TIME, "170c323630393231313431335a" "5a305a", -1, 0 },
	{ TIME, "1800", -1, 0 },
	{ TIME, "170e" "323630393231313431333230" "305a", -1, 0 }, /* a digit too many before the Z */
	{ NAMED, "03020780ff", 1, 0 },
	/* integers */
	{ POSITIVE, "020101", 1, 0 },
	{ POSITIVE, "02017f", 1, 0 },
	{ POSITIVE, "02020080", 1, 0 },
	{ POSITIVE, "0203008000", 2, 0 },
	{ POSITIVE, "020100", -1, 0 },		 /* zero */
	{ POSITIVE, "0200", -1, 0 },
	{ POSITIVE, "02020001", -1, 0 },	 /* padded */
	{ POSITIVE, "020180", -1, 0 },		 /* negative */
	{ POSITIVE, "0202ff80", -1, 0 },
	{ POSITIVE, "0204010000aa", 4, 0 },
	{ POSITIVE, "020501000000aa", -1, 0 },	 /* larger than max, 4 bytes here */
	{ FIXED, "020105", 5, 0 },
	{ FIXED, "0202008f", 0x8f, 0 },
	{ FIXED, "020501000000aa", -1, 0 },
	{ SMALL, "020100", 0, 0 },
	{ SMALL, "02017f", 127, 0 },
	{ SMALL, "020180", -1, 0 },
	{ SMALL, "02020001", -1, 0 },
	{ SMALL, "0200", -1, 0 },
	/* booleans */
	{ FLAG, "", 0, 0 },
	{ FLAG, "0101ff", 1, 0 },
	{ FLAG, "010100", -1, 0 },
	{ FLAG, "010101", -1, 0 },
	{ FLAG, "0102ffff", -1, 0 },
	{ FLAG, "0100", -1, 0 },
	{ FLAG, "0500", 0, 0 },			 /* something else: the default */
	/* bit strings: their length; named bits */
	{ BITS, "030100", 0, 0 },
	{ BITS, "030200aa", 1, 0 },
	{ BITS, "0300", -1, 0 },
	{ BITS, "030201aa", -1, 0 },
	{ NAMED, "03020780", 1, 0 },
	{ NAMED, "03020204", 1 << 5, 0 },
	{ NAMED, "03020186", 1 | 1 << 5 | 1 << 6, 0 },
	{ NAMED, "030206c0", 3, 0 },
	{ NAMED, "0303070080", 1 << 8, 0 },
	{ NAMED, "030100", -1, 0 },
	{ NAMED, "03020000", -1, 0 },		 /* no bit at all */
	{ NAMED, "03020080", -1, 0 },		 /* trailing zero bits */
	{ NAMED, "03020281", -1, 0 },		 /* an unused bit is set */
	{ NAMED, "03020880", -1, 0 },
	{ NAMED, "03040700" "0080", 1 << 16, 0 },
	{ NAMED, "0304000000" "01", 1 << 23, 0 },
	{ NAMED, "03050700000080", -1, 0 },
	{ NAMED, "03050000000001", -1, 0 },
	{ NAMED, "030209" "00", -1, 0 },
	/* moments */
	{ TIME, "170d3730303130313030303030305a", 0, 0 },
	{ TIME, "170d3236303932313134313332305a", 1790000000, 0 },
	{ TIME, "170d3439313233313233353935395a", 2524607999, 0 },
	{ TIME, "180f32303530303130313030303030305a", 2524608000, 0 },
	{ TIME, "180f39393939313233313233353935395a", 253402300799, 0 },
	{ TIME, "180f32303439313233313233353935395a", -1, 0 }, /* until 2049: UTCTime */
	{ TIME, "170d3639313233313233353935395a", -1, 0 },     /* 1969 */
	{ TIME, "170d3530303130313030303030305a", -1, 0 },     /* 1950 */
	{ TIME, "170d32363039323131343133323030", -1, 0 },     /* no Z */
	{ TIME, "170b323630393231313431335a", -1, 0 },	       /* no seconds */
	{ TIME, "170d3236303932313134313336305a", -1, 0 },     /* second 60 */
	{ TIME, "170d3236303932313234313332305a", -1, 0 },     /* hour 24 */
	{ TIME, "170d3236303232393030303030305a", -1, 0 },     /* 29 February 2026 */
	{ TIME, "170d3236303030313030303030305a", -1, 0 },     /* month 0 */
	{ TIME, "170d3236303130303030303030305a", -1, 0 },     /* day 0 */
	{ TIME, "170d2d36303932313134313332305a", -1, 0 },     /* a sign */
	{ TIME, "170f32303236303932313134313332305a", -1, 0 },
	{ TIME, "040d3236303932313134313332305a", -1, 0 },
};

static long long call(struct rd *r, enum call c)
{
	uint8_t fixed[4];

	switch (c) {
	case TAKE:
		return (long long)der_take(r, DER_OCTET_STRING, "x").len;
	case SKIP:
		der_skip(r, "x");
		return 0;
	case POSITIVE:
		return (long long)der_positive(r, 4, "x").len;
	case FIXED:
		der_positive_fixed(r, fixed, sizeof fixed, "x");
		return fixed[0] << 24 | fixed[1] << 16 | fixed[2] << 8 | fixed[3];
	case SMALL:
		return der_small(r, 127, "x");
	case FLAG:
		return der_flag(r, "x");
	case BITS:
		return (long long)der_bits(r, "x").len;
	case NAMED:
		return der_named_bits(r, "x");
	case TIME:
		return (long long)der_time(r, "x");
	}
	return -2;
}

static void one_encoding_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t room[64];
		struct cloister_fault why;
		size_t len;
		assert_int_equal(hex_read(bytes_text(rows[i].hex), room, sizeof room, &len, NULL), 0);
		uint8_t *exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, room, len);
		struct rd r = rd_open(bytes_of(exact, len), &why);
		long long got = call(&r, rows[i].call);
		print_message("%s\n", rows[i].hex);
		if (rows[i].value >= 0) {
			assert_int_equal(why.err, CLOISTER_OK);
			assert_int_equal(got, rows[i].value);
		} else {
			assert_int_equal(why.err, CLOISTER_E_MALFORMED);
			assert_string_equal(why.what, "x");
			assert_int_equal(why.at, rows[i].at);
			assert_int_equal(got, 0);
		}
		free(exact);
	}
}

/* 133 bytes do not fit in 7 bits, but in one byte: 82 00 85 is too long a way to say so. */
static void long_lengths(void **state)
{
	static const struct {
		uint8_t head[4];
		size_t head_len, len;
		bool good;
	} cases[] = {
		{ { 4, 0x81, 133 }, 3, 133, true },	  { { 4, 0x82, 0, 133 }, 4, 133, false },
		{ { 4, 0x81, 0x80 }, 3, 128, true },	  { { 4, 0x81, 0x7f }, 3, 127, false },
		{ { 4, 0x82, 1, 0 }, 4, 256, true },	  { { 4, 0x82, 0, 0xff }, 4, 255, false },
		{ { 4, 0x82, 1, 1 }, 4, 256, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t in[300] = { 0 };
		struct cloister_fault why;
		memcpy(in, cases[i].head, cases[i].head_len);
		struct rd r = rd_open(bytes_of(in, cases[i].head_len + cases[i].len), &why);
		struct bytes b = der_take(&r, DER_OCTET_STRING, "x");
		assert_int_equal(why.err == CLOISTER_OK, cases[i].good);
		assert_int_equal(b.len, cases[i].good ? cases[i].len : 0);
	}
}

/* Nothing is seen at the end of the input, nor after a fault. */
static void peeking(void **state)
{
	const uint8_t in[] = { 0x04, 0x00, 0x30 };
	struct cloister_fault why;
	struct rd r = rd_open(bytes_of(in, 2), &why);

	(void)state;
	assert_int_equal(der_peek(&r), 4);
	(void)der_take(&r, DER_OCTET_STRING, "x");
	assert_int_equal(der_peek(&r), 0);
	r = rd_open(bytes_of(in, 3), &why);
	(void)der_take(&r, DER_SEQUENCE, "x");
	assert_int_equal(der_peek(&r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_encoding_each),
		cmocka_unit_test(long_lengths),
		cmocka_unit_test(peeking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
