/* SPDX-License-Identifier: Apache-2.0 */
/* collateral_test.c - what is recognised, in which pieces it comes out, and what is refused. */

#include <stdio.h>

#include "base/nomem.h"
#include "base/test.h"
#include "evidence/collateral.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"

static char seen[4096]; /* a letter and the length of each piece */
static unsigned n_seen, refused_at; /* the piece, from 1, that note() refuses; 0: none */

static enum cloister_err note(void *ctx, enum item_kind kind, struct bytes data,
			      struct cloister_fault *why)
{
	static const char letters[] = "?CLTQJE";
	size_t n = strlen(seen);

	if (++n_seen == refused_at)
		return fail(why, CLOISTER_E_PEER, "note", "refused");
	snprintf(seen + n, sizeof seen - n, "%c%zu ", letters[kind], data.len);
	if (ctx && (kind == ITEM_TCB_INFO || kind == ITEM_QE_IDENTITY)) {
		n = strlen(seen);
		snprintf(seen + n, sizeof seen - n, "%.*s ", (int)data.len, (const char *)data.data);
	}
	return CLOISTER_OK;
}

static struct cloister_fault told;

static enum cloister_err sort(const char *text, bool show)
{
	seen[0] = 0;
	n_seen = 0;
	return collateral_sort(bytes_text(text), note, show ? seen : NULL, &told);
}

#define CERT "-----BEGIN CERTIFICATE-----\nMAcwBaADAgEC\n-----END CERTIFICATE-----\n"

/* A list under its own label and under a certificate's, and a certificate under a list's. */
#define LIST "-----BEGIN X509 CRL-----\nMBAwDgIBATAAMAAXATAwAgUA\n-----END X509 CRL-----\n"
#define LIST_AS_CERT "-----BEGIN CERTIFICATE-----\nMBAwDgIBATAAMAAXATAwAgUA\n-----END CERTIFICATE-----\n"
#define CERT_AS_LIST "-----BEGIN X509 CRL-----\nMAcwBaADAgEC\n-----END X509 CRL-----\n"

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
	{ LIST, "L18 " },
	{ LIST_AS_CERT, "L18 " },
	{ CERT_AS_LIST, "L9 " },
	{ LIST CERT LIST_AS_CERT CERT_AS_LIST, "L18 C9 L18 L9 " },
	{ " \n\r\t" CERT, "C9 " },
	{ "\t{\"keys\":[]}", "J11 " },
	{ "\r\n 0\003\002\001\007", "C5 " },
	{ "0", "C1 " }, /* whoever takes it reads it */
	{ "1\003\002\001\007", NULL },
	{ " \n\r\t", NULL },
	{ "\v{\"keys\":[]}", NULL },
	{ "{\"keys\":7}", NULL },
	{ "{\"keys\":[]", NULL },
	{ "{\"enclaveIdentity\":7}", NULL },
	{ "{\"pck_crl\":\"3000\"}", "L2 " },
	{ "{\"pck_certificate_chain\":\"3000\"}", "C2 " },
	{ "{\"pck_certificate_chain\":\"" JSON_CERT JSON_CERT "\\u0000\"}", "C9 C9 " },
	{ "{\"vcekCert\":\"3000\"}", "C2 " },
	{ "{\"pck_crl\":\"3000\\n\\u0000\"}", "L2 " }, /* chains in quotes end in NUL */
	{ "{\"pck_crl\":\"3000\\u00000\"}", NULL },
	{ "{\"pck_crl\":\"300\"}", NULL },
	{ "{\"pck_crl\":\"\"}", "L0 " },
	{ "{\"pck_crl\":\"\\u0000\"}", "L0 " },
	{ "{\"pck_crl\":\"3000\",\"root_ca_crl\":null}", "L2 " },
	{ "{\"pck_crl\":\"3000\",\"root_ca_crl\":7}", NULL },
	{ "{\"pck_crl\":\"3000\",\"tcb_info\":7}", "L2 " },
	{ "{\"pck_crl\":\"3000\",\"qe_identity\":\"{}\"}", NULL },
	{ "{\"tcb_info\":\"{}\",\"tcb_info_signature\":7}", NULL },
	{ "{\"tcb_info\":\"{}\",\"tcb_info_signature\":\"ab\",\"qe_identity\":\"{}\",\"qe_identity_signature\":\"cd\"}",
	  "T31 Q39 " },
	{ "{\"pck_crl_issuer_chain\":\"3000\",\"tcb_info_issuer_chain\":\"300100\",\"qe_identity_issuer_chain\":\"30020000\","
	  "\"pck_crl\":\"3003000000\"}", "C2 C3 C4 L5 " },
};

