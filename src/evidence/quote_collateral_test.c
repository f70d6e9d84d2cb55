/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_collateral_test.c - which documents count when there are several, what
 * the memory of good signatures may and may not spare, and certificates in
 * others' places. argv[1] is the vectors folder, for its keys.
 */

#include <stdio.h>

#include "base/test.h"
#include "codec/pem.h"
#include "evidence/forge_dcap.h"
#include "evidence/genuine.h"
#include "evidence/quote_judge.h"

static struct dcap_keys keys;
static struct dcap_forge forge;
static const char *vectors = ".";

/* Pieces in the order in which they are handed over. */
struct set {
	struct buf b[16];
	size_t n;
};

static struct buf *next(struct set *s)
{
	assert_true(s->n < N_OF(s->b));
	s->b[s->n] = (struct buf)BUF_INIT(1u << 20);
	return &s->b[s->n++];
}

static void drop(struct set *s)
{
	while (s->n > 0)
		buf_fini(&s->b[--s->n]);
}

static void begin(void)
{
	dcap_forge_begin(&forge, &keys, 5, QUOTE_TD_15);
}

/* All that a quote needs, but for TCB information. */
static void the_rest(struct set *s)
{
	dcap_forge_qe_identity(&forge, next(s));
	dcap_forge_signer(&forge, next(s));
	dcap_forge_root_crl(&forge, next(s));
	dcap_forge_pck_crl(&forge, next(s));
}

/* TCB information of this evaluation, changed and signed as said. */
static void info(struct set *s, const char *evaluation, const struct forge_key *signer,
		 const char *from, const char *to)
{
	struct dcap_forge f = forge;
	char text[64];

	snprintf(text, sizeof text, "\"tcbEvaluationDataNumber\":%s", evaluation);
	DCAP_REPLACE(f.tcb_info, "\"tcbEvaluationDataNumber\":20", text);
	if (from)
		DCAP_REPLACE(f.tcb_info, from, to);
	f.tcb_info_signer = signer;
	dcap_forge_tcb_info(&f, next(s));
}

static struct cloister_trust *trust_with(const struct set *s, bool backwards)
{
	struct cloister_trust *t;
	struct cloister_fault why;
	struct buf root = BUF_INIT(1u << 16);

	WANT_OK(cloister_trust_new(&t, &why), &why);
	dcap_forge_root(&forge, &root);
	WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&root)), &why), &why);
	buf_fini(&root);
	for (size_t i = 0; i < s->n; i++)
		WANT_OK(cloister_trust_add_collateral(
				t, lend(buf_bytes(&s->b[backwards ? s->n - 1 - i : i])), &why), &why);
	return t;
}

static enum check judged_least(struct cloister_trust *t, const struct pool *given, struct bytes quote,
			       uint64_t at_s, uint32_t evaluation_min, struct cloister_verdict *v)
{
	struct cloister_policy p = expect_anything();
	struct judge j = { t, &p, given, at_s };
	struct cloister_fault why;

	p.dcap.evaluation_min = evaluation_min;
	*v = verdict_new("tdx");
	verdict_held(v, CHECK_KIND, "%s", "");
	WANT_OK(quote_judge(&j, quote, v, &why), &why);
	verdict_seal(v);
	assert_int_equal(cloister_verdict_accepts(v), verdict_first_failed(v) == CHECK_COUNT);
	return verdict_first_failed(v);
}

static enum check judged(struct cloister_trust *t, const struct pool *given, struct bytes quote,
			 uint64_t at_s, struct cloister_verdict *v)
{
	return judged_least(t, given, quote, at_s, 0, v);
}

/* The forge's quote as it is now, with this set. */
static enum check outcome(const struct set *s, bool backwards, struct cloister_verdict *v)
{
	struct cloister_trust *t = trust_with(s, backwards);
	struct buf quote = BUF_INIT(LIMIT_QUOTE);

	dcap_forge_quote(&forge, &quote);
	enum check c = judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S, v);
	buf_fini(&quote);
	cloister_trust_free(t);
	return c;
}

