/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rd.c - the sticky reader. The cursor moves in advance() and nowhere else.
 */

#include "base/rd.h"

static const uint8_t zeros[8];

void rd_refuse(struct rd *r, enum cloister_err err, const char *field, const char *note)
{
	if (!rd_ok(r))
		return;
	r->why->err = fail(r->why, err, field, "%s", note);
	r->why->at = rd_at(r);
}

/* The next len bytes, or NULL after the first failure. */
static const uint8_t *advance(struct rd *r, size_t len, const char *field)
{
	r->field = r->at;
	if (!rd_ok(r))
		return NULL;
	if (len > rd_left(r)) {
		rd_refuse(r, CLOISTER_E_MALFORMED, field, "the input ends inside this field");
		return NULL;
	}
	r->at += len;
	return r->field;
}

struct rd rd_open(struct bytes in, struct cloister_fault *why)
{
	const uint8_t *base = in.len ? in.data : zeros; /* no arithmetic on NULL */

	*why = (struct cloister_fault){ 0 };
	return (struct rd){ base, base, base + in.len, base, why };
}

struct rd rd_sub(struct rd *r, size_t len, const char *field)
{
	const uint8_t *p = advance(r, len, field);

	if (!p)
		return (struct rd){ r->base, r->at, r->at, r->at, r->why };
	return (struct rd){ r->base, p, p + len, p, r->why };
}

static uint64_t be(struct rd *r, size_t len, const char *field)
{
	const uint8_t *p = advance(r, len, field);
	uint64_t v = 0;

	if (!p)
		p = zeros;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static uint64_t le(struct rd *r, size_t len, const char *field)
{
	const uint8_t *p = advance(r, len, field);
	uint64_t v = 0;

	if (!p)
		p = zeros;
	for (size_t i = len; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

uint8_t rd_u8(struct rd *r, const char *field)
{
	return (uint8_t)be(r, 1, field);
}

uint16_t rd_be16(struct rd *r, const char *field)
{
	return (uint16_t)be(r, 2, field);
}

uint32_t rd_be32(struct rd *r, const char *field)
{
	return (uint32_t)be(r, 4, field);
}

uint64_t rd_be64(struct rd *r, const char *field)
{
	return be(r, 8, field);
}

uint16_t rd_le16(struct rd *r, const char *field)
{
	return (uint16_t)le(r, 2, field);
}

uint32_t rd_le32(struct rd *r, const char *field)
{
	return (uint32_t)le(r, 4, field);
}

uint64_t rd_le64(struct rd *r, const char *field)
{
	return le(r, 8, field);
}

struct bytes rd_take(struct rd *r, size_t len, const char *field)
{
	const uint8_t *p = advance(r, len, field);

	return p ? bytes_of(p, len) : BYTES_NONE;
}

struct bytes rd_rest(struct rd *r, const char *field)
{
	return rd_take(r, rd_left(r), field);
}

void rd_copy(struct rd *r, void *dst, size_t len, const char *field)
{
	const uint8_t *p = advance(r, len, field);

	if (p)
		memcpy(dst, p, len);
	else
		memset(dst, 0, len);
}

void rd_zero(struct rd *r, size_t len, const char *field)
{
	const uint8_t *p = advance(r, len, field);
	uint8_t any = 0;

	for (size_t i = 0; p && i < len; i++)
		any |= p[i];
	rd_want(r, any == 0, field);
}

void rd_want_because(struct rd *r, bool holds, const char *constraint, const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, constraint, note);
	r->why->at = (size_t)(r->field - r->base);
}

void rd_want(struct rd *r, bool holds, const char *constraint)
{
	rd_want_because(r, holds, constraint, "value not allowed here");
}

enum cloister_err rd_close(struct rd *r, const char *region)
{
	if (rd_ok(r) && rd_left(r) > 0)
		rd_refuse(r, CLOISTER_E_MALFORMED, region, "bytes are left over");
	return r->why->err;
}
