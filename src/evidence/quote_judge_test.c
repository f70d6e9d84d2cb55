/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_judge_test.c - genuine quotes with genuine collateral get the verdict
 * that Intel's own library gives, or a stricter one where doc/dcap.md says so;
 * damaged ones are refused where they are damaged.
 */

#include <stdio.h>

#include "base/test.h"
#include "evidence/genuine.h"
#include "evidence/genuine_dcap.h"
#include "evidence/quote_judge.h"

static const char *folder = ".";

static struct cloister_policy anything_goes(void)
{
	struct cloister_policy p = expect_anything();

	p.dcap = (struct dcap_wants){ .tolerated = (1u << TCB_REVOKED) - 2, .grace_s = UINT64_MAX,
				      .allow_service_td = true };
	return p;
}

static void add(struct cloister_trust *t, const struct buf *b)
{
	struct cloister_fault why;

	if (b->len)
		WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(b)), &why), &why);
}

static struct cloister_trust *trust_of(const struct dcap_case *c)
{
	struct cloister_trust *t;
	struct cloister_fault why;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	if (c->synthetic)
		WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&c->root)), &why), &why);
	add(t, &c->tcb_info);
	add(t, &c->qe_identity);
	add(t, &c->signing_chain);
	add(t, &c->root_crl);
	add(t, &c->pck_crl);
	add(t, &c->processor_crl);
	return t;
}

static void judged(struct cloister_trust *t, const struct cloister_policy *p, struct bytes quote,
		   uint64_t now_s, struct cloister_verdict *v)
{
	struct cloister_fault why;

	WANT_OK(evidence_verify(t, p, quote, now_s, v, &why), &why);
}

static bool says_text(const struct cloister_verdict *v, const char *name, const char *due)
{
	const struct claim *c = verdict_claim(v, name);

	return c && c->type == CLOISTER_CLAIM_TEXT && bytes_are(claim_bytes(v, c), due);
}

static bool says_time(const struct cloister_verdict *v, const char *name, uint64_t due)
{
	const struct claim *c = verdict_claim(v, name);

	return c && c->type == CLOISTER_CLAIM_TIME && c->number == due;
}

/* What Intel's library said of launch and of the present is what the claims say. */
static bool says_as_intel(const struct cloister_verdict *v, const struct dcap_case *c)
{
	bool twice = verdict_claim(v, "current_tcb_status");

	return says_text(v, "root", c->synthetic ? "caller-root" : "intel-sgx-root-ca") &&
	       says_text(v, "tcb_status", c->launch) && says_time(v, "tcb_date", c->launch_date_s) &&
	       says_text(v, "advisories", c->launch_advisories) &&
	       (!twice || (says_text(v, "current_tcb_status", c->current) &&
			   says_time(v, "current_tcb_date", c->current_date_s) &&
			   says_text(v, "current_advisories", c->current_advisories))) &&
	       (twice || strcmp(c->launch, c->current) == 0);
}

struct tally {
	size_t accepted, tolerated, refused, early, wrong;
};

static void complain(const struct dcap_case *c, const struct cloister_verdict *v, struct tally *t)
{
	enum check first = verdict_first_failed(v);

	print_error("%s (%s): %s %s: %s; due: %s %s\n", c->name, c->note, check_id(first),
		    check_word(first), first < CHECK_COUNT ? v->reason[first] : "", c->launch, c->stage);
	t->wrong++;
}

