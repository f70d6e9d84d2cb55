/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - RFC 3629 section 4, its table read straight down. */

#include "base/utf8.h"

/* First byte lo..hi, second byte second_lo..second_hi, then `more` bytes of 80..BF. */
static const struct form {
	uint8_t lo, hi, second_lo, second_hi, more;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 0 }, { 0xe0, 0xe0, 0xa0, 0xbf, 1 },
	{ 0xe1, 0xec, 0x80, 0xbf, 1 }, { 0xed, 0xed, 0x80, 0x9f, 1 },
	{ 0xee, 0xef, 0x80, 0xbf, 1 }, { 0xf0, 0xf0, 0x90, 0xbf, 2 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 2 }, { 0xf4, 0xf4, 0x80, 0x8f, 2 },
};

/* Bytes of the character at the front of p, or 0. */
static size_t character(const uint8_t *p, size_t len)
{
	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct form *f = &forms[i];
		if (p[0] < f->lo || p[0] > f->hi)
			continue;
		if (len < 2u + f->more || p[1] < f->second_lo || p[1] > f->second_hi)
			return 0;
		for (size_t k = 2; k < 2u + f->more; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		return 2u + f->more;
	}
	return 0;
}

size_t utf8_valid(struct bytes text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t n = character(text.data + at, text.len - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}
