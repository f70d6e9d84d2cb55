/* SPDX-License-Identifier: Apache-2.0 */
/* verify_test.c - what must be said, who says yes, and what is remembered of chains. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/hash.h"
#include "evidence/forge.h"
#include "evidence/genuine.h"
#include "evidence/trust.h"
#include "evidence/kind.h"

#include <cmocka.h> /* last: it has a macro named fail */

static struct forge keys;

/* A trust of its own per test, with the forged root in it. */
static struct cloister_trust *new_trust(void)
{
	struct cloister_trust *t;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(t, lend(buf_bytes(&keys.root_der)), NULL), CLOISTER_OK);
	return t;
}

static struct cloister_verdict verify(struct cloister_trust *t, const struct buf *doc, uint64_t at_s)
{
	struct cloister_policy e = expect_anything();
	struct cloister_verdict v;

	assert_int_equal(evidence_verify(t, &e, buf_bytes(doc), at_s, &v, NULL), CLOISTER_OK);
	return v;
}

/* A document whose chain a test has changed. */
static struct buf document(struct forge_chain *c, const struct sign_key *signer)
{
	struct buf out = BUF_INIT(1u << 16);
	struct forge_doc d;

	forge_chain_write(c);
	forge_doc_init(&d, &keys);
	d.signer = signer;
	forge_document(&d, c, &out);
	return out;
}

static struct buf good_document(void)
{
	struct forge_chain c;

	forge_chain_init(&c, &keys);
	struct buf doc = document(&c, keys.leaf);
	forge_chain_fini(&c);
	return doc;
}

/* ---- expectations --------------------------------------------------------- */

static void expect_pcr0(struct cloister_policy *e, const uint8_t *pcr0)
{
	assert_int_equal(policy_expect_pcr(e, 0, bytes_of(pcr0, 48), NULL), CLOISTER_OK);
}

static struct cloister_policy say(int what)
{
	static const uint8_t value[1100] = { 1 };
	static const uint8_t pcr[48] = { 1 };
	struct cloister_policy e = expect_anything();

	switch (what) {
	case 0: e.nonce.want = WANT_UNSAID; break;
	case 1: e.nonce = (struct want_field){ WANT_EXACTLY, { value, 0 } }; break;
	case 2: e.nonce = (struct want_field){ WANT_EXACTLY, { value, 1025 } }; break;
	case 3: e.nonce.want = (enum want)7; break;
	case 4: e.user_data.want = WANT_UNSAID; break;
	case 5: e.user_data = (struct want_field){ WANT_EXACTLY, { value, 1025 } }; break;
	case 6: e.public_key.want = WANT_UNSAID; break;
	case 7: e.public_key = (struct want_field){ WANT_EXACTLY, { value, 0 } }; break;
	case 8: e.measurements = WANT_UNSAID; break;
	case 9: e.measurements = WANT_EXACTLY; break;             /* and no PCR */
	case 10: expect_pcr0(&e, pcr); e.measurements = WANT_ANY; break; /* any and PCR0 */
	case 11: expect_pcr0(&e, pcr); memset(e.expected[0].value, 0, 48); break; /* PCR0 all zero */
	case 12: case 13: case 14: case 15: { /* PCR8, 1, 2 and 4 alone */
		static const unsigned alone[] = { 8, 1, 2, 4 };
		assert_int_equal(policy_expect_pcr(&e, alone[what - 12], BYTES_OF(pcr), NULL), 0);
		break;
	}
	case 16: e.max_age_s = 0; break;
	default: fail_msg("no such case");
	}
	return e;
}

