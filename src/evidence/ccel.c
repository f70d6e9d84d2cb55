/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ccel.c - TCG PC Client Platform Firmware Profile 1.05, section 10 (event
 * logging), as UEFI 2.10 chapter 38 uses it for confidential machines. Names
 * beside the fields are that profile's.
 */

#include "evidence/ccel.h"

#include "base/limits.h"
#include "base/rd.h"

#define ALG_SHA384 0x000cu

static const struct {
	uint16_t alg, len;
} algs[] = { { 0x0004, 20 }, { 0x000b, 32 }, { ALG_SHA384, 48 }, { 0x000d, 64 }, { 0x0012, 32 } };

static size_t digest_len(uint16_t alg)
{
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++)
		if (algs[i].alg == alg)
			return algs[i].len;
	return 0;
}

/* ---- what a digest covers -------------------------------------------------- */

/* The content of a UEFI_VARIABLE_DATA, whose name and content must fill it. */
static bool variable_content(struct bytes data, struct bytes *out)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	rd_take(&r, 16, "VariableName");
	uint64_t n_chars = rd_le64(&r, "UnicodeNameLength");
	uint64_t len = rd_le64(&r, "VariableDataLength");
	rd_want(&r, n_chars <= data.len / 2, "UnicodeNameLength"); /* twice of it wraps nowhere */
	rd_take(&r, n_chars * 2, "UnicodeName");
	struct bytes content = rd_take(&r, len, "VariableData");
	if (rd_close(&r, "UEFI_VARIABLE_DATA") != CLOISTER_OK)
		return false;
	*out = content;
	return true;
}

static struct bytes without_nul(struct bytes b)
{
	return b.len && b.data[b.len - 1] == 0 ? bytes_of(b.data, b.len - 1) : b;
}

/* GRUB writes "grub_cmd: TEXT" and measures TEXT. */
static struct bytes behind_prefix(struct bytes b)
{
	for (size_t i = 0; i + 1 < b.len; i++)
		if (b.data[i] == ':' && b.data[i + 1] == ' ')
			return bytes_of(b.data + i + 2, b.len - i - 2);
	return b;
}

/* The part of a TCG_PCClientTaggedEvent that is data, when its size is right. */
static struct bytes tag_content(struct bytes data)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	rd_le32(&r, "taggedEventID");
	size_t len = rd_le32(&r, "taggedEventDataSize");
	struct bytes content = rd_take(&r, len, "taggedEventData");
	return rd_close(&r, "tag") == CLOISTER_OK ? content : data;
}

/* The type says that the digest is of the data: then it must be. */
static bool must_prove(uint32_t type)
{
	return type == EV_SEPARATOR || type == EV_EFI_ACTION || type == EV_EFI_VARIABLE_BOOT ||
	       type == EV_EFI_VARIABLE_BOOT2 || type == EV_EFI_VARIABLE_DRIVER_CONFIG ||
	       type == EV_EFI_VARIABLE_AUTHORITY;
}

/* The parts of the data that a digest may be of, by the type; some writers measure less than all. */
static size_t parts_of(uint32_t type, struct bytes data, struct bytes out[static 3])
{
	size_t n = 0;

	out[n++] = data;
	switch (type) {
	case EV_EFI_VARIABLE_BOOT: /* EDK II measures the content alone */
		n += variable_content(data, &out[n]);
		break;
	case EV_IPL:
		out[n++] = without_nul(data);
		out[n++] = behind_prefix(without_nul(data));
		break;
	case EV_EVENT_TAG:
	case EV_AAEL:
		out[n++] = tag_content(data);
		out[n++] = without_nul(tag_content(data));
		break;
	}
	return n;
}

/* That nothing could be computed is no reason to doubt the log. */
static enum cloister_err prove(struct hash *h, struct ccel_event *e)
{
	struct bytes part[3];
	size_t n = parts_of(e->type, e->data, part);
	uint8_t is[SHA384_LEN];

	for (size_t i = 0; i < n; i++) {
		hash_update(h, part[i]);
		TRY(hash_final(h, is, NULL));
		if (mem_same(is, e->digest.data, sizeof is)) {
			e->proof = CCEL_PROVEN;
			e->proven = part[i];
			return CLOISTER_OK;
		}
	}
	return CLOISTER_OK;
}

