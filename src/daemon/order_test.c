/* SPDX-License-Identifier: Apache-2.0 */
/* order_test.c - every message there and back, every prefix refused, and rows of what neither side may say. */

#include "daemon/order.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/test.h"

static uint8_t room[ORDER_MAX];

/* Something for every field; of each message only its own arrive. */
static struct order full(enum order_type type)
{
	static const uint8_t hash[32] = { 1, 2, 3 };
	struct order m = { .type = type, .id = 7 };

#define F(field, kind, min, max) SET_##kind(m.field, max)
#define SET_NAME(to, max) to = bytes_text("enc_1-a.b");
#define SET_TEXT(to, max) to = bytes_text("{}");
#define SET_JSON(to, max) to = bytes_text("{}");
#define SET_BYTES(to, max) to = bytes_of(hash, (max) < 32 ? (max) : 32);
#define SET_U32(to, max) to = (max) ? (max) : UINT32_MAX;
#define SET_U64(to, max) to = UINT64_MAX - 1;
	ORDER_FIELDS(F)
#undef F
	return m;
}

static bool same(struct bytes a, struct bytes b)
{
	return a.len == b.len && mem_same(a.data, b.data, a.len);
}

static const struct {
	enum order_type type;
	enum order_from from;
} all[] = {
#define M(id, wire, from, ...) { ORDER_##id, from },
	ORDER_MESSAGES(M)
#undef M
};

static void there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(all); i++) {
		struct order m = full(all[i].type), got = { 0 };
		struct cloister_fault why;
		struct bytes text;

		WANT_OK(order_write(&m, all[i].from, room, &text, &why), &why);
		WANT_OK(order_read(text, all[i].from, &got, &why), &why);
		assert_true(got.type == m.type && got.id == m.id);
		/* What it has is what was said; what it has not is zero. */
		assert_true(!got.name.data || same(got.name, m.name));
		assert_true(!got.image.data || same(got.image, m.image));
		assert_true(!got.settings.data || same(got.settings, m.settings));
		assert_true(got.memory == 0 || got.memory == m.memory);
		assert_true(got.seq == 0 || got.seq == m.seq);
		/* The other side may not say it; nor may anybody say less, or more. */
		enum order_from other = all[i].from == ORDER_SERVER ? ORDER_LAUNCHER : ORDER_SERVER;
		assert_int_equal(order_read(text, other, &got, &why), CLOISTER_E_UNSUPPORTED);
		for (size_t len = 0; len < text.len; len++)
			if (order_read(bytes_of(text.data, len), all[i].from, &got, &why) == CLOISTER_OK)
				fail_msg("%s: %zu of %zu bytes", order_name(all[i].type), len, text.len);
		room[text.len] = 0;
		assert_int_equal(order_read(bytes_of(room, text.len + 1), all[i].from, &got, &why),
				 CLOISTER_E_MALFORMED);
		assert_string_not_equal(order_name(all[i].type), "nothing");
	}
	assert_string_equal(order_name(ORDER_NONE), "nothing");
}

static void fields_arrive(void **state)
{
	(void)state;
	struct order m = full(ORDER_START), got;
	struct cloister_fault why;
	struct bytes text;

	WANT_OK(order_write(&m, ORDER_SERVER, room, &text, &why), &why);
	WANT_OK(order_read(text, ORDER_SERVER, &got, &why), &why);
	assert_true(same(got.name, m.name) && same(got.image, m.image) && same(got.ports, m.ports));
	assert_true(got.memory == UINT32_MAX && got.cpus == UINT32_MAX && got.debug == 1);
	assert_null(got.settings.data);
	/* A view of the message, not of what it was made from. */
	assert_true(got.name.data > room && got.name.data < room + sizeof room);
}

