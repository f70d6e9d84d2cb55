/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_test.c - policy files: what they may say and where, every strict prefix of one
 * refused, and each fault with its line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "evidence/expect.h"
#include "policy/file.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define ONES "010101010101010101010101010101010101010101010101" \
	     "010101010101010101010101010101010101010101010101"
#define TWOS "020202020202020202020202020202020202020202020202" \
	     "020202020202020202020202020202020202020202020202"

/* Everything that is due but measurements; line 1 to 8. */
#define HEAD \
	"kinds: any\nnonce: any\nuser_data: any\npublic_key: any\n" \
	"report_data: any\nplatforms: any\nmax_age: any\ndebug: refuse\n"
#define BASE HEAD "measurements: any\n" /* line 9 */

static enum cloister_err read_text(const char *text, struct cloister_policy **out,
				   struct cloister_fault *why)
{
	return cloister_policy_read((struct cloister_bytes){ (const uint8_t *)text, strlen(text) }, out,
				    why);
}

static const struct {
	const char *text;
	const char *says; /* with the line */
} refused[] = {
	{ "", "line 1: the file is empty" },
	{ "# nothing\n", "the file is empty" },
	{ "- a\n", "line 1: a mapping of keys is expected" },
	{ "any\n", "line 1: a mapping of keys is expected" },
	{ "{}\n", "line 1: the mapping is empty" },
	{ BASE "colour: blue\n", "line 10: there is no key `colour`" },
	{ BASE "snp:\n  alow_milan: true\n", "line 11: there is no key `snp.alow_milan`" },
	{ BASE "snp.allow_milan: true\n", "line 10: there is no key `snp.allow_milan`" },
	{ BASE "snp:\n  allow_milan: yes\n", "line 11: snp.allow_milan: wants true or false" },
	{ BASE "issuer: {a: b}\n", "line 10: issuer: a mapping is not accepted here" },
	{ BASE "snp: any\n", "line 10: snp: a mapping of keys is expected" },
	{ BASE "snp: {}\n", "line 10: snp: the mapping is empty" },
	{ BASE "snp: [allow_milan]\n", "line 10: snp: a list is not accepted here" },
	{ BASE "snp:\n  floor: 3\n", "line 11: snp.floor: a mapping of keys is expected" },
	{ BASE "snp:\n  floor:\n    genoa: [bl 1]\n", "line 12: snp.floor.genoa: a list is not" },
	{ BASE "snp: {allow_milan: true}\nsnp: {vmpl: 1}\n", "line 11: snp: this key is there twice" },
	{ BASE "platforms: 00\n", "line 10: platforms: this key is there twice" },
	{ BASE "nonce: 00\n", "line 10: nonce: this key is there twice" },
	{ BASE "? [nonce]\n: any\n", "line 10: the name of a key is expected" },
	{ BASE "dcap:\n  tolerate: []\n", "line 11: dcap.tolerate: the list is empty" },
	{ BASE "dcap:\n  tolerate: [OutOfDate, [SWHardeningNeeded]]\n", "a single value is expected" },
	{ BASE "dcap:\n  tolerate: [OutOfDate, Fine]\n", "line 11: dcap.tolerate: wants TCB statuses" },
	{ BASE "dcap:\n  tolerate: OutOfDate\n", "dcap.tolerate: say for how long: dcap.grace" },
	{ BASE "issuer:\n", "line 10: issuer: a value is missing" },
	{ BASE "issuer: ~\n", "line 10: issuer: a value is missing" },
	{ BASE "issuer: null\n", "line 10: issuer: a value is missing" },
	{ BASE "issuer: \"a\\0b\"\n", "line 10: issuer: the value contains a NUL" },
	{ BASE "issuer: &a x\n", "anchors and tags are not accepted" },
	{ BASE "issuer: *a\n", "aliases are not accepted" },
	{ BASE "issuer: !!str x\n", "anchors and tags are not accepted" },
	{ BASE "<<: {issuer: x}\n", "line 10: there is no key `<<`" },
	{ BASE "---\nnonce: any\n", "a second document follows" },
	{ "%YAML 1.1\n---\n" BASE, "directives are not accepted" },
	{ "%TAG ! x:\n---\n" BASE, "directives are not accepted" },
	{ BASE "issuer: 'x\n", "line 11: found unexpected end of stream" },
	{ BASE "\tissuer: x\n", "line 10" },
	{ BASE "issuer: \xff\n", "UTF-8" },
	{ "nonce: any\n", "it does not say kinds, user_data, public_key, report_data, measurements, "
			  "platforms, max_age, debug (a value, or the word any)" },
	{ HEAD, "it does not say measurements (" },
	{ HEAD "measurements: all\n", "line 9: measurements: wants the word any or required" },
	{ HEAD "measurements: []\n", "line 9: measurements: the list is empty" },
	{ HEAD "measurements: {}\n", "line 9: measurements: the mapping is empty" },
	{ HEAD "measurements: [any]\n", "line 9: measurements: a set of registers is expected" },
	{ HEAD "measurements: [{pcr0: " ONES "}, {}]\n", "line 9: measurements.1: the mapping is empty" },
	{ HEAD "measurements:\n  pcr0: [" ONES "]\n", "line 10: measurements.pcr0: a list is not accepted" },
	{ HEAD "measurements:\n  pcr0: any\n", "line 10: measurements: pcr0 wants hex digits" },
	{ HEAD "measurements:\n  pcr0: 00\n", "line 10: pcr0: PCR0 has 48 bytes, not 1" },
	{ HEAD "measurements:\n  pcr0: " ONES "\n  pcr0: " TWOS "\n", "line 11: measurements.pcr0: this key" },
	{ HEAD "measurements:\n  pcr99: " ONES "\n", "line 10: there is no key `measurements.pcr99`" },
	{ HEAD "measurements:\n  0.pcr0: " ONES "\n", "line 10: there is no key `measurements.0.pcr0`" },
	{ HEAD "measurements:\n  pcr8: " ONES "\n", "measurements: expect PCR0, or PCR1 and PCR2" },
	{ HEAD "measurements:\n- pcr0: " ONES "\n- pcr8: " ONES "\n", "expect PCR0, or PCR1 and PCR2" },
	{ HEAD "measurements:\n  file: m.json\n", "line 10: measurements.file: files are not opened here" },
	{ HEAD "measurements:\n  file: [m.json]\n", "line 10: measurements.file: the name of a file" },
	{ HEAD "file: m.json\n", "line 9: there is no key `file`" },
	{ BASE "snp: {file: m.json}\n", "line 10: there is no key `snp.file`" },
	{ BASE "dcap: {tolerate: OutOfDate, grace: 0d}\n", "line 10: dcap.grace: wants seconds" },
};

