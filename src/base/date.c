/* SPDX-License-Identifier: Apache-2.0 */
/* date.c - RFC 3339 section 5.6. Day arithmetic on a year that begins in March, so leap days end it. */

#include "base/date.h"

#include <stdio.h>

#define DAY 86400

/* Exactly `n` digits at *p, which moves past them; -1 otherwise. */
static int digits(const char **p, int n)
{
	int v = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

static bool eat(const char **p, char c)
{
	return **p == c && (*p)++;
}

int date_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int64_t date_day_number(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

void date_of_day(int64_t days, int *year_out, int *month_out, int *day_out)
{
	/* A year too late at most, since 400 years have 146,097 days. */
	int year = (int)((days + 719468) * 400 / 146097) + 1, month = 12;

	while (date_day_number(year, 1, 1) > days)
		year--;
	while (date_day_number(year, month, 1) > days)
		month--;
	*year_out = year;
	*month_out = month;
	*day_out = (int)(days - date_day_number(year, month, 1)) + 1;
}

static bool read_offset(const char **p, int64_t *seconds_out)
{
	int sign = **p == '-' ? -1 : 1;

	*seconds_out = 0;
	if (eat(p, 'Z') || eat(p, 'z'))
		return true;
	if (!eat(p, '+') && !eat(p, '-'))
		return false;
	int hour = digits(p, 2);
	if (hour < 0 || hour > 23 || !eat(p, ':'))
		return false;
	int minute = digits(p, 2);
	*seconds_out = sign * (hour * 3600 + minute * 60);
	return minute >= 0 && minute <= 59;
}

static bool read_fraction(const char **p)
{
	if (!eat(p, '.'))
		return true;
	if (digits(p, 1) < 0)
		return false;
	while (**p >= '0' && **p <= '9')
		(*p)++;
	return true;
}

bool date_read(const char *text, uint64_t *unix_s_out)
{
	const char *p = text;
	int64_t offset;
	int year = digits(&p, 4);
	bool dash = eat(&p, '-');
	int month = digits(&p, 2);
	dash = dash && eat(&p, '-');
	int day = digits(&p, 2);

	if (!dash || year < 1970 || month < 1 || month > 12 || day < 1 || day > date_month_days(year, month))
		return false;
	if (!eat(&p, 'T') && !eat(&p, 't'))
		return false;
	int hour = digits(&p, 2);
	bool colon = eat(&p, ':');
	int minute = digits(&p, 2);
	colon = colon && eat(&p, ':');
	int second = digits(&p, 2);
	if (!colon || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	if (!read_fraction(&p) || !read_offset(&p, &offset) || *p)
		return false;
	int64_t t = date_day_number(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
	if (t < 0)
		return false;
	*unix_s_out = (uint64_t)t;
	return true;
}

void date_write(uint64_t unix_s, char out[static DATE_ROOM])
{
	uint64_t t = unix_s > DATE_LAST ? DATE_LAST : unix_s;
	unsigned rest = (unsigned)(t % DAY);
	int year, month, day;

	date_of_day((int64_t)(t / DAY), &year, &month, &day);
	snprintf(out, DATE_ROOM, "%04u-%02u-%02uT%02u:%02u:%02u+00:00", (unsigned)year % 10000,
		 (unsigned)month % 100, (unsigned)day % 100, rest / 3600, rest / 60 % 60, rest % 60);
}
