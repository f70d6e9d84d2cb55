/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_CCEL_H
#define EVIDENCE_CCEL_H

/*
 * ccel.h - the event log of a TDX guest's boot: TCG's crypto-agile format as
 * ACPI's CCEL table names it. A log proves nothing by itself: whoever shows it
 * may have written it. Reading replays it; what it says counts as far as the
 * four registers that come out are those of a quote that held.
 *
 * Even then a digest only covers the text beside it for some kinds of event.
 * For those where the standard says it must (separators, actions, variables) a
 * log whose data and digest differ is refused; for the others each event says
 * whether its data are proven by its digest.
 *
 * Views borrow from the log; nothing is kept.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"
#include "crypto/hash.h"

/* Types of event that are read by what they are; ccel_type_name() knows the names of more. */
#define EV_NO_ACTION 3u
#define EV_SEPARATOR 4u
#define EV_ACTION 5u
#define EV_EVENT_TAG 6u
#define EV_PLATFORM_CONFIG_FLAGS 0xau
#define EV_IPL 0xdu
#define EV_AAEL 0x1au /* application events of Confidential Containers */
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_EFI_VARIABLE_BOOT 0x80000002u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_BOOT_SERVICES_DRIVER 0x80000004u
#define EV_EFI_RUNTIME_SERVICES_DRIVER 0x80000005u
#define EV_EFI_ACTION 0x80000007u
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2 0x8000000au
#define EV_EFI_HANDOFF_TABLES2 0x8000000bu
#define EV_EFI_VARIABLE_BOOT2 0x8000000cu
#define EV_EFI_VARIABLE_AUTHORITY 0x800000e0u

#define CCEL_RTMRS 4u

enum ccel_proof {
	CCEL_CLAIMED = 0, /* the digest is of something else: the data are only said */
	CCEL_PROVEN,      /* the digest is of these data, or of the part that the type means */
};

struct ccel_event {
	unsigned reg; /* 0: MRTD (never extended); 1..4: RTMR0..3 */
	bool is_extended; /* not EV_NO_ACTION, which goes into no register */
	uint32_t type;
	struct bytes digest; /* SHA-384 */
	struct bytes data;
	enum ccel_proof proof;
	struct bytes proven; /* what of the data the digest is of: all, or the part that the type means */
	size_t at; /* of the event in the log */
};

struct ccel {
	struct bytes events; /* from the first event behind the header to the end mark */
	size_t header_len;
	uint16_t algs[8]; /* of every event, in this order */
	size_t n_algs;
	size_t n_events;
	size_t n_extended[CCEL_RTMRS]; /* of them, that went into each register */
	uint8_t rtmr[CCEL_RTMRS][SHA384_LEN]; /* after the last event */
};

/*
 * Read, check and replay a whole log. It ends at its last byte, at an index of
 * FFFFFFFFh with nothing but FFh behind, or at a record of zeros with nothing
 * but zeros behind. Errors: CLOISTER_E_MALFORMED with the offset,
 * CLOISTER_E_UNSUPPORTED (no SHA-384), CLOISTER_E_LIMIT, CLOISTER_E_NOMEM.
 */
enum cloister_err ccel_read(struct bytes log, struct ccel *out, struct cloister_fault *why);

/* Walk the events of a log that was read; false at the end. Start from CCEL_START. */
struct ccel_walk {
	size_t at;
};
#define CCEL_START ((struct ccel_walk){ 0 })
bool ccel_next(const struct ccel *c, struct ccel_walk *w, struct ccel_event *out);

/* "EV_SEPARATOR"; NULL when the type has no name here. */
const char *ccel_type_name(uint32_t type);

/* Fill in `proof` and `proven` from type, data and digest. */
void ccel_prove(struct ccel_event *e);

/*
 * What was measured, for people; printable ASCII only, whatever the log holds. Of an
 * event that is proven the text is of what the digest covers and of nothing else:
 * what the log says about it besides, a variable's name say, is the label.
 */
void ccel_event_text(const struct ccel_event *e, struct buf *label, struct buf *text);

#endif
