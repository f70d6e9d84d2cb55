/* SPDX-License-Identifier: Apache-2.0 */
/* hcl_test.c - reports of our own making, wrong in one place, and Azure's genuine ones. */

#include "base/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wr.h"
#include "evidence/genuine.h"
#include "evidence/hcl.h"

static const char *folder;
static uint8_t room[4096];

#define RUNTIME "{\"keys\":[],\"vm-configuration\":{}}"
#define RUNTIME_LEN (sizeof RUNTIME - 1)
#define TOTAL 2600u

static struct bytes good_report(enum hcl_tee tee)
{
	struct wr w = wr_open(room, sizeof room);

	memset(room, 0, sizeof room);
	/*    0 */ wr_put(&w, bytes_text("HCLA"));
	/*    4 */ wr_le32(&w, 2);
	/*    8 */ wr_le32(&w, (uint32_t)(32 + 1184 + 20 + RUNTIME_LEN));
	/*   12 */ wr_le32(&w, 2);
	/*   16 */ wr_le32(&w, 0);
	/*   20 */ wr_zero(&w, 12);
	/*   32 */ wr_le32(&w, tee == HCL_TDX ? 0x81 : 3);
	wr_zero(&w, 1180);
	/* 1216 */ wr_le32(&w, (uint32_t)(20 + RUNTIME_LEN));
	/* 1220 */ wr_le32(&w, 1);
	/* 1224 */ wr_le32(&w, tee);
	/* 1228 */ wr_le32(&w, 1);
	/* 1232 */ wr_le32(&w, RUNTIME_LEN);
	/* 1236 */ wr_put(&w, bytes_text(RUNTIME));
	room[32 + (tee == HCL_TDX ? 128 : 0x50)] = 0xda;
	return bytes_of(room, TOTAL);
}

static void a_report_is_read(void **state)
{
	struct cloister_fault why = { 0 };
	uint8_t want[64] = { 0 }, got[64];
	struct hcl h;
	(void)state;

	WANT_OK(hcl_read(good_report(HCL_SNP), &h, &why), &why);
	assert_int_equal(h.version, 2);
	assert_int_equal(h.tee, HCL_SNP);
	assert_int_equal(h.report.len, 1184);
	assert_int_equal(h.report_data.len, 64);
	assert_int_equal(h.report_data.data[0], 0xda);
	assert_true(bytes_are(h.runtime, RUNTIME));
	WANT_OK(hash_sha256(h.runtime, want, &why), &why);
	WANT_OK(hcl_binding(&h, got, &why), &why);
	assert_memory_equal(got, want, sizeof want);

	struct bytes in = good_report(HCL_TDX);
	room[1228] = 2;
	WANT_OK(hcl_read(in, &h, &why), &why);
	assert_int_equal(h.tee, HCL_TDX);
	assert_int_equal(h.report.len, 1024);
	assert_int_equal(h.report_data.data[0], 0xda);
	WANT_OK(hash_sha384(h.runtime, want, &why), &why);
	WANT_OK(hcl_binding(&h, got, &why), &why);
	assert_memory_equal(got, want, sizeof want);
	room[1228] = 3;
	WANT_OK(hcl_read(in, &h, &why), &why);
	WANT_OK(hash_sha512(h.runtime, want, &why), &why);
	WANT_OK(hcl_binding(&h, got, &why), &why);
	assert_memory_equal(got, want, sizeof want);
	/* the report without the index's padding */
	WANT_OK(hcl_read(bytes_of(room, 1236 + RUNTIME_LEN), &h, &why), &why);
}

