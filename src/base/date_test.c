/* SPDX-License-Identifier: Apache-2.0 */
/* Dates that mean something, dates that do not, and a round trip over every month to 9999. */

#include "base/date.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>

#include <cmocka.h>

static const struct {
	const char *text;
	bool good;
	uint64_t unix_s;
} rows[] = {
	{ "1970-01-01T00:00:00Z", true, 0 },
	{ "1970-01-01T00:00:00+00:00", true, 0 },
	{ "2026-11-24T10:15:30Z", true, 1795515330 },
	{ "2026-11-24T10:15:30.123456789Z", true, 1795515330 },
	{ "2026-11-24t11:15:30+01:00", true, 1795515330 },
	{ "2026-11-24T00:45:30-09:30", true, 1795515330 },
	{ "2024-02-29T00:00:00Z", true, 1709164800 },
	{ "2000-02-29T23:59:59Z", true, 951868799 },
	{ "9999-12-31T23:59:59Z", true, 253402300799 },
	{ "1970-01-01T00:00:00+00:01", false, 0 },
	{ "2100-02-29T00:00:00Z", false, 0 },
	{ "2023-02-29T00:00:00Z", false, 0 },
	{ "2023-13-01T00:00:00Z", false, 0 },
	{ "2023-00-01T00:00:00Z", false, 0 },
	{ "2023-01-32T00:00:00Z", false, 0 },
	{ "2023-01-01T24:00:00Z", false, 0 },
	{ "2023-01-01T00:60:00Z", false, 0 },
	{ "2023-01-01T00:00:61Z", false, 0 },
	{ "2023-01-01 00:00:00Z", false, 0 },
	{ "2023-01-01T00:00:00", false, 0 },
	{ "2023-01-01T00:00:00.Z", false, 0 },
	{ "2023-01-01T00:00:00Zx", false, 0 },
	{ "2023-01-01T00:00:00+1:00", false, 0 },
	{ "2023-1-01T00:00:00Z", false, 0 },
	{ "1969-12-31T23:59:59Z", false, 0 },
	{ "", false, 0 },
};

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t t = 1;

		print_message("%s\n", rows[i].text);
		assert_int_equal(date_read(rows[i].text, &t), rows[i].good);
		assert_int_equal(t, rows[i].good ? rows[i].unix_s : 1);
	}
}

static void round_trip(void **state)
{
	(void)state;
	for (uint64_t t = 0; t <= 253402300799; t += 27 * 86400 + 3671) {
		char text[DATE_ROOM];
		uint64_t back = 0;

		date_write(t, text);
		assert_true(date_read(text, &back));
		assert_int_equal(back, t);
	}
}

/* Every day of the years 1 to 9999, in order. */
static void days(void **state)
{
	int64_t day = date_day_number(1, 1, 1);

	(void)state;
	assert_int_equal(date_day_number(1970, 1, 1), 0);
	assert_int_equal(date_day_number(2026, 11, 24), 20781);
	for (int y = 1; y <= 9999; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= date_month_days(y, m); d++, day++) {
				int year, month, of_month;

				date_of_day(day, &year, &month, &of_month);
				if (date_day_number(y, m, d) != day || year != y || month != m || of_month != d)
					fail_msg("%d-%d-%d reads as %d-%d-%d", y, m, d, year, month, of_month);
			}
	assert_int_equal(day, date_day_number(9999, 12, 31) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table), cmocka_unit_test(round_trip), cmocka_unit_test(days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
