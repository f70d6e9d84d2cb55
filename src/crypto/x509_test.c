/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509_test.c - a chain of ours against OpenSSL's path validation and, field by
 * field, against the profile; and what x509_issue() must not do.
 */

#include "base/test.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/x509.h"

#define NOW 1790000000u /* Unix seconds, September 2026 */
#define DAY 86400u

static const struct x509_spec root_spec = { X509_ROOT, "Test EMULATOR root", "EMULATOR", NOW,
					    NOW + 9999 * DAY };
static const struct x509_spec issuer_spec = { X509_ISSUER, "Test issuer", "EMULATOR", NOW,
					      NOW + DAY };
static const struct x509_spec leaf_spec = {
	X509_LEAF, "i-0123456789abcdef0-enc0123456789abcdef", "EMULATOR", NOW, NOW + 3 * 3600,
};

static struct chain {
	struct sign_key *root_key, *issuer_key, *leaf_key;
	struct x509 root, issuer, leaf;
} c;

static int make_chain(void **state)
{
	struct cloister_fault why = { 0 };

	(void)state;
	return sign_key_new(&c.root_key, &why) || sign_key_new(&c.issuer_key, &why) ||
	       sign_key_new(&c.leaf_key, &why) ||
	       x509_issue(&root_spec, c.root_key, NULL, NULL, &c.root, &why) ||
	       x509_issue(&issuer_spec, c.issuer_key, &c.root, c.root_key, &c.issuer, &why) ||
	       x509_issue(&leaf_spec, c.leaf_key, &c.issuer, c.issuer_key, &c.leaf, &why);
}

static int drop_chain(void **state)
{
	(void)state;
	drop_sign_key(&c.root_key);
	drop_sign_key(&c.issuer_key);
	drop_sign_key(&c.leaf_key);
	return 0;
}

static X509 *parse(const struct x509 *cert)
{
	const uint8_t *p = cert->data;
	X509 *x = d2i_X509(NULL, &p, (long)cert->len);

	assert_non_null(x);
	assert_ptr_equal(p, cert->data + cert->len);
	return x;
}

static void drop_cert(X509 **x)
{
	X509_free(*x);
}

/* OpenSSL's verdict on the path leaf, issuer, root at a time. */
static int path_error(const struct x509 *leaf, const struct x509 *issuer, const struct x509 *root,
		      time_t now)
{
	own(drop_cert) X509 *l = parse(leaf), *i = parse(issuer), *r = parse(root);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();

	assert_int_equal(X509_STORE_add_cert(store, r), 1);
	assert_true(sk_X509_push(between, i) > 0);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, l, between), 1);
	X509_STORE_CTX_set_time(ctx, 0, now);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	int good = X509_verify_cert(ctx);
	int err = good == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	sk_X509_free(between);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return err;
}

static void test_path(void **state)
{
	(void)state;
	assert_int_equal(path_error(&c.leaf, &c.issuer, &c.root, NOW), X509_V_OK);
	assert_int_equal(path_error(&c.leaf, &c.issuer, &c.root, NOW + 3 * 3600 - 1), X509_V_OK);
	assert_int_equal(path_error(&c.leaf, &c.issuer, &c.root, NOW + 3 * 3600 + 1),
			 X509_V_ERR_CERT_HAS_EXPIRED);
	assert_int_equal(path_error(&c.leaf, &c.issuer, &c.root, NOW - 1),
			 X509_V_ERR_CERT_NOT_YET_VALID);
}

/* Another root of the same name does not vouch for it. */
static void test_other_root(void **state)
{
	own(drop_sign_key) struct sign_key *key = NULL;
	struct cloister_fault why = { 0 };
	struct x509 other;

	(void)state;
	WANT_OK(sign_key_new(&key, &why), &why);
	WANT_OK(x509_issue(&root_spec, key, NULL, NULL, &other, &why), &why);
	assert_int_not_equal(path_error(&c.leaf, &c.issuer, &other, NOW), X509_V_OK);
}

