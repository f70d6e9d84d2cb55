/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform_test.c - platforms are known by every byte of their certificates, pushed out by
 * age, kept when a quote of theirs held, and judged anew each time. argv[1] is the
 * vectors folder.
 */

#include <stdio.h>

#include "base/test.h"
#include "evidence/forge_dcap.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"
#include "evidence/platform.h"
#include "evidence/quote.h"

static const char *vectors = ".";

static struct platform *made(struct bytes text)
{
	struct platform *p;

	assert_int_equal(platform_new(text, &p, NULL), CLOISTER_OK);
	assert_true(bytes_equal(p->text, text) && p->text.data != text.data);
	return p;
}

static bool has(struct platforms *all, struct bytes text)
{
	struct platform *p = platforms_find(all, text);

	platform_unref(p);
	return p != NULL;
}

static void the_same_bytes_and_no_others(void **state)
{
	static const char text[] = "a platform's certificates";
	struct bytes b = bytes_text(text);
	struct platforms all = { 0 };
	struct platform *p = made(b);
	char other[sizeof text];

	(void)state;
	assert_false(has(&all, b));
	assert_null(platforms_keep(&all, p));
	assert_ptr_equal(platforms_find(&all, b), p);
	assert_int_equal(p->refs, 3);
	for (size_t i = 0; i < b.len; i++) {
		memcpy(other, text, sizeof other);
		other[i] ^= 1;
		assert_false(has(&all, bytes_of(other, b.len)));
		assert_false(has(&all, bytes_of(text, i)));
	}
	assert_null(platforms_keep(&all, p)); /* is there already */
	assert_int_equal(p->refs, 3);
	platforms_fini(&all);
	assert_int_equal(p->refs, 2);
	platform_unref(p);
	platform_unref(p);
	platform_unref(NULL);
}

/* Texts that differ behind what chooses the set fill one; the longest unused goes. */
static void the_longest_unused_goes(void **state)
{
	static uint8_t text[PLATFORM_WAYS + 1][300];
	struct platforms all = { 0 };
	struct platform *p[PLATFORM_WAYS + 1];

	(void)state;
	for (uint8_t i = 0; i <= PLATFORM_WAYS; i++) {
		text[i][299] = i;
		p[i] = made(BYTES_OF(text[i]));
		if (i < PLATFORM_WAYS)
			assert_null(platforms_keep(&all, p[i]));
	}
	assert_true(has(&all, BYTES_OF(text[0])));
	assert_ptr_equal(platforms_keep(&all, p[PLATFORM_WAYS]), p[1]);
	for (size_t i = 0; i <= PLATFORM_WAYS; i++)
		assert_int_equal(has(&all, BYTES_OF(text[i])), i != 1);
	platform_unref(p[1]); /* what was handed back */
	platforms_fini(&all);
	for (size_t i = 0; i <= PLATFORM_WAYS; i++) {
		assert_int_equal(p[i]->refs, 1);
		platform_unref(p[i]);
	}
}

/* Real serial numbers are among what chooses the set. */
static void platforms_spread(void **state)
{
	uint8_t text[256] = { 0 };
	struct platforms all = { 0 };
	size_t n = 0;

	(void)state;
	for (uint8_t i = 0; i < 64; i++) {
		text[60] = i;
		struct platform *p = made(BYTES_OF(text));
		platform_unref(platforms_keep(&all, p));
		platform_unref(p);
	}
	for (uint8_t i = 0; i < 64; i++) {
		text[60] = i;
		n += has(&all, BYTES_OF(text));
	}
	assert_int_equal(n, 64);
	platforms_fini(&all);
}

static void long_texts_are_not_kept(void **state)
{
	static uint8_t text[LIMIT_PLATFORM_TEXT + 1];
	struct platforms all = { 0 };

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct bytes b = bytes_of(text, LIMIT_PLATFORM_TEXT + more);
		struct platform *p = made(b);
		assert_null(platforms_keep(&all, p));
		assert_int_equal(has(&all, b), more == 0);
		platform_unref(p);
	}
	platforms_fini(&all);
}

static struct buf loaded(const char *name)
{
	struct buf b = BUF_INIT(1u << 20);
	char path[4096];

	snprintf(path, sizeof path, "%s/tdx/%s", vectors, name);
	if (!read_file(path, &b))
		fail_msg("%s cannot be read", path);
	return b;
}

