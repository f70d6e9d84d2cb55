/* SPDX-License-Identifier: Apache-2.0 */
/* snp_rebuild_test.c - one member a row, and the bytes that come of it; all the others stay zero. */

#include "base/test.h"

#include <stdio.h>

#include "codec/json.h"
#include "evidence/snp_rebuild.h"

#define B_8 "0102030405060708"
#define B_16 B_8 B_8
#define B_48 B_16 B_16 B_16
#define B_64 B_48 B_16

static const struct {
	const char *members; /* beside the signature */
	size_t at;
	const char *hex;    /* what lies there */
	const char *refuse; /* or the field that is blamed */
} rows[] = {
	{ "\"version\":5", 0x000, "05", NULL },
	{ "\"version\":4294967295", 0x000, "ffffffff", NULL },
	{ "\"version\":4294967296", 0, "", "version" },
	{ "\"version\":\"3\"", 0x000, "03", NULL },
	{ "\"version\":null", 0, "", NULL },
	{ "\"version\":\"\"", 0, "", "version" },
	{ "\"version\":\"00000000000000000003\"", 0x000, "03", NULL },
	{ "\"version\":\"000000000000000000003\"", 0, "", "version" },
	{ "\"version\":\"+1\"", 0, "", "version" },
	{ "\"version\":\"1/\"", 0, "", "version" },
	{ "\"version\":\"1:\"", 0, "", "version" },
	{ "\"version\":\"0x1\"", 0, "", "version" },
	{ "\"version\":-1", 0, "", "version" },
	{ "\"version\":1.0", 0, "", "version" },
	{ "\"version\":true", 0, "", "version" },
	{ "\"version\":{}", 0, "", "version" },
	{ "\"guest_svn\":67305985", 0x004, "01020304", NULL },
	{ "\"guestSvn\":67305985", 0x004, "01020304", NULL },
	{ "\"guest_svn\":null,\"guestSvn\":7", 0x004, "07", NULL },
	{ "\"guest_svn\":6,\"guestSvn\":7", 0x004, "06", NULL },
	{ "\"policy\":\"18446744073709551615\"", 0x008, "ffffffffffffffff", NULL },
	{ "\"policy\":578437695752307201", 0x008, "0102030405060708", NULL },
	{ "\"policy\":\"18446744073709551616\"", 0, "", "policy" },
	{ "\"family_id\":\"" B_16 "\"", 0x010, B_16, NULL },
	{ "\"imageId\":\"AQIDBAUGBwgBAgMEBQYHCA==\"", 0x020, B_16, NULL },
	{ "\"family_id\":\"" B_8 "\"", 0, "", "family_id" },
	{ "\"family_id\":[1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8]", 0x010, B_16, NULL },
	{ "\"family_id\":[1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,256]", 0, "", "family_id" },
	{ "\"family_id\":\"" B_16 "09\"", 0, "", "family_id" },
	{ "\"family_id\":\"?\"", 0, "", "family_id" },
	{ "\"vmpl\":3", 0x030, "03", NULL },
	{ "\"signature_algo\":1", 0x034, "01", NULL },
	{ "\"platform_version\":\"72057594037927937\"", 0x038, "0100000000000001", NULL },
	{ "\"plat_info\":37", 0x040, "25", NULL },
	{ "\"_author_key_en\":5", 0x048, "05", NULL },
	{ "\"signer_info\":5", 0x048, "05", NULL },
	{ "\"report_data\":\"" B_64 "\"", 0x050, B_64, NULL },
	{ "\"measurement\":\"" B_48 "\"", 0x090, B_48, NULL },
	{ "\"hostData\":\"" B_16 B_16 "\"", 0x0c0, B_16 B_16, NULL },
	{ "\"id_key_digest\":\"" B_48 "\"", 0x0e0, B_48, NULL },
	{ "\"author_key_digest\":\"" B_48 "\"", 0x110, B_48, NULL },
	{ "\"report_id\":\"" B_16 B_16 "\"", 0x140, B_16 B_16, NULL },
	{ "\"reportIdMa\":\"" B_16 B_16 "\"", 0x160, B_16 B_16, NULL },
	{ "\"reported_tcb\":{\"bootloader\":1,\"tee\":2,\"snp\":3,\"microcode\":4}", 0x180, "0102000000000304", NULL },
	{ "\"reported_tcb\":{\"bootloader\":1,\"tee\":2,\"snp\":3,\"microcode\":4,\"fmc\":null}", 0x180,
	  "0102000000000304", NULL },
	{ "\"reported_tcb\":{\"bootloader\":1,\"tee\":2,\"snp\":3,\"microcode\":4,\"fmc\":5}", 0x180,
	  "0501020300000004", NULL },
	{ "\"reported_tcb\":{\"bootloader\":255,\"tee\":2,\"snp\":3,\"microcode\":4}", 0x180, "ff02000000000304", NULL },
	{ "\"reported_tcb\":{\"bootloader\":256,\"tee\":2,\"snp\":3,\"microcode\":4}", 0, "", "reported_tcb" },
	{ "\"reported_tcb\":{\"tee\":2,\"snp\":3,\"microcode\":4}", 0, "", "reported_tcb" },
	{ "\"reported_tcb\":{\"bootloader\":1,\"tee\":2,\"snp\":3}", 0, "", "reported_tcb" },
	{ "\"reported_tcb\":{\"bootloader\":1,\"tee\":2,\"snp\":3,\"microcode\":4,\"fmc\":256}", 0, "", "reported_tcb" },
	{ "\"reported_tcb\":[]", 0, "", "reported_tcb" },
	{ "\"cpuid_fam_id\":25", 0x188, "19", NULL },
	{ "\"cpuid_mod_id\":17", 0x189, "11", NULL },
	{ "\"cpuid_step\":255", 0x18a, "ff", NULL },
	{ "\"cpuid_step\":256", 0, "", "cpuid_step" },
	/* family 15 + 10, model 1 and stepping 1; Turin's; the largest of each part */
	{ "\"cpuid1eax_fms\":10489617", 0x188, "190101", NULL },
	{ "\"cpuid1eaxFms\":11603744", 0x188, "1a1200", NULL },
	{ "\"cpuid1eax_fms\":1048576", 0x188, "01", NULL },
	{ "\"cpuid1eax_fms\":983040", 0x189, "f0", NULL },
	{ "\"cpuid1eax_fms\":3840", 0x188, "0f", NULL },
	{ "\"cpuid1eax_fms\":240", 0x189, "0f", NULL },
	{ "\"cpuid1eax_fms\":15", 0x18a, "0f", NULL },
	{ "\"cpuid1eax_fms\":0", 0, "", NULL },
	{ "\"cpuid1eax_fms\":4096", 0, "", "cpuid1eaxFms" },
	{ "\"cpuid1eax_fms\":268435456", 0, "", "cpuid1eaxFms" },
	{ "\"cpuid1eax_fms\":\"x\"", 0, "", "cpuid1eaxFms" },
	{ "\"chip_id\":\"" B_64 "\"", 0x1a0, B_64, NULL },
	{ "\"committedTcb\":1", 0x1e0, "01", NULL },
	{ "\"current_build\":1,\"current_minor\":2,\"current_major\":3", 0x1e8, "010203", NULL },
	{ "\"current\":{\"build\":1,\"minor\":2,\"major\":3}", 0x1e8, "010203", NULL },
	{ "\"current\":{\"minor\":2,\"major\":3}", 0, "", "current" },
	{ "\"current\":{\"build\":1,\"major\":3}", 0, "", "current" },
	{ "\"current\":{\"build\":1,\"minor\":2}", 0, "", "current" },
	{ "\"current\":{\"build\":256,\"minor\":2,\"major\":3}", 0, "", "current" },
	{ "\"current\":{\"build\":1,\"minor\":256,\"major\":3}", 0, "", "current" },
	{ "\"current\":{\"build\":1,\"minor\":2,\"major\":256}", 0, "", "current" },
	{ "\"committed\":{\"build\":4,\"minor\":5,\"major\":6}", 0x1ec, "040506", NULL },
	{ "\"launch_tcb\":{\"bootloader\":1,\"tee\":2,\"snp\":3,\"microcode\":4}", 0x1f0, "0102000000000304", NULL },
	{ "\"launch_mit_vector\":11", 0x1f8, "0b", NULL },
	{ "\"currentMitVector\":\"12\"", 0x200, "0c", NULL },
	{ "\"else\":{\"version\":5}", 0, "", NULL },
};

