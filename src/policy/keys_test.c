/* SPDX-License-Identifier: Apache-2.0 */
/* keys_test.c - what can be said, what cannot, and that nothing is said twice. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "cloister/policy.h"
#include "evidence/expect.h"
#include "policy/keys.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define HEX48 "0101010101010101010101010101010101010101010101010101010101010101" \
	      "01010101010101010101010101010101"

static const char *page_path, *manual_path;

static const struct {
	const char *key, *value, *says; /* says NULL: accepted */
} rows[] = {
	{ "nonce", "any", NULL },
	{ "nonce", "", NULL }, /* expect_ready() refuses it */
	{ "nonce", "0a", NULL },
	{ "nonce", "0", "hex digits" },
	{ "nonce", "Any", "hex digits" },
	{ "nonce", "0g", "at most 1024 bytes" },
	{ "report_data", "any", NULL },
	{ "max_age", "300", NULL },
	{ "max_age", "any", NULL },
	{ "max_age", "0", "seconds" },
	{ "max_age", "4294967296", "seconds" },
	{ "max_age", "-1", "seconds" },
	{ "max_age", "3x", "seconds" },
	{ "debug", "allow", NULL },
	{ "debug", "refuse", NULL },
	{ "debug", "yes", "refuse or allow" },
	{ "measurements", "any", NULL },
	{ "measurements", "all", "the word any" },
	{ "measurements.pcr0", HEX48, NULL },
	{ "measurements.pcr32", HEX48, "no register" },
	{ "measurements.pcr0", "01", "48 bytes" },
	{ "measurements.mrenclave", HEX48, "32 bytes" },
	{ "platforms", "any", NULL },
	{ "platforms", "0102", NULL },
	{ "platforms", "", "an id" },
	{ "nonce", "required", NULL },
	{ "user_data", "", NULL },
	{ "max_age", "5m", NULL },
	{ "max_age", "30d", NULL },
	{ "max_age", "49710d", NULL },
	{ "max_age", "49711d", "seconds" },
	{ "max_age", "0300", "seconds" },
	{ "max_age", "5 m", "seconds" },
	{ "max_age", "5w", "seconds" },
	{ "kinds", "any", NULL },
	{ "kinds", "azure-snp", NULL },
	{ "kinds", "unknown", "nitro, snp" },
	{ "kinds", "SNP", "nitro, snp" },
	{ "issuer", "https://portal.example", NULL },
	{ "issuer", "any", NULL },
	{ "issuer", "", "a line of text" },
	{ "issuer", "two\nlines", "a line of text" },
	{ "issuer", "two\x1flines", "a line of text" },
	{ "issuer", "two\x7flines", "a line of text" },
	{ "issuer", "two words~\xc3\xa9", NULL },
	{ "measurements", "required", NULL },
	{ "measurements.31.mrtd", HEX48, NULL },
	{ "measurements.32.mrtd", HEX48, "no register" },
	{ "measurements.01.mrtd", HEX48, "no register" },
	{ "measurements.0.", HEX48, "no register" },
	{ "measurements.3xpcr0", HEX48, "no register" },
	{ "measurements.mrtd", "xy", "mrtd wants hex digits" },
	{ "debug", "any", "refuse or allow" },
	{ "snp.allow_milan", "true", NULL },
	{ "snp.allow_milan", "yes", "true or false" },
	{ "snp.allow_migration_agent", "false", NULL },
	{ "snp.require_crl", "true", NULL },
	{ "snp.vmpl", "3", NULL },
	{ "snp.vmpl", "any", NULL },
	{ "snp.vmpl", "4", "0 to 3" },
	{ "snp.vmpl", "", "0 to 3" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 23 ucode 72", NULL },
	{ "snp.floor.milan", "bl 4 tee 0 snp 22 ucode 213", NULL },
	{ "snp.floor.turin", "fmc 1 bl 1 tee 1 snp 4 ucode 81", NULL },
	{ "snp.floor.turin", "bl 1 tee 1 snp 4 ucode 81", "all levels, like `fmc 1" },
	{ "snp.floor.genoa", "fmc 1 bl 1 tee 1 snp 4 ucode 81", "all levels, like `bl 9" },
	{ "snp.floor.genoa", "el 9 tee 0 snp 23 ucode 72", "all levels" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 23 ucode ", "all levels" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 23 ucode 72 fmc 1", "all levels" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 23 ucode 256", "all levels" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 23", "all levels" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 23 ucode 72 ", "all levels" },
	{ "snp.floor.genoa", "bl 9  tee 0 snp 23 ucode 72", "all levels" },
	{ "snp.floor.genoa", "bl 9 tee 0 snp 4294967319 ucode 72", "all levels" },
	{ "snp.floor.venice", "bl 9 tee 0 snp 23 ucode 72", "no key" },
	{ "snp.platform_info", "alias_check", NULL },
	{ "snp.platform_info", "5", "alias_check" },
	{ "snp.mitigations", "0", NULL },
	{ "snp.mitigations", "63", NULL },
	{ "snp.mitigations", "64", "0 to 63" },
	{ "dcap.tolerate", "OutOfDate", NULL },
	{ "dcap.tolerate", "SWHardeningNeeded", NULL },
	{ "dcap.tolerate", "outofdate", "as Intel spells them" },
	{ "dcap.tolerate", "Revoked", "never tolerated" },
	{ "dcap.tolerate", "UpToDate", "no tolerance" },
	{ "dcap.grace", "30d", NULL },
	{ "dcap.grace", "any", NULL },
	{ "dcap.grace", "0", "seconds" },
	{ "snp.platform_info_clear", "smt", NULL },
	{ "snp.platform_info_clear", "single_socket", "smt, tsme" },
	{ "snp.guest_policy", "single_socket", NULL },
	{ "snp.guest_policy", "debug", "smt, single_socket" },
	{ "snp.guest_policy_clear", "cxl", NULL },
	{ "snp.guest_policy_clear", "tio", "smt, single_socket" },
	{ "snp.abi_min", "1.55", NULL },
	{ "snp.abi_min", "255.255", NULL },
	{ "snp.abi_min", "1", "like 1.55" },
	{ "snp.abi_min", "1.256", "like 1.55" },
	{ "snp.abi_min", "1x55", "like 1.55" },
	{ "snp.abi_min", "1.", "like 1.55" },
	{ "snp.abi_min", "256.1", "like 1.55" },
	{ "snp.abi_min", "1.55.2", "like 1.55" },
	{ "snp.guest_svn_min", "4294967295", NULL },
	{ "snp.guest_svn_min", "4294967296", "up to 4294967295" },
	{ "sgx.isv_svn_min", "0", NULL },
	{ "sgx.isv_svn_min", "65535", NULL },
	{ "sgx.isv_svn_min", "65536", "up to 65535" },
	{ "sgx.isv_svn_min", "any", "a number" },
	{ "sgx.config_svn_min", "1", NULL },
	{ "sgx.config_svn_min", "65536", "up to 65535" },
	{ "dcap.evaluation_min", "17", NULL },
	{ "dcap.evaluation_min", "4294967295", NULL },
	{ "dcap.evaluation_min", "4294967296", "a number" },
	{ "dcap.evaluation_min", "18446744073709551617", "a number" }, /* 1, once it has wrapped */
	{ "dcap.evaluation_min", "", "a number" },
	{ "dcap.allow_service_td", "true", NULL },
	{ "gce.required", "true", NULL },
	{ "gce.required", "yes", "true or false" },
	{ "gce.svn_min", "3", NULL },
	{ "gce.svn_min", "-1", "a number" },
	{ "dcap", "any", "no key" },
	{ "colour", "blue", "no key" },
};

static void each_key_takes_its_values_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_policy *p;
		struct cloister_fault why = { 0 };
		assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
		enum cloister_err err = cloister_policy_set(p, rows[i].key, rows[i].value, &why);
		assert_int_equal(err == CLOISTER_OK, rows[i].says == NULL);
		if (rows[i].says)
			assert_non_null(strstr(why.note, rows[i].says));
		cloister_policy_free(p);
	}
}

