/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_test.c - a policy out of a verdict, read back and compared; nothing out of a
 * refusal, and nothing that evidence says can break out of its line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/expect.h"
#include "policy/file.h"
#include "policy/init.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const uint8_t ones[64] = { [0 ... 63] = 1 }, twos[64] = { [0 ... 63] = 2 }, zeros[64];

static struct cloister_verdict *accepted(const char *kind)
{
	struct cloister_verdict *v = malloc(sizeof *v);

	assert_non_null(v);
	*v = verdict_new(kind);
	verdict_held(v, CHECK_KIND, "%s", kind);
	v->root_is_builtin = true;
	return v;
}

static struct cloister_policy *begin(struct cloister_verdict *v, struct buf *text)
{
	struct cloister_policy *p = NULL;
	struct cloister_fault why = { 0 };

	if (policy_init(v, text, &why) != CLOISTER_OK)
		fail_msg("%s: %s\n%s", why.what, why.note, buf_string(text));
	assert_int_equal(policy_read(buf_bytes(text), NULL, NULL, &p, NULL), CLOISTER_OK);
	cloister_verdict_free(v);
	return p;
}

static bool says(struct buf *text, const char *line)
{
	return strstr(buf_string(text), line) != NULL;
}

static const struct expected *expectation(const struct cloister_policy *p, const char *reg)
{
	for (size_t i = 0; i < p->n_expected; i++)
		if (strcmp(p->expected[i].reg->name, reg) == 0)
			return &p->expected[i];
	return NULL;
}

static void nitro(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("nitro");

	(void)state;
	verdict_claim_bytes(v, "measurement", bytes_of(ones, 48));
	verdict_claim_bytes(v, "pcr0", bytes_of(ones, 48));
	verdict_claim_bytes(v, "pcr1", bytes_of(twos, 48));
	verdict_claim_bytes(v, "pcr2", bytes_of(ones, 48));
	verdict_claim_bytes(v, "pcr4", bytes_of(twos, 48));
	verdict_claim_bytes(v, "pcr8", bytes_of(zeros, 48));
	verdict_claim_bytes(v, "user_data", bytes_of(ones, 3));
	verdict_claim_bytes(v, "public_key", bytes_of(ones, 0));
	verdict_claim_text(v, "report_data", bytes_text("no bytes"));
	verdict_claim_bytes(v, "mrtd", bytes_of(ones, 48)); /* of another kind */
	verdict_claim_text(v, "platform_id", bytes_text("i-0\nkinds: any"));
	verdict_claim_text(v, "root", bytes_text("aws\nnonce: any ~\x7f\x1f"));
	verdict_claim_bytes(v, "root_sha256", bytes_of(twos, 32));
	struct cloister_policy *p = begin(v, &text);
	assert_int_equal(p->kinds, 1u << KIND_NITRO);
	assert_int_equal(p->nonce.want, WANT_REQUIRED);
	assert_int_equal(p->n_expected, 3);
	assert_int_equal(expectation(p, "pcr1")->value[0], 2);
	assert_null(expectation(p, "pcr4"));
	assert_false(p->allow_debug);
	assert_int_equal(p->platforms, WANT_ANY);
	assert_null(expectation(p, "mrtd"));
	assert_true(says(&text, "from nitro evidence of trust level MEDIUM.\n"));
	assert_true(says(&text, "\n# Root, built in: aws.nonce: any ~.. 0202020202020202020202020202020202020202020202020202020202020202\n"));
	assert_true(says(&text, "0101  # the whole image\n"));
	assert_true(says(&text, "\n# Seen besides;"));
	assert_true(says(&text, "\n#  pcr4: 020202020202020202020202020202020202020202020202020202020202020202020202"
				"020202020202020202020202\n"));
	assert_false(says(&text, "mrtd"));
	assert_true(says(&text, "user_data: any  # seen: 010101\n"));
	assert_true(says(&text, "public_key: any  # seen: ''\n"));
	assert_true(says(&text, "report_data: any\n"));
	assert_true(says(&text, "#- 692d300a6b696e64733a20616e79\n\n"));
	cloister_policy_free(p);
}

