/* SPDX-License-Identifier: Apache-2.0 */
/* mem.c - the one place that compares memory, and the growing buffer. */

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool mem_same(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= (uint8_t)(x[i] ^ y[i]);
	return len > 0 && differs == 0;
}

bool mem_is_zero(const void *p, size_t len)
{
	const uint8_t *x = p;
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= x[i];
	return any == 0;
}

void mem_wipe(void *p, size_t len)
{
	if (p)
		explicit_bzero(p, len);
}

void drop_mem(void *p_to_pointer)
{
	void **p = p_to_pointer;

	free(*p);
	*p = NULL;
}

char *mem_text(struct bytes b)
{
	char *text = malloc(b.len + 1);

	if (!text)
		return NULL;
	if (b.len)
		memcpy(text, b.data, b.len);
	text[b.len] = 0;
	return text;
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int bytes_order(struct bytes a, struct bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = n ? memcmp(a.data, b.data, n) : 0;

	if (d)
		return d;
	return (a.len > b.len) - (a.len < b.len);
}

bool bytes_hold(struct bytes in, struct bytes what)
{
	return what.len > 0 && in.len >= what.len && memmem(in.data, in.len, what.data, what.len);
}

bool bytes_are(struct bytes b, const char *text)
{
	return bytes_equal(b, bytes_text(text));
}

bool bytes_skip(struct bytes *b, const char *text)
{
	size_t len = strlen(text);

	if (b->len < len || !bytes_are(bytes_of(b->data, len), text))
		return false;
	*b = bytes_of(b->data + len, b->len - len);
	return true;
}

struct bytes bytes_trimmed(struct bytes b)
{
	while (b.len > 0 && (b.data[b.len - 1] == ' ' || b.data[b.len - 1] == '\t'))
		b.len--;
	while (b.len > 0 && (b.data[0] == ' ' || b.data[0] == '\t'))
		b = bytes_of(b.data + 1, b.len - 1);
	return b;
}

static bool reserve(struct buf *b, size_t more)
{
	if (b->failed || more > b->max - b->len)
		return !(b->failed = true);
	/* One byte is always kept for the terminator of buf_string(). */
	size_t need = b->len + more + 1;
	if (need <= b->room)
		return true;
	size_t room = b->room ? b->room : 256;
	while (room < need)
		room *= 2;
	uint8_t *data = realloc(b->data, room);
	if (!data)
		return !(b->failed = b->starved = true);
	b->data = data;
	b->room = room;
	return true;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
	if (len == 0 || !reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_byte(struct buf *b, uint8_t byte)
{
	buf_put(b, &byte, 1);
}

void buf_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void buf_print(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || !reserve(b, (size_t)len))
		return;
	va_start(args, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
}

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

enum cloister_err buf_ok(const struct buf *b, const char *what, struct cloister_fault *why)
{
	if (!b->failed)
		return CLOISTER_OK;
	if (b->starved)
		return fail(why, CLOISTER_E_NOMEM, what, "out of memory");
	return fail(why, CLOISTER_E_LIMIT, what, "larger than %zu bytes", b->max);
}

const char *buf_string(struct buf *b)
{
	if (b->failed || !reserve(b, 0))
		return "";
	b->data[b->len] = 0;
	return (const char *)b->data;
}
