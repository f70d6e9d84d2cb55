/* SPDX-License-Identifier: Apache-2.0 */
/* Providers and their JSON. */

#include "daemon/provider.h"

#include "base/test.h"

static void found(void **state)
{
	(void)state;
	assert_string_equal(provider_find("aws-nitro")->id, "aws-nitro");
	assert_ptr_equal(provider_find("aws-nitro-enclave"), provider_find("aws-nitro"));
	assert_string_equal(provider_find("local-emulator")->id, "local-emulator");
	assert_string_equal(provider_find("amd-sev-snp")->id, "amd-sev-snp");
	assert_string_equal(provider_find("intel-tdx")->id, "intel-tdx");
	assert_null(provider_find("azure-enclaves"));
	assert_null(provider_find(""));
	assert_null(provider_find("aws-nitr"));
}

static void regions(void **state)
{
	static const char *const aws[] = { "us-east-1",	   "us-west-2",	     "eu-west-1",
					   "eu-central-1", "ap-southeast-1", "ap-northeast-1" };

	(void)state;
	for (size_t i = 0; i < N_OF(aws); i++) {
		assert_true(provider_has_region(provider_find("aws-nitro"), aws[i]));
		assert_false(provider_has_region(provider_find("local-emulator"), aws[i]));
	}
	assert_true(provider_has_region(provider_find("intel-tdx"), "local"));
	assert_false(provider_has_region(provider_find("aws-nitro"), "us-east-2"));
	assert_false(provider_has_region(provider_find("aws-nitro"), ""));
}

static struct json put(struct buf *out, const char *id, const struct provider_state *s)
{
	struct json_out w = json_out(out);
	struct cloister_fault why;
	struct json v;

	provider_put(&w, NULL, provider_find(id), s);
	WANT_OK(buf_ok(out, "json", &why), &why);
	WANT_OK(json_read(buf_bytes(out), &v, &why), &why);
	return v;
}

static void as_json(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(64 << 10);
	struct provider_state here = { 0 };
	struct json v = put(&out, "aws-nitro", &here), schema = json_get(v, "configSchema");
	bool yes;

	(void)state;
	assert_true(json_is(json_get(v, "id"), "aws-nitro"));
	assert_int_equal(json_count(json_get(v, "regions")), 6);
	assert_true(json_bool(json_get(v, "available"), &yes) && yes);
	assert_int_equal(json_get(v, "reason").type, JSON_NONE);
	assert_int_equal(json_count(schema), n_provider_fields);
	struct json cpus = json_get(schema, "cpuCount");
	assert_true(json_is(json_get(cpus, "type"), "select"));
	assert_true(bytes_are(json_get(cpus, "options").text,
			      "[{\"value\":\"2\",\"label\":\"2\"},{\"value\":\"4\",\"label\":\"4\"},"
			      "{\"value\":\"8\",\"label\":\"8\"},{\"value\":\"16\",\"label\":\"16\"}]"));
	struct json memory = json_get(schema, "memoryMiB");
	assert_true(bytes_are(json_get(memory, "validation").text, "{\"min\":1024,\"max\":16384}"));
	assert_true(bytes_are(json_get(memory, "defaultValue").text, "1024"));
	assert_true(bytes_are(json_get(json_get(schema, "enableDebug"), "defaultValue").text, "false"));
	assert_true(json_bool(json_get(json_get(schema, "dockerImage"), "required"), &yes) && yes);
	assert_true(json_bool(json_get(json_get(schema, "instanceType"), "required"), &yes) && !yes);
}

static void refusing(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(64 << 10);
	struct provider_state s = { .refusal = "this host has no /dev/sev" };
	struct json v = put(&out, "amd-sev-snp", &s);
	bool yes;

	(void)state;
	assert_true(json_bool(json_get(v, "available"), &yes) && !yes);
	assert_true(json_is(json_get(v, "reason"), "this host has no /dev/sev"));
	assert_int_equal(json_get(json_get(v, "configSchema"), "instanceType").type, JSON_NONE);
}

static void emulated(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(64 << 10);
	struct provider_state s = { .is_emulated = true };
	struct json v = put(&out, "aws-nitro", &s);
	char text[256];

	(void)state;
	assert_true(json_text(json_get(v, "description"), text, sizeof text));
	assert_non_null(strstr(text, "emulator"));
	assert_non_null(strstr(text, "LOW"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),    cmocka_unit_test(regions),	cmocka_unit_test(as_json),
		cmocka_unit_test(refusing), cmocka_unit_test(emulated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
