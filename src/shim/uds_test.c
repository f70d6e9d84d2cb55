/* SPDX-License-Identifier: Apache-2.0 */
/* uds_test.c - the CONNECT line, row by row. Sockets and all are in flow/. */

#include "shim/uds.h"

#include "base/test.h"

static void accepted(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		uint32_t port;
	} rows[] = {
		{ "CONNECT 0\n", 0 },
		{ "CONNECT 5000\n", 5000 },
		{ "CONNECT 4294967295\n", UINT32_MAX },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		uint32_t port = 1;
		assert_int_equal(uds_line_read(bytes_text(rows[i].line), &port, NULL), CLOISTER_OK);
		assert_int_equal(port, rows[i].port);
		for (size_t len = 0; len < strlen(rows[i].line); len++)
			assert_int_equal(uds_line_read(bytes_of(rows[i].line, len), &port, NULL),
					 CLOISTER_E_MALFORMED);
	}
}

static void refused(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		size_t at;
	} rows[] = {
		{ "connect 5000\n", 0 },      { "CONNECT\n", 0 },	  { "CONNECT \n", 0 },
		{ "CONNECT 4294967296\n", 17 }, { "CONNECT 99999999999\n", 17 }, { "CONNECT -1\n", 8 },
		{ "CONNECT +1\n", 8 },	      { "CONNECT 05\n", 8 },	  { "CONNECT 5000 \n", 12 },
		{ "CONNECT 5000\r\n", 12 },   { "CONNECT  5\n", 8 },	  { "CONNECT 5000x", 12 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		uint32_t port = 77;
		assert_int_equal(uds_line_read(bytes_text(rows[i].line), &port, &why), CLOISTER_E_MALFORMED);
		if (why.at != rows[i].at)
			fail_msg("%s: at %zu", rows[i].line, why.at);
		assert_int_equal(port, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(accepted), cmocka_unit_test(refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
