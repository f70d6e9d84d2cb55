/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations in every form that clients send, and each sentence that refuses one. */

#include "daemon/provider_config.h"

#include <stdio.h>

#include "base/test.h"

static struct json parse(const char *text)
{
	struct cloister_fault why;
	struct json v;

	WANT_OK(json_read(bytes_text(text), &v, &why), &why);
	return v;
}

static void fini(struct provider_config *c)
{
	provider_config_fini(c);
}

static void read_ok(const char *provider, const char *config, const char *request, struct provider_config *c)
{
	own(strv_fini) struct strv details = { 0 };
	struct cloister_fault why;

	WANT_OK(provider_config_read(provider_find(provider), parse(config), parse(request), c, &details, &why), &why);
	assert_int_equal(details.n, 0);
}

static void presets(void **state)
{
	own(fini) struct provider_config c;

	(void)state;
	read_ok("aws-nitro", "{\"dockerImage\":\"hello-world\"}", "{}", &c);
	assert_string_equal(c.image, "hello-world");
	assert_int_equal(c.cpus, 2);
	assert_int_equal(c.memory_mib, 1024);
	assert_int_equal(c.workload, WORKLOAD_SERVICE);
	assert_false(c.is_debug || c.is_private);
	assert_string_equal(c.health_path, "");
	assert_int_equal(c.health_s, 30);
	assert_int_equal(c.n_ports + c.env.n + c.aws_services.n + c.compliance.n + c.registry_password.len, 0);
}

/* The same in the two ways. */
static void both_forms(void **state)
{
	static const char *const forms[] = {
		"{\"dockerImage\":\"redis:7\",\"cpuCount\":\"4\",\"memoryMiB\":\"2048\",\"instanceType\":\"m6i.xlarge\","
		"\"enableDebug\":true,\"environmentVariables\":\"{\\\"A\\\":\\\"x\\\\ny\\\",\\\"B_2\\\":\\\"\\\"}\",\"workloadType\":\"batch\","
		"\"healthCheckPath\":\"/up\",\"healthCheckInterval\":\"5\",\"awsServices\":\"kms, s3\",\"exposePorts\":\"80, 6379\","
		"\"compliance\":\"SOC2\",\"sourceType\":\"private-registry\",\"signingAddress\":\"0x1\","
		"\"privateRegistryUrl\":\"https://r.example\",\"privateRegistryUsername\":\"u\",\"privateRegistryPassword\":\"p:w\"}",
		"{\"dockerImage\":\"redis:7\",\"cpuCount\":4,\"memoryMiB\":2048,\"instanceType\":\"m6i.xlarge\","
		"\"enableDebug\":\"true\",\"environmentVariables\":{\"A\":\"x\\ny\",\"B_2\":\"\"},\"workloadType\":\"batch\","
		"\"healthCheckPath\":\"/up\",\"healthCheckInterval\":5,\"awsServices\":[\"kms\",\"s3\"],\"exposePorts\":[80,\"6379\"],"
		"\"compliance\":[\"SOC2\"],\"sourceType\":\"private-registry\","
		"\"privateRegistry\":{\"registryUrl\":\"https://r.example\",\"username\":\"u\",\"password\":\"p:w\"}}",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		own(fini) struct provider_config c;
		own(buf_fini) struct buf out = BUF_INIT(8192);
		struct json_out w = json_out(&out);

		read_ok("aws-nitro", forms[i], "{}", &c);
		assert_true(bytes_are(secret_bytes(&c.registry_password), "p:w"));
		assert_string_equal(c.registry_url, "https://r.example");
		assert_string_equal(c.registry_user, "u");
		assert_string_equal(c.env.list[0], "A=x\ny");
		provider_config_put(&w, NULL, &c, "0xabc");
		assert_string_equal(buf_string(&out),
			"{\"dockerImage\":\"redis:7\",\"cpuCount\":\"4\",\"memoryMiB\":\"2048\",\"instanceType\":\"m6i.xlarge\","
			"\"workloadType\":\"batch\",\"enableDebug\":true,\"environmentVariables\":\"{\\\"A\\\":\\\"x\\\\ny\\\",\\\"B_2\\\":\\\"\\\"}\","
			"\"healthCheckPath\":\"/up\",\"healthCheckInterval\":\"5\",\"exposePorts\":\"80,6379\",\"awsServices\":[\"kms\",\"s3\"],"
			"\"compliance\":[\"SOC2\"],\"sourceType\":\"private-registry\",\"signingAddress\":\"0xabc\"}");
	}
}

