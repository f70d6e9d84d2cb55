/* SPDX-License-Identifier: Apache-2.0 */
/* genuine_pki.c - looks for what begins as certificates and lists begin; for tests only. */

#include "evidence/genuine_pki.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/genuine.h"

#define WRAPPINGS 3 /* base64 in base64 in a file */

static struct genuine_pki *all; /* nftw() has no argument to pass on */

static void add(const char *path, struct bytes der, bool is_crl)
{
	for (size_t i = 0; i < all->n; i++)
		if (bytes_equal(all->items[i].der, der))
			return;
	uint8_t *copy = malloc(der.len);
	all->items = realloc(all->items, (all->n + 1) * sizeof *all->items);
	if (!copy || !all->items)
		abort();
	memcpy(copy, der.data, der.len);
	struct genuine_item *item = &all->items[all->n++];
	*item = (struct genuine_item){ .der = bytes_of(copy, der.len), .is_crl = is_crl };
	snprintf(item->path, sizeof item->path, "%s", path);
}

/* SEQUENCE { SEQUENCE { [0] { 2 } … or 1, SEQUENCE …, lengths of two bytes outside. */
static void look_at(const char *path, struct bytes b, size_t at)
{
	const uint8_t *p = b.data + at;
	size_t left = b.len - at;

	if (left < 16 || p[0] != 0x30 || p[1] != 0x82 || p[4] != 0x30)
		return;
	size_t len = 4 + (size_t)(p[2] << 8 | p[3]);
	const uint8_t *tbs = p + (p[5] == 0x82 ? 8 : p[5] == 0x81 ? 7 : 6);
	if (len > left)
		return;
	static const uint8_t version_3[] = { 0xa0, 3, 2, 1, 2 }, version_2[] = { 2, 1, 1, 0x30 };
	if (bytes_equal(bytes_of(tbs, sizeof version_3), BYTES_OF(version_3)))
		add(path, bytes_of(p, len), false);
	else if (bytes_equal(bytes_of(tbs, sizeof version_2), BYTES_OF(version_2)))
		add(path, bytes_of(p, len), true);
}

static int digit(uint8_t c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c == '-' ? '+' : c == '_' ? '/' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void scan(const char *path, struct bytes b, int wrappings);

static void decode(const char *path, const struct buf *digits, int wrappings)
{
	struct buf out = BUF_INIT(1u << 24);

	for (size_t i = 0; i + 1 < digits->len; i++) {
		unsigned pair = (unsigned)digits->data[i] << 6 | digits->data[i + 1];
		if (i % 4 < 3)
			buf_byte(&out, (uint8_t)(pair >> (4 - 2 * (i % 4))));
	}
	scan(path, buf_bytes(&out), wrappings - 1);
	buf_fini(&out);
}

/* Line ends, also as JSON writes them, do not end a run of base64. */
static size_t line_end(struct bytes b, size_t at)
{
	if (b.data[at] == '\n' || b.data[at] == '\r')
		return 1;
	if (b.data[at] != '\\')
		return 0;
	size_t n = 1;
	while (at + n < b.len && b.data[at + n] == '\\')
		n++;
	return at + n < b.len && (b.data[at + n] == 'n' || b.data[at + n] == 'r') ? n + 1 : 0;
}

static void scan(const char *path, struct bytes b, int wrappings)
{
	struct buf digits = BUF_INIT(1u << 24);

	for (size_t at = 0; at < b.len;) {
		bool dashes = b.len - at >= 5 && bytes_equal(bytes_of(b.data + at, 5), bytes_text("-----"));
		size_t skip = dashes ? 0 : line_end(b, at);
		look_at(path, b, at);
		if (!dashes && !skip && digit(b.data[at]) >= 0) {
			buf_byte(&digits, (uint8_t)digit(b.data[at++]));
			continue;
		}
		if (!skip) {
			if (digits.len > 200 && wrappings > 0)
				decode(path, &digits, wrappings);
			digits.len = 0;
		}
		at += skip ? skip : dashes ? 5 : 1;
	}
	if (digits.len > 200 && wrappings > 0)
		decode(path, &digits, wrappings);
	buf_fini(&digits);
}

/* TCG event logs hold what Secure Boot trusts, which nobody here does. */
static bool is_event_log(struct bytes b)
{
	return b.len > 48 && bytes_equal(bytes_of(b.data + 32, 15), bytes_text("Spec ID Event03"));
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct buf file = BUF_INIT(1u << 24);

	(void)ftw;
	if (type == FTW_F && st->st_size < 1 << 20 && read_file(path, &file) &&
	    !is_event_log(buf_bytes(&file)))
		scan(path, buf_bytes(&file), WRAPPINGS);
	buf_fini(&file);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct genuine_item *)a)->path, ((const struct genuine_item *)b)->path);
}

struct genuine_pki genuine_pki_load(const char *folder)
{
	struct genuine_pki g = { 0 };

	all = &g;
	(void)nftw(folder, visit, 16, FTW_PHYS);
	if (g.n)
		qsort(g.items, g.n, sizeof *g.items, by_path);
	return g;
}

void genuine_pki_free(struct genuine_pki *g)
{
	for (size_t i = 0; i < g->n; i++)
		free((void *)(uintptr_t)g->items[i].der.data);
	free(g->items);
	*g = (struct genuine_pki){ 0 };
}
