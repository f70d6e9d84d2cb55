/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_TLV_TEST_H
#define CODEC_TLV_TEST_H

/*
 * tlv_test.h - for tests only: SEQUENCE { SEQUENCE { parts }, more parts },
 * the shape of certificates and revocation lists, out of parts in hex, with
 * the offset at which each part begins.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TLV_PARTS 16

struct tlv {
	uint8_t der[8192];
	size_t len;
	size_t at[TLV_PARTS + 1]; /* offsets of parts; the last is the end of the input */
};

static inline size_t tlv_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex && hex[2 * n]; n++)
		out[n] = (uint8_t)strtoul((char[]){ hex[2 * n], hex[2 * n + 1], 0 }, NULL, 16);
	return n;
}

/* The content moves behind a head, which is returned in bytes. */
static inline size_t tlv_head(uint8_t *content, size_t len)
{
	size_t n = len >= 0x100 ? 4 : len >= 0x80 ? 3 : 2;

	memmove(content + n, content, len);
	content[0] = 0x30;
	content[1] = (uint8_t)(n == 4 ? 0x82 : n == 3 ? 0x81 : len);
	if (n == 4)
		content[2] = (uint8_t)(len >> 8);
	if (n > 2)
		content[n - 1] = (uint8_t)len;
	return n;
}

/* The first `n_inner` of `n` parts go into the inner sequence; the last goes behind everything. */
static inline struct tlv tlv_make(const char *const *parts, size_t n_inner, size_t n)
{
	struct tlv t = { 0 };
	size_t i = 0;

	for (; i < n_inner; i++) {
		t.at[i] = t.len;
		t.len += tlv_hex(parts[i], t.der + t.len);
	}
	size_t head = tlv_head(t.der, t.len);
	t.len += head;
	for (size_t k = 0; k < n_inner; k++)
		t.at[k] += head;
	for (; i + 1 < n; i++) {
		t.at[i] = t.len;
		t.len += tlv_hex(parts[i], t.der + t.len);
	}
	head = tlv_head(t.der, t.len);
	t.len += head;
	for (size_t k = 0; k < i; k++)
		t.at[k] += head;
	t.at[i] = t.len;
	t.len += tlv_hex(parts[i], t.der + t.len);
	return t;
}

#endif
