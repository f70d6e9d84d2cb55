/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_test.c - who says yes, which answers stand, and what of the claims comes out where. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/wr.h"
#include "evidence/verdict.h"

#include <cmocka.h> /* last: it has a macro named fail */

/* Everything that a kind asks has held, and somebody said something. */
static struct cloister_verdict good(void)
{
	struct cloister_verdict v = verdict_new("test");

	verdict_held(&v, CHECK_KIND, "%s", "");
	verdict_ask(&v, CHECK_SIZE, CHECK_ENVELOPE);
	verdict_held(&v, CHECK_SIZE, "%s", "");
	verdict_held(&v, CHECK_ENVELOPE, "%s", "");
	verdict_claim_u64(&v, "number", 7);
	return v;
}

static void only_what_was_asked_and_held_accepts(void **state)
{
	struct cloister_verdict v = good();

	(void)state;
	assert_true(cloister_verdict_accepts(&v));
	assert_false(cloister_verdict_accepts(NULL));

	v.n_claims = 0; /* nobody vouched for a word */
	assert_false(cloister_verdict_accepts(&v));

	v = good();
	v.finding[CHECK_KIND] = CLOISTER_UNCHECKED;
	v.asked[CHECK_KIND] = false;
	assert_false(cloister_verdict_accepts(&v));

	v = good();
	verdict_ask(&v, CHECK_ALGORITHM, CHECK_ALGORITHM);
	assert_false(cloister_verdict_accepts(&v));

	v = good();
	v.finding[CHECK_CHAIN] = CLOISTER_FAILED; /* a failure counts, asked or not */
	assert_false(cloister_verdict_accepts(&v));

	v = good();
	verdict_ask(&v, CHECK_PLATFORM, CHECK_PLATFORM); /* the last of all */
	assert_false(cloister_verdict_accepts(&v));
	verdict_waived(&v, CHECK_PLATFORM, "any");
	assert_true(cloister_verdict_accepts(&v));
}

static void asking_takes_both_ends(void **state)
{
	struct cloister_verdict v = verdict_new("test");

	(void)state;
	verdict_ask(&v, CHECK_ALGORITHM, CHECK_MEMBERS);
	for (int c = CHECK_SIZE; c < CHECK_COUNT; c++)
		assert_int_equal(v.asked[c], c >= CHECK_ALGORITHM && c <= CHECK_MEMBERS);
	assert_true(v.asked[CHECK_KIND]); /* of every kind */
	assert_string_equal(cloister_verdict_kind(&v), "test");
}

static void held_to_looks_at_all_before(void **state)
{
	struct cloister_verdict v = good();

	(void)state;
	assert_true(verdict_held_to(&v, CHECK_ENVELOPE));
	assert_true(verdict_held_to(&v, CHECK_CHAIN)); /* what was not asked does not count */
	verdict_ask(&v, CHECK_ALGORITHM, CHECK_PAYLOAD);
	assert_true(verdict_held_to(&v, CHECK_ENVELOPE));
	assert_false(verdict_held_to(&v, CHECK_ALGORITHM));
	verdict_held(&v, CHECK_PAYLOAD, "%s", "");
	assert_false(verdict_held_to(&v, CHECK_PAYLOAD));
	verdict_held(&v, CHECK_ALGORITHM, "%s", "");
	assert_true(verdict_held_to(&v, CHECK_PAYLOAD));
	verdict_failed(&v, CHECK_MEMBERS, "no");
	assert_false(verdict_held_to(&v, CHECK_MEMBERS));
	assert_int_equal(verdict_first_failed(&v), CHECK_MEMBERS);
}

