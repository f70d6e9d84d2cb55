/* SPDX-License-Identifier: Apache-2.0 */
/* snp_table_test.c - tables as rows: what the list says, and what comes of it. */

#include "base/test.h"

#include <stdio.h>

#include "base/mem.h"
#include "evidence/snp_table.h"

#define ARK "a406b4c003a8524997433fb6014cd0ae"
#define ASK "79b3b74aacbbe44fa02f05aef327c782"
#define VCEK "8d75da6364e66445adc5f4b93be8accd"
#define VLEK "c24b07a85aa23e48aae639c045a0b8a1"
#define CRL "c31bf89211583d4d97ffd19f88dc67ea"
#define OTHER "cd16419f03c55a4f8f6ffb68882f4ce2"
#define END "000000000000000000000000000000000000000000000000"

/* Three entries and the end mark are 96 bytes (60h); the data are "aa", "bbcc", "dd". */
static const struct {
	const char *name, *hex;
	size_t n;          /* entries; else: */
	const char *field; /* … blamed */
	size_t at;
	enum cloister_err err;
} rows[] = {
	{ "one", VCEK "30000000" "02000000" END "aabb", 1, NULL, 0, 0 },
	{ "none", END, 0, NULL, 0, 0 },
	{ "none, a page", END "0000000000", 0, NULL, 0, 0 },
	{ "three out of order", ARK "62000000" "01000000" ASK "60000000" "02000000" OTHER "65000000" "01000000"
	  END "bbcc" "aa" "0000" "dd" "00", 3, NULL, 0, 0 },
	{ "empty", "", 0, "table.guid", 0, CLOISTER_E_MALFORMED },
	{ "no end mark", VCEK "18000000" "02000000" "aabb", 0, "table.guid", 0x18, CLOISTER_E_MALFORMED },
	{ "end mark with an offset", "0000000000000000000000000000000001000000" "00000000", 0, "table.end", 0,
	  CLOISTER_E_MALFORMED },
	{ "end mark with a length", "0000000000000000000000000000000000000000" "01000000", 0, "table.end", 0,
	  CLOISTER_E_MALFORMED },
	{ "past the end by one", VCEK "30000000" "03000000" END "aabb", 0, "table.data", 0x30,
	  CLOISTER_E_MALFORMED },
	{ "begins past the end", VCEK "33000000" "01000000" END "0000", 0, "table.gap", 0x30,
	  CLOISTER_E_MALFORMED },
	{ "offset and length wrap", VCEK "30000000" "ffffffff" END "aabb", 0, "table.data", 0x30,
	  CLOISTER_E_MALFORMED },
	{ "offset near 2^32", VCEK "ffffffff" "02000000" END "aabb", 0, "table.gap", 0x30,
	  CLOISTER_E_MALFORMED },
	{ "over its own list", VCEK "00000000" "02000000" END "0000", 0, "table.offset", 0,
	  CLOISTER_E_MALFORMED },
	{ "over the end mark", VCEK "2f000000" "02000000" END "aabb", 0, "table.offset", 0,
	  CLOISTER_E_MALFORMED },
	{ "two overlap", VCEK "48000000" "02000000" ASK "49000000" "01000000" END "aabb", 0, "table.offset",
	  0x18, CLOISTER_E_MALFORMED },
	{ "two in one place", VCEK "48000000" "02000000" ASK "48000000" "02000000" END "aabb", 0,
	  "table.offset", 0x18, CLOISTER_E_MALFORMED },
	{ "three overlap", VCEK "60000000" "02000000" ASK "61000000" "01000000" CRL "61000000" "01000000" END "aabb", 0,
	  "table.offset", 0x18, CLOISTER_E_MALFORMED },
	{ "twice", VCEK "48000000" "01000000" VCEK "49000000" "01000000" END "aabb", 0, "table.guid", 0x18,
	  CLOISTER_E_MALFORMED },
	{ "length zero", VCEK "30000000" "00000000" END "aabb", 0, "table.length", 0, CLOISTER_E_MALFORMED },
	{ "something in a gap", VCEK "31000000" "01000000" END "0100", 0, "table.gap", 0x30,
	  CLOISTER_E_MALFORMED },
	{ "something behind", VCEK "30000000" "01000000" END "aa" "01", 0, "table.gap", 0x31,
	  CLOISTER_E_MALFORMED },
};

