/* SPDX-License-Identifier: Apache-2.0 */
/* gce_test.c - endorsements, wrong in one place: the two messages, and what the lists say. */

#include "base/test.h"

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
	g.has_tdx = false;
	assert_false(gce_endorses_tdx(&g, BYTES_OF(m), &n));
	buf_fini(&b);
}

static const struct {
	const char *hex, *what;
} bad[] = {
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
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(around_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
