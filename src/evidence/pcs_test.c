/* SPDX-License-Identifier: Apache-2.0 */
/* pcs_test.c - values, levels and lists of Intel's statements, each at its bound and one beyond. */

#include "base/test.h"
#include "base/mem.h"
#include "evidence/pcs.h"

static struct json json_of(const char *text)
{
	struct cloister_fault why;
	struct json v;

	WANT_OK(json_read(bytes_text(text), &v, &why), &why);
	return v;
}

static void numbers_have_a_ceiling(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
	} rows[] = {
		{ "0", 0, true },      { "1", 0, false },	{ "255", 255, true }, { "256", 255, false },
		{ "\"1\"", 9, false }, { "1.0", 9, false },	{ "1e0", 9, false },  { "-1", 9, false },
		{ "null", 9, false },  { "4294967296", UINT64_MAX, true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		uint64_t n = 77;
		enum cloister_err err = pcs_number(json_of(rows[i].text), "x", rows[i].max, &n, &why);
		assert_int_equal(err, rows[i].good ? CLOISTER_OK : CLOISTER_E_MALFORMED);
		if (err)
			assert_int_equal(n, 77);
	}
}

static void digits_are_as_many_as_due(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "\"00fF\"", true },    { "\"00f\"", false }, { "\"00fF0\"", false }, { "\"00fF00\"", false },
		{ "\"00fG\"", false },   { "12345", false },	{ "\"\"", false },      { "[0,0,\"\"]", false },
		{ "123456", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		uint8_t out[2];
		enum cloister_err err = pcs_hex(json_of(rows[i].text), "x", out, sizeof out, &why);
		assert_int_equal(err, rows[i].good ? CLOISTER_OK : CLOISTER_E_MALFORMED);
		if (err)
			assert_string_equal(why.what, "x");
		else
			assert_memory_equal(out, "\x00\xff", 2);
	}
	struct cloister_fault why;
	uint8_t out[2];
	assert_int_not_equal(pcs_hex(json_of("\"0\""), "x", out, sizeof out, &why), CLOISTER_OK);
	assert_string_equal(why.note, "not a string of 4 digits");
}

static void dates_have_one_spelling(void **state)
{
	static const struct {
		const char *text;
		uint64_t unix_s; /* 0: it is none */
	} rows[] = {
		{ "\"2025-05-27T19:31:43Z\"", 1748374303 },    { "\"2025-05-27t19:31:43Z\"", 0 },
		{ "\"2025-05-27T19:31:43z\"", 0 },		{ "\"2025-05-27 19:31:43Z\"", 0 },
		{ "\"2025-05-27T19:31:43+00:00\"", 0 },	{ "\"2025-05-27T19:31:43.0Z\"", 0 },
		{ "\"2025-05-27T19:31Z\"", 0 },		{ "\"2025-05-27\"", 0 },
		{ "\"2025-13-27T19:31:43Z\"", 0 },		{ "\"2025-05-27T19:31:43\"", 0 },
		{ "1748374303", 0 },				{ "\"\"", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		uint64_t unix_s = 77;
		enum cloister_err err = pcs_date(json_of(rows[i].text), "x", &unix_s, &why);
		assert_int_equal(err, rows[i].unix_s ? CLOISTER_OK : CLOISTER_E_MALFORMED);
		assert_int_equal(unix_s, rows[i].unix_s ? rows[i].unix_s : 77);
	}
}

/* ---- levels ---- */

static enum cloister_err level(const char *advisories, struct pcs_level *out, struct cloister_fault *why)
{
	struct buf text = BUF_INIT(1u << 16);
	struct json tcb, v;

	buf_print(&text, "{\"tcb\":{},\"tcbDate\":\"2025-05-27T19:31:43Z\",\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":%s}",
		  advisories);
	assert_int_equal(json_read(buf_bytes(&text), &v, why), CLOISTER_OK);
	enum cloister_err err = pcs_level_read(v, 1u << TCB_OUT_OF_DATE, out, &tcb, why);
	if (!err)
		assert_int_equal(tcb.type, JSON_OBJECT);
	buf_fini(&text);
	return err;
}