/* The first word is the last, also when it was said without a reason. */
static void the_first_answer_stands(void **state)
{
	struct cloister_verdict v = verdict_new("test");

	(void)state;
	verdict_held(&v, CHECK_SIZE, "%s", "");
	verdict_failed(&v, CHECK_SIZE, "no");
	assert_int_equal(v.finding[CHECK_SIZE], CLOISTER_HELD);
	assert_string_equal(v.reason[CHECK_SIZE], "");
	verdict_waived(&v, CHECK_NONCE, "any");
	verdict_failed(&v, CHECK_NONCE, "no");
	assert_int_equal(v.finding[CHECK_NONCE], CLOISTER_UNCHECKED);
	assert_string_equal(v.reason[CHECK_NONCE], "any");
	verdict_waived(&v, CHECK_USER_DATA, "x"); /* a reason is one, however short */
	verdict_held(&v, CHECK_USER_DATA, "yes");
	assert_int_equal(v.finding[CHECK_USER_DATA], CLOISTER_UNCHECKED);
	verdict_seal(&v);
	assert_string_equal(v.reason[CHECK_USER_DATA], "x");
	verdict_failed(&v, CHECK_AGE, "old");
	verdict_held(&v, CHECK_AGE, "young");
	assert_string_equal(v.reason[CHECK_AGE], "old");
	assert_true(v.asked[CHECK_AGE]); /* an answer is also a question */
}

static void what_was_not_reached_says_why(void **state)
{
	struct cloister_verdict v = verdict_new("test");

	(void)state;
	verdict_held(&v, CHECK_KIND, "%s", "");
	verdict_ask(&v, CHECK_SIZE, CHECK_PAYLOAD);
	verdict_ask(&v, CHECK_NONCE, CHECK_PLATFORM);
	verdict_held(&v, CHECK_SIZE, "%s", "");
	verdict_failed(&v, CHECK_ENVELOPE, "torn");
	verdict_waived(&v, CHECK_NONCE, "any");
	verdict_seal(&v);
	assert_string_equal(v.reason[CHECK_SIZE], "");
	assert_string_equal(v.reason[CHECK_ENVELOPE], "torn");
	assert_string_equal(v.reason[CHECK_ALGORITHM], "not reached: R2 (envelope) failed");
	assert_string_equal(v.reason[CHECK_PLATFORM], "not reached: R2 (envelope) failed");
	assert_string_equal(v.reason[CHECK_NONCE], "any");
	assert_string_equal(v.reason[CHECK_CHAIN], ""); /* not asked */
	/* The very first check of all is not passed over. */
	v = verdict_new("test");
	verdict_failed(&v, CHECK_SIZE, "empty");
	verdict_seal(&v);
	assert_string_equal(v.reason[CHECK_KIND], "not reached: R1 (size) failed");
}

static void answers_come_in_order(void **state)
{
	struct cloister_verdict v = good();
	struct cloister_answer a;

	(void)state;
	verdict_waived(&v, CHECK_NONCE, "any is accepted");
	assert_true(cloister_verdict_answer(&v, 0, &a));
	assert_string_equal(a.id, "K1");
	assert_true(cloister_verdict_answer(&v, 2, &a));
	assert_string_equal(a.id, "R2");
	assert_string_equal(a.name, "envelope");
	assert_string_equal(a.question, check_question(CHECK_ENVELOPE));
	assert_int_equal(a.finding, CLOISTER_HELD);
	assert_false(a.is_waived);
	assert_true(cloister_verdict_answer(&v, 3, &a));
	assert_string_equal(a.name, "nonce");
	assert_string_equal(a.reason, "any is accepted");
	assert_int_equal(a.finding, CLOISTER_UNCHECKED);
	assert_true(a.is_waived);
	assert_false(cloister_verdict_answer(&v, 4, &a));
	assert_string_equal(a.name, "nonce"); /* untouched */
	assert_false(cloister_verdict_refusal(&v, &a));
	verdict_failed(&v, CHECK_PLATFORM, "elsewhere");
	assert_true(cloister_verdict_refusal(&v, &a));
	assert_string_equal(a.id, "R22");
	assert_string_equal(a.reason, "elsewhere");
}