static void nothing_is_said_twice(void **state)
{
	static const struct { const char *key, *first, *second; } twice[] = {
		{ "nonce", "any", "0a" },
		{ "nonce", "0a", "0b" },
		{ "max_age", "any", "5" },
		{ "max_age", "3", "5" }, /* 3 is also WANT_REQUIRED, in members of another type */
		{ "measurements", "any", "any" },
		{ "measurements.pcr0", HEX48, HEX48 },
		{ "platforms", "any", "0a" },
		{ "platforms", "0a", "any" },
		{ "platforms", "0a", "0A" },
		{ "nonce", "required", "any" },
		{ "nonce", "required", "required" },
		{ "kinds", "any", "snp" },
		{ "kinds", "any", "any" },
		{ "kinds", "snp", "any" },
		{ "kinds", "snp", "snp" },
		{ "debug", "refuse", "allow" },
		{ "issuer", "any", "any" },
		{ "snp.allow_milan", "false", "true" },
		{ "snp.vmpl", "0", "any" },
		{ "snp.floor.genoa", "bl 9 tee 0 snp 23 ucode 72", "bl 9 tee 0 snp 23 ucode 71" },
		{ "snp.platform_info", "tsme", "tsme" },
		{ "snp.mitigations", "1", "1" },
		{ "dcap.tolerate", "OutOfDate", "OutOfDate" },
		{ "dcap.grace", "1d", "any" },
		{ "dcap.evaluation_min", "1", "2" },
		{ "gce.required", "true", "false" },
		{ "gce.svn_min", "1", "0" },
		{ "sgx.isv_svn_min", "0", "1" },
		{ "snp.guest_policy", "smt", "smt" },
		{ "snp.abi_min", "1.55", "1.54" },
		{ "measurements", "any", "required" },
		{ "measurements.0.pcr0", HEX48, HEX48 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof twice / sizeof *twice; i++) {
		struct cloister_policy *p;
		assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
		assert_int_equal(cloister_policy_set(p, twice[i].key, twice[i].first, NULL), CLOISTER_OK);
		assert_int_equal(cloister_policy_set(p, twice[i].key, twice[i].second, NULL),
				 CLOISTER_E_USAGE);
		cloister_policy_free(p);
	}
}

static void any_and_values_contradict(void **state)
{
	struct cloister_policy *p;
	struct cloister_fault why;

	(void)state;
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "measurements", "any", NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "measurements.pcr0", HEX48, NULL), CLOISTER_E_USAGE);
	cloister_policy_free(p);
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "measurements.pcr0", HEX48, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "measurements", "any", NULL), CLOISTER_E_USAGE);
	assert_int_equal(p->measurements, WANT_EXACTLY);
	assert_int_equal(cloister_policy_set(p, "kinds", "snp", NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "kinds", "any", &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "not both"));
	assert_int_equal(cloister_policy_set(NULL, "nonce", "any", NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_set(p, NULL, "any", NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_set(p, "nonce", NULL, NULL), CLOISTER_E_USAGE);
	cloister_policy_free(p);
	cloister_policy_free(NULL);
}

/* What each key puts where the judges look. */
static void each_key_reaches_its_member(void **state)
{
	static const char *const said[][2] = {
		{ "kinds", "tdx" },	{ "kinds", "azure-tdx" },
		{ "nonce", "0a0b" },	{ "user_data", "" },
		{ "public_key", "required" }, { "report_data", "any" },
		{ "max_age", "2h" },	{ "debug", "allow" },
		{ "issuer", "us" },	{ "platforms", "0102" },
		{ "platforms", "03" },	{ "measurements.2.mrtd", HEX48 },
		{ "snp.allow_milan", "true" }, { "snp.allow_migration_agent", "true" },
		{ "snp.require_crl", "true" }, { "snp.vmpl", "2" },
		{ "snp.floor.turin", "fmc 1 bl 2 tee 3 snp 4 ucode 81" },
		{ "snp.floor.milan", "bl 2 tee 3 snp 4 ucode 81" },
		{ "snp.platform_info", "alias_check" }, { "snp.platform_info", "smt" },
		{ "snp.mitigations", "63" }, { "dcap.tolerate", "TDRelaunchAdvised" },
		{ "dcap.grace", "10d" }, { "dcap.evaluation_min", "18" },
		{ "dcap.allow_service_td", "true" }, { "gce.required", "true" }, { "gce.svn_min", "7" },
		{ "snp.platform_info_clear", "tio" }, { "snp.guest_policy", "single_socket" },
		{ "snp.guest_policy", "mem_aes_256_xts" }, { "snp.guest_policy", "rapl_disabled" },
		{ "snp.guest_policy", "ciphertext_hiding" }, { "snp.guest_policy", "page_swap_disabled" },
		{ "snp.guest_policy_clear", "smt" }, { "snp.guest_policy_clear", "cxl" }, { "snp.abi_min", "1.55" },
		{ "snp.guest_svn_min", "3" }, { "sgx.isv_svn_min", "0" }, { "sgx.config_svn_min", "7" },
	};
	struct cloister_policy *p;

	(void)state;
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		assert_int_equal(cloister_policy_set(p, said[i][0], said[i][1], NULL), CLOISTER_OK);
	assert_int_equal(p->kinds, 1u << KIND_TDX | 1u << KIND_AZURE_TDX);
	assert_int_equal(p->nonce.want, WANT_EXACTLY);
	assert_int_equal(p->nonce.value.len, 2);
	assert_memory_equal(p->nonce.value.data, "\x0a\x0b", 2);
	assert_int_equal(p->user_data.want, WANT_EXACTLY);
	assert_int_equal(p->user_data.value.len, 0);
	assert_int_equal(p->public_key.want, WANT_REQUIRED);
	assert_int_equal(p->report_data.want, WANT_ANY);
	assert_int_equal(p->max_age_s, 7200);
	assert_true(p->allow_debug);
	assert_int_equal(p->issuer.value.len, 2);
	assert_memory_equal(p->issuer.value.data, "us", 2);
	assert_int_equal(p->platforms, WANT_EXACTLY);
	assert_int_equal(p->n_platforms, 2);
	assert_int_equal(p->platform[0].len, 2);
	assert_int_equal(p->platform[1].id[0], 3);
	assert_int_equal(p->n_expected, 1);
	assert_int_equal(p->expected[0].set, 2);
	assert_true(p->snp.allow_milan && p->snp.allow_migration_agent && p->snp.require_crl);
	assert_false(p->snp.any_vmpl);
	assert_int_equal(p->snp.vmpl, 2);
	assert_true(p->snp.floor[SNP_TURIN].given);
	assert_false(p->snp.floor[SNP_GENOA].given);
	assert_int_equal(p->snp.floor[SNP_TURIN].least.fmc, 1);
	assert_int_equal(p->snp.floor[SNP_MILAN].least.fmc, 0); /* it has none */
	assert_int_equal(p->snp.floor[SNP_TURIN].least.bl, 2);
	assert_int_equal(p->snp.floor[SNP_TURIN].least.tee, 3);
	assert_int_equal(p->snp.floor[SNP_TURIN].least.snp, 4);
	assert_int_equal(p->snp.floor[SNP_TURIN].least.ucode, 81);
	assert_int_equal(p->snp.platform_info, 0x21);
	assert_true(p->snp.mitigations == 1ull << 63);
	assert_int_equal(p->dcap.tolerated, 1u << TCB_TD_RELAUNCH_ADVISED);
	assert_int_equal(p->dcap.grace_s, 864000);
	assert_int_equal(p->dcap.evaluation_min, 18);
	assert_true(p->snp.guest_svn.given && p->sgx.isv_svn.given && p->sgx.config_svn.given);
	assert_int_equal(p->snp.guest_svn.least, 3);
	assert_int_equal(p->snp.platform_info_clear, 0x80);
	assert_int_equal(p->snp.guest_policy, 0x3d00000);
	assert_int_equal(p->snp.guest_policy_clear, 0x210000);
	assert_true(p->snp.abi.given);
	assert_int_equal(p->snp.abi.major, 1);
	assert_int_equal(p->snp.abi.minor, 55);
	assert_int_equal(p->sgx.isv_svn.least, 0);
	assert_int_equal(p->sgx.config_svn.least, 7);
	assert_true(p->dcap.allow_service_td);
	assert_true(p->gce.required);
	assert_int_equal(p->gce.svn_min, 7);
	cloister_policy_free(p);
}

/* The longest, and one that begins like another. */
static void values_are_taken_whole(void **state)
{
	char text[2 * LIMIT_NSM_FIELD + 3];
	struct cloister_policy *p;

	(void)state;
	memset(text, 'a', sizeof text);
	text[2 * LIMIT_NSM_FIELD] = 0;
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "nonce", text, NULL), CLOISTER_OK);
	assert_int_equal(p->nonce.value.len, LIMIT_NSM_FIELD);
	memcpy(text + 2 * LIMIT_NSM_FIELD, "aa", 3);
	assert_int_equal(cloister_policy_set(p, "user_data", text, NULL), CLOISTER_E_USAGE);
	text[LIMIT_NSM_FIELD + 1] = 0;
	assert_int_equal(cloister_policy_set(p, "issuer", text, NULL), CLOISTER_E_USAGE);
	text[LIMIT_NSM_FIELD] = 0;
	assert_int_equal(cloister_policy_set(p, "issuer", text, NULL), CLOISTER_OK);
	assert_int_equal(p->issuer.value.len, LIMIT_NSM_FIELD);
	assert_int_equal(cloister_policy_set(p, "platforms", "0102", NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "platforms", "01", NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "platforms", "010203", NULL), CLOISTER_OK);
	cloister_policy_free(p);
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "issuer", "any", NULL), CLOISTER_OK);
	assert_int_equal(p->issuer.want, WANT_ANY);
	cloister_policy_free(p);
}

