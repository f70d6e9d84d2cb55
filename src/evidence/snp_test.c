/* SPDX-License-Identifier: Apache-2.0 */
/* snp_test.c - where each field lies, what each version wants, and what is refused. */

#include "base/test.h"

#include "evidence/snp.h"

static void le32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/* A report in which every byte that may be something is its own offset's low byte, or 1. */
static void fill(uint8_t b[static SNP_REPORT_LEN], uint32_t version)
{
	static const struct {
		uint32_t from, to, since;
	} fields[] = {
		{ 0x004, 0x034, 2 }, { 0x038, 0x048, 2 }, { 0x050, 0x188, 2 }, { 0x188, 0x18b, 3 },
		{ 0x1a0, 0x1eb, 2 }, { 0x1ec, 0x1ef, 2 }, { 0x1f0, 0x1f8, 2 }, { 0x1f8, 0x208, 5 },
		{ 0x2a0, 0x330, 2 },
	};

	memset(b, 0, SNP_REPORT_LEN);
	for (size_t i = 0; i < N_OF(fields); i++)
		for (uint32_t at = fields[i].from; version >= fields[i].since && at < fields[i].to; at++)
			b[at] = at & 0xff ? (uint8_t)at : 1;
	le32(b, version);
	le32(b + 0x34, 1);
	le32(b + 0x48, 0x1f);
}

static void each_field_lies_where_amd_says(void **state)
{
	uint8_t b[SNP_REPORT_LEN];
	struct snp_report s;

	(void)state;
	for (uint32_t version = 2; version <= 5; version++) {
		fill(b, version);
		WANT_OK(snp_report_read(BYTES_OF(b), &s, NULL), &(struct cloister_fault){ 0 });
		const struct {
			struct bytes field;
			size_t at, len;
		} rows[] = {
			{ s.signed_part, 0, 0x2a0 },	 { s.family_id, 0x10, 16 },
			{ s.image_id, 0x20, 16 },	 { s.current_tcb, 0x38, 8 },
			{ s.report_data, 0x50, 64 },	 { s.measurement, 0x90, 48 },
			{ s.host_data, 0xc0, 32 },	 { s.id_key_digest, 0xe0, 48 },
			{ s.author_key_digest, 0x110, 48 }, { s.report_id, 0x140, 32 },
			{ s.report_id_ma, 0x160, 32 },	 { s.reported_tcb, 0x180, 8 },
			{ s.chip_id, 0x1a0, 64 },	 { s.committed_tcb, 0x1e0, 8 },
			{ s.launch_tcb, 0x1f0, 8 },	 { s.sig_r, 0x2a0, 72 },
			{ s.sig_s, 0x2e8, 72 },
		};
		for (size_t i = 0; i < N_OF(rows); i++) {
			assert_int_equal(rows[i].field.data - b, rows[i].at);
			assert_int_equal(rows[i].field.len, rows[i].len);
		}
		assert_int_equal(s.version, version);
		assert_int_equal(s.guest_svn, 0x07060504);
		assert_int_equal(s.policy, 0x0f0e0d0c0b0a0908);
		assert_int_equal(s.vmpl, 0x33323130);
		assert_int_equal(s.platform_info, 0x4746454443424140);
		assert_int_equal(s.key_info, 0x1f);
		assert_int_equal(s.signer, SNP_NO_KEY);
		assert_true(s.author_key_en && s.mask_chip_key);
		assert_int_equal(s.family, version >= 3 ? 0x88 : 0);
		assert_int_equal(s.model, version >= 3 ? 0x89 : 0);
		assert_int_equal(s.stepping, version >= 3 ? 0x8a : 0);
		assert_int_equal(s.current.build, 0xe8);
		assert_int_equal(s.current.minor, 0xe9);
		assert_int_equal(s.current.major, 0xea);
		assert_int_equal(s.committed.build, 0xec);
		assert_int_equal(s.committed.major, 0xee);
		assert_int_equal(s.has_mitigations, version == 5);
		assert_int_equal(s.launch_mitigations, version == 5 ? 0xfffefdfcfbfaf9f8 : 0);
		assert_int_equal(s.current_mitigations, version == 5 ? 0x0706050403020101 : 0);
		assert_null(s.reserved);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *name;
		uint32_t at, value;
		size_t len;
		enum cloister_err err;
		const char *field;
		size_t blamed;
	} rows[] = {
		{ "version 0", 0, 0, SNP_REPORT_LEN, CLOISTER_E_UNSUPPORTED, "version", 0 },
		{ "version 1", 0, 1, SNP_REPORT_LEN, CLOISTER_E_UNSUPPORTED, "version", 0 },
		{ "version 6", 0, 6, SNP_REPORT_LEN, CLOISTER_E_UNSUPPORTED, "version", 0 },
		{ "version 2 + 2^24", 0, 0x01000002, SNP_REPORT_LEN, CLOISTER_E_UNSUPPORTED, "version", 0 },
		{ "algorithm 0", 0x34, 0, SNP_REPORT_LEN, CLOISTER_E_UNSUPPORTED, "signature_algo", 0x34 },
		{ "algorithm 2", 0x34, 2, SNP_REPORT_LEN, CLOISTER_E_UNSUPPORTED, "signature_algo", 0x34 },
		{ "signature.reserved begins", 0x330, 1, SNP_REPORT_LEN, CLOISTER_E_MALFORMED,
		  "signature.reserved", 0x330 },
		{ "signature.reserved ends", 0x49c, 0x80000000, SNP_REPORT_LEN, CLOISTER_E_MALFORMED,
		  "signature.reserved", 0x330 },
		{ "one byte short", 0x34, 1, SNP_REPORT_LEN - 1, CLOISTER_E_MALFORMED,
		  "signature.reserved", 0x330 },
		{ "one byte long", 0x34, 1, SNP_REPORT_LEN + 1, CLOISTER_E_MALFORMED, "attestation_report",
		  SNP_REPORT_LEN },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		uint8_t b[SNP_REPORT_LEN + 1] = { 0 };
		struct cloister_fault why = { 0 };
		struct snp_report s = { .version = 77 };
		print_message("%s\n", rows[i].name);
		fill(b, 5);
		le32(b + rows[i].at, rows[i].value);
		assert_int_equal(snp_report_read(bytes_of(b, rows[i].len), &s, &why), rows[i].err);
		assert_string_equal(why.what, rows[i].field);
		assert_int_equal(why.at, rows[i].blamed);
		assert_int_equal(s.version, 77); /* outputs change only on success */
	}
}

