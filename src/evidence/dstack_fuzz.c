/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dstack_fuzz.c - whatever log is accepted leaves an untouched register only where no
 * event was, walks to its end, has all texts of RTMR3 proven, and is printable.
 */

#include <stdlib.h>
#include <string.h>

#include "evidence/dstack.h"
#include "evidence/event_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dstack_log read;
	struct event_log log;
	struct log_event e;
	size_t n = 0;

	if (dstack_log_read(bytes_of(data, size), &read, NULL) != CLOISTER_OK)
		return 0;
	want((read.n_events == 0) == mem_is_zero(read.rtmr, sizeof read.rtmr));
	want(event_log_read(bytes_of(data, size), &log, NULL) == CLOISTER_OK && log.is_dstack);
	for (size_t at = 0; event_log_next(&log, &at, &e); n++) {
		want(e.reg >= 1 && e.reg <= CCEL_RTMRS && e.is_extended);
		want(e.reg != DSTACK_RTMR + 1 || e.proof == CCEL_PROVEN);
		want(strlen(e.text) < sizeof e.text && strlen(e.label) < sizeof e.label);
		for (const char *c = e.label; *c; c++)
			want(*c >= 0x20 && *c < 0x7f && !strchr("():=?", *c));
		for (const char *c = e.text; *c; c++)
			want(*c >= 0x20 && *c < 0x7f);
	}
	want(n == log.n_events);
	return 0;
}