static void snp(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("snp");

	(void)state;
	verdict_claim_bytes(v, "measurement", bytes_of(ones, 48));
	verdict_claim_bytes(v, "host_data", bytes_of(twos, 32));
	verdict_claim_text_copy(v, "product", "Genoa");
	verdict_claim_text_copy(v, "tcb", "bl 9 tee 0 snp 23 ucode 72");
	verdict_claim_u64(v, "guest_svn", 6);
	verdict_claim_u64(v, "vmpl", 1);
	verdict_claim_u64(v, "policy", 1ull << 18 | 1ull << 17);
	verdict_claim_u64(v, "platform_info", 0x31);
	verdict_claim_u64(v, "endorsement_svn", 8);
	verdict_claim_bytes(v, "platform_id", bytes_of(twos, 64));
	v->root_is_builtin = false;
	struct cloister_policy *p = begin(v, &text);
	assert_true(says(&text, "# Root, given by the caller"));
	assert_true(says(&text, "\n#platforms:\n#- 0202"));
	assert_true(p->gce.required);
	assert_int_equal(p->gce.svn_min, 8);
	assert_int_equal(p->dcap.evaluation_min, 0);
	assert_false(says(&text, "dcap:"));
	assert_int_equal(p->n_expected, 1);
	assert_true(says(&text, "#  host_data: 0202"));
	assert_true(p->snp.floor[SNP_GENOA].given && !p->snp.floor[SNP_MILAN].given);
	assert_true(says(&text, "genoa: bl 9 tee 0 snp 23 ucode 72"));
	assert_true(p->snp.guest_svn.given);
	assert_int_equal(p->snp.guest_svn.least, 6);
	assert_int_equal(p->snp.vmpl, 1);
	assert_false(p->snp.allow_milan);
	assert_true(p->snp.allow_migration_agent);
	assert_int_equal(p->snp.platform_info, 0x30);
	cloister_policy_free(p);
}

static void milan(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("snp");

	(void)state;
	verdict_claim_bytes(v, "measurement", bytes_of(ones, 48));
	verdict_claim_text_copy(v, "product", "Milan");
	verdict_claim_text_copy(v, "tcb", "bl 4 tee 0 snp 22 ucode 213");
	verdict_claim_u64(v, "guest_svn", 0);
	verdict_claim_text_copy(v, "vmpl", "3"); /* a text is no number */
	verdict_claim_u64(v, "policy", 1ull << 17 | 1);
	verdict_claim_u64(v, "platform_info", 0x0d);
	struct cloister_policy *p = begin(v, &text);
	assert_true(p->snp.allow_milan && p->snp.floor[SNP_MILAN].given);
	assert_int_equal(p->snp.platform_info, 0);
	assert_false(p->snp.allow_migration_agent || p->gce.required);
	assert_false(says(&text, "vmpl"));
	assert_false(p->snp.guest_svn.given); /* 0 is none */
	cloister_policy_free(p);
}

/* Of a product that has no floor here nothing is written; of an id that is too long neither. */
static void another_product(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("snp");
	static const uint8_t id[65] = { [0 ... 64] = 3 };

	(void)state;
	verdict_claim_bytes(v, "measurement", bytes_of(ones, 48));
	verdict_claim_text_copy(v, "product", "Venice");
	verdict_claim_text_copy(v, "tcb", "bl 4 tee 0 snp 22 ucode 213");
	verdict_claim_bytes(v, "platform_id", BYTES_OF(id));
	cloister_policy_free(begin(v, &text));
	assert_false(says(&text, "snp:"));
	assert_false(says(&text, "#platforms:"));
}

/* Versions that are 0 say nothing; but of an enclave's own something has to be said. */
static void versions(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 2; n++) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
		struct cloister_verdict *v = accepted("sgx");
		verdict_claim_bytes(v, "measurement", bytes_of(ones, 32));
		verdict_claim_bytes(v, "mrenclave", bytes_of(ones, 32));
		verdict_claim_text_copy(v, "tcb_status", n ? "SWHardeningNeeded" : "UpToDate");
		verdict_claim_u64(v, "isv_svn", 3 * n);
		verdict_claim_u64(v, "config_svn", n);
		struct cloister_policy *p = begin(v, &text);
		assert_int_equal(p->n_expected, 1);
		assert_int_equal(p->dcap.tolerated, n << TCB_SW_HARDENING_NEEDED);
		assert_true(p->sgx.isv_svn.given);
		assert_int_equal(p->sgx.isv_svn.least, 3 * n);
		assert_int_equal(p->sgx.config_svn.given, n);
		assert_int_equal(p->sgx.config_svn.least, n);
		cloister_policy_free(p);
	}
}

