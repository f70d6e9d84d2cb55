/* SPDX-License-Identifier: Apache-2.0 */
/* plain_test.c - rows, each whole and cut at every place; and no byte sequence brings a control out. */

#include "base/plain.h"

#include "base/test.h"

static const struct row {
	const char *name, *in, *out;
} rows[] = {
	{ "text", "a line\n\tand Zürich, 東京, 🙂\n", "a line\n\tand Zürich, 東京, 🙂\n" },
	{ "escape", "\033[2J\033]0;title\a", "^[[2J^[]0;title^G" },
	{ "delete", "a\177b", "a^?b" },
	{ "backspace", "no\b\byes", "no^H^Hyes" },
	{ "carriage return", "* stopped\ry", "* stopped^My" },
	{ "line end of a terminal", "one\r\ntwo\r\n", "one\ntwo\n" },
	{ "two returns", "\r\r\n", "^M\n" },
	{ "return at the end", "x\r", "x^M" },
	{ "return before a letter of two bytes", "\r\xc3\xbc", "^M\xc3\xbc" },
	{ "C1", "\xc2\x9b" "31m\xc2\x80\xc2\x9f\xc2\xa0", "\\u009b31m\\u0080\\u009f\xc2\xa0" },
	{ "raw C1", "\x9b" "31m", "\xef\xbf\xbd" "31m" },
	{ "right to left", "a\xe2\x80\xae" "b\xe2\x81\xa6" "c", "a\\u202eb\\u2066c" },
	{ "line separator", "a\xe2\x80\xa8" "b", "a\\u2028b" },
	{ "overlong", "\xc0\x9b\xe0\x82\x9b", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "surrogate", "\xed\xa0\x80", "\xef\xbf\xbd" },
	{ "escape inside a character", "\xe2\x80\033[", "\xef\xbf\xbd^[[" },
	{ "cut off", "a\xf0\x9f\x99", "a\xef\xbf\xbd" },
};

static void check(const struct row *r, size_t cut)
{
	own(buf_fini) struct buf out = BUF_INIT(PLAIN_ROOM(strlen(r->in)));
	struct bytes in = bytes_text(r->in);
	struct plain p = { 0 };

	plain_put(&p, bytes_of(in.data, cut), &out);
	plain_put(&p, bytes_of(in.data + cut, in.len - cut), &out);
	plain_end(&p, &out);
	assert_int_equal(p.n, 0);
	if (out.failed || strcmp(buf_string(&out), r->out))
		fail_msg("%s, cut at %zu: `%s`", r->name, cut, buf_string(&out));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		for (size_t cut = 0; cut <= strlen(rows[i].in); cut++)
			check(&rows[i], cut);
}

/* Every three bytes: what comes out holds no C0 but the two, no DEL, no byte outside UTF-8, no C1. */
static void test_nothing_obeyed(void **state)
{
	(void)state;
	for (uint32_t v = 0; v < 1u << 24; v += 1 + v / 0x10000 % 3) {
		const uint8_t in[] = { (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
		own(buf_fini) struct buf out = BUF_INIT(PLAIN_ROOM(sizeof in));
		struct plain p = { 0 };
		plain_put(&p, BYTES_OF(in), &out);
		plain_end(&p, &out);
		assert_false(out.failed);
		for (size_t i = 0; i < out.len; i++) {
			uint8_t c = out.data[i];
			bool is_c1 = c == 0xc2 && i + 1 < out.len && out.data[i + 1] < 0xa0;
			if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || is_c1)
				fail_msg("%06x", v);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nothing_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
