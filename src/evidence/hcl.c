/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hcl.c - Azure's "guest attestation report": a header of 32 bytes, a hardware
 * report in a field of 1184, a header of 20, and JSON. All little-endian.
 */

#include "evidence/hcl.h"

#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rd.h"

#define HEAD 32u
#define DATA_HEAD 20u
#define SNP_REPORT_DATA_AT 0x50u
#define TDREPORT_DATA_AT 128u

/* In the order of HCL's hash types, which start at 1. */
static const enum hash_kind hashes[] = { HASH_SHA256, HASH_SHA384, HASH_SHA512 };

static void read_report(struct rd *r, struct hcl *h, struct bytes field)
{
	size_t len = h->tee == HCL_SNP ? HCL_SNP_LEN : HCL_TDREPORT_LEN;
	size_t at = h->tee == HCL_SNP ? SNP_REPORT_DATA_AT : TDREPORT_DATA_AT;

	h->report = bytes_of(field.data, len);
	h->report_data = bytes_of(field.data + at, HCL_REPORT_DATA_LEN);
	if (!mem_is_zero(field.data + len, field.len - len))
		rd_refuse(r, CLOISTER_E_MALFORMED, "report", "bytes behind the TDREPORT");
	/* REPORTTYPE.TYPE: 81h is TDX, then subtype and version 0 */
	if (h->tee == HCL_TDX && !bytes_equal(bytes_of(field.data, 4), bytes_of("\x81\0\0\0", 4)))
		rd_refuse(r, CLOISTER_E_MALFORMED, "report", "not a TDREPORT");
}

static void read_data(struct rd *r, struct hcl *h, struct bytes field, size_t room)
{
	size_t size = rd_le32(r, "data.size");
	/* 1216 */ rd_want(r, size == room, "data.size");
	/* 1220 */ rd_want(r, rd_le32(r, "data.version") == 1, "data.version");
	/* 1224 */ uint32_t type = rd_le32(r, "data.type");
	rd_want(r, type == HCL_SNP || type == HCL_TDX, "data.type");
	/* 1228 */ uint32_t hash = rd_le32(r, "data.hash");
	rd_want(r, hash >= 1 && hash <= sizeof hashes / sizeof *hashes, "data.hash");
	/* 1232 */ size_t len = rd_le32(r, "data.variable_size");
	rd_want(r, len == size - DATA_HEAD, "data.variable_size");
	/* 1236 */ h->runtime = rd_take(r, len, "data.variable");
	if (!rd_ok(r))
		return;
	h->tee = (enum hcl_tee)type;
	h->hash = hashes[hash - 1];
	read_report(r, h, field);
}

enum cloister_err hcl_read(struct bytes in, struct hcl *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct hcl h = { 0 };

	if (in.len > LIMIT_HCL)
		return fail(why, CLOISTER_E_LIMIT, "HCL report", "larger than %u bytes", LIMIT_HCL);
	/*    0 */ struct bytes signature = rd_take(&r, 4, "signature");
	rd_want(&r, bytes_are(signature, "HCLA"), "signature");
	/*    4 */ h.version = rd_le32(&r, "version");
	if (h.version != 1 && h.version != 2)
		rd_refuse(&r, CLOISTER_E_UNSUPPORTED, "version", "neither 1 nor 2");
	/*    8 */ size_t size = rd_le32(&r, "report_size");
	rd_want(&r, size > HEAD + HCL_SNP_LEN + DATA_HEAD && size <= in.len, "report_size");
	/*   12 */ rd_want(&r, rd_le32(&r, "request_type") == 2, "request_type");
	/*   16 */ rd_want(&r, rd_le32(&r, "status") == 0, "status");
	/*   20 */ rd_zero(&r, 12, "reserved");
	/*   32 */ struct bytes field = rd_take(&r, HCL_SNP_LEN, "report");
	read_data(&r, &h, field, size - HEAD - HCL_SNP_LEN);
	/* the index is larger than the report */
	rd_zero(&r, rd_left(&r), "padding");
	TRY(rd_close(&r, "HCL report"));
	*out = h;
	return CLOISTER_OK;
}

enum cloister_err hcl_binding(const struct hcl *h, uint8_t out[static HCL_REPORT_DATA_LEN],
			      struct cloister_fault *why)
{
	own(drop_hash) struct hash *hash = NULL;

	memset(out, 0, HCL_REPORT_DATA_LEN);
	TRY(hash_new(h->hash, &hash, why));
	hash_update(hash, h->runtime);
	return hash_final(hash, out, why);
}

static enum cloister_err read_user_data(struct json v, struct hcl_runtime *out,
					struct cloister_fault *why)
{
	char text[2 * sizeof out->user_data + 1];
	size_t len;

	if (v.type == JSON_NONE)
		return CLOISTER_OK;
	if (!json_text(v, text, sizeof text))
		return fail(why, CLOISTER_E_MALFORMED, "user-data", "not a text of %zu bytes in hex",
			    sizeof out->user_data);
	if (hex_read(bytes_text(text), out->user_data, sizeof out->user_data, &len, why) != CLOISTER_OK ||
	    len != sizeof out->user_data)
		return fail(why, CLOISTER_E_MALFORMED, "user-data", "not %zu bytes in hex",
			    sizeof out->user_data);
	out->has_user_data = true;
	return CLOISTER_OK;
}

/* Whether the key of the quotes may sign, and says so. */
static bool may_sign(struct json keys)
{
	struct json key, op;

	for (struct json_walk w = json_walk(keys); json_next(&w, NULL, &key);) {
		if (!json_is(json_get(key, "kid"), "HCLAkPub"))
			continue;
		for (struct json_walk ops = json_walk(json_get(key, "key_ops")); json_next(&ops, NULL, &op);)
			if (json_is(op, "sign"))
				return true;
	}
	return false;
}

enum cloister_err hcl_runtime_read(struct bytes runtime, struct hcl_runtime *out,
				   struct cloister_fault *why)
{
	struct hcl_runtime rt = { 0 };
	struct json root;

	TRY(json_read(runtime, &root, why));
	TRY(jwks_find(runtime, "HCLAkPub", &rt.ak, why));
	if (!may_sign(json_get(root, "keys")))
		return fail(why, CLOISTER_E_MALFORMED, "key_ops", "HCLAkPub is not for signing");
	rt.vm = json_get(root, "vm-configuration");
	if (rt.vm.type != JSON_OBJECT)
		return fail(why, CLOISTER_E_MALFORMED, "vm-configuration",
			    "the member is missing or no object");
	TRY(read_user_data(json_get(root, "user-data"), &rt, why));
	*out = rt;
	return CLOISTER_OK;
}
