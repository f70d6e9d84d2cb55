/* SPDX-License-Identifier: Apache-2.0 */
/* event_log.c - one face for both forms of a log; the forms themselves are read elsewhere. */

#include "evidence/event_log.h"

#include <string.h>

#include "evidence/dstack.h"
#include "evidence/unwrap.h"

static bool begins_array(struct bytes in)
{
	in = unwrap_trim(in);
	return bytes_skip(&in, "[");
}

enum cloister_err event_log_read(struct bytes in, struct event_log *out, struct cloister_fault *why)
{
	struct event_log log = { .is_dstack = begins_array(in) };
	struct dstack_log dstack;

	if (bytes_skip(&in, "CCEL"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "event log",
			    "this is the ACPI table, which says where the log is: "
			    "/sys/firmware/acpi/tables/data/CCEL");
	if (log.is_dstack) {
		TRY(dstack_log_read(in, &dstack, why));
		log.list = dstack.list;
		log.n_events = dstack.n_events;
		memcpy(log.n_extended, dstack.n_extended, sizeof log.n_extended);
		memcpy(log.rtmr, dstack.rtmr, sizeof log.rtmr);
	} else {
		TRY(ccel_read(in, &log.ccel, why));
		log.n_events = log.ccel.n_events;
		memcpy(log.n_extended, log.ccel.n_extended, sizeof log.n_extended);
		memcpy(log.rtmr, log.ccel.rtmr, sizeof log.rtmr);
	}
	*out = log;
	return CLOISTER_OK;
}

void event_log_compare(const struct event_log *log, const struct bytes rtmr[static CCEL_RTMRS],
		       bool same_out[static CCEL_RTMRS])
{
	for (unsigned i = 0; i < CCEL_RTMRS; i++)
		same_out[i] = rtmr[i].len == SHA384_LEN && mem_same(log->rtmr[i], rtmr[i].data, SHA384_LEN);
}

const char *event_log_type_name(const struct event_log *log, uint32_t type)
{
	return log->is_dstack && type == DSTACK_EVENT ? "dstack" : ccel_type_name(type);
}

static bool next_ccel(const struct event_log *log, size_t *at, struct log_event *out, struct buf *label,
		      struct buf *text)
{
	struct ccel_walk w = { *at };
	struct ccel_event e;

	if (!ccel_next(&log->ccel, &w, &e))
		return false;
	*at = w.at;
	*out = (struct log_event){ .reg = e.reg, .is_extended = e.is_extended, .type = e.type, .proof = e.proof };
	memcpy(out->digest, e.digest.data, sizeof out->digest);
	ccel_event_text(&e, label, text);
	return true;
}

static bool next_dstack(const struct event_log *log, size_t *at, struct log_event *out, struct buf *label,
		      struct buf *text)
{
	struct dstack_event e;

	if (!dstack_next(log->list, at, &e))
		return false;
	*out = (struct log_event){ .reg = e.imr + 1, .is_extended = true, .type = e.type };
	memcpy(out->digest, e.digest, sizeof out->digest);
	out->proof = dstack_event_text(&e, label, text);
	return true;
}

/* A buffer in place: what does not fit is left off. */
static struct buf within(char *room, size_t size)
{
	return (struct buf){ .data = (uint8_t *)room, .room = size, .max = size - 1 };
}

static void finish(const struct buf *b, char *out)
{
	memcpy(out, b->data, b->len);
	out[b->len] = 0;
	if (b->failed && b->len >= 3)
		memcpy(out + b->len - 3, "...", 3);
}

bool event_log_next(const struct event_log *log, size_t *at, struct log_event *out)
{
	char label_room[EVENT_LABEL_MAX], text_room[EVENT_TEXT_MAX];
	struct buf label = within(label_room, sizeof label_room), text = within(text_room, sizeof text_room);

	if (!(log->is_dstack ? next_dstack : next_ccel)(log, at, out, &label, &text))
		return false;
	finish(&label, out->label);
	finish(&text, out->text);
	return true;
}
