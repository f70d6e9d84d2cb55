/* SPDX-License-Identifier: Apache-2.0 */
/* http_head_test.c - each way to smuggle by name, and that pieces change nothing. */

#include "base/test.h"

#include "base/mem.h"
#include "net/http_chunk.h"
#include "net/http_head.h"

#define H "Host: a.example\r\n"

static const struct {
	const char *name, *head;
	size_t len; /* 0: the text's */
	int status; /* 0: accepted */
	const char *what;
} rows[] = {
	{ "plain", "GET / HTTP/1.1\r\n" H "\r\n", 0, 0, NULL },
	{ "chunked", "POST /x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 0, 0, NULL },
	{ "length", "POST /x HTTP/1.1\r\n" H "Content-Length: 12\r\n\r\n", 0, 0, NULL },
	{ "absolute target", "GET http://A.example/x?y=1 HTTP/1.1\r\n" H "\r\n", 0, 0, NULL },
	{ "absolute without a path", "GET http://a.example HTTP/1.1\r\n" H "\r\n", 0, 0, NULL },
	{ "asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, 0, NULL },
	{ "1.0", "GET / HTTP/1.0\r\n" H "Connection: keep-alive\r\n\r\n", 0, 0, NULL },
	{ "utf-8 in a value", "GET / HTTP/1.1\r\n" H "X: \xc3\xa4\r\n\r\n", 0, 0, NULL },
	{ "IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0, 0, NULL },

	{ "length and chunked", "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "Transfer-Encoding" },
	{ "chunked and length", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", 0, 400, "Transfer-Encoding" },
	{ "two lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", 0, 400, "Content-Length" },
	{ "one length twice", "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\nContent-Length: 4\r\n\r\n", 0, 400, "Content-Length" },
	{ "a list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 4, 4\r\n\r\n", 0, 400, "Content-Length" },
	{ "a signed length", "POST / HTTP/1.1\r\n" H "Content-Length: +4\r\n\r\n", 0, 400, "Content-Length" },
	{ "a negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -4\r\n\r\n", 0, 400, "Content-Length" },
	{ "a hexadecimal length", "POST / HTTP/1.1\r\n" H "Content-Length: 0x4\r\n\r\n", 0, 400, "Content-Length" },
	{ "a length with a tail", "POST / HTTP/1.1\r\n" H "Content-Length: 4 4\r\n\r\n", 0, 400, "Content-Length" },
	{ "an empty length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 0, 400, "Content-Length" },
	{ "a length past 2^64", "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551620\r\n\r\n", 0, 400, "Content-Length" },
	{ "two codings", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "Transfer-Encoding" },
	{ "unknown coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", 0, 501, "Transfer-Encoding" },
	{ "identity coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", 0, 501, "Transfer-Encoding" },
	{ "xchunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", 0, 501, "Transfer-Encoding" },
	{ "vertical tab before chunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \vchunked\r\n\r\n", 0, 400, "field value" },
	{ "chunked in 1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 0, 400, "Transfer-Encoding" },
	{ "two hosts", "GET / HTTP/1.1\r\n" H H "\r\n", 0, 400, "Host" },
	{ "no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 0, 400, "Host" },
	{ "empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 0, 400, "Host" },
	{ "host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 0, 400, "Host" },
	{ "host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 0, 400, "Host" },
	{ "host with a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 0, 400, "Host" },
	{ "host with a bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", 0, 400, "Host" },
	{ "folded line", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 0, 400, "field" },
	{ "folded with a tab", "GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n", 0, 400, "field" },
	{ "folded first field", "GET / HTTP/1.1\r\n X: a\r\n" H "\r\n", 0, 400, "field" },
	{ "bare LF", "GET / HTTP/1.1\r\n" H "X: a\nY: b\r\n\r\n", 0, 400, "line end" },
	{ "bare LF after the request line", "GET / HTTP/1.1\n" H "\r\n", 0, 400, "line end" },
	{ "bare LF at the end", "GET / HTTP/1.1\r\n" H "\n", 0, 400, "line end" },
	{ "bare CR", "GET / HTTP/1.1\r\n" H "X: a\rY: b\r\n\r\n", 0, 400, "field value" },
	{ "CR CR LF", "GET / HTTP/1.1\r\n" H "X: a\r\r\n\r\n", 0, 400, "field value" },
	{ "NUL in a value", "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n", 43, 400, "field value" },
	{ "NUL in the target", "GET /\0 HTTP/1.1\r\n" H "\r\n", 36, 400, "request line" },
	{ "space before the colon", "POST / HTTP/1.1\r\n" H "Content-Length : 4\r\n\r\n", 0, 400, "field name" },
	{ "tab before the colon", "POST / HTTP/1.1\r\n" H "Content-Length\t: 4\r\n\r\n", 0, 400, "field name" },
	{ "no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n", 0, 400, "field name" },
	{ "no name", "GET / HTTP/1.1\r\n" H ": x\r\n\r\n", 0, 400, "field name" },
	{ "letters of no name", "GET / HTTP/1.1\r\n" H "\xc3\xa4: x\r\n\r\n", 0, 400, "field name" },
	{ "empty line first", "\r\nGET / HTTP/1.1\r\n" H "\r\n", 0, 400, "method" },
	{ "another protocol", "\x16\x03\x01\x02", 0, 400, "method" },
	{ "two spaces", "GET  / HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "tab in the request line", "GET\t/ HTTP/1.1\r\n" H "\r\n", 0, 400, "request line" },
	{ "space after the version", "GET / HTTP/1.1 \r\n" H "\r\n", 0, 400, "request line" },
	{ "no version", "GET /\r\n" H "\r\n", 0, 400, "request line" },
	{ "http in small letters", "GET / http/1.1\r\n" H "\r\n", 0, 400, "version" },
	{ "version 2", "GET / HTTP/2.0\r\n" H "\r\n", 0, 505, "version" },
	{ "version 1.2", "GET / HTTP/1.2\r\n" H "\r\n", 0, 505, "version" },
	{ "long version", "GET / HTTP/1.10\r\n" H "\r\n", 0, 400, "request line" },
	{ "absolute to another host", "GET http://b.example/ HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "absolute with a user", "GET http://u@a.example/ HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "another scheme", "GET ftp://a.example/ HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "authority form", "CONNECT a.example:443 HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "asterisk of GET", "GET * HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "fragment", "GET /#x HTTP/1.1\r\n" H "\r\n", 0, 400, "request line" },
	{ "one digit", "GET /%4 HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "no digit", "GET /?x=%zz HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "an encoded NUL", "GET /%00 HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "an encoded NUL in the query", "GET /?a=%00 HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "an encoded line feed", "GET /?a=%0a HTTP/1.1\r\n" H "\r\n", 0, 400, "target" },
	{ "other expectations", "GET / HTTP/1.1\r\n" H "Expect: tea\r\n\r\n", 0, 417, "Expect" },
	{ "two Authorizations", "GET / HTTP/1.1\r\n" H "Authorization: a\r\nauthorization: a\r\n\r\n", 0, 400, "Authorization" },
};

/* As a server does: look for the end after every `step` bytes, then read. */
static int status_of(struct bytes in, size_t step, struct http_head *h, struct cloister_fault *why)
{
	struct http_scan s = { 0 };
	size_t len = 0;
	int status;

	for (size_t n = step; len == 0; n += step) {
		bool is_all = n >= in.len;
		if (http_head_scan(&s, bytes_of(in.data, is_all ? in.len : n), &len, &status, why) != CLOISTER_OK)
			return status;
		if (is_all && len == 0)
			return -1;
	}
	return http_head_read(bytes_of(in.data, len), h, &status, why) == CLOISTER_OK ? 0 : status;
}

static void rows_hold_in_all_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct bytes in = bytes_of(rows[i].head, rows[i].len ? rows[i].len : strlen(rows[i].head));
		for (size_t step = 1; step <= in.len; step++) {
			struct cloister_fault why = { 0 };
			struct http_head h;
			int status = status_of(in, step, &h, &why);
			if (status != rows[i].status || (status && strcmp(why.what, rows[i].what) != 0))
				fail_msg("%s: %d, not %d (%s: %s)", rows[i].name, status, rows[i].status,
					 why.what ? why.what : "-", why.note);
		}
	}
}

static void prefixes_are_not_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows) && rows[i].status == 0; i++)
		for (size_t n = 0; n < strlen(rows[i].head); n++) {
			struct cloister_fault why = { 0 };
			struct http_head h;
			int status;
			assert_int_equal(status_of(bytes_of(rows[i].head, n), 1, &h, &why), -1);
			assert_int_not_equal(http_head_read(bytes_of(rows[i].head, n), &h, &status, &why), CLOISTER_OK);
		}
}

static void what_a_head_says(void **state)
{
	const char *text = "POST /api/enclaves/a%20b?wallet=0x1&x=%C3%A4+b&wallet2=1 HTTP/1.1\r\n" H
			   "content-length: 7\r\nExpect: 100-Continue\r\nConnection: x, Close\r\nX-Y:  z \t\r\n\r\n";
	struct cloister_fault why = { 0 };
	struct http_head h;
	char room[16];
	int status;
	(void)state;

	WANT_OK(http_head_read(bytes_text(text), &h, &status, &why), &why);
	assert_int_equal(h.method, HTTP_POST);
	assert_int_equal(h.length, 7);
	assert_true(h.expects_continue && !h.keep_alive && !h.chunked);
	assert_true(bytes_are(http_head_field(&h, "x-y"), "z"));
	assert_null(http_head_field(&h, "x-z").data);
	WANT_OK(http_query_get(h.query, "x", room, sizeof room, &why), &why);
	assert_string_equal(room, "\xc3\xa4 b");
	WANT_OK(http_query_get(h.query, "wallet", room, sizeof room, &why), &why);
	assert_string_equal(room, "0x1");
	assert_int_equal(http_query_get(h.query, "wallet", room, 3, &why), CLOISTER_E_LIMIT);
	assert_int_equal(http_query_get(h.query, "y", room, 3, &why), CLOISTER_E_MISSING);
	assert_int_equal(http_query_get(bytes_text("a=1&%61=2"), "a", room, 3, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(http_query_get(bytes_text("a=%ff"), "a", room, 3, &why), CLOISTER_E_MALFORMED);
}

static void paths(void **state)
{
	static const struct {
		const char *raw, *path; /* NULL: refused */
	} is[] = {
		{ "/", "/" }, { "/a/b", "/a/b" }, { "/a/", "/a/" }, { "/a%20b", "/a b" }, { "/%C3%A4", "/\xc3\xa4" },
		{ "/a..b/...", "/a..b/..." }, { "/.well-known/x", "/.well-known/x" },
		{ "", NULL }, { "a", NULL }, { "*", NULL }, { "//", NULL }, { "//a", NULL }, { "/a//b", NULL }, { "/.", NULL }, { "/..", NULL },
		{ "/a/../b", NULL }, { "/a/./b", NULL }, { "/a/%2e%2E/b", NULL }, { "/a/.%2e", NULL }, { "/%2e/", NULL },
		{ "/a%2fb", NULL }, { "/a%2Fb", NULL }, { "/a%5cb", NULL }, { "/a%00", NULL }, { "/a%7f", NULL },
		{ "/%ff", NULL }, { "/%c0%ae", NULL }, { "/a%", NULL }, { "/a%1", NULL }, { "/0123456789012345678901234567890", NULL },
	};
	(void)state;
	for (size_t i = 0; i < N_OF(is); i++) {
		struct cloister_fault why = { 0 };
		struct bytes out = BYTES_NONE;
		char room[24];
		bool good = http_path_read(bytes_text(is[i].raw), room, sizeof room, &out, &why) == CLOISTER_OK;
		if (good != !!is[i].path || (good && !bytes_are(out, is[i].path)))
			fail_msg("%s: %s", is[i].raw, why.note);
	}
}

/* A head of one field line of `line` bytes and `more` small ones. */
static int sized(size_t line, size_t more, bool in_target)
{
	struct buf b = BUF_INIT(1 << 20);
	struct cloister_fault why = { 0 };
	struct http_head h;

	buf_text(&b, in_target ? "GET /" : "GET / HTTP/1.1\r\n" H "X: ");
	for (size_t i = in_target ? 5 : 3; i + 1 < line; i++) /* its CR counts */
		buf_byte(&b, 'x');
	if (in_target)
		buf_text(&b, " HTTP/1.1\r\n" H);
	else
		buf_text(&b, "\r\n");
	for (size_t i = 0; i < more; i++)
		buf_text(&b, "Y: 0123456789\r\n");
	buf_text(&b, "\r\n");
	int status = status_of(buf_bytes(&b), b.len, &h, &why);
	assert_int_equal(status_of(buf_bytes(&b), 1, &h, &why), status);
	buf_fini(&b);
	return status;
}

static void ceilings(void **state)
{
	(void)state;
	assert_int_equal(sized(LIMIT_HTTP_LINE, 0, false), 0);
	assert_int_equal(sized(LIMIT_HTTP_LINE + 1, 0, false), 431);
	assert_int_equal(sized(LIMIT_HTTP_LINE + 1, 0, true), 414);
	assert_int_equal(sized(8, LIMIT_HTTP_FIELDS - 2, false), 0);
	assert_int_equal(sized(8, LIMIT_HTTP_FIELDS - 1, false), 431);
	assert_int_equal(sized(8, LIMIT_HTTP_HEAD / 15, false), 431);
}

/* The body, "!" when refused, "…" when more is due; used counts what was eaten. */
static void unchunk(const char *text, size_t step, char out[64], size_t *used)
{
	struct http_chunks c = { 0 };
	size_t len = strlen(text), n = 0, to = 0;

	*used = 0;
	while (c.state != CHUNK_DONE && *used < len) {
		struct cloister_fault why = { 0 };
		struct bytes data;
		size_t eaten;
		if (*used == to)
			to = to + step < len ? to + step : len;
		if (http_chunks_read(&c, bytes_of(text + *used, to - *used), &eaten, &data, &why) != CLOISTER_OK) {
			strncpy(out, "!", 64);
			return;
		}
		assert_true(n + data.len < 60);
		memcpy(out + n, data.data ? data.data : (const uint8_t *)"", data.len);
		n += data.len;
		*used += eaten;
	}
	strncpy(out + n, c.state == CHUNK_DONE ? "" : "~", 4);
}

static void chunks(void **state)
{
	static const struct {
		const char *text, *body;
		size_t left; /* bytes behind the body */
	} is[] = {
		{ "0\r\n\r\n", "", 0 }, { "3\r\nabc\r\n0\r\n\r\n", "abc", 0 }, { "00a\r\n0123456789\r\n2\r\nab\r\n000\r\n\r\n", "0123456789ab", 0 },
		{ "A\r\n0123456789\r\n0\r\n\r\nGET", "0123456789", 3 }, { "3\r\nab", "ab~", 0 }, { "3\r\nabc\r\n", "abc~", 0 },
		{ "", "~", 0 }, { "\r\n", "!", 0 }, { "g\r\n", "!", 0 }, { "-1\r\n", "!", 0 }, { "+1\r\na\r\n", "!", 0 }, { "0x1\r\na\r\n", "!", 0 }, { " 1\r\na\r\n", "!", 0 },
		{ "1 \r\na\r\n", "!", 0 }, { "1;x=y\r\na\r\n", "!", 0 }, { "1\na\r\n", "!", 0 }, { "1\r\nab\r\n", "!", 0 }, { "1\r\na\n", "!", 0 },
		{ "1\rXa\r\n", "!", 0 }, { "000000001\r\na\r\n", "!", 0 }, { "0\r\nX: y\r\n\r\n", "!", 0 }, { "0\n\n", "!", 0 }, { "0\r\n\n", "!", 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_OF(is); i++)
		for (size_t step = 1; step < 40; step++) {
			char out[64] = "";
			size_t used;
			unchunk(is[i].text, step, out, &used);
			assert_string_equal(out, is[i].body);
			if (out[0] != '!')
				assert_int_equal(used, strlen(is[i].text) - is[i].left);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_hold_in_all_pieces), cmocka_unit_test(prefixes_are_not_enough),
		cmocka_unit_test(what_a_head_says),        cmocka_unit_test(paths),
		cmocka_unit_test(ceilings),                cmocka_unit_test(chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
