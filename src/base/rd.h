/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RD_H
#define BASE_RD_H

/*
 * rd.h - the one way to read bytes that a stranger wrote.
 *
 * A reader walks a loan of bytes. The first thing that is wrong is remembered
 * (which field, at which offset) and every later read yields zeros, so a
 * parser reads straight down its layout and asks once, in rd_close(), whether
 * it all held. Nothing read may be used before that.
 *
 * A reader needs a real fault, since the fault is its state: it must be
 * cleared before rd_open(), and rd_open() does so. Sub-readers share it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

struct rd {
	const uint8_t *base;  /* first byte of the outermost input */
	const uint8_t *at;
	const uint8_t *end;
	const uint8_t *field; /* where the field read last began */
	struct cloister_fault *why; /* shared with every sub-reader; sticky */
};

struct rd rd_open(struct bytes in, struct cloister_fault *why);

/* The next `len` bytes as a reader of their own; the parent moves past them. */
struct rd rd_sub(struct rd *r, size_t len, const char *field);

uint8_t rd_u8(struct rd *r, const char *field);
uint16_t rd_be16(struct rd *r, const char *field);
uint32_t rd_be32(struct rd *r, const char *field);
uint64_t rd_be64(struct rd *r, const char *field);
uint16_t rd_le16(struct rd *r, const char *field);
uint32_t rd_le32(struct rd *r, const char *field);
uint64_t rd_le64(struct rd *r, const char *field);

struct bytes rd_take(struct rd *r, size_t len, const char *field); /* borrowed view */
struct bytes rd_rest(struct rd *r, const char *field);             /* all that is left */
void rd_copy(struct rd *r, void *dst, size_t len, const char *field);
void rd_zero(struct rd *r, size_t len, const char *field); /* reserved bytes */
#define rd_array(r, array, field) rd_copy(r, array, sizeof(array), field)

/* Blame the field read last unless `holds`. `constraint` is static text. */
void rd_want(struct rd *r, bool holds, const char *constraint);
/* The same, with a sentence. */
void rd_want_because(struct rd *r, bool holds, const char *constraint, const char *note);

/* Refuse, at the current position, with a code of the caller's. Static texts. */
void rd_refuse(struct rd *r, enum cloister_err err, const char *field, const char *note);

/* Asked before every step, so worth no call. */
static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->at);
}

static inline size_t rd_at(const struct rd *r) /* offset from the outermost input */
{
	return (size_t)(r->at - r->base);
}

static inline bool rd_ok(const struct rd *r)
{
	return r->why->err == CLOISTER_OK;
}

/* Nothing may be left over; the sticky fault's code, or CLOISTER_OK. */
enum cloister_err rd_close(struct rd *r, const char *region);

#endif