/* The verdict when every status but Revoked is tolerated, and when none is. */
static void judge_case(const struct dcap_case *c, void *data)
{
	struct tally *t = data;
	struct cloister_trust *trust = trust_of(c);
	struct cloister_policy lenient = anything_goes(), strict = anything_goes();
	struct cloister_verdict v, w;

	strict.dcap.tolerated = 0;
	strict.dcap.grace_s = 0;
	judged(trust, &lenient, buf_bytes(&c->quote), c->at_s, &v);
	judged(trust, &strict, buf_bytes(&c->quote), c->at_s, &w);
	enum check first = verdict_first_failed(&v), strictly = verdict_first_failed(&w);
	bool up_to_date = strcmp(c->launch, "UpToDate") == 0 && strcmp(c->current, "UpToDate") == 0;
	bool revoked = strcmp(c->launch, "Revoked") == 0 || strcmp(c->current, "Revoked") == 0;

	if (!c->pck_valid) {
		if (first != CHECK_PCK_VALIDITY || strictly != first)
			complain(c, &v, t);
		t->early++;
	} else if (strcmp(c->expected, "reject") == 0) {
		if (first == CHECK_COUNT || first > CHECK_TDX_MODULE)
			complain(c, &v, t);
		t->refused++;
	} else if (!c->launch[0]) {
		if (first != CHECK_TCB_STATUS)
			complain(c, &v, t);
		t->refused++;
	} else if (!says_as_intel(&v, c) || (c->expected[0] && strcmp(c->expected, c->launch) != 0)) {
		complain(c, &v, t);
	} else if (revoked || !up_to_date) {
		if (strictly != CHECK_TCB_STATUS || cloister_verdict_accepts(&w))
			complain(c, &w, t);
		if (revoked ? first != CHECK_TCB_STATUS : !cloister_verdict_accepts(&v))
			complain(c, &v, t);
		t->tolerated++;
	} else {
		if (!cloister_verdict_accepts(&w) || !cloister_verdict_accepts(&v))
			complain(c, &w, t);
		t->accepted++;
	}
	verdict_fini(&v);
	verdict_fini(&w);
	cloister_trust_free(trust);
}

static void each(size_t (*visit_each)(const char *, dcap_visit *, void *), const char *what)
{
	struct tally t = { 0 };

	if (visit_each(folder, judge_case, &t) == 0) {
		print_message("no %s quotes beside the checkout: skipped\n", what);
		skip();
	}
	print_message("%s: %zu up to date, %zu of another status, %zu refused, %zu before the PCK "
		      "certificate begins, %zu differ\n", what, t.accepted, t.tolerated, t.refused,
		      t.early, t.wrong);
	assert_int_equal(t.wrong, 0);
}

static void genuine_quotes_have_their_verdict(void **state)
{
	(void)state;
	each(genuine_dcap_each, "genuine");
}

static void synthetic_quotes_have_their_verdict(void **state)
{
	(void)state;
	each(synthetic_dcap_each, "synthetic");
}

/* ---- genuine quotes: what is missing, late, or not what was expected ---- */

static struct cloister_trust *trust_without(const struct dcap_case *c, size_t left_out)
{
	const struct buf *const pieces[] = { &c->tcb_info, &c->qe_identity, &c->signing_chain, &c->root_crl,
					     &c->pck_crl, &c->processor_crl };
	struct cloister_trust *t;
	struct cloister_fault why;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	if (c->synthetic)
		WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&c->root)), &why), &why);
	for (size_t i = 0; i < N_OF(pieces); i++)
		if (i != left_out && !(left_out == 4 && i == 5))
			add(t, pieces[i]);
	return t;
}

/* Each piece of collateral is due, and the chain alone is not enough. */
static void nothing_may_be_missing(const struct dcap_case *c, const struct cloister_policy *p)
{
	static const enum check due[] = { CHECK_TCB_INFO, CHECK_QE_IDENTITY, CHECK_TCB_SIGNER,
					  CHECK_PCK_CA_CRL, CHECK_PCK_CRL };

	for (size_t i = 0; i < N_OF(due); i++) {
		struct cloister_trust *t = trust_without(c, i);
		struct cloister_verdict v;
		judged(t, p, buf_bytes(&c->quote), c->at_s, &v);
		if (verdict_first_failed(&v) != due[i])
			fail_msg("%s without piece %zu: %s", c->name, i,
				 check_word(verdict_first_failed(&v)));
		verdict_fini(&v);
		cloister_trust_free(t);
	}
}