/* The JSON is zero-terminated, and the report that it makes when it makes one. */
static enum cloister_err rebuild(const char *json, uint8_t out[static SNP_REPORT_LEN], struct cloister_fault *why)
{
	struct json root;

	WANT_OK(json_read(bytes_text(json), &root, why), why);
	return snp_rebuild(root, out, why);
}

static void each_member_goes_to_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		uint8_t out[SNP_REPORT_LEN], due[SNP_REPORT_LEN] = { 0 };
		struct cloister_fault why = { 0 };
		char json[2048];
		size_t len;
		snprintf(json, sizeof json, "{\"signature\":{},%s}", rows[i].members);
		print_message("%s\n", rows[i].members);
		enum cloister_err err = rebuild(json, out, &why);
		if (rows[i].refuse) {
			assert_int_equal(err, CLOISTER_E_MALFORMED);
			assert_string_equal(why.what, rows[i].refuse);
			assert_non_null(strstr(why.note, "not a value of "));
			assert_int_equal(why.at, CLOISTER_NOWHERE);
			continue;
		}
		WANT_OK(err, &why);
		uint8_t *bytes = test_hex(rows[i].hex, &len);
		memcpy(due + rows[i].at, bytes, len);
		free(bytes);
		assert_memory_equal(out, due, sizeof due);
	}
}

