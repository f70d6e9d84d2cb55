/* SPDX-License-Identifier: Apache-2.0 */
/* secret_test.c - filling to the brim, one byte more, and that a dropped secret is gone. */

#include "base/test.h"

#include "base/mem.h"
#include "crypto/secret.h"

static void test_brim(void **state)
{
	uint8_t most[SECRET_MAX];
	struct secret s = { 0 };
	struct cloister_fault why = { 0 };

	(void)state;
	memset(most, 7, sizeof most);
	WANT_OK(secret_put(&s, bytes_of(most, SECRET_MAX - 1), &why), &why);
	assert_int_equal(secret_put(&s, bytes_of(most, 2), &why), CLOISTER_E_LIMIT);
	assert_int_equal(secret_bytes(&s).len, SECRET_MAX - 1);
	WANT_OK(secret_put(&s, bytes_of(most, 1), &why), &why);
	WANT_OK(secret_put(&s, BYTES_NONE, &why), &why);
	assert_true(bytes_equal(secret_bytes(&s), BYTES_OF(most)));
	drop_secret(&s);
	assert_true(mem_is_zero(&s, sizeof s));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_brim) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
