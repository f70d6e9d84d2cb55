/* SPDX-License-Identifier: Apache-2.0 */
/* forge_der.c - heads, numbers and times in DER. For tests only. */

#include "evidence/forge_der.h"

#include <stdlib.h>

#include "base/hex.h"

void forge_hex(struct buf *out, const char *hex)
{
	size_t room = strlen(hex) / 2 + 1, len;
	uint8_t *bytes = malloc(room);

	if (!bytes || hex_read(bytes_text(hex), bytes, room, &len, NULL) != CLOISTER_OK)
		abort();
	buf_put(out, bytes, len);
	free(bytes);
}

void forge_wrap(struct buf *out, uint8_t tag, struct buf *in)
{
	if (in->failed)
		abort();
	buf_byte(out, tag);
	if (in->len >= 0x10000)
		buf_byte(out, 0x83);
	else if (in->len >= 0x100)
		buf_byte(out, 0x82);
	else if (in->len >= 0x80)
		buf_byte(out, 0x81);
	if (in->len >= 0x10000)
		buf_byte(out, (uint8_t)(in->len >> 16));
	if (in->len >= 0x100)
		buf_byte(out, (uint8_t)(in->len >> 8));
	buf_byte(out, (uint8_t)in->len);
	buf_put(out, in->data, in->len);
	buf_fini(in);
}

void forge_put(struct buf *out, uint8_t tag, const char *hex)
{
	struct buf in = FORGE_DER_BUF;

	forge_hex(&in, hex);
	forge_wrap(out, tag, &in);
}

void forge_integer(struct buf *out, struct bytes number)
{
	struct buf in = FORGE_DER_BUF;

	while (number.len > 1 && number.data[0] == 0)
		number = bytes_of(number.data + 1, number.len - 1);
	if (number.data[0] >= 0x80)
		buf_byte(&in, 0);
	buf_put(&in, number.data, number.len);
	forge_wrap(out, 0x02, &in);
}

void forge_time(struct buf *out, const char *text)
{
	struct buf in = FORGE_DER_BUF;

	buf_text(&in, text);
	forge_wrap(out, in.len > 13 ? 0x18 : 0x17, &in);
}
