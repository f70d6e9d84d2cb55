/* SPDX-License-Identifier: Apache-2.0 */
/* wr.c - the sticky writer. Memory is touched in room_for() and its callers only. */

#include "base/wr.h"

struct wr wr_open(void *data, size_t room)
{
	return (struct wr){ data, data ? room : 0, 0, false };
}

/* Where the next len bytes go, or NULL when they do not fit; counts them either way. */
static uint8_t *room_for(struct wr *w, size_t len)
{
	size_t at = w->len;

	w->len += len;
	if (w->full || len > w->room || at > w->room - len) {
		w->full = true;
		return NULL;
	}
	return w->data + at;
}

static void be(struct wr *w, uint64_t v, size_t len)
{
	uint8_t *p = room_for(w, len);

	for (size_t i = len; p && i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

static void le(struct wr *w, uint64_t v, size_t len)
{
	uint8_t *p = room_for(w, len);

	for (size_t i = 0; p && i < len; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

void wr_u8(struct wr *w, uint8_t v)
{
	be(w, v, 1);
}

void wr_be16(struct wr *w, uint16_t v)
{
	be(w, v, 2);
}

void wr_be32(struct wr *w, uint32_t v)
{
	be(w, v, 4);
}

void wr_be64(struct wr *w, uint64_t v)
{
	be(w, v, 8);
}

void wr_le16(struct wr *w, uint16_t v)
{
	le(w, v, 2);
}

void wr_le32(struct wr *w, uint32_t v)
{
	le(w, v, 4);
}

void wr_le64(struct wr *w, uint64_t v)
{
	le(w, v, 8);
}

void wr_put(struct wr *w, struct bytes b)
{
	uint8_t *p = room_for(w, b.len);

	if (p && b.len)
		memcpy(p, b.data, b.len);
}

void wr_zero(struct wr *w, size_t len)
{
	uint8_t *p = room_for(w, len);

	if (p)
		memset(p, 0, len);
}

enum cloister_err wr_close(const struct wr *w, const char *what, struct bytes *out,
			   struct cloister_fault *why)
{
	if (w->full)
		return fail(why, CLOISTER_E_LIMIT, what, "%zu bytes do not fit into %zu", w->len,
			    w->room);
	*out = bytes_of(w->data, w->len);
	return CLOISTER_OK;
}
