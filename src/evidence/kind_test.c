/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind_test.c - what is recognised, and under which wrappings. In a template
 * %H is the evidence as hexadecimal digits, %B as base64, %U in the alphabet of
 * URLs, %N as an array of numbers, %R as it is; %C a certificate as base64, %P
 * as PEM on one JSON line, %A the same as numbers.
 */

#include "base/test.h"

#include <stdio.h>

#include "base/nomem.h"
#include "base/wr.h"
#include "evidence/kind.h"
#include "evidence/snp.h"
#include "evidence/tpm.h"

static uint8_t report[SNP_REPORT_LEN], tdx[64], sgx[64], hcl[1240], hcl_tdx[1240], nitro[16];
static const char token[] = "eyJhbGciOiJQUzM4NCJ9.eyJhIjoxfQ.c2ln";
static const uint8_t cert[] = { 0x30, 0x03, 0x02, 0x01, 0x07 };

static void make_bodies(void)
{
	for (size_t i = 0; i < sizeof report; i++)
		report[i] = (uint8_t)(i * 7);
	memcpy(report, "\2\0\0\0", 4);
	memcpy(tdx, "\4\0\2\0\x81\0\0\0", 8);
	memcpy(sgx, "\3\0\2\0\0\0\0\0", 8);
	memset(tdx + 8, 0xfe, sizeof tdx - 8);
	memset(sgx + 8, 0xff, sizeof sgx - 8);
	memcpy(hcl, "HCLA\1\0\0", 8);
	memcpy(hcl_tdx, "HCLA\2\0\0", 8);
	hcl[1224] = 2;
	hcl_tdx[1224] = 4;
	memcpy(nitro, "\x84\x44\xa1\x01\x38\x22", 6);
}

static struct bytes body_of(enum kind kind)
{
	switch (kind) {
	case KIND_NITRO:
		return BYTES_OF(nitro);
	case KIND_SNP:
		return BYTES_OF(report);
	case KIND_TDX:
		return BYTES_OF(tdx);
	case KIND_SGX:
		return BYTES_OF(sgx);
	case KIND_AZURE_SNP:
		return BYTES_OF(hcl);
	case KIND_AZURE_TDX:
		return BYTES_OF(hcl_tdx);
	default:
		return bytes_of(token, sizeof token - 1);
	}
}

