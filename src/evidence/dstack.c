/* SPDX-License-Identifier: Apache-2.0 */
/* dstack.c - dstack's event log, replayed: RTMR = SHA-384(RTMR || digest), from 48 zeros. */

#include "evidence/dstack.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/wr.h"
#include "codec/json.h"

static enum cloister_err read_event(struct json v, size_t n, struct dstack_event *e, struct cloister_fault *why)
{
	char digest[2 * SHA384_LEN + 1];
	uint64_t imr, type;
	size_t len;

	e->name = json_get(v, "event");
	e->payload = json_get(v, "event_payload");
	if (!json_u64(json_get(v, "imr"), &imr) || imr >= CCEL_RTMRS)
		return fail(why, CLOISTER_E_MALFORMED, "imr", "event %zu: not a register", n);
	if (!json_u64(json_get(v, "event_type"), &type) || type > UINT32_MAX)
		return fail(why, CLOISTER_E_MALFORMED, "event_type", "event %zu: not a type", n);
	e->imr = (unsigned)imr;
	e->type = (uint32_t)type;
	if (!json_text(json_get(v, "digest"), digest, sizeof digest) ||
	    hex_read(bytes_text(digest), e->digest, sizeof e->digest, &len, NULL) != CLOISTER_OK ||
	    len != SHA384_LEN)
		return fail(why, CLOISTER_E_MALFORMED, "digest", "event %zu: not %u bytes in hex", n, SHA384_LEN);
	if (e->name.type != JSON_STRING || e->payload.type != JSON_STRING)
		return fail(why, CLOISTER_E_MALFORMED, "event", "event %zu: name or payload is missing", n);
	return CLOISTER_OK;
}

static enum cloister_err decode_payload(struct json v, struct buf *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf hex = BUF_INIT(v.text.len);
	size_t len, room = v.text.len; /* of a string: two for each byte, and its quotes */

	*out = (struct buf)BUF_INIT(v.text.len);
	if (!json_string_to(v, &hex))
		return fail(why, CLOISTER_E_NOMEM, "event", "out of memory");
	out->data = malloc(room);
	if (!out->data)
		return fail(why, CLOISTER_E_NOMEM, "event", "out of memory");
	TRY(hex_read(buf_bytes(&hex), out->data, room, &len, why));
	out->len = len;
	return CLOISTER_OK;
}

/* type, little-endian, ":", name, ":", payload */
static enum cloister_err digest_own(struct hash *h, const struct dstack_event *e, uint8_t out[static SHA384_LEN],
				    struct cloister_fault *why)
{
	uint8_t type[4];
	struct wr w = wr_open(type, sizeof type);
	own(buf_fini) struct buf name = BUF_INIT(e->name.text.len), payload = BUF_INIT(0);

	if (!json_string_to(e->name, &name))
		return fail(why, CLOISTER_E_NOMEM, "event", "out of memory");
	if (memchr(buf_bytes(&name).data, ':', name.len))
		return fail(why, CLOISTER_E_MALFORMED, "event", "a name with a colon in it: the digest does not say where it ends");
	TRY(decode_payload(e->payload, &payload, why));
	wr_le32(&w, e->type);
	hash_update(h, BYTES_OF(type));
	hash_update(h, bytes_text(":"));
	hash_update(h, buf_bytes(&name));
	hash_update(h, bytes_text(":"));
	hash_update(h, buf_bytes(&payload));
	return hash_final(h, out, why);
}

/*
 * RTMR3 holds dstack's own events and no others, and all of those are digested anew: the
 * type is signed by nobody but through the digest, so it cannot decide whether to look.
 */
static enum cloister_err replay(struct hash *h, const struct dstack_event *e, size_t n, struct dstack_log *log,
				struct cloister_fault *why)
{
	bool is_own = e->type == DSTACK_EVENT;
	uint8_t due[SHA384_LEN];

	if (is_own != (e->imr == DSTACK_RTMR))
		return fail(why, CLOISTER_E_MALFORMED, "event_type", "event %zu: type %08x in RTMR%u", n,
			       e->type, e->imr);
	if (is_own) {
		TRY(digest_own(h, e, due, why));
		if (!mem_same(due, e->digest, sizeof due))
			return fail(why, CLOISTER_E_MALFORMED, "digest",
				       "event %zu: the digest is not that of name and payload", n);
	}
	log->n_extended[e->imr]++;
	hash_update(h, BYTES_OF(log->rtmr[e->imr]));
	hash_update(h, BYTES_OF(e->digest));
	return hash_final(h, log->rtmr[e->imr], why);
}

enum cloister_err dstack_log_read(struct bytes json, struct dstack_log *out, struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;
	struct dstack_log log = { 0 };
	struct json v;
	struct dstack_event e;

	if (json.len > LIMIT_CCEL)
		return fail(why, CLOISTER_E_LIMIT, "event log", "larger than %u bytes", LIMIT_CCEL);
	TRY(json_read(json, &log.list, why));
	if (log.list.type != JSON_ARRAY)
		return fail_at(why, 0, "event log", "an array was expected");
	TRY(hash_new(HASH_SHA384, &h, why));
	for (struct json_walk w = json_walk(log.list); json_next(&w, NULL, &v); log.n_events++) {
		TRY(read_event(v, log.n_events, &e, why));
		TRY(replay(h, &e, log.n_events, &log, why));
	}
	*out = log;
	return CLOISTER_OK;
}

bool dstack_next(struct json list, size_t *at, struct dstack_event *out)
{
	struct json_walk w = json_walk(list);
	const uint8_t *first = w.left.data;
	struct json v;

	if (*at > w.left.len)
		return false;
	w.left = bytes_of(first + *at, w.left.len - *at);
	if (!json_next(&w, NULL, &v) || read_event(v, 0, out, NULL) != CLOISTER_OK)
		return false;
	*at = (size_t)(w.left.data - first);
	return true;
}

static void put_printable(struct bytes b, struct buf *out)
{
	for (size_t i = 0; i < b.len; i++)
		buf_byte(out, b.data[i] >= 0x20 && b.data[i] < 0x7f ? b.data[i] : '.');
}

static bool is_printable(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] < 0x20 || b.data[i] >= 0x7f)
			return false;
	return b.len > 0;
}

/* Text in quotes, else hexadecimal digits: neither can be taken for the other. */
static void put_payload(struct bytes b, struct buf *out)
{
	bool is_text = is_printable(b);

	buf_byte(out, ' ');
	if (is_text)
		buf_byte(out, '"');
	for (size_t i = 0; i < b.len; i++)
		buf_print(out, is_text ? "%c" : "%02x", b.data[i]);
	if (is_text)
		buf_byte(out, '"');
}

enum ccel_proof dstack_event_text(const struct dstack_event *e, struct buf *label, struct buf *text)
{
	own(buf_fini) struct buf name = BUF_INIT(e->name.text.len), payload = BUF_INIT(0);
	struct ccel_event boot = { .type = e->type, .digest = BYTES_OF(e->digest) };

	if (decode_payload(e->payload, &payload, NULL) != CLOISTER_OK)
		return CCEL_CLAIMED; /* of a boot event: that payload is nothing to show */
	if (e->type == DSTACK_EVENT && json_string_to(e->name, &name)) {
		put_printable(buf_bytes(&name), text);
		put_payload(buf_bytes(&payload), text);
		return CCEL_PROVEN;
	}
	boot.data = buf_bytes(&payload);
	ccel_prove(&boot);
	ccel_event_text(&boot, label, text);
	return boot.proof;
}
