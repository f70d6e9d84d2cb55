/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap_test.c - text to bytes at every border of the alphabets; what may lie beside evidence, and what may not. */

#include "base/test.h"

#include <stdio.h>

#include "evidence/snp_table.h"
#include "evidence/tpm.h"
#include "evidence/unwrap.h"

static const struct {
	const char *text, *hex; /* hex NULL: refused … */
	const char *says;       /* … with this */
	size_t at;
} texts[] = {
	{ "00ff", "00ff", NULL, 0 },
	{ " \t00\r\nff ", "00ff", NULL, 0 },
	{ "0x00FF", "00ff", NULL, 0 },
	{ "0X09afAF", "09afaf", NULL, 0 },
	{ "0x 0 0", "00", NULL, 0 },
	{ "0F", "0f", NULL, 0 },
	{ "0A", "0a", NULL, 0 },
	{ "0f", "0f", NULL, 0 },
	/* one letter further it is base64 */
	{ "0g", "d2", NULL, 0 },
	{ "0Q", "d1", NULL, 0 },
	{ "AAAG", "000006", NULL, 0 },
	{ "AAA", "0000", NULL, 0 }, /* as it is with an odd number of digits */
	{ "AAA=", "0000", NULL, 0 },
	{ "A\nAA =", "0000", NULL, 0 },
	{ "AA==", "00", NULL, 0 },
	{ "1x00", "d71d34", NULL, 0 },
	{ "+A/A", "f80fc0", NULL, 0 },
	{ "-A_A", "f80fc0", NULL, 0 },
	{ "", NULL, "neither hexadecimal digits nor base64", 0 },
	{ " \n", NULL, "neither hexadecimal digits nor base64", 0 },
	{ "+A-A", NULL, "neither hexadecimal digits nor base64", 0 },
	{ "/A-A", NULL, "neither hexadecimal digits nor base64", 0 },
	{ "+A_A", NULL, "neither hexadecimal digits nor base64", 0 },
	{ "/A_A", NULL, "neither hexadecimal digits nor base64", 0 },
	{ "0x1", NULL, "not a whole number of hexadecimal bytes", 2 },
	{ "0xzz", NULL, "not a whole number of hexadecimal bytes", 2 },
	{ "AA=", NULL, "base64", 2 },
	{ "A===", NULL, "base64", 1 },
	{ "0x", NULL, "unused bits are set", 0 }, /* of base64, which it is without a digit behind it */
	{ "=", NULL, "", 0 },
	{ "0", NULL, "", 0 },
	{ "0:", NULL, "base64", 1 },
	{ "0@", NULL, "base64", 1 },
	{ "0`", NULL, "base64", 1 },
};

static void text_becomes_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		own(buf_fini) struct buf store = unwrap_store(16);
		struct bytes out = bytes_text("untouched");
		struct cloister_fault why = { 0 };
		char hex[64] = "";
		enum cloister_err err = unwrap_text(&store, bytes_text(texts[i].text), &out, &why);
		if (texts[i].hex) {
			hex_write(out, hex);
			if (err != CLOISTER_OK || strcmp(hex, texts[i].hex) != 0)
				fail_msg("`%s`: %s %s", texts[i].text, hex, err ? why.note : "");
			assert_int_equal(store.len, out.len);
			continue;
		}
		if (err != CLOISTER_E_MALFORMED || !strstr(why.note, texts[i].says) || (*texts[i].says && why.at != texts[i].at))
			fail_msg("`%s`: %zu: %s", texts[i].text, why.at, why.note);
		assert_true(bytes_are(out, "untouched"));
		assert_int_equal(store.len, 0); /* and nothing of it stays in the store */
	}
}

static void a_store_is_used_up_once(void **state)
{
	own(buf_fini) struct buf store = unwrap_store(10);
	struct cloister_fault why = { 0 };
	uint8_t *first, *second, *third = NULL;
	(void)state;

	WANT_OK(unwrap_room(&store, 40, &first, &why), &why);
	memset(first, 1, 40);
	WANT_OK(unwrap_room(&store, store.max - 40, &second, &why), &why);
	assert_ptr_equal(second, first + 40); /* what was handed out stays where it is */
	assert_int_equal(unwrap_room(&store, 1, &third, &why), CLOISTER_E_LIMIT);
	assert_int_equal(unwrap_room(&store, SIZE_MAX, &third, &why), CLOISTER_E_LIMIT);
	assert_null(third);
	WANT_OK(unwrap_room(&store, 0, &third, &why), &why);
}

static void text_is_recognised(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		uint8_t byte = (uint8_t)c;
		bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
		assert_int_equal(unwrap_is_text(bytes_of(&byte, 1)), (c >= 0x20 && c <= 0x7e) || is_space);
		assert_int_equal(unwrap_trim(bytes_of(&byte, 1)).len, !is_space);
	}
	assert_true(bytes_are(unwrap_trim(bytes_text("\n\t a b\r ")), "a b"));
	assert_int_equal(unwrap_trim(bytes_of(NULL, 0)).len, 0);
}

