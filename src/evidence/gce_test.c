/* SPDX-License-Identifier: Apache-2.0 */
/* gce_test.c - endorsements, wrong in one place: the two messages, and what the lists say. */

#include "base/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "evidence/gce.h"

/* Fields written by hand: hex with @ for 48 bytes of 0x5a. */
static struct bytes fill(struct buf *out, const char *text)
{
	uint8_t m[GCE_MEASUREMENT_LEN];
	char digits[2 * sizeof m + 1], hex[4096];
	size_t len = 0;

	memset(m, 0x5a, sizeof m);
	hex_write(BYTES_OF(m), digits);
	for (; *text; text++) {
		if (*text == '@') {
			memcpy(hex + len, digits, 2 * sizeof m);
			len += 2 * sizeof m;
		} else if (*text != ' ') {
			hex[len++] = *text;
		}
	}
	*out = (struct buf)BUF_INIT(4096);
	uint8_t room[2048];
	size_t n;
	assert_int_equal(hex_read(bytes_of(hex, len), room, sizeof room, &n, NULL), CLOISTER_OK);
	buf_put(out, room, n);
	return buf_bytes(out);
}

/* cert "c", SNP {svn 7, {4: @}}, TDX {svn 9, {16, early, @}} */
#define CERT "220163"
#define SNP "3a38 0807 1234 0804 1230 @"

static void what_is_signed(void **state)
{
	struct cloister_fault why = { 0 };
	uint8_t m[GCE_MEASUREMENT_LEN];
	struct gce_golden g;
	struct buf b;
	uint32_t n = 0;
	(void)state;

	WANT_OK(gce_golden_read(fill(&b, "0a02 0805 1007 1a0161" CERT "2a30 @ 3201 70"
				      "3a38 0807 1234 0804 1230 @ 423a 0809 1236 0810 1001 1a30 @ 4a00"),
				&g, &why), &why);
	assert_int_equal(g.made_s, 5);
	assert_int_equal(g.cl_spec, 7);
	assert_true(bytes_are(g.commit, "a") && bytes_are(g.cert, "c") && bytes_are(g.ca_bundle, "p"));
	assert_int_equal(g.digest.len, 48);
	assert_true(g.has_snp && g.has_tdx);
	assert_int_equal(g.snp_svn, 7);
	assert_int_equal(g.tdx_svn, 9);
	memset(m, 0x5a, sizeof m);
	assert_true(gce_endorses_snp(&g, BYTES_OF(m), &n));
	assert_int_equal(n, 4);
	assert_true(gce_endorses_tdx(&g, BYTES_OF(m), &n));
	assert_int_equal(n, 16);
	m[47] ^= 1;
	assert_false(gce_endorses_snp(&g, BYTES_OF(m), &n));
	assert_false(gce_endorses_tdx(&g, BYTES_OF(m), &n));
	m[47] ^= 1;
	assert_false(gce_endorses_snp(&g, bytes_of(m, 47), &n));
	assert_false(gce_endorses_tdx(&g, BYTES_NONE, &n));
	buf_fini(&b);
}

#define TDX "423a 0809 1236 0810 1001 1a30 @"
#define M_47 "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

/* At their bounds, and what is not written because it is zero, or not known yet. */
static const struct {
	const char *name, *hex;
	bool is_tdx;
	uint32_t svn, n;
	uint64_t made_s;
} good[] = {
	{ "without a version", CERT "3a36 1234 0804 1230 @", false, 0, 4, 0 },
	{ "without a number", CERT "3a36 0807 1232 1230 @", false, 7, 0, 0 },
	{ "the last version", CERT "3a3c 08ffffffff0f 1234 0804 1230 @", false, UINT32_MAX, 4, 0 },
	{ "the last number", CERT "3a3c 0807 1238 08ffffffff0f 1230 @", false, 7, UINT32_MAX, 0 },
	{ "more of a list", CERT "3a3a 0807 1801 1234 0804 1230 @", false, 7, 4, 0 },
	{ "the last time", CERT SNP "0a0a 08ffffffffffffffff7f", false, 7, 4, INT64_MAX },
	{ "a time with nanoseconds", CERT SNP "0a04 0805 1003", false, 7, 4, 5 },
	{ "nanoseconds alone", CERT SNP "0a02 1003", false, 7, 4, 0 },
	{ "a later field", CERT SNP "4a00", false, 7, 4, 0 },
	{ "TDX alone", CERT TDX, true, 9, 16, 0 },
	{ "the largest machine", CERT "423e 0809 123a 08ffffffff0f 1001 1a30 @", true, 9, UINT32_MAX, 0 },
	{ "a machine without a size", CERT "4238 0809 1234 1001 1a30 @", true, 9, 0, 0 },
	{ "more of a TDX entry", CERT "423a 0809 1236 0810 2001 1a30 @", true, 9, 16, 0 },
	{ "the second of two", CERT "3a6e 0807 1234 0804 1230" M_47 "00 1234 0805 1230 @", false, 7, 5, 0 },
};