#define A62 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void advisories_are_names(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "[\"INTEL-SA-00001\"]", true }, { "[]", true },		 { "[\"!\",\"~\"]", true },
		{ "[\"a b\"]", false },		 { "[\" \"]", false },	 { "[\"a\x7f\"]", false },
		{ "[\"a\xc3\xa4\"]", false },	 { "[\"a,b\"]", false },	 { "[\"\"]", false },
		{ "[\"\\u0041\"]", false },	 { "[\"\\/\"]", false },	 { "[7]", false },
		{ "[\"a\",null]", false },	 { "{}", false },	 { "\"a\"", false },
		{ "null", false },		 { "{\"a\":\"b\"}", false },
		{ "[\"" A62 "64\"]", true },	 { "[\"" A62 "065\"]", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		struct pcs_level l;
		enum cloister_err err = level(rows[i].text, &l, &why);
		if ((err == CLOISTER_OK) != rows[i].good || (err && strcmp(why.what, "advisoryIDs") != 0))
			fail_msg("%s: %s", rows[i].text, err ? why.what : "accepted");
		assert_true(err || (l.status == TCB_OUT_OF_DATE && l.date_s == 1748374303 &&
				    l.advisories.type == JSON_ARRAY));
	}
}

static void advisories_have_a_ceiling(void **state)
{
	(void)state;
	for (size_t n = LIMIT_ADVISORIES; n <= LIMIT_ADVISORIES + 1; n++) {
		struct buf list = BUF_INIT(1u << 14);
		struct cloister_fault why;
		struct pcs_level l;
		for (size_t i = 0; i < n; i++)
			buf_print(&list, "%s\"A%zu\"", i ? "," : "[", i);
		buf_text(&list, "]");
		buf_byte(&list, 0);
		enum cloister_err err = level((const char *)list.data, &l, &why);
		assert_int_equal(err, n > LIMIT_ADVISORIES ? CLOISTER_E_MALFORMED : CLOISTER_OK);
		if (err)
			assert_string_equal(why.note, "entry 129 is no name of 1 to 64 characters, or one too many");
		buf_fini(&list);
	}
}

/* Each status is one of those that are allowed, spelt as Intel spells it. */
static void statuses_are_allowed_one_by_one(void **state)
{
	(void)state;
	for (unsigned is = 0; is < TCB_STATUS_COUNT; is++)
		for (unsigned allowed = 0; allowed < TCB_STATUS_COUNT; allowed++) {
			struct buf text = BUF_INIT(1u << 10);
			struct cloister_fault why;
			struct pcs_level l;
			struct json tcb, v;
			buf_print(&text, "{\"tcb\":{},\"tcbDate\":\"2025-05-27T19:31:43Z\",\"tcbStatus\":\"%s\"}",
				  tcb_status_name(is));
			assert_int_equal(json_read(buf_bytes(&text), &v, &why), CLOISTER_OK);
			enum cloister_err err = pcs_level_read(v, 1u << allowed, &l, &tcb, &why);
			assert_int_equal(err == CLOISTER_OK, is == allowed);
			if (err)
				assert_string_equal(why.what, "tcbStatus");
			else
				assert_int_equal(l.status, is);
			buf_fini(&text);
		}
}

static enum cloister_err isv_levels(unsigned n, unsigned first, const char *status, size_t room, size_t *n_out,
				    struct cloister_fault *why)
{
	static struct pcs_isv_level out[8];
	struct buf text = BUF_INIT(1u << 14);
	struct json v;

	buf_text(&text, "[");
	for (unsigned i = 0; i < n; i++)
		buf_print(&text, "%s{\"tcb\":{\"isvsvn\":%u},\"tcbDate\":\"2025-05-27T19:31:43Z\",\"tcbStatus\":\"%s\"}",
			  i ? "," : "", first + i, status);
	buf_text(&text, "]");
	assert_int_equal(json_read(buf_bytes(&text), &v, why), CLOISTER_OK);
	enum cloister_err err = pcs_isv_levels_read(v, out, room, n_out, why);
	buf_fini(&text);
	return err;
}