static const struct {
	size_t at;
	uint8_t to;
	const char *what;
	enum cloister_err err;
} bad[] = {
	{ 0, 'h', "signature", CLOISTER_E_MALFORMED },
	{ 4, 0, "version", CLOISTER_E_UNSUPPORTED },
	{ 4, 3, "version", CLOISTER_E_UNSUPPORTED },
	{ 8, 0xff, "data.size", CLOISTER_E_MALFORMED },
	{ 8, 0xd4, "report_size", CLOISTER_E_MALFORMED }, /* no byte of runtime data */
	{ 8, 0xd5, "data.size", CLOISTER_E_MALFORMED },
	{ 9, 0x0b, "report_size", CLOISTER_E_MALFORMED },
	{ 9, 0x00, "report_size", CLOISTER_E_MALFORMED },
	{ 12, 1, "request_type", CLOISTER_E_MALFORMED },
	{ 16, 1, "status", CLOISTER_E_MALFORMED },
	{ 20, 1, "reserved", CLOISTER_E_MALFORMED },
	{ 31, 1, "reserved", CLOISTER_E_MALFORMED },
	{ 32, 0, "report", CLOISTER_E_MALFORMED },
	{ 33, 1, "report", CLOISTER_E_MALFORMED },
	{ 32 + 1024, 1, "report", CLOISTER_E_MALFORMED },
	{ 1215, 1, "report", CLOISTER_E_MALFORMED },
	{ 1216, 20, "data.size", CLOISTER_E_MALFORMED },
	{ 1220, 2, "data.version", CLOISTER_E_MALFORMED },
	{ 1224, 3, "data.type", CLOISTER_E_MALFORMED },
	{ 1224, 0, "data.type", CLOISTER_E_MALFORMED },
	{ 1228, 0, "data.hash", CLOISTER_E_MALFORMED },
	{ 1228, 4, "data.hash", CLOISTER_E_MALFORMED },
	{ 1232, RUNTIME_LEN - 1, "data.variable_size", CLOISTER_E_MALFORMED },
	{ 1232, RUNTIME_LEN + 1, "data.variable_size", CLOISTER_E_MALFORMED },
	{ 1236 + RUNTIME_LEN, 1, "padding", CLOISTER_E_MALFORMED },
	{ TOTAL - 1, 1, "padding", CLOISTER_E_MALFORMED },
};

static void wrong_reports_are_refused(void **state)
{
	static uint8_t large[LIMIT_HCL + 1];
	struct cloister_fault why = { 0 };
	struct hcl h = { .version = 77 };
	(void)state;

	for (size_t i = 0; i < N_OF(bad); i++) {
		struct bytes in = good_report(HCL_TDX);
		room[bad[i].at] = bad[i].to;
		enum cloister_err err = hcl_read(in, &h, &why);
		if (err != bad[i].err || strcmp(why.what, bad[i].what) != 0)
			fail_msg("row %zu: %s, %s at %zu: %s", i, cloister_err_name(err), why.what, why.at,
				 why.note);
		assert_int_equal(h.version, 77);
	}
	for (size_t n = 0; n < 1236 + RUNTIME_LEN; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, good_report(HCL_SNP).data, n);
		assert_int_not_equal(hcl_read(bytes_of(cut, n), &h, NULL), CLOISTER_OK);
		free(cut);
	}
	assert_int_equal(hcl_read(bytes_of(good_report(HCL_SNP).data, 1236 + RUNTIME_LEN - 1), &h, &why),
			 CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "report_size");
	memcpy(large, good_report(HCL_SNP).data, TOTAL);
	assert_int_equal(hcl_read(BYTES_OF(large), &h, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "larger than 8192 bytes");
	assert_int_equal(hcl_read(BYTES_OF(large), &h, NULL), CLOISTER_E_LIMIT);
	WANT_OK(hcl_read(bytes_of(large, LIMIT_HCL), &h, &why), &why);
}

static const struct {
	const char *members, *what;
	enum cloister_err err;
} bad_runtime[] = {
	{ "\"keys\":[],\"vm-configuration\":{}", "kid", CLOISTER_E_MISSING },
	{ "\"vm-configuration\":{}", "keys", CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLEkPub\",@}],\"vm-configuration\":{}", "kid", CLOISTER_E_MISSING },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@},{\"kid\":\"HCLAkPub\",@}],\"vm-configuration\":{}", "kid",
	  CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"encrypt\"]}],\"vm-configuration\":{}", "key_ops",
	  CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@}],\"vm-configuration\":{}", "key_ops", CLOISTER_E_MALFORMED },
	/* another key may sign, and not this one */
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"encrypt\"]},{\"kid\":\"HCLEkPub\",@,\"key_ops\":[\"sign\"]}],"
	  "\"vm-configuration\":{}", "key_ops", CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"sign\"]}]", "vm-configuration",
	  CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"sign\"]}],\"vm-configuration\":[]",
	  "vm-configuration", CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"sign\"]}],\"vm-configuration\":{},\"user-data\":\"00\"",
	  "user-data", CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"sign\"]}],\"vm-configuration\":{},\"user-data\":1",
	  "user-data", CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"sign\"]}],\"vm-configuration\":{},"
	  "\"vm-configuration\":{}", "json", CLOISTER_E_MALFORMED },
	{ "\"keys\":[{\"kid\":\"HCLAkPub\",@,\"key_ops\":[\"sign\"]}],\"vm-configuration\":{\"a\":1}", NULL,
	  CLOISTER_OK },
};