static uint64_t number(const struct cloister_verdict *v, const char *name)
{
	const struct claim *c = verdict_claim(v, name);

	assert_non_null(c);
	return c->number;
}

/* Well signed before forged, current before early, newer before older; in any order. */
static void the_best_counts(void **state)
{
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		DCAP_REPLACE(forge.qe_identity, "\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":99");
		info(&s, "19", keys.tcb, NULL, NULL);
		info(&s, "24", keys.stranger, NULL, NULL);
		info(&s, "20", keys.tcb, "2026-07-20T00:00:00Z", "2026-06-30T00:00:00Z");
		info(&s, "22", keys.tcb, "2026-06-20T00:00:00Z", "2026-07-02T00:00:00Z");
		info(&s, "21", keys.tcb, NULL, NULL);
		info(&s, "25", keys.tcb, "00806FAB0000", "00806FAB0001");
		info(&s, "20", keys.tcb, NULL, NULL);
		the_rest(&s);
		assert_int_equal(outcome(&s, backwards, &v), CHECK_COUNT);
		assert_int_equal(number(&v, "tcb_evaluation"), 21);
		drop(&s);
	}
}

/* A newer one that is due for renewal is not taken, and yet nobody goes back behind it. */
static void nobody_is_led_back(void **state)
{
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		info(&s, "21", keys.tcb, "2026-07-20T00:00:00Z", "2026-06-30T00:00:00Z");
		info(&s, "20", keys.tcb, NULL, NULL);
		the_rest(&s);
		assert_int_equal(outcome(&s, backwards, &v), CHECK_TCB_EVALUATION);
		assert_non_null(strstr(v.reason[CHECK_TCB_EVALUATION], "of evaluation 20, but one of 21"));
		assert_int_equal(number(&v, "tcb_evaluation"), 20);
		drop(&s);
	}
}

/* Of the same evaluation the one issued later: here it says that the platform is out of date. */
static void the_later_issue_counts(void **state)
{
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		info(&s, "20", keys.tcb, NULL, NULL);
		struct dcap_forge f = forge;
		DCAP_REPLACE(f.tcb_info, "2026-06-20T00:00:00Z", "2026-06-21T00:00:00Z");
		DCAP_REPLACE(f.tcb_info, "\"isvsvn\":5", "\"isvsvn\":6");
		dcap_forge_tcb_info(&f, next(&s));
		the_rest(&s);
		assert_int_equal(outcome(&s, backwards, &v), CHECK_TCB_STATUS);
		drop(&s);
	}
}

/* Of two that stand alike the first one given counts. */
static void the_first_of_two_alike_counts(void **state)
{
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		info(&s, "20", keys.tcb, NULL, NULL);
		info(&s, "20", keys.tcb, "\"isvsvn\":5", "\"isvsvn\":6");
		the_rest(&s);
		assert_int_equal(outcome(&s, backwards, &v), backwards ? CHECK_TCB_STATUS : CHECK_COUNT);
		drop(&s);
	}
}

/* Identities are chosen by the same rules. */
static void the_best_identity_counts(void **state)
{
	static const char *const evaluations[] = { "20", "22", "21" };

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		for (size_t i = 0; i < N_OF(evaluations); i++) {
			struct dcap_forge f = forge;
			char text[64];
			snprintf(text, sizeof text, "Number\":%s", evaluations[i]);
			DCAP_REPLACE(f.qe_identity, "Number\":20", text);
			dcap_forge_qe_identity(&f, next(&s));
		}
		info(&s, "30", keys.tcb, NULL, NULL);
		dcap_forge_signer(&forge, next(&s));
		dcap_forge_root_crl(&forge, next(&s));
		dcap_forge_pck_crl(&forge, next(&s));
		assert_int_equal(outcome(&s, backwards, &v), CHECK_COUNT);
		assert_int_equal(number(&v, "tcb_evaluation"), 22);
		drop(&s);
	}
}