static void good_ones_are_read(void **state)
{
	uint8_t m[GCE_MEASUREMENT_LEN];
	(void)state;

	memset(m, 0x5a, sizeof m);
	for (size_t i = 0; i < N_OF(good); i++) {
		struct cloister_fault why = { 0 };
		struct gce_golden g;
		struct buf b;
		uint32_t n = 77;
		print_message("%s\n", good[i].name);
		WANT_OK(gce_golden_read(fill(&b, good[i].hex), &g, &why), &why);
		assert_int_equal(g.has_tdx, good[i].is_tdx);
		assert_int_equal(g.has_snp, !good[i].is_tdx);
		assert_int_equal(good[i].is_tdx ? g.tdx_svn : g.snp_svn, good[i].svn);
		assert_true(g.made_s == good[i].made_s);
		assert_int_equal(gce_endorses_tdx(&g, BYTES_OF(m), &n), good[i].is_tdx);
		assert_int_equal(gce_endorses_snp(&g, BYTES_OF(m), &n), !good[i].is_tdx);
		assert_int_equal(n, good[i].n);
		assert_int_equal(gce_golden_read(buf_bytes(&b), &g, NULL), CLOISTER_OK);
		buf_fini(&b);
	}
}

static const struct {
	const char *hex, *what;
} bad[] = {
	{ CERT "3a3c 088080808010 1234 0804 1230 @", "sev_snp" },        /* version 2^32 */
	{ CERT "3a3c 0807 1238 088080808010 1230 @", "sev_snp" },        /* for 2^32 */
	{ CERT "423e 0809 123a 088080808010 1001 1a30 @", "tdx" },       /* with 2^32 */
	{ CERT SNP "0a0b 0880808080808080808001", "timestamp" },         /* 2^63 */
	{ CERT SNP "0a02 1801", "timestamp" },                           /* more of a time */
	{ CERT "3a6a 0807 1266 0804 1230 @ 1a30 @", "sev_snp" },         /* more of an entry */
	{ CERT SNP "0a04 0805 0805", "timestamp" },                      /* two times */
	{ CERT SNP "0a03 0a0131", "timestamp" },                         /* a text */
	{ CERT "3a3a 0807 1236 0804 0804 1230 @", "sev_snp" },           /* two numbers */
	{ CERT "3a6a 0807 1266 0804 1230 @ 1230 @", "sev_snp" },         /* two measurements */
	{ CERT "423c 0809 1238 0810 0810 1001 1a30 @", "tdx" },          /* two sizes */
	{ CERT "423c 0809 1238 0810 1001 1001 1a30 @", "tdx" },          /* early twice */
	{ CERT "426c 0809 1268 0810 1001 1a30 @ 1a30 @", "tdx" },        /* two MRTDs */
	{ CERT "4239 0809 1235 0810 1001 1a2f" M_47, "tdx" },            /* an MRTD of 47 bytes */
	{ CERT "4239 0809 1235 0810 1200 1a2f" M_47, "tdx" },            /* early is a text */
	{ CERT "423b 0809 1237 0a0110 1001 1a30 @", "tdx" },             /* a size that is a text */
	{ CERT "3a02 1001", "sev_snp" },                                 /* an entry that is a number */
	{ CERT "3a03 0a0101", "sev_snp" },                               /* a version that is a text */
	{ CERT "3a39 0807 1235 0a0104 1230 @", "sev_snp" },              /* a number that is one */
	{ CERT "3a07 0807 1203 0804 10 00", "sev_snp" },                 /* a measurement that is a number */
	{ CERT SNP "2a2f" M_47, "digest" },                              /* 47 bytes */
	{ CERT SNP "2a31 @ 00", "digest" },                              /* 49 */
	{ CERT SNP "2a00", "digest" },                                   /* none */
	{ "", "cert" },
	{ SNP, "cert" },
	{ CERT, "sev_snp or tdx" },
	{ CERT CERT SNP, "cert" },
	{ CERT SNP SNP, "sev_snp" },
	{ "2001" SNP, "cert" },                                     /* a number */
	{ CERT "1201 61" SNP, "cl_spec" },                          /* bytes */
	{ CERT "2a01 61" SNP, "digest" },                           /* one byte */
	{ CERT "0a02 1a00" SNP, "timestamp" },                      /* an unknown field of the time */
	{ CERT "0a0b 08ffffffffffffffffff01" SNP, "timestamp" },    /* before 1970 */
	{ CERT "3a38 0807 1234 0804 1230" "00", "bytes" },          /* cut short */
	{ CERT "3a37 0807 1233 0804 122f"
	  "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "sev_snp" },
	{ CERT "3a3a 0807 1236 0804 1230 @ 1800", "sev_snp" },      /* an unknown field of an entry */
	{ CERT "3a04 1202 0804", "sev_snp" },                       /* no measurement */
	{ CERT "3a3a 0807 0807 1234 0804 1230 @", "sev_snp" },      /* two SVNs */
	{ CERT "3a07 08ffffffffff 0f", "sev_snp" },
	{ CERT "4204 1202 0810", "tdx" },
	{ CERT SNP "0b", "tag" },
	{ CERT SNP "88", "tag" },
};

/* What a list may have besides entries endorses nothing, though it looks like one. */
static void only_entries_endorse(void **state)
{
	struct cloister_fault why = { 0 };
	uint8_t m[GCE_MEASUREMENT_LEN];
	struct gce_golden g;
	struct buf b;
	uint32_t n = 77;
	(void)state;

	memset(m, 0x5a, sizeof m);
	WANT_OK(gce_golden_read(fill(&b, CERT "3a6e 0807 1234 0804 1230" M_47 "00 1a34 0805 1230 @"), &g, &why), &why);
	assert_false(gce_endorses_snp(&g, BYTES_OF(m), &n));
	assert_int_equal(n, 77);
	buf_fini(&b);
}

static void wrong_ones_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why = { 0 };
		struct gce_golden g = { .snp_svn = 77 };
		struct buf b;
		if (gce_golden_read(fill(&b, bad[i].hex), &g, &why) != CLOISTER_E_MALFORMED ||
		    strcmp(why.what, bad[i].what) != 0)
			fail_msg("row %zu: %s: %s", i, why.what ? why.what : "accepted", why.note);
		assert_int_equal(g.snp_svn, 77);
		buf_fini(&b);
	}
}