static void what_is_unsaid_is_usage(void **state)
{
	static const char *const blamed[] = {
		"nonce", "nonce", "nonce", "nonce", "user_data", "user_data", "public_key", "public_key",
		"measurements", "measurements", "measurements", "measurements", "measurements",
		"measurements", "measurements", "measurements", "max_age",
	};
	struct cloister_trust *t = new_trust();
	struct buf doc = good_document();

	(void)state;
	for (int i = 0; i < (int)(sizeof blamed / sizeof *blamed); i++) {
		struct cloister_policy e = say(i);
		struct cloister_verdict v = { .kind = "untouched" };
		struct cloister_fault why = { 0 };
		assert_int_equal(evidence_verify(t, &e, buf_bytes(&doc), FORGE_AT_S, &v, &why),
				 CLOISTER_E_USAGE);
		assert_string_equal(why.what, blamed[i]);
		assert_string_equal(v.kind, "untouched");
	}
	struct cloister_policy e = expect_anything();
	struct cloister_verdict v;
	assert_int_equal(evidence_verify(NULL, &e, buf_bytes(&doc), FORGE_AT_S, &v, NULL),
			 CLOISTER_E_USAGE);
	assert_int_equal(evidence_verify(t, NULL, buf_bytes(&doc), FORGE_AT_S, &v, NULL),
			 CLOISTER_E_USAGE);
	assert_int_equal(evidence_verify(t, &e, buf_bytes(&doc), FORGE_AT_S, NULL, NULL),
			 CLOISTER_E_USAGE);
	buf_fini(&doc);
	cloister_trust_free(t);
}