/* One field of a message that would be good without it. */
static void what_may_not_be_said(void **state)
{
	(void)state;
	static char text[ORDER_MAX + 1];
	static const struct {
		const char *what;
		enum order_type type;
		size_t at; /* of the field in struct order */
		const char *text;
		size_t len;
	} rows[] = {
#define ROW(type, field, literal) { #type "." #field, ORDER_##type, offsetof(struct order, field), literal, sizeof literal - 1 }
		ROW(STOP, name, ""),
		ROW(STOP, name, "../root"),
		ROW(STOP, name, ".hidden"),
		ROW(STOP, name, "-rf"),
		ROW(STOP, name, "Upper"),
		ROW(STOP, name, "a/b"),
		ROW(STOP, name, "a b"),
		ROW(STOP, name, "a\0b"),
		ROW(STOP, name, "a23456789012345678901234567890123456789012345678901234567890abcd"),
		ROW(BUILD, reference, ""),
		ROW(BUILD, reference, "nginx\n"),
		ROW(BUILD, reference, "ngi\0nx"),
		ROW(BUILD, reference, "ngi\xc3nx"),
		ROW(BUILD, reference, "nginx\x7f"),
		ROW(BUILD, settings, "{"),
		ROW(BUILD, settings, "[]"),
		ROW(BUILD, settings, "{} x"),
		ROW(BUILD, settings, "{\"a\":1,\"a\":2}"),
		ROW(START, image, "short"),
		ROW(START, image, "012345678901234567890123456789012"),
		ROW(SEAL, plain, ""),
#undef ROW
	};
	static const struct {
		enum order_type type;
		size_t at, len;
		char c;
	} longest[] = {
#define ROW(type, field, len, c) { ORDER_##type, offsetof(struct order, field), len, c }
		ROW(STOP, name, 63, 'a'),	    ROW(BUILD, reference, 1024, 'r'),
		ROW(BUILD, sealed, 4096, 0),	    ROW(START, ports, 1024, '1'),
		ROW(ATTEST, nonce, 1024, 0),	    ROW(ATTEST, user_data, 1024, 0),
		ROW(SEAL, plain, 1024, 0),
#undef ROW
	};
	struct bytes out;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct order m = full(rows[i].type);
		*(struct bytes *)((uint8_t *)&m + rows[i].at) = bytes_of(rows[i].text, rows[i].len);
		enum cloister_err err = order_write(&m, ORDER_SERVER, room, &out, NULL);
		if (err != CLOISTER_E_MALFORMED)
			fail_msg("%s, row %zu: %s", rows[i].what, i, cloister_err_name(err));
	}
	for (size_t i = 0; i < N_OF(longest); i++) {
		struct order m = full(longest[i].type);
		struct bytes *b = (struct bytes *)((uint8_t *)&m + longest[i].at);
		memset(text, longest[i].c, sizeof text);
		*b = bytes_of(text, longest[i].len);
		assert_int_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_OK);
		*b = bytes_of(text, longest[i].len + 1);
		assert_int_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_E_MALFORMED);
		*b = bytes_of(text, sizeof text);
		assert_int_not_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_OK);
	}
	memset(text, ' ', sizeof text);
	text[0] = '{', text[32767] = '}';
	struct order m = full(ORDER_BUILD);
	m.settings = bytes_of(text, 32768);
	assert_int_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_OK);
	m.settings = bytes_of(text, 32769);
	assert_int_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_E_MALFORMED);
	m = full(ORDER_START);
	m.debug = 2;
	assert_int_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_E_MALFORMED);
	m = full(ORDER_LIST);
	m.id = 0;
	assert_int_equal(order_write(&m, ORDER_SERVER, room, &out, NULL), CLOISTER_E_MALFORMED);
	m = full(ORDER_RECORD);
	m.id = 0; /* the launcher speaks unasked */
	assert_int_equal(order_write(&m, ORDER_LAUNCHER, room, &out, NULL), CLOISTER_OK);
	m.type = ORDER_NONE;
	assert_int_equal(order_write(&m, ORDER_LAUNCHER, room, &out, NULL), CLOISTER_E_UNSUPPORTED);
}

/* A length that lies about what follows. */
static void lengths_that_lie(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint8_t bytes[16];
		size_t len;
		enum cloister_err err;
	} rows[] = {
		{ "nothing", { 0 }, 0, CLOISTER_E_MALFORMED },
		{ "no type", { 0, 0, 0, 0, 1 }, 5, CLOISTER_E_UNSUPPORTED },
		{ "an unknown type", { 13, 0, 0, 0, 1 }, 5, CLOISTER_E_UNSUPPORTED },
		{ "the last type", { 255, 0, 0, 0, 1 }, 5, CLOISTER_E_UNSUPPORTED },
		{ "more than there is", { ORDER_PAUSE, 0, 0, 0, 1, 0, 0, 0, 2, 'a' }, 10, CLOISTER_E_MALFORMED },
		{ "four GiB", { ORDER_PAUSE, 0, 0, 0, 1, 255, 255, 255, 255, 'a' }, 10, CLOISTER_E_MALFORMED },
		{ "less than there is", { ORDER_PAUSE, 0, 0, 0, 1, 0, 0, 0, 1, 'a', 'b' }, 11, CLOISTER_E_MALFORMED },
		{ "all of it", { ORDER_PAUSE, 0, 0, 0, 1, 0, 0, 0, 2, 'a', 'b' }, 11, CLOISTER_OK },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct order got = { .id = 99 };
		enum cloister_err err = order_read(bytes_of(rows[i].bytes, rows[i].len), ORDER_SERVER, &got, NULL);
		if (err != rows[i].err)
			fail_msg("%s: %s", rows[i].what, cloister_err_name(err));
		assert_int_equal(got.id, err == CLOISTER_OK ? 1 : 99); /* untouched unless it held */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(fields_arrive),
		cmocka_unit_test(what_may_not_be_said),
		cmocka_unit_test(lengths_that_lie),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
