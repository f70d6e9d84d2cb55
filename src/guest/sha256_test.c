/* SPDX-License-Identifier: Apache-2.0 */
/* sha256_test.c - FIPS 180-4's examples, and OpenSSL as the judge at every length around a block. */

#include "base/test.h"

#include "crypto/hash.h"
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

static void every_length(void **state)
{
	uint8_t text[300], ours[32], theirs[SHA256_LEN];
	struct cloister_fault why = { 0 };
	(void)state;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 37 + (i >> 3));
	for (size_t len = 0; len <= sizeof text; len++) {
		sha256(bytes_of(text, len), ours);
		WANT_OK(hash_sha256(bytes_of(text, len), theirs, &why), &why);
		assert_memory_equal(ours, theirs, 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