static void checks_have_names(void **state)
{
	(void)state;
	assert_string_equal(check_id(CHECK_KIND), "K1");
	assert_string_equal(check_word(CHECK_PLATFORM), "platform");
	assert_true(strlen(check_question(CHECK_PLATFORM)) > 0);
	assert_string_equal(check_id(CHECK_COUNT), "R0");
	assert_string_equal(check_word(CHECK_COUNT), "none");
	assert_string_equal(check_question(CHECK_COUNT), "");
	assert_string_equal(cloister_finding_name(CLOISTER_HELD), "held");
	assert_string_equal(cloister_finding_name(CLOISTER_FAILED), "failed");
	assert_string_equal(cloister_finding_name(CLOISTER_UNCHECKED), "not checked");
	assert_string_equal(cloister_level_name(CLOISTER_LEVEL_HIGH), "HIGH");
	assert_string_equal(cloister_level_name(CLOISTER_LEVEL_MEDIUM), "MEDIUM");
	assert_string_equal(cloister_level_name(CLOISTER_LEVEL_LOW), "LOW");
	assert_string_equal(cloister_level_name(CLOISTER_LEVEL_NONE), "NONE");
	for (int i = 0; i < CHECK_COUNT; i++) /* no two alike */
		for (int k = 0; k < i; k++)
			assert_string_not_equal(check_id((enum check)i), check_id((enum check)k));
}

/* HIGH wants the program and the nonce; report data that were compared are as good as a nonce. */
static void levels_count_what_was_compared(void **state)
{
	struct cloister_verdict v = good();

	(void)state;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
	assert_false(cloister_verdict_root_is_builtin(&v));
	v.root_is_builtin = true;
	assert_true(cloister_verdict_root_is_builtin(&v));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	verdict_held(&v, CHECK_NONCE, "%s", ""); /* fresh, but nobody asked which program */
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	v = good();
	v.root_is_builtin = true;
	verdict_held(&v, CHECK_MEASUREMENTS, "%s", "");
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	verdict_held(&v, CHECK_REPORT_DATA, "%s", "");
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_HIGH);
	v.finding[CHECK_REPORT_DATA] = CLOISTER_UNCHECKED;
	v.asked[CHECK_REPORT_DATA] = false;
	verdict_held(&v, CHECK_NONCE, "%s", "");
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_HIGH);
	v.is_debug = true;
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
	verdict_waived(&v, CHECK_USER_DATA, "x"); /* a reason is one, however short */
	verdict_held(&v, CHECK_USER_DATA, "yes");
	assert_int_equal(v.finding[CHECK_USER_DATA], CLOISTER_UNCHECKED);
	verdict_seal(&v);
	assert_string_equal(v.reason[CHECK_USER_DATA], "x");
	verdict_failed(&v, CHECK_AGE, "old");
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_NONE);
}

static bool lowers(const struct cloister_verdict *v, enum check c)
{
	struct cloister_answer a;

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++)
		if (strcmp(a.id, check_id(c)) == 0)
			return a.lowers_level;
	return false;
}

/* A verdict that is HIGH but for this one answer. */
static struct cloister_verdict high_but_for(enum check c, bool waived)
{
	struct cloister_verdict v = good();

	v.root_is_builtin = true;
	if (waived)
		verdict_waived(&v, c, "any");
	else
		verdict_tolerated(&v, c, "tolerated");
	verdict_held(&v, CHECK_MEASUREMENTS, "%s", "");
	verdict_held(&v, CHECK_NONCE, "%s", "");
	return v;
}

/* Every check that can be waived: the eight that cost nothing, and the rest, which cost HIGH. */
static void what_is_let_pass_lowers_the_level(void **state)
{
	static const enum check is_free[] = { CHECK_SNP_MITIGATIONS, CHECK_AGE,	  CHECK_USER_DATA,
					      CHECK_PUBLIC_KEY,	     CHECK_REPORT_DATA, CHECK_PLATFORM,
					      CHECK_PROGRAM_SVN,	CHECK_SNP_GUEST_POLICY };
	size_t n_waivable = 0, n_free = 0;

	(void)state;
	for (int c = CHECK_KIND + 1; c < CHECK_COUNT; c++) {
		struct cloister_verdict v = high_but_for((enum check)c, true);
		bool expect_free = false;
		if (c == CHECK_SIZE || c == CHECK_ENVELOPE || !cloister_verdict_accepts(&v))
			continue;
		for (size_t i = 0; i < sizeof is_free / sizeof *is_free; i++)
			expect_free |= is_free[i] == (enum check)c;
		n_waivable++;
		n_free += expect_free;
		assert_int_equal(lowers(&v, (enum check)c), !expect_free);
		assert_int_equal(cloister_verdict_level(&v),
				 expect_free ? CLOISTER_LEVEL_HIGH : CLOISTER_LEVEL_MEDIUM);
	}
	assert_true(n_waivable > n_free);
	assert_int_equal(n_free, sizeof is_free / sizeof *is_free);
}