/* Two months later a list or a document is due for renewal, whichever comes first. */
static void nothing_may_be_stale(const struct dcap_case *c, const struct cloister_policy *p)
{
	struct cloister_trust *t = trust_of(c);
	struct cloister_verdict v;

	for (int late = 0; late < 2; late++) {
		uint64_t at_s = late ? c->at_s + 62u * 86400 : c->at_s - 62u * 86400;
		judged(t, p, buf_bytes(&c->quote), at_s, &v);
		enum check first = verdict_first_failed(&v);
		assert_true(first == CHECK_PCK_VALIDITY || first == CHECK_PCK_CA_CRL ||
			    first == CHECK_PCK_CRL || first == CHECK_TCB_SIGNER ||
			    first == CHECK_TCB_INFO_DATES || first == CHECK_QE_IDENTITY_DATES);
		verdict_fini(&v);
	}
	cloister_trust_free(t);
}

static enum check expecting(const struct dcap_case *c, const struct cloister_policy *p,
			    enum cloister_level *level_out)
{
	struct cloister_trust *t = trust_of(c);
	struct cloister_verdict v;

	judged(t, p, buf_bytes(&c->quote), c->at_s, &v);
	enum check first = verdict_first_failed(&v);
	*level_out = cloister_verdict_level(&v);
	verdict_fini(&v);
	cloister_trust_free(t);
	return first;
}

/* Program, report data and machine: as they are, and each with one bit changed. */
static void expectations_are_compared(const struct dcap_case *c, const struct cloister_policy *any)
{
	struct cloister_policy p = *any;
	struct cloister_fault why;
	enum cloister_level level;
	struct quote q;

	WANT_OK(quote_read(buf_bytes(&c->quote), &q, &why), &why);
	bool sgx = q.body == QUOTE_SGX;
	struct bytes program = sgx ? q.sgx.mrenclave : q.td.mrtd;
	struct bytes data = sgx ? q.sgx.report_data : q.td.report_data;
	uint8_t changed[64];
	bool debug = sgx ? q.sgx.flags & SGX_DEBUG : q.td.attributes_bits & TD_DEBUG;
	bool current = strcmp(c->launch, "UpToDate") == 0 && strcmp(c->current, "UpToDate") == 0;
	bool served = !sgx && !mem_is_zero(q.td.mrservicetd.data, q.td.mrservicetd.len);
	enum cloister_level best = debug ? CLOISTER_LEVEL_LOW :
				   current && !served ? CLOISTER_LEVEL_HIGH : CLOISTER_LEVEL_MEDIUM;
	WANT_OK(policy_expect(&p, 0, sgx ? "mrenclave" : "mrtd", program, &why), &why);
	p.report_data = (struct want_field){ WANT_EXACTLY, data };
	p.dcap.evaluation_min = 1;
	assert_int_equal(expecting(c, &p, &level), CHECK_COUNT);
	/* MRTD alone is the firmware */
	assert_int_equal(level, !sgx && best == CLOISTER_LEVEL_HIGH ? CLOISTER_LEVEL_MEDIUM : best);
	if (!sgx) {
		WANT_OK(policy_expect(&p, 0, "rtmr1", q.td.rtmr[1], &why), &why);
		WANT_OK(policy_expect(&p, 0, "rtmr2", q.td.rtmr[2], &why), &why);
	}
	assert_int_equal(expecting(c, &p, &level), CHECK_COUNT);
	/* nor is a register the program that nobody extended */
	bool extended = sgx || (!mem_is_zero(q.td.rtmr[1].data, 48) && !mem_is_zero(q.td.rtmr[2].data, 48));
	assert_int_equal(level, !extended && best == CLOISTER_LEVEL_HIGH ? CLOISTER_LEVEL_MEDIUM : best);
	p.dcap.evaluation_min = 0;
	assert_int_equal(expecting(c, &p, &level), CHECK_COUNT);
	assert_true(level < CLOISTER_LEVEL_HIGH);
	p.dcap.evaluation_min = 1;
	p.expected[0].value[31] ^= 1;
	assert_int_equal(expecting(c, &p, &level), CHECK_MEASUREMENTS);
	assert_int_equal(level, CLOISTER_LEVEL_NONE);
	p.expected[0].value[31] ^= 1;
	memcpy(changed, data.data, sizeof changed);
	changed[63] ^= 0x80;
	p.report_data.value = BYTES_OF(changed);
	assert_int_equal(expecting(c, &p, &level), CHECK_REPORT_DATA);
	p.report_data.want = WANT_ANY;
	p.platforms = WANT_EXACTLY;
	p.n_platforms = 1;
	p.platform[0] = (struct want_platform){ .len = 16 };
	assert_int_equal(expecting(c, &p, &level), CHECK_PLATFORM);
}