/* Where a field of another length is, and the first fault stays the one that is told. */
static void faults_have_a_place(void **state)
{
	struct cloister_fault why = { 0 };
	struct gce_golden g;
	struct buf b;
	(void)state;

	assert_int_equal(gce_golden_read(fill(&b, CERT "2a01 61"), &g, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "digest");
	assert_string_equal(why.note, "of another length");
	assert_int_equal(why.at, 3);
	buf_fini(&b);
	assert_int_equal(gce_golden_read(fill(&b, CERT "2801"), &g, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "digest");
	assert_string_equal(why.note, "of another wire type");
	assert_int_equal(why.at, 3);
	assert_int_equal(gce_golden_read(buf_bytes(&b), &g, NULL), CLOISTER_E_MALFORMED);
	buf_fini(&b);
}

/* Field 1 of `golden` bytes, field 2 of `sig`. */
static struct bytes endorsement(size_t golden, size_t sig)
{
	static uint8_t in[LIMIT_GCE + 64];
	uint8_t *at = in;

	for (unsigned field = 1; field <= 2; field++) {
		size_t len = field == 1 ? golden : sig;
		*at++ = (uint8_t)(field << 3 | 2);
		for (size_t n = len; n >= 0x80; n >>= 7)
			*at++ = (uint8_t)(n | 0x80);
		*at++ = (uint8_t)(len >> (len >= 1u << 14 ? 14 : len >= 0x80 ? 7 : 0));
		memset(at, 'g', len);
		at += len;
	}
	return bytes_of(in, (size_t)(at - in));
}

static void sizes_have_bounds(void **state)
{
	static const struct {
		size_t golden, sig;
		enum cloister_err err;
		const char *what;
	} rows[] = {
		{ 1, 256, CLOISTER_OK, NULL },
		{ 1, 512, CLOISTER_OK, NULL },
		{ 1, 513, CLOISTER_E_MALFORMED, "signature" },
		{ 1, 255, CLOISTER_E_MALFORMED, "signature" },
		{ 1, 0, CLOISTER_E_MALFORMED, "signature" },
		{ 0, 256, CLOISTER_E_MALFORMED, "serialized_uefi_golden" },
		{ LIMIT_GCE - 4 - 259, 256, CLOISTER_OK, NULL }, /* as large as may be */
		{ LIMIT_GCE - 4 - 258, 256, CLOISTER_E_LIMIT, "endorsement" },
	};
	char due[64];
	(void)state;

	snprintf(due, sizeof due, "larger than %u bytes", LIMIT_GCE);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct gce_endorsement e = { .golden = { .len = 77 } };
		struct cloister_fault why = { 0 };
		struct bytes in = endorsement(rows[i].golden, rows[i].sig);
		assert_int_equal(gce_endorsement_read(in, &e, &why), rows[i].err);
		assert_int_equal(e.golden.len, rows[i].err ? 77 : rows[i].golden);
		if (rows[i].err)
			assert_string_equal(why.what, rows[i].what);
		if (rows[i].err == CLOISTER_E_LIMIT)
			assert_string_equal(why.note, due);
		assert_int_equal(gce_endorsement_read(in, &e, NULL), rows[i].err);
	}
}

/* Both fields are bytes, and there once. */
static void the_outer_fields(void **state)
{
	static const struct {
		const char *hex, *what, *note;
	} rows[] = {
		{ "0801", "serialized_uefi_golden", "of another wire type" },
		{ "1001", "signature", "of another wire type" },
		{ "0a0161 0a0161", "serialized_uefi_golden", "the field is repeated" },
		{ "120161 120161", "signature", "the field is repeated" },
		{ "1a0161", "VMLaunchEndorsement", "an unknown field" },
		{ "120161", "serialized_uefi_golden", "the field is missing" },
		{ "0a0161", "signature", "missing, or no RSA signature" },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why = { 0 };
		struct gce_endorsement e;
		struct buf b;
		assert_int_equal(gce_endorsement_read(fill(&b, rows[i].hex), &e, &why), CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, rows[i].what);
		assert_string_equal(why.note, rows[i].note);
		buf_fini(&b);
	}
}

static void what_looks_like_one(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool like;
	} rows[] = {
		{ "\x0a\x80\x01", 3, true },  { "\x0a\xff\x01", 3, true }, { "\x0a\x80", 2, false },
		{ "\x0a\x7f\x01", 3, false }, { "\x0b\x80\x01", 3, false }, { "\x08\x80\x01", 3, false },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++)
		assert_int_equal(gce_looks_like(bytes_of(rows[i].bytes, rows[i].len)), rows[i].like);
}

