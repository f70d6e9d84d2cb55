/* SPDX-License-Identifier: Apache-2.0 */
/* The signature section: one signer, one certificate, numbers below 256, nothing else. */

#include "base/test.h"

#include <stdio.h>

#include "codec/cbor.h"
#include "codec/eif_sign.h"

#define PEM "-----BEGIN CERTIFICATE-----\nAQIDBA==\n-----END CERTIFICATE-----\n"

static void put_numbers(struct wr *w, const char *text)
{
	cbor_put_array(w, strlen(text));
	for (; *text; text++)
		cbor_put_uint(w, (uint8_t)*text);
}

static struct bytes section(uint8_t room[static 4096], unsigned signers, const char *key, const char *pem)
{
	struct wr w = wr_open(room, 4096);

	cbor_put_array(&w, signers);
	for (unsigned i = 0; i < signers; i++) {
		cbor_put_map(&w, 2);
		cbor_put_text(&w, key);
		put_numbers(&w, pem);
		cbor_put_text(&w, "signature");
		put_numbers(&w, "sig");
	}
	return bytes_of(room, w.len);
}

static const struct {
	const char *name;
	unsigned signers;
	const char *key, *pem;
	enum cloister_err err;
	const char *what;
} rows[] = {
	{ "one signer", 1, "signing_certificate", PEM, CLOISTER_OK, NULL },
	{ "no signer", 0, "signing_certificate", PEM, CLOISTER_E_MALFORMED, "signature section" },
	{ "two signers", 2, "signing_certificate", PEM, CLOISTER_E_LIMIT, "signature section" },
	{ "two certificates", 1, "signing_certificate", PEM PEM, CLOISTER_E_MALFORMED, "text behind the block" },
	{ "no certificate", 1, "signing_certificate", "x", CLOISTER_E_MALFORMED, "BEGIN line" },
	{ "another key", 1, "certificate", PEM, CLOISTER_E_MALFORMED, "signer" },
	{ "a key twice", 1, "signature", PEM, CLOISTER_E_MALFORMED, "signer" },
};

static void table(void **state)
{
	static struct eif_signature s;
	uint8_t room[4096];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why;
		struct bytes b = section(room, rows[i].signers, rows[i].key, rows[i].pem);
		enum cloister_err err = eif_signature_read(b, &s, &why);

		if (err != rows[i].err || (err && strcmp(why.what, rows[i].what)))
			fail_msg("%s: %s %s", rows[i].name, cloister_err_name(err),
				 err ? why.what : "");
		if (!err) {
			assert_int_equal(s.cert_len, 4);
			assert_memory_equal(s.cert_der, "\1\2\3\4", 4);
			assert_int_equal(s.cose_len, 3);
		}
	}
}

static void every_prefix(void **state)
{
	static struct eif_signature s;
	uint8_t room[4096];
	struct bytes b = section(room, 1, "signing_certificate", PEM);
	struct cloister_fault why;

	(void)state;
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(eif_signature_read(bytes_of(room, len), &s, &why), CLOISTER_OK);
	assert_int_equal(eif_signature_read(b, &s, &why), CLOISTER_OK);
}

static void number_too_large(void **state)
{
	static struct eif_signature s;
	struct cloister_fault why;
	uint8_t room[64];
	struct wr w = wr_open(room, sizeof room);

	(void)state;
	cbor_put_array(&w, 1);
	cbor_put_map(&w, 2);
	cbor_put_text(&w, "signature");
	cbor_put_array(&w, 1);
	cbor_put_uint(&w, 256);
	assert_int_equal(eif_signature_read(bytes_of(room, w.len), &s, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "signature");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(table), cmocka_unit_test(every_prefix),
					    cmocka_unit_test(number_too_large) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
