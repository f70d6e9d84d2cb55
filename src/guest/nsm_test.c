/* SPDX-License-Identifier: Apache-2.0 */
/* nsm_test.c - requests byte by byte, answers good and bad, and the health test of the seed. */

#include "base/test.h"

#include "base/wr.h"
#include "codec/cbor.h"
#include "guest/nsm.h"

static void want_hex(struct bytes b, const char *hex)
{
	char text[512];

	assert_true(b.len < sizeof text / 2);
	hex_write(b, text);
	assert_string_equal(text, hex);
}

static void requests(void **state)
{
	static const uint8_t nonce[] = { 1, 2 }, empty[1];
	const struct nsm_fields fields = { .nonce = BYTES_OF(nonce), .user_data = bytes_of(empty, 0) };
	struct cloister_fault why = { 0 };
	uint8_t room[128];
	struct bytes b;
	(void)state;

	WANT_OK(nsm_ask_random(room, sizeof room, &b, &why), &why);
	want_hex(b, "6947657452616e646f6d");
	WANT_OK(nsm_ask_pcr(16, room, sizeof room, &b, &why), &why);
	want_hex(b, "a16b4465736372696265504352a165696e64657810");
	WANT_OK(nsm_ask_extend(31, BYTES_OF(nonce), room, sizeof room, &b, &why), &why);
	want_hex(b, "a169457874656e64504352a265696e646578181f6464617461420102");
	WANT_OK(nsm_ask_document(&fields, room, sizeof room, &b, &why), &why);
	want_hex(b, "a16b4174746573746174696f6ea369757365725f6461746140656e6f6e6365420102"
		    "6a7075626c69635f6b6579f6");
	assert_int_equal(nsm_ask_random(room, 9, &b, &why), CLOISTER_E_LIMIT);
}

static const struct {
	const char *hex;
	enum cloister_err err;
	const char *what, *note;
	size_t at;
} random_rows[] = {
	/* {"GetRandom": {"random": h'0102'}}, definite and indefinite */
	{ "a16947657452616e646f6da16672616e646f6d420102", CLOISTER_OK, NULL, NULL, 0 },
	{ "bf6947657452616e646f6dbf6672616e646f6d420102ffff", CLOISTER_OK, NULL, NULL, 0 },
	{ "a1654572726f726d496e7465726e616c4572726f72", CLOISTER_E_PEER, "nsm", "InternalError", CLOISTER_NOWHERE },
	{ "a16947657452616e646f6da16672616e646f6d40", CLOISTER_E_MALFORMED, "random", NULL, 19 },
	{ "a16947657452616e646f6da0", CLOISTER_E_MALFORMED, "random", NULL, 11 },
	{ "a16947657452616e646f6da1646461746141ff", CLOISTER_E_MALFORMED, "GetRandom", NULL, 12 },
	{ "a0", CLOISTER_E_MALFORMED, "answer", NULL, 1 },
	{ "", CLOISTER_E_MALFORMED, "answer", NULL, 0 },
	{ "a16947657452616e646f6da16672616e646f6d42010200", CLOISTER_E_MALFORMED, "answer", NULL, 22 },
	{ "a16b4465736372696265504352a0", CLOISTER_E_MALFORMED, "answer", NULL, 1 },
};

static void random_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(random_rows); i++) {
		struct cloister_fault why = { 0 };
		struct bytes value = BYTES_NONE;
		size_t len;
		uint8_t *b = test_hex(random_rows[i].hex, &len);
		enum cloister_err err = nsm_read_random(bytes_of(b, len), &value, &why);
		if (err != random_rows[i].err)
			fail_msg("row %zu: %s at %zu (%s)", i, why.what, why.at, why.note);
		if (err == CLOISTER_OK)
			want_hex(value, "0102");
		else if (strcmp(why.what, random_rows[i].what) != 0 || why.at != random_rows[i].at)
			fail_msg("row %zu: %s at %zu", i, why.what, why.at);
		if (random_rows[i].note)
			assert_string_equal(why.note, random_rows[i].note);
		free(b);
	}
}

