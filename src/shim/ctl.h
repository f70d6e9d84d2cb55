/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_CTL_H
#define SHIM_CTL_H

/*
 * ctl.h - ctl.sock, by which the operator's commands reach a running shim: one
 * JSON object on one line each way, then the connection is done. Only the
 * shim's own user and root are listened to.
 *
 *   {"op":"status"}                                  {"ok":true,"record":{…}}
 *   {"op":"attest","nonce":HEX,"user_data":HEX,      {"ok":true,"document":BASE64}
 *    "public_key":HEX}                    each optional, at most 1024 bytes
 *   {"op":"stop","grace_ms":N}                       {"ok":true,"record":{…}} once it has ended
 *   {"op":"signal","signal":N}           1..64       {"ok":true}
 *   {"op":"pause"}, {"op":"resume"}                  {"ok":true,"record":{…}} once it is so
 *
 * Whatever fails: {"ok":false,"error":SENTENCE}.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sys/loop.h"

#define CTL_CLIENTS_MAX 32u
#define CTL_LINE_MS 10000u   /* for the request to arrive */
#define CTL_ATTEST_MS 60000u /* for the guest to answer; TCG is slow */
#define CTL_PAUSE_MS 10000u  /* for the machine to stop or go on */

enum ctl_op { CTL_NONE = 0, CTL_STATUS, CTL_ATTEST, CTL_STOP, CTL_SIGNAL, CTL_PAUSE, CTL_RESUME };

struct ctl_field {
	bool present;
	size_t len;
	uint8_t data[LIMIT_NSM_FIELD];
};

struct ctl_request {
	enum ctl_op op;
	struct ctl_field nonce, user_data, public_key; /* CTL_ATTEST */
	uint64_t grace_ms; /* CTL_STOP; UINT64_MAX when not given */
	unsigned signal;   /* CTL_SIGNAL */
};

/* One line without its newline. Unknown operations and members are refused. */
enum cloister_err ctl_request_read(struct bytes line, struct ctl_request *out,
				   struct cloister_fault *why);

struct ctl;
struct ctl_client;

struct ctl_events {
	void *owner;
	/* Answer now or later with ctl_record(), ctl_done() or ctl_refuse(). */
	void (*request)(void *owner, struct ctl_client *c, const struct ctl_request *r);
	/* The record as JSON, for status and stop. */
	void (*record)(void *owner, struct buf *out);
};

enum cloister_err ctl_open(struct loop *loop, int run_fd, const struct ctl_events *events,
			   struct ctl **out, struct cloister_fault *why);
void ctl_free(struct ctl *c); /* NULL is fine */

/* A client that waits for evidence is known by this number; it may be gone by then. */
uint32_t ctl_wait_evidence(struct ctl_client *c);
void ctl_evidence(struct ctl *all, uint32_t id, bool refused, struct bytes document);
/* Answered with the record when ctl_paused() is called, which tells what became true. */
void ctl_wait_pause(struct ctl_client *c, bool pause);
void ctl_paused(struct ctl *all, bool is_paused);
/* Answered with the record when ctl_ended() is called. */
void ctl_wait_end(struct ctl_client *c);
void ctl_ended(struct ctl *all);

/* Clients that still have to read their reply, or to make their request. */
size_t ctl_clients(const struct ctl *all);

void ctl_record(struct ctl_client *c);
void ctl_done(struct ctl_client *c);
void ctl_refuse(struct ctl_client *c, const char *sentence);

#endif
