/* SPDX-License-Identifier: Apache-2.0 */
/* wire_test.c - frames: legal ones pass, each kind of illegal one is refused for its reason. */

#include "base/test.h"

#include "codec/wire.h"

static void whole_and_partial_frames(void **state)
{
	static const uint8_t two[] = { 0, 0, 0, 1, WIRE_HELLO, 1, 0, 0, 0, 0, WIRE_STARTED };
	struct cloister_fault why = { 0 };
	enum wire_type type = WIRE_LOG;
	struct bytes body;
	size_t used;
	(void)state;

	for (size_t cut = 0; cut < 6; cut++) {
		WANT_OK(wire_next(bytes_of(two, cut), WIRE_GUEST, &type, &body, &used, &why), &why);
		assert_int_equal(used, 0);
	}
	WANT_OK(wire_next(BYTES_OF(two), WIRE_GUEST, &type, &body, &used, &why), &why);
	assert_int_equal(used, 6);
	assert_int_equal(type, WIRE_HELLO);
	assert_int_equal(body.len, 1);
	WANT_OK(wire_next(bytes_of(two + 6, 5), WIRE_GUEST, &type, &body, &used, &why), &why);
	assert_int_equal(type, WIRE_STARTED);
	assert_int_equal(body.len, 0);
}

static const struct {
	const char *hex;
	enum wire_from from;
	const char *what;
} bad[] = {
	{ "0000000000", WIRE_GUEST, "wire.type" },     /* type 0 */
	{ "0000000107", WIRE_GUEST, "wire.type" },     /* unknown */
	{ "0000000413", WIRE_GUEST, "wire.type" },     /* the host's word from the guest */
	{ "0000000101", WIRE_HOST, "wire.type" },      /* and the other way round */
	{ "0000000001", WIRE_GUEST, "wire.length" },   /* HELLO too short */
	{ "0000000201", WIRE_GUEST, "wire.length" },   /* HELLO too long */
	{ "ffffffff03", WIRE_GUEST, "wire.length" },   /* LOG of 4 GiB */
	{ "0000800203", WIRE_GUEST, "wire.length" },   /* LOG one byte too long */
	{ "0000000005", WIRE_GUEST, "wire.length" },   /* FAULT without a sentence */
	{ "0000000311", WIRE_HOST, "wire.length" },    /* STOP too short */
};

static void illegal_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why = { 0 };
		enum wire_type type;
		struct bytes body;
		size_t len, used;
		uint8_t *frame = test_hex(bad[i].hex, &len);
		assert_int_equal(wire_next(bytes_of(frame, len), bad[i].from, &type, &body, &used, &why),
				 CLOISTER_E_PEER);
		assert_string_equal(why.what, bad[i].what);
		free(frame);
	}
}

static void attest_round_trip(void **state)
{
	static const uint8_t none[1];
	struct wire_attest a = { .id = 7, .nonce = bytes_text("nonce"), .user_data = { none, 0 } }, back;
	struct cloister_fault why = { 0 };
	uint8_t room[4096];
	struct bytes body;
	(void)state;

	WANT_OK(wire_attest_write(&a, room, sizeof room, &body, &why), &why);
	WANT_OK(wire_attest_read(body, &back, &why), &why);
	assert_int_equal(back.id, 7);
	assert_true(bytes_equal(back.nonce, a.nonce));
	assert_non_null(back.user_data.data);
	assert_int_equal(back.user_data.len, 0);
	assert_null(back.public_key.data);
	for (size_t cut = 0; cut < body.len; cut++)
		assert_int_equal(wire_attest_read(bytes_of(body.data, cut), &back, &why),
				 CLOISTER_E_MALFORMED);
	room[4] |= 8;
	assert_int_equal(wire_attest_read(body, &back, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "mask");
	a.nonce = bytes_of(room, 1025);
	assert_int_equal(wire_attest_write(&a, room, sizeof room, &body, &why), CLOISTER_E_LIMIT);
}

static void heads_obey_the_same_table(void **state)
{
	uint8_t head[WIRE_HEAD];
	struct cloister_fault why = { 0 };
	static const uint8_t want[] = { 0, 0, 0, 4, 17 };
	(void)state;

	WANT_OK(wire_head(WIRE_STOP, WIRE_HOST, 4, head, &why), &why);
	assert_memory_equal(head, want, sizeof want);
	assert_int_equal(wire_head(WIRE_STOP, WIRE_HOST, 5, head, &why), CLOISTER_E_PEER);
	assert_int_equal(wire_head(WIRE_STOP, WIRE_GUEST, 4, head, &why), CLOISTER_E_PEER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_partial_frames),
		cmocka_unit_test(illegal_frames),
		cmocka_unit_test(attest_round_trip),
		cmocka_unit_test(heads_obey_the_same_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