static void what_is_tolerated_is_accepted_and_never_high(void **state)
{
	struct cloister_verdict v = high_but_for(CHECK_TCB_STATUS, false);

	(void)state;
	assert_true(cloister_verdict_accepts(&v));
	assert_int_equal(v.finding[CHECK_TCB_STATUS], CLOISTER_HELD);
	assert_true(lowers(&v, CHECK_TCB_STATUS));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	/* the first answer stands, the better and the worse one */
	verdict_held(&v, CHECK_TCB_STATUS, "fine");
	assert_true(lowers(&v, CHECK_TCB_STATUS));
	verdict_tolerated(&v, CHECK_NONCE, "too late");
	assert_false(lowers(&v, CHECK_NONCE));
	v = high_but_for(CHECK_PROGRAM_SVN, true);
	verdict_tolerated(&v, CHECK_PROGRAM_SVN, "too late"); /* a waiver that costs nothing is not made dearer */
	assert_false(v.tolerated[CHECK_PROGRAM_SVN]);
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_HIGH);
	v = high_but_for(CHECK_TCB_STATUS, false);
	v.finding[CHECK_TCB_STATUS] = CLOISTER_FAILED;
	assert_false(lowers(&v, CHECK_TCB_STATUS));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_NONE);
}

/* Whichever it is, from the very first of all to the last. */
static void every_tolerated_check_lowers_the_level(void **state)
{
	(void)state;
	for (int c = 0; c < CHECK_COUNT; c++) {
		struct cloister_verdict v = { .n_claims = 1, .root_is_builtin = true };
		for (int i = 0; i < CHECK_COUNT; i++)
			if (i != c && i != CHECK_REPORT_DATA)
				verdict_held(&v, (enum check)i, "%s", "");
		verdict_tolerated(&v, (enum check)c, "tolerated");
		assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	}
}

/* A waived nonce is free where all report data were compared, and there only. */
static void report_data_stand_in_for_a_nonce(void **state)
{
	struct cloister_verdict v = good();

	(void)state;
	v.root_is_builtin = true;
	verdict_held(&v, CHECK_MEASUREMENTS, "%s", "");
	verdict_waived(&v, CHECK_NONCE, "any");
	assert_true(lowers(&v, CHECK_NONCE));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	verdict_held(&v, CHECK_REPORT_DATA, "%s", "");
	assert_false(lowers(&v, CHECK_NONCE));
	assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_HIGH);
}

static void claims_come_out_as_they_went_in(void **state)
{
	struct cloister_verdict v = verdict_new("test"), moved;
	uint8_t lent[2] = { 1, 2 }, copied[2] = { 3, 4 };
	struct cloister_claim c;

	(void)state;
	verdict_claim_bytes(&v, "absent", BYTES_NONE);
	verdict_claim_bytes(&v, "lent", BYTES_OF(lent));
	verdict_claim_bytes_copy(&v, "copied", BYTES_OF(copied));
	verdict_claim_text_copy(&v, "text", "abc");
	verdict_claim_bytes_copy(&v, "empty", BYTES_NONE);
	verdict_claim_text(&v, "words", bytes_text("de"));
	verdict_claim_u64(&v, "number", UINT64_MAX);
	verdict_claim_time(&v, "time", 5);
	verdict_claim_bool(&v, "yes", true);
	verdict_claim_bool(&v, "no", false);
	verdict_claim_u64(&v, "number", 1); /* the first stands */
	memset(copied, 9, sizeof copied);
	moved = v; /* a copy of a verdict is as good as the verdict */
	memset(&v, 0xee, sizeof v);

	assert_true(cloister_verdict_claim(&moved, 0, &c));
	assert_string_equal(c.name, "lent");
	assert_int_equal(c.type, CLOISTER_CLAIM_BYTES);
	assert_ptr_equal(c.bytes.data, lent);
	assert_int_equal(c.bytes.len, 2);
	assert_true(cloister_verdict_claim_named(&moved, "copied", &c));
	assert_int_equal(c.bytes.len, 2);
	assert_memory_equal(c.bytes.data, "\3\4", 2);
	assert_true(cloister_verdict_claim_named(&moved, "text", &c));
	assert_int_equal(c.type, CLOISTER_CLAIM_TEXT);
	assert_int_equal(c.bytes.len, 3);
	assert_memory_equal(c.bytes.data, "abc", 3);
	assert_true(cloister_verdict_claim_named(&moved, "empty", &c));
	assert_int_equal(c.bytes.len, 0);
	assert_true(cloister_verdict_claim_named(&moved, "words", &c));
	assert_int_equal(c.type, CLOISTER_CLAIM_TEXT);
	assert_true(cloister_verdict_claim_named(&moved, "number", &c));
	assert_int_equal(c.type, CLOISTER_CLAIM_NUMBER);
	assert_true(c.number == UINT64_MAX);
	assert_true(cloister_verdict_claim_named(&moved, "time", &c));
	assert_int_equal(c.type, CLOISTER_CLAIM_TIME);
	assert_int_equal(c.number, 5);
	assert_true(cloister_verdict_claim_named(&moved, "yes", &c));
	assert_int_equal(c.type, CLOISTER_CLAIM_BOOL);
	assert_int_equal(c.number, 1);
	assert_true(cloister_verdict_claim_named(&moved, "no", &c));
	assert_int_equal(c.number, 0);
	assert_false(cloister_verdict_claim_named(&moved, "absent", &c));
	assert_false(cloister_verdict_claim(&moved, moved.n_claims, &c));
	assert_int_equal(moved.n_claims, 9);
}

