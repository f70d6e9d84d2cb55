/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_test.c - signatures checked by OpenSSL's own verifier from the public
 * point alone; keys through PEM and back; files that are no key of ours.
 */

#include "base/test.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "base/mem.h"
#include "crypto/sign.h"

/* Whether raw r || s over `digest` is by `point`, by a route that shares nothing with sign.c. */
static bool is_signed(const uint8_t *point, const uint8_t *digest, const uint8_t *raw)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 5),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, SIGN_POINT_LEN),
		OSSL_PARAM_END,
	};
	EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *der = NULL;

	assert_int_equal(EVP_PKEY_fromdata_init(from), 1);
	assert_int_equal(EVP_PKEY_fromdata(from, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	assert_int_equal(
		ECDSA_SIG_set0(sig, BN_bin2bn(raw, 48, NULL), BN_bin2bn(raw + 48, 48, NULL)), 1);
	int len = i2d_ECDSA_SIG(sig, &der);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	bool good = EVP_PKEY_verify(ctx, der, (size_t)len, digest, SHA384_LEN) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_CTX_free(from);
	EVP_PKEY_free(pkey);
	ECDSA_SIG_free(sig);
	OPENSSL_free(der);
	return good;
}

/* Until r or s with a leading zero byte has come by three times: 1 in 128 signatures has one. */
static void test_signatures(void **state)
{
	own(drop_sign_key) struct sign_key *key = NULL;
	struct cloister_fault why = { 0 };
	uint8_t point[SIGN_POINT_LEN], digest[SHA384_LEN], sig[SIGN_SIG_LEN];
	int n_short = 0;

	(void)state;
	WANT_OK(sign_key_new(&key, &why), &why);
	WANT_OK(sign_key_point(key, point, &why), &why);
	for (int i = 0; n_short < 3; i++) {
		assert_true(i < 10000);
		WANT_OK(hash_sha384(bytes_of(&i, sizeof i), digest, &why), &why);
		WANT_OK(sign_es384(key, digest, sig, &why), &why);
		bool is_short = sig[0] == 0 || sig[48] == 0;
		n_short += is_short;
		if (i % 100 && !is_short)
			continue;
		assert_true(is_signed(point, digest, sig));
		sig[i % SIGN_SIG_LEN] ^= 1;
		assert_false(is_signed(point, digest, sig));
	}
}

static void test_pem_round_trip(void **state)
{
	own(drop_sign_key) struct sign_key *key = NULL, *again = NULL;
	own(drop_secret) struct secret pem = { 0 }, pem_again = { 0 };
	struct cloister_fault why = { 0 };
	uint8_t point[SIGN_POINT_LEN], point_again[SIGN_POINT_LEN];

	(void)state;
	WANT_OK(sign_key_new(&key, &why), &why);
	WANT_OK(sign_key_write(key, &pem, &why), &why);
	WANT_OK(sign_key_read(secret_bytes(&pem), &again, &why), &why);
	WANT_OK(sign_key_write(again, &pem_again, &why), &why);
	WANT_OK(sign_key_point(key, point, &why), &why);
	WANT_OK(sign_key_point(again, point_again, &why), &why);
	assert_true(mem_same(point, point_again, sizeof point));
	assert_true(bytes_equal(secret_bytes(&pem), secret_bytes(&pem_again)));

	/* Every prefix but the one without the last line feed is no key. */
	for (size_t len = 0; len + 1 < pem.len; len++) {
		own(drop_sign_key) struct sign_key *cut = NULL;
		if (sign_key_read(bytes_of(pem.data, len), &cut, &why) == CLOISTER_OK)
			fail_msg("%zu of %zu bytes are taken for a key", len, pem.len);
		assert_null(cut);
	}
}

static void write_other(const char *type, struct secret *out, bool is_encrypted)
{
	EVP_PKEY *pkey = strcmp(type, "RSA") == 0	? EVP_RSA_gen(1024)
			 : strcmp(type, "ED25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
							: EVP_EC_gen(type);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	assert_non_null(pkey);
	assert_int_equal(
		PEM_write_bio_PKCS8PrivateKey(bio, pkey, is_encrypted ? EVP_aes_256_cbc() : NULL,
					      is_encrypted ? "x" : NULL, is_encrypted, NULL, NULL),
		1);
	long len = BIO_get_mem_data(bio, &text);
	assert_int_equal(secret_put(out, bytes_of(text, (size_t)len), NULL), CLOISTER_OK);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static void refused(const struct secret *pem, enum cloister_err want, const char *sentence)
{
	own(drop_sign_key) struct sign_key *key = NULL;
	struct cloister_fault why = { 0 };

	enum cloister_err err = sign_key_read(secret_bytes(pem), &key, &why);
	if (err != want || !strstr(why.note, sentence))
		fail_msg("%s, %s, where `%s` was due", cloister_err_name(err), why.note, sentence);
	assert_null(key);
}

static void test_other_keys(void **state)
{
	static const struct {
		const char *type;
		enum cloister_err err;
		const char *sentence;
		bool is_encrypted;
	} rows[] = {
		{ "P-256", CLOISTER_E_UNSUPPORTED, "not on curve P-384", false },
		{ "P-521", CLOISTER_E_UNSUPPORTED, "not on curve P-384", false },
		{ "ED25519", CLOISTER_E_UNSUPPORTED, "not on curve P-384", false },
		{ "RSA", CLOISTER_E_UNSUPPORTED, "not on curve P-384", false },
		{ "P-384", CLOISTER_E_MALFORMED, "one PEM block", true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(drop_secret) struct secret pem = { 0 };
		write_other(rows[i].type, &pem, rows[i].is_encrypted);
		refused(&pem, rows[i].err, rows[i].sentence);
	}
}

static void test_damaged_files(void **state)
{
	own(drop_secret) struct secret pem = { 0 };
	struct cloister_fault why = { 0 };

	(void)state;
	write_other("P-384", &pem, false);
	own(drop_secret) struct secret before = { 0 }, after = { 0 }, damaged = pem;
	WANT_OK(secret_put(&before, bytes_text("x\n"), &why), &why);
	WANT_OK(secret_put(&before, secret_bytes(&pem), &why), &why);
	refused(&before, CLOISTER_E_MALFORMED, "nothing before it");
	WANT_OK(secret_put(&after, secret_bytes(&pem), &why), &why);
	WANT_OK(secret_put(&after, bytes_text("x\n"), &why), &why);
	refused(&after, CLOISTER_E_MALFORMED, "left over");
	damaged.data[120] = damaged.data[120] == 'A' ? 'B' : 'A'; /* inside the private number */
	refused(&damaged, CLOISTER_E_MALFORMED, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_pem_round_trip),
		cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_damaged_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