static void put_base64(struct buf *out, struct bytes b, bool url)
{
	char *text = malloc(B64_ROOM(b.len));

	assert_non_null(text);
	b64_write(b, text);
	for (char *c = text; url && *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	buf_text(out, text);
	free(text);
}

static void put_numbers(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		buf_print(out, "%c%u", i ? ',' : '[', b.data[i]);
	buf_byte(out, ']');
}

static void put_hex(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		buf_print(out, "%02x", b.data[i]);
}

static void expand(struct buf *out, const char *template, struct bytes body)
{
	for (const char *c = template; *c; c++) {
		if (*c != '%') {
			buf_byte(out, (uint8_t)*c);
			continue;
		}
		switch (*++c) {
		case 'H':
			put_hex(out, body);
			break;
		case 'B':
			put_base64(out, body, false);
			break;
		case 'U':
			put_base64(out, body, true);
			break;
		case 'N':
			put_numbers(out, body);
			break;
		case 'R':
			buf_put(out, body.data, body.len);
			break;
		case 'C':
			put_base64(out, BYTES_OF(cert), false);
			break;
		case 'A':
			put_numbers(out, BYTES_OF(cert));
			break;
		case 'P':
			buf_text(out, "-----BEGIN CERTIFICATE-----\\n");
			put_base64(out, BYTES_OF(cert), false);
			buf_text(out, "\\n-----END CERTIFICATE-----\\n");
			break;
		case 'Z': /* 24 registers of 32 bytes */
			for (unsigned i = 0; i < TPM_PCRS; i++)
				buf_print(out, "%s\"%064x\"", i ? "," : "[", i);
			buf_byte(out, ']');
			break;
		default:
			fail_msg("template %s", template);
		}
	}
	assert_false(out->failed);
}

#define EIGHT(s) s "," s "," s "," s "," s "," s "," s "," s
#define TPM "{\"signature\":\"0102\",\"message\":\"030405\",\"pcrs\":%Z}"

static const struct {
	const char *name;
	enum kind kind;
	const char *template;
	size_t certs;
	const char *log; /* the event log, as text */
	bool tpm;
} good[] = {
	{ "as it is", KIND_NITRO, "%R", 0, NULL, false },
	{ "as it is", KIND_SNP, "%R", 0, NULL, false },
	{ "as it is", KIND_TDX, "%R", 0, NULL, false },
	{ "as it is", KIND_SGX, "%R", 0, NULL, false },
	{ "as it is", KIND_AZURE_SNP, "%R", 0, NULL, false },
	{ "as it is", KIND_AZURE_TDX, "%R", 0, NULL, false },
	{ "as it is", KIND_TOKEN, "%R", 0, NULL, false },
	{ "a token in a text file", KIND_TOKEN, "  %R\r\n", 0, NULL, false },
	{ "hexadecimal", KIND_TDX, "%H", 0, NULL, false },
	{ "hexadecimal, 0x, lines", KIND_SNP, "0x%H\n", 0, NULL, false },
	{ "base64", KIND_SGX, "%B\n", 0, NULL, false },
	{ "base64url, padded", KIND_SNP, "%U", 0, NULL, false },
	{ "base64url, padded", KIND_TDX, "%U", 0, NULL, false },
	{ "a JSON string", KIND_TDX, "\"%H\"", 0, NULL, false },
	{ "base64 of a Nitro document", KIND_NITRO, "%B", 0, NULL, false },
	{ "our agent", KIND_NITRO, "{\"document\":\"%B\"}", 0, NULL, false },
	{ "dstack", KIND_TDX, "{\"quote\":\"%H\",\"event_log\":\"[{\\\"imr\\\":0}]\",\"report_data\":\"00\",\"vm_config\":\"{}\"}", 0, "[{\"imr\":0}]", false },
	{ "dstack with 0x", KIND_TDX, "{\"quote\":\"0x%H\"}", 0, NULL, false },
	{ "CoCo tdx", KIND_TDX, "{\"cc_eventlog\":\"YWJj\",\"quote\":\"%B\",\"aa_eventlog\":null}", 0, "abc", false },
	{ "CoCo tdx without a log", KIND_TDX, "{\"cc_eventlog\":null,\"quote\":\"%B\"}", 0, NULL, false },
	{ "dstack with an empty log", KIND_TDX, "{\"quote\":\"%H\",\"event_log\":\" \"}", 0, NULL, false },
	{ "CoCo sgx", KIND_SGX, "{\"quote\":\"%B\"}", 0, NULL, false },
	{ "CoCo az-snp-vtpm 1", KIND_AZURE_SNP, "{\"version\":1,\"tpm_quote\":" TPM ",\"hcl_report\":\"%U\",\"vcek\":\"%C\"}", 1, NULL, true },
	{ "CoCo az-snp-vtpm 0", KIND_AZURE_SNP, "{\"quote\":" TPM ",\"report\":%N,\"vcek\":\"%P\"}", 1, NULL, true },
	{ "CoCo az-tdx-vtpm", KIND_AZURE_TDX, "{\"tpm_quote\":{\"signature\":[1,2],\"message\":[3,4,5],\"pcrs\":%Z},\"hcl_report\":%N,\"td_quote\":[9,8,7]}", 0, NULL, true },
	{ "CoCo snp, bytes", KIND_SNP, "{\"attestation_report\":%N,\"cert_chain\":[{\"cert_type\":\"VCEK\",\"data\":%A},{\"cert_type\":{\"OTHER\":\"x\"},\"data\":%A}]}", 2, NULL, false },
	{ "CoCo snp, text", KIND_SNP, "{\"attestation_report\":\"%B\",\"cert_chain\":null}", 0, NULL, false },
	{ "configfs-tsm", KIND_TDX, "{\"provider\":\"tdx_guest\",\"outblob\":\"%B\",\"auxblob\":\"\"}", 0, NULL, false },
	{ "configfs-tsm in Go, with a table", KIND_SNP,
	  "{\"Provider\":\"sev_guest\",\"OutBlob\":\"%B\",\"AuxBlob\":\"8d75da6364e66445adc5f4b93be8accd3000000005000000"
	  "0000000000000000000000000000000000000000000000003003020107\"}", 1, NULL, false },
	{ "Azure's certificates beside a report", KIND_AZURE_SNP, "{\"report\":\"%B\",\"vcekCert\":\"%P\",\"certificateChain\":\"%P%P\",\"tcbm\":\"00\"}", 3, NULL, false },
	{ "go-sev-guest's chain", KIND_SNP, "{\"report\":\"%B\",\"certificateChain\":{\"vcekCert\":\"%C\",\"askCert\":\"%C\",\"extras\":{}}}", 2, NULL, false },
	{ "Trust Authority's answer", KIND_TOKEN, "{\"token\":\"%R\"}", 0, NULL, false },
	{ "a bundle", KIND_TDX, "{\"bundle\":\"cloister/1\",\"evidence\":\"%B\",\"collateral\":[\"%P\",\"%C\"],\"event_log\":\"YWJj\"}", 2, "abc", false },
	{ "a bundle around CoCo's", KIND_AZURE_SNP, "{\"bundle\":\"cloister/1\",\"evidence\":{\"hcl_report\":\"%B\",\"tpm_quote\":" TPM "},\"collateral\":{\"keys\":[]}}", 1, NULL, true },
	{ "three layers", KIND_TDX, "\"{\\\"quote\\\":\\\"%H\\\"}\"", 0, NULL, false },
};

static void forms_are_unwrapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		own(buf_fini) struct buf in = BUF_INIT(1u << 20);
		own(evidence_fini) struct evidence e = { 0 };
		struct cloister_fault why = { 0 };
		struct bytes body = body_of(good[i].kind);
		expand(&in, good[i].template, body);
		print_message("%s (%s)\n", good[i].name, kind_name(good[i].kind));
		WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
		assert_int_equal(e.kind, good[i].kind);
		assert_true(bytes_equal(e.body, body));
		assert_int_equal(e.given.n, good[i].certs);
		for (size_t k = 0; k < e.given.n && e.given.items[k].kind == ITEM_CERT; k++)
			assert_true(bytes_equal(e.given.items[k].data, BYTES_OF(cert)));
		assert_int_equal(e.event_log.len, good[i].log ? strlen(good[i].log) : 0);
		if (good[i].log)
			assert_true(bytes_are(e.event_log, good[i].log));
		assert_int_equal(e.tpm_quote.len, good[i].tpm ? 3 : 0);
		assert_int_equal(e.tpm_signature.len, good[i].tpm ? 2 : 0);
		assert_int_equal(e.tpm_pcrs.len, good[i].tpm ? 768 : 0);
		if (good[i].tpm)
			assert_int_equal(e.tpm_pcrs.data[23 * 32 + 31], 23);
	}
}

