/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: what is refused and where, sets of bits, and rows against Python's zoneinfo. */

#include "daemon/cron.h"

#include "base/date.h"
#include "daemon/zone_test.h"

static void refused(void **state)
{
	static const struct {
		const char *text, *field;
		size_t at;
		const char *note; /* the beginning */
	} cases[] = {
		{ "", "minute", 0, "a number, a name or * was" },
		{ "* * * *", "month", 7, "a schedule has five fields" },
		{ "* * * * ", "month", 7, "a schedule has five fields" },
		{ "*", "minute", 1, "a schedule has five fields" },
		{ "* * * * * *", "weekday", 9, "a schedule has no sixth" },
		{ "60 * * * *", "minute", 2, "a number is outside" },
		{ "100 * * * *", "minute", 2, "a number is too large" },
		{ "-1 * * * *", "minute", 0, "a number" },
		{ "* 24 * * *", "hour", 4, "a number is outside" },
		{ "* * 0 * *", "day of month", 5, "a number is outside" },
		{ "* * 32 * *", "day of month", 6, "a number is outside" },
		{ "* * * 0 *", "month", 7, "a number is outside" },
		{ "* * * 13 *", "month", 8, "a number is outside" },
		{ "* * * * 8", "weekday", 9, "a number is outside" },
		{ "* * * foo *", "month", 9, "a name that is unknown" },
		{ "* * * ja *", "month", 9, "a name that is unknown" },
		{ "* * * * mond", "weekday", 11, "a comma or the end" },
		{ "jan * * * *", "minute", 3, "a name that is unknown" },
		{ "*/0 * * * *", "minute", 3, "a step is at least 1" },
		{ "*/60 * * * *", "minute", 4, "a step is at least 1" },
		{ "*/ * * * *", "minute", 2, "a number" },
		{ "5/10 * * * *", "minute", 1, "a step follows" },
		{ "30-10 * * * *", "minute", 5, "a range ends before" },
		{ "* * * * 5-0", "weekday", 11, "a range ends before" },
		{ "1- * * * *", "minute", 2, "a number" },
		{ "1,,2 * * * *", "minute", 2, "a number" },
		{ "1, * * * *", "minute", 2, "a number" },
		{ "** * * * *", "minute", 1, "a comma or a space" },
		{ "*-5 * * * *", "minute", 1, "a comma or a space" },
		{ "*\n* * * *", "minute", 1, "a comma or a space" },
		{ "? * * * *", "minute", 0, "a number" },
		{ "* * L * *", "day of month", 7, "a name that is unknown" },
		{ "@reboot", "schedule", 0, "no such nickname" },
		{ "@Daily", "schedule", 0, "no such nickname" },
		{ "@daily x", "schedule", 0, "no such nickname" },
		{ "0 0 30 2 *", "schedule", 0, "this never comes" },
		{ "0 0 31 4,6,sep,11 *", "schedule", 0, "this never comes" },
		{ "0 0 30-31 2 */2", "schedule", 0, "this never comes" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct cloister_fault why;
		struct cron c;

		print_message("%s\n", cases[i].text);
		assert_int_equal(cron_read(bytes_text(cases[i].text), &c, &why), CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, cases[i].field);
		assert_memory_equal(why.note, cases[i].note, strlen(cases[i].note));
		if (why.at != cases[i].at)
			fail_msg("at %zu: %s", why.at, why.note);
	}
}

static void too_long(void **state)
{
	char text[LIMIT_CRON + 2];
	struct cron c;

	(void)state;
	memset(text, ' ', sizeof text);
	memcpy(text, "* * * * *", 9);
	WANT_OK(cron_read(bytes_of(text, LIMIT_CRON), &c, NULL), NULL);
	assert_int_equal(cron_read(bytes_of(text, LIMIT_CRON + 1), &c, NULL), CLOISTER_E_MALFORMED);
}

static void sets(void **state)
{
	static const struct {
		const char *text;
		struct cron c;
	} cases[] = {
#define ALL_MINUTES 0xfffffffffffffffull
#define ALL_DAYS 0xfffffffeu
		{ "* * * * *", { ALL_MINUTES, 0xffffff, ALL_DAYS, 0x1ffe, 0x7f, false } },
		{ " \t0\t0 1 1  0 ", { 1, 1, 2, 2, 1, true } },
		{ "59 23 31 12 7", { 1ull << 59, 1 << 23, 1u << 31, 1 << 12, 1, true } },
		{ "*/15 */6 */10 */5 */3", { 0x200040008001, 0x41041, 0x80200802, 0x842, 0x49, false } },
		{ "1,3-5,10-20/5 8-18/10 1 * *", { 0x10843a, 0x40100, 2, 0x1ffe, 0x7f, false } },
		{ "0 0 * JAN,mar-May,Dec *", { 1, 1, ALL_DAYS, 0x103a, 0x7f, false } },
		{ "0 0 * * mon-fri", { 1, 1, ALL_DAYS, 0x1ffe, 0x3e, false } },
		{ "0 0 * * fri-sun", { 1, 1, ALL_DAYS, 0x1ffe, 0x61, false } },
		{ "0 0 * * 5-7", { 1, 1, ALL_DAYS, 0x1ffe, 0x61, false } },
		{ "0 0 * * sun-tue", { 1, 1, ALL_DAYS, 0x1ffe, 0x07, false } },
		{ "0 0 30 2 1", { 1, 1, 1u << 30, 4, 2, true } }, /* or Mondays */
		{ "0 0 29 2 *", { 1, 1, 1u << 29, 4, 0x7f, false } },
		{ "0 0 1-31 * 1", { 1, 1, ALL_DAYS, 0x1ffe, 2, true } }, /* no star: every day */
		{ "@hourly", { 1, 0xffffff, ALL_DAYS, 0x1ffe, 0x7f, false } },
		{ "@daily", { 1, 1, ALL_DAYS, 0x1ffe, 0x7f, false } },
		{ "@midnight", { 1, 1, ALL_DAYS, 0x1ffe, 0x7f, false } },
		{ "@weekly", { 1, 1, ALL_DAYS, 0x1ffe, 1, false } },
		{ "@monthly", { 1, 1, 2, 0x1ffe, 0x7f, false } },
		{ "@yearly", { 1, 1, 2, 2, 0x7f, false } },
		{ " @annually ", { 1, 1, 2, 2, 0x7f, false } },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct cron *want = &cases[i].c;
		struct cloister_fault why;
		struct cron c;

		print_message("%s\n", cases[i].text);
		WANT_OK(cron_read(bytes_text(cases[i].text), &c, &why), &why);
		assert_int_equal(c.minutes, want->minutes);
		assert_int_equal(c.hours, want->hours);
		assert_int_equal(c.days, want->days);
		assert_int_equal(c.months, want->months);
		assert_int_equal(c.weekdays, want->weekdays);
		assert_int_equal(c.either_day, want->either_day);
	}
}

static int64_t when(const char *date)
{
	uint64_t t = 0;

	assert_true(date_read(date, &t));
	return (int64_t)t;
}

static int64_t next(const char *schedule, const struct zone *z, int64_t after)
{
	struct cloister_fault why;
	struct cron c;
	int64_t t = 0;

	WANT_OK(cron_read(bytes_text(schedule), &c, &why), &why);
	WANT_OK(cron_next(&c, z, after, &t, &why), &why);
	return t;
}

/* By hand, in Berlin: clocks go from 2 to 3 on 31 March 2024, and from 3 to 2 on 27 October 2024. */
static void clocks_change(void **state)
{
	static const struct {
		const char *schedule, *after, *due;
	} cases[] = {
		/* the gap: once, at its end */
		{ "30 2 * * *", "2024-03-30T01:30:00Z", "2024-03-31T01:00:00Z" },
		{ "30 2 * * *", "2024-03-31T01:00:00Z", "2024-04-01T00:30:00Z" },
		{ "*/10 2 * * *", "2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z" },
		{ "*/10 2 * * *", "2024-03-31T01:00:00Z", "2024-04-01T00:00:00Z" },
		/* due at the end of the gap in its own right, too: still once */
		{ "0 2,3 * * *", "2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z" },
		{ "0 2,3 * * *", "2024-03-31T01:00:00Z", "2024-04-01T00:00:00Z" },
		{ "0 3 * * *", "2024-03-30T02:00:00Z", "2024-03-31T01:00:00Z" },
		{ "30 2 1 * *", "2024-03-31T00:00:00Z", "2024-04-01T00:30:00Z" },
		/* the overlap: the first of the two */
		{ "30 2 * * *", "2024-10-26T12:00:00Z", "2024-10-27T00:30:00Z" },
		{ "30 2 * * *", "2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z" },
		{ "30 2 * * *", "2024-10-27T01:10:00Z", "2024-10-28T01:30:00Z" },
		{ "*/30 2,3 * * *", "2024-10-27T00:30:00Z", "2024-10-27T02:00:00Z" },
		{ "0 3 * * *", "2024-10-27T00:59:59Z", "2024-10-27T02:00:00Z" },
		/* every hour goes by the time that passes */
		{ "30 * * * *", "2024-03-31T00:30:00Z", "2024-03-31T01:30:00Z" },
		{ "30 * * * *", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z" },
		{ "30 0-23 * * *", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z" },
		{ "*/5 * * * *", "2024-10-27T00:55:00Z", "2024-10-27T01:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		print_message("%s after %s\n", cases[i].schedule, cases[i].after);
		assert_int_equal(next(cases[i].schedule, zone_named(getenv("CLOISTER_SOURCE"), "Berlin"), when(cases[i].after)),
				 when(cases[i].due));
	}
}

static void in_utc(void **state)
{
	static const struct {
		const char *schedule, *after, *due;
	} cases[] = {
		{ "* * * * *", "1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z" },
		{ "* * * * *", "2026-11-24T10:00:59Z", "2026-11-24T10:01:00Z" },
		{ "0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z" },
		{ "0 0 29 2 */5", "2096-01-01T00:00:00Z", "2104-02-29T00:00:00Z" }, /* a Friday; `*` and so both */
		{ "0 0 29 2 */6", "2026-01-01T00:00:00Z", "2032-02-29T00:00:00Z" }, /* Sunday or Saturday */
		{ "0 12 13 * 5", "2026-11-13T12:00:00Z", "2026-11-20T12:00:00Z" }, /* either */
		{ "0 12 13 * 5", "2026-12-11T12:00:00Z", "2026-12-13T12:00:00Z" },
		{ "0 0 31 * *", "2026-11-24T00:00:00Z", "2026-12-31T00:00:00Z" },
		{ "59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z" },
		{ "59 23 31 12 *", "9998-12-31T23:59:00Z", "9999-12-31T23:59:00Z" },
	};
	struct zone utc = zone_utc();

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		print_message("%s after %s\n", cases[i].schedule, cases[i].after);
		assert_int_equal(next(cases[i].schedule, &utc, when(cases[i].after)), when(cases[i].due));
	}
}

static void never_again(void **state)
{
	struct zone utc = zone_utc();
	struct cloister_fault why;
	struct cron c;
	int64_t t = 7;

	(void)state;
	WANT_OK(cron_read(bytes_text("59 23 31 12 *"), &c, &why), &why);
	assert_int_equal(cron_next(&c, &utc, DATE_LAST - 59, &t, &why), CLOISTER_E_MISSING);
	assert_string_equal(why.note, "it is not due before the year 10000");
	assert_int_equal(cron_next(&c, &utc, DATE_LAST, &t, &why), CLOISTER_E_MISSING);
	assert_int_equal(t, 7);
}

/* vectors/zone/rows.txt: "next ZONE AFTER DUE SCHEDULE", made by cron_rows.py. */
static void rows(void **state)
{
	size_t len, n = 0;
	char *text = (char *)zone_file(getenv("CLOISTER_SOURCE"), "rows.txt", &len), *rest = text, *line;

	(void)state;
	text[len] = 0;
	while ((line = strsep(&rest, "\n"))) {
		char name[LIMIT_ZONE_NAME + 1];

		if (strncmp(line, "next ", 5) != 0)
			continue;
		char *end = strchr(line + 5, ' ');
		snprintf(name, sizeof name, "%.*s", (int)(end - line - 5), line + 5);
		int64_t after = strtoll(end, &end, 10), due = strtoll(end, &end, 10);
		int64_t t = next(end, zone_named(getenv("CLOISTER_SOURCE"), name), after);
		if (t != due)
			fail_msg("%s: %lld", line, (long long)t);
		n++;
	}
	free(text);
	assert_true(n > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused), cmocka_unit_test(too_long),	  cmocka_unit_test(sets),
		cmocka_unit_test(clocks_change), cmocka_unit_test(in_utc), cmocka_unit_test(never_again),
		cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