/* Whichever piece is given first. */
static void order_does_not_matter(void **state)
{
	(void)state;
	for (size_t first = 0; first < 5; first++) {
		struct cloister_verdict v;
		struct set s = { 0 }, turned = { 0 };
		begin();
		info(&s, "20", keys.tcb, NULL, NULL);
		the_rest(&s);
		for (size_t i = 0; i < s.n; i++) {
			struct bytes b = buf_bytes(&s.b[(first + i) % s.n]);
			buf_put(next(&turned), b.data, b.len);
		}
		assert_int_equal(outcome(&turned, false, &v), CHECK_COUNT);
		drop(&s);
		drop(&turned);
	}
}

/* A newer document that begins, or ends, at the chosen second is current, and one that began then was seen. */
static void the_chosen_second_counts(void **state)
{
	static const struct {
		const char *from, *to;
		enum check due;
	} rows[] = {
		{ "\"issueDate\":\"2026-06-20T00:00:00Z\"", "\"issueDate\":\"2026-07-01T00:00:00Z\"", CHECK_COUNT },
		{ "\"nextUpdate\":\"2026-07-20T00:00:00Z\"", "\"nextUpdate\":\"2026-07-01T00:00:00Z\"", CHECK_COUNT },
		{ "\"issueDate\":\"2026-06-20T00:00:00Z\",\"nextUpdate\":\"2026-07-20T00:00:00Z\"",
		  "\"issueDate\":\"2026-07-01T00:00:00Z\",\"nextUpdate\":\"2026-06-30T00:00:00Z\"",
		  CHECK_TCB_EVALUATION },
		{ "\"issueDate\":\"2026-06-20T00:00:00Z\",\"nextUpdate\":\"2026-07-20T00:00:00Z\"",
		  "\"issueDate\":\"2026-07-01T00:00:01Z\",\"nextUpdate\":\"2026-06-30T00:00:00Z\"", CHECK_COUNT },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		DCAP_REPLACE(forge.qe_identity, "Number\":20", "Number\":30");
		info(&s, "20", keys.tcb, NULL, NULL);
		info(&s, "21", keys.tcb, rows[i].from, rows[i].to);
		the_rest(&s);
		assert_int_equal(outcome(&s, false, &v), rows[i].due);
		assert_int_equal(number(&v, "tcb_evaluation"), i < 2 ? 21 : 20);
		drop(&s);
	}
}

/* FMSPC digits of either case, and mixed. */
static void digits_have_no_case(void **state)
{
	static const char *const spelt[] = { "00806FAB0000", "00806fab0000", "00806fAb0000" };

	(void)state;
	for (size_t i = 0; i < N_OF(spelt); i++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		info(&s, "20", keys.tcb, "00806FAB0000", spelt[i]);
		the_rest(&s);
		assert_int_equal(outcome(&s, false, &v), CHECK_COUNT);
		drop(&s);
	}
}

/* The signing certificate was issued anew: old and new are at hand, and one is revoked. */
static void one_good_signer_is_enough(void **state)
{
	static const char *const old_serial[] = { "06", NULL };
	struct cloister_verdict v;
	struct set s = { 0 };

	(void)state;
	begin();
	struct dcap_forge f = forge;
	f.tcb.tbs.until = "260101000000Z";
	f.tcb.tbs.serial_hex = "05";
	dcap_forge_signer(&f, next(&s));
	f = forge;
	f.tcb.tbs.serial_hex = "06";
	dcap_forge_signer(&f, next(&s));
	info(&s, "20", keys.tcb, NULL, NULL);
	forge.root_crl.serials_hex = old_serial;
	the_rest(&s);
	assert_int_equal(outcome(&s, false, &v), CHECK_COUNT);
	drop(&s);
}

static void says_signers(const struct cloister_verdict *v, const char *due)
{
	assert_string_equal(v->reason[CHECK_TCB_SIGNER], due);
}

