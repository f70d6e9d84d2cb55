/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_DSTACK_H
#define EVIDENCE_DSTACK_H

/*
 * dstack.h - the event log of dstack's guests: a JSON array of {"imr",
 * "event_type", "digest", "event", "event_payload"}. As with a CCEL log, what
 * counts is that its replay gives the registers of a quote that held. The digest
 * of dstack's own events covers type, name and payload, and is checked; they alone
 * extend RTMR3, and no other register. What the log says of another event is
 * covered by nothing.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "codec/json.h"
#include "evidence/ccel.h"

#define DSTACK_EVENT 0x08000001u /* event_type of its own events … */
#define DSTACK_RTMR 3u           /* … which this register has, and it has no others */

struct dstack_event {
	unsigned imr; /* 0..3 */
	uint32_t type;
	uint8_t digest[SHA384_LEN];
	struct json name, payload; /* strings; the payload should be hexadecimal digits */
};

struct dstack_log {
	struct json list; /* of the events */
	size_t n_events, n_extended[CCEL_RTMRS];
	uint8_t rtmr[CCEL_RTMRS][SHA384_LEN]; /* after the last event */
};

/* Errors: CLOISTER_E_MALFORMED, CLOISTER_E_LIMIT, CLOISTER_E_NOMEM. */
enum cloister_err dstack_log_read(struct bytes json, struct dstack_log *out, struct cloister_fault *why);

/* Walk the events of a log that was read: start from *at = 0; false at the end. */
bool dstack_next(struct json list, size_t *at, struct dstack_event *out);

/*
 * What was measured, for people: of its own events name and payload, both proven; of
 * the others what the payload says, as of a CCEL log, and never the name, which no
 * digest covers. Printable ASCII only, whatever the log holds.
 */
enum ccel_proof dstack_event_text(const struct dstack_event *e, struct buf *label, struct buf *text);

#endif