static void tdx(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("tdx");

	(void)state;
	verdict_claim_bytes(v, "measurement", bytes_of(ones, 48));
	verdict_claim_bytes(v, "mrtd", bytes_of(ones, 48));
	verdict_claim_bytes(v, "rtmr0", bytes_of(twos, 48));
	verdict_claim_bytes(v, "rtmr1", bytes_of(twos, 48));
	verdict_claim_bytes(v, "mrservicetd", bytes_of(twos, 48));
	verdict_claim_text_copy(v, "tcb_status", "OutOfDate");
	verdict_claim_u64(v, "tcb_evaluation", 17);
	struct cloister_policy *p = begin(v, &text);
	assert_null(expectation(p, "measurement"));
	assert_non_null(expectation(p, "mrtd"));
	assert_non_null(expectation(p, "rtmr1"));
	assert_null(expectation(p, "rtmr0"));
	assert_non_null(expectation(p, "mrservicetd"));
	assert_true(says(&text, "#  rtmr0: 0202"));
	assert_int_equal(p->dcap.tolerated, 1u << TCB_OUT_OF_DATE);
	assert_int_equal(p->dcap.evaluation_min, 17);
	assert_true(p->dcap.allow_service_td);
	cloister_policy_free(p);
}

static void a_td_that_can_be_migrated(void **state)
{
	static const struct {
		uint8_t attributes[9];
		size_t len;
		bool is_served;
	} rows[] = { { { 0, 0, 0, 0x20 }, 8, true },	      { { 0xff, 0xff, 0xff, 0xdf, 0xff, 0xff, 0xff, 0xff }, 8, false },
		     { { 0, 0, 0, 0x20 }, 4, false }, { { 0, 0, 0, 0x20 }, 9, false } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
		struct cloister_verdict *v = accepted("tdx");
		verdict_claim_bytes(v, "measurement", bytes_of(ones, 48));
		verdict_claim_bytes(v, "mrtd", bytes_of(ones, 48));
		verdict_claim_bytes(v, "td_attributes", bytes_of(rows[i].attributes, rows[i].len));
		verdict_claim_bytes(v, "mrservicetd", bytes_of(zeros, 48));
		if (i)
			verdict_claim_u64(v, "tcb_evaluation", i);
		struct cloister_policy *p = begin(v, &text);
		assert_int_equal(p->dcap.allow_service_td, rows[i].is_served);
		assert_int_equal(p->dcap.evaluation_min, i);
		cloister_policy_free(p);
	}
}

static void token(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("token");

	(void)state;
	verdict_claim_bytes(v, "mrenclave", bytes_of(ones, 32));
	verdict_claim_text(v, "issuer", bytes_text("https://o'brien.example"));
	verdict_claim_text_copy(v, "tcb_status", "UpToDate");
	struct cloister_policy *p = begin(v, &text);
	assert_int_equal(p->issuer.value.len, strlen("https://o'brien.example"));
	assert_int_equal(p->dcap.tolerated, 0);
	assert_non_null(expectation(p, "mrenclave"));
	cloister_policy_free(p);
}

static void debug(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("nitro");

	(void)state;
	v->is_debug = true;
	verdict_claim_bytes(v, "pcr0", bytes_of(zeros, 48));
	verdict_claim_bytes(v, "pcr4", bytes_of(ones, 48));
	struct cloister_policy *p = begin(v, &text);
	assert_int_equal(p->measurements, WANT_ANY);
	assert_true(p->allow_debug);
	cloister_policy_free(p);
}

static void refusals_say_nothing(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY), tiny = BUF_INIT(100);
	struct cloister_verdict *v = accepted("nitro");
	struct cloister_fault why;

	(void)state;
	verdict_claim_bytes(v, "pcr0", bytes_of(ones, 48));
	assert_int_equal(policy_init(v, &tiny, NULL), CLOISTER_E_LIMIT);
	verdict_failed(v, CHECK_NONCE, "%s", "another");
	assert_int_equal(policy_init(v, &text, &why), CLOISTER_E_USAGE);
	assert_int_equal(text.len, 0);
	cloister_verdict_free(v);
}

/* An issuer that YAML would read as more than a value is refused, not written down. */
static void evidence_writes_no_keys(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY);
	struct cloister_verdict *v = accepted("token");

	(void)state;
	verdict_claim_bytes(v, "mrenclave", bytes_of(ones, 32));
	verdict_claim_text(v, "issuer", bytes_text("x'\ndebug: allow\n#"));
	struct cloister_policy *p = NULL;
	if (policy_init(v, &text, NULL) == CLOISTER_OK) {
		assert_int_equal(policy_read(buf_bytes(&text), NULL, NULL, &p, NULL), CLOISTER_OK);
		assert_false(p->allow_debug);
		cloister_policy_free(p);
	}
	cloister_verdict_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nitro), cmocka_unit_test(snp), cmocka_unit_test(milan), cmocka_unit_test(another_product),
		cmocka_unit_test(versions),
		cmocka_unit_test(tdx),
		cmocka_unit_test(a_td_that_can_be_migrated),	 cmocka_unit_test(token), cmocka_unit_test(debug),
		cmocka_unit_test(refusals_say_nothing), cmocka_unit_test(evidence_writes_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