/* Two keys that the root certified: whichever signed. And the same certificate twice is one. */
static void any_of_several_signers_may_sign(void **state)
{
	(void)state;
	for (int twice = 0; twice < 2; twice++)
		for (int second = 0; second < 2; second++) {
			struct cloister_verdict v;
			struct set s = { 0 };
			begin();
			forge.tcb_info_signer = second ? keys.stranger : keys.tcb;
			forge.qe_identity_signer = forge.tcb_info_signer;
			struct dcap_forge f = forge;
			f.tcb.key = keys.stranger;
			f.tcb.tbs.serial_hex = "05";
			info(&s, "20", forge.tcb_info_signer, NULL, NULL);
			the_rest(&s);
			dcap_forge_signer(&f, next(&s));
			if (twice) {
				dcap_forge_signer(&forge, next(&s));
				dcap_forge_signer(&f, next(&s));
			}
			assert_int_equal(outcome(&s, false, &v), CHECK_COUNT);
			says_signers(&v, "2 found");
			drop(&s);
		}
}

static void signers_have_a_ceiling(void **state)
{
	static const char *const serials[] = { "11", "12", "13", "14", "15" };
	struct cloister_verdict v;
	struct set s = { 0 };

	(void)state;
	begin();
	info(&s, "20", keys.tcb, NULL, NULL);
	the_rest(&s);
	for (size_t i = 0; i < N_OF(serials); i++) {
		struct dcap_forge f = forge;
		f.tcb.tbs.serial_hex = serials[i];
		dcap_forge_signer(&f, next(&s));
	}
	assert_int_equal(outcome(&s, false, &v), CHECK_COUNT);
	says_signers(&v, "4 found");
	drop(&s);
}

/* Certificates that are no signers, each a step further than the one before it. */
static void unreadable(struct dcap_forge *f)
{
	f->tcb.tbs.alg = FORGE_ECDSA_SHA384;
}

static void misnamed(struct dcap_forge *f)
{
	f->tcb.tbs.subject = FORGE_INTEL_NAME("Intel SGX TCB Signing 2");
}

static void without_role(struct dcap_forge *f)
{
	f->tcb.tbs.usage_hex = "03020204"; /* keyCertSign */
}

static void expired(struct dcap_forge *f)
{
	f->tcb.tbs.until = "260630235959Z";
}

static void unsigned_by_root(struct dcap_forge *f)
{
	f->tcb.signer = f->keys.stranger;
}

static void revoked(struct dcap_forge *f)
{
	f->tcb.tbs.serial_hex = "0102"; /* which the root's list names */
}

static const struct {
	void (*spoil)(struct dcap_forge *f);
	const char *says;
} no_signers[] = {
	{ unreadable, "only P-256 with SHA-256" }, { misnamed, "or not called Intel SGX TCB Signing" },
	{ without_role, "may" },	     { expired, "expired" },
	{ unsigned_by_root, "not signed" },  { revoked, "revoked" },
};

/* Of several that will not do, the one that came furthest is told of, in either order. */
static void the_nearest_signer_is_told_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(no_signers); i++)
		for (int backwards = 0; backwards < 2; backwards++) {
			struct cloister_verdict v;
			struct set s = { 0 };
			begin();
			info(&s, "20", keys.tcb, NULL, NULL);
			for (size_t k = i ? i - 1 : i; k <= i; k++) {
				struct dcap_forge f = forge;
				no_signers[k].spoil(&f);
				dcap_forge_signer(&f, next(&s));
			}
			dcap_forge_qe_identity(&forge, next(&s));
			dcap_forge_root_crl(&forge, next(&s));
			dcap_forge_pck_crl(&forge, next(&s));
			assert_int_equal(outcome(&s, backwards, &v), CHECK_TCB_SIGNER);
			if (!strstr(v.reason[CHECK_TCB_SIGNER], no_signers[i].says))
				fail_msg("%zu: %s", i, v.reason[CHECK_TCB_SIGNER]);
			drop(&s);
		}
}

