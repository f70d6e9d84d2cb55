/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_rebuild.c - fields by name back to their places (AMD 56860, table 23).
 * What is absent or null is zero, as both writers have it.
 */

#include "evidence/snp_rebuild.h"

#include <string.h>

#include "evidence/unwrap.h"

enum type { NUMBER, BYTES, TCB, FIRMWARE, FMS };

struct field {
	uint16_t at, len;
	enum type type;
	const char *names[4]; /* virtee's, old and new; protobuf's, as JSON and as declared */
};

static const struct field fields[] = {
	{ 0x000, 4, NUMBER, { "version" } },
	{ 0x004, 4, NUMBER, { "guest_svn", "guestSvn" } },
	{ 0x008, 8, NUMBER, { "policy" } },
	{ 0x010, 16, BYTES, { "family_id", "familyId" } },
	{ 0x020, 16, BYTES, { "image_id", "imageId" } },
	{ 0x030, 4, NUMBER, { "vmpl" } },
	{ 0x034, 4, NUMBER, { "sig_algo", "signatureAlgo", "signature_algo" } },
	{ 0x038, 8, TCB, { "current_tcb", "currentTcb", "platform_version" } },
	{ 0x040, 8, NUMBER, { "plat_info", "platformInfo", "platform_info" } },
	{ 0x048, 4, NUMBER, { "key_info", "_author_key_en", "signerInfo", "signer_info" } },
	{ 0x050, 64, BYTES, { "report_data", "reportData" } },
	{ 0x090, 48, BYTES, { "measurement" } },
	{ 0x0c0, 32, BYTES, { "host_data", "hostData" } },
	{ 0x0e0, 48, BYTES, { "id_key_digest", "idKeyDigest" } },
	{ 0x110, 48, BYTES, { "author_key_digest", "authorKeyDigest" } },
	{ 0x140, 32, BYTES, { "report_id", "reportId" } },
	{ 0x160, 32, BYTES, { "report_id_ma", "reportIdMa" } },
	{ 0x180, 8, TCB, { "reported_tcb", "reportedTcb" } },
	{ 0x188, 1, NUMBER, { "cpuid_fam_id" } },
	{ 0x189, 1, NUMBER, { "cpuid_mod_id" } },
	{ 0x18a, 1, NUMBER, { "cpuid_step" } },
	{ 0x188, 3, FMS, { "cpuid1eaxFms", "cpuid1eax_fms" } },
	{ 0x1a0, 64, BYTES, { "chip_id", "chipId" } },
	{ 0x1e0, 8, TCB, { "committed_tcb", "committedTcb" } },
	{ 0x1e8, 1, NUMBER, { "current_build", "currentBuild" } },
	{ 0x1e9, 1, NUMBER, { "current_minor", "currentMinor" } },
	{ 0x1ea, 1, NUMBER, { "current_major", "currentMajor" } },
	{ 0x1e8, 3, FIRMWARE, { "current" } },
	{ 0x1ec, 1, NUMBER, { "committed_build", "committedBuild" } },
	{ 0x1ed, 1, NUMBER, { "committed_minor", "committedMinor" } },
	{ 0x1ee, 1, NUMBER, { "committed_major", "committedMajor" } },
	{ 0x1ec, 3, FIRMWARE, { "committed" } },
	{ 0x1f0, 8, TCB, { "launch_tcb", "launchTcb" } },
	{ 0x1f8, 8, NUMBER, { "launch_mit_vector", "launchMitVector" } },
	{ 0x200, 8, NUMBER, { "current_mit_vector", "currentMitVector" } },
};

static const struct field halves[] = { { 0x2a0, 72, BYTES, { "r" } }, { 0x2e8, 72, BYTES, { "s" } } };
static const struct field whole = { 0x2a0, 512, BYTES, { "signature" } };

static bool is_there(struct json v)
{
	return v.type != JSON_NONE && v.type != JSON_NULL;
}

static struct json member(struct json object, const struct field *f)
{
	struct json v = { 0 };

	for (size_t i = 0; i < sizeof f->names / sizeof *f->names && f->names[i] && !is_there(v); i++)
		v = json_get(object, f->names[i]);
	return v;
}

