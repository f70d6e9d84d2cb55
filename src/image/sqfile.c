/* SPDX-License-Identifier: Apache-2.0 */
/* sqfile.c - libsquashfs's file interface over pread and pwrite. Owns nothing. */

#include "image/sqfile.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include <sqfs/error.h>

static int failed(struct sqfile *f)
{
	if (!f->err)
		f->err = errno;
	return SQFS_ERROR_IO;
}

static int read_at(sqfs_file_t *base, sqfs_u64 at, void *out, size_t len)
{
	struct sqfile *f = (struct sqfile *)base;
	uint8_t *p = out;

	if (at > f->size || len > f->size - at)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	while (len > 0) {
		ssize_t n = pread(f->fd, p, len, (off_t)(f->start + at));
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return failed(f);
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_at(sqfs_file_t *base, sqfs_u64 at, const void *in, size_t len)
{
	struct sqfile *f = (struct sqfile *)base;
	const uint8_t *p = in;

	while (len > 0) {
		ssize_t n = pwrite(f->fd, p, len, (off_t)(f->start + at));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(f);
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
		if (at > f->size)
			f->size = at;
	}
	return 0;
}

static sqfs_u64 get_size(const sqfs_file_t *base)
{
	return ((const struct sqfile *)base)->size;
}

static int truncate_at(sqfs_file_t *base, sqfs_u64 size)
{
	struct sqfile *f = (struct sqfile *)base;

	if (ftruncate(f->fd, (off_t)(f->start + size)) < 0)
		return failed(f);
	f->size = size;
	return 0;
}

static void destroy(sqfs_object_t *o)
{
	(void)o;
}

void sqfile_init(struct sqfile *f, int fd, uint64_t start)
{
	*f = (struct sqfile){
		.base = {
			.base = { .destroy = destroy },
			.read_at = read_at,
			.write_at = write_at,
			.get_size = get_size,
			.truncate = truncate_at,
		},
		.fd = fd,
		.start = start,
	};
}
