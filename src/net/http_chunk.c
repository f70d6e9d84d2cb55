/* SPDX-License-Identifier: Apache-2.0 */
/* http_chunk.c - chunked bodies, byte by byte through the frame and in one piece through the data. */

#include "net/http_chunk.h"

#include "base/rd.h"

#define DIGITS_MAX 8u

static int digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static void read_size(struct http_chunks *c, struct rd *r)
{
	uint8_t byte = rd_u8(r, "chunk size");
	int value = digit(byte);

	if (value >= 0 && c->digits < DIGITS_MAX) {
		c->left = c->left << 4 | (unsigned)value;
		c->digits++;
		return;
	}
	rd_want(r, byte == '\r' && c->digits > 0, "chunk size");
	c->state = CHUNK_SIZE_LF;
}

/* One byte of the frame, which must be `due`. */
static void read_due(struct http_chunks *c, struct rd *r, char due, enum http_chunk_state next)
{
	rd_want(r, rd_u8(r, "chunk") == (uint8_t)due, "chunk");
	c->state = next;
}

static struct bytes read_data(struct http_chunks *c, struct rd *r)
{
	size_t n = rd_left(r) < c->left ? rd_left(r) : (size_t)c->left;

	c->left -= n;
	if (c->left == 0)
		c->state = CHUNK_DATA_CR;
	return rd_take(r, n, "chunk data");
}

static void read_frame(struct http_chunks *c, struct rd *r)
{
	switch (c->state) {
	case CHUNK_SIZE:
		read_size(c, r);
		return;
	case CHUNK_SIZE_LF:
		read_due(c, r, '\n', c->left ? CHUNK_DATA : CHUNK_END_CR);
		return;
	case CHUNK_DATA_CR:
		read_due(c, r, '\r', CHUNK_DATA_LF);
		return;
	case CHUNK_DATA_LF:
		read_due(c, r, '\n', CHUNK_SIZE);
		c->digits = 0;
		return;
	case CHUNK_END_CR:
		read_due(c, r, '\r', CHUNK_END_LF);
		return;
	case CHUNK_END_LF:
		read_due(c, r, '\n', CHUNK_DONE);
		return;
	case CHUNK_DATA:
	case CHUNK_DONE:
		return;
	}
}

enum cloister_err http_chunks_read(struct http_chunks *c, struct bytes in, size_t *used_out,
				   struct bytes *data_out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);

	*data_out = BYTES_NONE;
	while (rd_ok(&r) && rd_left(&r) > 0 && c->state != CHUNK_DATA && c->state != CHUNK_DONE)
		read_frame(c, &r);
	if (rd_ok(&r) && c->state == CHUNK_DATA && rd_left(&r) > 0)
		*data_out = read_data(c, &r);
	*used_out = rd_at(&r);
	return r.why->err;
}