static void isv_levels_are_as_many_as_there_is_room_for(void **state)
{
	struct cloister_fault why;
	size_t n;

	(void)state;
	WANT_OK(isv_levels(8, 65528, "UpToDate", 8, &n, &why), &why); /* to 65535 */
	assert_int_equal(n, 8);
	assert_int_equal(isv_levels(8, 0, "Revoked", 7, &n, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "tcbLevels");
	assert_int_equal(isv_levels(1, 0, "Revoked", 0, &n, &why), CLOISTER_E_LIMIT);
	assert_int_equal(isv_levels(0, 0, "Revoked", 8, &n, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "an empty list of levels");
	assert_int_equal(isv_levels(8, 65529, "UpToDate", 8, &n, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "isvsvn");
	for (unsigned s = 0; s < TCB_STATUS_COUNT; s++) {
		bool due = s == TCB_UP_TO_DATE || s == TCB_OUT_OF_DATE || s == TCB_REVOKED;
		assert_int_equal(isv_levels(1, 1, tcb_status_name(s), 8, &n, &why) == CLOISTER_OK, due);
	}
}

/* A status twice is another level; the number is what may stand once. */
static void isv_levels_are_of_different_numbers(void **state)
{
	static const char one[] = "{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2025-05-27T19:31:43Z\",\"tcbStatus\":\"UpToDate\"}",
			  two[] = "{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2025-05-27T19:31:43Z\",\"tcbStatus\":\"UpToDate\"}";
	const char *const lists[][3] = { { one, one, two }, { one, two, one }, { two, one, one } };

	(void)state;
	for (size_t i = 0; i < N_OF(lists); i++) {
		struct buf text = BUF_INIT(1u << 12);
		struct pcs_isv_level out[3];
		struct cloister_fault why;
		size_t n;
		buf_print(&text, "[%s,%s,%s]", lists[i][0], lists[i][1], lists[i][2]);
		buf_byte(&text, 0);
		assert_int_equal(pcs_isv_levels_read(json_of((const char *)text.data), out, 3, &n, &why), CLOISTER_E_MALFORMED);
		assert_string_equal(why.note, "two levels for isvsvn 3");
		buf_fini(&text);
	}
	struct pcs_isv_level out[3];
	struct cloister_fault why;
	size_t n;
	assert_int_equal(pcs_isv_levels_read(json_of("{}"), out, 3, &n, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "no list of levels");
}

/* ---- the envelope ---- */

#define SIGNATURE                                                          \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
	"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

static void envelopes_have_a_size(void **state)
{
	(void)state;
	for (size_t len = LIMIT_PCS_JSON; len <= LIMIT_PCS_JSON + 1; len++) {
		struct buf doc = BUF_INIT(LIMIT_PCS_JSON + 1);
		struct cloister_fault why;
		struct pcs_signed s;
		buf_text(&doc, "{\"x\":{},\"signature\":\"" SIGNATURE "\"}");
		while (doc.len < len)
			buf_byte(&doc, ' ');
		enum cloister_err err = pcs_signed_read(buf_bytes(&doc), "x", &s, &why);
		assert_int_equal(err, len > LIMIT_PCS_JSON ? CLOISTER_E_LIMIT : CLOISTER_OK);
		if (err)
			assert_string_equal(why.note, "65537 bytes, at most 65536 are accepted");
		else
			assert_true(bytes_are(s.body, "{}") && s.sig[63] == 0x3f);
		buf_fini(&doc);
	}
	struct cloister_fault why;
	struct pcs_signed s;
	assert_int_equal(pcs_signed_read(bytes_text("{\"x\":[],\"signature\":\"" SIGNATURE "\"}"), "x", &s, &why),
			 CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "no such object in the document");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_a_ceiling),
		cmocka_unit_test(digits_are_as_many_as_due),
		cmocka_unit_test(dates_have_one_spelling),
		cmocka_unit_test(advisories_are_names),
		cmocka_unit_test(advisories_have_a_ceiling),
		cmocka_unit_test(statuses_are_allowed_one_by_one),
		cmocka_unit_test(isv_levels_are_as_many_as_there_is_room_for),
		cmocka_unit_test(isv_levels_are_of_different_numbers),
		cmocka_unit_test(envelopes_have_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
