/* SPDX-License-Identifier: Apache-2.0 */
/*
 * der.c - X.690 section 8 and 10, read strictly. Every head is read in head()
 * and nowhere else; no length is used before it is compared with what is left.
 */

#include "codec/der.h"

#include "base/date.h"

#define GENERALIZED_FROM 2524608000u /* 2050-01-01 */

struct head {
	size_t at; /* offset of the tag byte */
	uint8_t tag;
	size_t len; /* bytes of content */
};

/* Refuse with the offset of the element that is wrong, not of where reading stopped. */
static void refuse(struct rd *r, size_t at, const char *field, const char *note)
{
	if (!rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, field, note);
	r->why->at = at;
}

/* X.690 8.1.3 and 10.1: the length in as few bytes as can be. Four bytes of it are plenty. */
static size_t length(struct rd *r, size_t at, const char *field)
{
	uint8_t first = rd_u8(r, field);
	size_t n = first & 0x7f, len = 0;

	if (first < 0x80)
		return first;
	if (n == 0)
		refuse(r, at, field, "indefinite lengths are not DER");
	if (n > 4)
		refuse(r, at, field, "the length is too large");
	for (size_t i = 0; rd_ok(r) && i < n; i++)
		len = len << 8 | rd_u8(r, field);
	if (rd_ok(r) && (len < 0x80 || len >> 8 * (n - 1) == 0))
		refuse(r, at, field, "the length is not in its shortest form");
	return rd_ok(r) ? len : 0;
}

static struct head head(struct rd *r, const char *field)
{
	struct head h = { .at = rd_at(r) };

	h.tag = rd_u8(r, field);
	if ((h.tag & 0x1f) == 0x1f)
		refuse(r, h.at, field, "tags of more than one byte are not accepted");
	h.len = length(r, h.at, field);
	if (h.len > rd_left(r))
		refuse(r, h.at, field, "the input ends inside this element");
	return h;
}

static struct head due(struct rd *r, enum der_tag tag, const char *field)
{
	struct head h = head(r, field);

	if (h.tag != tag)
		refuse(r, h.at, field, "another type is due here");
	return h;
}

unsigned der_peek(const struct rd *r)
{
	return rd_ok(r) && rd_left(r) ? *r->at : 0;
}

struct bytes der_take(struct rd *r, enum der_tag tag, const char *field)
{
	struct head h = due(r, tag, field);

	return rd_take(r, h.len, field);
}

struct rd der_enter(struct rd *r, enum der_tag tag, const char *field)
{
	struct head h = due(r, tag, field);

	return rd_sub(r, h.len, field);
}

struct bytes der_whole(struct rd *r, enum der_tag tag, const char *field)
{
	const uint8_t *from = r->at;

	(void)der_take(r, tag, field);
	return rd_ok(r) ? bytes_of(from, (size_t)(r->at - from)) : BYTES_NONE;
}

void der_skip(struct rd *r, const char *field)
{
	struct head h = head(r, field);

	(void)rd_take(r, h.len, field);
}

/* X.690 8.3.2: not empty, and the first nine bits are not all alike. */
struct bytes der_natural(struct rd *r, size_t max, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = der_take(r, DER_INTEGER, field);

	if (!rd_ok(r))
		return BYTES_NONE;
	if (b.len == 0 || (b.len > 1 && b.data[0] == 0 && b.data[1] < 0x80))
		refuse(r, at, field, "the number is not in its shortest form");
	else if (b.data[0] >= 0x80)
		refuse(r, at, field, "the number is negative");
	else if (b.len > 1 && b.data[0] == 0)
		b = bytes_of(b.data + 1, b.len - 1);
	if (b.len > max)
		refuse(r, at, field, "the number is too large");
	return rd_ok(r) ? b : BYTES_NONE;
}

struct bytes der_positive(struct rd *r, size_t max, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = der_natural(r, max, field);

	if (b.len == 1 && b.data[0] == 0)
		refuse(r, at, field, "the number is zero");
	return rd_ok(r) ? b : BYTES_NONE;
}

void der_positive_fixed(struct rd *r, uint8_t *out, size_t len, const char *field)
{
	struct bytes b = der_positive(r, len, field);

	memset(out, 0, len);
	if (b.len)
		memcpy(out + len - b.len, b.data, b.len);
}

uint32_t der_small(struct rd *r, uint32_t max, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = der_take(r, DER_INTEGER, field);

	if (!rd_ok(r))
		return 0;
	if (b.len != 1 || b.data[0] > max) {
		refuse(r, at, field, "the number is not allowed here");
		return 0;
	}
	return b.data[0];
}

bool der_flag(struct rd *r, const char *field)
{
	size_t at = rd_at(r);

	if (der_peek(r) != DER_BOOLEAN)
		return false;
	struct bytes b = der_take(r, DER_BOOLEAN, field);
	if (b.len != 1 || b.data[0] != 0xff)
		refuse(r, at, field, "only TRUE is written, as FF");
	return rd_ok(r);
}

struct bytes der_bits(struct rd *r, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = der_take(r, DER_BIT_STRING, field);

	if (!rd_ok(r))
		return BYTES_NONE;
	if (b.len == 0 || b.data[0] != 0) {
		refuse(r, at, field, "not a whole number of bytes");
		return BYTES_NONE;
	}
	return bytes_of(b.data + 1, b.len - 1);
}

/* X.690 11.2.2: trailing zero bits are left out, and unused bits are zero. */
uint32_t der_named_bits(struct rd *r, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = der_take(r, DER_BIT_STRING, field);
	uint32_t bits = 0;

	if (!rd_ok(r))
		return 0;
	if (b.len < 2 || b.len > 4 || b.data[0] > 7) {
		refuse(r, at, field, "not a list of named bits");
		return 0;
	}
	uint8_t last = b.data[b.len - 1];
	if ((last & ((2u << b.data[0]) - 1)) != 1u << b.data[0])
		refuse(r, at, field, "the last bit is not the lowest one set");
	for (size_t i = 0; i < 8 * (b.len - 1); i++)
		bits |= (uint32_t)(b.data[1 + i / 8] >> (7 - i % 8) & 1) << i;
	return rd_ok(r) ? bits : 0;
}

/* "YYMMDDHHMMSSZ", with the century that RFC 5280 gives it, as a date that date_read() judges. */
static bool moment(struct bytes b, bool general, uint64_t *out_s)
{
	char t[] = "0000-00-00T00:00:00Z";
	const char *p = (const char *)b.data;
	static const uint8_t at[] = { 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18 }; /* digits in t */

	if (b.len != (general ? 15 : 13) || p[b.len - 1] != 'Z')
		return false;
	memcpy(t, general ? p : p[0] < '5' ? "20" : "19", 2);
	for (size_t i = 0; i < sizeof at; i++)
		t[at[i]] = p[i + (general ? 2 : 0)];
	/* No leap seconds; years until 2049 are written as UTCTime. */
	return t[17] < '6' && date_read(t, out_s) && (!general || *out_s >= GENERALIZED_FROM);
}

uint64_t der_time(struct rd *r, const char *field)
{
	size_t at = rd_at(r);
	bool general = der_peek(r) == DER_GENERALIZED_TIME;
	struct bytes b = der_take(r, general ? DER_GENERALIZED_TIME : DER_UTC_TIME, field);
	uint64_t s = 0;

	if (rd_ok(r) && !moment(b, general, &s))
		refuse(r, at, field, "not a moment in the form that RFC 5280 wants");
	return rd_ok(r) ? s : 0;
}
