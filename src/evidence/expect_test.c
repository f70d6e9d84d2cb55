/* SPDX-License-Identifier: Apache-2.0 */
/* expect_test.c - R13 to R23 on evidence of no kind in particular: rows of what is said and what is wanted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "evidence/expect.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define NOW_S 1000000u

static const uint8_t one[64] = { 1 }, two[64] = { 2 }, zero[64];
static uint8_t report[64] = { 0xaa, 0xbb };

static struct cloister_policy anything(void)
{
	return (struct cloister_policy){
		.nonce.want = WANT_ANY,
		.user_data.want = WANT_ANY,
		.public_key.want = WANT_ANY,
		.report_data.want = WANT_ANY,
		.issuer.want = WANT_ANY,
		.measurements = WANT_ANY,
		.platforms = WANT_ANY,
		.max_age_s = CLOISTER_AGE_ANY,
	};
}

static struct want_field exactly(const uint8_t *data, size_t len)
{
	return (struct want_field){ WANT_EXACTLY, bytes_of(data, len) };
}

/* An SGX enclave that says a little of everything. */
static struct cloister_verdict judge(const struct cloister_policy *p, const struct spoken *s)
{
	struct cloister_verdict v = verdict_new("test");

	verdict_held(&v, CHECK_KIND, "%s", "");
	verdict_claim_bytes(&v, "mrenclave", bytes_of(one, 32));
	verdict_claim_bytes(&v, "mrsigner", bytes_of(two, 32));
	verdict_claim_u64(&v, "isv_prod_id", 3); /* a number is no register's value */
	expect_common(p, s, NOW_S, &v);
	return v;
}

static struct spoken sgx(void)
{
	return (struct spoken){ .kind = KIND_SGX, .report_data = BYTES_OF(report) };
}

static enum check first(const struct cloister_policy *p, const struct spoken *s)
{
	struct cloister_verdict v = judge(p, s);

	return verdict_first_failed(&v);
}

static void anything_goes_when_it_was_said(void **state)
{
	struct cloister_policy p = anything();
	struct spoken s = sgx();
	struct cloister_verdict v = judge(&p, &s);

	(void)state;
	assert_true(cloister_verdict_accepts(&v));
	assert_true(v.waived[CHECK_NONCE]);
	assert_true(v.waived[CHECK_REPORT_DATA]);
	assert_true(v.waived[CHECK_MEASUREMENTS]);
	assert_int_equal(v.finding[CHECK_DEBUG], CLOISTER_HELD);
	/* what this kind has not is not asked */
	assert_false(v.asked[CHECK_TIMESTAMP]);
	assert_false(v.asked[CHECK_AGE]);
	assert_false(v.asked[CHECK_USER_DATA]);
	assert_false(v.asked[CHECK_PUBLIC_KEY]);
	assert_false(v.asked[CHECK_PLATFORM]);
}

/* What is expected of a kind that cannot say it is a refusal, not an omission. */
static void what_a_kind_cannot_say_fails(void **state)
{
	struct spoken s = sgx();
	struct cloister_policy p = anything();

	(void)state;
	p.max_age_s = 5;
	assert_int_equal(first(&p, &s), CHECK_AGE);
	p = anything();
	p.user_data = exactly(one, 1);
	assert_int_equal(first(&p, &s), CHECK_USER_DATA);
	p = anything();
	p.public_key = exactly(one, 1);
	assert_int_equal(first(&p, &s), CHECK_PUBLIC_KEY);
	p = anything();
	p.platforms = WANT_EXACTLY;
	p.n_platforms = 1;
	assert_int_equal(first(&p, &s), CHECK_PLATFORM);
	p = anything();
	p.report_data = exactly(zero, 64);
	s.report_data = BYTES_NONE;
	s.has_fields = true;
	assert_int_equal(first(&p, &s), CHECK_REPORT_DATA);
	p = anything();
	s.has_fields = false;
	p.nonce = exactly(one, 1);
	assert_int_equal(first(&p, &s), CHECK_NONCE);
}

