/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron_fuzz.c - a schedule, a line end, and a time zone (or nothing: UTC). Times go forward,
 * and asking from one second before an answer gives that answer again.
 */

#include <stdlib.h>

#include "base/date.h"
#include "daemon/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
	size_t len = line_end ? (size_t)(line_end - data) : size;
	struct zone z = zone_utc();
	struct cron c;

	if (cron_read(bytes_of(data, len), &c, NULL) != CLOISTER_OK ||
	    (line_end && zone_read(bytes_of(line_end + 1, size - len - 1), &z, NULL) != CLOISTER_OK))
		return 0;
	int64_t t = 1700000000 + (int64_t)size * 86399, next, same;
	for (int i = 0; i < 8 && cron_next(&c, &z, t, &next, NULL) == CLOISTER_OK; i++) {
		if (next <= t || next > DATE_LAST ||
		    cron_next(&c, &z, next - 1, &same, NULL) != CLOISTER_OK || same != next)
			abort();
		t = next;
	}
	return 0;
}