/* Of two that came equally far, the first one given. */
static void the_first_of_two_expired_signers_is_told_of(void **state)
{
	static const char *const until[] = { "260630235959Z", "260630235958Z" };

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		begin();
		info(&s, "20", keys.tcb, NULL, NULL);
		for (size_t k = 0; k < 2; k++) {
			struct dcap_forge f = forge;
			f.tcb.tbs.until = until[k];
			dcap_forge_signer(&f, next(&s));
		}
		dcap_forge_qe_identity(&forge, next(&s));
		dcap_forge_root_crl(&forge, next(&s));
		dcap_forge_pck_crl(&forge, next(&s));
		assert_int_equal(outcome(&s, backwards, &v), CHECK_TCB_SIGNER);
		says_signers(&v, backwards ? "certificate 2 of 2 expired 2 s before the chosen time" :
					     "certificate 2 of 2 expired 1 s before the chosen time");
		drop(&s);
	}
}

/* Other certificates that are at hand, the root and its PCK authority, are not taken for one. */
static void others_are_no_signers(void **state)
{
	struct cloister_verdict v;
	struct set s = { 0 };

	(void)state;
	begin();
	info(&s, "20", keys.tcb, NULL, NULL);
	dcap_forge_root(&forge, next(&s));
	dcap_forge_qe_identity(&forge, next(&s));
	dcap_forge_root_crl(&forge, next(&s));
	dcap_forge_pck_crl(&forge, next(&s));
	assert_int_equal(outcome(&s, false, &v), CHECK_TCB_SIGNER);
	says_signers(&v, "no certificate for TCB signing was given");
	drop(&s);
}

/* Several lists: the newest current one counts, and what any signed one revokes stays revoked. */
static void a_revocation_outlives_its_list(void **state)
{
	static const char *const leaf[] = { "03", NULL };
	struct cloister_verdict v;
	struct set s = { 0 };

	(void)state;
	begin();
	info(&s, "20", keys.tcb, NULL, NULL);
	the_rest(&s);
	struct dcap_forge f = forge;
	f.pck_crl.serials_hex = leaf;
	f.pck_crl.this_update = "260501000000Z";
	f.pck_crl.next_update = "260601000000Z";
	dcap_forge_pck_crl(&f, next(&s));
	assert_int_equal(outcome(&s, false, &v), CHECK_PCK_CRL);
	drop(&s);
}