/* Each byte that a version reserves, in the signed part, is noted with its field; no other is. */
static void reserved_fields_are_noted(void **state)
{
	static const struct {
		const char *field;
		uint32_t from, to, since, until;
	} rows[] = {
		{ "reserved_04c", 0x04c, 0x050, 2, 5 },
		{ "reserved_188", 0x188, 0x1a0, 2, 2 },
		{ "reserved_18b", 0x18b, 0x1a0, 3, 5 },
		{ "reserved after the firmware version", 0x1eb, 0x1ec, 2, 5 },
		{ "reserved after the firmware version", 0x1ef, 0x1f0, 2, 5 },
		{ "reserved_1f8", 0x1f8, 0x2a0, 2, 4 },
		{ "reserved_208", 0x208, 0x2a0, 5, 5 },
	};
	uint8_t b[SNP_REPORT_LEN];
	struct snp_report s;

	(void)state;
	for (uint32_t version = 2; version <= 5; version++) {
		for (uint32_t at = 0; at < SNP_SIGNED_LEN; at++) {
			const char *due = NULL;
			uint32_t due_at = 0;
			for (size_t i = 0; i < N_OF(rows); i++)
				if (version >= rows[i].since && version <= rows[i].until &&
				    at >= rows[i].from && at < rows[i].to) {
					due = rows[i].field;
					due_at = rows[i].from;
				}
			fill(b, version);
			b[at] ^= 0x80;
			if (snp_report_read(BYTES_OF(b), &s, NULL) != CLOISTER_OK) {
				assert_true(at < 4 || (at >= 0x34 && at < 0x38));
				continue;
			}
			if (!due) {
				assert_null(s.reserved);
				continue;
			}
			assert_string_equal(s.reserved, due);
			assert_int_equal(s.reserved_at, due_at);
		}
	}
}