/* `members` in braces; @ is an RSA key. */
static struct bytes runtime_of(const char *members)
{
	struct buf b = BUF_INIT(sizeof room - 1);
	uint8_t n[256];
	char digits[400];

	memset(n, 0xff, sizeof n);
	b64url_write(BYTES_OF(n), digits);
	buf_byte(&b, '{');
	for (; *members; members++)
		if (*members == '@')
			buf_print(&b, "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"", digits);
		else
			buf_byte(&b, (uint8_t)*members);
	buf_byte(&b, '}');
	memcpy(room, b.data, b.len);
	size_t len = b.len;
	buf_fini(&b);
	return bytes_of(room, len);
}

static void runtime_data(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_runtime); i++) {
		struct cloister_fault why = { 0 };
		struct hcl_runtime rt;
		enum cloister_err err = hcl_runtime_read(runtime_of(bad_runtime[i].members), &rt, &why);
		if (err != bad_runtime[i].err ||
		    (err && strcmp(why.what, bad_runtime[i].what) != 0))
			fail_msg("row %zu: %s, %s: %s", i, cloister_err_name(err), why.what, why.note);
		if (err == CLOISTER_OK) {
			assert_int_equal(rt.ak.n_len, 256);
			assert_false(rt.has_user_data);
		}
	}
}

/* ---- the genuine ones ------------------------------------------------------- */

static void expect_u64(struct json want, const char *name, uint64_t got)
{
	uint64_t v;

	assert_true(json_u64(json_get(want, name), &v));
	assert_true(v == got);
}

static void check_item(struct buf *report, struct json want)
{
	struct cloister_fault why = { 0 };
	uint8_t binding[64];
	struct hcl_runtime rt;
	struct hcl h, other;

	WANT_OK(hcl_read(buf_bytes(report), &h, &why), &why);
	expect_u64(want, "header_version", h.version);
	expect_u64(want, "report_type", h.tee);
	expect_u64(want, "var_size", h.runtime.len);
	WANT_OK(hcl_binding(&h, binding, &why), &why);
	assert_memory_equal(binding, h.report_data.data, sizeof binding);
	WANT_OK(hcl_runtime_read(h.runtime, &rt, &why), &why);
	assert_true(rt.has_user_data);
	/* no flipped bit of the runtime data keeps the binding */
	for (size_t i = 0; i < h.runtime.len; i++) {
		uint8_t *at = report->data + (h.runtime.data - report->data) + i;
		*at ^= (uint8_t)(1 << i % 8);
		WANT_OK(hcl_binding(&h, binding, &why), &why);
		assert_memory_not_equal(binding, h.report_data.data, sizeof binding);
		*at ^= (uint8_t)(1 << i % 8);
	}
	size_t used = (size_t)(h.runtime.data - report->data) + h.runtime.len;
	for (size_t n = 0; n < used; n++)
		assert_int_not_equal(hcl_read(bytes_of(report->data, n), &other, NULL), CLOISTER_OK);
}

static void genuine_reports_are_bound(void **state)
{
	struct buf index = BUF_INIT(LIMIT_JSON);
	struct cloister_fault why = { 0 };
	struct json root, key, value;
	char path[4096], name[256];
	size_t n = 0;
	(void)state;

	snprintf(path, sizeof path, "%s/expected.json", folder);
	if (!read_file(path, &index)) {
		print_message("no genuine Azure evidence beside the checkout: skipped\n");
		skip();
	}
	WANT_OK(json_read(buf_bytes(&index), &root, &why), &why);
	for (struct json_walk w = json_walk(root); json_next(&w, &key, &value); n++) {
		struct buf report = BUF_INIT(1u << 16);
		assert_true(json_text(key, name, sizeof name));
		print_message("%s\n", name);
		snprintf(path, sizeof path, "%s/%s/hcl_report.bin", folder, name);
		assert_true(read_file(path, &report));
		check_item(&report, json_get(value, "hcl"));
		buf_fini(&report);
	}
	assert_int_not_equal(n, 0);
	buf_fini(&index);
}

/* argv[1]: the folder of Azure's genuine evidence, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_read),
		cmocka_unit_test(wrong_reports_are_refused),
		cmocka_unit_test(runtime_data),
		cmocka_unit_test(genuine_reports_are_bound),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
