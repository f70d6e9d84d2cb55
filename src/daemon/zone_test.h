/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_ZONE_TEST_H
#define DAEMON_ZONE_TEST_H

/* zone_test.h - the files of vectors/zone, for tests. */

#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "daemon/zone.h"

/* `source` is the checkout. Owned by the caller. */
static inline uint8_t *zone_file(const char *source, const char *name, size_t *len)
{
	char path[512];
	uint8_t *data = malloc((1 << 20) + 1);

	snprintf(path, sizeof path, "%s/vectors/zone/%s", source, name);
	FILE *f = fopen(path, "rb");
	if (!f || !data)
		fail_msg("%s cannot be read", path);
	*len = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

/* The zone of that name; the last one asked for stays open. */
static inline const struct zone *zone_named(const char *source, const char *name)
{
	static char open_name[LIMIT_ZONE_NAME + 1];
	static uint8_t *data;
	static struct zone zone;
	struct cloister_fault why;
	size_t len;

	if (strcmp(name, open_name) != 0) {
		free(data);
		data = zone_file(source, name, &len);
		WANT_OK(zone_read(bytes_of(data, len), &zone, &why), &why);
		snprintf(open_name, sizeof open_name, "%s", name);
	}
	return &zone;
}

#endif
