/* SPDX-License-Identifier: Apache-2.0 */
/* genuine_test.c - the genuine AWS documents get the verdict that their index gives. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define NOW_S 1795500000u /* 24 November 2026: every certificate below the root has expired */

static struct genuine docs[GENUINE_MAX];
static size_t n_docs;
static struct cloister_trust *trust;
static const char *folder;

static struct cloister_verdict verify(struct bytes doc, uint64_t at_s,
				      const struct cloister_policy *e)
{
	struct cloister_verdict v;

	assert_int_equal(evidence_verify(trust, e, doc, at_s, &v, NULL), CLOISTER_OK);
	return v;
}

/* Exactly `failed` fails, everything before it held and nothing after it was looked at. */
static void assert_stops_at(const struct cloister_verdict *v, enum check failed)
{
	if (verdict_first_failed(v) != failed)
		print_error("%s: %s\n", check_id(verdict_first_failed(v)),
			    v->reason[verdict_first_failed(v)]);
	assert_int_equal(verdict_first_failed(v), failed);
	assert_false(cloister_verdict_accepts(v));
	for (int c = 0; c < CHECK_COUNT; c++)
		assert_int_equal(v->finding[c], c < (int)failed ? CLOISTER_HELD :
						c == (int)failed ? CLOISTER_FAILED :
								   CLOISTER_UNCHECKED);
	assert_int_equal(v->n_claims, 0);
}

static bool skip_without_docs(void)
{
	if (n_docs == 0)
		print_message("no genuine documents beside the checkout: skipped\n");
	return n_docs == 0;
}

static bool is_valid(const struct genuine *g)
{
	return strncmp(g->expect, "accept", 6) == 0;
}

static void each_has_its_verdict(void **state)
{
	(void)state;
	if (skip_without_docs())
		skip();
	for (size_t i = 0; i < n_docs; i++) {
		struct genuine *g = &docs[i];
		struct cloister_policy e = expect_anything();
		struct bytes doc = buf_bytes(&g->doc);
		uint64_t at_s = g->at_s ? g->at_s : NOW_S;
		struct cloister_verdict v = verify(doc, at_s, &e);
		print_message("%s: %s\n", g->file, g->expect);
		if (strcmp(g->expect, "accept") == 0) {
			assert_true(cloister_verdict_accepts(&v));
			assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
			assert_string_equal(v.reason[CHECK_ROOT], "AWS Nitro Enclaves root G1");
			assert_true(bytes_are(claim_bytes(&v, verdict_claim(&v, "root")), "aws-nitro-root-g1"));
			e.allow_debug = false;
			v = verify(doc, at_s, &e);
			assert_true(cloister_verdict_accepts(&v));
		} else if (strcmp(g->expect, "accept-only-if-debug-allowed") == 0) {
			assert_true(cloister_verdict_accepts(&v));
			assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
			e.allow_debug = false;
			v = verify(doc, at_s, &e);
			assert_false(cloister_verdict_accepts(&v));
			assert_int_equal(verdict_first_failed(&v), CHECK_DEBUG);
		} else if (strcmp(g->expect, "reject-signature") == 0) {
			assert_stops_at(&v, CHECK_SIGNATURE);
		} else if (strcmp(g->expect, "reject-malformed-cbor") == 0) {
			assert_stops_at(&v, CHECK_ENVELOPE);
		} else if (strcmp(g->expect, "reject-structure-and-trust") == 0) {
			assert_stops_at(&v, CHECK_ENVELOPE); /* 64 bytes of signature */
		} else {
			fail_msg("the index has a word that this test does not know: %s", g->expect);
		}
	}
}

static void each_is_refused_today(void **state)
{
	(void)state;
	if (skip_without_docs())
		skip();
	for (size_t i = 0; i < n_docs; i++) {
		struct cloister_policy e = expect_anything();
		struct cloister_verdict v = verify(buf_bytes(&docs[i].doc), NOW_S, &e);
		if (is_valid(&docs[i]))
			assert_stops_at(&v, CHECK_VALIDITY);
		assert_false(cloister_verdict_accepts(&v));
	}
}

static void pcr_expectations_are_compared(void **state)
{
	(void)state;
	if (skip_without_docs())
		skip();
	for (size_t i = 0; i < n_docs; i++) {
		struct genuine *g = &docs[i];
		uint8_t nonce[1024], pcr0[48];
		size_t n, nonce_len;
		if (!is_valid(g) || !g->pcr0_hex[0])
			continue;
		struct cloister_policy e = expect_anything();
		assert_int_equal(hex_read(bytes_text(g->pcr0_hex), pcr0, sizeof pcr0, &n, NULL), 0);
		assert_int_equal(policy_expect_pcr(&e, 0, bytes_of(pcr0, n), NULL), 0);
		bool has_nonce = g->nonce_hex[0];
		if (has_nonce) {
			assert_int_equal(hex_read(bytes_text(g->nonce_hex), nonce, sizeof nonce,
						  &nonce_len, NULL), 0);
			e.nonce = (struct want_field){ WANT_EXACTLY,
							   bytes_of(nonce, nonce_len) };
		}
		struct cloister_verdict v = verify(buf_bytes(&g->doc), g->at_s, &e);
		assert_true(cloister_verdict_accepts(&v));
		assert_int_equal(cloister_verdict_level(&v),
				 has_nonce ? CLOISTER_LEVEL_HIGH : CLOISTER_LEVEL_MEDIUM);
		e.expected[0].value[47] ^= 1;
		v = verify(buf_bytes(&g->doc), g->at_s, &e);
		assert_int_equal(verdict_first_failed(&v), CHECK_MEASUREMENTS);
		assert_false(cloister_verdict_accepts(&v));
	}
}

static int load(void **state)
{
	(void)state;
	n_docs = genuine_load(folder, docs);
	return cloister_trust_new(&trust, NULL) == CLOISTER_OK ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	genuine_free(docs, n_docs);
	cloister_trust_free(trust);
	return 0;
}

/* argv[1]: the folder of the genuine documents, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_verdict),
		cmocka_unit_test(each_is_refused_today),
		cmocka_unit_test(pcr_expectations_are_compared),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, load, unload);
}
