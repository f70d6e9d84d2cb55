/* SPDX-License-Identifier: Apache-2.0 */
/* utf8_test.c - how much of each text is valid; rows after RFC 3629 and its section 10's attacks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"
#include "base/utf8.h"

#include <cmocka.h> /* after ours: it has a macro called fail */

static const struct {
	const char *name, *hex;
	size_t valid; /* bytes */
} rows[] = {
	{ "nothing", "", 0 },
	{ "ASCII with a NUL", "610062", 3 },
	{ "smallest and largest of two bytes", "c280dfbf", 4 },
	{ "smallest and largest of three", "e0a080efbfbf", 6 },
	{ "around the surrogates", "ed9fbfee8080", 6 },
	{ "smallest and largest of four", "f0908080f48fbfbf", 8 },
	{ "a stray continuation byte", "6180", 1 },
	{ "an overlong NUL", "c080", 0 },
	{ "an overlong slash", "2fc1af", 1 },
	{ "an overlong three-byte form", "e09fbf", 0 },
	{ "an overlong four-byte form", "f08fbfbf", 0 },
	{ "the first surrogate", "eda080", 0 },
	{ "the last surrogate", "edbfbf", 0 },
	{ "past U+10FFFF", "f4908080", 0 },
	{ "a five-byte form", "f888808080", 0 },
	{ "FE", "fe", 0 },
	{ "FF", "41ff", 1 },
	{ "two bytes cut", "c2", 0 },
	{ "three bytes cut after two", "61e282", 1 },
	{ "four bytes cut after three", "f09f98", 0 },
	{ "a lead byte followed by ASCII", "c341", 0 },
	{ "third byte is no continuation", "e28241", 0 },
	{ "fourth byte is no continuation", "f09f9841", 0 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t in[16];
		size_t len;
		assert_int_equal(hex_read(bytes_text(rows[i].hex), in, sizeof in, &len, NULL),
				 CLOISTER_OK);
		if (utf8_valid(bytes_of(in, len)) != rows[i].valid)
			fail_msg("%s: %zu valid, not %zu", rows[i].name,
				 utf8_valid(bytes_of(in, len)), rows[i].valid);
	}
}

/* Every code point, encoded by the plain formula, is valid exactly when it is no surrogate. */
static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 0x800; c < 0x110000; c++) {
		uint8_t three[] = { (uint8_t)(0xe0 | c >> 12), (uint8_t)(0x80 | (c >> 6 & 63)),
				    (uint8_t)(0x80 | (c & 63)) };
		uint8_t four[] = { (uint8_t)(0xf0 | c >> 18), (uint8_t)(0x80 | (c >> 12 & 63)),
				   (uint8_t)(0x80 | (c >> 6 & 63)), (uint8_t)(0x80 | (c & 63)) };
		struct bytes text = c < 0x10000 ? BYTES_OF(three) : BYTES_OF(four);
		size_t want = c >= 0xd800 && c < 0xe000 ? 0 : text.len;
		if (utf8_valid(text) != want)
			fail_msg("U+%04X", c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_code_point),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
