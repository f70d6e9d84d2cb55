/* SPDX-License-Identifier: Apache-2.0 */
/* ccel_fuzz.c - whatever log is accepted walks to its end, and its account is printable. */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "evidence/event_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

/* The same through the face that both forms share. */
static void account(struct bytes in, size_t n_due)
{
	struct event_log log;
	struct log_event e;
	size_t n = 0, n_extended = 0;

	want(event_log_read(in, &log, NULL) == CLOISTER_OK && !log.is_dstack);
	for (size_t at = 0; event_log_next(&log, &at, &e); n++) {
		want(strlen(e.text) < sizeof e.text && strlen(e.label) < sizeof e.label);
		for (const char *c = e.label; *c; c++)
			want(*c >= 0x20 && *c < 0x7f && !strchr("():=?", *c));
		for (const char *c = e.text; *c; c++)
			want(*c >= 0x20 && *c < 0x7f);
		n_extended += e.is_extended;
	}
	want(n == n_due && n == log.n_events);
	for (unsigned i = 0; i < CCEL_RTMRS; i++)
		n_extended -= log.n_extended[i];
	want(n_extended == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ccel_walk w = CCEL_START;
	struct ccel_event e;
	struct ccel c;
	size_t n = 0;

	if (ccel_read(bytes_of(data, size), &c, NULL) != CLOISTER_OK)
		return 0;
	while (ccel_next(&c, &w, &e)) {
		want(e.reg <= CCEL_RTMRS && e.digest.len == SHA384_LEN);
		want(e.at + e.data.len <= size);
		n++;
	}
	want(n == c.n_events && w.at == c.events.len);
	account(bytes_of(data, size), n);
	return 0;
}