/* A value, and what becomes of it. */
static enum cloister_err value_of(const char *text, struct buf *store, struct bytes *out, struct cloister_fault *why)
{
	struct json v;

	WANT_OK(json_read(bytes_text(text), &v, why), why);
	return unwrap_value(store, v, out, why);
}

static void values_become_bytes(void **state)
{
	static const char *const bad[] = { "7", "true", "{}", "[256]", "[1,-1]", "[\"1\"]", "\"\"", "[1.5]" };
	own(buf_fini) struct buf store = unwrap_store(100);
	struct cloister_fault why = { 0 };
	struct bytes out;
	(void)state;

	WANT_OK(value_of("[0,255]", &store, &out, &why), &why);
	assert_true(bytes_equal(out, bytes_of("\0\xff", 2)));
	WANT_OK(value_of("[]", &store, &out, &why), &why);
	assert_int_equal(out.len, 0);
	WANT_OK(value_of("\"00\\u0066f\"", &store, &out, &why), &why);
	assert_true(bytes_equal(out, bytes_of("\0\xff", 2)));
	for (size_t i = 0; i < N_OF(bad); i++) {
		out = BYTES_NONE;
		assert_int_equal(value_of(bad[i], &store, &out, &why), CLOISTER_E_MALFORMED);
		assert_null(out.data);
	}
}

static void strings_are_views(void **state)
{
	own(buf_fini) struct buf store = unwrap_store(100);
	struct bytes text = bytes_text("\"as it is\""), escaped = bytes_text("\"a\\nb\""), out;
	struct cloister_fault why = { 0 };
	struct json v;
	(void)state;

	WANT_OK(json_read(text, &v, &why), &why);
	WANT_OK(unwrap_string(&store, v, &out, &why), &why);
	assert_ptr_equal(out.data, text.data + 1);
	assert_int_equal(store.len, 0);
	WANT_OK(json_read(escaped, &v, &why), &why);
	WANT_OK(unwrap_string(&store, v, &out, &why), &why);
	assert_true(bytes_are(out, "a\nb"));
	WANT_OK(json_read(bytes_text("7"), &v, &why), &why);
	assert_int_equal(unwrap_string(&store, v, &out, &why), CLOISTER_E_MALFORMED);
}

/* ---- Beside the evidence ------------------------------------------------------------ */

#define CERT "MAMCAQc=" /* 30 03 02 01 07 */

static const struct {
	const char *members; /* beside "outblob" */
	size_t n;
	const char *says; /* NULL: n items are given */
} besides[] = {
	{ "\"vcek\":\"" CERT "\"", 1, NULL },
	{ "\"vcek\":[48,3,2,1,7]", 1, NULL },
	{ "\"vcek\":[\"" CERT "\",\"30030201 08\"]", 2, NULL },
	{ "\"vcek\":[[48,3,2,1,7],\"" CERT "\"]", 2, NULL },
	{ "\"vcek\":[]", 0, NULL },
	{ "\"vcek\":null", 0, NULL },
	{ "\"collateral\":[\"{\\\"keys\\\":[]}\"]", 1, NULL },
	{ "\"collateral\":[{\"keys\":[]}]", 1, NULL },
	{ "\"certificateChain\":{\"a\":\"" CERT "\",\"b\":7,\"c\":\"" CERT "\"}", 2, NULL },
	{ "\"auxblob\":\"\"", 0, NULL },
	{ "\"vcek\":\" \"", 0, "neither hexadecimal digits nor base64" },
	{ "\"auxblob\":77", 0, "a string or an array of bytes is due" },
	{ "\"tpm_quote\":[]", 0, "an object is due" },
	{ "\"event_log\":\"[]\",\"cc_eventlog\":\"[]\"", 0, "there are two" },
};

static enum cloister_err open_beside(const char *members, struct evidence *e, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(1u << 16);
	struct bytes inner;
	uint32_t kinds;

	buf_print(&text, "{\"outblob\":\"00\",%s}", members);
	assert_false(text.failed);
	*e = (struct evidence){ .scratch = unwrap_store(text.len) };
	return unwrap_json(buf_bytes(&text), e, &inner, &kinds, why);
}

static void what_lies_beside_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(besides); i++) {
		struct cloister_fault why = { 0 };
		struct evidence e;
		enum cloister_err err = open_beside(besides[i].members, &e, &why);
		if (!besides[i].says && (err != CLOISTER_OK || e.given.n != besides[i].n))
			fail_msg("%s: %zu: %s", besides[i].members, e.given.n, err ? why.note : "");
		if (besides[i].says && (err != CLOISTER_E_MALFORMED || !strstr(why.note, besides[i].says)))
			fail_msg("%s: %s", besides[i].members, err ? why.note : "accepted");
		if (besides[i].says)
			assert_int_equal(why.at == 0 || why.at == CLOISTER_NOWHERE, true);
		evidence_fini(&e);
	}
}

