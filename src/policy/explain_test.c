/* SPDX-License-Identifier: Apache-2.0 */
/* explain_test.c - every rule has its sentences, and each answer gets the right one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/explain.h"

#include <cmocka.h> /* last: it has a macro named fail */

static bool is_waivable(enum check c)
{
	static const bool waivable[] = {
#define RULE(name, id, word, question, waivable) waivable,
#include "evidence/rules.def"
#undef RULE
	};

	return waivable[c];
}

/* One sentence of each ending: it ends like one, fits, and says something of its own. */
static void every_rule_has_its_sentences(void **state)
{
	(void)state;
	for (int i = 0; i < CHECK_COUNT; i++) {
		enum check c = (enum check)i;
		for (int ending = ENDED_FAILED; ending <= ENDED_UNREACHED; ending++) {
			own(buf_fini) struct buf text = BUF_INIT(CLOISTER_EXPLANATION_MAX);
			explain(c, (enum ending)ending, &text);
			assert_false(text.failed);
			assert_true(text.len > 20);
			assert_int_equal(text.data[text.len - 1], '.');
		}
		if (!explain_has_row(c))
			fail_msg("src/policy/explain.def has no row for %s (%s)", check_id(c), check_word(c));
		own(buf_fini) struct buf waived = BUF_INIT(CLOISTER_EXPLANATION_MAX);
		explain(c, ENDED_WAIVED, &waived);
		if (is_waivable(c) == (strcmp(buf_string(&waived), "The caller said that this does not matter.") == 0))
			fail_msg("%s: what is given up is said exactly of what may be waived", check_id(c));
	}
}

static void names_find_rules(void **state)
{
	(void)state;
	assert_int_equal(check_named("R18"), CHECK_NONCE);
	assert_int_equal(check_named("nonce"), CHECK_NONCE);
	assert_int_equal(check_named("K1"), CHECK_KIND);
	assert_int_equal(check_named("r18"), CHECK_COUNT);
	assert_int_equal(check_named(""), CHECK_COUNT);
}

/* Of a rule that nobody has explained, what holds for every rule is said. */
static void a_rule_without_sentences(void **state)
{
	own(buf_fini) struct buf failed = BUF_INIT(CLOISTER_EXPLANATION_MAX), waived = BUF_INIT(CLOISTER_EXPLANATION_MAX);

	(void)state;
	assert_false(explain_has_row(CHECK_COUNT));
	explain(CHECK_COUNT, ENDED_FAILED, &failed);
	assert_int_equal(strncmp(buf_string(&failed), "It does not hold that ", 22), 0);
	explain(CHECK_COUNT, ENDED_WAIVED, &waived);
	assert_string_equal(buf_string(&waived), "The caller said that this does not matter.");
}

/* The index of a check in the list of a verdict. */
static size_t index_of(const struct cloister_verdict *v, const char *id)
{
	struct cloister_answer a;

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++)
		if (strcmp(a.id, id) == 0)
			return i;
	fail_msg("no %s", id);
	return 0;
}

static void a_verdict_is_explained(void **state)
{
	struct cloister_verdict *v = malloc(sizeof *v);
	char text[CLOISTER_EXPLANATION_MAX], tiny[8];

	(void)state;
	assert_non_null(v);
	*v = verdict_new("nitro");
	verdict_ask(v, CHECK_SIZE, CHECK_SIGNATURE);
	verdict_held(v, CHECK_KIND, "%s", "nitro");
	verdict_held(v, CHECK_SIZE, "%s", "");
	verdict_failed(v, CHECK_ROOT, "%s", "nobody's");
	verdict_waived(v, CHECK_NONCE, "%s", "any is accepted");
	verdict_seal(v);
	assert_true(cloister_verdict_explain(v, index_of(v, "R1"), text, sizeof text));
	assert_string_equal(text, "");
	assert_true(cloister_verdict_explain(v, index_of(v, "R6"), text, sizeof text));
	assert_non_null(strstr(text, "a root that nobody here trusts"));
	assert_non_null(strstr(text, "--root"));
	assert_true(cloister_verdict_explain(v, index_of(v, "R12"), text, sizeof text));
	assert_non_null(strstr(text, "Nothing is known"));
	assert_true(cloister_verdict_explain(v, index_of(v, "R18"), text, sizeof text));
	assert_non_null(strstr(text, "replayed"));
	assert_true(cloister_verdict_explain(v, index_of(v, "R6"), tiny, sizeof tiny));
	assert_int_equal(strlen(tiny), sizeof tiny - 1);
	assert_false(cloister_verdict_explain(v, 1000, text, sizeof text));
	assert_false(cloister_verdict_explain(NULL, 0, text, sizeof text));
	assert_false(cloister_verdict_explain(v, 0, NULL, 5));
	assert_false(cloister_verdict_explain(v, 0, text, 0));
	cloister_verdict_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_its_sentences),
		cmocka_unit_test(names_find_rules),
		cmocka_unit_test(a_rule_without_sentences),
		cmocka_unit_test(a_verdict_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