static void claims_have_ceilings(void **state)
{
	static uint8_t much[LIMIT_CLAIM_BYTES + 1];
	static char names[LIMIT_CLAIMS + 1][8];
	struct cloister_verdict v = verdict_new("test");

	(void)state;
	verdict_claim_bytes_copy(&v, "too much", bytes_of(much, sizeof much));
	assert_int_equal(v.n_claims, 0);
	verdict_claim_bytes_copy(&v, "all", bytes_of(much, sizeof much - 1));
	assert_int_equal(v.n_claims, 1);
	assert_int_equal(v.room_used, LIMIT_CLAIM_BYTES);
	verdict_claim_bytes_copy(&v, "one more", bytes_of(much, 1));
	assert_int_equal(v.n_claims, 1);
	for (unsigned i = 0; i < LIMIT_CLAIMS + 1; i++) {
		snprintf(names[i], sizeof names[i], "n%u", i);
		verdict_claim_u64(&v, names[i], i);
	}
	assert_int_equal(v.n_claims, LIMIT_CLAIMS);
	assert_non_null(verdict_claim(&v, names[LIMIT_CLAIMS - 2]));
	assert_null(verdict_claim(&v, names[LIMIT_CLAIMS - 1]));
	verdict_claim_text(&v, "more", bytes_text("x"));
	verdict_claim_text_copy(&v, "more", "");
	assert_int_equal(v.n_claims, LIMIT_CLAIMS);
}

static const struct {
	uint32_t reg, type;
	const char *data, *measured;    /* in the log; what the digest is of */
	const char *name, *label, *text; /* as they are handed on */
	bool is_extended, is_proven;
} events[] = {
	{ 0, EV_NO_ACTION, "no", "no", "mrtd", "", "6e6f", false, false },
	{ 1, EV_NO_ACTION, "no", "no", "rtmr0", "", "6e6f", false, false },
	{ 1, EV_EFI_ACTION, "an action", "an action", "rtmr0", "", "an action", true, true },
	{ 2, EV_EFI_ACTION, "another", "another", "rtmr1", "", "another", true, true },
	{ 3, EV_IPL, "grub_cmd: linux", "linux", "rtmr2", "grub_cmd", "linux", true, true },
	{ 4, EV_PLATFORM_CONFIG_FLAGS, "no", "something else", "rtmr3", "", "no", true, false },
};
#define EVENTS (sizeof events / sizeof *events)

static void put_event(struct wr *w, size_t i, uint8_t digest[static SHA384_LEN])
{
	assert_int_equal(hash_sha384(bytes_text(events[i].measured), digest, NULL), CLOISTER_OK);
	wr_le32(w, events[i].reg);
	wr_le32(w, events[i].type);
	wr_le32(w, 1); /* digest: */
	wr_le16(w, 0x0c);
	wr_put(w, bytes_of(digest, SHA384_LEN));
	wr_le32(w, (uint32_t)strlen(events[i].data));
	wr_put(w, bytes_text(events[i].data));
}