/* Whatever comes with the evidence cannot displace the caller's, and is enough when it is good. */
static void what_the_evidence_brings(void **state)
{
	static const enum item_kind kinds[] = { ITEM_TCB_INFO, ITEM_QE_IDENTITY, ITEM_CERT, ITEM_CRL, ITEM_CRL };
	struct cloister_verdict v;
	struct set s = { 0 }, none = { 0 };
	struct pool given = { 0 };
	struct buf quote = BUF_INIT(LIMIT_QUOTE);
	uint8_t der[4096];
	size_t len;

	(void)state;
	begin();
	info(&s, "19", keys.tcb, NULL, NULL);
	the_rest(&s);
	for (size_t i = 0; i < s.n; i++) {
		struct bytes b = buf_bytes(&s.b[i]);
		if (kinds[i] == ITEM_CERT) {
			struct cert c;
			struct cloister_fault why;
			WANT_OK(pem_read(b, "CERTIFICATE", der, sizeof der, &len, &why), &why);
			WANT_OK(cert_read(bytes_of(der, len), &cert_profile_intel, &c, &why), &why);
			b = bytes_of(der, len);
		}
		assert_int_equal(pool_add(&given, kinds[i], b, NULL), CLOISTER_OK);
	}
	dcap_forge_quote(&forge, &quote);
	struct cloister_trust *t = trust_with(&none, false);
	assert_int_equal(judged(t, &given, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_COUNT);
	assert_int_equal(number(&v, "tcb_evaluation"), 19);
	assert_true(v.tolerated[CHECK_TCB_EVALUATION]); /* the prover chose it, and nobody asked for more */
	cloister_trust_free(t);

	struct set stale = { 0 };
	info(&stale, "20", keys.tcb, "2026-07-20T00:00:00Z", "2026-06-30T00:00:00Z");
	t = trust_with(&stale, false);
	assert_int_equal(judged(t, &given, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_TCB_EVALUATION);
	cloister_trust_free(t);
	drop(&stale);

	struct set half = { 0 };
	info(&half, "20", keys.tcb, NULL, NULL);
	t = trust_with(&half, false);
	assert_int_equal(judged(t, &given, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_COUNT);
	assert_true(v.tolerated[CHECK_TCB_EVALUATION]); /* the identity is the prover's choice still */
	cloister_trust_free(t);
	dcap_forge_qe_identity(&forge, next(&half));
	t = trust_with(&half, false);
	assert_int_equal(judged(t, &given, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_COUNT);
	assert_false(v.tolerated[CHECK_TCB_EVALUATION]);
	cloister_trust_free(t);
	drop(&half);

	/* An identity of his own is half of it too, and stale TCB information is none. */
	info(&half, "20", keys.tcb, "2026-07-20T00:00:00Z", "2026-06-30T00:00:00Z");
	dcap_forge_qe_identity(&forge, next(&half));
	struct dcap_forge newer = forge;
	struct buf late = BUF_INIT(1u << 16);
	dcap_forge_tcb_info(&newer, &late); /* of 20, and current */
	struct pool last = given;
	last.n = 0;
	for (size_t i = 1; i < given.n; i++)
		assert_int_equal(pool_add(&last, given.items[i].kind, given.items[i].data, NULL), CLOISTER_OK);
	assert_int_equal(pool_add(&last, ITEM_TCB_INFO, buf_bytes(&late), NULL), CLOISTER_OK);
	t = trust_with(&half, false);
	assert_int_equal(judged(t, &last, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_COUNT);
	assert_int_equal(number(&v, "tcb_evaluation"), 20);
	assert_true(v.tolerated[CHECK_TCB_EVALUATION]);
	/* What the caller asks for at least makes up for it. */
	assert_int_equal(judged_least(t, &last, buf_bytes(&quote), DCAP_FORGE_AT_S, 20, &v), CHECK_COUNT);
	assert_false(v.tolerated[CHECK_TCB_EVALUATION]);
	cloister_trust_free(t);
	buf_fini(&late);
	drop(&half);

	struct set own = { 0 };
	info(&own, "20", keys.tcb, "{\"isvsvn\":5}", "{\"isvsvn\":6}");
	the_rest(&own);
	t = trust_with(&own, false);
	assert_int_equal(judged(t, &given, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_TCB_STATUS);
	assert_int_equal(number(&v, "tcb_evaluation"), 20);
	cloister_trust_free(t);
	buf_fini(&quote);
	drop(&s);
	drop(&own);
}

/* What was well signed before is looked at again in everything but its signature. */
static void memory_spares_signatures_only(void **state)
{
	static const char *const leaf[] = { "03", NULL };
	struct cloister_verdict v;
	struct set s = { 0 };
	struct buf quote = BUF_INIT(LIMIT_QUOTE), list = BUF_INIT(1u << 16);
	struct cloister_fault why;

	(void)state;
	begin();
	info(&s, "20", keys.tcb, NULL, NULL);
	the_rest(&s);
	dcap_forge_quote(&forge, &quote);
	struct cloister_trust *t = trust_with(&s, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_COUNT);
	assert_int_equal(judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S + 20 * 86400, &v), CHECK_PCK_CA_CRL);
	assert_int_equal(judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S - 20 * 86400, &v), CHECK_PCK_CA_CRL);
	quote.data[100] ^= 1;
	assert_int_equal(judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_QUOTE_SIGNATURE);
	quote.data[100] ^= 1;
	forge.pck_crl.serials_hex = leaf;
	dcap_forge_pck_crl(&forge, &list);
	WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&list)), &why), &why);
	assert_int_equal(judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_PCK_CRL);
	cloister_trust_free(t);
	buf_fini(&quote);
	buf_fini(&list);
	drop(&s);
}

