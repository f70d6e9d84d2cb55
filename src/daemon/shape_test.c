/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the API, byte by byte; an attestation of a document of vectors/nitro. */

#include "daemon/shape.h"

#include <stdio.h>

#include "base/test.h"
#include "codec/cose.h"
#include "codec/pem.h"
#include "evidence/verdict.h"

#define T(text) bytes_text(text)

static void times(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1795515330007, "2026-11-24T10:15:30.007Z" },
		{ 1709164799999, "2024-02-28T23:59:59.999Z" },
		{ UINT64_MAX, "9999-12-31T23:59:59.615Z" },
	};
	char text[SHAPE_TIME_ROOM];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		shape_time(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void ids(void **state)
{
	static const uint8_t zeros[8], ones[8] = { 0, 0, 0, 0, 0, 0, 0, 37 },
		       full[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	static const char *const bad[] = { "", "enc", "enc_", "enc_1_12345678", "enc_1_1234567890", "enc__123456789",
					   "task_1_123456789", "enc_1_12345678Z", "enc_x_123456789", "enc_1_12345678/",
					   "enc_1-123456789", "../enc_1_123456789", "enc_11111111111111111111111111_123456789" };
	char id[SHAPE_ID_ROOM];

	(void)state;
	shape_id("enc", 1795514400000, zeros, id);
	assert_string_equal(id, "enc_1795514400000_000000000");
	assert_true(shape_is_id("enc", T(id)));
	assert_false(shape_is_id("task", T(id)));
	shape_id("task", 1, ones, id);
	assert_string_equal(id, "task_1_110000000");
	assert_true(shape_is_id("task", T(id)));
	shape_id("key", UINT64_MAX, full, id);
	assert_true(shape_is_id("key", T(id)));
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_false(shape_is_id("enc", T(bad[i])));
	assert_false(shape_is_id("enc", bytes_of("enc_1_12345678\0", 15)));
}

static void keys(void **state)
{
	uint8_t random[16];
	char key[SHAPE_KEY_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof random; i++)
		random[i] = (uint8_t)(i * 17);
	shape_key(random, key);
	assert_string_equal(key, "treza_live_00112233445566778899aabbccddeeff");
}

static void enclave(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	static const struct shape_port ports[] = { { 20001, 80 } };
	struct shape_enclave e = {
		.id = T("enc_1_aaaaaaaaa"), .name = T("a \"b\""), .description = T(""), .status = T("FAILED"), .region = T("local"),
		.wallet = T("0xA"), .provider = T("local-emulator"), .config = T("{\"dockerImage\":\"x\"}"), .source = T("registry"),
		.error = T("it ended"), .ports = ports, .n_ports = 1, .exit_code = 3, .created_ms = 1000, .updated_ms = 2001,
	};

	(void)state;
	json_open(&w, NULL, '{');
	shape_enclave_put(&w, "enclave", &e);
	json_close(&w, '}');
	assert_string_equal(buf_string(&out),
		"{\"enclave\":{\"id\":\"enc_1_aaaaaaaaa\",\"name\":\"a \\\"b\\\"\",\"description\":\"\",\"status\":\"FAILED\",\"region\":\"local\","
		"\"walletAddress\":\"0xA\",\"providerId\":\"local-emulator\",\"providerConfig\":{\"dockerImage\":\"x\"},"
		"\"createdAt\":\"1970-01-01T00:00:01.000Z\",\"updatedAt\":\"1970-01-01T00:00:02.001Z\",\"sourceType\":\"registry\","
		"\"error_message\":\"it ended\",\"exitCode\":3,\"publishedPorts\":[{\"hostPort\":20001,\"port\":80}]}}");
}

/* Nothing is there that nobody said. */
static void enclave_without(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	struct shape_enclave e = { .id = T("enc_1_aaaaaaaaa"), .status = T("PENDING_DEPLOY"), .exit_code = -1 };

	(void)state;
	shape_enclave_put(&w, NULL, &e);
	assert_string_equal(buf_string(&out), "{\"id\":\"enc_1_aaaaaaaaa\",\"status\":\"PENDING_DEPLOY\"}");
}

static void task(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	struct shape_task t = {
		.id = T("task_1_aaaaaaaaa"), .name = T("n"), .description = T("d"), .enclave = T("enc_1_aaaaaaaaa"), .status = T("pending"),
		.schedule = T("*/5 * * * *"), .wallet = T("0xA"), .created_ms = 1000, .updated_ms = 1000,
	};

	(void)state;
	json_open(&w, NULL, '[');
	shape_task_put(&w, NULL, &t);
	t.zone = T("Europe/Berlin");
	t.last_run_ms = 60000;
	t.next_run_ms = 360000;
	shape_task_put(&w, NULL, &t);
	json_close(&w, ']');
#define TASK "{\"id\":\"task_1_aaaaaaaaa\",\"name\":\"n\",\"description\":\"d\",\"enclaveId\":\"enc_1_aaaaaaaaa\",\"status\":\"pending\",\"schedule\":\"*/5 * * * *\","
#define MADE "\"walletAddress\":\"0xA\",\"createdAt\":\"1970-01-01T00:00:01.000Z\",\"updatedAt\":\"1970-01-01T00:00:01.000Z\""
	assert_string_equal(buf_string(&out), "[" TASK MADE "}," TASK "\"timeZone\":\"Europe/Berlin\"," MADE
		",\"lastRun\":\"1970-01-01T00:01:00.000Z\",\"nextRun\":\"1970-01-01T00:06:00.000Z\"}]");
}

static void api_key(void **state)
{
	static const char *const permissions[] = { "enclaves:read", "logs:read", NULL };
	static const uint8_t hash[32] = { 0xab };
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	struct shape_api_key k = {
		.id = T("key_1_aaaaaaaaa"), .name = T("n"), .hash = BYTES_OF(hash), .permissions = permissions, .is_active = true,
		.wallet = T("0xA"), .created_ms = 1000, .updated_ms = 1000,
	};

	(void)state;
	json_open(&w, NULL, '[');
	shape_api_key_put(&w, NULL, &k);
	k.plain = T("treza_live_0");
	k.is_active = false;
	k.used_ms = 2000;
	k.expires_ms = 3000;
	shape_api_key_put(&w, NULL, &k);
	json_close(&w, ']');
#define HASH "\"keyHash\":\"ab00000000000000000000000000000000000000000000000000000000000000\",\"permissions\":[\"enclaves:read\",\"logs:read\"],"
	assert_string_equal(buf_string(&out),
		"[{\"id\":\"key_1_aaaaaaaaa\",\"name\":\"n\"," HASH "\"status\":\"active\"," MADE "},"
		"{\"id\":\"key_1_aaaaaaaaa\",\"name\":\"n\",\"key\":\"treza_live_0\"," HASH "\"status\":\"inactive\"," MADE
		",\"lastUsed\":\"1970-01-01T00:00:02.000Z\",\"expiresAt\":\"1970-01-01T00:00:03.000Z\"}]");
}

static void log_line(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	struct shape_log l = { .at_ms = 1795515330007, .message = bytes_of("a\xff\x1b", 3), .source = "application" };

	(void)state;
	json_open(&w, NULL, '[');
	shape_log_put(&w, NULL, &l);
	l.message = T("b");
	l.stream = "stderr";
	l.type = "error";
	shape_log_put(&w, NULL, &l);
	json_close(&w, ']');
	assert_string_equal(buf_string(&out),
		"[{\"timestamp\":1795515330007,\"message\":\"a\xef\xbf\xbd\\u001b\",\"source\":\"application\"},"
		"{\"timestamp\":1795515330007,\"message\":\"b\",\"source\":\"application\",\"stream\":\"stderr\",\"type\":\"error\"}]");
}

static struct cloister_verdict accepted(void)
{
	struct cloister_verdict v = verdict_new("nitro");

	for (int c = CHECK_KIND; c <= (int)CHECK_SIGNATURE; c++)
		verdict_held(&v, (enum check)c, "%s", "");
	for (int c = CHECK_TIMESTAMP; c <= (int)CHECK_PUBLIC_KEY; c++)
		verdict_held(&v, (enum check)c, "%s", "");
	verdict_claim_bool(&v, "debug", false);
	return v;
}

static void verification(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(64 << 10);
	struct json_out w = json_out(&out);
	struct cloister_verdict v = accepted();
	struct score_input in = { .verdict = &v, .nonce = SCORE_NONCE_SERVER, .is_emulated = true };
	struct score s;

	(void)state;
	WANT_OK(score_of(&in, &s, NULL), NULL);
	shape_verification_put(&w, NULL, &s, &v, 1000);
	static const char begins[] =
		"{\"isValid\":true,\"trustLevel\":\"LOW\",\"verificationDetails\":{\"pcrVerification\":true,\"certificateChain\":true,"
		"\"timestampValid\":true,\"nonceMatches\":false,\"signatureValid\":true},\"complianceChecks\":{\"soc2\":false,\"hipaa\":false,"
		"\"fips\":false,\"commonCriteria\":false},\"integrityScore\":90,\"riskScore\":31,\"recommendations\":[\"The local emulator made";
	assert_memory_equal(buf_string(&out), begins, strlen(begins));
	assert_non_null(strstr(buf_string(&out), "],\"verifiedAt\":\"1970-01-01T00:00:01.000Z\",\"checks\":[{\"id\":\"K1\",\"name\":\"kind\","));
	assert_non_null(strstr(buf_string(&out), "{\"id\":\"R12\",\"name\":\"signature\",\"question\":\"the leaf signed exactly the bytes that were read\","
						 "\"finding\":\"held\",\"waived\":false,\"reason\":\"\"}"));
	score_fini(&s);
	verdict_fini(&v);
}

static void status(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	struct score s = { .is_valid = true, .level = CLOISTER_LEVEL_HIGH };

	(void)state;
	json_open(&w, NULL, '[');
	shape_verification_status_put(&w, NULL, T("enc"), T("PAUSED"), NULL, 0);
	shape_verification_status_put(&w, NULL, T("enc"), T("DEPLOYED"), &s, 1000);
	s = (struct score){ 0 };
	shape_verification_status_put(&w, NULL, T("enc"), T("DEPLOYED"), &s, 1000);
	json_close(&w, ']');
	assert_string_equal(buf_string(&out),
		"[{\"enclaveId\":\"enc\",\"isVerified\":false,\"status\":\"PAUSED\",\"lastVerified\":null,\"trustLevel\":\"UNKNOWN\"},"
		"{\"enclaveId\":\"enc\",\"isVerified\":true,\"status\":\"DEPLOYED\",\"lastVerified\":\"1970-01-01T00:00:01.000Z\",\"trustLevel\":\"HIGH\"},"
		"{\"enclaveId\":\"enc\",\"isVerified\":false,\"status\":\"DEPLOYED\",\"lastVerified\":\"1970-01-01T00:00:01.000Z\",\"trustLevel\":\"LOW\"}]");
}

/* A document of vectors/nitro, owned by the caller, and what it says. */
static struct bytes document(struct nitro_doc *d)
{
	char path[512];
	uint8_t *data = malloc(LIMIT_EVIDENCE);
	struct cose_sign1 c;
	struct cloister_fault why;

	snprintf(path, sizeof path, "%s/vectors/nitro/ok.cose", getenv("CLOISTER_SOURCE"));
	FILE *f = fopen(path, "rb");
	assert_true(f && data);
	struct bytes doc = bytes_of(data, fread(data, 1, LIMIT_EVIDENCE, f));
	fclose(f);
	WANT_OK(cose_sign1_read(doc, &c, &why), &why);
	WANT_OK(nitro_doc_read(c.payload, d, &why), &why);
	return doc;
}

static void is_b64(struct json v, struct bytes want)
{
	static char text[64 << 10];
	static uint8_t data[64 << 10];
	size_t len;

	assert_true(json_text(v, text, sizeof text));
	WANT_OK(b64_read(bytes_text(text), data, sizeof data, &len, NULL), NULL);
	assert_true(bytes_equal(bytes_of(data, len), want));
}

static void is_pem(struct json v, struct bytes want)
{
	char text[8192];
	uint8_t der[4096];
	size_t len;

	assert_true(json_text(v, text, sizeof text));
	WANT_OK(pem_read(bytes_text(text), "CERTIFICATE", der, sizeof der, &len, NULL), NULL);
	assert_true(bytes_equal(bytes_of(der, len), want));
	for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") <= 64);
}

static void attestation(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(128 << 10);
	struct json_out w = json_out(&out);
	struct nitro_doc d;
	struct bytes doc = document(&d);
	struct shape_attestation a = { .enclave = T("enc_1_aaaaaaaaa"), .base_url = "https://c.example:8443", .document = doc, .read = &d };
	struct json v, part;
	char text[256], hex[97];

	(void)state;
	shape_attestation_put(&w, NULL, &a);
	WANT_OK(json_read(buf_bytes(&out), &v, NULL), NULL);
	assert_true(json_is(json_get(v, "enclaveId"), "enc_1_aaaaaaaaa"));
	part = json_get(v, "attestationDocument");
	is_b64(json_get(part, "document"), doc);
	is_b64(json_get(part, "publicKey"), d.public_key);
	is_b64(json_get(part, "userData"), d.user_data);
	is_pem(json_get(part, "certificate"), d.certs[d.n_certs - 1]);
	assert_int_equal(json_count(json_get(part, "cabundle")), d.n_certs - 1);
	hex_write(d.pcr[0], hex);
	snprintf(text, sizeof text, "sha384:%s", hex);
	assert_true(json_is(json_get(part, "digest"), text));
	assert_true(json_is(json_get(json_get(part, "pcrs"), "0"), hex));
	hex_write(d.pcr[2], hex);
	assert_true(json_is(json_get(json_get(part, "pcrs"), "2"), hex));
	assert_int_equal(json_count(json_get(part, "pcrs")), __builtin_popcount(d.pcr_mask));
	assert_true(bytes_are(json_get(v, "verification").text,
			      "{\"isValid\":false,\"trustLevel\":\"LOW\",\"verificationStatus\":\"PENDING\",\"integrityScore\":0,\"lastVerified\":null}"));
	assert_true(bytes_are(json_get(v, "endpoints").text,
			      "{\"verificationUrl\":\"https://c.example:8443/api/enclaves/enc_1_aaaaaaaaa/attestation/verify\","
			      "\"apiEndpoint\":\"https://c.example:8443/api/enclaves/enc_1_aaaaaaaaa/attestation\","
			      "\"webhookUrl\":\"https://c.example:8443/api/enclaves/enc_1_aaaaaaaaa/attestation/webhook\"}"));
	free((void *)(uintptr_t)doc.data);
}

static void judged(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_out w = json_out(&out);
	struct score s = { .is_valid = true, .level = CLOISTER_LEVEL_MEDIUM, .integrity = 90 };
	struct shape_attestation a = { .enclave = T("e"), .base_url = "", .document = T("abc"), .score = &s, .verified_ms = 1000 };

	(void)state;
	json_open(&w, NULL, '[');
	shape_attestation_put(&w, NULL, &a);
	s = (struct score){ .integrity = 39 };
	strv_add(&s.errors, "R1 (size) failed: x");
	shape_attestation_put(&w, NULL, &a);
	json_close(&w, ']');
#define ENDS "\"endpoints\":{\"verificationUrl\":\"/api/enclaves/e/attestation/verify\",\"apiEndpoint\":\"/api/enclaves/e/attestation\",\"webhookUrl\":\"/api/enclaves/e/attestation/webhook\"}}"
	assert_string_equal(buf_string(&out),
		"[{\"enclaveId\":\"e\",\"attestationDocument\":{\"document\":\"YWJj\"},\"verification\":{\"isValid\":true,\"trustLevel\":\"MEDIUM\","
		"\"verificationStatus\":\"VERIFIED\",\"integrityScore\":90,\"lastVerified\":\"1970-01-01T00:00:01.000Z\"}," ENDS ","
		"{\"enclaveId\":\"e\",\"attestationDocument\":{\"document\":\"YWJj\"},\"verification\":{\"isValid\":false,\"trustLevel\":\"LOW\","
		"\"verificationStatus\":\"FAILED\",\"integrityScore\":39,\"lastVerified\":\"1970-01-01T00:00:01.000Z\",\"errors\":[\"R1 (size) failed: x\"]}," ENDS "]");
	score_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),	cmocka_unit_test(ids),	    cmocka_unit_test(keys),
		cmocka_unit_test(enclave),	cmocka_unit_test(enclave_without), cmocka_unit_test(task),
		cmocka_unit_test(api_key),	cmocka_unit_test(log_line), cmocka_unit_test(verification),
		cmocka_unit_test(status),	cmocka_unit_test(attestation), cmocka_unit_test(judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
