/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_FORGE_DER_H
#define EVIDENCE_FORGE_DER_H

/* forge_der.h - for tests only: DER written from the inside out, or anything else that is asked for. */

#include <stdint.h>

#include "base/mem.h"

#define FORGE_DER_BUF BUF_INIT(1u << 24)

/* Append bytes given in hex. */
void forge_hex(struct buf *out, const char *hex);

/* Append tag, length and content; the content is consumed. */
void forge_wrap(struct buf *out, uint8_t tag, struct buf *in);

/* The same around hex text. */
void forge_put(struct buf *out, uint8_t tag, const char *hex);

/* A positive INTEGER from a big-endian number, with leading zeros or without. */
void forge_integer(struct buf *out, struct bytes number);

/* UTCTime for "YYMMDDHHMMSSZ", GeneralizedTime when it is longer. */
void forge_time(struct buf *out, const char *text);

#endif