static void each_fault_has_its_line_and_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct cloister_policy *p = NULL;
		struct cloister_fault why = { 0 };
		if (read_text(refused[i].text, &p, &why) != CLOISTER_E_MALFORMED || p ||
		    !strstr(why.note, refused[i].says))
			fail_msg("%s\ngives: %s\nnot: %s", refused[i].text, why.note, refused[i].says);
	}
}

static const char full[] =
	"# of our own\n"
	"kinds: [snp, azure-snp, 'tdx']\n"
	"nonce: required\n"
	"user_data: ''\n"
	"public_key: any\n"
	"report_data: any\n"
	"measurements:\n"
	"  - measurement: " ONES "\n"
	"    host_data: 0303030303030303030303030303030303030303030303030303030303030303\n"
	"  - { mrtd: " TWOS ", rtmr1: " ONES " }\n"
	"platforms:\n"
	"  - 0102\n"
	"  - \"0304\"\n"
	"max_age: 5m\n"
	"debug: refuse\n"
	"issuer: https://portal.example\n"
	"snp:\n"
	"  allow_milan: false\n"
	"  require_crl: true\n"
	"  vmpl: any\n"
	"  floor:\n"
	"    genoa: bl 9 tee 0 snp 23 ucode 72\n"
	"    turin: fmc 1 bl 1 tee 1 snp 4 ucode 81\n"
	"  platform_info: [alias_check, ciphertext_hiding]\n"
	"  mitigations: 3\n"
	"dcap:\n"
	"  tolerate: [OutOfDate]\n"
	"  grace: 30d\n"
	"  evaluation_min: 17\n";