/* 24 registers, in a list and in nothing else. */
static void registers_are_a_list(void **state)
{
	(void)state;
	for (int how = 0; how < 5; how++) { /* good; 23; 25; an object; the last too long */
		own(buf_fini) struct buf text = BUF_INIT(1u << 14);
		struct cloister_fault why = { 0 };
		struct evidence e;
		unsigned n = how == 1 ? 23 : how == 2 ? 25 : 24;
		buf_print(&text, "\"tpm_quote\":{\"message\":\"01\",\"signature\":\"02\",\"pcrs\":%c", how == 3 ? '{' : '[');
		for (unsigned i = 0; i < n; i++) {
			buf_text(&text, i ? "," : "");
			if (how == 3)
				buf_print(&text, "\"%u\":", i);
			buf_print(&text, "\"%064x%s\"", i + 1, how == 4 && i == 23 ? "00" : "");
		}
		buf_print(&text, "%c}", how == 3 ? '}' : ']');
		enum cloister_err err = open_beside(buf_string(&text), &e, &why);
		if (how == 0) {
			WANT_OK(err, &why);
			assert_int_equal(e.tpm_pcrs.len, TPM_PCRS * TPM_PCR_LEN);
			for (unsigned i = 0; i < TPM_PCRS; i++)
				assert_int_equal(e.tpm_pcrs.data[(i + 1) * TPM_PCR_LEN - 1], i + 1);
		} else {
			assert_int_equal(err, CLOISTER_E_MALFORMED);
			assert_string_equal(why.what, "pcrs");
			assert_int_equal(why.at, CLOISTER_NOWHERE);
			assert_string_equal(why.note, how == 4 ? "PCR23 has 33 bytes" : "24 registers are due");
			assert_null(e.tpm_pcrs.data);
		}
		evidence_fini(&e);
	}
}

/* An object where no report can be told field by field is looked into as another wrapping. */
static void an_object_is_a_report_for_some(void **state)
{
	struct bytes text = bytes_text("{\"hcl_report\":{\"a\":1}}"), inner;
	struct evidence e = { .scratch = unwrap_store(text.len) };
	struct cloister_fault why = { 0 };
	uint32_t kinds;
	(void)state;

	WANT_OK(unwrap_json(text, &e, &inner, &kinds, &why), &why);
	assert_true(bytes_are(inner, "{\"a\":1}"));
	assert_int_equal(kinds, 1u << KIND_AZURE_SNP | 1u << KIND_AZURE_TDX);
	evidence_fini(&e);
}

/* ---- A host's table ------------------------------------------------------------------ */

/* One byte for each entry, whose GUIDs nobody knows but for the first, a list's or Google's. */
static size_t make_table(uint8_t *out, unsigned n, const char *first_guid)
{
	size_t head = 24 * (n + 1), len;
	uint8_t *guid = test_hex(first_guid, &len);

	memset(out, 0, head);
	for (unsigned i = 0; i < n; i++) {
		memset(out + 24 * i, (int)i + 1, 16);
		if (i == 0)
			memcpy(out, guid, len);
		out[24 * i + 16] = (uint8_t)(head + i);
		out[24 * i + 17] = (uint8_t)((head + i) >> 8);
		out[24 * i + 20] = 1;
		out[head + i] = (uint8_t)(i + 1);
	}
	free(guid);
	return head + n;
}

static void tables_give_what_is_known(void **state)
{
	static const struct {
		const char *guid;
		enum item_kind kind;
	} first[] = {
		{ "cd16419f03c55a4f8f6ffb68882f4ce2", ITEM_ENDORSEMENT },
		{ "8d75da6364e66445adc5f4b93be8accd", ITEM_CERT }, /* VCEK */
		{ "c31bf89211583d4d97ffd19f88dc67ea", ITEM_CRL },
		{ "ff0079b5d2d5ac4b95c4cc4e8d6b1e3e", 0 },
	};
	uint8_t room[24 * (LIMIT_SNP_TABLE_ENTRIES + 1) + LIMIT_SNP_TABLE_ENTRIES];
	(void)state;

	for (size_t i = 0; i < N_OF(first); i++)
		for (unsigned n = 1; n <= LIMIT_SNP_TABLE_ENTRIES; n += LIMIT_SNP_TABLE_ENTRIES - 1) {
			size_t len = make_table(room, n, first[i].guid);
			struct evidence e = { 0 };
			struct cloister_fault why = { 0 };
			WANT_OK(unwrap_table(bytes_of(room, len), &e, &why), &why);
			assert_int_equal(e.given.n, first[i].kind != 0);
			if (e.given.n)
				assert_int_equal(e.given.items[0].kind, first[i].kind);
			evidence_fini(&e);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_bytes),
		cmocka_unit_test(a_store_is_used_up_once),
		cmocka_unit_test(text_is_recognised),
		cmocka_unit_test(values_become_bytes),
		cmocka_unit_test(strings_are_views),
		cmocka_unit_test(what_lies_beside_is_taken),
		cmocka_unit_test(registers_are_a_list),
		cmocka_unit_test(an_object_is_a_report_for_some),
		cmocka_unit_test(tables_give_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
