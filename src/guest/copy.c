/* SPDX-License-Identifier: Apache-2.0 */
/* copy.c - seeding a volume from the image's content, descriptor by descriptor. */

#include "guest/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/limits.h"
#include "sys/io.h"

static void drop_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Attributes that the target cannot hold (tmpfs knows no user.*) are left out. */
static void copy_xattrs(int from, int to)
{
	char names[4096];
	static uint8_t value[LIMIT_XATTR];
	ssize_t len = flistxattr(from, names, sizeof names);

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t n = fgetxattr(from, names + at, value, sizeof value);
		if (n >= 0)
			fsetxattr(to, names + at, value, (size_t)n, 0);
	}
}

/* Owner first: changing it clears set-user-id bits and file capabilities. */
static enum cloister_err copy_marks(int from, int to, const struct stat *st, const char *name,
				    struct cloister_fault *why)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return fail_sys(why, "copy.owner", "%s", name);
	copy_xattrs(from, to);
	if (futimens(to, times) < 0)
		return fail_sys(why, "copy.times", "%s", name);
	return CLOISTER_OK;
}

static enum cloister_err copy_file(int from, int to, const char *name, const struct stat *st,
				   struct cloister_fault *why)
{
	own(drop_fd) int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	own(drop_fd) int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	off_t left = st->st_size;

	if (in < 0 || out < 0)
		return fail_sys(why, "copy.open", "%s", name);
	while (left > 0) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);
		if (n <= 0)
			return fail_sys(why, "copy.data", "%s", name);
		left -= n;
	}
	return copy_marks(in, out, st, name, why);
}

static enum cloister_err copy_link(int from, int to, const char *name, const struct stat *st,
				   struct cloister_fault *why)
{
	char target[LIMIT_PATH];
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);

	if (n < 0)
		return fail_sys(why, "copy.readlink", "%s", name);
	target[n] = 0;
	if (symlinkat(target, to, name) < 0 ||
	    fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_sys(why, "copy.link", "%s", name);
	return CLOISTER_OK;
}

static enum cloister_err copy_fifo(int to, const char *name, const struct stat *st,
				   struct cloister_fault *why)
{
	if (mkfifoat(to, name, 0600) < 0 || fchownat(to, name, st->st_uid, st->st_gid, 0) < 0 ||
	    fchmodat(to, name, st->st_mode & 07777, 0) < 0)
		return fail_sys(why, "copy.fifo", "%s", name);
	return CLOISTER_OK;
}

static enum cloister_err copy_level(int from, int to, unsigned depth, struct cloister_fault *why);

static enum cloister_err copy_dir(int from, int to, const char *name, const struct stat *st,
				  unsigned depth, struct cloister_fault *why)
{
	if (mkdirat(to, name, 0700) < 0)
		return fail_sys(why, "copy.mkdir", "%s", name);
	own(drop_fd) int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	own(drop_fd) int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return fail_sys(why, "copy.open", "%s", name);
	TRY(copy_level(in, out, depth + 1, why));
	return copy_marks(in, out, st, name, why);
}

static enum cloister_err copy_entry(int from, int to, const char *name, unsigned depth,
				    struct cloister_fault *why)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_sys(why, "copy.stat", "%s", name);
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(from, to, name, &st, why);
	case S_IFDIR:
		return copy_dir(from, to, name, &st, depth, why);
	case S_IFLNK:
		return copy_link(from, to, name, &st, why);
	case S_IFIFO:
		return copy_fifo(to, name, &st, why);
	default:
		return CLOISTER_OK;
	}
}

static enum cloister_err copy_level(int from, int to, unsigned depth, struct cloister_fault *why)
{
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own(drop_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir)
		return fail_sys(why, "copy.list", "a directory of the volume");
	if (depth > 256)
		return fail(why, CLOISTER_E_LIMIT, "copy", "more than 256 directories deep");
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			TRY(copy_entry(from, to, e->d_name, depth, why));
	return CLOISTER_OK;
}

enum cloister_err copy_tree(int from, int to, struct cloister_fault *why)
{
	return copy_level(from, to, 0, why);
}