static void each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		size_t len;
		uint8_t *b = test_hex(rows[i].hex, &len);
		struct cloister_fault why = { 0 };
		struct snp_table t = { .n = 77 };
		enum cloister_err err = snp_table_read(bytes_of(b, len), &t, &why);
		print_message("%s: %s\n", rows[i].name, why.note);
		assert_int_equal(err, rows[i].err);
		assert_int_equal(t.n, rows[i].field ? 77 : rows[i].n);
		if (rows[i].field) {
			assert_string_equal(why.what, rows[i].field);
			assert_int_equal(why.at, rows[i].at);
		}
		free(b);
	}
}

static void entries_are_labelled_and_lent(void **state)
{
	static const char *const guids[] = { ARK, ASK, VCEK, VLEK, CRL, OTHER };
	static const enum snp_label labels[] = { SNP_LABEL_ARK,	 SNP_LABEL_ASK, SNP_LABEL_VCEK,
						 SNP_LABEL_VLEK, SNP_LABEL_CRL, SNP_LABEL_OTHER };
	char hex[512] = "";
	struct snp_table t;
	size_t len;

	(void)state;
	for (size_t i = 0; i < N_OF(guids); i++) { /* seven rows: the data begin at A8h */
		size_t at = strlen(hex);
		snprintf(hex + at, sizeof hex - at, "%s%02zx000000" "01000000", guids[i], 0xa8 + i);
	}
	snprintf(hex + strlen(hex), sizeof hex - strlen(hex), "%s010203040506", END);
	uint8_t *b = test_hex(hex, &len);
	assert_int_equal(snp_table_read(bytes_of(b, len), &t, NULL), CLOISTER_OK);
	assert_int_equal(t.n, 6);
	for (size_t i = 0; i < t.n; i++) {
		assert_int_equal(t.entries[i].label, labels[i]);
		assert_int_equal(t.entries[i].guid.data - b, 24 * i);
		assert_int_equal(t.entries[i].data.len, 1);
		assert_int_equal(t.entries[i].data.data[0], i + 1);
	}
	for (size_t n = 0; n < len; n++) { /* every prefix is refused */
		uint8_t *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, b, n);
		assert_int_equal(snp_table_read(bytes_of(copy, n), &t, NULL), CLOISTER_E_MALFORMED);
		free(copy);
	}
	free(b);
}

/* `n` rows of different GUIDs and a byte each. */
static void put_rows(struct buf *b, size_t n)
{
	uint8_t row[24] = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t at = 24 * (n + 1) + i;
		row[0] = (uint8_t)(i + 1);
		row[16] = (uint8_t)at;
		row[17] = (uint8_t)(at >> 8);
		row[20] = 1;
		buf_put(b, row, sizeof row);
	}
	memset(row, 0, sizeof row);
	buf_put(b, row, sizeof row);
	for (size_t i = 0; i < n; i++)
		buf_byte(b, 0xee);
}

static void the_ceilings_hold(void **state)
{
	struct snp_table t;
	struct cloister_fault why;

	(void)state;
	for (size_t n = LIMIT_SNP_TABLE_ENTRIES; n <= LIMIT_SNP_TABLE_ENTRIES + 1; n++) {
		struct buf b = BUF_INIT(1u << 20);
		put_rows(&b, n);
		assert_int_equal(snp_table_read(buf_bytes(&b), &t, &why),
				 n > LIMIT_SNP_TABLE_ENTRIES ? CLOISTER_E_LIMIT : CLOISTER_OK);
		buf_fini(&b);
	}
	uint8_t *large = calloc(1, LIMIT_SNP_TABLE + 1);
	assert_non_null(large);
	assert_int_equal(snp_table_read(bytes_of(large, LIMIT_SNP_TABLE), &t, &why), CLOISTER_OK);
	assert_int_equal(snp_table_read(bytes_of(large, LIMIT_SNP_TABLE + 1), &t, &why), CLOISTER_E_LIMIT);
	char due[64];
	snprintf(due, sizeof due, "larger than %u bytes", LIMIT_SNP_TABLE);
	assert_string_equal(why.note, due);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row),
		cmocka_unit_test(entries_are_labelled_and_lent),
		cmocka_unit_test(the_ceilings_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