/* What is written can be read again, and is then written alike. */
static void round_trip(void **state)
{
	own(fini) struct provider_config a, b;
	own(buf_fini) struct buf first = BUF_INIT(8192), second = BUF_INIT(8192);
	struct json_out w = json_out(&first), w2 = json_out(&second);

	(void)state;
	read_ok("local-emulator", "{\"dockerImage\":\"a/b\",\"environmentVariables\":{\"N\":7,\"T\":true,\"Q\":\"\\\"\\u00e9\"},\"exposePorts\":8080}",
		"{}", &a);
	assert_string_equal(a.env.list[0], "N=7");
	assert_string_equal(a.env.list[1], "T=true");
	provider_config_put(&w, NULL, &a, NULL);
	read_ok("local-emulator", buf_string(&first), "{}", &b);
	provider_config_put(&w2, NULL, &b, NULL);
	assert_string_equal(buf_string(&first), buf_string(&second));
}

/* As the command line client and the SDK send a private registry. */
static void beside(void **state)
{
	own(fini) struct provider_config c, d;

	(void)state;
	read_ok("aws-nitro", "{\"cpuCount\":\"2\"}",
		"{\"dockerImage\":\"r.example:5000/x\",\"sourceType\":\"private-registry\",\"description\":\"\","
		"\"privateRegistry\":{\"registryUrl\":\"r.example:5000\",\"username\":\"u\",\"password\":\"p\"}}", &c);
	assert_string_equal(c.image, "r.example:5000/x");
	assert_true(c.is_private);
	read_ok("aws-nitro", "{\"dockerImage\":\"x\",\"sourceType\":\"registry\",\"exposePorts\":\"\",\"awsServices\":null}",
		"{\"sourceType\":\"registry\",\"privateRegistryUrl\":\"\"}", &d);
	assert_int_equal(d.n_ports, 0);
}