static void around_it(void **state)
{
	static uint8_t in[LIMIT_GCE + 1];
	struct cloister_fault why = { 0 };
	struct gce_endorsement e = { 0 };
	size_t len = 0;
	(void)state;

	/* 1: 200 bytes, 2: 256 bytes */
	memcpy(in, "\x0a\xc8\x01", 3);
	memset(in + 3, 'g', 200);
	memcpy(in + 203, "\x12\x80\x02", 3);
	len = 206 + 256;
	WANT_OK(gce_endorsement_read(bytes_of(in, len), &e, &why), &why);
	assert_int_equal(e.golden.len, 200);
	assert_int_equal(e.signature.len, 256);
	assert_true(gce_looks_like(bytes_of(in, len)));
	assert_false(gce_looks_like(bytes_text("\n-----BEGIN CERTIFICATE-----")));
	assert_false(gce_looks_like(BYTES_NONE));
	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, in, n);
		assert_int_not_equal(gce_endorsement_read(bytes_of(cut, n), &e, NULL), CLOISTER_OK);
		free(cut);
	}
	memcpy(in + len, "\x18\x01", 2);
	assert_int_equal(gce_endorsement_read(bytes_of(in, len + 2), &e, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "VMLaunchEndorsement");
	assert_int_equal(why.at, len);
	in[204] = 0xff; /* 255 bytes of signature */
	in[205] = 0x01;
	assert_int_equal(gce_endorsement_read(bytes_of(in, len - 1), &e, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "signature");
	assert_int_equal(gce_endorsement_read(BYTES_OF(in), &e, &why), CLOISTER_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed),
		cmocka_unit_test(good_ones_are_read),
		cmocka_unit_test(only_entries_endorse),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(sizes_have_bounds),
		cmocka_unit_test(the_outer_fields),
		cmocka_unit_test(what_looks_like_one),
		cmocka_unit_test(around_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