static void times_are_bounded(void **state)
{
	static const struct {
		uint64_t made_s, max_age_s;
		int fails; /* CHECK_COUNT: none */
	} rows[] = {
		{ NOW_S, CLOISTER_AGE_ANY, CHECK_COUNT },
		{ NOW_S + 60, CLOISTER_AGE_ANY, CHECK_COUNT },
		{ NOW_S + 61, CLOISTER_AGE_ANY, CHECK_TIMESTAMP },
		{ NOW_S - 10, 10, CHECK_COUNT },
		{ NOW_S - 11, 10, CHECK_AGE },
		{ NOW_S + 60, 1, CHECK_COUNT },
		{ 0, CLOISTER_AGE_ANY, CHECK_COUNT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		struct spoken s = sgx();
		s.has_time = true;
		s.made_s = rows[i].made_s;
		p.max_age_s = rows[i].max_age_s;
		struct cloister_verdict v = judge(&p, &s);
		assert_int_equal(verdict_first_failed(&v), rows[i].fails);
		assert_true(v.asked[CHECK_TIMESTAMP]);
		assert_true(v.asked[CHECK_AGE]);
		assert_int_equal(v.waived[CHECK_AGE], rows[i].max_age_s == CLOISTER_AGE_ANY);
		/* a sentence says how old; what was made "later" is 0 s old */
		if (rows[i].made_s > NOW_S && rows[i].fails == CHECK_COUNT)
			assert_string_equal(v.reason[CHECK_TIMESTAMP], "made 0 s before the chosen time");
	}
}

static void debug_is_refused_unless_allowed(void **state)
{
	struct cloister_policy p = anything();
	struct spoken s = sgx();

	(void)state;
	s.is_debug = true;
	s.debug_because = "it says so";
	struct cloister_verdict v = judge(&p, &s);
	assert_int_equal(verdict_first_failed(&v), CHECK_DEBUG);
	assert_string_equal(v.reason[CHECK_DEBUG], "a debug enclave: it says so");
	assert_true(v.is_debug);
	p.allow_debug = true;
	v = judge(&p, &s);
	assert_true(cloister_verdict_accepts(&v));
	assert_true(v.waived[CHECK_DEBUG]);
	assert_true(v.is_debug);
	s.debug_unknown = "nobody knows";
	for (int said = 1; said >= 0; said--) {
		s.is_debug = said;
		v = judge(&p, &s);
		assert_int_equal(verdict_first_failed(&v), CHECK_DEBUG);
		assert_string_equal(v.reason[CHECK_DEBUG], "nobody knows");
		assert_true(v.is_debug);
	}
	s = sgx();
	v = judge(&p, &s);
	assert_false(v.is_debug);
}

/* ---- measurements ------------------------------------------------------------ */

static enum cloister_err want(struct cloister_policy *p, unsigned set, const char *reg,
			      const uint8_t *value, size_t len)
{
	return policy_expect(p, set, reg, bytes_of(value, len), NULL);
}

static void sets_hold_as_wholes(void **state)
{
	struct cloister_policy p = anything();
	struct spoken s = sgx();
	struct cloister_verdict v;

	(void)state;
	assert_int_equal(want(&p, 0, "mrenclave", one, 32), CLOISTER_OK);
	v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "1 registers compared");
	/* half of a set is no set */
	assert_int_equal(want(&p, 0, "mrsigner", one, 32), CLOISTER_OK);
	v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_FAILED);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "MRSIGNER is not what was expected");
	/* of two that differ the first one is named */
	struct cloister_policy both = anything();
	assert_int_equal(want(&both, 0, "mrenclave", two, 32), CLOISTER_OK);
	assert_int_equal(want(&both, 0, "mrsigner", one, 32), CLOISTER_OK);
	v = judge(&both, &s);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "MRENCLAVE is not what was expected");
	/* nor do two halves of different sets make one */
	assert_int_equal(want(&p, 1, "mrsigner", two, 32), CLOISTER_OK);
	assert_int_equal(want(&p, 1, "mrenclave", two, 32), CLOISTER_OK);
	v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_FAILED);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS],
			    "none of 2 sets is equal; in the first, MRSIGNER is not what was expected");
	/* the last possible set counts like the first */
	assert_int_equal(want(&p, LIMIT_EXPECTED_SETS - 1, "mrenclave", one, 32), CLOISTER_OK);
	assert_int_equal(want(&p, LIMIT_EXPECTED_SETS - 1, "mrsigner", two, 32), CLOISTER_OK);
	v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "2 registers compared");
}

/* Evidence of that kind in which every register is 1 and zeros; of an enclave there is no MRTD. */
static struct cloister_verdict judge_ones(const struct cloister_policy *p, enum kind kind, bool is_sgx)
{
	struct cloister_verdict v = verdict_new("test");
	struct spoken s = { .kind = kind, .report_data = BYTES_OF(report) };
	const struct reg *r;

	verdict_held(&v, CHECK_KIND, "%s", "");
	for (size_t i = 0; (r = reg_at(i)); i++)
		if ((r->kinds >> kind & 1) && !(is_sgx && strcmp(r->name, "mrtd") == 0))
			verdict_claim_bytes(&v, r->name, bytes_of(one, r->len ? r->len : 48));
	expect_common(p, &s, NOW_S, &v);
	return v;
}