static void refused(void **state)
{
	static const struct {
		const char *provider, *config, *request, *details; /* joined by '|' */
	} cases[] = {
#define NITRO "aws-nitro"
#define WITH(text) "{\"dockerImage\":\"x\"," text "}"
		{ NITRO, "[]", "{}", "providerConfig: must be an object|dockerImage: is required" },
		{ NITRO, "{}", "{}", "dockerImage: is required" },
		{ NITRO, "{\"dockerImage\":\"\"}", "{}", "dockerImage: is required" },
		{ NITRO, "{\"dockerImage\":7}", "{}", "dockerImage: must be a string of at most 1024 bytes" },
		{ NITRO, "{\"dockerImage\":\"Redis\"}", "{}", "dockerImage: must be name[:tag][@sha256:…]; lower-case letters and digits are due here" },
		{ NITRO, WITH("\"colour\":1,\"x\\u0041\":null"), "{}", "colour: is unknown here|xA: is unknown here" },
		{ NITRO, WITH("\"cpuCount\":3"), "{}", "cpuCount: must be 2, 4, 8 or 16" },
		{ NITRO, WITH("\"cpuCount\":\"two\""), "{}", "cpuCount: must be 2, 4, 8 or 16" },
		{ NITRO, WITH("\"cpuCount\":\"2 \""), "{}", "cpuCount: must be 2, 4, 8 or 16" },
		{ NITRO, WITH("\"cpuCount\":2.0"), "{}", "cpuCount: must be 2, 4, 8 or 16" },
		{ NITRO, WITH("\"cpuCount\":[2]"), "{}", "cpuCount: must be 2, 4, 8 or 16" },
		{ NITRO, WITH("\"memoryMiB\":1023"), "{}", "memoryMiB: must be a number from 1024 to 16384" },
		{ NITRO, WITH("\"memoryMiB\":\"16385\""), "{}", "memoryMiB: must be a number from 1024 to 16384" },
		{ NITRO, WITH("\"memoryMiB\":\"99999999999999999999\""), "{}", "memoryMiB: must be a number from 1024 to 16384" },
		{ NITRO, WITH("\"cpuCount\":4,\"memoryMiB\":2047"), "{}", "memoryMiB: must be at least 512 for each processor: 2048" },
		{ NITRO, WITH("\"cpuCount\":8"), "{}", "memoryMiB: must be at least 512 for each processor: 4096" },
		{ NITRO, WITH("\"instanceType\":\"t2.nano\""), "{}", "instanceType: is not one of the instance types that are offered" },
		{ "intel-tdx", WITH("\"instanceType\":\"m6i.xlarge\""), "{}", "instanceType: is not known to intel-tdx" },
		{ NITRO, WITH("\"workloadType\":\"task\""), "{}", "workloadType: must be batch, service or daemon" },
		{ NITRO, WITH("\"enableDebug\":1"), "{}", "enableDebug: must be true or false" },
		{ NITRO, WITH("\"environmentVariables\":\"A=1\""), "{}",
		  "environmentVariables: must be a JSON object of at most 256 strings, or a string that holds one" },
		{ NITRO, WITH("\"environmentVariables\":[]"), "{}",
		  "environmentVariables: must be a JSON object of at most 256 strings, or a string that holds one" },
		{ NITRO, WITH("\"environmentVariables\":\"{\\\"A\\\":1,\\\"A\\\":2}\""), "{}",
		  "environmentVariables: must be a JSON object of at most 256 strings, or a string that holds one" },
		{ NITRO, WITH("\"environmentVariables\":{\"1A\":\"\",\"A=B\":\"\",\"\":\"\",\"N\":null,\"Z\":\"a\\u0000b\"}"), "{}",
		  "environmentVariables: a name is letters, digits and _, and does not begin with a digit|"
		  "environmentVariables: a name is letters, digits and _, and does not begin with a digit|"
		  "environmentVariables: a name is letters, digits and _, and does not begin with a digit|"
		  "environmentVariables: N must be a string without NUL|environmentVariables: Z must be a string without NUL" },
		{ NITRO, WITH("\"healthCheckPath\":\"up\""), "{}", "healthCheckPath: must begin with / and have no spaces" },
		{ NITRO, WITH("\"healthCheckPath\":\"/a b\""), "{}", "healthCheckPath: must begin with / and have no spaces" },
		{ NITRO, WITH("\"healthCheckPath\":\"/a\\r\\nX: y\""), "{}", "healthCheckPath: must begin with / and have no spaces" },
		{ NITRO, WITH("\"healthCheckInterval\":4"), "{}", "healthCheckInterval: must be a number from 5 to 300" },
		{ NITRO, WITH("\"healthCheckInterval\":\"301\""), "{}", "healthCheckInterval: must be a number from 5 to 300" },
		{ NITRO, WITH("\"exposePorts\":\"80,0,65536,x,80,,-1\""), "{}",
		  "exposePorts: each must be a number from 1 to 65535|exposePorts: each must be a number from 1 to 65535|"
		  "exposePorts: each must be a number from 1 to 65535|exposePorts: 80 is there twice|"
		  "exposePorts: each must be a number from 1 to 65535|exposePorts: each must be a number from 1 to 65535" },
		{ NITRO, WITH("\"exposePorts\":{}"), "{}", "exposePorts: must be a list, or numbers separated by commas, of at most 64" },
		{ NITRO, WITH("\"exposePorts\":[true]"), "{}", "exposePorts: must be a list, or numbers separated by commas, of at most 64" },
		{ NITRO, WITH("\"awsServices\":[\"kms\",\"S3\",\"\"]"), "{}",
		  "awsServices: entry 2 must be 1 to 32 lower-case letters, digits and hyphens|"
		  "awsServices: entry 3 must be 1 to 32 lower-case letters, digits and hyphens" },
		{ NITRO, WITH("\"compliance\":{\"SOC2\":true}"), "{}",
		  "compliance: must be a list, or words separated by commas, of at most 16" },
		{ NITRO, WITH("\"compliance\":[\"<b>\"]"), "{}", "compliance: entry 1 must be 1 to 32 letters, digits, spaces, - _ and ." },
		{ NITRO, WITH("\"sourceType\":\"github\""), "{}",
		  "sourceType: github is not built from by this server; build the image and name it" },
		{ NITRO, WITH("\"sourceType\":\"ftp\""), "{}", "sourceType: must be registry or private-registry" },
		{ NITRO, WITH("\"sourceType\":\"registry\""), "{\"sourceType\":\"github\"}", "sourceType: is there twice, and differs" },
		{ NITRO, "{\"dockerImage\":\"x\"}", "{\"dockerImage\":\"y\"}", "dockerImage: is there twice, and differs" },
		{ NITRO, WITH("\"sourceType\":\"private-registry\""), "{}", "privateRegistry: address, username and password belong together" },
		{ NITRO, WITH("\"privateRegistryUrl\":\"r.example\",\"privateRegistryUsername\":\"u\""), "{}",
		  "privateRegistry: address, username and password belong together" },
		{ NITRO, WITH("\"privateRegistry\":\"r\""), "{}",
		  "privateRegistry: must be an object with registryUrl, username and password" },
		{ NITRO, WITH("\"privateRegistry\":{\"token\":\"t\"}"), "{}",
		  "privateRegistry: has registryUrl, username and password, and nothing else" },
		{ NITRO, WITH("\"privateRegistryUrl\":\"https://u:p@r.example\""), "{}",
		  "privateRegistryUrl: must be the address of a registry, without user, query or fragment" },
		{ NITRO, WITH("\"privateRegistryUsername\":\"a:b\""), "{}", "privateRegistryUsername: must have no colon" },
		{ NITRO, WITH("\"privateRegistryPassword\":5"), "{}", "privateRegistryPassword: must be a string of at most 1024 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		own(fini) struct provider_config c;
		own(strv_fini) struct strv details = { 0 };
		own(buf_fini) struct buf all = BUF_INIT(4096);

		print_message("%s\n", cases[i].config);
		assert_int_equal(provider_config_read(provider_find(cases[i].provider), parse(cases[i].config),
						      parse(cases[i].request), &c, &details, NULL), CLOISTER_E_MALFORMED);
		for (size_t k = 0; k < details.n; k++)
			buf_print(&all, "%s%s", k ? "|" : "", details.list[k]);
		assert_string_equal(buf_string(&all), cases[i].details);
	}
}

/* One more than each ceiling. */
static void ceilings(void **state)
{
	own(buf_fini) struct buf text = BUF_INIT(1 << 20);
	own(strv_fini) struct strv details = { 0 };
	own(fini) struct provider_config c;

	(void)state;
	buf_text(&text, "{\"dockerImage\":\"x\",\"exposePorts\":[");
	for (unsigned i = 1; i <= LIMIT_WORKLOAD_PORTS + 1; i++)
		buf_print(&text, "%s%u", i > 1 ? "," : "", i);
	buf_text(&text, "],\"environmentVariables\":{");
	for (unsigned i = 0; i <= LIMIT_WORKLOAD_ENV; i++)
		buf_print(&text, "%s\"A%u\":\"\"", i ? "," : "", i);
	buf_text(&text, "},\"compliance\":[");
	for (unsigned i = 0; i <= LIMIT_WORKLOAD_LABELS; i++)
		buf_print(&text, "%s\"A%u\"", i ? "," : "", i);
	buf_text(&text, "]}");
	assert_int_equal(provider_config_read(provider_find("aws-nitro"), parse(buf_string(&text)), parse("{}"), &c,
					      &details, NULL), CLOISTER_E_MALFORMED);
	assert_int_equal(details.n, 3);
	assert_int_equal(c.n_ports + c.env.n + c.compliance.n, 0);
}

/* What a provider offers is taken: each option, each preset. */
static void offered(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_provider_fields; i++) {
		const struct provider_field *f = &provider_fields[i];
		const char *const preset[] = { f->preset, NULL };
		const char *const *values = f->options ? f->options : preset;

		for (size_t k = 0; values[k]; k++) {
			own(fini) struct provider_config c;
			own(buf_fini) struct buf text = BUF_INIT(512);
			bool is_private = strcmp(values[k], "private-registry") == 0;

			buf_print(&text, "{\"%s\":\"%s\"", f->name, values[k]);
			if (!f->is_required)
				buf_text(&text, ",\"dockerImage\":\"x\"");
			if (strcmp(f->name, "memoryMiB") != 0)
				buf_text(&text, ",\"memoryMiB\":16384");
			buf_byte(&text, '}');
			read_ok("aws-nitro", buf_string(&text), is_private ?
				"{\"privateRegistryUrl\":\"r\",\"privateRegistryUsername\":\"u\",\"privateRegistryPassword\":\"p\"}" : "{}", &c);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets),  cmocka_unit_test(both_forms), cmocka_unit_test(round_trip),
		cmocka_unit_test(beside),   cmocka_unit_test(refused),	  cmocka_unit_test(ceilings),
		cmocka_unit_test(offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