static void look_closer(const struct dcap_case *c, void *data)
{
	unsigned *seen = data, form = c->quote.data[0];
	struct cloister_policy p = anything_goes();
	enum cloister_level level;

	if (!c->pck_valid || *seen >> form & 1 || expecting(c, &p, &level) != CHECK_COUNT)
		return;
	*seen |= 1u << form;
	nothing_may_be_missing(c, &p);
	nothing_may_be_stale(c, &p);
	expectations_are_compared(c, &p);
}

static void one_of_each_version_closer(void **state)
{
	unsigned seen = 0;

	(void)state;
	if (genuine_dcap_each(folder, look_closer, &seen) == 0) {
		print_message("no genuine quotes beside the checkout: skipped\n");
		skip();
	}
	assert_int_not_equal(seen, 0);
}

/* Where the index says that a damaged quote has to be refused. */
static bool is_stage(enum check c, const char *stage)
{
	if (strcmp(stage, "format") == 0)
		return c == CHECK_QUOTE_SIZE || c == CHECK_QUOTE_LAYOUT;
	if (strcmp(stage, "header") == 0) /* a TD quote that calls itself SGX's is found by its lengths */
		return c == CHECK_QUOTE_HEADER || c == CHECK_QUOTE_LAYOUT;
	if (strcmp(stage, "certificate chain") == 0)
		return c >= CHECK_PCK_CERTIFICATES && c <= CHECK_PCK_CHAIN;
	if (strcmp(stage, "QE report signature") == 0)
		return c == CHECK_QE_REPORT;
	if (strncmp(stage, "AK binding", 10) == 0)
		return c == CHECK_ATTESTATION_KEY;
	if (strcmp(stage, "quote signature") == 0)
		return c == CHECK_QUOTE_SIGNATURE;
	return false;
}

static void judge_negative(const struct dcap_case *c, void *data)
{
	struct tally *t = data;
	struct cloister_trust *trust = trust_of(c);
	struct cloister_policy lenient = anything_goes();
	struct cloister_verdict v = verdict_new("quote");
	struct judge j = { trust, &lenient, NULL, c->at_s };
	struct cloister_fault why;

	/* Straight to the judge: what the bytes look like is another question. */
	verdict_held(&v, CHECK_KIND, "%s", "");
	WANT_OK(quote_judge(&j, buf_bytes(&c->quote), &v, &why), &why);
	verdict_seal(&v);
	if (!is_stage(verdict_first_failed(&v), c->stage) || cloister_verdict_accepts(&v))
		complain(c, &v, t);
	t->refused++;
	cloister_trust_free(trust);
}

static void damaged_quotes_are_refused_where_they_are_damaged(void **state)
{
	struct tally t = { 0 };

	(void)state;
	if (negative_dcap_each(folder, judge_negative, &t) == 0) {
		print_message("no damaged quotes beside the checkout: skipped\n");
		skip();
	}
	print_message("%zu refused, %zu elsewhere than due\n", t.refused, t.wrong);
	assert_int_equal(t.wrong, 0);
}

/* argv[1]: the folder beside the checkout, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(genuine_quotes_have_their_verdict),
		cmocka_unit_test(synthetic_quotes_have_their_verdict),
		cmocka_unit_test(one_of_each_version_closer),
		cmocka_unit_test(damaged_quotes_are_refused_where_they_are_damaged),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
