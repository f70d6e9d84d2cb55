/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

/* date.h - RFC 3339 dates, years 1970 to 9999, seconds since 1970; no time zone data, no locale. */

#include <stdbool.h>
#include <stdint.h>

#define DATE_ROOM 26u /* "2026-11-24T10:00:00+00:00" and a terminator */

/* "2026-11-24T10:00:00Z", any offset, fractions of a second cut off. False when `text` is no date. */
bool date_read(const char *text, uint64_t *unix_s_out);

/* In UTC, spelt "+00:00". Times past the year 9999 read as its last second. */
void date_write(uint64_t unix_s, char out[static DATE_ROOM]);

#endif
