/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nomem_test.c - every allocation of reading a policy file, libyaml's too, gets its
 * turn to fail: the call says so, and no policy with less in it comes out.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/nomem.h"
#include "evidence/verdict.h"
#include "policy/file.h"
#include "policy/init.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char text[] =
	"kinds: [snp, tdx]\nnonce: required\nuser_data: any\npublic_key: any\nreport_data: any\n"
	"measurements:\n- measurement: 010101010101010101010101010101010101010101010101"
	"010101010101010101010101010101010101010101010101\n"
	"platforms: [00, 01, 02]\nmax_age: any\ndebug: refuse\n"
	"snp:\n  floor: {genoa: bl 9 tee 0 snp 23 ucode 72}\n";

static enum cloister_err read_once(const char *yaml, size_t n)
{
	struct cloister_policy *p = NULL;

	armed = true;
	left = n;
	enum cloister_err err = policy_read(bytes_text(yaml), NULL, NULL, &p, NULL);
	armed = false;
	assert_int_equal(p != NULL, err == CLOISTER_OK);
	cloister_policy_free(p);
	return err;
}

static void reading(void **state)
{
	(void)state;
	if (!OWN_MALLOC) {
		print_message("the sanitizer has a malloc of its own: skipped\n");
		skip();
	}
	n_asked = 0;
	assert_int_equal(read_once(text, SIZE_MAX - 1), CLOISTER_OK);
	size_t most = n_asked;
	assert_true(most > 50);
	size_t n_nomem = 0;
	for (size_t n = 0; n < most; n++) {
		enum cloister_err err = read_once(text, n);
		/* A buffer that cannot grow does not say whether its ceiling or the memory was the reason. */
		assert_true(err == CLOISTER_E_NOMEM || err == CLOISTER_E_LIMIT);
		n_nomem += err == CLOISTER_E_NOMEM;
	}
	print_message("%zu allocations, %zu said out of memory\n", most, n_nomem);
	assert_true(n_nomem > most / 2);
	/* what is missing is still missing when there is no room to say it */
	n_asked = 0;
	assert_int_equal(read_once("nonce: any\n", SIZE_MAX - 1), CLOISTER_E_MALFORMED);
	most = n_asked;
	for (size_t n = 0; n < most; n++) {
		enum cloister_err err = read_once("nonce: any\n", n);
		assert_true(err == CLOISTER_E_NOMEM || err == CLOISTER_E_LIMIT);
	}
}

static enum cloister_err write_once(const struct cloister_verdict *v, size_t n)
{
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_POLICY);

	armed = true;
	left = n;
	enum cloister_err err = policy_init(v, &out, NULL);
	armed = false;
	return err;
}

static void writing(void **state)
{
	static const uint8_t ones[48] = { [0 ... 47] = 1 };

	(void)state;
	if (!OWN_MALLOC)
		skip();
	struct cloister_verdict *v = malloc(sizeof *v);
	assert_non_null(v);
	*v = verdict_new("nitro");
	verdict_held(v, CHECK_KIND, "%s", "nitro");
	verdict_claim_bytes(v, "pcr0", bytes_of(ones, 48));
	n_asked = 0;
	assert_int_equal(write_once(v, SIZE_MAX - 1), CLOISTER_OK);
	size_t most = n_asked;
	for (size_t n = 0; n < most; n++)
		assert_int_not_equal(write_once(v, n), CLOISTER_OK);
	cloister_verdict_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reading), cmocka_unit_test(writing) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
