/* SPDX-License-Identifier: Apache-2.0 */
/* Lists grow, sort by bytes without repeats, and merge environments by key. */

#include "base/strv.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

static void expect(const struct strv *v, const char *joined)
{
	own(buf_fini) struct buf got = BUF_INIT(256);

	for (const char *const *p = strv_list(v); *p; p++)
		buf_print(&got, "%s|", *p);
	assert_string_equal(buf_string(&got), joined);
}

static void grows_and_sorts(void **state)
{
	const char *const more[] = { "b", "a", "\xc3\xa4", "B", NULL };
	struct strv v = { 0 };
	struct cloister_fault why;

	(void)state;
	expect(&v, "");
	strv_sort(&v);
	strv_add(&v, "b");
	strv_add_all(&v, more);
	strv_add_all(&v, NULL);
	expect(&v, "b|b|a|\xc3\xa4|B|");
	strv_sort(&v);
	expect(&v, "B|a|b|\xc3\xa4|");
	assert_int_equal(strv_ok(&v, "list", &why), CLOISTER_OK);
	strv_take(&v, NULL);
	assert_int_equal(strv_ok(&v, "list", &why), CLOISTER_E_NOMEM);
	strv_fini(&v);
	strv_fini(&v);
}

static void merges_by_key(void **state)
{
	struct strv v = { 0 };

	(void)state;
	strv_set(&v, "PATH=/bin");
	strv_set(&v, "PATHS=x");
	strv_set(&v, "A=");
	strv_set(&v, "PATH=/usr/bin:a=b");
	strv_set(&v, "A=1\n2");
	expect(&v, "PATH=/usr/bin:a=b|PATHS=x|A=1\n2|");
	strv_fini(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(grows_and_sorts),
					    cmocka_unit_test(merges_by_key) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
