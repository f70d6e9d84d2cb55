/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of verdicts made by hand: each check in turn fails, is waived, and the page says the same. */

#include "daemon/score.h"

#include <stdio.h>

#include "base/test.h"
#include "evidence/verdict.h"

struct made {
	enum check fails, waived; /* CHECK_COUNT: none */
	bool builtin, debug;
	enum check first[3], last[3]; /* ranges that are asked */
};

static const struct made nitro = {
	.fails = CHECK_COUNT, .waived = CHECK_COUNT, .builtin = true,
	.first = { CHECK_KIND, CHECK_SIZE, CHECK_TIMESTAMP }, .last = { CHECK_KIND, CHECK_SIGNATURE, CHECK_PUBLIC_KEY },
};

static const struct made kinds[] = {
	{ .builtin = true, .first = { CHECK_KIND, CHECK_SIZE, CHECK_TIMESTAMP },
	  .last = { CHECK_KIND, CHECK_SIGNATURE, CHECK_PUBLIC_KEY } },
	{ .builtin = true, .first = { CHECK_KIND, CHECK_SNP_SIZE, CHECK_DEBUG },
	  .last = { CHECK_KIND, CHECK_SNP_GUEST_POLICY, CHECK_REPORT_DATA } },
	{ .builtin = true, .first = { CHECK_KIND, CHECK_QUOTE_SIZE, CHECK_DEBUG },
	  .last = { CHECK_KIND, CHECK_TD_SERVICE, CHECK_PLATFORM } },
	{ .builtin = true, .first = { CHECK_KIND, CHECK_TOKEN_FORM, CHECK_TIMESTAMP },
	  .last = { CHECK_KIND, CHECK_TOKEN_BINDING, CHECK_REPORT_DATA } },
};

static struct cloister_verdict make(const struct made *m)
{
	struct cloister_verdict v = verdict_new("made");

	v.root_is_builtin = m->builtin;
	v.is_debug = m->debug;
	for (int i = 0; i < 3; i++)
		for (int c = (int)m->first[i]; c <= (int)m->last[i]; c++) {
			if (c == (int)m->fails)
				verdict_failed(&v, (enum check)c, "because %d", 7);
			else if (c == (int)m->waived)
				verdict_waived(&v, (enum check)c, "let pass");
			else
				verdict_held(&v, (enum check)c, "%s", "");
		}
	verdict_claim_bool(&v, "debug", m->debug);
	verdict_seal(&v);
	return v;
}

static struct score score(const struct made *m, enum score_nonce nonce, bool emulated)
{
	static const struct score_compliance all = { true, true, true, true };
	struct cloister_verdict v = make(m);
	struct score_input in = { &v, nonce, emulated, all };
	struct cloister_fault why;
	struct score s;

	WANT_OK(score_of(&in, &s, &why), &why);
	/* what no verdict can change */
	assert_true(s.integrity <= 100 && s.risk <= 100 && s.risk >= 100 - s.integrity);
	assert_int_equal(s.is_valid, cloister_verdict_accepts(&v));
	assert_int_equal(s.errors.n, m->fails == CHECK_COUNT ? 0 : 1);
	assert_int_equal(s.compliance.soc2, s.level >= CLOISTER_LEVEL_MEDIUM);
	verdict_fini(&v);
	return s;
}