/* Which sets name all of the program, and which only the firmware that it starts with. */
static void firmware_alone_is_not_the_program(void **state)
{
	static const struct {
		enum kind kind;
		const char *regs[4];
		const char *open; /* part of the sentence; NULL: nothing is left open */
	} rows[] = {
		{ KIND_NITRO, { "pcr0" }, NULL },
		{ KIND_NITRO, { "measurement" }, NULL },
		{ KIND_NITRO, { "pcr1", "pcr2" }, NULL },
		{ KIND_SNP, { "measurement" }, NULL },
		{ KIND_SGX, { "mrenclave" }, NULL },
		{ KIND_SGX, { "measurement" }, NULL },
		{ KIND_TDX, { "mrtd" }, "expect RTMR1 and RTMR2" },
		{ KIND_TDX, { "measurement" }, "expect RTMR1 and RTMR2" },
		{ KIND_TDX, { "mrtd", "rtmr1" }, "expect RTMR1 and RTMR2" },
		{ KIND_TDX, { "mrtd", "rtmr2" }, "expect RTMR1 and RTMR2" },
		{ KIND_TDX, { "mrtd", "rtmr0", "rtmr3", "mrconfigid" }, "expect RTMR1 and RTMR2" },
		{ KIND_TDX, { "mrtd", "rtmr1", "rtmr2" }, NULL },
		{ KIND_TDX, { "rtmr1", "rtmr2", "mrtd" }, NULL },
		{ KIND_TDX, { "rtmr2", "mrtd", "rtmr1" }, NULL },
		{ KIND_TDX, { "measurement", "rtmr1", "rtmr2" }, NULL },
		{ KIND_TOKEN, { "mrtd" }, "expect RTMR1 and RTMR2" },
		{ KIND_TOKEN, { "mrtd", "rtmr1", "rtmr2" }, NULL },
		{ KIND_AZURE_SNP, { "measurement" }, "expect vTPM PCR4, and 9 or 11" },
		{ KIND_AZURE_SNP, { "measurement", "vtpm_pcr4" }, "expect vTPM PCR4, and 9 or 11" },
		{ KIND_AZURE_SNP, { "measurement", "vtpm_pcr9", "vtpm_pcr11" }, "expect vTPM PCR4" },
		{ KIND_AZURE_SNP, { "measurement", "vtpm_pcr4", "vtpm_pcr9" }, NULL },
		{ KIND_AZURE_SNP, { "measurement", "vtpm_pcr4", "vtpm_pcr11" }, NULL },
		{ KIND_AZURE_TDX, { "mrtd", "rtmr1", "rtmr2" }, "expect vTPM PCR4" },
		{ KIND_AZURE_TDX, { "mrtd", "vtpm_pcr4", "vtpm_pcr11" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		for (size_t k = 0; k < 4 && rows[i].regs[k]; k++) {
			const struct reg *r = reg_find(rows[i].regs[k]);
			assert_int_equal(want(&p, 0, r->name, one, r->len ? r->len : 48), CLOISTER_OK);
		}
		struct cloister_verdict v = judge_ones(&p, rows[i].kind, false);
		assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
		assert_int_equal(v.tolerated[CHECK_MEASUREMENTS], rows[i].open != NULL);
		if (rows[i].open)
			assert_non_null(strstr(v.reason[CHECK_MEASUREMENTS], rows[i].open));
	}
}

/* A register that nobody extended is equal to zeros, and says nothing. */
static void registers_of_zeros_are_not_the_program(void **state)
{
	static const char *const regs[] = { "mrtd", "rtmr1", "rtmr2" };

	(void)state;
	for (size_t left = 1; left < 3; left++) {
		struct cloister_policy p = anything();
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(want(&p, 0, regs[i], one, 48), CLOISTER_OK);
		memset(p.expected[left].value, 0, 48);
		struct cloister_verdict v = verdict_new("test");
		for (size_t i = 0; i < 3; i++)
			verdict_claim_bytes(&v, regs[i], bytes_of(p.expected[i].value, 48));
		expect_common(&p, &(struct spoken){ .kind = KIND_TDX, .report_data = BYTES_OF(report) }, NOW_S, &v);
		assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
		assert_true(v.tolerated[CHECK_MEASUREMENTS]);
		assert_non_null(strstr(v.reason[CHECK_MEASUREMENTS], "expect RTMR1 and RTMR2"));
		verdict_fini(&v);
	}
}

static void of_two_sets_the_whole_one_counts(void **state)
{
	struct cloister_policy p = anything();

	(void)state;
	assert_int_equal(want(&p, 0, "mrtd", one, 48), CLOISTER_OK);
	assert_int_equal(want(&p, 1, "mrtd", one, 48), CLOISTER_OK);
	assert_int_equal(want(&p, 1, "rtmr1", one, 48), CLOISTER_OK);
	assert_int_equal(want(&p, 1, "rtmr2", two, 48), CLOISTER_OK);
	struct cloister_verdict v = judge_ones(&p, KIND_TDX, false);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
	assert_true(v.tolerated[CHECK_MEASUREMENTS]); /* the whole one is not equal */
	p.expected[3].value[0] = 1;
	v = judge_ones(&p, KIND_TDX, false);
	assert_false(v.tolerated[CHECK_MEASUREMENTS]);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "3 registers compared");
	/* a token about an enclave has no firmware */
	p = anything();
	assert_int_equal(want(&p, 0, "mrenclave", one, 32), CLOISTER_OK);
	v = judge_ones(&p, KIND_TOKEN, true);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
	assert_false(v.tolerated[CHECK_MEASUREMENTS]);
}

static void sets_of_another_kind_do_not_count(void **state)
{
	struct cloister_policy p = anything();
	struct spoken s = sgx();

	(void)state;
	assert_int_equal(want(&p, 0, "mrtd", one, 48), CLOISTER_OK);
	struct cloister_verdict v = judge(&p, &s);
	assert_int_equal(verdict_first_failed(&v), CHECK_MEASUREMENTS);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "no measurement is expected of this kind of evidence");
	assert_int_equal(want(&p, 1, "mrenclave", one, 32), CLOISTER_OK);
	v = judge(&p, &s);
	assert_int_equal(verdict_first_failed(&v), CHECK_COUNT);
	/* a register that the evidence does not have, or not as bytes */
	assert_int_equal(want(&p, 1, "config_id", zero, 64), CLOISTER_OK);
	v = judge(&p, &s);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "CONFIGID is not in the evidence");
	p = anything();
	assert_int_equal(want(&p, 0, "mrsigner", two, 32), CLOISTER_OK);
	assert_int_equal(want(&p, 0, "isv_prod_id", one, 2), CLOISTER_OK);
	v = judge(&p, &s);
	assert_string_equal(v.reason[CHECK_MEASUREMENTS], "ISVPRODID is not in the evidence");
	s.is_debug = true;
	p = anything();
	p.allow_debug = true;
	assert_int_equal(want(&p, 0, "mrenclave", two, 32), CLOISTER_OK);
	v = judge(&p, &s);
	assert_non_null(strstr(v.reason[CHECK_MEASUREMENTS], "debug enclave cannot say"));
}