/* The calls that the public has, their contract broken: nothing is answered, and nothing is kept. */
static void the_calls_want_all_they_need(void **state)
{
	struct cloister_trust *t = new_trust();
	struct buf doc = good_document();
	struct cloister_policy p = expect_anything(), unsaid = { 0 };
	struct cloister_evidence in = { .document = lend(buf_bytes(&doc)) };
	struct cloister_verdict *const untouched = (struct cloister_verdict *)&doc, *v = untouched;
	struct cloister_fault why;

	(void)state;
	assert_int_equal(cloister_verify(t, &p, in.document, FORGE_AT_S, NULL, &why), CLOISTER_E_USAGE);
	assert_string_equal(why.note, "a place for the verdict is due");
	assert_int_equal(cloister_verify_evidence(t, &p, NULL, FORGE_AT_S, &v, &why), CLOISTER_E_USAGE);
	assert_string_equal(why.note, "trust, policy, evidence and verdict are due");
	assert_int_equal(cloister_verify(NULL, &p, in.document, FORGE_AT_S, &v, NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_verify(t, NULL, in.document, FORGE_AT_S, &v, NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_verify(t, &unsaid, in.document, FORGE_AT_S, &v, NULL), CLOISTER_E_USAGE);
	assert_ptr_equal(v, untouched);
	assert_int_equal(cloister_verify(t, &p, in.document, FORGE_AT_S, &v, NULL), CLOISTER_OK);
	assert_true(v != untouched && cloister_verdict_accepts(v));
	cloister_verdict_free(v);
	cloister_verdict_free(NULL);
	/* a log that is given is due, and this kind has no registers for one */
	in.event_log = lend(bytes_text("[]"));
	assert_int_equal(cloister_verify_evidence(t, &p, &in, FORGE_AT_S, &v, NULL), CLOISTER_OK);
	assert_true(v->asked[CHECK_EVENT_LOG]);
	assert_false(cloister_verdict_accepts(v));
	cloister_verdict_free(v);
	buf_fini(&doc);
	cloister_trust_free(t);
}

/* Kinds are bits by their number, and no bit stands for its neighbour. */
static void only_kinds_that_are_allowed_are_judged(void **state)
{
	struct cloister_trust *t = new_trust();
	struct buf doc = good_document();

	(void)state;
	for (int k = KIND_NONE + 1; k < KIND_COUNT; k++) {
		struct cloister_policy p = expect_anything();
		struct cloister_verdict v;
		p.kinds = 1u << k;
		assert_int_equal(evidence_verify(t, &p, buf_bytes(&doc), FORGE_AT_S, &v, NULL), CLOISTER_OK);
		assert_int_equal(cloister_verdict_accepts(&v), k == KIND_NITRO);
		if (k == KIND_NITRO)
			continue;
		assert_int_equal(verdict_first_failed(&v), CHECK_KIND);
		assert_string_equal(v.reason[CHECK_KIND], "nitro evidence is not allowed by the caller");
		p.kinds = ~(1u << k);
		assert_int_equal(evidence_verify(t, &p, buf_bytes(&doc), FORGE_AT_S, &v, NULL), CLOISTER_OK);
		assert_true(cloister_verdict_accepts(&v));
	}
	buf_fini(&doc);
	cloister_trust_free(t);
}

/* What had to be decoded lies in the verdict, which claims are views of. */
static void wrapped_evidence_outlives_the_call(void **state)
{
	struct cloister_policy p = expect_anything();
	struct cloister_trust *t = new_trust();
	struct buf doc = good_document();
	struct cloister_verdict *v, *w;
	char *text = malloc(B64_ROOM(doc.len));
	struct cloister_claim plain, wrapped;

	(void)state;
	assert_non_null(text);
	b64_write(buf_bytes(&doc), text);
	assert_int_equal(cloister_verify(t, &p, lend(buf_bytes(&doc)), FORGE_AT_S, &v, NULL), CLOISTER_OK);
	assert_int_equal(cloister_verify(t, &p, lend(bytes_text(text)), FORGE_AT_S, &w, NULL), CLOISTER_OK);
	memset(text, 'x', strlen(text));
	free(text);
	assert_true(cloister_verdict_accepts(v) && cloister_verdict_accepts(w));
	assert_true(v->n_claims > 0);
	for (size_t i = 0; i < v->n_claims; i++) {
		assert_true(cloister_verdict_claim(v, i, &plain) && cloister_verdict_claim(w, i, &wrapped));
		assert_string_equal(plain.name, wrapped.name);
		assert_true(bytes_equal(borrow(plain.bytes), borrow(wrapped.bytes)));
	}
	cloister_verdict_free(v);
	cloister_verdict_free(w);
	buf_fini(&doc);
	cloister_trust_free(t);
}

static void pcr_expectations_are_possible(void **state)
{
	static const uint8_t zero[48], one[48 + 1] = { 1 };
	struct cloister_policy e = { 0 };

	(void)state;
	assert_int_equal(policy_expect_pcr(&e, 0, BYTES_OF(zero), NULL), CLOISTER_E_USAGE);
	assert_int_equal(policy_expect_pcr(&e, 32, bytes_of(one, 48), NULL), CLOISTER_E_USAGE);
	assert_int_equal(policy_expect_pcr(&e, 0, bytes_of(one, 47), NULL), CLOISTER_E_USAGE);
	assert_int_equal(policy_expect_pcr(&e, 0, bytes_of(one, 49), NULL), CLOISTER_E_USAGE);
	assert_int_equal(e.n_expected, 0);
	assert_int_equal(e.measurements, WANT_UNSAID);
	assert_int_equal(policy_expect_pcr(&e, 31, bytes_of(one, 48), NULL), CLOISTER_OK);
	assert_int_equal(e.n_expected, 1);
	assert_string_equal(e.expected[0].reg->name, "pcr31");
	assert_int_equal(e.measurements, WANT_EXACTLY);
}

/* ---- who says yes ---------------------------------------------------------- */

static void only_a_full_verdict_accepts(void **state)
{
	static const enum check waivable[] = {
		CHECK_SNP_REVOCATION, CHECK_SNP_MILAN, CHECK_SNP_VMPL, CHECK_SNP_MIGRATION,
		CHECK_SNP_TCB_FLOOR, CHECK_SNP_PLATFORM_INFO, CHECK_SNP_MITIGATIONS,
		CHECK_AGE,   CHECK_DEBUG,	CHECK_MEASUREMENTS,
		CHECK_NONCE, CHECK_USER_DATA, CHECK_PUBLIC_KEY, CHECK_REPORT_DATA, CHECK_PLATFORM,
		CHECK_TOKEN_ISSUER, CHECK_PROGRAM_SVN, CHECK_SNP_GUEST_POLICY,
	};
	struct cloister_verdict nobody_looked = { 0 }, full = { .n_claims = 1 };

	memset(nobody_looked.waived, true, sizeof nobody_looked.waived);
	nobody_looked.asked[CHECK_KIND] = true;

	(void)state;
	assert_false(cloister_verdict_accepts(&nobody_looked));
	assert_int_equal(cloister_verdict_level(&nobody_looked), CLOISTER_LEVEL_NONE);
	for (int c = 0; c < CHECK_COUNT; c++)
		full.asked[c] = true, full.finding[c] = CLOISTER_HELD;
	assert_true(cloister_verdict_accepts(&full));
	for (int c = 0; c < CHECK_COUNT; c++) {
		bool may = false;
		for (size_t i = 0; i < sizeof waivable / sizeof *waivable; i++)
			may |= waivable[i] == (enum check)c;
		struct cloister_verdict v = full;
		v.finding[c] = CLOISTER_UNCHECKED;
		assert_false(cloister_verdict_accepts(&v));
		v.waived[c] = true;
		assert_int_equal(cloister_verdict_accepts(&v), may);
		v.finding[c] = CLOISTER_FAILED;
		assert_false(cloister_verdict_accepts(&v));
		assert_int_equal(verdict_first_failed(&v), c);
		v.finding[c] = (enum cloister_finding)3;
		assert_false(cloister_verdict_accepts(&v));
	}
}

static void levels(void **state)
{
	struct cloister_verdict v = { .root_is_builtin = true, .n_claims = 1 };

	(void)state;
	for (int c = 0; c < CHECK_COUNT; c++)
		v.finding[c] = c == CHECK_REPORT_DATA ? CLOISTER_UNCHECKED : CLOISTER_HELD;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_HIGH);
	v.is_debug = true;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
	v.is_debug = false;
	v.root_is_builtin = false;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
	v.root_is_builtin = true;
	v.finding[CHECK_NONCE] = CLOISTER_UNCHECKED;
	v.waived[CHECK_NONCE] = v.waived[CHECK_MEASUREMENTS] = true;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	v.finding[CHECK_NONCE] = CLOISTER_HELD;
	v.finding[CHECK_MEASUREMENTS] = CLOISTER_UNCHECKED;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
}

static void a_no_is_not_talked_out_of(void **state)
{
	struct cloister_verdict v = verdict_new("test");

	(void)state;
	verdict_failed(&v, CHECK_ROOT, "no");
	verdict_held(&v, CHECK_ROOT, "yes");
	assert_int_equal(v.finding[CHECK_ROOT], CLOISTER_FAILED);
	assert_string_equal(v.reason[CHECK_ROOT], "no");
	verdict_waived(&v, CHECK_ROOT, "any");
	assert_false(cloister_verdict_accepts(&v));
	verdict_waived(&v, CHECK_NONCE, "any");
	verdict_held(&v, CHECK_NONCE, "yes");
	assert_int_equal(v.finding[CHECK_NONCE], CLOISTER_UNCHECKED);
}

/* ---- roots ------------------------------------------------------------------ */

static enum cloister_err add(struct cloister_trust *t, struct forge_cert spec,
			     const struct sign_key *key, const struct sign_key *signer)
{
	struct buf der = BUF_INIT(1u << 16);
	forge_cert(&spec, key, signer, &der);
	enum cloister_err err = cloister_trust_add_root(t, lend(buf_bytes(&der)), NULL);
	buf_fini(&der);
	return err;
}

static void roots_must_be_roots(void **state)
{
	const struct forge_cert good = { "A", "A", "200101000000Z", "491231235959Z", true, -1, 0x04, 0 };
	struct cloister_trust *t;
	struct forge_cert c = good;

	(void)state;
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	assert_int_equal(add(t, good, keys.root, keys.stranger), CLOISTER_E_MALFORMED);
	c.issuer = "B";
	assert_int_equal(add(t, c, keys.root, keys.root), CLOISTER_E_UNSUPPORTED);
	c = good;
	c.is_ca = false;
	assert_int_equal(add(t, c, keys.root, keys.root), CLOISTER_E_UNSUPPORTED);
	c = good;
	c.usage = 0x80;
	assert_int_equal(add(t, c, keys.root, keys.root), CLOISTER_E_UNSUPPORTED);
	c.usage = FORGE_NO_USAGE;
	assert_int_equal(add(t, c, keys.root, keys.root), CLOISTER_E_UNSUPPORTED);
	c = good;
	c.defect = CERT_TRAILING;
	assert_int_equal(add(t, c, keys.root, keys.root), CLOISTER_E_MALFORMED);
	struct bytes garbage = bytes_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_int_equal(cloister_trust_add_root(t, lend(garbage), NULL), CLOISTER_E_MALFORMED);
	assert_int_equal(cloister_trust_add_root(t, (struct cloister_bytes){ 0 }, NULL),
			 CLOISTER_E_MALFORMED);
	assert_int_equal(cloister_trust_add_root(NULL, lend(garbage), NULL), CLOISTER_E_USAGE);
	for (unsigned i = 0; i < LIMIT_ROOTS; i++)
		assert_int_equal(add(t, good, keys.root, keys.root), CLOISTER_OK);
	assert_int_equal(add(t, good, keys.root, keys.root), CLOISTER_E_LIMIT);
	cloister_trust_free(t);
	cloister_trust_free(NULL);
}

/* Path length counts from the root too: one of our roots allows no authority below it. */
static void the_roots_path_length_counts(void **state)
{
	struct forge_chain c;
	struct cloister_trust *t;

	(void)state;
	forge_chain_init(&c, &keys);
	c.spec[0].path_len = 1;
	c.key[0] = c.signer[0] = c.signer[1] = keys.other_root;
	struct buf doc = document(&c, keys.leaf);
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(t, lend(buf_bytes(&c.der[0])), NULL), CLOISTER_OK);
	struct cloister_verdict v = verify(t, &doc, FORGE_AT_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_PATH);
	forge_chain_fini(&c);
	buf_fini(&doc);
	cloister_trust_free(t);
}