static void a_full_file_is_read(void **state)
{
	struct cloister_policy *p;

	(void)state;
	assert_int_equal(read_text(full, &p, NULL), CLOISTER_OK);
	assert_int_equal(p->kinds, 1u << KIND_SNP | 1u << KIND_AZURE_SNP | 1u << KIND_TDX);
	assert_int_equal(p->nonce.want, WANT_REQUIRED);
	assert_int_equal(p->user_data.want, WANT_EXACTLY);
	assert_int_equal(p->user_data.value.len, 0);
	assert_int_equal(p->n_expected, 4);
	assert_string_equal(p->expected[0].reg->name, "measurement");
	assert_int_equal(p->expected[0].set, 0);
	assert_string_equal(p->expected[3].reg->name, "rtmr1");
	assert_int_equal(p->expected[3].set, 1);
	assert_int_equal(p->expected[2].value[0], 2);
	assert_int_equal(p->n_platforms, 2);
	assert_int_equal(p->max_age_s, 300);
	assert_true(p->snp.require_crl && p->snp.any_vmpl && !p->snp.allow_milan);
	assert_int_equal(p->snp.floor[SNP_GENOA].least.ucode, 72);
	assert_int_equal(p->snp.floor[SNP_TURIN].least.fmc, 1);
	assert_int_equal(p->snp.platform_info, 1u << 5 | 1u << 4);
	assert_int_equal(p->snp.mitigations, 8);
	assert_int_equal(p->dcap.tolerated, 1u << TCB_OUT_OF_DATE);
	assert_int_equal(p->dcap.grace_s, 30u * 86400);
	assert_int_equal(p->dcap.evaluation_min, 17);
	assert_int_equal(expect_ready(p, NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_set(p, "nonce", "0a", NULL), CLOISTER_OK);
	assert_int_equal(expect_ready(p, NULL), CLOISTER_OK);
	cloister_policy_free(p);
}

/* A file that was cut off is not a shorter policy: the last key is one that is due. */
static void every_strict_prefix_is_refused(void **state)
{
	static const char text[] = "kinds: any\nnonce: any\nuser_data: any\npublic_key: any\n"
				   "report_data: any\nplatforms: any\nmax_age: any\nmeasurements: any\n"
				   "debug: refuse";
	struct cloister_policy *p = NULL;

	(void)state;
	for (size_t len = 0; len < sizeof text - 1; len++)
		assert_int_equal(cloister_policy_read((struct cloister_bytes){ (const uint8_t *)text, len },
						      &p, NULL), CLOISTER_E_MALFORMED);
	assert_null(p);
	assert_int_equal(read_text(text, &p, NULL), CLOISTER_OK);
	cloister_policy_free(p);
}

struct seen {
	char paths[64];
	unsigned sets;
};

static enum cloister_err take_file(void *ctx, const char *path, unsigned set, struct cloister_policy *p,
				   struct cloister_fault *why)
{
	struct seen *seen = ctx;
	uint8_t value[48];

	if (strcmp(path, "lost.json") == 0)
		return (fail)(why, CLOISTER_E_MISSING, "lost.json", "it is not there");
	memset(value, 7, sizeof value);
	snprintf(seen->paths + strlen(seen->paths), sizeof seen->paths - strlen(seen->paths), "%s;", path);
	seen->sets |= 1u << set;
	return policy_expect(p, set, "pcr0", BYTES_OF(value), why);
}

static enum cloister_err read_with_files(const char *text, struct seen *seen, struct cloister_policy **out,
					 struct cloister_fault *why)
{
	return policy_read(bytes_text(text), take_file, seen, out, why);
}

static void files_are_the_callers_to_open(void **state)
{
	struct cloister_policy *p;
	struct cloister_fault why = { 0 };
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(read_with_files(HEAD "measurements: {file: a b.json}\n", &seen, &p, &why),
			 CLOISTER_OK);
	assert_string_equal(seen.paths, "a b.json;");
	assert_null(why.what); /* nothing is said of what went well */
	assert_int_equal(p->measurements, WANT_EXACTLY);
	cloister_policy_free(p);

	seen = (struct seen){ 0 };
	assert_int_equal(read_with_files(HEAD "measurements:\n- file: a\n- {file: b, pcr8: " ONES "}\n", &seen,
					 &p, NULL), CLOISTER_OK);
	assert_string_equal(seen.paths, "a;b;");
	assert_int_equal(seen.sets, 3);
	assert_int_equal(p->n_expected, 3);
	cloister_policy_free(p);

	assert_int_equal(read_with_files(HEAD "measurements:\n  pcr0: " ONES "\n  file: a\n", &seen, &p, &why),
			 CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "line 11: pcr0: PCR0 is given twice"));
	assert_int_equal(read_with_files(HEAD "measurements:\n  file: lost.json\n", &seen, &p, &why),
			 CLOISTER_E_MISSING);
	assert_non_null(strstr(why.note, "line 10: lost.json: it is not there"));
}

