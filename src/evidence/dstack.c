/* SPDX-License-Identifier: Apache-2.0 */
/* dstack.c - dstack's event log, replayed: RTMR = SHA-384(RTMR || digest), from 48 zeros. */

#include "evidence/dstack.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/limits.h"
#include "codec/json.h"

struct event {
	uint64_t imr, type;
	uint8_t digest[SHA384_LEN];
	struct json name, payload;
};

static enum cloister_err read_event(struct json v, size_t n, struct event *e, struct cloister_fault *why)
{
	char digest[2 * SHA384_LEN + 1];
	size_t len;

	e->name = json_get(v, "event");
	e->payload = json_get(v, "event_payload");
	if (!json_u64(json_get(v, "imr"), &e->imr) || e->imr >= CCEL_RTMRS)
		return fail_at(why, CLOISTER_NOWHERE, "imr", "event %zu: not a register", n);
	if (!json_u64(json_get(v, "event_type"), &e->type) || e->type > UINT32_MAX)
		return fail_at(why, CLOISTER_NOWHERE, "event_type", "event %zu: not a type", n);
	if (!json_text(json_get(v, "digest"), digest, sizeof digest) ||
	    hex_read(bytes_text(digest), e->digest, sizeof e->digest, &len, NULL) != CLOISTER_OK ||
	    len != SHA384_LEN)
		return fail_at(why, CLOISTER_NOWHERE, "digest", "event %zu: not %u bytes in hex", n, SHA384_LEN);
	if (e->name.type != JSON_STRING || e->payload.type != JSON_STRING)
		return fail_at(why, CLOISTER_NOWHERE, "event", "event %zu: name or payload is missing", n);
	return CLOISTER_OK;
}

/* type, little-endian, ":", name, ":", payload */
static enum cloister_err digest_own(struct hash *h, const struct event *e, uint8_t out[static SHA384_LEN],
				    struct cloister_fault *why)
{
	uint8_t type[4] = { (uint8_t)e->type, (uint8_t)(e->type >> 8), (uint8_t)(e->type >> 16),
			    (uint8_t)(e->type >> 24) };
	own(buf_fini) struct buf name = BUF_INIT(e->name.text.len), hex = BUF_INIT(e->payload.text.len);
	own(buf_fini) struct buf payload = BUF_INIT(e->payload.text.len);
	size_t len;

	if (!json_string_to(e->name, &name) || !json_string_to(e->payload, &hex))
		return fail(why, CLOISTER_E_NOMEM, "event", "out of memory");
	payload.data = malloc(hex.len / 2 + 1);
	if (!payload.data)
		return fail(why, CLOISTER_E_NOMEM, "event", "out of memory");
	TRY(hex_read(buf_bytes(&hex), payload.data, hex.len / 2 + 1, &len, why));
	hash_update(h, BYTES_OF(type));
	hash_update(h, bytes_text(":"));
	hash_update(h, buf_bytes(&name));
	hash_update(h, bytes_text(":"));
	hash_update(h, bytes_of(payload.data, len));
	return hash_final(h, out, why);
}

/*
 * RTMR3 holds dstack's own events and no others, and all of those are digested anew: the
 * type is signed by nobody but through the digest, so it cannot decide whether to look.
 */
static enum cloister_err replay(struct hash *h, const struct event *e, size_t n, struct dstack_log *log,
				struct cloister_fault *why)
{
	bool is_own = e->type == DSTACK_EVENT;
	uint8_t due[SHA384_LEN];

	if (is_own != (e->imr == DSTACK_RTMR))
		return fail_at(why, CLOISTER_NOWHERE, "event_type", "event %zu: type %08x in RTMR%u", n,
			       (unsigned)e->type, (unsigned)e->imr);
	if (is_own) {
		TRY(digest_own(h, e, due, why));
		if (!mem_same(due, e->digest, sizeof due))
			return fail_at(why, CLOISTER_NOWHERE, "digest",
				       "event %zu: the digest is not that of name and payload", n);
	}
	hash_update(h, BYTES_OF(log->rtmr[e->imr]));
	hash_update(h, BYTES_OF(e->digest));
	return hash_final(h, log->rtmr[e->imr], why);
}

enum cloister_err dstack_log_read(struct bytes json, struct dstack_log *out, struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;
	struct dstack_log log = { 0 };
	struct json list, v;
	struct event e;

	if (json.len > LIMIT_CCEL)
		return fail(why, CLOISTER_E_LIMIT, "event log", "larger than %u bytes", LIMIT_CCEL);
	TRY(json_read(json, &list, why));
	if (list.type != JSON_ARRAY)
		return fail_at(why, 0, "event log", "an array was expected");
	TRY(hash_new(HASH_SHA384, &h, why));
	for (struct json_walk w = json_walk(list); json_next(&w, NULL, &v); log.n_events++) {
		if (log.n_events == LIMIT_CCEL_EVENTS)
			return fail(why, CLOISTER_E_LIMIT, "event log", "more than %u events", LIMIT_CCEL_EVENTS);
		TRY(read_event(v, log.n_events, &e, why));
		TRY(replay(h, &e, log.n_events, &log, why));
	}
	*out = log;
	return CLOISTER_OK;
}
