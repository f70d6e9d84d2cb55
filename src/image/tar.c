/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.c - the outer archive's index. Reads headers only; opens nothing, follows
 * nothing. Layout: POSIX.1-2001 pax, "ustar Interchange Format", and GNU tar's
 * manual for types L and K.
 */

#include "image/tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/rd.h"
#include "image/shown.h"

#define BLOCK 512u

struct header {
	char name[LIMIT_PATH];
	char link[LIMIT_PATH];
	uint64_t size;
	char type;
};

/* What an extension header said about the member that follows it. */
struct extension {
	struct buf name, link;
	bool has_name, has_link, has_size;
	uint64_t size;
};

struct indexer {
	int fd;
	uint64_t at, end; /* bytes */
	struct extension ext;
	struct tar tar;
};

static void drop_indexer(struct indexer *x)
{
	buf_fini(&x->ext.name);
	buf_fini(&x->ext.link);
	tar_fini(&x->tar);
}

static enum cloister_err read_at(struct indexer *x, void *out, size_t len, struct cloister_fault *why)
{
	uint8_t *p = out;
	uint64_t at = x->at;

	if (len > x->end - x->at)
		return fail_at(why, (size_t)at, "archive", "it ends inside a header");
	while (len > 0) {
		ssize_t n = pread(x->fd, p, len, (off_t)at);
		if (n <= 0)
			return fail_sys(why, "archive", "reading at byte %zu", (size_t)at);
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return CLOISTER_OK;
}

/* A number field: octal digits between blanks, or GNU's base 256 with the top bit set. */
static uint64_t number(struct rd *r, size_t len, const char *field)
{
	struct bytes b = rd_take(r, len, field);
	uint64_t v = 0;
	size_t i = 0;

	if (b.len && b.data[0] == 0x80) {
		for (i = 1; i < b.len; i++) {
			rd_want(r, v >> 55 == 0, field);
			v = v << 8 | b.data[i];
		}
		return v;
	}
	while (i < b.len && b.data[i] == ' ')
		i++;
	for (; i < b.len && b.data[i] >= '0' && b.data[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(b.data[i] - '0');
	for (; i < b.len; i++)
		rd_want(r, b.data[i] == ' ' || b.data[i] == 0, field);
	return v;
}

/* Text up to a NUL or the field's end; `out` has one byte more than that. */
static void text(struct rd *r, size_t len, char *out, const char *field)
{
	struct bytes b = rd_take(r, len, field);
	size_t n = 0;

	while (n < b.len && b.data[n])
		n++;
	if (n)
		memcpy(out, b.data, n);
	out[n] = 0;
}

static uint64_t sum(const uint8_t block[static BLOCK])
{
	uint64_t v = 0;

	for (size_t i = 0; i < BLOCK; i++)
		v += i >= 148 && i < 156 ? ' ' : block[i];
	return v;
}

/* A reader's own fault, handed to a caller who may not want it. */
static enum cloister_err tell(enum cloister_err err, const struct cloister_fault *bad,
			      struct cloister_fault *why)
{
	if (err != CLOISTER_OK && why)
		*why = *bad;
	return err;
}

static enum cloister_err header_read(const uint8_t block[static BLOCK], struct header *h,
				     struct cloister_fault *why)
{
	char name[101] = "", prefix[156] = "", magic[9] = "";
	struct cloister_fault bad;
	struct rd r = rd_open(bytes_of(block, BLOCK), &bad);

	h->link[0] = 0;
	/*   0 */ text(&r, 100, name, "tar.name");
	/* 100 */ rd_take(&r, 24, "tar.mode");
	/* 124 */ h->size = number(&r, 12, "tar.size");
	/* 136 */ rd_take(&r, 12, "tar.mtime");
	/* 148 */ uint64_t expected = number(&r, 8, "tar.chksum");
	rd_want(&r, expected == sum(block), "tar.chksum");
	/* 156 */ h->type = (char)rd_u8(&r, "tar.typeflag");
	/* 157 */ text(&r, 100, h->link, "tar.linkname");
	/* 257 */ rd_copy(&r, magic, 8, "tar.magic");
	/* 265 */ rd_take(&r, 80, "tar.uname");
	/* 345 */
	if (memchr(magic, 0, 6) && strcmp(magic, "ustar") == 0)
		text(&r, 155, prefix, "tar.prefix"); /* GNU's "ustar  " keeps times there */
	snprintf(h->name, sizeof h->name, "%s%s%s", prefix, prefix[0] ? "/" : "", name);
	rd_rest(&r, "tar.padding");
	return tell(rd_close(&r, "tar.header"), &bad, why);
}

static uint64_t padded(uint64_t len)
{
	return (len + BLOCK - 1) / BLOCK * BLOCK;
}

/* One pax record, "LENGTH KEY=VALUE\n"; LENGTH counts all of it. */
static enum cloister_err pax_record(struct rd *r, struct extension *ext, struct cloister_fault *why)
{
	size_t start = rd_at(r), len = 0;
	uint8_t c;

	while ((c = rd_u8(r, "pax.length")) >= '0' && c <= '9' && len < LIMIT_JSON)
		len = len * 10 + (size_t)(c - '0');
	rd_want(r, c == ' ' && len > rd_at(r) - start, "pax.length");
	struct bytes rest = rd_take(r, rd_ok(r) ? len - (rd_at(r) - start) : 0, "pax.record");
	const uint8_t *eq = rest.len ? memchr(rest.data, '=', rest.len) : NULL;
	rd_want(r, eq && rest.data[rest.len - 1] == '\n', "pax.record");
	if (!rd_ok(r))
		return r->why->err;
	struct bytes key = bytes_of(rest.data, (size_t)(eq - rest.data));
	struct bytes value = bytes_of(eq + 1, rest.len - key.len - 2);
	bool path = bytes_are(key, "path"), link = bytes_are(key, "linkpath");
	struct buf *to = path ? &ext->name : &ext->link;
	if (bytes_are(bytes_of(key.data, key.len < 10 ? key.len : 10), "GNU.sparse"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "archive", "it holds a sparse member");
	if (bytes_are(key, "size")) {
		rd_want(r, value.len > 0, "pax.size");
		ext->has_size = true;
		ext->size = 0;
		for (size_t i = 0; i < value.len; i++) {
			rd_want(r, value.data[i] >= '0' && value.data[i] <= '9' && i < 18, "pax.size");
			ext->size = ext->size * 10 + (uint64_t)(value.data[i] - '0');
		}
	}
	if (path || link) {
		rd_want(r, value.len > 0 && !memchr(value.data, 0, value.len), "pax.path");
		to->len = 0;
		buf_put(to, value.data, value.len);
		*(path ? &ext->has_name : &ext->has_link) = true;
	}
	return r->why->err;
}

static enum cloister_err extension_read(struct indexer *x, const struct header *h,
					struct cloister_fault *why)
{
	own(drop_mem) uint8_t *data = NULL;
	struct cloister_fault bad;
	enum cloister_err err = CLOISTER_OK;

	if (h->size > LIMIT_XATTR)
		return fail(why, CLOISTER_E_LIMIT, "archive", "an extension header of %llu bytes",
			    (unsigned long long)h->size);
	data = malloc(h->size + 1);
	if (!data)
		return fail(why, CLOISTER_E_NOMEM, "archive", "out of memory");
	TRY(read_at(x, data, h->size, why));
	if (padded(h->size) > x->end - x->at)
		return fail_at(why, (size_t)x->at, "archive", "it ends inside an extension header");
	x->at += padded(h->size);
	data[h->size] = 0;
	if (h->type == 'L' || h->type == 'K') {
		struct buf *to = h->type == 'L' ? &x->ext.name : &x->ext.link;
		to->len = 0;
		buf_text(to, (const char *)data);
		*(h->type == 'L' ? &x->ext.has_name : &x->ext.has_link) = true;
		return CLOISTER_OK;
	}
	struct rd r = rd_open(bytes_of(data, h->size), &bad);
	while (h->type == 'x' && err == CLOISTER_OK && rd_left(&r) > 0)
		err = pax_record(&r, &x->ext, &bad);
	return tell(err, &bad, why);
}

/* `name` without what says nothing; false when it says "..", or nothing at all. */
static bool clean(char *name)
{
	char *to = name, *from = name;

	while (*from) {
		size_t len = strcspn(from, "/");
		if (len == 2 && from[0] == '.' && from[1] == '.')
			return false;
		if (len > 0 && !(len == 1 && from[0] == '.')) {
			if (to != name)
				*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
		if (*from == '/')
			from++;
	}
	*to = 0;
	return true;
}

static enum cloister_err kind(char type, enum tar_kind *out, struct cloister_fault *why)
{
	static const char types[] = "0\0007521";
	static const enum tar_kind kinds[] = { TAR_FILE, TAR_FILE, TAR_FILE, TAR_DIR, TAR_SYMLINK,
					       TAR_HARDLINK };
	const char *p = memchr(types, type, sizeof kinds / sizeof *kinds);

	if (!p)
		return fail(why, CLOISTER_E_UNSUPPORTED, "archive",
			    "a member of type 0x%02x is nothing an image archive holds",
			    (unsigned char)type);
	*out = kinds[p - types];
	return CLOISTER_OK;
}

static enum cloister_err add(struct tar *t, const struct tar_member *m, struct cloister_fault *why)
{
	if (t->n_members == LIMIT_ARCHIVE_MEMBERS)
		return fail(why, CLOISTER_E_LIMIT, "archive", "more than %u members",
			    LIMIT_ARCHIVE_MEMBERS);
	if (t->n_members == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		void *more = realloc(t->members, room * sizeof *t->members);
		if (!more)
			return fail(why, CLOISTER_E_NOMEM, "archive", "out of memory");
		t->members = more;
		t->room = room;
	}
	t->members[t->n_members++] = *m;
	return CLOISTER_OK;
}

static enum cloister_err member_read(struct indexer *x, struct header *h, struct cloister_fault *why)
{
	struct extension *ext = &x->ext;
	own(drop_mem) char *name = strdup(ext->has_name ? buf_string(&ext->name) : h->name);
	own(drop_mem) char *target = strdup(ext->has_link ? buf_string(&ext->link) : h->link);
	struct tar_member m = { .at = x->at, .len = ext->has_size ? ext->size : h->size };

	TRY(kind(h->type, &m.kind, why));
	if (!name || !target)
		return fail(why, CLOISTER_E_NOMEM, "archive", "out of memory");
	if (!clean(name))
		return fail(why, CLOISTER_E_MALFORMED, "archive", "the member `%s` has `..` in its name",
			    shown_text(name).text);
	if (m.kind != TAR_FILE)
		m.len = 0;
	if (m.len > x->end - x->at || padded(m.len) > x->end - x->at)
		return fail_at(why, (size_t)x->at, "archive", "it ends inside `%s`",
			       shown_text(name).text);
	ext->has_name = ext->has_link = ext->has_size = false;
	x->at += padded(m.len);
	if (!*name && m.kind == TAR_DIR)
		return CLOISTER_OK;
	m.name = name;
	m.target = m.kind == TAR_SYMLINK || m.kind == TAR_HARDLINK ? target : NULL;
	TRY(add(&x->tar, &m, why));
	name = NULL;
	if (m.target)
		target = NULL; /* both belong to the index now */
	return CLOISTER_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tar_member *)a)->name, ((const struct tar_member *)b)->name);
}

/* Sort and refuse a name that two members share; directories may repeat. */
static enum cloister_err settle(struct tar *t, struct cloister_fault *why)
{
	if (t->n_members)
		qsort(t->members, t->n_members, sizeof *t->members, by_name);
	for (size_t i = 1; i < t->n_members; i++) {
		const struct tar_member *a = &t->members[i - 1], *b = &t->members[i];
		if (strcmp(a->name, b->name) == 0 && !(a->kind == TAR_DIR && b->kind == TAR_DIR))
			return fail(why, CLOISTER_E_MALFORMED, "archive", "it holds `%s` twice",
				    shown_text(a->name).text);
	}
	return CLOISTER_OK;
}

/* A compressed archive has no first header; say so instead of blaming the checksum. */
static enum cloister_err refuse_compressed(const uint8_t block[static BLOCK],
					   struct cloister_fault *why)
{
	const char *how = NULL;

	if (bytes_are(bytes_of(block, 2), "\x1f\x8b"))
		how = "gzip -d";
	else if (bytes_are(bytes_of(block, 4), "\x28\xb5\x2f\xfd"))
		how = "zstd -d";
	else if (bytes_are(bytes_of(block, 5), "\xfd" "7zXZ"))
		how = "xz -d";
	if (!how)
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_UNSUPPORTED, "archive",
		    "the file itself is compressed; unpack it with `%s` first", how);
}

enum cloister_err tar_index(int fd, struct tar *out, struct cloister_fault *why)
{
	own(drop_indexer) struct indexer x = {
		.fd = fd,
		.ext = { .name = BUF_INIT(LIMIT_PATH - 1), .link = BUF_INIT(LIMIT_PATH - 1) },
	};
	struct header h;
	uint8_t block[BLOCK];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_sys(why, "archive", "stat");
	if (!S_ISREG(st.st_mode))
		return fail(why, CLOISTER_E_USAGE, "archive", "it is not a regular file");
	x.end = (uint64_t)st.st_size;
	if (x.end == 0)
		return fail_at(why, 0, "archive", "the file is empty");
	for (bool first = true; x.at < x.end; first = false) {
		TRY(read_at(&x, block, BLOCK, why));
		if (first)
			TRY(refuse_compressed(block, why));
		if (mem_is_zero(block, BLOCK))
			break;
		enum cloister_err err = header_read(block, &h, why);
		if (err != CLOISTER_OK)
			return first ? fail(why, CLOISTER_E_MALFORMED, "archive", "it is not a tar archive")
				     : err;
		x.at += BLOCK;
		if (!memchr("xgLK", h.type, 4)) {
			TRY(member_read(&x, &h, why));
			continue;
		}
		TRY(extension_read(&x, &h, why));
		TRY(buf_ok(&x.ext.name, "archive.name", why));
		TRY(buf_ok(&x.ext.link, "archive.link", why));
	}
	TRY(settle(&x.tar, why));
	*out = give(x.tar, (struct tar){ 0 });
	return CLOISTER_OK;
}

void tar_fini(struct tar *t)
{
	for (size_t i = 0; i < t->n_members; i++) {
		free(t->members[i].name);
		free(t->members[i].target);
	}
	free(t->members);
	*t = (struct tar){ 0 };
}

const struct tar_member *tar_find(const struct tar *t, const char *name)
{
	struct tar_member key = { .name = (char *)name };

	if (t->n_members == 0)
		return NULL;
	return bsearch(&key, t->members, t->n_members, sizeof key, by_name);
}