/* What readers and writers of files ask of the table. */
static void the_table_is_asked(void **state)
{
	static const struct {
		const char *key;
		enum key_form form;
	} forms[] = { { "nonce", KEY_VALUE },	  { "kinds", KEY_LIST },     { "snp", KEY_GROUP },
		      { "snp.floor", KEY_GROUP }, { "sn", KEY_UNKNOWN },     { "snp.floo", KEY_UNKNOWN },
		      { "", KEY_UNKNOWN },	  { "noncense", KEY_UNKNOWN }, { "measurements.1.pcr0", KEY_VALUE },
		      { "measurements.1.x", KEY_UNKNOWN } };
	struct cloister_policy *p;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		assert_int_equal(policy_key_form(forms[i].key), forms[i].form);
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, policy_key_at(0), "any", NULL), CLOISTER_OK);
	assert_true(policy_key_said(p, 0) && !policy_key_said(p, 1));
	while (policy_key_at(n))
		n++;
	for (size_t i = n; i < n + 200; i++)
		assert_false(policy_key_said(p, i) || policy_key_is_due(i) || policy_key_at(i));
	cloister_policy_free(p);
	assert_string_equal(policy_platform_bit(0), "smt");
	assert_string_equal(policy_platform_bit(7), "tio");
	assert_null(policy_platform_bit(6));
	for (unsigned i = 8; i < 100; i++)
		assert_null(policy_platform_bit(i));
}

