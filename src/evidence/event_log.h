/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_EVENT_LOG_H
#define EVIDENCE_EVENT_LOG_H

/*
 * event_log.h - what a guest measured into RTMR0..3, event by event, in either of
 * the two forms in which logs come: CCEL (ccel.h) and dstack's JSON (dstack.h).
 * Reading replays. A log says anything until its registers are those of a quote
 * that held, and an event's text even then only as far as its digest covers it.
 *
 * Views borrow from the log.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "codec/json.h"
#include "evidence/ccel.h"

struct event_log {
	bool is_dstack;
	struct json list;  /* dstack's */
	struct ccel ccel;  /* the other */
	size_t n_events;
	size_t n_extended[CCEL_RTMRS]; /* of them, that went into each register */
	uint8_t rtmr[CCEL_RTMRS][SHA384_LEN]; /* after the last event */
};

/*
 * Recognised by how it begins: dstack's is an array. Errors: CLOISTER_E_MALFORMED,
 * CLOISTER_E_UNSUPPORTED, CLOISTER_E_LIMIT, CLOISTER_E_NOMEM.
 */
enum cloister_err event_log_read(struct bytes log, struct event_log *out, struct cloister_fault *why);

/* Which registers, of four of 48 bytes, are what the log leads to; in full and in constant time. */
void event_log_compare(const struct event_log *log, const struct bytes rtmr[static CCEL_RTMRS],
		       bool same_out[static CCEL_RTMRS]);

/* "EV_SEPARATOR"; NULL when the type has no name here. */
const char *event_log_type_name(const struct event_log *log, uint32_t type);

#define EVENT_TEXT_MAX 512u
#define EVENT_LABEL_MAX 64u

struct log_event {
	unsigned reg;      /* 0: MRTD, which nothing extends; 1..4: RTMR0..3 */
	bool is_extended;  /* the digest went into the register */
	uint32_t type;
	uint8_t digest[SHA384_LEN];
	enum ccel_proof proof; /* of the text, never of type and label */
	char label[EVENT_LABEL_MAX]; /* what the log calls it: letters, digits, "_-." and spaces, or "" */
	char text[EVENT_TEXT_MAX]; /* printable ASCII whatever the log holds; cut when longer */
};

/* Walk the events of a log that was read: start from *at = 0; false at the end. */
bool event_log_next(const struct event_log *log, size_t *at, struct log_event *out);

#endif
