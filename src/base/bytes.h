/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

/*
 * bytes.h - a loan of bytes: pointer and length, passed by value, freed by nobody.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t len; /* bytes */
};

#define BYTES_NONE ((struct bytes){ 0 })
#define BYTES_OF(array) ((struct bytes){ (const uint8_t *)(array), sizeof(array) })

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){ data, len };
}

static inline struct bytes bytes_text(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* Same length and same content; public values only, see mem_same() for the rest. */
bool bytes_equal(struct bytes a, struct bytes b);

/* Order by byte value, a prefix first: <0, 0, >0. The order that images are sorted in. */
int bytes_order(struct bytes a, struct bytes b);

/* Whether `what` lies somewhere in `in`; nothing lies nowhere. */
bool bytes_hold(struct bytes in, struct bytes what);

/* Whether `b` is exactly the text `text`. */
bool bytes_are(struct bytes b, const char *text);

/* Step over `text` at the front; false, and no step, when something else is there. */
bool bytes_skip(struct bytes *b, const char *text);

/* Without the spaces and tabs at either end (HTTP's OWS, RFC 9110, 5.6.3). */
struct bytes bytes_trimmed(struct bytes b);

#endif
