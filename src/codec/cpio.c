/* SPDX-License-Identifier: Apache-2.0 */
/* cpio.c - newc archives, written deterministically and read strictly. Never touches files. */

#include "codec/cpio.h"

#include "base/limits.h"
#include "base/rd.h"

#define MAGIC "070701"
#define TRAILER "TRAILER!!!"
#define HEADER 110u /* magic and thirteen numbers of eight hex digits */
#define TYPE_MASK 0170000u

struct cpio_out cpio_out(struct buf *to)
{
	return (struct cpio_out){ to, to->len, 0 };
}

static void pad(struct cpio_out *c, size_t align)
{
	while (!c->to->failed && (c->to->len - c->start) % align)
		buf_byte(c->to, 0);
}

static uint32_t n_links(uint32_t mode)
{
	return (mode & TYPE_MASK) == CPIO_DIR ? 2 : 1;
}

static void put(struct cpio_out *c, const char *name, uint32_t ino, uint32_t mode, struct bytes content)
{
	/* ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check */
	buf_print(c->to, MAGIC "%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", ino, mode, 0,
		  0, n_links(mode), 0, content.len, 0, 0, 0, 0, strlen(name) + 1, 0);
	buf_put(c->to, name, strlen(name) + 1);
	pad(c, 4);
	buf_put(c->to, content.data, content.len);
	pad(c, 4);
}

void cpio_put_file(struct cpio_out *c, const char *name, uint32_t perm, struct bytes content)
{
	if (content.len > UINT32_MAX)
		c->to->failed = true;
	put(c, name, ++c->ino, CPIO_FILE | perm, content);
}

void cpio_put_dir(struct cpio_out *c, const char *name, uint32_t perm)
{
	put(c, name, ++c->ino, CPIO_DIR | perm, BYTES_NONE);
}

void cpio_end(struct cpio_out *c, size_t align)
{
	put(c, TRAILER, 0, 0, BYTES_NONE);
	pad(c, align);
}

struct cpio cpio_open(struct bytes archive)
{
	return (struct cpio){ .all = archive };
}

static void want(struct rd *r, bool holds, const char *field, const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, field, note);
	r->why->at = (size_t)(r->field - r->base);
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t number(struct rd *r, const char *field)
{
	struct bytes text = rd_take(r, 8, field);
	uint32_t v = 0;

	for (size_t i = 0; i < text.len; i++) {
		int d = digit(text.data[i]);
		want(r, d >= 0, field, "not eight hex digits");
		v = v << 4 | (uint32_t)(d & 15);
	}
	return v;
}

static void zero(struct rd *r, const char *field)
{
	want(r, number(r, field) == 0, field, "not zero");
}

/* Relative, no empty, "." or ".." part: the only spelling of its path. */
static bool plain_name(struct bytes name)
{
	size_t part = 0; /* where the current part begins */

	for (size_t i = 0; i <= name.len; i++) {
		if (i < name.len && name.data[i] == 0)
			return false;
		if (i < name.len && name.data[i] != '/')
			continue;
		struct bytes p = bytes_of(name.data + part, i - part);
		if (p.len == 0 || bytes_are(p, ".") || bytes_are(p, ".."))
			return false;
		part = i + 1;
	}
	return true;
}

static struct bytes read_name(struct rd *r, size_t len)
{
	struct bytes name = rd_take(r, len, "name");

	want(r, len > 1 && name.len == len && name.data[len - 1] == 0, "name",
	     "the name does not end with a NUL");
	if (!rd_ok(r))
		return BYTES_NONE;
	name.len--;
	want(r, plain_name(name), "name", "the name is absolute, climbs or has an empty part");
	return name;
}

static void read_pad(struct rd *r, const char *field)
{
	size_t len = (4 - rd_at(r) % 4) % 4;
	struct bytes p = rd_take(r, len, field);

	want(r, mem_is_zero(p.data, p.len), field, "padding is not zero");
}

enum cloister_err cpio_next(struct cpio *c, struct cpio_entry *out, struct cloister_fault *why)
{
	struct cloister_fault mine;
	struct rd r = rd_open(c->all, why ? why : &mine);

	if (c->end)
		return fail(why, CLOISTER_E_USAGE, "cpio", "the archive has ended");
	(void)rd_take(&r, c->at, "entry");
	/* 0 */ want(&r, bytes_are(rd_take(&r, 6, "magic"), MAGIC), "magic", "no newc entry begins here");
	/* 6 */ (void)number(&r, "ino");
	/* 14 */ uint32_t mode = number(&r, "mode");
	/* 22 */ zero(&r, "uid");
	/* 30 */ zero(&r, "gid");
	/* 38 */ want(&r, number(&r, "nlink") == n_links(mode), "nlink", "a hard link");
	/* 46 */ zero(&r, "mtime");
	/* 54 */ uint32_t len = number(&r, "filesize");
	/* 62 */ zero(&r, "devmajor");
	/* 70 */ zero(&r, "devminor");
	/* 78 */ zero(&r, "rdevmajor");
	/* 86 */ zero(&r, "rdevminor");
	/* 94 */ uint32_t name_len = number(&r, "namesize");
	want(&r, name_len > 1 && name_len <= LIMIT_PATH, "namesize", "no name, or one too long");
	/* 102 */ want(&r, number(&r, "check") == 0, "check", "a checksum in an archive without");
	struct bytes name = read_name(&r, rd_ok(&r) ? name_len : 0);
	read_pad(&r, "padding");
	bool trailer = bytes_are(name, TRAILER);
	want(&r, !trailer || len == 0, "trailer", "the trailer has content");
	struct bytes content = rd_take(&r, rd_ok(&r) ? len : 0, "content");
	read_pad(&r, "padding");
	if (!rd_ok(&r))
		return r.why->err;
	c->at = rd_at(&r);
	c->end = trailer;
	if (!trailer)
		*out = (struct cpio_entry){ name, mode, content };
	return CLOISTER_OK;
}

struct bytes cpio_behind(const struct cpio *c)
{
	return bytes_of(c->all.data + c->at, c->all.len - c->at);
}

enum cloister_err cpio_find(struct bytes archive, const char *name, struct cpio_entry *out,
			    struct cloister_fault *why)
{
	struct cpio c = cpio_open(archive);
	struct cpio_entry e, found;
	bool have = false;

	for (;;) {
		size_t at = c.at;
		TRY(cpio_next(&c, &e, why));
		if (c.end)
			break;
		if (!bytes_are(e.name, name))
			continue;
		if (have)
			return fail_at(why, at, "name", "the archive has %s twice", name);
		found = e;
		have = true;
	}
	if (!have)
		return fail(why, CLOISTER_E_MISSING, "cpio", "the archive has no %s", name);
	*out = found;
	return CLOISTER_OK;
}