static void values_are_possible(void **state)
{
	struct cloister_policy p = anything();

	(void)state;
	assert_int_equal(want(&p, 0, "measurement", one, 32), CLOISTER_OK);
	assert_int_equal(want(&p, 0, "measurement", one, 32), CLOISTER_E_USAGE); /* twice */
	assert_int_equal(want(&p, 1, "measurement", one, 48), CLOISTER_OK);
	assert_int_equal(want(&p, 2, "measurement", one, 33), CLOISTER_E_USAGE);
	assert_int_equal(want(&p, 2, "measurement", zero, 48), CLOISTER_E_USAGE);
	assert_int_equal(want(&p, 2, "rtmr3", zero, 48), CLOISTER_OK); /* may well be zero */
	assert_int_equal(want(&p, 2, "mrtd", one, 47), CLOISTER_E_USAGE);
	assert_int_equal(want(&p, 2, "family_id", one, 16), CLOISTER_OK);
	assert_int_equal(want(&p, 2, "family_id", one, 17), CLOISTER_E_USAGE);
	assert_int_equal(want(&p, 2, "colour", one, 48), CLOISTER_E_USAGE);
	assert_int_equal(want(&p, LIMIT_EXPECTED_SETS, "mrtd", one, 48), CLOISTER_E_LIMIT);
	assert_int_equal(p.measurements, WANT_EXACTLY);
	assert_int_equal(p.n_expected, 4);
	assert_int_equal(policy_expect_pcr(NULL, 0, bytes_of(one, 48), NULL), CLOISTER_E_USAGE);
	assert_int_equal(policy_expect_pcr(&p, 32, bytes_of(one, 48), NULL), CLOISTER_E_USAGE);
	assert_int_equal(policy_expect_pcr(&p, 31, bytes_of(one, 48), NULL), CLOISTER_OK);
	assert_int_equal(p.expected[4].set, 0);
	assert_string_equal(p.expected[4].reg->name, "pcr31");
	p.n_expected = 4; /* what lies behind the last value is none */
	assert_int_equal(policy_expect_pcr(&p, 31, bytes_of(one, 48), NULL), CLOISTER_OK);
	p.n_expected = LIMIT_EXPECTED - 1;
	p.expected[LIMIT_EXPECTED - 2] = p.expected[0];
	assert_int_equal(want(&p, 3, "mrtd", one, 48), CLOISTER_OK);
	assert_int_equal(want(&p, 3, "rtmr0", one, 48), CLOISTER_E_LIMIT);
}

/* What is wrong is said in a sentence that names the register and the number. */
static void sentences(void **state)
{
	static const struct {
		unsigned set;
		const char *reg;
		size_t len;
		const char *says;
	} rows[] = {
		{ 0, "mrtd", 47, "MRTD has 48 bytes, not 47" },
		{ 0, "isv_prod_id", 3, "ISVPRODID has 2 bytes, not 3" },
		{ 0, "measurement", 16, "the measurement has 48 or 32 bytes, not 16" },
		{ 0, "x", 1, "there is no register `x`" },
		{ LIMIT_EXPECTED_SETS, "mrtd", 48, "more than 32 sets" },
	};
	struct cloister_policy p = anything();
	struct cloister_fault why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_not_equal(policy_expect(&p, rows[i].set, rows[i].reg, bytes_of(one, rows[i].len),
						   &why), CLOISTER_OK);
		assert_string_equal(why.note, rows[i].says);
	}
	assert_int_equal(p.n_expected, 0);
	p.n_expected = LIMIT_EXPECTED;
	for (size_t i = 0; i < LIMIT_EXPECTED; i++)
		p.expected[i].reg = reg_at(0);
	assert_int_equal(policy_expect(&p, 1, "mrtd", bytes_of(one, 48), &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "more than 256 values");
}

static void registers_are_found_by_name(void **state)
{
	size_t n = 0;

	(void)state;
	while (reg_at(n))
		n++;
	assert_true(n > 32);
	assert_null(reg_at(n + 1));
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(reg_find(reg_at(i)->name), reg_at(i));
	assert_null(reg_find("nothing"));
	assert_string_equal(reg_at(31)->name, "pcr31");
	assert_string_equal(reg_at(n - 1)->name, "vtpm_pcr23");
	assert_string_equal(tcb_status_name(TCB_UP_TO_DATE), "UpToDate");
	assert_string_equal(tcb_status_name(TCB_REVOKED), "Revoked");
	assert_string_equal(tcb_status_name(TCB_STATUS_COUNT), "unknown");
}

