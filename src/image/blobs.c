/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blobs.c - opening an image's files. A directory's files are opened without
 * following links; an archive's links are followed in its index, never on the host.
 */

#include "image/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "image/shown.h"
#include "sys/io.h"

enum cloister_err blobs_open_dir(const char *path, struct blobs *out, struct cloister_fault *why)
{
	struct blobs s = BLOBS_INIT;

	s.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.fd < 0 && errno == ENOTDIR)
		return fail(why, CLOISTER_E_USAGE, "image",
			    "`%s` is a file; an OCI archive is named oci-archive:FILE", path);
	if (s.fd < 0)
		return fail_sys(why, "image", "opening `%s`", path);
	*out = s;
	return CLOISTER_OK;
}

enum cloister_err blobs_open_archive(const char *path, struct blobs *out,
				     struct cloister_fault *why)
{
	own(blobs_close) struct blobs s = BLOBS_INIT;

	s.is_archive = true;
	s.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s.fd < 0)
		return fail_sys(why, "image", "opening `%s`", path);
	TRY(tar_index(s.fd, &s.tar, why));
	*out = give(s, (struct blobs)BLOBS_INIT);
	return CLOISTER_OK;
}

void blobs_close(struct blobs *s)
{
	drop_fd(&s->fd);
	tar_fini(&s->tar);
}

/*
 * The name that a link means, without "." and "..": a symbolic link starts at
 * its own directory, a hard link at the archive's root. False when it leaves.
 */
static bool follow(const struct tar_member *m, char out[static 2 * LIMIT_PATH])
{
	const char *slash = strrchr(m->name, '/');
	size_t at = 0, keep = m->kind == TAR_SYMLINK && slash ? (size_t)(slash - m->name) : 0;
	const char *from = m->target;

	if (*from == '/')
		keep = 0;
	memcpy(out, m->name, keep);
	at = keep;
	while (*from) {
		size_t len = strcspn(from, "/");
		if (len == 2 && from[0] == '.' && from[1] == '.') {
			if (at == 0)
				return false;
			while (at > 0 && out[--at] != '/')
				;
		} else if (len > 0 && !(len == 1 && from[0] == '.')) {
			if (at + len + 2 > 2 * LIMIT_PATH)
				return false;
			if (at)
				out[at++] = '/';
			memcpy(out + at, from, len);
			at += len;
		}
		from += len + (from[len] == '/');
	}
	out[at] = 0;
	return true;
}

static enum cloister_err find_member(const struct blobs *s, const char *name,
				     const struct tar_member **out, struct cloister_fault *why)
{
	const struct tar_member *m = tar_find(&s->tar, name);
	char target[2 * LIMIT_PATH];

	for (int hops = 0; m && m->target && hops < 8; hops++)
		m = follow(m, target) ? tar_find(&s->tar, target) : NULL;
	if (!m || m->kind != TAR_FILE)
		return fail(why, CLOISTER_E_MISSING, "archive", "it holds no file `%s`",
			    shown_text(name).text);
	*out = m;
	return CLOISTER_OK;
}

enum cloister_err blobs_find(const struct blobs *s, const char *name, struct span *out,
			     struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	struct stat st;

	if (s->is_archive) {
		const struct tar_member *m;
		TRY(find_member(s, name, &m, why));
		fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return fail_sys(why, "archive", "dup");
		*out = (struct span){ give(fd, -1), m->at, m->len };
		return CLOISTER_OK;
	}
	fd = openat(s->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "image", "there is no file `%s` in the layout",
			    shown_text(name).text);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(why, "image", "`%s`", shown_text(name).text);
	if (!S_ISREG(st.st_mode))
		return fail(why, CLOISTER_E_MALFORMED, "image", "`%s` is not a regular file",
			    shown_text(name).text);
	*out = (struct span){ give(fd, -1), 0, (uint64_t)st.st_size };
	return CLOISTER_OK;
}

bool blobs_has(const struct blobs *s, const char *name)
{
	own(span_close) struct span span = SPAN_INIT;

	return blobs_find(s, name, &span, NULL) == CLOISTER_OK;
}

void span_close(struct span *span)
{
	drop_fd(&span->fd);
}

enum cloister_err blobs_read(const struct blobs *s, const char *name, size_t max, struct buf *out,
			     struct cloister_fault *why)
{
	own(span_close) struct span span = SPAN_INIT;
	uint8_t chunk[16384];

	TRY(blobs_find(s, name, &span, why));
	if (span.len > max)
		return fail(why, CLOISTER_E_LIMIT, "image", "`%s` is %llu bytes long, %zu are allowed",
			    shown_text(name).text, (unsigned long long)span.len, max);
	for (uint64_t done = 0; done < span.len;) {
		size_t want = span.len - done < sizeof chunk ? (size_t)(span.len - done) : sizeof chunk;
		ssize_t n = pread(span.fd, chunk, want, (off_t)(span.at + done));
		if (n < 0)
			return fail_sys(why, "image", "reading `%s`", shown_text(name).text);
		if (n == 0)
			return fail(why, CLOISTER_E_MALFORMED, "image", "`%s` became shorter while it was read",
				    shown_text(name).text);
		buf_put(out, chunk, (size_t)n);
		done += (uint64_t)n;
	}
	return buf_ok(out, "image", why);
}
