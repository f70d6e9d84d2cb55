/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CRON_H
#define DAEMON_CRON_H

/*
 * cron.h - schedules of five fields, and when they are due next in a time zone.
 *
 *   minute 0-59 · hour 0-23 · day of month 1-31 · month 1-12 or jan-dec ·
 *   weekday 0-7 or sun-sat (0 and 7 are Sunday)
 *
 * A field is a list of `*`, values and ranges; a range and `*` may have a step. A day
 * is due when the month's day and the weekday both fit if one of the two fields begins
 * with `*`, and when either fits otherwise, as in Vixie's cron. @hourly, @daily, @midnight,
 * @weekly, @monthly, @yearly and @annually stand for what they do there; @reboot is refused.
 *
 * When clocks are changed: a schedule that is due every hour goes by the time that
 * passes, so it is due in both of two hours of the same name, and nothing is made up
 * for one that is left out. Any other is due once: in the first of the two hours, and at the first
 * instant after a gap when one or more of its times fell into that gap.
 *
 * No clock is read and no file is opened; doc/api.md tells users the same.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "daemon/zone.h"

struct cron {
	uint64_t minutes; /* bit n: value n */
	uint32_t hours, days;
	uint16_t months;
	uint8_t weekdays; /* bit 0: Sunday */
	bool either_day;  /* neither day field begins with `*` */
};

/*
 * At most LIMIT_CRON bytes. A schedule for which no day ever comes (30 February) is refused.
 *
 * Errors: CLOISTER_E_MALFORMED; the fault says which field, where, and why.
 */
enum cloister_err cron_read(struct bytes text, struct cron *out, struct cloister_fault *why);

/*
 * The first instant later than `after_s` (Unix seconds, 0 … DATE_LAST of base/date.h) at which `c` is due.
 *
 * Errors: CLOISTER_E_MISSING: not before the year 10000.
 */
enum cloister_err cron_next(const struct cron *c, const struct zone *z, int64_t after_s,
			    int64_t *next_s_out, struct cloister_fault *why);

#endif