/* Of two the first is. */
static void the_first_reserved_field_is_noted(void **state)
{
	uint8_t b[SNP_REPORT_LEN];
	struct snp_report s;

	(void)state;
	fill(b, 3);
	b[0x1eb] = b[0x1ef] = b[0x29f] = 1;
	WANT_OK(snp_report_read(BYTES_OF(b), &s, NULL), &(struct cloister_fault){ 0 });
	assert_string_equal(s.reserved, "reserved after the firmware version");
	assert_int_equal(s.reserved_at, 0x1eb);
}

static void every_prefix_is_refused(void **state)
{
	uint8_t b[SNP_REPORT_LEN];

	(void)state;
	fill(b, 3);
	for (size_t len = 0; len < SNP_REPORT_LEN; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		struct snp_report s;
		assert_non_null(copy);
		memcpy(copy, b, len);
		assert_int_equal(snp_report_read(bytes_of(copy, len), &s, NULL), CLOISTER_E_MALFORMED);
		free(copy);
	}
}

static void products_are_named_by_cpuid(void **state)
{
	static const struct {
		uint8_t family, model;
		enum snp_product product;
	} rows[] = {
		{ 0x19, 0x00, SNP_MILAN },   { 0x19, 0x01, SNP_MILAN },	  { 0x19, 0x0f, SNP_MILAN },
		{ 0x19, 0x10, SNP_GENOA },   { 0x19, 0x11, SNP_GENOA },	  { 0x19, 0x1f, SNP_GENOA },
		{ 0x19, 0x20, SNP_STRANGE }, { 0x19, 0x9f, SNP_STRANGE },
		{ 0x19, 0xa0, SNP_GENOA }, /* Siena: a peer crashes here */
		{ 0x19, 0xaf, SNP_GENOA },   { 0x19, 0xb0, SNP_STRANGE }, { 0x1a, 0x00, SNP_TURIN },
		{ 0x1a, 0x02, SNP_TURIN },   { 0x1a, 0x11, SNP_TURIN },	  { 0x1a, 0x12, SNP_STRANGE },
		{ 0x1a, 0x50, SNP_VENICE },  { 0x1a, 0xc7, SNP_VENICE },  { 0x1a, 0xc8, SNP_STRANGE },
		{ 0x17, 0x01, SNP_STRANGE }, { 0x1b, 0x00, SNP_STRANGE }, { 0x00, 0x00, SNP_STRANGE },
	};
	uint8_t b[SNP_REPORT_LEN];
	struct snp_report s;

	(void)state;
	for (uint32_t version = 3; version <= 5; version++)
		for (size_t i = 0; i < N_OF(rows); i++) {
			fill(b, version);
			b[0x188] = rows[i].family;
			b[0x189] = rows[i].model;
			assert_int_equal(snp_report_read(BYTES_OF(b), &s, NULL), CLOISTER_OK);
			assert_int_equal(snp_report_product(&s), rows[i].product);
		}
}

static void every_product_has_a_name(void **state)
{
	static const char *const names[] = {
		[SNP_MILAN] = "Milan",	 [SNP_GENOA] = "Genoa",	      [SNP_TURIN] = "Turin",
		[SNP_VENICE] = "Venice", [SNP_NAMELESS] = "no product", [SNP_STRANGE] = "an unknown product",
		[SNP_STRANGE + 1] = "an unknown product", [99] = "an unknown product",
	};

	(void)state;
	for (size_t p = 0; p < N_OF(names); p++)
		if (names[p])
			assert_string_equal(snp_product_name((enum snp_product)p), names[p]);
}

static void version_2_names_turin_or_nothing(void **state)
{
	uint8_t b[SNP_REPORT_LEN];
	struct snp_report s;

	(void)state;
	fill(b, 2);
	assert_int_equal(snp_report_read(BYTES_OF(b), &s, NULL), CLOISTER_OK);
	assert_int_equal(snp_report_product(&s), SNP_NAMELESS);
	assert_int_equal(snp_chip_id(&s, SNP_MILAN).len, 64);
	memset(b + 0x1a8, 0, 56);
	assert_int_equal(snp_report_product(&s), SNP_TURIN);
	assert_int_equal(snp_chip_id(&s, SNP_TURIN).len, 8);
	assert_false(snp_chip_is_masked(&s));
	b[0x1df] = 1; /* the last byte of the field: no short id */
	assert_int_equal(snp_report_product(&s), SNP_NAMELESS);
	b[0x1df] = 0;
	b[0x1a8] = 1; /* the ninth */
	assert_int_equal(snp_report_product(&s), SNP_NAMELESS);
	b[0x1a8] = 0;
	memset(b + 0x1a0, 0, 8);
	assert_int_equal(snp_report_product(&s), SNP_NAMELESS);
	assert_true(snp_chip_is_masked(&s));
}

