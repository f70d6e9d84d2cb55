/* SPDX-License-Identifier: Apache-2.0 */
/* http_test.c - requests that are read, and each reason to refuse one. */

#include "base/test.h"

#include <stdio.h>

#include "guest/http.h"

#define HOST "Host: x\r\n"

static void a_request(void **state)
{
	static const char text[] = "POST /v1/pcr/16/extend?a=b HTTP/1.1\r\nhost:\tx \r\n"
				   "CONTENT-length: 4\r\nConnection: Close\r\n\r\nbodyGET";
	struct cloister_fault why = { 0 };
	struct http_request q;
	size_t used = 0;
	int status;
	(void)state;

	/* Every prefix wants more; nothing is decided early. */
	for (size_t cut = 0; cut < sizeof text - 4; cut++) {
		WANT_OK(http_read(bytes_of(text, cut), &q, &used, &status, &why), &why);
		assert_int_equal(used, 0);
	}
	WANT_OK(http_read(bytes_text(text), &q, &used, &status, &why), &why);
	assert_int_equal(used, sizeof text - 4);
	assert_true(bytes_are(q.method, "POST"));
	assert_true(bytes_are(q.path, "/v1/pcr/16/extend"));
	assert_true(bytes_are(q.query, "a=b"));
	assert_true(bytes_are(q.body, "body"));
	assert_true(q.close);
}

static void no_query_is_not_an_empty_one(void **state)
{
	struct cloister_fault why = { 0 };
	struct http_request q;
	size_t used;
	int status;
	(void)state;

	WANT_OK(http_read(bytes_text("GET / HTTP/1.1\r\n" HOST "\r\n"), &q, &used, &status, &why), &why);
	assert_null(q.query.data);
	assert_false(q.close);
	WANT_OK(http_read(bytes_text("GET /? HTTP/1.1\r\n" HOST "\r\n"), &q, &used, &status, &why), &why);
	assert_non_null(q.query.data);
	assert_int_equal(q.query.len, 0);
}

static const struct {
	const char *text;
	int status;
	const char *what;
	size_t at;
} bad[] = {
	{ " / HTTP/1.1\r\n" HOST "\r\n", 400, "method", 0 },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400, "target", 4 },
	{ "GET * HTTP/1.1\r\n" HOST "\r\n", 400, "target", 4 },
	{ "GET http://x/ HTTP/1.1\r\n" HOST "\r\n", 400, "target", 4 },
	{ "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400, "version", 5 },
	{ "GET /%41 HTTP/1.0\r\n" HOST "\r\n", 400, "version", 8 },
	{ "GET / HTTP/1.0\r\n" HOST "\r\n", 400, "version", 5 },
	{ "GET / HTTP/1.1\n" HOST "\r\n\r\n", 400, "version", 5 },
	{ "GET / HTTP/1.1\r\n\r\n", 400, "host", 16 },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, "host", 30 },
	{ "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", 400, "field name", 25 },
	{ "GET / HTTP/1.1\r\n" HOST "A b: c\r\n\r\n", 400, "colon", 26 },
	{ "GET / HTTP/1.1\r\n" HOST "A: b\nC: d\r\n\r\n", 400, "line end", 29 },
	{ "GET / HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n", 400, "line end", 28 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400,
	  "content-length", 59 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\nx", 400, "content-length", 40 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1,1\r\n\r\nx", 400, "content-length", 40 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400, "content-length", 40 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 16385\r\n\r\n", 413, "request", 0 },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 501, "request", 0 },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 501,
	  "request", 0 },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", 417, "request", 0 },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why = { 0 };
		struct http_request q;
		size_t used = 7;
		int status = 0;
		if (http_read(bytes_text(bad[i].text), &q, &used, &status, &why) == CLOISTER_OK)
			fail_msg("row %zu was read", i);
		if (status != bad[i].status || strcmp(why.what, bad[i].what) != 0 || used != 0 ||
		    (why.err == CLOISTER_E_MALFORMED && why.at != bad[i].at))
			fail_msg("row %zu: %d, %s at %zu", i, status, why.what, why.at);
	}
}

static void too_long(void **state)
{
	static char head[HTTP_HEAD_MAX + 100];
	struct cloister_fault why;
	struct http_request q;
	size_t used;
	int status;
	(void)state;

	memset(head, 'a', sizeof head);
	memcpy(head, "GET /", 5);
	assert_int_equal(http_read(bytes_of(head, HTTP_HEAD_MAX - 1), &q, &used, &status, &why),
			 CLOISTER_OK);
	assert_int_equal(http_read(BYTES_OF(head), &q, &used, &status, &why), CLOISTER_E_LIMIT);
	assert_int_equal(status, 431);
	int n = snprintf(head, sizeof head, "GET / HTTP/1.1\r\n");
	for (unsigned i = 0; i <= HTTP_FIELDS_MAX; i++)
		n += snprintf(head + n, sizeof head - (size_t)n, "F%u: x\r\n", i);
	snprintf(head + n, sizeof head - (size_t)n, "\r\n");
	assert_int_equal(http_read(bytes_text(head), &q, &used, &status, &why), CLOISTER_E_LIMIT);
	assert_int_equal(status, 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request), cmocka_unit_test(no_query_is_not_an_empty_one),
		cmocka_unit_test(refused),   cmocka_unit_test(too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
