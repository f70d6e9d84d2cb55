/* SPDX-License-Identifier: Apache-2.0 */
/* pem_test.c - one block and nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "codec/pem.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
#define LINE76 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
	const char *text;
	size_t len;	  /* decoded bytes */
	const char *what; /* what is blamed, NULL when it is accepted */
	size_t at;
} rows[] = {
	{ BEGIN "AQID\n" END, 3, NULL, 0 },
	{ BEGIN "AQID\n-----END CERTIFICATE-----", 3, NULL, 0 },
	{ "-----BEGIN CERTIFICATE-----\r\nAQID\r\n-----END CERTIFICATE-----\r\n", 3, NULL, 0 },
	{ BEGIN "AQID\nBAUG\nBw==\n" END " \t\r\n\n", 7, NULL, 0 },
	{ BEGIN LINE76 "\n" END, 57, NULL, 0 },
	{ BEGIN END, 0, NULL, 0 },
	{ "", 0, "BEGIN line", 0 },
	{ "\n" BEGIN "AQID\n" END, 0, "BEGIN line", 0 },
	{ "subject=x\n" BEGIN "AQID\n" END, 0, "BEGIN line", 0 },
	{ "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n", 0, "BEGIN line", 0 },
	{ BEGIN "AQID\n", 0, "base64 line", 33 },
	{ BEGIN "AQID\n-----END PRIVATE KEY-----\n", 0, "base64 line", 59 },
	{ BEGIN "\nAQID\n" END, 0, "base64 line", 28 },
	{ BEGIN LINE76 "A\n" END, 0, "base64 line", 28 },
	{ BEGIN "AQID\n" END BEGIN "AQID\n" END, 0, "text behind the block", 59 },
	{ BEGIN "AQID\n" END "x", 0, "text behind the block", 59 },
	{ BEGIN "AQ=D\n" END, 0, "base64", 2 },
	{ BEGIN "AQI\n" END, 0, "base64", 3 },
	{ BEGIN " AQID\n" END, 0, "base64", 5 },
};

static void rows_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_fault why = { 0 };
		uint8_t out[128];
		size_t len = 99;
		enum cloister_err err =
			pem_read(bytes_text(rows[i].text), "CERTIFICATE", out, sizeof out, &len, &why);
		print_message("row %zu: %s at %zu\n", i, why.what ? why.what : "-", why.at);
		if (!rows[i].what) {
			assert_int_equal(err, CLOISTER_OK);
			assert_int_equal(len, rows[i].len);
			continue;
		}
		assert_int_equal(err, CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, rows[i].what);
		assert_int_equal(why.at, rows[i].at);
		assert_int_equal(len, 99);
	}
}

static void room_is_kept(void **state)
{
	static char text[49152] = BEGIN;
	struct cloister_fault why;
	static uint8_t out[49152];
	size_t len;

	(void)state;
	assert_int_equal(pem_read(bytes_text(BEGIN "AQID\n" END), "CERTIFICATE", out, 2, &len, &why),
			 CLOISTER_E_LIMIT);
	for (size_t at = strlen(text); at < 34000; at += 77)
		memcpy(text + at, LINE76 "\n", 78);
	assert_int_equal(pem_read(bytes_text(text), "CERTIFICATE", out, sizeof out, &len, &why),
			 CLOISTER_E_LIMIT);
	assert_true(pem_looks_like(bytes_text(BEGIN)));
	assert_false(pem_looks_like(bytes_text("-----BEGIN")));
	assert_false(pem_looks_like(BYTES_NONE));
}

/* Several blocks in one text, whatever their labels, and nothing but white space between them. */
static void blocks_are_cut_off_one_by_one(void **state)
{
	static const char crl[] = "-----BEGIN X509 CRL-----\nAQID\n-----END X509 CRL-----\n";
	char text[512];
	struct bytes left, block;

	(void)state;
	snprintf(text, sizeof text, " \n%s%s\r\n\n%s", BEGIN "AQID\n" END, crl, BEGIN "BAUG\n" END "x");
	left = bytes_text(text);
	assert_true(pem_next(&left, &block));
	assert_true(pem_is(block, "CERTIFICATE"));
	assert_true(pem_next(&left, &block));
	assert_true(pem_is(block, "X509 CRL"));
	assert_true(bytes_are(block, crl));
	assert_true(pem_next(&left, &block));
	assert_false(pem_next(&left, &block));
	assert_true(bytes_are(left, "x"));
	left = bytes_text(BEGIN "AQID\n"); /* without an end */
	assert_false(pem_next(&left, &block));
	assert_int_equal(left.len, strlen(BEGIN "AQID\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_hold),
		cmocka_unit_test(room_is_kept),
		cmocka_unit_test(blocks_are_cut_off_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
