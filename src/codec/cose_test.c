/* SPDX-License-Identifier: Apache-2.0 */
/* cose_test.c - the frame is cut apart as it was put together, and is otherwise refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "codec/cose.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define SIG48 "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
#define SIG "5860" SIG48 SIG48

static const struct {
	const char *hex, *what; /* what is blamed, NULL when it is accepted */
	size_t at;
} rows[] = {
	{ "8444a1013822a043aabbcc" SIG, NULL, 0 },
	{ "8440a041aa" SIG, NULL, 0 },
	{ "", "COSE_Sign1", 0 },
	{ "d28444a1013822a043aabbcc" SIG, "COSE_Sign1", 0 },
	{ "8344a1013822a043aabbcc", "COSE_Sign1", 0 },
	{ "8544a1013822a043aabbcc" SIG "00", "COSE_Sign1", 0 },
	{ "9f44a1013822a043aabbcc" SIG "ff", "COSE_Sign1", 0 },
	{ "980444a1013822a043aabbcc" SIG, "COSE_Sign1", 0 },
	{ "a444a1013822a043aabbcc" SIG, "COSE_Sign1", 0 },
	{ "84a1013822a043aabbcc" SIG, "protected", 1 },
	{ "8464a1013822a043aabbcc" SIG, "protected", 1 },
	{ "845f44a1013822ffa043aabbcc" SIG, "protected", 1 },
	{ "8444a1013822a1010043aabbcc" SIG, "unprotected", 6 },
	{ "8444a1013822bfff43aabbcc" SIG, "unprotected", 6 },
	{ "8444a10138228043aabbcc" SIG, "unprotected", 6 },
	{ "8444a1013822a0f6" SIG, "payload", 7 },
	{ "8444a1013822a040" SIG, "payload", 7 },
	{ "8444a1013822a063aabbcc" SIG, "payload", 7 },
	{ "8444a1013822a043aabbcc43111111", "signature", 11 },
	{ "8444a1013822a043aabbcc5861" SIG48 SIG48 "11", "signature", 11 },
	{ "8444a1013822a043aabbcc" SIG "00", "COSE_Sign1", 109 },
};

static void frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t room[256];
		struct cloister_fault why = { 0 };
		struct cose_sign1 c = { 0 };
		size_t len;
		assert_int_equal(hex_read(bytes_text(rows[i].hex), room, sizeof room, &len, NULL), 0);
		enum cloister_err err = cose_sign1_read(bytes_of(room, len), &c, &why);
		print_message("row %zu: %s at %zu: %s\n", i, why.what ? why.what : "-", why.at, why.note);
		if (rows[i].what) {
			assert_int_not_equal(err, CLOISTER_OK);
			assert_string_equal(why.what, rows[i].what);
			assert_int_equal(why.at, rows[i].at);
			assert_null(c.payload.data);
			continue;
		}
		assert_int_equal(err, CLOISTER_OK);
		uint8_t again[256];
		struct wr w = wr_open(again, sizeof again);
		struct bytes b;
		cose_sign1_put(&w, &c);
		assert_int_equal(wr_close(&w, "frame", &b, NULL), CLOISTER_OK);
		assert_true(bytes_equal(b, bytes_of(room, len)));
	}
}

/* RFC 9052 4.4 by hand: ["Signature1", h'a1013822', h'', 3 bytes of payload that follow]. */
static void what_is_signed(void **state)
{
	struct cose_sign1 c = { cose_header_es384, bytes_text("abc"), BYTES_NONE };
	uint8_t room[COSE_HEAD_ROOM];
	char hex[2 * COSE_HEAD_ROOM + 1];
	struct bytes head;

	(void)state;
	assert_int_equal(cose_sign1_head(&c, room, sizeof room, &head, NULL), CLOISTER_OK);
	hex_write(head, hex);
	assert_string_equal(hex, "846a5369676e61747572653144a10138224043");
	assert_int_equal(cose_sign1_head(&c, room, 10, &head, NULL), CLOISTER_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(what_is_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