void ccel_prove(struct ccel_event *e)
{
	own(drop_hash) struct hash *h = NULL;

	if (hash_new(HASH_SHA384, &h, NULL) == CLOISTER_OK)
		(void)prove(h, e);
}

/* ---- the log --------------------------------------------------------------- */

/* TCG_EfiSpecIDEvent, inside a record in the form of TPM 1.2. */
static void read_header(struct rd *r, struct ccel *c)
{
	rd_want(r, rd_le32(r, "pcrIndex") <= CCEL_RTMRS, "pcrIndex");
	rd_want(r, rd_le32(r, "eventType") == EV_NO_ACTION, "eventType");
	rd_zero(r, 20, "digest");
	struct rd e = rd_sub(r, rd_le32(r, "eventDataSize"), "eventData");
	/*  0 */ struct bytes signature = rd_take(&e, 16, "signature");
	rd_want(&e, bytes_equal(signature, bytes_of("Spec ID Event03", 16)), "signature");
	/* 16 */ rd_le32(&e, "platformClass");
	/* 20 */ rd_want(&e, rd_u8(&e, "specVersionMinor") == 0, "specVersionMinor");
	/* 21 */ rd_want(&e, rd_u8(&e, "specVersionMajor") == 2, "specVersionMajor");
	/* 22 */ rd_u8(&e, "specErrata");
	/* 23 */ uint8_t uintn = rd_u8(&e, "uintnSize");
	rd_want(&e, uintn == 1 || uintn == 2, "uintnSize");
	/* 24 */ uint32_t n = rd_le32(&e, "numberOfAlgorithms");
	rd_want(&e, n >= 1 && n <= sizeof c->algs / sizeof *c->algs, "numberOfAlgorithms");
	for (uint32_t i = 0; rd_ok(&e) && i < n; i++) {
		uint16_t alg = rd_le16(&e, "algorithmId");
		for (size_t k = 0; k < c->n_algs; k++)
			rd_want(&e, c->algs[k] != alg, "algorithmId");
		rd_want(&e, digest_len(alg) != 0, "algorithmId");
		rd_want(&e, rd_le16(&e, "digestSize") == digest_len(alg), "digestSize");
		c->algs[c->n_algs++] = alg;
	}
	rd_take(&e, rd_u8(&e, "vendorInfoSize"), "vendorInfo");
	(void)rd_close(&e, "TCG_EfiSpecIDEvent");
}

/* TCG_PCR_EVENT2, behind its index. */
static struct ccel_event read_event(struct rd *r, const struct ccel *c, unsigned reg)
{
	struct ccel_event e = { .reg = reg };

	e.type = rd_le32(r, "eventType");
	e.is_extended = e.type != EV_NO_ACTION;
	rd_want(r, rd_le32(r, "digests.count") == c->n_algs, "digests.count");
	for (size_t i = 0; i < c->n_algs; i++) {
		rd_want(r, rd_le16(r, "hashAlg") == c->algs[i], "hashAlg");
		struct bytes digest = rd_take(r, digest_len(c->algs[i]), "digest");
		if (c->algs[i] == ALG_SHA384)
			e.digest = digest;
	}
	e.data = rd_take(r, rd_le32(r, "eventSize"), "event");
	return e;
}

/* Nothing but `byte` up to the end. */
static void read_padding(struct rd *r, uint8_t byte)
{
	struct bytes rest = rd_rest(r, "padding");
	bool same = true;

	for (size_t i = 0; i < rest.len; i++)
		same = same && rest.data[i] == byte;
	rd_want(r, same, "padding");
}

/* Whether the log ends here: an end mark, a record of zeros, or no byte left. */
static bool at_end(struct rd *r)
{
	if (rd_left(r) == 0)
		return true;
	if (rd_left(r) >= 4 && bytes_equal(bytes_of(r->at, 4), bytes_of("\xff\xff\xff\xff", 4)))
		read_padding(r, 0xff);
	else if (rd_left(r) >= 12 && mem_is_zero(r->at, 12)) /* no event has zero digests */
		read_padding(r, 0);
	else
		return false;
	return true;
}