static void add(struct cloister_trust *t, const char *name)
{
	struct buf b = loaded(name);

	assert_int_equal(cloister_trust_add_collateral(t, lend(buf_bytes(&b)), NULL), CLOISTER_OK);
	buf_fini(&b);
}

static struct cloister_trust *trust_for_quotes(void)
{
	struct buf root = loaded("root.pem");
	struct cloister_trust *t;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(t, lend(buf_bytes(&root)), NULL), CLOISTER_OK);
	add(t, "signer.pem");
	add(t, "tcb_info.json");
	add(t, "qe_identity.json");
	add(t, "root.crl");
	add(t, "pck.crl");
	buf_fini(&root);
	return t;
}

static enum check judged(struct cloister_trust *t, struct bytes quote, uint64_t at_s)
{
	static struct cloister_verdict v;
	struct cloister_policy policy = expect_anything();

	assert_int_equal(evidence_verify(t, &policy, quote, at_s, &v, NULL), CLOISTER_OK);
	verdict_fini(&v);
	return verdict_first_failed(&v);
}

static bool knows(struct cloister_trust *t, struct bytes text)
{
	struct platform *p = trust_platform(t, text);

	platform_unref(p);
	return p != NULL;
}

static void a_known_platform_is_judged_anew(void **state)
{
	struct buf doc = loaded("ok.bin");
	struct cloister_trust *t = trust_for_quotes();
	struct quote q;

	(void)state;
	assert_int_equal(quote_read(buf_bytes(&doc), &q, NULL), CLOISTER_OK);
	uint8_t *sig = (uint8_t *)q.signature.data;
	sig[40] ^= 1;
	assert_int_equal(judged(t, buf_bytes(&doc), DCAP_FORGE_AT_S), CHECK_QUOTE_SIGNATURE);
	assert_false(knows(t, q.pck_chain)); /* nobody has shown to be that platform */
	sig[40] ^= 1;
	assert_int_equal(judged(t, buf_bytes(&doc), DCAP_FORGE_AT_S), CHECK_COUNT);
	assert_true(knows(t, q.pck_chain));
	assert_int_equal(judged(t, buf_bytes(&doc), DCAP_FORGE_AT_S), CHECK_COUNT);
	assert_int_equal(judged(t, buf_bytes(&doc), UINT64_C(32503680000)), CHECK_PCK_VALIDITY);
	sig[40] ^= 1;
	assert_int_equal(judged(t, buf_bytes(&doc), DCAP_FORGE_AT_S), CHECK_QUOTE_SIGNATURE);
	sig[40] ^= 1;
	add(t, "pck-crl-revokes.crl");
	assert_int_equal(judged(t, buf_bytes(&doc), DCAP_FORGE_AT_S), CHECK_PCK_CRL);
	cloister_trust_free(t);
	buf_fini(&doc);
}

/* What the first verdict answers each sentence of, the second answers in the same words. */
static void both_verdicts_are_the_same(void **state)
{
	static struct cloister_verdict v[2];
	struct cloister_policy policy = expect_anything();
	struct cloister_trust *t = trust_for_quotes();
	struct buf doc = loaded("ok.bin");

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(evidence_verify(t, &policy, buf_bytes(&doc), DCAP_FORGE_AT_S, &v[i], NULL),
				 CLOISTER_OK);
	assert_memory_equal(v[0].finding, v[1].finding, sizeof v[0].finding);
	for (size_t c = 0; c < CHECK_COUNT; c++)
		assert_string_equal(v[0].reason[c], v[1].reason[c]);
	assert_int_equal(v[0].n_claims, v[1].n_claims);
	for (size_t i = 0; i < v[0].n_claims; i++) {
		assert_string_equal(v[0].claims[i].name, v[1].claims[i].name);
		assert_int_equal(v[0].claims[i].number, v[1].claims[i].number);
		assert_true(bytes_equal(claim_bytes(&v[0], &v[0].claims[i]), claim_bytes(&v[1], &v[1].claims[i])));
	}
	for (size_t i = 0; i < 2; i++)
		verdict_fini(&v[i]);
	cloister_trust_free(t);
	buf_fini(&doc);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bytes_and_no_others),
		cmocka_unit_test(the_longest_unused_goes),
		cmocka_unit_test(platforms_spread),
		cmocka_unit_test(long_texts_are_not_kept),
		cmocka_unit_test(a_known_platform_is_judged_anew),
		cmocka_unit_test(both_verdicts_are_the_same),
	};

	if (argc > 1)
		vectors = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
