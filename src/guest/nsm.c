/* SPDX-License-Identifier: Apache-2.0 */
/* nsm.c - requests to the security module and its answers (AWS, aws-nitro-enclaves-nsm-api). */

#include "guest/nsm.h"

#include "base/mem.h"
#include "codec/cbor.h"

enum cloister_err nsm_ask_random(uint8_t *room, size_t room_len, struct bytes *out,
				 struct cloister_fault *why)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_text(&w, "GetRandom");
	return wr_close(&w, "nsm.request", out, why);
}

enum cloister_err nsm_ask_pcr(unsigned index, uint8_t *room, size_t room_len, struct bytes *out,
			      struct cloister_fault *why)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_map(&w, 1);
	cbor_put_text(&w, "DescribePCR");
	cbor_put_map(&w, 1);
	cbor_put_text(&w, "index");
	cbor_put_uint(&w, index);
	return wr_close(&w, "nsm.request", out, why);
}

enum cloister_err nsm_ask_extend(unsigned index, struct bytes data, uint8_t *room, size_t room_len,
				 struct bytes *out, struct cloister_fault *why)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_map(&w, 1);
	cbor_put_text(&w, "ExtendPCR");
	cbor_put_map(&w, 2);
	cbor_put_text(&w, "index");
	cbor_put_uint(&w, index);
	cbor_put_text(&w, "data");
	cbor_put_bstr(&w, data);
	return wr_close(&w, "nsm.request", out, why);
}

enum cloister_err nsm_ask_document(const struct nsm_fields *fields, uint8_t *room, size_t room_len,
				   struct bytes *out, struct cloister_fault *why)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_map(&w, 1);
	cbor_put_text(&w, "Attestation");
	cbor_put_map(&w, 3);
	cbor_put_text(&w, "user_data");
	cbor_put_bstr_or_null(&w, fields->user_data);
	cbor_put_text(&w, "nonce");
	cbor_put_bstr_or_null(&w, fields->nonce);
	cbor_put_text(&w, "public_key");
	cbor_put_bstr_or_null(&w, fields->public_key);
	return wr_close(&w, "nsm.request", out, why);
}

/* An answer is a map of one pair; its name must be `name`. {"Error": code} becomes a fault. */
static struct cbor_walk open_answer(struct rd *r, const char *name)
{
	const char *const names[] = { name, "Error" };
	struct cbor_walk w = cbor_map(r, CBOR_EITHER, 1, "answer");
	size_t which = 0;

	if (!cbor_next_name(r, &w, names, 2, &which)) {
		rd_refuse(r, CLOISTER_E_MALFORMED, "answer", "an empty map");
		return w;
	}
	if (which == 0)
		return w;
	struct bytes code = cbor_tstr(r, 1, 64, "Error");
	if (rd_ok(r))
		r->why->err = fail(r->why, CLOISTER_E_PEER, "nsm", "%.*s", (int)code.len,
				   (const char *)code.data);
	return w;
}

/* The outer map ends here, with its break byte if it has one. */
static enum cloister_err close_answer(struct rd *r, struct cbor_walk *w)
{
	rd_want(r, !cbor_next(r, w), "answer");
	return rd_close(r, "answer");
}

/* {name: {key: bytes}}, as most answers are. */
static enum cloister_err read_bytes(struct bytes answer, const char *name, const char *key,
				    size_t max, struct bytes *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(answer, why ? why : &local);
	struct bytes value = BYTES_NONE;
	size_t which = 0;

	struct cbor_walk outer = open_answer(&r, name);
	struct cbor_walk w = cbor_map(&r, CBOR_EITHER, 1, name);
	while (cbor_next_name(&r, &w, &key, 1, &which))
		value = cbor_bstr(&r, 1, max, key);
	rd_want(&r, value.len > 0, key);
	TRY(close_answer(&r, &outer));
	*out = value;
	return CLOISTER_OK;
}

enum cloister_err nsm_read_random(struct bytes answer, struct bytes *random_out,
				  struct cloister_fault *why)
{
	return read_bytes(answer, "GetRandom", "random", LIMIT_NSM_RESPONSE, random_out, why);
}

enum cloister_err nsm_read_extend(struct bytes answer, struct bytes *value_out,
				  struct cloister_fault *why)
{
	return read_bytes(answer, "ExtendPCR", "data", 64, value_out, why);
}