/* Good certificates in each other's places. */
static void certificates_have_their_places(void **state)
{
	static const uint8_t orders[][3] = { { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
					     { 0, 1, 1 }, { 0, 0, 2 }, { 1, 1, 2 }, { 0, 2, 2 }, { 3, 1, 2 },
					     { 0, 3, 2 }, { 0, 1, 3 }, { 3, 2, 2 } };

	(void)state;
	for (size_t i = 0; i < N_OF(orders); i++) {
		struct cloister_verdict v;
		struct set s = { 0 };
		struct buf quote = BUF_INIT(LIMIT_QUOTE), pems[4], chain = BUF_INIT(1u << 16);
		struct cloister_fault why;
		struct quote q;
		begin();
		info(&s, "20", keys.tcb, NULL, NULL);
		the_rest(&s);
		dcap_forge_quote(&forge, &quote);
		WANT_OK(quote_read(buf_bytes(&quote), &q, &why), &why);
		struct bytes text = q.pck_chain, block;
		for (size_t k = 0; k < 3; k++) {
			assert_true(pem_next(&text, &block));
			pems[k] = (struct buf)BUF_INIT(1u << 16);
			buf_put(&pems[k], block.data, block.len);
			buf_text(&pems[k], "\n");
		}
		pems[3] = (struct buf)BUF_INIT(1u << 16);
		dcap_forge_signer(&forge, &pems[3]);
		for (size_t k = 0; k < 3; k++)
			buf_put(&chain, pems[orders[i][k]].data, pems[orders[i][k]].len);
		forge.q.chain = buf_bytes(&chain);
		enum check c = outcome(&s, false, &v);
		assert_in_range(c, CHECK_PCK_CERTIFICATES, CHECK_PCK_CHAIN);
		for (size_t k = 0; k < 4; k++)
			buf_fini(&pems[k]);
		buf_fini(&chain);
		buf_fini(&quote);
		drop(&s);
	}
}

/* A caller's root is known by its certificate: another one for the same key is a stranger. */
static void a_root_given_is_that_certificate(void **state)
{
	struct cloister_verdict v;
	struct set s = { 0 };
	struct buf quote = BUF_INIT(LIMIT_QUOTE);

	(void)state;
	begin();
	info(&s, "20", keys.tcb, NULL, NULL);
	the_rest(&s);
	struct cloister_trust *t = trust_with(&s, false);
	forge.root.tbs.serial_hex = "09";
	dcap_forge_quote(&forge, &quote);
	assert_int_equal(judged(t, NULL, buf_bytes(&quote), DCAP_FORGE_AT_S, &v), CHECK_PCK_ROOT);
	cloister_trust_free(t);
	buf_fini(&quote);
	drop(&s);
}

static int load_keys(void **state)
{
	(void)state;
	dcap_keys_load(&keys, vectors);
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	dcap_keys_free(&keys);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_counts),
		cmocka_unit_test(nobody_is_led_back),
		cmocka_unit_test(the_later_issue_counts),
		cmocka_unit_test(the_first_of_two_alike_counts),
		cmocka_unit_test(the_best_identity_counts),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(the_chosen_second_counts),
		cmocka_unit_test(digits_have_no_case),
		cmocka_unit_test(one_good_signer_is_enough),
		cmocka_unit_test(any_of_several_signers_may_sign),
		cmocka_unit_test(signers_have_a_ceiling),
		cmocka_unit_test(the_nearest_signer_is_told_of),
		cmocka_unit_test(the_first_of_two_expired_signers_is_told_of),
		cmocka_unit_test(others_are_no_signers),
		cmocka_unit_test(a_revocation_outlives_its_list),
		cmocka_unit_test(what_the_evidence_brings),
		cmocka_unit_test(memory_spares_signatures_only),
		cmocka_unit_test(certificates_have_their_places),
		cmocka_unit_test(a_root_given_is_that_certificate),
	};

	vectors = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, load_keys, free_keys);
}
