/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

/* date.h - RFC 3339 dates, years 1970 to 9999, seconds since 1970; no time zone data, no locale. */

#include <stdbool.h>
#include <stdint.h>

#define DATE_LAST 253402300799 /* 9999-12-31T23:59:59Z */
#define DATE_ROOM 26u /* "2026-11-24T10:00:00+00:00" and a terminator */

/* "2026-11-24T10:00:00Z", any offset, fractions of a second cut off. False when `text` is no date. */
bool date_read(const char *text, uint64_t *unix_s_out);

/* In UTC, spelt "+00:00". Times past the year 9999 read as its last second. */
void date_write(uint64_t unix_s, char out[static DATE_ROOM]);

/* The Gregorian calendar, in days from 1970-01-01; years 1 to 9999, months 1 to 12. */
int date_month_days(int year, int month);
int64_t date_day_number(int year, int month, int day);
void date_of_day(int64_t days, int *year_out, int *month_out, int *day_out);

#endif
