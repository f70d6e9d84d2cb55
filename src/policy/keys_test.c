/* SPDX-License-Identifier: Apache-2.0 */
/* keys_test.c - what can be said, what cannot, and that nothing is said twice. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "cloister/policy.h"
#include "evidence/expect.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define HEX48 "0101010101010101010101010101010101010101010101010101010101010101" \
	      "01010101010101010101010101010101"

static const struct {
	const char *key, *value, *says; /* says NULL: accepted */
} rows[] = {
	{ "nonce", "any", NULL },
	{ "nonce", "", NULL }, /* expect_ready() refuses it */
	{ "nonce", "0a", NULL },
	{ "nonce", "0", "hex digits" },
	{ "nonce", "Any", "hex digits" },
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
		{ "measurements", "any", "any" },
		{ "measurements.pcr0", HEX48, HEX48 },
		{ "platforms", "any", "0a" },
		{ "platforms", "0a", "any" },
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

static void any_and_registers_contradict(void **state)
{
	struct cloister_policy *p;

	(void)state;
	assert_int_equal(cloister_policy_new(&p, NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "measurements", "any", NULL), CLOISTER_OK);
	assert_int_equal(cloister_policy_set(p, "measurements.pcr0", HEX48, NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_set(NULL, "nonce", "any", NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_set(p, NULL, "any", NULL), CLOISTER_E_USAGE);
	assert_int_equal(cloister_policy_set(p, "nonce", NULL, NULL), CLOISTER_E_USAGE);
	cloister_policy_free(p);
	cloister_policy_free(NULL);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_takes_its_values_only),
		cmocka_unit_test(nothing_is_said_twice),
		cmocka_unit_test(any_and_registers_contradict),
		cmocka_unit_test(silence_is_not_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
