/* SPDX-License-Identifier: Apache-2.0 */
/* plain.c - which characters a terminal obeys: ECMA-48's C0 and C1, Unicode's directional controls. */

#include "base/plain.h"

#include "base/utf8.h"

/* Bytes of the character that begins with `first`; 1 also for what begins none. */
static size_t due(uint8_t first)
{
	return first < 0xc2 || first > 0xf4 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static uint32_t code_point(const uint8_t *p, size_t n)
{
	uint32_t c = p[0] & (n == 1 ? 0x7fu : 0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

static bool turns(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* One whole, valid character. */
static void put_character(const uint8_t *p, size_t n, struct buf *out)
{
	uint32_t c = code_point(p, n);

	if (c == '\n' || c == '\t')
		buf_byte(out, p[0]);
	else if (c < 0x20 || c == 0x7f)
		buf_print(out, "^%c", (char)(c ^ 0x40));
	else if ((c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029 || turns(c))
		buf_print(out, "\\u%04x", c);
	else
		buf_put(out, p, n);
}

static void put_byte(struct plain *p, uint8_t byte, struct buf *out)
{
	/* A line that ends as DOS's and terminals' do ends like any other. */
	if (p->n == 1 && p->held[0] == '\r') {
		if (byte != '\n')
			put_character(p->held, 1, out);
		p->n = 0;
	}
	if (p->n > 0 && (byte < 0x80 || byte > 0xbf))
		plain_end(p, out);
	p->held[p->n++] = byte;
	if (p->n < due(p->held[0]) || byte == '\r')
		return;
	if (utf8_valid(bytes_of(p->held, p->n)) != p->n) {
		plain_end(p, out);
		return;
	}
	put_character(p->held, p->n, out);
	p->n = 0;
}

void plain_put(struct plain *p, struct bytes text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++)
		put_byte(p, text.data[i], out);
}

void plain_end(struct plain *p, struct buf *out)
{
	if (p->n == 1 && p->held[0] == '\r')
		put_character(p->held, 1, out);
	else if (p->n > 0)
		buf_text(out, "\xef\xbf\xbd"); /* U+FFFD */
	p->n = 0;
}
