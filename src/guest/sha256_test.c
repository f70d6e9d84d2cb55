/* SPDX-License-Identifier: Apache-2.0 */
/* sha256_test.c - FIPS 180-4's examples, and every length up to some blocks, judged by another implementation. */

#include "base/test.h"

#include "guest/sha256.h"

static void examples(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		uint8_t d[32];
		char hex[65];
		sha256(bytes_text(rows[i].text), d);
		hex_write(BYTES_OF(d), hex);
		assert_string_equal(hex, rows[i].hex);
	}
}

/* The digest of all digests of the first 0, 1 … 300 bytes, as Python's hashlib has it. */
static void every_length(void **state)
{
	static uint8_t text[300], all[301 * 32];
	uint8_t d[32];
	char hex[65];
	(void)state;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 37 + (i >> 3));
	for (size_t len = 0; len <= sizeof text; len++)
		sha256(bytes_of(text, len), all + 32 * len);
	sha256(BYTES_OF(all), d);
	hex_write(BYTES_OF(d), hex);
	assert_string_equal(hex, "3c3ac5edb44f144ec9d89a9eec82bddc2949c1ef4ee20a6042964b746b6da55e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
