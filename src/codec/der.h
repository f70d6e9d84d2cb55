/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_DER_H
#define CODEC_DER_H

/*
 * der.h - ITU-T X.690 DER, the part that certificates need: a pull reader over
 * `struct rd`. Tags below 31, definite lengths in their shortest form, each
 * type in its only encoding; anything else is refused at the offset of the
 * element's first byte. Views borrow from the input; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/rd.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_IMPLICIT_0 = 0x80, /* [0], primitive */
	DER_EXPLICIT_0 = 0xa0, /* [0], constructed */
	DER_EXPLICIT_3 = 0xa3,
};

/* The next element's tag byte, or 0 at the end or after a fault; the reader does not move. */
unsigned der_peek(const struct rd *r);

/* The content of the next element, which must have this tag. */
struct bytes der_take(struct rd *r, enum der_tag tag, const char *field);
struct rd der_enter(struct rd *r, enum der_tag tag, const char *field);

/* The next element whole, head included. */
struct bytes der_whole(struct rd *r, enum der_tag tag, const char *field);

/* Step over one element of any tag. */
void der_skip(struct rd *r, const char *field);

/* A positive INTEGER's magnitude, without its sign byte, of 1..max bytes. */
struct bytes der_positive(struct rd *r, size_t max, const char *field);
/* The same, zero included, which is one byte. */
struct bytes der_natural(struct rd *r, size_t max, const char *field);
/* As der_positive(), right-aligned in `out` and filled with zeros on the left. */
void der_positive_fixed(struct rd *r, uint8_t *out, size_t len, const char *field);
/* A small INTEGER 0..max; max at most 127. */
uint32_t der_small(struct rd *r, uint32_t max, const char *field);

/* BOOLEAN DEFAULT FALSE: absent is false, present must be TRUE (FF). */
bool der_flag(struct rd *r, const char *field);

/* A BIT STRING of whole bytes: its content after the count of unused bits, which is zero. */
struct bytes der_bits(struct rd *r, const char *field);
/* A BIT STRING of named bits: bit 0 is the highest of the first byte, and comes out as 1 << 0. */
uint32_t der_named_bits(struct rd *r, const char *field);

/* UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5), in Unix seconds. */
uint64_t der_time(struct rd *r, const char *field);

#endif
