/* SPDX-License-Identifier: Apache-2.0 */
/* mem_test.c - comparing, ordering, and the buffer's ceiling. */

#include "base/test.h"

#include "base/mem.h"
#include "base/nomem.h"
#include "base/wr.h"

static void nothing_is_never_the_same(void **state)
{
	(void)state;
	assert_true(mem_same("abc", "abc", 3));
	assert_false(mem_same("abc", "abd", 3));
	assert_false(mem_same("bbc", "abc", 3));
	assert_false(mem_same("abc", "abc", 0));
	assert_true(mem_is_zero("\0\0\0", 3));
	assert_false(mem_is_zero("\0\0\1", 3));
}

static void texts_are_terminated_copies(void **state)
{
	char *a = mem_text(bytes_of("abcdef", 3)), *none = mem_text(BYTES_NONE);
	(void)state;

	assert_string_equal(a, "abc");
	assert_string_equal(none, "");
	free(a);
	free(none);
}

static void order_is_by_byte_prefix_first(void **state)
{
	(void)state;
	assert_true(bytes_order(bytes_text("a"), bytes_text("ab")) < 0);
	assert_true(bytes_order(bytes_text("b"), bytes_text("ab")) > 0);
	assert_true(bytes_order(bytes_text("\xff"), bytes_text("a")) > 0);
	assert_int_equal(bytes_order(bytes_text("a"), bytes_text("a")), 0);
	assert_true(bytes_are(bytes_text("xyz"), "xyz"));
	assert_true(bytes_hold(bytes_text("xyz"), bytes_text("xyz")));
	assert_true(bytes_hold(bytes_text("xyz"), bytes_text("yz")));
	assert_false(bytes_hold(bytes_text("xyz"), bytes_text("yzx")));
	assert_false(bytes_hold(bytes_of("xyz", 2), bytes_text("xyz")));
	assert_false(bytes_hold(bytes_text("xyz"), BYTES_NONE));
	assert_false(bytes_hold(BYTES_NONE, BYTES_NONE));
	assert_true(bytes_are(bytes_trimmed(bytes_text(" \t x y\t ")), "x y"));
	assert_true(bytes_are(bytes_trimmed(bytes_text(" \t")), ""));
	assert_false(bytes_are(bytes_text("xyz"), "xy"));
	assert_true(bytes_equal(BYTES_NONE, bytes_text("")));
	struct bytes rest = bytes_text("port 80");
	assert_false(bytes_skip(&rest, "port 800"));
	assert_false(bytes_skip(&rest, "ort"));
	assert_true(bytes_are(rest, "port 80"));
	assert_true(bytes_skip(&rest, "port ") && bytes_skip(&rest, "") && bytes_are(rest, "80"));
}

static void buffer_stops_at_its_ceiling(void **state)
{
	struct buf b = BUF_INIT(600);
	struct cloister_fault why = { 0 };
	(void)state;

	for (int i = 0; i < 60; i++)
		buf_print(&b, "%s%02d", "0123456", i % 100);
	assert_int_equal(b.len, 540);
	assert_int_equal(buf_ok(&b, "test", &why), CLOISTER_OK);
	assert_int_equal(strlen(buf_string(&b)), 540);
	for (int i = 0; i < 60; i++)
		buf_byte(&b, 'x');
	assert_int_equal(buf_ok(&b, "test", &why), CLOISTER_OK);
	buf_byte(&b, 'y');
	assert_int_equal(b.len, 600);
	assert_int_equal(buf_ok(&b, "test", &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "test");
	assert_string_equal(buf_string(&b), "");
	buf_fini(&b);
	assert_int_equal(b.len, 0);
}

/* One is the caller's to change, the other is not: they have to be told apart. */
static void out_of_memory_is_no_ceiling(void **state)
{
	struct buf b = BUF_INIT(SIZE_MAX);
	struct cloister_fault why = { 0 };
	(void)state;

	if (!OWN_MALLOC)
		skip();
	buf_text(&b, "fits");
	armed = true;
	left = 0;
	for (int i = 0; i < 600; i++)
		buf_byte(&b, 'x');
	armed = false;
	buf_text(&b, "more"); /* sticky, though there would be memory again */
	assert_int_equal(buf_ok(&b, "test", &why), CLOISTER_E_NOMEM);
	assert_string_equal(why.what, "test");
	assert_string_equal(buf_string(&b), "");
	buf_fini(&b);
	assert_int_equal(buf_ok(&b, "test", &why), CLOISTER_OK);
}

static void writer_measures_and_refuses(void **state)
{
	uint8_t room[15];
	struct bytes out = BYTES_NONE;
	struct cloister_fault why = { 0 };
	struct wr w = wr_open(room, sizeof room);
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 9, 8, 0, 0, 'h', 'i' };
	(void)state;

	wr_u8(&w, 1);
	wr_be16(&w, 0x0203);
	wr_be32(&w, 0x04050607);
	wr_le16(&w, 0x0809);
	wr_zero(&w, 2);
	wr_put(&w, bytes_text("hi"));
	WANT_OK(wr_close(&w, "test", &out, &why), &why);
	assert_int_equal(out.len, sizeof want);
	assert_memory_equal(out.data, want, sizeof want);
	wr_be32(&w, 1);
	assert_int_equal(wr_close(&w, "test", &out, &why), CLOISTER_E_LIMIT);
	w = wr_open(NULL, 0);
	wr_be64(&w, 1);
	wr_le64(&w, 1);
	wr_le32(&w, 1);
	assert_int_equal(w.len, 20);
	assert_int_equal(wr_close(&w, "test", &out, &why), CLOISTER_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_never_the_same),
		cmocka_unit_test(texts_are_terminated_copies),
		cmocka_unit_test(order_is_by_byte_prefix_first),
		cmocka_unit_test(buffer_stops_at_its_ceiling),
		cmocka_unit_test(out_of_memory_is_no_ceiling),
		cmocka_unit_test(writer_measures_and_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