/* `required` is not ready, and then takes one value. */
static void what_is_required_is_owed(void **state)
{
	static const char *const said[][2] = {
		{ "nonce", "required" }, { "user_data", "any" },    { "public_key", "any" },
		{ "report_data", "any" }, { "measurements", "required" }, { "platforms", "any" },
		{ "max_age", "any" },
	};
	struct cloister_policy *p;
	struct cloister_fault why;

	(void)state;
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		assert_int_equal(cloister_policy_set(p, said[i][0], said[i][1], NULL), CLOISTER_OK);
	assert_int_equal(expect_possible(p, NULL), CLOISTER_OK);
	assert_int_equal(expect_ready(p, &why), CLOISTER_E_USAGE);
	assert_string_equal(why.what, "nonce");
	assert_int_equal(cloister_policy_set(p, "nonce", "0a", NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "nonce", "0b", NULL), CLOISTER_E_USAGE);
	assert_int_equal(expect_ready(p, &why), CLOISTER_E_USAGE);
	assert_string_equal(why.what, "measurements");
	assert_int_equal(cloister_policy_set(p, "measurements.pcr0", HEX48, NULL), CLOISTER_OK);
	assert_int_equal(expect_ready(p, NULL), CLOISTER_OK);
	cloister_policy_free(p);
}

