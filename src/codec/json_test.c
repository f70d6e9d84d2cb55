/* SPDX-License-Identifier: Apache-2.0 */
/* json_test.c - what is JSON and what is not, and where it stops being. */

#include "base/test.h"

#include "base/limits.h"
#include "codec/json.h"

static const char *const good[] = {
	"0", "-0", "1.5e+10", "\"\"", "true", "false", "null", "[]", "{}", " [ ] ", "[1,2]",
	"{\"a\":1,\"b\":{\"a\":2}}", "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", "\"\\u0000\"",
	"\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "[[[[]]]]", "\t{\"\":[]}\r\n", "\"\x7f\"", "1E5", "0.0",
};

static const struct {
	const char *text, *note; /* part of the sentence */
	size_t at;
} bad[] = {
	{ "", "value was expected", 0 },
	{ " ", "value was expected", 1 },
	{ "[1,]", "value was expected", 3 },
	{ "[1 2]", "comma", 3 },
	{ "[,1]", "value was expected", 1 },
	{ "{\"a\":1,}", "string was expected", 7 },
	{ "{\"a\" 1}", "colon", 5 },
	{ "{a:1}", "string was expected", 1 },
	{ "{\"a\":1 \"b\":2}", "comma", 7 },
	{ "{\"a\":1,\"a\":2}", "repeated", 10 },
	{ "{\"a\":1,\"\\u0061\":2}", "repeated", 15 },
	{ "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", "repeated", 21 },
	{ "01", "left over", 1 },
	{ "+1", "value was expected", 0 },
	{ "-", "value was expected", 1 },
	{ "1.", "value was expected", 2 },
	{ ".5", "value was expected", 0 },
	{ "1e", "value was expected", 2 },
	{ "0x10", "left over", 1 },
	{ "NaN", "value was expected", 0 },
	{ "nul", "value was expected", 3 },
	{ "True", "value was expected", 0 },
	{ "\"abc", "bad character", 4 },
	{ "\"a\nb\"", "bad character", 2 },
	{ "\"\\x\"", "bad character", 3 },
	{ "\"\\u12\"", "bad character", 5 },
	{ "\"\\ud800\"", "bad character", 7 },
	{ "\"\\ud800\\u0041\"", "bad character", 13 },
	{ "\"\\udc00\"", "bad character", 7 },
	{ "\"\xc0\x80\"", "bad character", 2 },
	{ "\"\xc3\"", "bad character", 2 },
	{ "\"\xe0\x80\x80\"", "bad character", 4 },
	{ "\"\xed\xa0\x80\"", "bad character", 4 },
	{ "\"\xf4\x90\x80\x80\"", "bad character", 5 },
	{ "\"\xff\"", "bad character", 2 },
	{ "[1] x", "left over", 4 },
	{ "[1", "comma", 2 },
	{ "{\"a\":", "value was expected", 5 },
	{ "]", "value was expected", 0 },
	{ "'a'", "value was expected", 0 },
	{ "// c\n1", "value was expected", 0 },
	{ "\xef\xbb\xbf" "1", "value was expected", 0 },
};

static void accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		struct json v;
		struct cloister_fault why = { 0 };
		WANT_OK(json_read(bytes_text(good[i]), &v, &why), &why);
		assert_int_not_equal(v.type, JSON_NONE);
	}
}

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct json v = { 0 };
		struct cloister_fault why = { 0 };
		assert_int_equal(json_read(bytes_text(bad[i].text), &v, &why), CLOISTER_E_MALFORMED);
		if (!strstr(why.note, bad[i].note) || why.at != bad[i].at)
			fail_msg("row %zu `%s`: %s at %zu", i, bad[i].text, why.note, why.at);
		assert_int_equal(v.type, JSON_NONE);
	}
}