/* A document never brings its own root, whatever was accepted before. */
static void evidence_never_chooses_its_root(void **state)
{
	struct forge_chain c;
	struct cloister_trust *ours = new_trust(), *empty;
	struct buf good = good_document();

	(void)state;
	struct cloister_verdict v = verify(ours, &good, FORGE_AT_S);
	assert_true(cloister_verdict_accepts(&v));
	assert_int_equal(cloister_trust_new(&empty, NULL), CLOISTER_OK);
	v = verify(empty, &good, FORGE_AT_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_ROOT);
	assert_string_equal(v.reason[CHECK_CERTIFICATES], "not reached: R6 (root) failed");
	forge_chain_init(&c, &keys);
	c.key[0] = c.signer[0] = c.signer[1] = keys.other_root;
	struct buf other = document(&c, keys.leaf);
	v = verify(ours, &other, FORGE_AT_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_ROOT);
	forge_chain_fini(&c);
	buf_fini(&good);
	buf_fini(&other);
	cloister_trust_free(ours);
	cloister_trust_free(empty);
}

/* What a user reads of the root: whose it is, or the first bytes of the digest that would have to be given. */
static void the_root_is_named(void **state)
{
	struct cloister_trust *ours = new_trust(), *empty;
	struct buf doc = good_document();
	uint8_t sha256[SHA256_LEN];
	char due[160];

	(void)state;
	struct cloister_verdict v = verify(ours, &doc, FORGE_AT_S);
	assert_string_equal(v.reason[CHECK_ROOT], "a root given by the caller");
	assert_false(v.root_is_builtin);
	assert_int_equal(cloister_trust_new(&empty, NULL), CLOISTER_OK);
	v = verify(empty, &doc, FORGE_AT_S);
	assert_int_equal(hash_sha256(buf_bytes(&keys.root_der), sha256, NULL), CLOISTER_OK);
	snprintf(due, sizeof due, "no root that was given has this certificate's SHA-256 (%02x%02x%02x%02x…)",
		 sha256[0], sha256[1], sha256[2], sha256[3]);
	assert_string_equal(v.reason[CHECK_ROOT], due);
	buf_fini(&doc);
	cloister_trust_free(ours);
	cloister_trust_free(empty);
}