/* A tolerance without its time, and a time without its tolerance, are refused. */
static void tolerance_needs_its_time(void **state)
{
	static const char *const rows_of[][2] = { { "dcap.tolerate", "OutOfDate" }, { "dcap.grace", "any" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct cloister_policy *p;
		struct cloister_fault why;
		assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
		p->nonce.want = p->user_data.want = p->public_key.want = p->report_data.want = WANT_ANY;
		p->measurements = p->platforms = WANT_ANY;
		p->max_age_s = CLOISTER_AGE_ANY;
		assert_int_equal(expect_ready(p, NULL), CLOISTER_OK);
		assert_int_equal(cloister_policy_set(p, rows_of[i][0], rows_of[i][1], NULL), CLOISTER_OK);
		assert_int_equal(expect_ready(p, &why), CLOISTER_E_USAGE);
		assert_string_equal(why.what, rows_of[i][0]);
		assert_int_equal(cloister_policy_set(p, rows_of[1 - i][0], rows_of[1 - i][1], NULL), CLOISTER_OK);
		assert_int_equal(expect_ready(p, NULL), CLOISTER_OK);
		cloister_policy_free(p);
	}
}

/* doc/policy.md has a row for each key and for no other. */
static void the_page_has_the_table(void **state)
{
	char line[2048], name[LIMIT_POLICY_KEY];
	size_t n = 0, n_rows = 0;
	FILE *page = fopen(page_path, "r");

	(void)state;
	assert_non_null(page);
	while (fgets(line, sizeof line, page)) {
		const char *end = strncmp(line, "| `", 3) == 0 ? strchr(line + 3, '`') : NULL;
		if (!end || (size_t)(end - line) - 3 >= sizeof name)
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(end - line) - 3, line + 3);
		bool known = false;
		for (size_t i = 0; policy_key_at(i); i++)
			known |= strcmp(policy_key_at(i), name) == 0;
		if (!known && strncmp(name, "measurements.", 13) != 0)
			fail_msg("doc/policy.md has a key that is not there: %s", name);
		n_rows += known;
	}
	fclose(page);
	while (policy_key_at(n))
		n++;
	assert_int_equal(n_rows, n);
}

