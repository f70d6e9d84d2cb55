/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

/*
 * plain.h - a stranger's text for a terminal: letters of every script, line
 * ends and tabs, and nothing that a terminal obeys. Controls appear as ^X or
 * \u009b, characters that turn the direction of writing as \u202e, and bytes
 * that are no UTF-8 as U+FFFD.
 */

#include "base/bytes.h"
#include "base/mem.h"

/* A stream of text, which may be cut anywhere; start from zero. */
struct plain {
	uint8_t held[4]; /* the beginning of a character, or a carriage return */
	size_t n;
};

void plain_put(struct plain *p, struct bytes text, struct buf *out);
void plain_end(struct plain *p, struct buf *out); /* what was cut off; then ready again */

/* The most that plain_put() and plain_end() make of `len` bytes. */
#define PLAIN_ROOM(len) (6 * (len) + 16)

#endif
