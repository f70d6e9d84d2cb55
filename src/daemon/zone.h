/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_ZONE_H
#define DAEMON_ZONE_H

/*
 * zone.h - a time zone out of the bytes of a TZif file (RFC 9636), versions 2 to 4:
 * how far a zone's clocks are from UTC at an instant, and until when.
 *
 * Strict where two readers could differ: no leap seconds (our clock has none),
 * transitions ascending, every index and offset within its bounds, and a footer,
 * which says what comes after the last transition. The block of version 1 is
 * stepped over. Whoever opens the file hands in its bytes; they must outlive the
 * zone. Nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

/* One day of a year at a local time: POSIX's Jn, n and Mm.w.d. */
struct zone_date {
	char form; /* 'J', '0' or 'M' */
	int month, week, day;
	int32_t at_s; /* from local midnight; -167 to 167 hours */
};

/* The footer: two offsets, and when one takes over from the other. */
struct zone_rule {
	int32_t standard_s, summer_s; /* east of UTC */
	bool has_summer;
	struct zone_date begins, ends;
};

struct zone {
	struct bytes times; /* n_times of 8 bytes */
	struct bytes kinds; /* n_times of 1 byte */
	struct bytes types; /* of 6 bytes */
	size_t n_times;
	struct zone_rule rule;
};

/* Errors: CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED (version 1, leap seconds), CLOISTER_E_LIMIT. */
enum cloister_err zone_read(struct bytes tzif, struct zone *out, struct cloister_fault *why);

/* UTC, which needs no file. */
struct zone zone_utc(void);

/* The clocks are offset_s east of UTC from `from` (included) until `until` (not included), Unix seconds. */
struct zone_span {
	int64_t from, until; /* INT64_MIN, INT64_MAX: always before, for ever */
	int32_t offset_s;
};

/* The span with the instant `unix_s`, which lies in the years 1 to 9999. Neighbours may have the same offset. */
struct zone_span zone_at(const struct zone *z, int64_t unix_s);

/*
 * Whether `name` can be that of a zone, "Europe/Berlin" say: at most LIMIT_ZONE_NAME letters,
 * digits, '+', '-' and '_' in parts between slashes, so that no path made of it climbs.
 */
bool zone_name_ok(const char *name);

#endif