/* Protobuf's JSON writes 64-bit numbers as strings of digits: 1 to 20, between quotes. */
static bool number(struct json v, uint64_t *out)
{
	if (v.type == JSON_STRING && v.text.len >= 3 && v.text.len <= 22)
		v = (struct json){ JSON_NUMBER, bytes_of(v.text.data + 1, v.text.len - 2) };
	return json_u64(v, out);
}

static bool put_number(struct json v, uint8_t *out, size_t len)
{
	uint64_t n;

	if (!number(v, &n) || (len < 8 && n >> (8 * len) != 0))
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(n >> (8 * i));
	return true;
}

static bool put_bytes(struct json v, uint8_t *out, size_t len)
{
	uint8_t room[2048];
	struct buf store = { .data = room, .room = sizeof room, .max = sizeof room };
	struct bytes b;

	if (unwrap_value(&store, v, &b, NULL) != CLOISTER_OK || b.len != len)
		return false;
	memcpy(out, b.data, len);
	return true;
}

/* virtee spells the levels out, and whether there is an FMC says where they go (table 3). */
static bool put_tcb(struct json v, uint8_t *out)
{
	static const char *const names[] = { "bootloader", "tee", "snp", "microcode", "fmc" };
	static const uint8_t at[2][5] = { { 0, 1, 6, 7, 0 }, { 1, 2, 3, 7, 0 } };

	if (v.type != JSON_OBJECT)
		return put_number(v, out, SNP_TCB_LEN);
	bool has_fmc = is_there(json_get(v, "fmc"));
	for (size_t i = 0; i < (has_fmc ? 5 : 4); i++)
		if (!put_number(json_get(v, names[i]), out + at[has_fmc][i], 1))
			return false;
	return true;
}

static bool put_firmware(struct json v, uint8_t *out)
{
	return put_number(json_get(v, "build"), out, 1) && put_number(json_get(v, "minor"), out + 1, 1) &&
	       put_number(json_get(v, "major"), out + 2, 1);
}

#define CPUID_FMS 0x0fff0fffull /* the bits that are not reserved */

/* CPUID(1).EAX: base family (always Fh) and extended family, model likewise, stepping. Version 2 has zeros. */
static bool put_fms(struct json v, uint8_t *out)
{
	uint64_t eax;

	if (!number(v, &eax) || eax & ~CPUID_FMS)
		return false;
	out[0] = (uint8_t)((eax >> 8 & 15) + (eax >> 20 & 255));
	out[1] = (uint8_t)((eax >> 12 & 0xf0) | (eax >> 4 & 15));
	out[2] = (uint8_t)(eax & 15);
	return true;
}

static bool put(const struct field *f, struct json v, uint8_t *report)
{
	uint8_t *out = report + f->at;

	switch (f->type) {
	case NUMBER:
		return put_number(v, out, f->len);
	case BYTES:
		return put_bytes(v, out, f->len);
	case TCB:
		return put_tcb(v, out);
	case FIRMWARE:
		return put_firmware(v, out);
	case FMS:
		return put_fms(v, out);
	}
	return false;
}

static enum cloister_err put_all(const struct field *list, size_t n, struct json object,
				 uint8_t *report, struct cloister_fault *why)
{
	for (size_t i = 0; i < n; i++) {
		struct json v = member(object, &list[i]);
		if (is_there(v) && !put(&list[i], v, report))
			return fail_at(why, CLOISTER_NOWHERE, list[i].names[0],
				       "not a value of %u bytes", list[i].len);
	}
	return CLOISTER_OK;
}

enum cloister_err snp_rebuild(struct json report, uint8_t out[static SNP_REPORT_LEN],
			      struct cloister_fault *why)
{
	struct json signature = json_get(report, "signature");

	memset(out, 0, SNP_REPORT_LEN);
	if (!is_there(signature))
		return fail_at(why, CLOISTER_NOWHERE, "signature", "the report has none");
	TRY(put_all(fields, sizeof fields / sizeof *fields, report, out, why));
	if (signature.type == JSON_OBJECT)
		return put_all(halves, 2, signature, out, why);
	return put_all(&whole, 1, report, out, why);
}