static void rows(void **state)
{
	static const struct {
		const char *name;
		enum check fails, waived;
		bool builtin, debug, emulated;
		enum score_nonce nonce;
		bool valid;
		const char *level, *parts; /* p c t s n: which hold */
		unsigned integrity, risk;
	} cases[] = {
#define NO CHECK_COUNT
#define CLIENT SCORE_NONCE_CLIENT
		{ "all", NO, NO, true, false, false, CLIENT, true, "HIGH", "pctsn", 100, 0 },
		{ "the server's nonce", NO, NO, true, false, false, SCORE_NONCE_SERVER, true, "HIGH", "pcts-", 90, 10 },
		{ "any nonce", NO, CHECK_NONCE, true, false, false, SCORE_NONCE_NONE, true, "MEDIUM", "pcts-", 90, 11 },
		{ "any nonce, said to be a client's", NO, CHECK_NONCE, true, false, false, CLIENT, true, "MEDIUM", "pcts-", 90, 11 },
		{ "any program", NO, CHECK_MEASUREMENTS, true, false, false, CLIENT, true, "MEDIUM", "-ctsn", 60, 40 },
		{ "any age", NO, CHECK_AGE, true, false, false, CLIENT, true, "HIGH", "pctsn", 100, 0 },
		{ "the emulator", NO, NO, false, false, true, CLIENT, true, "LOW", "pctsn", 100, 31 },
		{ "the emulator, not told", NO, NO, false, false, false, CLIENT, true, "LOW", "pctsn", 100, 31 },
		{ "the emulator, with a root that is built in", NO, NO, true, false, true, CLIENT, true, "LOW", "pctsn", 100, 31 },
		{ "the emulator, server's nonce", NO, NO, false, false, true, SCORE_NONCE_SERVER, true, "LOW", "pcts-", 90, 31 },
		{ "debug allowed", NO, CHECK_DEBUG, true, true, false, CLIENT, true, "LOW", "-ctsn", 60, 40 },
		{ "debug", CHECK_DEBUG, NO, true, true, false, CLIENT, false, "LOW", "-ctsn", 39, 61 },
		{ "another nonce", CHECK_NONCE, NO, true, false, false, CLIENT, false, "LOW", "pcts-", 39, 61 },
		{ "another program", CHECK_MEASUREMENTS, NO, true, false, false, CLIENT, false, "LOW", "-ctsn", 39, 61 },
		{ "another machine", CHECK_INSTANCE, NO, true, false, false, CLIENT, false, "LOW", "-ctsn", 39, 61 },
		{ "from the future", CHECK_TIMESTAMP, NO, true, false, false, CLIENT, false, "LOW", "pc-sn", 39, 61 },
		{ "too old", CHECK_AGE, NO, true, false, false, CLIENT, false, "LOW", "pc-sn", 39, 61 },
		{ "expired", CHECK_VALIDITY, NO, true, false, false, CLIENT, false, "LOW", "pc-sn", 39, 61 },
		{ "another root", CHECK_ROOT, NO, true, false, false, CLIENT, false, "LOW", "p-tsn", 39, 61 },
		{ "forged", CHECK_SIGNATURE, NO, true, false, false, CLIENT, false, "LOW", "pct-n", 39, 61 },
		{ "other user data", CHECK_USER_DATA, NO, true, false, false, CLIENT, false, "LOW", "pctsn", 39, 61 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct made m = nitro;
		char parts[6];

		m.fails = cases[i].fails;
		m.waived = cases[i].waived;
		m.builtin = cases[i].builtin;
		m.debug = cases[i].debug;
		struct score s = score(&m, cases[i].nonce, cases[i].emulated);
		print_message("%s\n", cases[i].name);
		snprintf(parts, sizeof parts, "%c%c%c%c%c", s.pcrs ? 'p' : '-', s.chain ? 'c' : '-',
			 s.timestamp ? 't' : '-', s.signature ? 's' : '-', s.nonce ? 'n' : '-');
		assert_int_equal(s.is_valid, cases[i].valid);
		assert_string_equal(score_level_name(&s), cases[i].level);
		assert_string_equal(parts, cases[i].parts);
		assert_int_equal(s.integrity, cases[i].integrity);
		assert_int_equal(s.risk, cases[i].risk);
		score_fini(&s);
	}
}

/* Every kind is worth 100 when all held, and less than 40 when any one check failed. */
static void each_check(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_OF(kinds); k++) {
		struct made m = kinds[k];

		m.fails = m.waived = CHECK_COUNT;
		struct score s = score(&m, SCORE_NONCE_CLIENT, false);
		assert_int_equal(s.integrity, 100);
		assert_int_equal(s.level, CLOISTER_LEVEL_HIGH);
		score_fini(&s);
		for (int i = 0; i < 3; i++)
			for (int c = (int)m.first[i]; c <= (int)m.last[i]; c++) {
				m.fails = (enum check)c;
				s = score(&m, SCORE_NONCE_CLIENT, false);
				if (s.is_valid || s.level != CLOISTER_LEVEL_NONE || s.integrity > 39 || s.risk < 61)
					fail_msg("%s failed, and %u points", check_id((enum check)c), s.integrity);
				score_fini(&s);
			}
	}
}

