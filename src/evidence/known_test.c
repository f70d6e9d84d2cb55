/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known_test.c - what is kept of the caller's collateral is what its readers say, and
 * nothing of what they refuse. argv[1] is the vectors folder.
 */

#include <stdio.h>

#include "base/nomem.h"
#include "base/test.h"
#include "codec/pem.h"
#include "evidence/genuine.h"
#include "evidence/known.h"

static const char *vectors = ".";

static struct buf loaded(const char *name)
{
	struct buf b = BUF_INIT(1u << 20);
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", vectors, name);
	if (!read_file(path, &b))
		fail_msg("%s cannot be read", path);
	return b;
}

static const struct {
	const char *file;
	enum item_kind kind;
	bool is_kept;
} rows[] = {
	{ "tdx/tcb_info.json", ITEM_TCB_INFO, true },
	{ "sgx/tcb_info.json", ITEM_TCB_INFO, true },
	{ "tdx/qe_identity.json", ITEM_QE_IDENTITY, true },
	{ "tdx/pck.crl", ITEM_CRL, true },
	{ "tdx/tcb-info-unknown.json", ITEM_TCB_INFO, false },
	{ "tdx/qe-identity-unknown.json", ITEM_QE_IDENTITY, false },
	{ "tdx/qe_identity.json", ITEM_TCB_INFO, false },
	{ "tdx/tcb_info.json", ITEM_CRL, false },
	{ "tdx/tcb_info.json", ITEM_JWKS, false },
	{ "tdx/root.pem", ITEM_CERT, false },
};

static void what_can_be_read_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct buf b = loaded(rows[i].file);
		struct known *k = NULL;
		assert_int_equal(known_new(rows[i].kind, buf_bytes(&b), &k, NULL), CLOISTER_OK);
		if (!k != !rows[i].is_kept)
			fail_msg("%s as %d", rows[i].file, rows[i].kind);
		known_free(k);
		buf_fini(&b);
	}
}

/* The digests are those of the very bytes that are signed, and for a list of all of it. */
static void digests_are_of_these_bytes(void **state)
{
	struct buf info = loaded("tdx/tcb_info.json"), qe = loaded("tdx/qe_identity.json"), crl = loaded("tdx/pck.crl");
	uint8_t due[SHA384_LEN];
	struct known *k = NULL;

	(void)state;
	assert_int_equal(known_new(ITEM_TCB_INFO, buf_bytes(&info), &k, NULL), CLOISTER_OK);
	assert_int_equal(k->info.evaluation, 20);
	assert_int_equal(hash_sha256(k->info.sent.body, due, NULL), CLOISTER_OK);
	assert_memory_equal(k->sha256, due, SHA256_LEN);
	known_free(k);
	assert_int_equal(known_new(ITEM_QE_IDENTITY, buf_bytes(&qe), &k, NULL), CLOISTER_OK);
	assert_int_equal(k->qe.id, QE_TDX);
	assert_int_equal(hash_sha256(k->qe.sent.body, due, NULL), CLOISTER_OK);
	assert_memory_equal(k->sha256, due, SHA256_LEN);
	known_free(k);
	assert_int_equal(known_new(ITEM_CRL, buf_bytes(&crl), &k, NULL), CLOISTER_OK);
	assert_ptr_equal(k->crl.der.data, crl.data);
	assert_int_equal(hash_sha384(buf_bytes(&crl), due, NULL), CLOISTER_OK);
	assert_memory_equal(k->sha384, due, SHA384_LEN);
	known_free(k);
	known_free(NULL);
	buf_fini(&info);
	buf_fini(&qe);
	buf_fini(&crl);
}

/* Of Intel's form; what verdicts ask of it they ask each time. */
static void certificates_are_read_once(void **state)
{
	struct buf pem = loaded("tdx/signer.pem");
	struct known *k = NULL;
	uint8_t der[4096];
	size_t len;

	(void)state;
	assert_int_equal(pem_read(buf_bytes(&pem), "CERTIFICATE", der, sizeof der, &len, NULL), CLOISTER_OK);
	assert_int_equal(known_new(ITEM_CERT, bytes_of(der, len), &k, NULL), CLOISTER_OK);
	assert_true(cert_common_name_is(k->cert.subject, "Intel SGX TCB Signing"));
	assert_ptr_equal(k->cert.der.data, der);
	known_free(k);
	assert_int_equal(known_new(ITEM_CERT, bytes_of(der, len - 1), &k, NULL), CLOISTER_OK);
	assert_null(k);
	buf_fini(&pem);
}

/* Whichever allocation fails, the call says so and leaves nothing behind. */
static void each_allocation_fails_once(void **state)
{
	struct buf crl = loaded("tdx/pck.crl");
	enum cloister_err err = CLOISTER_E_NOMEM;
	struct cloister_fault why;

	(void)state;
	for (size_t n = 0; OWN_MALLOC && err != CLOISTER_OK; n++) {
		struct known *k = (struct known *)&n; /* an answer of before */
		left = n;
		armed = true;
		err = known_new(ITEM_CRL, buf_bytes(&crl), &k, &why);
		armed = false;
		assert_true(err == CLOISTER_OK || err == CLOISTER_E_NOMEM);
		if (n == 0)
			assert_string_equal(why.note, "out of memory");
		assert_true(n > 0 || err == CLOISTER_E_NOMEM);
		assert_int_equal(k != NULL, err == CLOISTER_OK);
		known_free(k);
	}
	buf_fini(&crl);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_read_is_kept),
		cmocka_unit_test(digests_are_of_these_bytes),
		cmocka_unit_test(certificates_are_read_once),
		cmocka_unit_test(each_allocation_fails_once),
	};

	vectors = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