enum cloister_err nsm_read_document(struct bytes answer, struct bytes *document_out,
				    struct cloister_fault *why)
{
	return read_bytes(answer, "Attestation", "document", LIMIT_NSM_RESPONSE, document_out, why);
}

enum cloister_err nsm_read_pcr(struct bytes answer, struct bytes *value_out, bool *locked_out,
			       struct cloister_fault *why)
{
	static const char *const names[] = { "lock", "data" };
	struct cloister_fault local;
	struct rd r = rd_open(answer, why ? why : &local);
	struct bytes value = BYTES_NONE;
	bool locked = false;
	size_t which = 0;

	struct cbor_walk outer = open_answer(&r, "DescribePCR");
	struct cbor_walk w = cbor_map(&r, CBOR_EITHER, 2, "DescribePCR");
	while (cbor_next_name(&r, &w, names, 2, &which)) {
		if (which == 0)
			locked = cbor_bool(&r, "lock");
		else
			value = cbor_bstr(&r, 1, 64, "data");
	}
	rd_want(&r, cbor_seen(&w, 0) && cbor_seen(&w, 1), "DescribePCR");
	TRY(close_answer(&r, &outer));
	*value_out = value;
	*locked_out = locked;
	return CLOISTER_OK;
}

/* facts of the format: COSE_Sign1, an array of four, its third item is the payload. */
static struct bytes payload_of(struct rd *r)
{
	struct cbor_walk w = cbor_array(r, CBOR_DEFINITE, 4, "document");
	struct bytes payload = BYTES_NONE;
	size_t n = 0;

	while (cbor_next(r, &w)) {
		if (n++ == 2)
			payload = cbor_bstr(r, 1, LIMIT_NSM_RESPONSE, "payload");
		else
			cbor_skip(r, CBOR_EITHER, "document");
	}
	rd_want(r, n == 4, "document");
	return payload;
}

static void read_pcrs(struct rd *r, struct nsm_identity *id)
{
	struct cbor_walk w = cbor_map(r, CBOR_EITHER, LIMIT_PCRS, "pcrs");
	uint64_t index = 0;

	while (cbor_next_number(r, &w, LIMIT_PCRS - 1, &index))
		id->pcrs[index] = cbor_bstr(r, 32, 64, "pcrs[]");
}

enum cloister_err nsm_document_identity(struct bytes document, struct nsm_identity *out,
					struct cloister_fault *why)
{
	static const char *const names[] = { "timestamp", "module_id", "pcrs", "digest", "certificate",
					     "cabundle", "public_key", "user_data", "nonce" };
	struct cloister_fault local;
	struct rd r = rd_open(document, why ? why : &local);
	struct bytes payload = payload_of(&r);
	struct nsm_identity id = { 0 };
	size_t which = 0;

	TRY(rd_close(&r, "document"));
	r = rd_open(payload, why ? why : &local);
	struct cbor_walk w = cbor_map(&r, CBOR_EITHER, 9, "payload");
	while (cbor_next_name(&r, &w, names, 9, &which)) {
		if (which == 0)
			id.unix_ms = cbor_uint(&r, UINT64_C(253402300799999), "timestamp"); /* year 9999 */
		else if (which == 1)
			id.module_id = cbor_tstr(&r, 1, 256, "module_id");
		else if (which == 2)
			read_pcrs(&r, &id);
		else
			cbor_skip(&r, CBOR_EITHER, names[which]);
	}
	rd_want(&r, id.unix_ms > 0, "timestamp");
	rd_want(&r, id.module_id.len > 0, "module_id");
	TRY(rd_close(&r, "payload"));
	*out = id;
	return CLOISTER_OK;
}

static bool is_constant(struct bytes b)
{
	for (size_t i = 1; i < b.len; i++)
		if (b.data[i] != b.data[0])
			return false;
	return true;
}

enum cloister_err nsm_seed_check(struct bytes first, struct bytes second, struct cloister_fault *why)
{
	if (first.len < NSM_SEED_MIN || second.len < NSM_SEED_MIN)
		return fail(why, CLOISTER_E_PEER, "entropy", "a draw of only %zu bytes",
			    first.len < second.len ? first.len : second.len);
	if (is_constant(first) || is_constant(second))
		return fail(why, CLOISTER_E_PEER, "entropy", "a draw repeats one byte");
	/* Same head is enough: 32 equal bytes do not happen to a working source. */
	if (mem_same(first.data, second.data, NSM_SEED_MIN))
		return fail(why, CLOISTER_E_PEER, "entropy", "two draws are the same");
	return CLOISTER_OK;
}