/* So has the man page. */
static void the_manual_has_the_keys(void **state)
{
	static char page[64 << 10];
	char line[LIMIT_POLICY_KEY + 16];
	FILE *in = fopen(manual_path, "r");

	(void)state;
	assert_non_null(in);
	page[fread(page, 1, sizeof page - 1, in)] = 0;
	fclose(in);
	for (size_t i = 0; policy_key_at(i); i++) {
		snprintf(line, sizeof line, "\n.It Cm %s%s\n", policy_key_at(i),
			 policy_key_is_due(i) ? " Pq Em due" : "");
		if (!strstr(page, line))
			fail_msg("man/cloister-policy.5 lacks %s", policy_key_at(i));
	}
}

/* A policy is ready only once everything was said. */
static void silence_is_not_ready(void **state)
{
	static const char *const due[][2] = {
		{ "nonce", "any" },	  { "user_data", "any" },    { "public_key", "any" },
		{ "report_data", "any" }, { "measurements", "any" }, { "platforms", "any" },
		{ "max_age", "any" },
	};
	const size_t n = sizeof due / sizeof *due;

	(void)state;
	for (size_t left_out = 0; left_out <= n; left_out++) {
		struct cloister_policy *p;
		assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
		for (size_t i = 0; i < n; i++)
			if (i != left_out)
				assert_int_equal(cloister_policy_set(p, due[i][0], due[i][1], NULL), 0);
		assert_int_equal(expect_ready(p, NULL), left_out == n ? CLOISTER_OK : CLOISTER_E_USAGE);
		cloister_policy_free(p);
	}
}

int main(int argc, char **argv)
{
	page_path = argc > 1 ? argv[1] : "doc/policy.md";
	manual_path = argc > 2 ? argv[2] : "man/cloister-policy.5";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_takes_its_values_only),
		cmocka_unit_test(nothing_is_said_twice),
		cmocka_unit_test(any_and_values_contradict),
		cmocka_unit_test(silence_is_not_ready),
		cmocka_unit_test(each_key_reaches_its_member),
		cmocka_unit_test(values_are_taken_whole),
		cmocka_unit_test(the_table_is_asked),
		cmocka_unit_test(what_is_required_is_owed),
		cmocka_unit_test(tolerance_needs_its_time),
		cmocka_unit_test(the_page_has_the_table),
		cmocka_unit_test(the_manual_has_the_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