static void depth_is_bounded(void **state)
{
	char text[2 * LIMIT_JSON_DEPTH + 3];
	struct json v;
	struct cloister_fault why = { 0 };
	(void)state;

	memset(text, '[', LIMIT_JSON_DEPTH);
	memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
	text[2 * LIMIT_JSON_DEPTH] = 0;
	WANT_OK(json_read(bytes_text(text), &v, &why), &why);
	memset(text, '[', LIMIT_JSON_DEPTH + 1);
	memset(text + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
	text[2 * LIMIT_JSON_DEPTH + 2] = 0;
	assert_int_equal(json_read(bytes_text(text), &v, &why), CLOISTER_E_LIMIT);
}

static void getters(void **state)
{
	static const char text[] = " { \"n\" : 18446744073709551615 , \"i\":-9223372036854775808,\"s\":\"a\\"
				   "u00e9\\n\", \"l\":[1,\"]\",{\"x\":[]},null],\"b\":true,\"over\":18446744073709551616,"
				   "\"nul\":\"a\\u0000b\",\"f\":1.5}";
	struct json v, e;
	struct cloister_fault why = { 0 };
	uint64_t u;
	int64_t n;
	bool b;
	char s[8];
	(void)state;

	WANT_OK(json_read(bytes_text(text), &v, &why), &why);
	assert_int_equal(json_count(v), 8);
	assert_true(json_u64(json_get(v, "n"), &u) && u == UINT64_MAX);
	assert_false(json_i64(json_get(v, "n"), &n));
	assert_true(json_i64(json_get(v, "i"), &n) && n == INT64_MIN);
	assert_false(json_u64(json_get(v, "i"), &u));
	assert_false(json_u64(json_get(v, "over"), &u));
	assert_false(json_u64(json_get(v, "f"), &u));
	assert_true(json_text(json_get(v, "s"), s, sizeof s));
	assert_string_equal(s, "a\xc3\xa9\n");
	assert_false(json_text(json_get(v, "s"), s, 4));
	assert_true(json_text(json_get(v, "s"), s, 5));
	assert_true(json_is(json_get(v, "s"), "a\xc3\xa9\n"));
	assert_false(json_is(json_get(v, "s"), "a\xc3\xa9"));
	assert_false(json_is(json_get(v, "s"), "a\xc3\xa9\nx"));
	assert_false(json_text(json_get(v, "nul"), s, sizeof s));
	struct buf raw = BUF_INIT(16);
	assert_true(json_string_to(json_get(v, "nul"), &raw));
	assert_int_equal(raw.len, 3);
	assert_memory_equal(raw.data, "a\0b", 3);
	buf_fini(&raw);
	assert_true(json_bool(json_get(v, "b"), &b) && b);
	assert_false(json_bool(json_get(v, "n"), &b));
	assert_int_equal(json_get(v, "missing").type, JSON_NONE);
	assert_int_equal(json_get(json_get(v, "l"), "x").type, JSON_NONE);

	static const enum json_type types[] = { JSON_NUMBER, JSON_STRING, JSON_OBJECT, JSON_NULL };
	struct json_walk w = json_walk(json_get(v, "l"));
	for (size_t i = 0; i < N_OF(types); i++) {
		assert_true(json_next(&w, NULL, &e));
		assert_int_equal(e.type, types[i]);
	}
	assert_false(json_next(&w, NULL, &e));
}

static void unknown_members_are_named(void **state)
{
	static const char *const known[] = { "a", "b", NULL };
	struct json v;
	struct cloister_fault why = { 0 };
	(void)state;

	WANT_OK(json_read(bytes_text("{\"a\":1,\"c\":2}"), &v, &why), &why);
	assert_int_equal(json_only(v, known, "policy", &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "member \"c\" is not known");
	WANT_OK(json_read(bytes_text("{\"b\":1}"), &v, &why), &why);
	WANT_OK(json_only(v, known, "policy", &why), &why);
	WANT_OK(json_read(bytes_text("[]"), &v, &why), &why);
	assert_int_equal(json_only(v, known, "policy", &why), CLOISTER_E_MALFORMED);
}

static void writer_output_reads_back(void **state)
{
	struct buf b = BUF_INIT(4096);
	struct json_out w = json_out(&b);
	static const uint8_t raw[] = { 0xde, 0xad };
	struct json v;
	struct cloister_fault why = { 0 };
	(void)state;

	json_open(&w, NULL, '{');
	json_put_text(&w, "s", "q\"b\\n\n\x01\x7f");
	json_put_text(&w, "none", NULL);
	json_open(&w, "l", '[');
	json_put_u64(&w, NULL, UINT64_MAX);
	json_put_i64(&w, NULL, -5);
	json_put_bool(&w, NULL, false);
	json_open(&w, NULL, '{');
	json_close(&w, '}');
	json_close(&w, ']');
	json_put_hex(&w, "h", BYTES_OF(raw));
	json_put_raw(&w, "r", bytes_text("[1]"));
	json_close(&w, '}');
	assert_string_equal(buf_string(&b),
			    "{\"s\":\"q\\\"b\\\\n\\n\\u0001\\u007f\",\"none\":null,"
			    "\"l\":[18446744073709551615,-5,false,{}],\"h\":\"dead\",\"r\":[1]}");
	WANT_OK(json_read(buf_bytes(&b), &v, &why), &why);
	assert_true(json_is(json_get(v, "s"), "q\"b\\n\n\x01\x7f"));
	buf_fini(&b);
}

/* Bytes of any kind stay valid JSON, and nothing in it speaks to a terminal. */
static void loose_text_reads_back(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "Z\xc3\xbcrich\n", "\"Z\xc3\xbcrich\\n\"" },
		{ "caf\xe9", "\"caf\xef\xbf\xbd\"" },
		{ "\xff\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\033[2J\x7f", "\"\\u001b[2J\\u007f\"" },
		{ "\xc2\x9b" "2J\xc2\xa0\xc2", "\"\\u009b2J\xc2\xa0\xef\xbf\xbd\"" },
		{ "", "\"\"" },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf b = BUF_INIT(4096);
		struct json_out w = json_out(&b);
		struct cloister_fault why = { 0 };
		struct json v;

		json_put_loose(&w, NULL, bytes_text(rows[i].in));
		assert_string_equal(buf_string(&b), rows[i].out);
		WANT_OK(json_read(buf_bytes(&b), &v, &why), &why);
	}
}

/* Whichever key of many comes again, at the end, and however either is spelt. */
static void repeats_among_many(void **state)
{
	(void)state;
	for (unsigned again = 0; again < 300; again += 7) {
		for (unsigned spelling = 0; spelling < 4; spelling++) {
			struct buf b = BUF_INIT(1u << 16);
			struct json v;
			buf_byte(&b, '{');
			for (unsigned i = 0; i < 300; i++)
				buf_print(&b, "\"%s%u\":[{\"k0\":%u}],", i == again && (spelling & 1) ? "\\u006b" : "k", i, i);
			buf_print(&b, "\"%s%u\":0}", spelling & 2 ? "\\u006B" : "k", again);
			assert_int_equal(json_read(buf_bytes(&b), &v, NULL), CLOISTER_E_MALFORMED);
			b.data[b.len - 5 - (again > 9) - (again > 99)] = '_'; /* now it is another key */
			if (!(spelling & 2))
				assert_int_equal(json_read(buf_bytes(&b), &v, NULL), CLOISTER_OK);
			buf_fini(&b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(repeats_among_many),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(getters),
		cmocka_unit_test(unknown_members_are_named),
		cmocka_unit_test(writer_output_reads_back),
		cmocka_unit_test(loose_text_reads_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