static void tcb_versions_differ_by_product(void **state)
{
	static const uint8_t raw[] = { 1, 2, 3, 4, 5, 6, 7, 200 };
	uint8_t good[SNP_TCB_LEN];
	struct snp_tcb t, u;
	char text[SNP_TCB_TEXT];

	(void)state;
	assert_false(snp_tcb_read(SNP_MILAN, BYTES_OF(raw), &t));
	assert_string_equal(snp_tcb_text(SNP_MILAN, &t, text), "bl 1 tee 2 snp 7 ucode 200");
	assert_false(snp_tcb_read(SNP_TURIN, BYTES_OF(raw), &t));
	assert_string_equal(snp_tcb_text(SNP_TURIN, &t, text), "fmc 1 bl 2 tee 3 snp 4 ucode 200");
	for (int p = SNP_MILAN; p <= SNP_TURIN; p++)
		for (size_t i = 0; i < SNP_TCB_LEN; i++) {
			bool used = p == SNP_TURIN ? i < 4 || i == 7 : i < 2 || i > 5;
			memset(good, 0, sizeof good);
			good[i] = 1;
			assert_int_equal(snp_tcb_read((enum snp_product)p, BYTES_OF(good), &t), used);
			memset(good, 0, sizeof good);
			assert_true(snp_tcb_read((enum snp_product)p, BYTES_OF(good), &u));
			assert_int_equal(snp_tcb_equal(&t, &u), !used);
			assert_int_equal(snp_tcb_below(&u, &t) != NULL, used);
			assert_null(snp_tcb_below(&t, &u));
		}
	/* As a number it is higher; it is lower all the same. */
	t = (struct snp_tcb){ .bl = 9, .ucode = 219 };
	u = (struct snp_tcb){ .bl = 10, .ucode = 1 };
	assert_string_equal(snp_tcb_below(&t, &u), "bl");
	assert_string_equal(snp_tcb_below(&u, &t), "ucode");
}

static void signatures_are_turned_around(void **state)
{
	uint8_t b[SNP_REPORT_LEN], sig[SNP_SIG_LEN];
	struct snp_report s;

	(void)state;
	fill(b, 5);
	memset(b + 0x2a0, 0, 144);
	b[0x2a0] = 1;
	b[0x2a0 + 47] = 2;
	b[0x2e8 + 1] = 3;
	assert_int_equal(snp_report_read(BYTES_OF(b), &s, NULL), CLOISTER_OK);
	assert_true(snp_signature(&s, sig));
	assert_int_equal(sig[47], 1);
	assert_int_equal(sig[0], 2);
	assert_int_equal(sig[94], 3);
	for (size_t at = 0; at < 144; at++) { /* nothing above the 48th byte */
		b[0x2a0 + at] ^= 0x10;
		assert_int_equal(snp_signature(&s, sig), at % 72 < 48);
		b[0x2a0 + at] ^= 0x10;
	}
	b[0x2e8 + 1] = 0;
	assert_false(snp_signature(&s, sig)); /* s is zero */
	b[0x2e8] = 1;
	b[0x2a0] = b[0x2a0 + 47] = 0;
	assert_false(snp_signature(&s, sig)); /* r is zero */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_lies_where_amd_says),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(reserved_fields_are_noted),
		cmocka_unit_test(the_first_reserved_field_is_noted),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(products_are_named_by_cpuid),
		cmocka_unit_test(every_product_has_a_name),
		cmocka_unit_test(version_2_names_turin_or_nothing),
		cmocka_unit_test(tcb_versions_differ_by_product),
		cmocka_unit_test(signatures_are_turned_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
