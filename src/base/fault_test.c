/* SPDX-License-Identifier: Apache-2.0 */
/* fault_test.c - the sentences, and that no fault is too long for them. */

#include "base/test.h"

#include <errno.h>

static void sentences(void **state)
{
	struct cloister_fault why = { 0 };
	char text[256];
	(void)state;

	assert_int_equal(fail_at(&why, 12, "version", "only %d is known", 4), CLOISTER_E_MALFORMED);
	assert_string_equal(cloister_fault_text(&why, text, sizeof text),
			    "version at byte 12: only 4 is known");
	assert_int_equal(fail(&why, CLOISTER_E_MALFORMED, "layer", "twice"), CLOISTER_E_MALFORMED);
	assert_int_equal(why.at, CLOISTER_NOWHERE);
	assert_string_equal(cloister_fault_text(&why, text, sizeof text), "layer: twice");
	errno = ENOENT;
	assert_int_equal(fail_sys(&why, "file.open", "x.eif"), CLOISTER_E_SYSTEM);
	assert_int_equal(why.sys, ENOENT);
	assert_string_equal(cloister_fault_text(&why, text, sizeof text),
			    "file.open: x.eif: No such file or directory");
	assert_int_equal(fail(&why, CLOISTER_E_LIMIT, "layers", "%s", ""), CLOISTER_E_LIMIT);
	assert_string_equal(cloister_fault_text(&why, text, sizeof text), "layers");
	why = (struct cloister_fault){ .err = CLOISTER_E_NOMEM };
	assert_string_equal(cloister_fault_text(&why, text, sizeof text), "nomem");
}

static void long_notes_are_cut(void **state)
{
	struct cloister_fault why = { 0 };
	char text[8];
	(void)state;

	assert_int_equal(fail(&why, CLOISTER_E_USAGE, "x", "%0400d", 1), CLOISTER_E_USAGE);
	assert_int_equal(strlen(why.note), CLOISTER_NOTE_MAX - 1);
	assert_int_equal(strlen(cloister_fault_text(&why, text, sizeof text)), 7);
	assert_int_equal(fail(NULL, CLOISTER_E_USAGE, "x", "nobody listens"), CLOISTER_E_USAGE);
}

static void every_code_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i <= CLOISTER_E_TIMEOUT; i++)
		assert_true(strlen(cloister_err_name((enum cloister_err)i)) > 1);
	assert_string_equal(cloister_err_name((enum cloister_err)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(long_notes_are_cut),
		cmocka_unit_test(every_code_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
