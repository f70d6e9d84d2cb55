/* SPDX-License-Identifier: Apache-2.0 */
/* hex_test.c - RFC 4648 section 10's vectors, and what must be refused where. */

#include "base/test.h"

static const struct {
	const char *plain, *base64;
} rfc4648[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static void base64_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rfc4648); i++) {
		char text[B64_ROOM(6)];
		uint8_t back[6];
		size_t len;
		struct cloister_fault why = { 0 };
		b64_write(bytes_text(rfc4648[i].plain), text);
		assert_string_equal(text, rfc4648[i].base64);
		WANT_OK(b64_read(bytes_text(text), back, sizeof back, &len, &why), &why);
		assert_int_equal(len, strlen(rfc4648[i].plain));
		assert_memory_equal(back, rfc4648[i].plain, len);
	}
}

static const struct {
	const char *text;
	size_t at;
} bad_base64[] = {
	{ "Zg=", 3 },      { "Zg", 2 },       { "Z===", 1 },     { "=g==", 0 },    { "Zh==", 0 },
	{ "Zm9=", 0 },     { "Zg==Zg==", 2 }, { "Zm9v\n", 5 },   { "Zm 9v", 5 },   { "Zm_v", 2 },
	{ "Zm9vZm9*", 7 }, { "====", 0 },
};

static void base64_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_base64); i++) {
		uint8_t out[16];
		size_t len = 77;
		struct cloister_fault why = { 0 };
		assert_int_equal(b64_read(bytes_text(bad_base64[i].text), out, sizeof out, &len, &why),
				 CLOISTER_E_MALFORMED);
		assert_int_equal(why.at, bad_base64[i].at);
		assert_int_equal(len, 77);
	}
}

static const struct {
	const char *text, *plain;
} good_base64url[] = {
	{ "", "" }, { "Zg", "f" }, { "Zm8", "fo" }, { "Zm9v", "foo" }, { "Zm9vYg", "foob" }, { "-_-_", "\xfb\xff\xbf" },
};

static const struct {
	const char *text;
	size_t at;
} bad_base64url[] = {
	{ "Z", 1 }, { "Zm9vZ", 5 }, { "Zh", 0 }, { "Zm9", 0 }, { "Zg==", 2 }, { "Zm8=", 3 }, { "+_-_", 0 },
	{ "-/-_", 1 }, { "Zm9v ", 5 }, { "Zm 9", 2 }, { "Zm9v\n", 5 }, { "Zm9vYh", 4 },
};

static void base64url_both_ways(void **state)
{
	struct cloister_fault why = { 0 };
	(void)state;

	for (size_t i = 0; i < N_OF(good_base64url); i++) {
		uint8_t out[16];
		char text[16];
		size_t len;
		WANT_OK(b64url_read(bytes_text(good_base64url[i].text), out, sizeof out, &len, &why), &why);
		assert_int_equal(len, strlen(good_base64url[i].plain));
		assert_memory_equal(out, good_base64url[i].plain, len);
		b64url_write(bytes_of(out, len), text);
		assert_string_equal(text, good_base64url[i].text);
	}
	for (size_t i = 0; i < N_OF(bad_base64url); i++) {
		uint8_t out[16];
		size_t len = 77;
		assert_int_equal(b64url_read(bytes_text(bad_base64url[i].text), out, sizeof out, &len, &why),
				 CLOISTER_E_MALFORMED);
		assert_int_equal(why.at, bad_base64url[i].at);
		assert_int_equal(len, 77);
	}
}

static void too_long_for_the_room(void **state)
{
	uint8_t out[2];
	size_t len;
	struct cloister_fault why = { 0 };
	(void)state;

	assert_int_equal(b64_read(bytes_text("Zm9v"), out, 2, &len, &why), CLOISTER_E_LIMIT);
	assert_int_equal(b64url_read(bytes_text("Zm9v"), out, 2, &len, &why), CLOISTER_E_LIMIT);
	assert_int_equal(hex_read(bytes_text("000102"), out, 2, &len, &why), CLOISTER_E_LIMIT);
}

static void hex_both_ways(void **state)
{
	static const uint8_t b[] = { 0x00, 0x7f, 0xab, 0xff };
	char text[9];
	uint8_t back[4];
	size_t len;
	struct cloister_fault why = { 0 };
	(void)state;

	hex_write(BYTES_OF(b), text);
	assert_string_equal(text, "007fabff");
	WANT_OK(hex_read(bytes_text("007FabFf"), back, 4, &len, &why), &why);
	assert_int_equal(len, 4);
	assert_memory_equal(back, b, 4);
	assert_int_equal(hex_read(bytes_text("0"), back, 4, &len, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(why.at, 1);
	assert_int_equal(hex_read(bytes_text("00g0"), back, 4, &len, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(why.at, 2);
	assert_int_equal(hex_read(bytes_text("000x"), back, 4, &len, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(why.at, 3);
}

/* Every byte as a digit: of its own value in each alphabet, or of none. */
static void digits_have_their_values(void **state)
{
	static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	(void)state;

	for (unsigned c = 0; c < 256; c++) {
		const char *at = c ? strchr(common, (int)c) : NULL;
		int due = at ? (int)(at - common) : -1;
		char text[4] = { (char)c, (char)c, (char)c, (char)c };
		for (int url = 0; url < 2; url++) {
			uint8_t out[3];
			size_t len = 0;
			int last = c == (url ? '-' : '+') ? 62 : c == (url ? '_' : '/') ? 63 : due;
			struct bytes in = bytes_of(text, 4);
			enum cloister_err err = url ? b64url_read(in, out, sizeof out, &len, NULL) :
						      b64_read(in, out, sizeof out, &len, NULL);
			assert_int_equal(err, last < 0 ? CLOISTER_E_MALFORMED : CLOISTER_OK);
			if (last >= 0)
				assert_int_equal(out[0] << 16 | out[1] << 8 | out[2], last * 0x41041);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_have_their_values),
		cmocka_unit_test(base64_both_ways),
		cmocka_unit_test(base64_refusals),
		cmocka_unit_test(base64url_both_ways),
		cmocka_unit_test(too_long_for_the_room),
		cmocka_unit_test(hex_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