/* A CCEL log of these, behind a header that has SHA-384 alone. */
static struct bytes make_log(uint8_t digests[][SHA384_LEN])
{
	static uint8_t room[1024];
	struct wr w = wr_open(room, sizeof room);
	struct bytes log;

	wr_le32(&w, 1);
	wr_le32(&w, EV_NO_ACTION);
	wr_zero(&w, 20);
	wr_le32(&w, 33);
	wr_put(&w, bytes_of("Spec ID Event03", 16));
	wr_put(&w, bytes_of("\0\0\0\0" /* class */ "\0\2\0" /* 2.0 */ "\2" /* uintn */ "\1\0\0\0", 12));
	wr_le16(&w, 0x0c);
	wr_le16(&w, SHA384_LEN);
	wr_u8(&w, 0);
	for (size_t i = 0; i < EVENTS; i++)
		put_event(&w, i, digests[i]);
	assert_int_equal(wr_close(&w, "log", &log, NULL), CLOISTER_OK);
	return log;
}

/* An event is measured when it went into a register that the evidence has, and proven when its text did. */
static void check_events(const struct cloister_verdict *v, const uint8_t digests[][SHA384_LEN])
{
	struct cloister_event e;
	size_t at = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		bool is_measured = events[i].is_extended && v->reproduced[events[i].reg - 1];
		assert_true(cloister_verdict_next_event(v, &at, &e));
		assert_string_equal(e.reg, events[i].name);
		assert_int_equal(e.type, events[i].type);
		assert_memory_equal(e.digest, digests[i], sizeof e.digest);
		assert_int_equal(e.is_measured, is_measured);
		assert_int_equal(e.is_proven, is_measured && events[i].is_proven);
		assert_string_equal(e.label, events[i].label);
		assert_string_equal(e.text, events[i].text);
	}
	assert_false(cloister_verdict_next_event(v, &at, &e));
}

static void events_count_as_their_registers_do(void **state)
{
	struct cloister_verdict v = verdict_new("test");
	uint8_t digests[EVENTS][SHA384_LEN];
	struct cloister_register r;
	struct cloister_event e;
	size_t at = 0;

	(void)state;
	assert_false(cloister_verdict_register(&v, 0, &r)); /* nobody read a log */
	assert_false(cloister_verdict_next_event(&v, &at, &e));
	assert_int_equal(event_log_read(make_log(digests), &v.log, NULL), CLOISTER_OK);
	v.has_log = true;
	for (unsigned has = 0; has < 1u << CCEL_RTMRS; has++) { /* the registers that the log leads to */
		for (unsigned i = 0; i < CCEL_RTMRS; i++) {
			v.reproduced[i] = has >> i & 1;
			assert_true(cloister_verdict_register(&v, i, &r));
			assert_int_equal(r.is_reproduced, v.reproduced[i]);
			assert_int_equal(r.n_events, 1);
			assert_memory_equal(r.replayed, v.log.rtmr[i], sizeof r.replayed);
		}
		assert_false(cloister_verdict_register(&v, CCEL_RTMRS, &r));
		check_events(&v, digests);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_asked_and_held_accepts),
		cmocka_unit_test(asking_takes_both_ends),
		cmocka_unit_test(held_to_looks_at_all_before),
		cmocka_unit_test(the_first_answer_stands),
		cmocka_unit_test(what_was_not_reached_says_why),
		cmocka_unit_test(answers_come_in_order),
		cmocka_unit_test(checks_have_names),
		cmocka_unit_test(levels_count_what_was_compared),
		cmocka_unit_test(what_is_let_pass_lowers_the_level),
		cmocka_unit_test(what_is_tolerated_is_accepted_and_never_high),
		cmocka_unit_test(every_tolerated_check_lowers_the_level),
		cmocka_unit_test(report_data_stand_in_for_a_nonce),
		cmocka_unit_test(claims_come_out_as_they_went_in),
		cmocka_unit_test(claims_have_ceilings),
		cmocka_unit_test(events_count_as_their_registers_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