#define B_72 B_64 B_8
#define B_512 B_64 B_64 B_64 B_64 B_64 B_64 B_64 B_64

static void the_signature_has_two_forms(void **state)
{
	static const struct {
		const char *json;
		size_t at, len;     /* which bytes are not zero */
		const char *refuse; /* or the field that is blamed */
		const char *note;
	} forms[] = {
		{ "{\"signature\":{\"r\":\"" B_72 "\"}}", 0x2a0, 72, NULL, "" },
		{ "{\"signature\":{\"s\":\"" B_72 "\"}}", 0x2e8, 72, NULL, "" },
		{ "{\"signature\":{\"r\":\"" B_72 "\",\"s\":\"" B_72 "\"}}", 0x2a0, 144, NULL, "" },
		{ "{\"signature\":{\"r\":\"" B_64 "\"}}", 0, 0, "r", "not a value of 72 bytes" },
		{ "{\"signature\":{\"r\":\"" B_72 "\",\"s\":\"" B_64 "\"}}", 0, 0, "s", "not a value of 72 bytes" },
		{ "{\"signature\":\"" B_512 "\"}", 0x2a0, 512, NULL, "" },
		{ "{\"signature\":\"" B_64 "\"}", 0, 0, "signature", "not a value of 512 bytes" },
		{ "{\"signature\":null}", 0, 0, "signature", "the report has none" },
		{ "{\"version\":3}", 0, 0, "signature", "the report has none" },
		{ "{\"signature\":7}", 0, 0, "signature", "not a value of 512 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct cloister_fault why = { 0 };
		uint8_t out[SNP_REPORT_LEN];
		enum cloister_err err = rebuild(forms[i].json, out, &why);
		assert_int_equal(err, forms[i].refuse ? CLOISTER_E_MALFORMED : CLOISTER_OK);
		if (err) {
			assert_string_equal(why.what, forms[i].refuse);
			assert_string_equal(why.note, forms[i].note);
			assert_int_equal(why.at, CLOISTER_NOWHERE);
			continue;
		}
		for (size_t k = 0; k < sizeof out; k++)
			assert_int_equal(out[k] != 0, k >= forms[i].at && k < forms[i].at + forms[i].len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member_goes_to_its_place),
		cmocka_unit_test(the_signature_has_two_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
