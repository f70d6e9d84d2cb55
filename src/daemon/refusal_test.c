/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals: the words that clients know, what is put into them, and that all fit their status. */

#include "daemon/refusal.h"

#include "base/limits.h"
#include "base/test.h"

static void as_json(void **state)
{
	own(strv_fini) struct strv details = { 0 }, none = { 0 };
	static const struct {
		enum refusal r;
		const char *a, *b, *state;
		bool has_details;
		int status;
		const char *json;
	} cases[] = {
		{ REFUSE_WALLET, NULL, NULL, NULL, false, 400, "{\"error\":\"Wallet address required\"}" },
		{ REFUSE_FIELDS, NULL, NULL, NULL, false, 400, "{\"error\":\"Missing required fields\"}" },
		{ REFUSE_PROVIDER, "azure", NULL, NULL, false, 400, "{\"error\":\"Provider azure not found\"}" },
		{ REFUSE_PROVIDER, "{}", "x", NULL, false, 400, "{\"error\":\"Provider {} not found\"}" },
		{ REFUSE_PROVIDER, NULL, NULL, NULL, false, 400, "{\"error\":\"Provider  not found\"}" },
		{ REFUSE_REGION, "moon", "aws-nitro", NULL, false, 400, "{\"error\":\"Region moon not supported by provider aws-nitro\"}" },
		{ REFUSE_REGION, "a\"\x1b\xff", "aws-nitro", NULL, false, 400,
		  "{\"error\":\"Region a\\\"\\u001b\xef\xbf\xbd not supported by provider aws-nitro\"}" },
		{ REFUSE_CONFIGURATION, NULL, NULL, NULL, true, 400,
		  "{\"error\":\"Invalid provider configuration\",\"details\":[\"cpuCount: must be 2\",\"b: is unknown here\"]}" },
		{ REFUSE_ATTEST_STATE, NULL, NULL, "PAUSED", false, 400,
		  "{\"error\":\"Attestation only available for deployed enclaves\",\"status\":\"PAUSED\"}" },
		{ REFUSE_VERIFY_STATE, NULL, NULL, "FAILED", false, 400,
		  "{\"error\":\"Can only verify deployed enclaves\",\"status\":\"FAILED\"}" },
		{ REFUSE_PERMISSIONS, "a, b", NULL, NULL, false, 400, "{\"error\":\"Invalid permissions: a, b\"}" },
		{ REFUSE_ENCLAVE, NULL, NULL, NULL, false, 404, "{\"error\":\"Enclave not found\"}" },
		{ REFUSE_ENCLAVE_WRITE, NULL, NULL, NULL, false, 404, "{\"error\":\"Enclave not found or access denied\"}" },
		{ REFUSE_PROVIDER_ID, NULL, NULL, NULL, false, 404, "{\"error\":\"Provider not found\"}" },
		{ REFUSE_TASK, NULL, NULL, NULL, false, 404, "{\"error\":\"Task not found or access denied\"}" },
		{ REFUSE_API_KEY, NULL, NULL, NULL, false, 404, "{\"error\":\"API key not found or access denied\"}" },
		{ REFUSE_TAGS, NULL, NULL, NULL, false, 500, "{\"error\":\"Failed to fetch tags\"}" },
	};

	(void)state;
	strv_add(&details, "cpuCount: must be 2");
	strv_add(&details, "b: is unknown here");
	for (size_t i = 0; i < N_OF(cases); i++) {
		own(buf_fini) struct buf out = BUF_INIT(4096);

		refusal_put(&out, cases[i].r, cases[i].a, cases[i].b, cases[i].has_details ? &details : &none, cases[i].state);
		assert_string_equal(buf_string(&out), cases[i].json);
		assert_int_equal(refusal_status(cases[i].r), cases[i].status);
	}
}

static void all(void **state)
{
	(void)state;
	for (int r = 0; r < N_REFUSALS; r++) {
		own(buf_fini) struct buf out = BUF_INIT(4096);
		struct json v;

		assert_true(refusal_status((enum refusal)r) >= 400 && refusal_status((enum refusal)r) <= 501);
		refusal_put(&out, (enum refusal)r, "A", "B", NULL, NULL);
		WANT_OK(json_read(buf_bytes(&out), &v, NULL), NULL);
		assert_null(strstr(buf_string(&out), "{}"));
	}
}

static void too_long(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(1 << 20);
	char *text = malloc(LIMIT_REFUSAL + 1);

	(void)state;
	memset(text, 'x', LIMIT_REFUSAL);
	text[LIMIT_REFUSAL] = 0;
	refusal_put(&out, REFUSE_PROVIDER, text, NULL, NULL, NULL);
	assert_string_equal(buf_string(&out), "{\"error\":\"Provider {} not found\"}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_json), cmocka_unit_test(all), cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