static void pcr_answers(void **state)
{
	static const uint8_t good[] = "\xa1\x6b" "DescribePCR" "\xa2\x64" "lock" "\xf5\x64" "data" "\x42\1\2";
	static const uint8_t half[] = "\xa1\x6b" "DescribePCR" "\xa1\x64" "lock" "\xf5";
	struct cloister_fault why = { 0 };
	struct bytes value;
	bool locked = false;
	(void)state;

	WANT_OK(nsm_read_pcr(bytes_of(good, sizeof good - 1), &value, &locked, &why), &why);
	assert_true(locked);
	want_hex(value, "0102");
	assert_int_equal(nsm_read_pcr(bytes_of(half, sizeof half - 1), &value, &locked, &why),
			 CLOISTER_E_MALFORMED);
	for (size_t cut = 0; cut < sizeof good - 1; cut++)
		assert_int_not_equal(nsm_read_pcr(bytes_of(good, cut), &value, &locked, &why), CLOISTER_OK);
}

/* A document with the members that the guest looks at; `time` 0 leaves it out. */
static size_t document(uint8_t *room, size_t room_len, uint64_t time)
{
	static const uint8_t pcr[48] = { 7 };
	uint8_t payload[512];
	struct wr p = wr_open(payload, sizeof payload);
	struct wr w = wr_open(room, room_len);
	struct cloister_fault why = { 0 };
	struct bytes out;

	cbor_put_map(&p, time ? 3 : 2);
	cbor_put_text(&p, "module_id");
	cbor_put_text(&p, "i-1-enc2");
	if (time) {
		cbor_put_text(&p, "timestamp");
		cbor_put_uint(&p, time);
	}
	cbor_put_text(&p, "pcrs");
	cbor_put_map(&p, 1);
	cbor_put_uint(&p, 3);
	cbor_put_bstr(&p, BYTES_OF(pcr));
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, bytes_of(payload, p.len));
	cbor_put_bstr(&w, BYTES_OF(pcr));
	WANT_OK(wr_close(&w, "document", &out, &why), &why);
	return out.len;
}

static void identities(void **state)
{
	struct cloister_fault why = { 0 };
	struct nsm_identity id;
	uint8_t room[1024];
	(void)state;

	size_t len = document(room, sizeof room, 1700000000123);
	WANT_OK(nsm_document_identity(bytes_of(room, len), &id, &why), &why);
	assert_true(bytes_are(id.module_id, "i-1-enc2"));
	assert_int_equal(id.unix_ms, 1700000000123);
	assert_int_equal(id.pcrs[3].len, 48);
	assert_int_equal(id.pcrs[0].len, 0);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_not_equal(nsm_document_identity(bytes_of(room, cut), &id, &why), CLOISTER_OK);
	len = document(room, sizeof room, 0);
	assert_int_equal(nsm_document_identity(bytes_of(room, len), &id, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "timestamp");
	/* A time that no clock can hold is refused before it is set. */
	len = document(room, sizeof room, UINT64_MAX);
	assert_int_equal(nsm_document_identity(bytes_of(room, len), &id, &why), CLOISTER_E_MALFORMED);
}

static void seeds(void **state)
{
	uint8_t a[64], b[64], same[64], zero[64] = { 0 };
	struct cloister_fault why = { 0 };
	(void)state;

	memset(same, 0xa5, sizeof same);
	for (size_t i = 0; i < sizeof a; i++) {
		a[i] = (uint8_t)(i * 7);
		b[i] = (uint8_t)(i * 11 + 1);
	}
	WANT_OK(nsm_seed_check(BYTES_OF(a), BYTES_OF(b), &why), &why);
	const struct {
		struct bytes first, second;
	} bad[] = {
		{ BYTES_OF(a), BYTES_OF(a) },	 { BYTES_OF(zero), BYTES_OF(b) },
		{ BYTES_OF(a), BYTES_OF(same) }, { bytes_of(a, 31), BYTES_OF(b) },
		{ BYTES_OF(a), bytes_of(b, 31) }, { BYTES_NONE, BYTES_NONE },
		{ BYTES_OF(a), bytes_of(a, 32) },
	};
	for (size_t i = 0; i < N_OF(bad); i++) {
		assert_int_equal(nsm_seed_check(bad[i].first, bad[i].second, &why), CLOISTER_E_PEER);
		assert_string_equal(why.what, "entropy");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),    cmocka_unit_test(random_answers),
		cmocka_unit_test(pcr_answers), cmocka_unit_test(identities),
		cmocka_unit_test(seeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