static void extend(struct hash *h, uint8_t rtmr[static SHA384_LEN], struct bytes digest,
		   struct rd *r)
{
	hash_update(h, bytes_of(rtmr, SHA384_LEN));
	hash_update(h, digest);
	if (hash_final(h, rtmr, NULL) != CLOISTER_OK)
		rd_refuse(r, CLOISTER_E_NOMEM, "extend", "no hash");
}

static bool is_separator(struct bytes data)
{
	return bytes_equal(data, bytes_of("\0\0\0\0", 4)) ||
	       bytes_equal(data, bytes_of("\xff\xff\xff\xff", 4));
}

/* The rules that hold between an event, its data and its register. */
static void check_event(struct rd *r, struct hash *h, struct ccel_event *e, unsigned *separated)
{
	size_t at = e->at;
	const char *note = NULL;

	if (must_prove(e->type) && prove(h, e) != CLOISTER_OK) {
		rd_refuse(r, CLOISTER_E_NOMEM, "event", "no hash");
		return;
	}
	if (e->reg == 0)
		note = "nothing extends MRTD after the launch";
	else if (must_prove(e->type) && e->proof != CCEL_PROVEN)
		note = "the digest is not that of the data";
	else if (e->type == EV_SEPARATOR && !is_separator(e->data))
		note = "a separator that reports an error, or is none";
	else if (e->type == EV_SEPARATOR && *separated >> e->reg & 1)
		note = "a second separator in this register";
	if (e->type == EV_SEPARATOR)
		*separated |= 1u << e->reg;
	if (!note)
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, "event", note);
	r->why->at = at;
}

static void replay(struct rd *r, struct hash *h, struct ccel *c)
{
	unsigned separated = 0;
	const uint8_t *first = r->at;

	c->events = bytes_of(first, 0); /* a log without events is walked too */
	while (rd_ok(r) && !at_end(r)) {
		size_t at = rd_at(r);
		uint32_t reg = rd_le32(r, "mrIndex");
		rd_want(r, reg <= CCEL_RTMRS, "mrIndex");
		struct ccel_event e = read_event(r, c, reg);
		if (!rd_ok(r))
			return;
		c->n_events++;
		e.at = at;
		c->events = bytes_of(first, (size_t)(r->at - first));
		if (!e.is_extended)
			continue;
		check_event(r, h, &e, &separated);
		if (!rd_ok(r))
			return;
		extend(h, c->rtmr[reg - 1], e.digest, r);
		c->n_extended[reg - 1]++;
	}
}

static bool has_sha384(const struct ccel *c)
{
	for (size_t i = 0; i < c->n_algs; i++)
		if (c->algs[i] == ALG_SHA384)
			return true;
	return false;
}

enum cloister_err ccel_read(struct bytes log, struct ccel *out, struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;
	struct cloister_fault local;
	struct ccel c = { 0 };

	if (log.len > LIMIT_CCEL)
		return fail(why, CLOISTER_E_LIMIT, "event log", "larger than %u bytes", LIMIT_CCEL);
	TRY(hash_new(HASH_SHA384, &h, why));
	struct rd r = rd_open(log, why ? why : &local);
	read_header(&r, &c);
	if (!has_sha384(&c))
		rd_refuse(&r, CLOISTER_E_UNSUPPORTED, "algorithms", "SHA-384 is not among them");
	c.header_len = rd_at(&r);
	replay(&r, h, &c);
	TRY(rd_close(&r, "event log"));
	*out = c;
	return CLOISTER_OK;
}

bool ccel_next(const struct ccel *c, struct ccel_walk *w, struct ccel_event *out)
{
	struct cloister_fault why;

	if (w->at >= c->events.len)
		return false;
	struct rd r = rd_open(bytes_of(c->events.data + w->at, c->events.len - w->at), &why);
	struct ccel_event e = read_event(&r, c, rd_le32(&r, "mrIndex"));
	if (!rd_ok(&r))
		return false;
	if (e.is_extended)
		ccel_prove(&e);
	e.at = c->header_len + w->at;
	w->at += rd_at(&r);
	*out = e;
	return true;
}
