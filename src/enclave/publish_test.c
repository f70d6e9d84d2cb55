/* SPDX-License-Identifier: Apache-2.0 */
/* publish_test.c - texts of published ports, good and bad. */

#include "enclave/publish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void accepted(void **state)
{
	(void)state;
	static const struct {
		const char *text, *canonical;
	} rows[] = {
		{ "8080:80", "127.0.0.1:8080:80" },
		{ "0:80", "127.0.0.1:0:80" },
		{ "0.0.0.0:8080:80", "0.0.0.0:8080:80" },
		{ "192.168.100.200:65535:65535", "192.168.100.200:65535:65535" },
		{ "[::1]:8080:80", "[::1]:8080:80" },
		{ "[::]:1:2", "[::]:1:2" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct publish p, again;
		char text[64];

		assert_int_equal(publish_read(rows[i].text, &p, NULL), CLOISTER_OK);
		assert_string_equal(publish_text(&p, text, sizeof text), rows[i].canonical);
		assert_int_equal(publish_read(text, &again, NULL), CLOISTER_OK);
		assert_string_equal(again.address, p.address);
	}
}

static void refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",	      "80",	       ":",		"80:",	       ":80",
		"8080:0",     "65536:80",      "80:65536",	"080:80",      "8080:080",
		"+80:80",     "-1:80",	       "80:8 0",	"a:80:80",     "localhost:80:80",
		":80:80",     "1.2.3:80:80",   "1.2.3.4.5:1:1", "::1:80:80",   "[127.0.0.1]:80:80",
		"[::1:80:80", "[]:80:80",      "[::g]:80:80",	"80:80/udp",   "999999999999:80",
		"127.0.0.1:80", " 80:80",      "80:80\n",	"1.2.3.4::80", "[::1]80:80",
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct publish p = { .guest = 7 };
		struct cloister_fault why;

		assert_int_equal(publish_read(rows[i], &p, &why), CLOISTER_E_USAGE);
		assert_string_equal(why.what, "publish");
		assert_int_equal(p.guest, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