/* ---- what is remembered ------------------------------------------------------ */

static void a_remembered_chain_still_expires(void **state)
{
	struct cloister_trust *t = new_trust();
	struct buf doc = good_document();

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cloister_verdict v = verify(t, &doc, FORGE_AT_S);
		assert_true(cloister_verdict_accepts(&v));
		v = verify(t, &doc, FORGE_AT_S + 86400);
		assert_int_equal(verdict_first_failed(&v), CHECK_VALIDITY);
		v = verify(t, &doc, FORGE_AT_S - 86400);
		assert_int_equal(verdict_first_failed(&v), CHECK_VALIDITY);
	}
	buf_fini(&doc);
	cloister_trust_free(t);
}

static void a_bad_link_is_never_remembered(void **state)
{
	struct cloister_trust *t = new_trust();
	struct buf good = good_document();
	struct forge_chain c;

	(void)state;
	struct cloister_verdict v = verify(t, &good, FORGE_AT_S);
	assert_true(cloister_verdict_accepts(&v));
	/* Same names and roles all the way, but one link made by a stranger, who signs the document. */
	for (size_t bad = 1; bad < 4; bad++) {
		forge_chain_init(&c, &keys);
		c.signer[bad] = keys.stranger;
		struct buf doc = document(&c, keys.leaf);
		for (int i = 0; i < 3; i++) {
			v = verify(t, &doc, FORGE_AT_S);
			assert_int_equal(verdict_first_failed(&v), CHECK_CHAIN);
		}
		buf_fini(&doc);
		forge_chain_fini(&c);
	}
	v = verify(t, &good, FORGE_AT_S);
	assert_true(cloister_verdict_accepts(&v));
	buf_fini(&good);
	cloister_trust_free(t);
}