/* `unit` again and again between `head` and nothing, up to the ceiling. */
static enum cloister_err read_many(const char *head, const char *unit, size_t most)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY * 2);
	struct cloister_policy *p = NULL;

	buf_text(&text, head);
	while (text.len + strlen(unit) <= most)
		buf_text(&text, unit);
	assert_false(text.failed);
	enum cloister_err err = policy_read(buf_bytes(&text), NULL, NULL, &p, NULL);
	cloister_policy_free(p);
	return err;
}

static void bombs_meet_ceilings(void **state)
{
	(void)state;
	assert_int_equal(read_many(BASE, "# and so on\n", LIMIT_POLICY), CLOISTER_OK);
	assert_int_equal(read_many(BASE, "#", LIMIT_POLICY), CLOISTER_OK);
	assert_int_equal(read_many(BASE, "#", LIMIT_POLICY + 1), CLOISTER_E_LIMIT);
	assert_int_equal(read_many(BASE "issuer: ", "[", LIMIT_POLICY), CLOISTER_E_MALFORMED);
	assert_int_equal(read_many(BASE, "? ", LIMIT_POLICY), CLOISTER_E_MALFORMED);
	assert_int_equal(read_many(BASE "snp: ", "{ floor: ", LIMIT_POLICY), CLOISTER_E_MALFORMED);
	assert_int_equal(read_many(BASE "issuer: ", "x", LIMIT_POLICY), CLOISTER_E_MALFORMED);
	assert_int_equal(read_many(BASE, "z", LIMIT_POLICY), CLOISTER_E_MALFORMED);
	assert_int_equal(read_many(HEAD "measurements:\n", "- pcr0: " ONES "\n", LIMIT_POLICY),
			 CLOISTER_E_MALFORMED);
}

static void lists_have_ends(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY), sets = BUF_INIT(LIMIT_POLICY);
	struct cloister_policy *p;
	struct cloister_fault why;

	(void)state;
	buf_text(&text, "kinds: any\nnonce: any\nuser_data: any\npublic_key: any\nreport_data: any\n"
			"max_age: any\nmeasurements: any\ndebug: allow\nplatforms:\n");
	for (unsigned i = 0; i < LIMIT_PLATFORMS; i++)
		buf_print(&text, "- %04x\n", i);
	assert_int_equal(policy_read(buf_bytes(&text), NULL, NULL, &p, NULL), CLOISTER_OK);
	cloister_policy_free(p);
	buf_text(&text, "- ffff\n");
	assert_int_equal(policy_read(buf_bytes(&text), NULL, NULL, &p, &why), CLOISTER_E_LIMIT);
	assert_non_null(strstr(why.note, "lists more than 256 machines"));

	buf_text(&sets, HEAD "measurements:\n");
	for (unsigned i = 0; i < LIMIT_EXPECTED_SETS; i++)
		buf_text(&sets, "- pcr0: " ONES "\n");
	assert_int_equal(policy_read(buf_bytes(&sets), NULL, NULL, &p, NULL), CLOISTER_OK);
	assert_int_equal(p->n_expected, LIMIT_EXPECTED_SETS);
	cloister_policy_free(p);
	buf_text(&sets, "- pcr0: " ONES "\n");
	assert_int_equal(policy_read(buf_bytes(&sets), NULL, NULL, &p, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "line 42: measurements: there are too many sets"));
}

static void a_caller_may_be_wrong(void **state)
{
	static uint8_t large[LIMIT_POLICY + 1];
	struct cloister_policy *p;
	struct cloister_fault why;

	(void)state;
	assert_int_equal(cloister_policy_read((struct cloister_bytes){ NULL, 1 }, &p, NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_read((struct cloister_bytes){ NULL, 0 }, NULL, NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_read((struct cloister_bytes){ NULL, 0 }, &p, NULL), CLOISTER_E_MALFORMED);
	assert_int_equal(cloister_policy_read((struct cloister_bytes){ large, sizeof large }, &p, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "larger than 262144 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_its_line_and_sentence),
		cmocka_unit_test(a_full_file_is_read),
		cmocka_unit_test(every_strict_prefix_is_refused),
		cmocka_unit_test(files_are_the_callers_to_open),
		cmocka_unit_test(bombs_meet_ceilings),
		cmocka_unit_test(lists_have_ends),
		cmocka_unit_test(a_caller_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
