/* SPDX-License-Identifier: Apache-2.0 */
/* collateral_test.c - what is recognised, in which pieces it comes out, and what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "evidence/collateral.h"
#include "evidence/genuine.h"

#include <cmocka.h> /* last: it has a macro named fail */

static char seen[4096]; /* a letter and the length of each piece */

static enum cloister_err note(void *ctx, enum item_kind kind, struct bytes data,
			      struct cloister_fault *why)
{
	static const char letters[] = "?CLTQJE";
	size_t n = strlen(seen);

	(void)why;
	snprintf(seen + n, sizeof seen - n, "%c%zu ", letters[kind], data.len);
	if (ctx && (kind == ITEM_TCB_INFO || kind == ITEM_QE_IDENTITY)) {
		n = strlen(seen);
		snprintf(seen + n, sizeof seen - n, "%.*s ", (int)data.len, (const char *)data.data);
	}
	return CLOISTER_OK;
}

static enum cloister_err sort(const char *text, bool show)
{
	seen[0] = 0;
	return collateral_sort(bytes_text(text), note, show ? seen : NULL, NULL);
}

#define CERT "-----BEGIN CERTIFICATE-----\nMAcwBaADAgEC\n-----END CERTIFICATE-----\n"

#define JSON_CERT "-----BEGIN CERTIFICATE-----\\nMAcwBaADAgEC\\n-----END CERTIFICATE-----\\n"

static const struct {
	const char *text, *seen; /* NULL: refused */
} rows[] = {
	{ CERT, "C9 " },
	{ CERT "\n" CERT, "C9 C9 " },
	{ CERT "x", NULL },
	{ "-----BEGIN X509 CRL-----\nMAcwBaADAgEC\n-----END X509 CRL-----\n", "L9 " },
	{ "x", NULL },
	{ "", NULL },
	{ "{}", NULL },
	{ "{\"tcbInfo\":{},\"signature\":\"00\"}", "T31 " },
	{ " {\"enclaveIdentity\":{},\"signature\":\"00\"}", "Q39 " },
	{ "{\"keys\":[]}", "J11 " },
	{ "{\"tcbInfo\":1}", NULL },
	{ "{\"tcb_info\":\"{}\"}", NULL }, /* no signature */
	{ "{\"pck_crl\":\"zz\"}", NULL },
	{ "{\"pck_crl\":\"3000\",\"root_ca_crl\":\"30020500\"}", "L4 L2 " },
	{ "{\"pck_crl\":7}", NULL },
	{ "{\"vcekCert\":\"" JSON_CERT "\",\"certificateChain\":\"" JSON_CERT JSON_CERT "\",\"tcbm\":\"00\"}",
	  "C9 C9 C9 " },
	{ "{\"certificateChain\":\"" JSON_CERT "\"}", NULL },
};

/* A host's table: a VCEK, and something that nobody here knows. */
static void a_table_comes_out(void **state)
{
	static const uint8_t table[] = {
		0x8d, 0x75, 0xda, 0x63, 0x64, 0xe6, 0x64, 0x45, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd,
		0x48, 0, 0, 0, 5, 0, 0, 0,
		0x11, 0x75, 0xda, 0x63, 0x64, 0xe6, 0x64, 0x45, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd,
		0x4d, 0, 0, 0, 1, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x30, 0x03, 0x02, 0x01, 0x07, 0xee,
	};
	(void)state;

	seen[0] = 0;
	assert_int_equal(collateral_sort(BYTES_OF(table), note, NULL, NULL), CLOISTER_OK);
	assert_string_equal(seen, "C5 ");
}

static void pieces_come_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum cloister_err err = sort(rows[i].text, false);
		assert_int_equal(err == CLOISTER_OK, rows[i].seen != NULL);
		if (rows[i].seen)
			assert_string_equal(seen, rows[i].seen);
	}
}

/* The inner text is what was signed: not a byte of it may change on the way. */
static void halves_are_joined_as_they_were_sent(void **state)
{
	(void)state;
	assert_int_equal(sort("{\"tcb_info\":\"{\\\"id\\\" : \\\"TDX\\\"}\",\"tcb_info_signature\":\"abcd\"}", true),
			 CLOISTER_OK);
	assert_string_equal(seen, "T45 {\"tcbInfo\":{\"id\" : \"TDX\"},\"signature\":\"abcd\"} ");
}

static void a_list_is_told_from_a_certificate(void **state)
{
	static const uint8_t list[] = { 0x30, 0x10, 0x30, 0x0e, 0x02, 0x01, 0x01, 0x30, 0x00,
					0x30, 0x00, 0x17, 0x01, 0x30, 0x30, 0x02, 0x05, 0x00 };
	static const uint8_t first_version[] = { 0x30, 0x09, 0x30, 0x07, 0x30, 0x00,
						 0x30, 0x00, 0x17, 0x01, 0x30 };
	static const uint8_t cert[] = { 0x30, 0x07, 0x30, 0x05, 0xa0, 0x03, 0x02, 0x01, 0x02 };

	(void)state;
	assert_true(collateral_is_crl(BYTES_OF(list)));
	assert_true(collateral_is_crl(BYTES_OF(first_version)));
	assert_false(collateral_is_crl(BYTES_OF(cert)));
	assert_false(collateral_is_crl(BYTES_NONE));
}

static void there_is_a_ceiling(void **state)
{
	static char text[LIMIT_COLLATERAL + 2];
	struct cloister_trust *t;

	(void)state;
	memset(text, ' ', sizeof text - 1);
	assert_int_equal(sort(text, false), CLOISTER_E_LIMIT);
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	for (unsigned i = 0; i < LIMIT_POOL; i++)
		assert_int_equal(cloister_trust_add_collateral(t, lend(bytes_text(CERT)), NULL),
				 CLOISTER_OK);
	assert_int_equal(cloister_trust_add_collateral(t, lend(bytes_text(CERT)), NULL),
			 CLOISTER_E_LIMIT);
	assert_int_equal(trust_pool(t)->n, LIMIT_POOL);
	assert_int_equal(cloister_trust_add_collateral(NULL, lend(bytes_text(CERT)), NULL),
			 CLOISTER_E_USAGE);
	cloister_trust_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_out), cmocka_unit_test(a_table_comes_out),
		cmocka_unit_test(halves_are_joined_as_they_were_sent),
		cmocka_unit_test(a_list_is_told_from_a_certificate),
		cmocka_unit_test(there_is_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
