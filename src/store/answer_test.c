/* SPDX-License-Identifier: Apache-2.0 */
/* answer_test.c - the same request gets the same answer, another one does not, nobody else does. */

#include "store/store_test.h"

#include "store/answer.h"

static void the_same_again(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	int64_t a = test_account(s, "a"), b = test_account(s, "b");
	struct store_answer put = { .request = { 1, 2, 3 }, .status = 201, .body = bytes_of("{\0}", 3) }, got = { .status = 7 };
	struct cloister_fault why = { 0 };
	struct bytes key = bytes_text("k-1");
	uint8_t other[SHA256_LEN] = { 1, 2, 4 };

	(void)state;
	WANT_REFUSED(store_answer_get(s, a, key, put.request, &texts, &got, &why), CLOISTER_E_MISSING, "no such answer", &why);
	WANT_OK(store_answer_put(s, a, key, &put, NOW, &why), &why);
	WANT_REFUSED(store_answer_put(s, a, key, &put, NOW, &why), CLOISTER_E_USAGE, "already", &why);
	WANT_REFUSED(store_answer_get(s, a, key, other, &texts, &got, &why), CLOISTER_E_USAGE, "another request", &why);
	WANT_REFUSED(store_answer_get(s, b, key, put.request, &texts, &got, &why), CLOISTER_E_MISSING, "no such answer", &why);
	assert_int_equal(got.status, 7);
	WANT_OK(store_answer_get(s, a, key, put.request, &texts, &got, &why), &why);
	assert_int_equal(got.status, 201);
	assert_true(bytes_equal(got.body, put.body));
	assert_int_equal(got.made_ms, NOW);
	WANT_OK(store_answer_put(s, b, key, &put, NOW, &why), &why);
	WANT_REFUSED(store_answer_put(s, a, bytes_text(""), &put, NOW, &why), CLOISTER_E_USAGE, "range", &why);
}

static void old_ones_go(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	int64_t a = test_account(s, "a"), n = 0;
	struct store_answer put = { .status = 200 }, got;
	struct cloister_fault why = { 0 };
	struct store_tx tx;
	char key[16];

	(void)state;
	WANT_OK(store_begin(s, &tx, &why), &why);
	for (unsigned i = 0; i < 1200; i++) {
		snprintf(key, sizeof key, "k%u", i);
		WANT_OK(store_answer_put(s, a, bytes_text(key), &put, NOW + i, &why), &why);
	}
	WANT_OK(store_commit(&tx, &why), &why);
	WANT_OK(store_answer_expire(s, NOW, &n, &why), &why);
	assert_int_equal(n, 0);
	WANT_OK(store_answer_expire(s, NOW + 1199, &n, &why), &why);
	assert_int_equal(n, 1000);
	WANT_OK(store_answer_expire(s, NOW + 1199, &n, &why), &why);
	assert_int_equal(n, 199);
	WANT_OK(store_answer_get(s, a, bytes_text("k1199"), put.request, &texts, &got, &why), &why);
	WANT_REFUSED(store_answer_get(s, a, bytes_text("k1198"), put.request, &texts, &got, &why), CLOISTER_E_MISSING, "", &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(the_same_again),
		STORE_TEST(old_ones_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