/* A leaf and its issuer that are well known, under an authority that a stranger made up. */
static void a_known_leaf_does_not_vouch_for_those_above(void **state)
{
	struct cloister_trust *t = new_trust();
	struct forge_chain good, bad;
	struct forge_doc d;
	struct buf doc = BUF_INIT(1u << 16);

	(void)state;
	forge_chain_init(&good, &keys);
	struct buf first = document(&good, keys.leaf);
	struct cloister_verdict v = verify(t, &first, FORGE_AT_S);
	assert_true(cloister_verdict_accepts(&v));
	forge_chain_init(&bad, &keys);
	bad.signer[1] = keys.stranger;
	forge_chain_write(&bad);
	for (size_t i = 2; i < 4; i++) {
		buf_fini(&bad.der[i]);
		buf_put(&bad.der[i], good.der[i].data, good.der[i].len);
	}
	forge_doc_init(&d, &keys);
	forge_document(&d, &bad, &doc);
	v = verify(t, &doc, FORGE_AT_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_CHAIN);
	forge_chain_fini(&good);
	forge_chain_fini(&bad);
	buf_fini(&first);
	buf_fini(&doc);
	cloister_trust_free(t);
}

static void memory_is_bounded_and_forgets_the_oldest(void **state)
{
	struct cloister_trust *t = new_trust();
	uint8_t run[SHA384_LEN] = { 7 };

	(void)state;
	assert_false(trust_knows(t, run));
	/* Four runs fit where the first byte says; the fifth takes the place of the longest unused. */
	for (uint8_t i = 0; i < 4; i++) {
		run[1] = i;
		trust_remember(t, run, 1000, 10);
	}
	run[1] = 0;
	assert_true(trust_knows(t, run)); /* and is now the youngest */
	run[1] = 4;
	trust_remember(t, run, 1000, 10);
	for (uint8_t i = 0; i < 5; i++) {
		run[1] = i;
		assert_int_equal(trust_knows(t, run), i != 1);
	}
	/* What has expired goes first, whatever its age. */
	run[1] = 3;
	trust_remember(t, run, 5, 4);
	run[1] = 9;
	trust_remember(t, run, 1000, 10);
	run[1] = 3;
	assert_false(trust_knows(t, run));
	for (unsigned i = 0; i < 5000; i++) {
		memcpy(run, &i, sizeof i);
		trust_remember(t, run, 1000, 10);
		assert_true(trust_knows(t, run));
	}
	cloister_trust_free(t);
}

static int load(void **state)
{
	(void)state;
	forge_init(&keys);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	forge_fini(&keys);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_unsaid_is_usage),
		cmocka_unit_test(the_calls_want_all_they_need),
		cmocka_unit_test(only_kinds_that_are_allowed_are_judged),
		cmocka_unit_test(wrapped_evidence_outlives_the_call),
		cmocka_unit_test(pcr_expectations_are_possible),
		cmocka_unit_test(only_a_full_verdict_accepts),
		cmocka_unit_test(levels),
		cmocka_unit_test(a_no_is_not_talked_out_of),
		cmocka_unit_test(roots_must_be_roots),
		cmocka_unit_test(the_roots_path_length_counts),
		cmocka_unit_test(evidence_never_chooses_its_root),
		cmocka_unit_test(the_root_is_named),
		cmocka_unit_test(a_remembered_chain_still_expires),
		cmocka_unit_test(a_bad_link_is_never_remembered),
		cmocka_unit_test(a_known_leaf_does_not_vouch_for_those_above),
		cmocka_unit_test(memory_is_bounded_and_forgets_the_oldest),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