/* Whoever takes the pieces may refuse any of them, and is heard. */
static void what_is_not_taken_ends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned n = sort(rows[i].text, false) == CLOISTER_OK ? n_seen : 0;
		for (refused_at = 1; refused_at <= n; refused_at++) {
			assert_int_equal(sort(rows[i].text, false), CLOISTER_E_PEER);
			assert_string_equal(told.note, "refused");
			assert_int_equal(n_seen, refused_at);
		}
		refused_at = 0;
	}
}

/* Out of memory is never said to be something else. */
static void each_allocation_fails_once(void **state)
{
	(void)state;
	for (size_t i = 0; OWN_MALLOC && i < sizeof rows / sizeof *rows; i++) {
		enum cloister_err due = sort(rows[i].text, false), err = CLOISTER_E_NOMEM;
		for (size_t n = 0; err == CLOISTER_E_NOMEM; n++) {
			left = n;
			armed = true;
			err = sort(rows[i].text, false);
			armed = false;
			assert_true(err == due || err == CLOISTER_E_NOMEM);
			assert_true(err == CLOISTER_E_NOMEM || left != SIZE_MAX); /* nobody does without */
		}
	}
}

static void refusals_say_why(void **state)
{
	static const struct {
		const char *text;
		enum cloister_err err;
		const char *what, *note;
	} refused[] = {
		{ "x", CLOISTER_E_UNSUPPORTED, "collateral", "neither DER, PEM nor JSON of a kind that is known here" },
		{ "{}", CLOISTER_E_UNSUPPORTED, "collateral", "JSON of no kind that is known here" },
		{ CERT "x", CLOISTER_E_MALFORMED, "PEM", "text behind the last block" },
		{ "{\"tcb_info\":\"{}\"}", CLOISTER_E_MALFORMED, "tcb_info_signature", "missing beside tcb_info" },
		{ "{\"pck_crl\":\"3000\",\"root_ca_crl\":7}", CLOISTER_E_MALFORMED, "root_ca_crl", "not a string" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		assert_int_equal(sort(refused[i].text, false), refused[i].err);
		assert_string_equal(told.what, refused[i].what);
		assert_string_equal(told.note, refused[i].note);
	}
}

/* A host's table: a VCEK, something that nobody here knows, and a list, which its label names. */
static void a_table_comes_out(void **state)
{
	static const uint8_t nothing[24], with_list[] = {
		0xc3, 0x1b, 0xf8, 0x92, 0x11, 0x58, 0x3d, 0x4d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea,
		0x48, 0, 0, 0, 5, 0, 0, 0,
		0x8d, 0x75, 0xda, 0x63, 0x64, 0xe6, 0x64, 0x45, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd,
		0x4d, 0, 0, 0, 1, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x30, 0x03, 0x02, 0x01, 0x07, 0xee,
	};
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
	seen[0] = 0;
	assert_int_equal(collateral_sort(BYTES_OF(with_list), note, NULL, NULL), CLOISTER_OK);
	assert_string_equal(seen, "L5 C1 ");
	for (refused_at = 1, n_seen = 0; refused_at <= 2; refused_at++, n_seen = 0)
		assert_int_equal(collateral_sort(BYTES_OF(with_list), note, NULL, NULL), CLOISTER_E_PEER);
	refused_at = 0;
	assert_int_equal(collateral_sort(BYTES_OF(nothing), note, NULL, NULL), CLOISTER_E_UNSUPPORTED);
}

/* Google's endorsement, by its first two bytes. */
static void an_endorsement_comes_out(void **state)
{
	static const uint8_t endorsement[] = { 0x0a, 0x80, 0x01 };

	(void)state;
	seen[0] = 0;
	n_seen = 0;
	assert_int_equal(collateral_sort(BYTES_OF(endorsement), note, NULL, NULL), CLOISTER_OK);
	assert_string_equal(seen, "E3 ");
	refused_at = 2;
	assert_int_equal(collateral_sort(BYTES_OF(endorsement), note, NULL, NULL), CLOISTER_E_PEER);
	refused_at = 0;
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
	/* the other kind of time, and two of them */
	static const uint8_t later[] = { 0x30, 0x0c, 0x30, 0x0a, 0x02, 0x00, 0x30, 0x00,
					 0x30, 0x00, 0x18, 0x00, 0x18, 0x00 };
	static const uint8_t first_later[] = { 0x30, 0x0a, 0x30, 0x08, 0x30, 0x00, 0x30, 0x00, 0x18, 0x00, 0x17, 0x00 };
	/* a certificate has a sequence there: with its version, and without */
	static const uint8_t whole[] = { 0x30, 0x0c, 0x30, 0x0a, 0xa0, 0x00, 0x02, 0x00,
					 0x30, 0x00, 0x30, 0x00, 0x30, 0x00 };
	static const uint8_t whole_first[] = { 0x30, 0x0a, 0x30, 0x08, 0x02, 0x00, 0x30, 0x00,
					       0x30, 0x00, 0x30, 0x00 };
	static const uint8_t cert[] = { 0x30, 0x07, 0x30, 0x05, 0xa0, 0x03, 0x02, 0x01, 0x02 };

	(void)state;
	assert_true(collateral_is_crl(BYTES_OF(list)));
	assert_true(collateral_is_crl(BYTES_OF(first_version)));
	assert_true(collateral_is_crl(BYTES_OF(first_later)));
	assert_true(collateral_is_crl(BYTES_OF(later)));
	assert_false(collateral_is_crl(BYTES_OF(cert)));
	assert_false(collateral_is_crl(BYTES_OF(whole)));
	assert_false(collateral_is_crl(BYTES_OF(whole_first)));
	for (size_t len = 0; len < 12; len++) /* it ends before the time */
		assert_false(collateral_is_crl(bytes_of(list, len)));
	assert_false(collateral_is_crl(BYTES_NONE));
}

static void there_is_a_ceiling(void **state)
{
	static const uint8_t blanks[] = { '\n', ' ' }; /* and not a byte behind them */
	static char text[LIMIT_COLLATERAL + 2];
	struct cloister_trust *t;

	(void)state;
	assert_int_equal(collateral_sort(BYTES_OF(blanks), note, NULL, NULL), CLOISTER_E_UNSUPPORTED);
	memset(text, ' ', sizeof text - 1);
	assert_int_equal(sort(text, false), CLOISTER_E_LIMIT);
	assert_string_equal(told.note, "larger than 1048576 bytes");
	memcpy(text + LIMIT_COLLATERAL - strlen(CERT), CERT, strlen(CERT) + 1); /* all of it may be used */
	assert_int_equal(sort(text, false), CLOISTER_OK);
	assert_string_equal(seen, "C9 ");
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
		cmocka_unit_test(what_is_not_taken_ends_it),
		cmocka_unit_test(each_allocation_fails_once),
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(an_endorsement_comes_out),
		cmocka_unit_test(halves_are_joined_as_they_were_sent),
		cmocka_unit_test(a_list_is_told_from_a_certificate),
		cmocka_unit_test(there_is_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