/* Whether a set of these registers says which program runs; the policy is ready only if it does. */
static void a_set_must_name_a_program(void **state)
{
	static const struct {
		const char *regs[3];
		bool ready;
	} rows[] = {
		{ { "pcr0" }, true },	   { { "pcr1", "pcr2" }, true },	 { { "pcr1" }, false },
		{ { "pcr2" }, false },	   { { "pcr8" }, false },		 { { "mrtd" }, true },
		{ { "rtmr1" }, false },	   { { "mrenclave" }, true },		 { { "mrsigner" }, false },
		{ { "isv_prod_id" }, false }, { { "mrsigner", "isv_prod_id" }, true }, { { "measurement" }, true },
		{ { "host_data" }, false }, { { "host_data", "measurement" }, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		for (size_t k = 0; k < 3 && rows[i].regs[k]; k++) {
			const struct reg *reg = reg_find(rows[i].regs[k]);
			assert_int_equal(want(&p, 4, reg->name, one, reg->len ? reg->len : 48), CLOISTER_OK);
		}
		p.sgx.isv_svn.given = true;
		assert_int_equal(expect_ready(&p, NULL), rows[i].ready ? CLOISTER_OK : CLOISTER_E_USAGE);
		/* one good set does not make up for another that is not */
		assert_int_equal(want(&p, 5, "mrtd", one, 48), CLOISTER_OK);
		assert_int_equal(expect_ready(&p, NULL), rows[i].ready ? CLOISTER_OK : CLOISTER_E_USAGE);
	}
}

/* A signer has signed old versions too: how old it may be has to be said, and 0 is worth less. */
static void a_signer_needs_a_least_version(void **state)
{
	struct cloister_policy p = anything();
	struct cloister_fault why;

	(void)state;
	assert_int_equal(want(&p, 0, "mrsigner", one, 32), CLOISTER_OK);
	assert_int_equal(want(&p, 0, "isv_prod_id", one, 2), CLOISTER_OK);
	assert_int_equal(expect_ready(&p, &why), CLOISTER_E_USAGE);
	assert_string_equal(why.what, "sgx.isv_svn_min");
	p.sgx.isv_svn = (struct want_least){ true, 0 };
	assert_int_equal(expect_ready(&p, &why), CLOISTER_OK);
	struct cloister_verdict v = judge_ones(&p, KIND_SGX, true);
	assert_true(v.tolerated[CHECK_MEASUREMENTS]);
	assert_non_null(strstr(v.reason[CHECK_MEASUREMENTS], "in every version"));
	p.sgx.isv_svn.least = 1;
	v = judge_ones(&p, KIND_SGX, true);
	assert_int_equal(v.finding[CHECK_MEASUREMENTS], CLOISTER_HELD);
	assert_false(v.tolerated[CHECK_MEASUREMENTS]);
	/* beside the exact program it need not be said */
	p.sgx.isv_svn.given = false;
	assert_int_equal(want(&p, 0, "mrenclave", one, 32), CLOISTER_OK);
	assert_int_equal(expect_ready(&p, &why), CLOISTER_OK);
	p = anything();
	assert_int_equal(want(&p, 0, "mrsigner", one, 32), CLOISTER_OK);
	assert_int_equal(want(&p, 0, "measurement", one, 32), CLOISTER_OK);
	assert_int_equal(expect_ready(&p, &why), CLOISTER_OK);
}

static void versions_are_no_older_than_expected(void **state)
{
	static const struct {
		enum kind kind;
		const char *claim; /* of 4; NULL: it says none */
		bool of_td;
		size_t at;
		uint32_t least;
		enum cloister_finding due;
	} rows[] = {
#define GUEST offsetof(struct cloister_policy, snp.guest_svn)
#define ISV offsetof(struct cloister_policy, sgx.isv_svn)
#define CONFIG offsetof(struct cloister_policy, sgx.config_svn)
		{ KIND_SNP, "guest_svn", false, GUEST, 4, CLOISTER_HELD },
		{ KIND_SNP, "guest_svn", false, GUEST, 5, CLOISTER_FAILED },
		{ KIND_AZURE_SNP, "guest_svn", false, GUEST, 5, CLOISTER_FAILED },
		{ KIND_SNP, "guest_svn", false, ISV, 5, CLOISTER_UNCHECKED },
		{ KIND_SGX, "isv_svn", false, ISV, 4, CLOISTER_HELD },
		{ KIND_SGX, "isv_svn", false, ISV, 5, CLOISTER_FAILED },
		{ KIND_SGX, "config_svn", false, CONFIG, 4, CLOISTER_HELD },
		{ KIND_SGX, "config_svn", false, CONFIG, 5, CLOISTER_FAILED },
		{ KIND_SGX, "isv_svn", false, GUEST, 5, CLOISTER_UNCHECKED },
		{ KIND_TOKEN, "isv_svn", false, ISV, 5, CLOISTER_FAILED },
		{ KIND_TOKEN, NULL, false, CONFIG, 0, CLOISTER_FAILED }, /* 0 too has to be there */
		{ KIND_TOKEN, NULL, true, ISV, 5, CLOISTER_UNCHECKED },
		{ KIND_TDX, NULL, true, ISV, 5, CLOISTER_UNCHECKED },
		{ KIND_NITRO, NULL, false, GUEST, 5, CLOISTER_UNCHECKED },
		{ KIND_NONE, "guest_svn", false, GUEST, 5, CLOISTER_UNCHECKED },
		{ KIND_NONE, "isv_svn", false, ISV, 5, CLOISTER_UNCHECKED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		struct cloister_verdict v = verdict_new("test");
		struct spoken s = { .kind = rows[i].kind };
		*(struct want_least *)((char *)&p + rows[i].at) = (struct want_least){ true, rows[i].least };
		if (rows[i].of_td)
			verdict_claim_bytes(&v, "mrtd", bytes_of(one, 48));
		if (rows[i].claim)
			verdict_claim_u64(&v, rows[i].claim, 4);
		expect_common(&p, &s, NOW_S, &v);
		assert_int_equal(v.finding[CHECK_PROGRAM_SVN], rows[i].due);
		bool has_one = rows[i].kind != KIND_NITRO && rows[i].kind != KIND_NONE && !rows[i].of_td;
		assert_int_equal(v.asked[CHECK_PROGRAM_SVN], has_one);
	}
}

/* A version is a number; bytes of that name are none, not even at least 0. */
static void versions_are_numbers(void **state)
{
	struct cloister_policy p = anything();
	struct cloister_verdict v = verdict_new("test");
	struct spoken s = { .kind = KIND_SGX };

	(void)state;
	p.sgx.isv_svn = (struct want_least){ true, 0 };
	verdict_claim_bytes(&v, "isv_svn", bytes_of(one, 2));
	expect_common(&p, &s, NOW_S, &v);
	assert_int_equal(v.finding[CHECK_PROGRAM_SVN], CLOISTER_FAILED);
	assert_string_equal(v.reason[CHECK_PROGRAM_SVN], "isv_svn is not in the evidence");
}

/* Only a token has an issuer: of anything else, an expected one is missing. */
static void what_is_no_token_has_no_issuer(void **state)
{
	(void)state;
	for (int k = KIND_NONE + 1; k < KIND_COUNT; k++) {
		struct cloister_policy p = anything();
		struct cloister_verdict v = verdict_new("test");
		struct spoken s = { .kind = (enum kind)k };
		expect_common(&p, &s, NOW_S, &v);
		assert_false(v.asked[CHECK_TOKEN_ISSUER]);
		p.issuer = exactly(one, 1);
		expect_common(&p, &s, NOW_S, &v);
		assert_int_equal(v.finding[CHECK_TOKEN_ISSUER],
				 k == KIND_TOKEN ? CLOISTER_UNCHECKED : CLOISTER_FAILED);
	}
}

static void lengths_that_can_be_expected(void **state)
{
	static uint8_t much[LIMIT_NSM_FIELD + 1];
	static const struct {
		size_t at, least, most;
	} fields[] = {
		{ offsetof(struct cloister_policy, nonce), 1, LIMIT_NSM_FIELD },
		{ offsetof(struct cloister_policy, user_data), 0, LIMIT_NSM_FIELD },
		{ offsetof(struct cloister_policy, public_key), 1, LIMIT_NSM_FIELD },
		{ offsetof(struct cloister_policy, report_data), 64, 64 },
		{ offsetof(struct cloister_policy, issuer), 1, LIMIT_NSM_FIELD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct cloister_policy p = anything();
		struct want_field *f = (struct want_field *)((char *)&p + fields[i].at);
		*f = exactly(much, fields[i].least);
		assert_int_equal(expect_ready(&p, NULL), CLOISTER_OK);
		*f = exactly(much, fields[i].most);
		assert_int_equal(expect_ready(&p, NULL), CLOISTER_OK);
		*f = exactly(much, fields[i].most + 1);
		assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
		if (fields[i].least)
			*f = exactly(much, fields[i].least - 1);
		assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
		f->want = WANT_UNSAID;
		assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
	}
	struct cloister_policy p = anything();
	p.platforms = WANT_EXACTLY; /* and none is named */
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
	p.n_platforms = 1;
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_OK);
	p.platforms = WANT_UNSAID;
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
	p = anything();
	p.max_age_s = 0;
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
	p = anything();
	p.snp.platform_info = 0x21;
	p.snp.platform_info_clear = 0x02;
	p.snp.guest_policy = 1u << 20;
	p.snp.guest_policy_clear = 1u << 16;
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_OK);
	p.snp.platform_info_clear |= 0x20; /* set and clear */
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
	p.snp.platform_info_clear = 0;
	p.snp.guest_policy_clear |= 1u << 20;
	assert_int_equal(expect_ready(&p, NULL), CLOISTER_E_USAGE);
}

/* Each of the ways in which measurements can be said, and be said badly. */
static void measurements_are_said_one_way(void **state)
{
	static const struct {
		enum want want;
		bool some, possible, ready;
	} rows[] = {
		{ WANT_UNSAID, false, false, false },	{ WANT_UNSAID, true, false, false },
		{ WANT_ANY, false, true, true },	{ WANT_ANY, true, false, false },
		{ WANT_EXACTLY, false, false, false },	{ WANT_EXACTLY, true, true, true },
		{ WANT_REQUIRED, false, true, false },	{ WANT_REQUIRED, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		struct cloister_fault why;
		if (rows[i].some)
			assert_int_equal(want(&p, 0, "mrtd", one, 48), CLOISTER_OK);
		p.measurements = rows[i].want;
		assert_int_equal(expect_possible(&p, &why), rows[i].possible ? CLOISTER_OK : CLOISTER_E_USAGE);
		if (!rows[i].possible)
			assert_string_equal(why.what, "measurements");
		assert_int_equal(expect_ready(&p, NULL), rows[i].ready ? CLOISTER_OK : CLOISTER_E_USAGE);
	}
	struct cloister_policy p = anything();
	assert_int_equal(want(&p, 0, "mrtd", one, 48), CLOISTER_OK);
	memset(p.expected[0].value, 0, 48); /* whoever fills the structure by hand is checked too */
	assert_int_equal(expect_possible(&p, NULL), CLOISTER_E_USAGE);
}

/* What the policy leaves to the caller is possible, and not ready before the caller said it. */
static void what_is_required_is_not_ready(void **state)
{
	static const struct {
		size_t at;
		const char *name;
	} fields[] = {
		{ offsetof(struct cloister_policy, nonce), "nonce" },
		{ offsetof(struct cloister_policy, user_data), "user_data" },
		{ offsetof(struct cloister_policy, public_key), "public_key" },
		{ offsetof(struct cloister_policy, report_data), "report_data" },
		{ offsetof(struct cloister_policy, issuer), "issuer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct cloister_policy p = anything();
		struct cloister_fault why;
		struct want_field *f = (struct want_field *)((char *)&p + fields[i].at);
		f->want = WANT_REQUIRED;
		assert_int_equal(expect_possible(&p, &why), CLOISTER_OK);
		assert_int_equal(expect_ready(&p, &why), CLOISTER_E_USAGE);
		assert_string_equal(why.what, fields[i].name);
		assert_string_equal(why.note, "the policy requires that the caller says which one is expected");
		f->want = (enum want)(WANT_REQUIRED + 1);
		assert_int_equal(expect_possible(&p, &why), CLOISTER_E_USAGE);
		assert_string_equal(why.what, fields[i].name);
	}
}

/* A status is tolerated for some time, and a time is for some status. */
static void tolerance_has_two_halves(void **state)
{
	static const struct {
		uint32_t tolerated;
		uint64_t grace_s;
		const char *wrong; /* NULL: nothing */
	} rows[] = {
		{ 0, 0, NULL }, { 1u << TCB_OUT_OF_DATE, 1, NULL },
		{ 1u << TCB_OUT_OF_DATE, 0, "dcap.tolerate" }, { 0, 1, "dcap.grace" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		struct cloister_fault why;
		p.dcap.tolerated = rows[i].tolerated;
		p.dcap.grace_s = rows[i].grace_s;
		assert_int_equal(expect_ready(&p, &why), rows[i].wrong ? CLOISTER_E_USAGE : CLOISTER_OK);
		if (rows[i].wrong)
			assert_string_equal(why.what, rows[i].wrong);
	}
}

/* ---- fields ------------------------------------------------------------------- */

static void fields_are_compared_whole(void **state)
{
	static const uint8_t is[3] = { 1, 2, 3 }, other[3] = { 1, 2, 4 };
	static const struct {
		const uint8_t *data;
		size_t len;
		bool holds;
	} rows[] = {
		{ is, 3, true }, { is, 2, false }, { other, 3, false }, { is, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		struct spoken s = { .kind = KIND_NITRO, .has_fields = true, .user_data = BYTES_OF(is) };
		p.user_data = exactly(rows[i].data, rows[i].len);
		assert_int_equal(first(&p, &s), rows[i].holds ? CHECK_COUNT : CHECK_USER_DATA);
	}
	for (size_t len = 1; len <= 2; len++) { /* short ones too */
		struct cloister_policy p = anything();
		struct spoken s = { .kind = KIND_NITRO, .has_fields = true, .public_key = bytes_of(one, len) };
		p.public_key = exactly(two, len);
		assert_int_equal(first(&p, &s), CHECK_PUBLIC_KEY);
		p.public_key = exactly(one, len);
		assert_int_equal(first(&p, &s), CHECK_COUNT);
	}
	struct cloister_policy p = anything();
	struct spoken s = { .kind = KIND_NITRO, .has_fields = true, .user_data = bytes_of(is, 0) };
	p.user_data = exactly(is, 0); /* an empty one is one */
	assert_int_equal(first(&p, &s), CHECK_COUNT);
	s.user_data = BYTES_NONE;
	assert_int_equal(first(&p, &s), CHECK_USER_DATA);
	s.public_key = BYTES_OF(is);
	p.user_data.want = WANT_ANY;
	struct cloister_verdict v = judge(&p, &s);
	assert_string_equal(v.reason[CHECK_USER_DATA], "any is accepted; the evidence has none");
	assert_string_equal(v.reason[CHECK_PUBLIC_KEY], "any is accepted; the evidence has one of 3 bytes");
}

/* The nonce, then zeros: a nonce that is a prefix of another one is another one. */
static void a_nonce_fills_the_report_data(void **state)
{
	static const uint8_t nonce[3] = { 0xaa, 0xbb, 0 }, longer[65] = { 0xaa, 0xbb }, other[3] = { 0xaa, 0xbb, 1 };
	static const struct {
		const uint8_t *data;
		size_t len;
		bool holds;
	} rows[] = {
		{ nonce, 2, true }, { nonce, 3, true }, { nonce, 1, false }, { other, 3, false },
		{ longer, 64, true }, { longer, 65, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy p = anything();
		struct spoken s = sgx();
		p.nonce = exactly(rows[i].data, rows[i].len);
		assert_int_equal(first(&p, &s), rows[i].holds ? CHECK_COUNT : CHECK_NONCE);
	}
	struct cloister_policy p = anything();
	struct spoken s = sgx();
	p.report_data = exactly(report, 64);
	struct cloister_verdict v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_REPORT_DATA], CLOISTER_HELD);
	p.report_data = exactly(one, 64);
	assert_int_equal(first(&p, &s), CHECK_REPORT_DATA);
	/* with a nonce field of its own, the report data are not it */
	p = anything();
	s.has_fields = true;
	s.nonce = BYTES_OF(other);
	p.nonce = exactly(other, 3);
	assert_int_equal(first(&p, &s), CHECK_COUNT);
	p.nonce = exactly(nonce, 2);
	assert_int_equal(first(&p, &s), CHECK_NONCE);
	/* report data that nobody filled are no nonce, whatever its length */
	static const uint8_t empty[64];
	s = (struct spoken){ .kind = KIND_SGX, .report_data = BYTES_OF(empty) };
	for (size_t len = 1; len <= 2; len++) {
		p.nonce = exactly(zero, len);
		v = judge(&p, &s);
		assert_int_equal(v.finding[CHECK_NONCE], CLOISTER_FAILED);
		assert_string_equal(v.reason[CHECK_NONCE], "a nonce of zeros cannot be told from none");
	}
	/* report data longer than any register are not looked into */
	static const uint8_t long_report[65] = { 1 };
	s = (struct spoken){ .kind = KIND_SGX, .report_data = BYTES_OF(long_report) };
	p.nonce = exactly(one, 1);
	v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_NONCE], CLOISTER_FAILED);
	assert_string_equal(v.reason[CHECK_NONCE], "1 bytes do not fit into the report data");
	/* and where there are none, there is no nonce */
	s = (struct spoken){ .kind = KIND_SGX };
	v = judge(&p, &s);
	assert_string_equal(v.reason[CHECK_NONCE], "the evidence has none");
}

static void platforms_are_a_list(void **state)
{
	struct cloister_policy p = anything();
	struct spoken s = sgx();

	(void)state;
	s.platform_id = bytes_of(two, 8);
	struct cloister_verdict v = judge(&p, &s);
	assert_true(v.waived[CHECK_PLATFORM]);
	p.platforms = WANT_EXACTLY;
	p.n_platforms = 2;
	p.platform[0] = (struct want_platform){ .len = 8, .id = { 1 } };
	p.platform[1] = (struct want_platform){ .len = 8, .id = { 2 } };
	v = judge(&p, &s);
	assert_int_equal(v.finding[CHECK_PLATFORM], CLOISTER_HELD);
	p.platform[1].len = 7; /* a prefix is another machine */
	assert_int_equal(first(&p, &s), CHECK_PLATFORM);
	p.platform[0].id[0] = 2;
	assert_int_equal(first(&p, &s), CHECK_COUNT);
	p.n_platforms = 1;
	p.platform[0].len = 7;
	p.platform[1].len = 8; /* past the end of the list */
	assert_int_equal(first(&p, &s), CHECK_PLATFORM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_goes_when_it_was_said),
		cmocka_unit_test(what_a_kind_cannot_say_fails),
		cmocka_unit_test(times_are_bounded),
		cmocka_unit_test(debug_is_refused_unless_allowed),
		cmocka_unit_test(sets_hold_as_wholes),
		cmocka_unit_test(firmware_alone_is_not_the_program),
		cmocka_unit_test(registers_of_zeros_are_not_the_program),
		cmocka_unit_test(of_two_sets_the_whole_one_counts),
		cmocka_unit_test(sets_of_another_kind_do_not_count),
		cmocka_unit_test(values_are_possible),
		cmocka_unit_test(sentences),
		cmocka_unit_test(registers_are_found_by_name),
		cmocka_unit_test(a_set_must_name_a_program),
		cmocka_unit_test(a_signer_needs_a_least_version),
		cmocka_unit_test(versions_are_no_older_than_expected),
		cmocka_unit_test(versions_are_numbers),
		cmocka_unit_test(what_is_no_token_has_no_issuer),
		cmocka_unit_test(lengths_that_can_be_expected),
		cmocka_unit_test(measurements_are_said_one_way),
		cmocka_unit_test(what_is_required_is_not_ready),
		cmocka_unit_test(tolerance_has_two_halves),
		cmocka_unit_test(fields_are_compared_whole),
		cmocka_unit_test(a_nonce_fills_the_report_data),
		cmocka_unit_test(platforms_are_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