static void test_profile(void **state)
{
	const struct {
		const struct x509 *cert;
		const char *name;
		bool is_ca;
		long path_len; /* -1: none */
		uint32_t usage;
	} rows[] = {
		{ &c.root, "/O=Cloister/OU=EMULATOR/CN=Test EMULATOR root", true, -1,
		  KU_KEY_CERT_SIGN | KU_CRL_SIGN },
		{ &c.issuer, "/O=Cloister/OU=EMULATOR/CN=Test issuer", true, 0, KU_KEY_CERT_SIGN },
		{ &c.leaf, "/O=Cloister/OU=EMULATOR/CN=i-0123456789abcdef0-enc0123456789abcdef",
		  false, -1, KU_DIGITAL_SIGNATURE },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(drop_cert) X509 *x = parse(rows[i].cert);
		char name[256], group[32] = "";
		assert_true(rows[i].cert->len <= LIMIT_CERT);
		assert_int_equal(X509_get_version(x), X509_VERSION_3);
		assert_int_equal(X509_get_signature_nid(x), NID_ecdsa_with_SHA384);
		assert_string_equal(X509_NAME_oneline(X509_get_subject_name(x), name, sizeof name),
				    rows[i].name);
		EVP_PKEY_get_group_name(X509_get0_pubkey(x), group, sizeof group, NULL);
		assert_string_equal(group, "secp384r1");
		assert_int_equal(!!(X509_get_extension_flags(x) & EXFLAG_CA), rows[i].is_ca);
		assert_int_equal(X509_get_pathlen(x), rows[i].path_len);
		assert_int_equal(X509_get_key_usage(x), rows[i].usage);
		int at = X509_get_ext_by_NID(x, NID_basic_constraints, -1);
		assert_int_equal(X509_EXTENSION_get_critical(X509_get_ext(x, at)), 1);
		assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(x)), 16);
	}
}

static void test_serials_differ(void **state)
{
	struct cloister_fault why = { 0 };
	struct x509 again;

	(void)state;
	WANT_OK(x509_issue(&root_spec, c.root_key, NULL, NULL, &again, &why), &why);
	own(drop_cert) X509 *a = parse(&c.root), *b = parse(&again);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)),
			     0);
}

static void test_facts(void **state)
{
	struct cloister_fault why = { 0 };
	struct x509_facts facts;
	uint8_t point[SIGN_POINT_LEN];

	(void)state;
	WANT_OK(x509_facts(&c.leaf, &facts, &why), &why);
	WANT_OK(sign_key_point(c.leaf_key, point, &why), &why);
	assert_string_equal(facts.common_name, leaf_spec.common_name);
	assert_int_equal(facts.not_before_s, NOW);
	assert_int_equal(facts.not_after_s, NOW + 3 * 3600);
	assert_memory_equal(facts.point, point, sizeof point);
	struct x509 cut = c.leaf;
	cut.len--;
	assert_int_equal(x509_facts(&cut, &facts, &why), CLOISTER_E_MALFORMED);
}

static void test_pem(void **state)
{
	own(buf_fini) struct buf pem = BUF_INIT(4096);
	struct cloister_fault why = { 0 };
	struct x509 again;

	(void)state;
	x509_pem_write(&c.issuer, &pem);
	WANT_OK(buf_ok(&pem, "pem", &why), &why);
	WANT_OK(x509_pem_read(buf_bytes(&pem), &again, &why), &why);
	assert_true(bytes_equal(x509_bytes(&c.issuer), x509_bytes(&again)));
	for (size_t len = 0; len + 1 < pem.len; len++)
		if (x509_pem_read(bytes_of(pem.data, len), &again, &why) == CLOISTER_OK)
			fail_msg("%zu of %zu bytes are taken for a certificate", len, pem.len);
	buf_text(&pem, "x");
	assert_int_equal(x509_pem_read(buf_bytes(&pem), &again, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "bytes are left over");
}

static void test_misuse(void **state)
{
	char name[66];
	memset(name, 'n', 65);
	name[65] = '\0';
	struct x509_spec long_name = leaf_spec, long_unit = leaf_spec, backwards = leaf_spec,
			 far = leaf_spec;
	long_name.common_name = name;
	long_unit.unit = name;
	backwards.not_after_s = backwards.not_before_s;
	far.not_after_s = 253402300800;
	const struct {
		const struct x509_spec *spec;
		const struct x509 *issuer;
		const struct sign_key *key;
		const char *sentence;
	} rows[] = {
		{ &leaf_spec, NULL, NULL, "a root has no issuer" },
		{ &leaf_spec, &c.issuer, NULL, "a root has no issuer" },
		{ &root_spec, &c.root, c.root_key, "a root has no issuer" },
		{ &leaf_spec, &c.issuer, c.root_key, "the key is not the issuer's" },
		{ &long_name, &c.issuer, c.issuer_key, "a name is longer" },
		{ &long_unit, &c.issuer, c.issuer_key, "a name is longer" },
		{ &backwards, &c.issuer, c.issuer_key, "ends before it begins" },
		{ &far, &c.issuer, c.issuer_key, "ends before it begins" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why = { 0 };
		struct x509 out = { .len = 77 };
		assert_int_equal(x509_issue(rows[i].spec, c.leaf_key, rows[i].issuer, rows[i].key,
					    &out, &why),
				 CLOISTER_E_USAGE);
		assert_non_null(strstr(why.note, rows[i].sentence));
		assert_int_equal(out.len, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),	cmocka_unit_test(test_other_root),
		cmocka_unit_test(test_profile), cmocka_unit_test(test_serials_differ),
		cmocka_unit_test(test_facts),	cmocka_unit_test(test_pem),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, make_chain, drop_chain);
}