/* A check that was not reached holds nothing up. */
static void not_reached(void **state)
{
	struct cloister_verdict v = verdict_new("nitro");
	struct score_input in = { .verdict = &v, .nonce = SCORE_NONCE_CLIENT };
	struct score s;

	(void)state;
	verdict_ask(&v, CHECK_KIND, CHECK_SIGNATURE);
	verdict_ask(&v, CHECK_TIMESTAMP, CHECK_PUBLIC_KEY);
	verdict_held(&v, CHECK_KIND, "%s", "");
	verdict_failed(&v, CHECK_SIZE, "too large");
	verdict_seal(&v);
	WANT_OK(score_of(&in, &s, NULL), NULL);
	assert_false(s.is_valid || s.pcrs || s.chain || s.timestamp || s.signature || s.nonce);
	assert_int_equal(s.integrity, 0);
	assert_int_equal(s.risk, 100);
	assert_string_equal(s.errors.list[0], "R1 (size) failed: too large");
	score_fini(&s);
	verdict_fini(&v);
}

static void nobody_looked(void **state)
{
	struct score_input in = { .nonce = SCORE_NONCE_CLIENT, .operator_says = { true, true, true, true } };
	struct score s;

	(void)state;
	WANT_OK(score_of(&in, &s, NULL), NULL);
	assert_false(s.is_valid || s.pcrs || s.chain || s.timestamp || s.signature || s.nonce || s.compliance.soc2);
	assert_int_equal(s.integrity, 0);
	assert_int_equal(s.risk, 100);
	assert_int_equal(s.recommendations.n + s.errors.n, 0);
}

static bool advises(const struct score *s, const char *what)
{
	for (size_t i = 0; i < s->recommendations.n; i++)
		if (strstr(s->recommendations.list[i], what))
			return true;
	return false;
}

static void advice(void **state)
{
	struct made m = nitro;
	struct score s = score(&m, SCORE_NONCE_CLIENT, false);

	(void)state;
	assert_int_equal(s.recommendations.n, 0); /* nothing to do better */
	score_fini(&s);
	s = score(&m, SCORE_NONCE_SERVER, true);
	assert_int_equal(s.recommendations.n, 2);
	assert_true(advises(&s, "emulator") && advises(&s, "nonce of your own"));
	score_fini(&s);
	m.waived = CHECK_MEASUREMENTS;
	s = score(&m, SCORE_NONCE_NONE, false);
	assert_true(advises(&s, "R16 (measurements), which was let pass: let pass") && advises(&s, "long ago"));
	score_fini(&s);
	m.fails = CHECK_NONCE;
	m.debug = true;
	s = score(&m, SCORE_NONCE_CLIENT, false);
	assert_true(advises(&s, "must not give away") && advises(&s, "R18 (nonce) failed: because 7") &&
		    advises(&s, "without debug"));
	score_fini(&s);
}

/* doc/api.md: the row of each part names exactly the rules that break it. */
static void as_written(void **state)
{
	static const char *const names[] = { "pcrVerification", "certificateChain", "timestampValid", "signatureValid",
					     "nonceMatches" };
	char path[512], line[4096];

	(void)state;
	snprintf(path, sizeof path, "%s/doc/api.md", getenv("CLOISTER_SOURCE"));
	for (size_t n = 0; n < N_OF(names); n++) {
		char start[64], row[4096] = "";
		FILE *f = fopen(path, "r");

		assert_non_null(f);
		snprintf(start, sizeof start, "| %s |", names[n]);
		while (fgets(line, sizeof line, f))
			if (strncmp(line, start, strlen(start)) == 0)
				memcpy(row, line, sizeof row);
		fclose(f);
		assert_true(row[0]);
		for (int c = 0; c < CHECK_COUNT; c++) {
			struct made m = { .fails = (enum check)c, .waived = CHECK_COUNT, .builtin = true, .last = { CHECK_COUNT - 1 } };
			struct score s = score(&m, SCORE_NONCE_CLIENT, false);
			const bool holds[] = { s.pcrs, s.chain, s.timestamp, s.signature, s.nonce };
			char id[16];

			snprintf(id, sizeof id, " %s ", check_id((enum check)c));
			if (holds[n] == (strstr(row, id) != NULL))
				fail_msg("%s: %s", names[n], id);
			score_fini(&s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),	  cmocka_unit_test(each_check), cmocka_unit_test(not_reached),
		cmocka_unit_test(nobody_looked), cmocka_unit_test(advice), cmocka_unit_test(as_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
