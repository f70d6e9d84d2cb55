/* SPDX-License-Identifier: Apache-2.0 */
/* zone_fuzz.c - whatever is accepted has spans that hold the instant and touch each other. */

#include <stdlib.h>

#include "base/date.h"
#include "daemon/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone z;
	int64_t t = 0;

	if (zone_read(bytes_of(data, size), &z, NULL) != CLOISTER_OK)
		return 0;
	for (int i = 0; i < 64 && t <= DATE_LAST; i++) {
		struct zone_span s = zone_at(&z, t);
		if (s.from > t || s.until <= t || s.offset_s <= -25 * 3600 || s.offset_s >= 26 * 3600)
			abort();
		if (i > 0 && s.from != t)
			abort();
		t = s.until;
	}
	zone_at(&z, DATE_LAST);
	return 0;
}