static const struct {
	const char *name;
	enum kind body;
	const char *template;
	enum cloister_err err;
	const char *says;
} bad[] = {
	{ "white space", KIND_TDX, " \n\t", CLOISTER_E_UNSUPPORTED, "3 characters of text of no kind" },
	{ "one byte", KIND_TDX, "\1", CLOISTER_E_UNSUPPORTED, "1 byte of no kind" },
	{ "a sentence", KIND_TDX, "It is all true.", CLOISTER_E_UNSUPPORTED, "characters of text of no kind" },
	{ "bytes", KIND_TDX, "\1\2\3\4\5\6\7\x1f\x1f", CLOISTER_E_UNSUPPORTED, "9 bytes of no kind" },
	{ "hexadecimal of nothing known", KIND_TDX, "0102030405060708", CLOISTER_E_UNSUPPORTED, "8 bytes of no kind" },
	{ "an odd digit", KIND_TDX, "0x%H0", CLOISTER_E_UNSUPPORTED, "characters of text of no kind" },
	{ "both alphabets", KIND_SNP, "%B-_", CLOISTER_E_UNSUPPORTED, "characters of text of no kind" },
	{ "too much padding", KIND_SNP, "%B=", CLOISTER_E_UNSUPPORTED, "characters of text of no kind" },
	{ "a certificate in PEM", KIND_TDX, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", CLOISTER_E_UNSUPPORTED, "collateral, not evidence" },
	{ "a certificate in DER", KIND_TDX, "\x30\x82\1\2", CLOISTER_E_UNSUPPORTED, "collateral, not evidence" },
	{ "an image", KIND_TDX, ".eif\1\2", CLOISTER_E_UNSUPPORTED, "image, not evidence" },
	{ "other JSON", KIND_TDX, "{\"hello\":\"world\"}", CLOISTER_E_UNSUPPORTED, "holds no evidence" },
	{ "broken JSON", KIND_TDX, "{\"quote\":\"%H\"", CLOISTER_E_MALFORMED, "" },
	{ "a member twice", KIND_TDX, "{\"quote\":\"%H\",\"quote\":\"%H\"}", CLOISTER_E_MALFORMED, "" },
	{ "two that could be it", KIND_TDX, "{\"quote\":\"%H\",\"outblob\":\"%H\"}", CLOISTER_E_UNSUPPORTED, "not clear which" },
	{ "two that could be it", KIND_SNP, "{\"report\":\"%H\",\"evidence\":\"%H\",\"bundle\":\"cloister/1\"}", CLOISTER_E_UNSUPPORTED, "not clear which" },
	{ "another kind inside", KIND_SNP, "{\"quote\":\"%H\"}", CLOISTER_E_UNSUPPORTED, "snp evidence where the wrapping has another kind" },
	{ "another kind inside", KIND_NITRO, "{\"token\":\"%H\"}", CLOISTER_E_UNSUPPORTED, "nitro evidence where" },
	{ "another bundle", KIND_TDX, "{\"bundle\":\"cloister/2\",\"evidence\":\"%H\"}", CLOISTER_E_UNSUPPORTED, "a bundle that does not say" },
	{ "no bundle", KIND_TDX, "{\"evidence\":\"%H\"}", CLOISTER_E_UNSUPPORTED, "a bundle that does not say" },
	{ "an empty member", KIND_TDX, "{\"quote\":\"\"}", CLOISTER_E_UNSUPPORTED, "the wrapping is empty" },
	{ "an empty array", KIND_TDX, "{\"quote\":[]}", CLOISTER_E_UNSUPPORTED, "the wrapping is empty" },
	{ "no byte", KIND_TDX, "{\"quote\":[1,256]}", CLOISTER_E_MALFORMED, "element 1 is no byte" },
	{ "four layers", KIND_TDX, "\"\\\"\\\\\\\"%H\\\\\\\"\\\"\"", CLOISTER_E_LIMIT, "under 3 layers" },
	{ "two logs", KIND_TDX, "{\"quote\":\"%H\",\"event_log\":\"YWJj\",\"cc_eventlog\":\"YWJj\"}", CLOISTER_E_MALFORMED, "there are two" },
	{ "a log that is no text", KIND_TDX, "{\"quote\":\"%H\",\"event_log\":7}", CLOISTER_E_MALFORMED, "a string is due" },
	{ "too few registers", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":{\"signature\":\"00\",\"message\":\"00\",\"pcrs\":[]}}", CLOISTER_E_MALFORMED, "24 registers" },
	{ "no signature", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":{\"message\":\"00\",\"pcrs\":%Z}}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "a quote that is no object", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":\"00\"}", CLOISTER_E_MALFORMED, "an object is due" },
	{ "registers that are no array", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":{\"signature\":\"00\",\"message\":\"00\",\"pcrs\":7}}", CLOISTER_E_MALFORMED, "24 registers" },
	{ "registers of a byte", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":{\"signature\":\"00\",\"message\":\"00\",\"pcrs\":[" EIGHT("[1]") "," EIGHT("[1]") "," EIGHT("[1]") "]}}", CLOISTER_E_MALFORMED, "PCR0 has 1 bytes" },
	{ "registers that are numbers", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":{\"signature\":\"00\",\"message\":\"00\",\"pcrs\":[" EIGHT("1") "," EIGHT("1") "," EIGHT("1") "]}}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "no message", KIND_AZURE_SNP, "{\"hcl_report\":\"%B\",\"tpm_quote\":{\"signature\":\"00\",\"pcrs\":%Z}}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "a quote of the machine that is a number", KIND_AZURE_TDX, "{\"hcl_report\":\"%B\",\"td_quote\":7}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "a table that is a number", KIND_SNP, "{\"outblob\":\"%B\",\"auxblob\":7}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "a certificate that is a number", KIND_SNP, "{\"report\":\"%B\",\"vcek\":7}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "a chain of a number", KIND_SNP, "{\"report\":\"%B\",\"cert_chain\":[true]}", CLOISTER_E_MALFORMED, "a string or an array" },
	{ "a chain of words, by names", KIND_SNP, "{\"report\":\"%B\",\"certificateChain\":{\"vcekCert\":\"aGVsbG8gd29ybGQ\"}}", CLOISTER_E_UNSUPPORTED, "neither DER, PEM nor JSON" },
	{ "an empty certificate", KIND_SNP, "{\"report\":\"%B\",\"vcek\":\"\"}", CLOISTER_E_MALFORMED, "neither hexadecimal digits nor base64" },
	{ "a log of no alphabet", KIND_TDX, "{\"quote\":\"%H\",\"event_log\":\"!\"}", CLOISTER_E_MALFORMED, "one digit too many" },
	{ "a log of another alphabet", KIND_TDX, "{\"quote\":\"%H\",\"event_log\":\"!!!!\"}", CLOISTER_E_MALFORMED, "not a base64url digit" },
	{ "a table that is none", KIND_SNP, "{\"outblob\":\"%B\",\"auxblob\":\"0102\"}", CLOISTER_E_MALFORMED, "" },
	{ "a chain that is none", KIND_SNP, "{\"report\":\"%B\",\"vcek\":\"aGVsbG8gd29ybGQ\"}", CLOISTER_E_UNSUPPORTED, "neither DER, PEM nor JSON" },
	{ "a report in fields, unsigned", KIND_SNP, "{\"attestation_report\":{\"version\":2}}", CLOISTER_E_MALFORMED, "the report has none" },
	{ "a report in fields, a letter after the digit", KIND_SNP, "{\"attestation_report\":{\"version\":\"2x\",\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
	{ "a report in fields, a sign before it", KIND_SNP, "{\"attestation_report\":{\"version\":\"+2\",\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
	{ "a report in fields, no digit", KIND_SNP, "{\"attestation_report\":{\"version\":\"\",\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
	{ "a report in fields, too many digits", KIND_SNP, "{\"attestation_report\":{\"version\":\"00000000000000000000002\",\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
	{ "a report in fields, no number", KIND_SNP, "{\"attestation_report\":{\"version\":true,\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
	{ "a report in fields, a fraction", KIND_SNP, "{\"attestation_report\":{\"version\":2.5,\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
	{ "a report in fields, too large", KIND_SNP, "{\"attestation_report\":{\"version\":4294967296,\"signature\":{}}}", CLOISTER_E_MALFORMED, "not a value of 4 bytes" },
};

static void others_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		own(buf_fini) struct buf in = BUF_INIT(1u << 20);
		own(evidence_fini) struct evidence e = { 0 };
		struct cloister_fault why = { 0 };
		expand(&in, bad[i].template, body_of(bad[i].body));
		enum cloister_err err = evidence_open(buf_bytes(&in), &e, &why);
		print_message("%s: %s\n", bad[i].name, why.note);
		assert_int_equal(err, bad[i].err);
		assert_int_equal(e.kind, KIND_NONE);
		assert_non_null(strstr(why.note, bad[i].says));
	}
}

static void kinds_have_names(void **state)
{
	enum kind kind = KIND_NONE;

	(void)state;
	for (int k = KIND_NONE + 1; k < KIND_COUNT; k++) {
		assert_true(kind_of_name(kind_name((enum kind)k), &kind));
		assert_int_equal(kind, k);
	}
	kind = KIND_SNP;
	assert_false(kind_of_name("unknown", &kind));
	assert_false(kind_of_name("", &kind));
	assert_int_equal(kind, KIND_SNP);
	assert_string_equal(kind_name(KIND_NONE), "unknown");
	assert_string_equal(kind_name(KIND_COUNT), "unknown");
	assert_string_equal(kind_name((enum kind)1000000), "unknown");
}

/* What the first bytes say, each at its edges. `hex` is followed by zeros up to `len`. */
static const struct {
	const char *name, *hex;
	size_t len;
	enum kind kind;
} heads[] = {
	{ "version 255", "ff00000000000000", 8, KIND_SNP },
	{ "version 256", "0001000000000000", 8, KIND_NONE },
	{ "version 0", "0000000000000000", 8, KIND_NONE },
	{ "version 0, as long as a report", "0000000000000000", SNP_REPORT_LEN, KIND_SNP },
	{ "a report cut short", "02000000000000", 7, KIND_NONE },
	{ "kind of key 255", "0200ff0000000000", 8, KIND_SGX },
	{ "kind of key 255, of TDX", "0200ff0081000000", 8, KIND_TDX },
	{ "kind of key 256", "0200000100000000", 8, KIND_NONE },
	{ "Intel's vendor id behind a strange version", "fffffefe00000000" "00000000939a7233f79c4ca9940a0db3957f0607",
	  48, KIND_SGX },
	{ "the same, of TDX", "fffffefe81000000" "00000000939a7233f79c4ca9940a0db3957f0607", 48, KIND_TDX },
	{ "the same, where COSE could begin", "84fffefe81000000" "00000000939a7233f79c4ca9940a0db3957f0607", 48, KIND_TDX },
	{ "the same, cut short", "fffffefe00000000" "00000000939a7233f79c4ca9940a0db3957f0607", 47, KIND_NONE },
	{ "an array", "80", 1, KIND_NITRO },
	{ "the last of arrays", "9f", 1, KIND_NITRO },
	{ "a tag", "c0", 1, KIND_NITRO },
	{ "the last of tags", "df", 1, KIND_NITRO },
	{ "a map", "a0", 1, KIND_NONE },
	{ "HCLA alone", "48434c41", 4, KIND_NONE },
	{ "HCLA and a version", "48434c4101", 5, KIND_AZURE_SNP },
	{ "HCLA and the last that is no text", "48434c411f41", 6, KIND_AZURE_SNP },
	{ "HCLA and a space", "48434c412001", 6, KIND_NONE },
	{ "HCLA and a letter", "48434c414101", 6, KIND_NONE },
};

static void the_first_bytes_say_which(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(heads); i++) {
		own(evidence_fini) struct evidence e = { 0 };
		uint8_t bytes[SNP_REPORT_LEN] = { 0 };
		size_t len;
		assert_int_equal(hex_read(bytes_text(heads[i].hex), bytes, sizeof bytes, &len, NULL), CLOISTER_OK);
		enum cloister_err err = evidence_open(bytes_of(bytes, heads[i].len), &e, NULL);
		if (e.kind != heads[i].kind)
			fail_msg("%s: %s", heads[i].name, kind_name(e.kind));
		assert_int_equal(err, heads[i].kind == KIND_NONE ? CLOISTER_E_UNSUPPORTED : CLOISTER_OK);
	}
}

/* Bytes that end early, where memory goes on with what would make another thing of them. */
static const struct {
	const char *bytes;
	size_t len;
	const char *says;
} cut[] = {
	{ "HCLA\1", 3, "3 characters of text" },
	{ "HCLA\1", 4, "3 bytes of no kind" }, /* base64, that is */
	{ " {\"quote\":\"00\"}", 1, "1 characters of text" },
	{ ".eif", 3, "3 characters of text" },
	{ ".eif", 4, "4 characters of text" },
	{ ".eif\1", 5, "an enclave image, not evidence from an enclave" },
	{ "0\x82", 1, "1 characters of text" },
	{ "0\x82", 2, "DER: a certificate is collateral, not evidence" },
	{ "0\x81", 2, "DER: a certificate is collateral, not evidence" },
	{ "0\x83", 2, "2 bytes of no kind" },
	{ "1\x82", 2, "2 bytes of no kind" },
	{ "-----BEGIN ", 11, "PEM: certificates are collateral, not evidence" },
};

static void what_lies_behind_is_not_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(cut); i++) {
		own(evidence_fini) struct evidence e = { 0 };
		struct cloister_fault why = { 0 };
		assert_int_equal(evidence_open(bytes_of(cut[i].bytes, cut[i].len), &e, &why), CLOISTER_E_UNSUPPORTED);
		if (!strstr(why.note, cut[i].says))
			fail_msg("%zu of %s: %s", cut[i].len, cut[i].bytes, why.note);
	}
}

/* A token has dots; base64 of JSON begins like one and has none. */
static void base64_of_json_is_no_token(void **state)
{
	own(buf_fini) struct buf json = BUF_INIT(1u << 20), in = BUF_INIT(1u << 20);
	own(evidence_fini) struct evidence e = { 0 };
	struct cloister_fault why = { 0 };

	(void)state;
	expand(&json, "{\"quote\":\"%H\"}", BYTES_OF(tdx));
	put_base64(&in, buf_bytes(&json), false);
	assert_memory_equal(in.data, "eyJ", 3);
	WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
	assert_int_equal(e.kind, KIND_TDX);
	assert_true(bytes_equal(e.body, BYTES_OF(tdx)));
}

static void nothing_is_refused(void **state)
{
	own(evidence_fini) struct evidence e = { 0 };
	struct cloister_fault why = { 0 };
	static uint8_t large[LIMIT_EVIDENCE_FILE + 1];
	(void)state;

	assert_int_equal(evidence_open(BYTES_NONE, &e, &why), CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.note, "there are no bytes at all");
	assert_int_equal(evidence_open(BYTES_OF(large), &e, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "4194305 bytes, more than 4194304");
	assert_int_equal(evidence_open(bytes_of(large, LIMIT_EVIDENCE_FILE), &e, &why), CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.note, "4194304 bytes of no kind that is known here");
}

/* Nothing is opened with less memory than it takes. */
static void each_allocation_fails_once(void **state)
{
	(void)state;
	for (size_t i = 0; OWN_MALLOC && i < N_OF(good); i++) {
		own(buf_fini) struct buf in = BUF_INIT(1u << 20);
		enum cloister_err err = CLOISTER_E_NOMEM;
		expand(&in, good[i].template, body_of(good[i].kind));
		for (size_t n = 0; err != CLOISTER_OK; n++) {
			own(evidence_fini) struct evidence e = { 0 };
			left = n;
			armed = true;
			err = evidence_open(buf_bytes(&in), &e, NULL);
			armed = false;
			assert_true(err == CLOISTER_E_NOMEM || (err == CLOISTER_OK && left < SIZE_MAX / 2));
			assert_true(n < 100);
		}
	}
}

/* A wrapping that ends early never yields what the whole one does. */
static void prefixes_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		own(buf_fini) struct buf in = BUF_INIT(1u << 20);
		struct bytes body = body_of(good[i].kind);
		bool is_json = good[i].template[0] == '{';
		expand(&in, good[i].template, body);
		while (in.len && (in.data[in.len - 1] == '\n' || in.data[in.len - 1] == '\r' || in.data[in.len - 1] == '='))
			in.len--;
		for (size_t n = 0; n < in.len; n += n < 100 || n + 100 > in.len ? 1 : 17) {
			own(evidence_fini) struct evidence e = { 0 };
			struct cloister_fault why = { 0 };
			enum cloister_err err = evidence_open(bytes_of(in.data, n), &e, &why);
			if (is_json)
				assert_int_not_equal(err, CLOISTER_OK);
			if (err == CLOISTER_OK)
				assert_false(bytes_equal(e.body, body));
		}
	}
}

static void a_response_holds_a_report(void **state)
{
	static const struct {
		size_t len;
		bool is_one;
	} sizes[] = { { 32 + SNP_REPORT_LEN - 1, false }, { 32 + SNP_REPORT_LEN, true },
		      { 32 + SNP_REPORT_LEN + 1, true },  { 4000, true }, { 4001, false } };
	static uint8_t response[4001];
	own(evidence_fini) struct evidence e = { 0 }, f = { 0 };
	struct cloister_fault why = { 0 };
	(void)state;

	response[4] = 0xa0;
	response[5] = 0x04;
	memcpy(response + 32, report, sizeof report);
	for (size_t i = 0; i < N_OF(sizes); i++) {
		own(evidence_fini) struct evidence g = { 0 };
		assert_int_equal(evidence_open(bytes_of(response, sizes[i].len), &g, NULL),
				 sizes[i].is_one ? CLOISTER_OK : CLOISTER_E_UNSUPPORTED);
		assert_int_equal(g.kind, sizes[i].is_one ? KIND_SNP : KIND_NONE);
	}
	WANT_OK(evidence_open(bytes_of(response, 4000), &e, &why), &why);
	assert_int_equal(e.kind, KIND_SNP);
	assert_true(bytes_equal(e.body, BYTES_OF(report)));
	response[3999] = 1;
	assert_int_equal(evidence_open(bytes_of(response, 4000), &f, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(why.at, 32 + SNP_REPORT_LEN);
}

/* report || table is an extended report; report || anything else is the judge's to refuse, whole. */
static void a_table_may_follow(void **state)
{
	own(evidence_fini) struct evidence e = { 0 }, f = { 0 };
	struct cloister_fault why = { 0 };
	size_t len;
	uint8_t *table = test_hex("8d75da6364e66445adc5f4b93be8accd4800000005000000"
				  "cd16419f03c55a4f8f6ffb68882f4ce24d00000001000000"
				  "000000000000000000000000000000000000000000000000"
				  "3003020107ee", &len);
	uint8_t both[SNP_REPORT_LEN + 78];
	(void)state;

	assert_int_equal(len, 78);
	memcpy(both, report, sizeof report);
	memcpy(both + sizeof report, table, len);
	WANT_OK(evidence_open(BYTES_OF(both), &e, &why), &why);
	assert_true(bytes_equal(e.body, BYTES_OF(report)));
	assert_int_equal(e.given.n, 2);
	assert_int_equal(e.given.items[0].kind, ITEM_CERT);
	assert_int_equal(e.given.items[1].kind, ITEM_ENDORSEMENT);
	both[sizeof both - 6 - 24] = 1;
	WANT_OK(evidence_open(BYTES_OF(both), &f, &why), &why);
	assert_int_equal(f.body.len, sizeof both);
	assert_int_equal(f.given.n, 0);
	/* nor is a table too large one to be passed over */
	static uint8_t large[SNP_REPORT_LEN + LIMIT_SNP_TABLE + 1];
	memcpy(large, report, sizeof report);
	own(evidence_fini) struct evidence g = { 0 };
	assert_int_equal(evidence_open(BYTES_OF(large), &g, &why), CLOISTER_E_LIMIT);
	assert_int_equal(g.kind, KIND_NONE);
	free(table);
}

/* ---- Reports told field by field --------------------------------------------- */

static void put_field(struct buf *out, const char *name, size_t at, size_t len, char how)
{
	struct bytes b = bytes_of(report + at, len);
	uint64_t n = 0;

	buf_print(out, "\"%s\":", name);
	for (size_t i = len; i > 0 && len <= 8; i--)
		n = n << 8 | report[at + i - 1];
	if (how == 'n')
		buf_print(out, "%llu", (unsigned long long)n);
	else if (how == 's')
		buf_print(out, "\"%llu\"", (unsigned long long)n);
	else if (how == 'a')
		put_numbers(out, b);
	else {
		buf_byte(out, '"');
		put_base64(out, b, false);
		buf_byte(out, '"');
	}
	buf_byte(out, ',');
}

static void put_levels(struct buf *out, const char *name, size_t at, bool turin)
{
	const uint8_t *t = report + at;

	buf_print(out, "\"%s\":{\"fmc\":", name);
	if (turin)
		buf_print(out, "%u,\"bootloader\":%u,\"tee\":%u,\"snp\":%u,\"microcode\":%u},", t[0], t[1], t[2],
			  t[3], t[7]);
	else
		buf_print(out, "null,\"bootloader\":%u,\"tee\":%u,\"snp\":%u,\"microcode\":%u},", t[0], t[1], t[6],
			  t[7]);
}

/* What neither writer can tell is zero in real reports, and so here. */
static void clear_reserved(bool turin)
{
	static const uint16_t tcbs[] = { 0x38, 0x180, 0x1e0, 0x1f0 };

	memset(report + 0x4c, 0, 4);
	memset(report + 0x18b, 0, 21);
	report[0x1eb] = report[0x1ef] = 0;
	memset(report + 0x208, 0, 152);
	memset(report + 0x330, 0, 368);
	for (size_t i = 0; i < N_OF(tcbs); i++)
		memset(report + tcbs[i] + (turin ? 4 : 2), 0, turin ? 3 : 4);
}

static void check_told(struct buf *json)
{
	own(evidence_fini) struct evidence e = { 0 };
	struct cloister_fault why = { 0 };

	WANT_OK(evidence_open(buf_bytes(json), &e, &why), &why);
	assert_int_equal(e.kind, KIND_SNP);
	assert_int_equal(e.body.len, sizeof report);
	for (size_t i = 0; i < sizeof report; i++)
		if (e.body.data[i] != report[i])
			fail_msg("byte %zxh is %02x, not %02x", i, e.body.data[i], report[i]);
}

static void told_by_virtee(bool turin)
{
	own(buf_fini) struct buf j = BUF_INIT(1u << 20);

	make_bodies();
	clear_reserved(turin);
	buf_text(&j, "{\"cert_chain\":[],\"attestation_report\":{");
	put_field(&j, "version", 0, 4, 'n');
	put_field(&j, "guest_svn", 4, 4, 'n');
	put_field(&j, "policy", 8, 8, 'n');
	put_field(&j, "family_id", 0x10, 16, 'a');
	put_field(&j, "image_id", 0x20, 16, 'a');
	put_field(&j, "vmpl", 0x30, 4, 'n');
	put_field(&j, "sig_algo", 0x34, 4, 'n');
	put_levels(&j, "current_tcb", 0x38, turin);
	put_field(&j, "plat_info", 0x40, 8, 'n');
	put_field(&j, "key_info", 0x48, 4, 'n');
	put_field(&j, "report_data", 0x50, 64, 'a');
	put_field(&j, "measurement", 0x90, 48, 'a');
	put_field(&j, "host_data", 0xc0, 32, 'a');
	put_field(&j, "id_key_digest", 0xe0, 48, 'a');
	put_field(&j, "author_key_digest", 0x110, 48, 'a');
	put_field(&j, "report_id", 0x140, 32, 'a');
	put_field(&j, "report_id_ma", 0x160, 32, 'a');
	put_levels(&j, "reported_tcb", 0x180, turin);
	put_field(&j, "cpuid_fam_id", 0x188, 1, 'n');
	put_field(&j, "cpuid_mod_id", 0x189, 1, 'n');
	put_field(&j, "cpuid_step", 0x18a, 1, 'n');
	put_field(&j, "chip_id", 0x1a0, 64, 'a');
	put_levels(&j, "committed_tcb", 0x1e0, turin);
	buf_print(&j, "\"current\":{\"major\":%u,\"minor\":%u,\"build\":%u},", report[0x1ea], report[0x1e9], report[0x1e8]);
	put_field(&j, "committed_build", 0x1ec, 1, 'n');
	put_field(&j, "committed_minor", 0x1ed, 1, 'n');
	put_field(&j, "committed_major", 0x1ee, 1, 'n');
	put_levels(&j, "launch_tcb", 0x1f0, turin);
	put_field(&j, "launch_mit_vector", 0x1f8, 8, 'n');
	put_field(&j, "current_mit_vector", 0x200, 8, 'n');
	buf_text(&j, "\"signature\":{");
	put_field(&j, "r", 0x2a0, 72, 'a');
	put_field(&j, "s", 0x2e8, 72, 'a');
	j.len--;
	buf_text(&j, "}}}");
	check_told(&j);
}

static void virtee_tells(void **state)
{
	(void)state;
	told_by_virtee(false);
	told_by_virtee(true);
}

static void go_tells(void **state)
{
	own(buf_fini) struct buf j = BUF_INIT(1u << 20);
	(void)state;

	make_bodies();
	clear_reserved(false);
	memcpy(report + 0x188, "\x19\x11\x01", 3);
	buf_text(&j, "{\"report\":{");
	put_field(&j, "version", 0, 4, 'n');
	put_field(&j, "guestSvn", 4, 4, 'n');
	put_field(&j, "policy", 8, 8, 's');
	put_field(&j, "familyId", 0x10, 16, 'b');
	put_field(&j, "imageId", 0x20, 16, 'b');
	put_field(&j, "vmpl", 0x30, 4, 'n');
	put_field(&j, "signatureAlgo", 0x34, 4, 'n');
	put_field(&j, "currentTcb", 0x38, 8, 's');
	put_field(&j, "platformInfo", 0x40, 8, 's');
	put_field(&j, "signerInfo", 0x48, 4, 'n');
	put_field(&j, "reportData", 0x50, 64, 'b');
	put_field(&j, "measurement", 0x90, 48, 'b');
	put_field(&j, "hostData", 0xc0, 32, 'b');
	put_field(&j, "idKeyDigest", 0xe0, 48, 'b');
	put_field(&j, "authorKeyDigest", 0x110, 48, 'b');
	put_field(&j, "reportId", 0x140, 32, 'b');
	put_field(&j, "reportIdMa", 0x160, 32, 'b');
	put_field(&j, "reportedTcb", 0x180, 8, 's');
	put_field(&j, "chipId", 0x1a0, 64, 'b');
	put_field(&j, "committedTcb", 0x1e0, 8, 's');
	put_field(&j, "currentBuild", 0x1e8, 1, 'n');
	put_field(&j, "currentMinor", 0x1e9, 1, 'n');
	put_field(&j, "currentMajor", 0x1ea, 1, 'n');
	put_field(&j, "committedBuild", 0x1ec, 1, 'n');
	put_field(&j, "committedMinor", 0x1ed, 1, 'n');
	put_field(&j, "committedMajor", 0x1ee, 1, 'n');
	put_field(&j, "launchTcb", 0x1f0, 8, 's');
	put_field(&j, "launchMitVector", 0x1f8, 8, 's');
	put_field(&j, "currentMitVector", 0x200, 8, 's');
	put_field(&j, "signature", 0x2a0, 512, 'b');
	buf_print(&j, "\"cpuid1eaxFms\":%u},\"product\":{\"name\":\"SEV_PRODUCT_GENOA\"}}", 0x00a10f11u);
	check_told(&j);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_unwrapped), cmocka_unit_test(others_are_refused),
		cmocka_unit_test(nothing_is_refused),  cmocka_unit_test(prefixes_are_refused),
		cmocka_unit_test(a_response_holds_a_report), cmocka_unit_test(a_table_may_follow),
		cmocka_unit_test(each_allocation_fails_once),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(the_first_bytes_say_which),
		cmocka_unit_test(what_lies_behind_is_not_looked_at),
		cmocka_unit_test(base64_of_json_is_no_token),
		cmocka_unit_test(virtee_tells),	       cmocka_unit_test(go_tells),
	};

	make_bodies();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
