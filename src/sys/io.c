/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.c - whole reads and writes, unix sockets, descriptor passing, whole files.
 *
 * sun_path holds 107 bytes, state directories can be longer. A socket is
 * therefore bound and connected as /proc/self/fd/DIR/NAME, which is short
 * whatever the directory is called.
 */

#include "sys/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void drop_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

enum cloister_err io_read_full(int fd, void *data, size_t len, struct cloister_fault *why)
{
	uint8_t *p = data;

	while (len > 0) {
		ssize_t n = read(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "io.read", "%zu bytes missing", len);
		if (n == 0)
			return fail(why, CLOISTER_E_PEER, "io.read", "the input ended %zu bytes early",
				    len);
		p += n;
		len -= (size_t)n;
	}
	return CLOISTER_OK;
}

enum cloister_err io_write_full(int fd, const void *data, size_t len, struct cloister_fault *why)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "io.write", "%zu bytes not written", len);
		p += n;
		len -= (size_t)n;
	}
	return CLOISTER_OK;
}

enum cloister_err io_send_full(int fd, const void *data, size_t len, struct cloister_fault *why)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "io.send", "%zu bytes not sent", len);
		p += n;
		len -= (size_t)n;
	}
	return CLOISTER_OK;
}

enum cloister_err io_nonblock(int fd, bool on, struct cloister_fault *why)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
		return fail_sys(why, "io.nonblock", "descriptor %d", fd);
	return CLOISTER_OK;
}

static enum cloister_err unix_address(int dir_fd, const char *name, struct sockaddr_un *out,
				      struct cloister_fault *why)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
	if (n < 0 || (size_t)n >= sizeof out->sun_path || strchr(name, '/'))
		return fail(why, CLOISTER_E_USAGE, "io.unix", "`%s` is no socket name", name);
	return CLOISTER_OK;
}

enum cloister_err io_unix_listen(int dir_fd, const char *name, int *fd_out,
				 struct cloister_fault *why)
{
	struct sockaddr_un a;

	TRY(unix_address(dir_fd, name, &a, why));
	own(drop_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_sys(why, "io.socket", "%s", name);
	/* Before bind(), so that the name never exists with looser rights. */
	if (fchmod(fd, 0600) < 0)
		return fail_sys(why, "io.chmod", "%s", name);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
		return fail_sys(why, "io.bind", "%s", name);
	if (listen(fd, 64) < 0)
		return fail_sys(why, "io.listen", "%s", name);
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

static enum cloister_err unix_connect(int dir_fd, const char *name, int flags, int *fd_out,
				      struct cloister_fault *why)
{
	struct sockaddr_un a;

	TRY(unix_address(dir_fd, name, &a, why));
	own(drop_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		return fail_sys(why, "io.socket", "%s", name);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		return fail_sys(why, "io.connect", "%s", name);
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

enum cloister_err io_unix_connect(int dir_fd, const char *name, int *fd_out,
				  struct cloister_fault *why)
{
	return unix_connect(dir_fd, name, 0, fd_out, why);
}

enum cloister_err io_unix_connect_now(int dir_fd, const char *name, int *fd_out,
				      struct cloister_fault *why)
{
	return unix_connect(dir_fd, name, SOCK_NONBLOCK, fd_out, why);
}

enum cloister_err io_pair(int type, int fds_out[2], struct cloister_fault *why)
{
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds_out) < 0)
		return fail_sys(why, "io.socketpair", "no pair of sockets");
	return CLOISTER_OK;
}

union ancillary {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int))];
};

enum cloister_err io_send_msg(int fd, struct bytes body, int pass_fd, struct cloister_fault *why)
{
	struct iovec iov = { (void *)body.data, body.len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union ancillary anc = { 0 };

	if (pass_fd >= 0) {
		m.msg_control = anc.room;
		m.msg_controllen = sizeof anc.room;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof pass_fd);
	}
	ssize_t n;
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_sys(why, "io.send_msg", "%zu bytes", body.len);
	if ((size_t)n != body.len)
		return fail(why, CLOISTER_E_PEER, "io.send_msg", "sent %zd of %zu bytes", n, body.len);
	return CLOISTER_OK;
}

enum cloister_err io_recv_msg(int fd, void *room, size_t room_len, size_t *len_out, int *fd_out,
			      struct cloister_fault *why)
{
	struct iovec iov = { room, room_len };
	union ancillary anc = { 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = anc.room,
			    .msg_controllen = sizeof anc.room };
	own(drop_fd) int passed = -1;
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_sys(why, "io.recv_msg", "no message");
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&passed, CMSG_DATA(c), sizeof passed);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return fail(why, CLOISTER_E_LIMIT, "io.recv_msg", "a message of more than %zu bytes",
			    room_len);
	*len_out = (size_t)n;
	*fd_out = give(passed, -1);
	return CLOISTER_OK;
}

static enum cloister_err open_regular(int dir_fd, const char *path, uint64_t max, int *fd_out,
				      uint64_t *size_out, struct cloister_fault *why)
{
	struct stat st;
	/* O_NONBLOCK: a FIFO in the file's place must not hang us. */
	own(drop_fd) int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "file", "%s does not exist", path);
	if (fd < 0)
		return fail_sys(why, "file.open", "%s", path);
	if (fstat(fd, &st) < 0)
		return fail_sys(why, "file.stat", "%s", path);
	if (!S_ISREG(st.st_mode))
		return fail(why, CLOISTER_E_USAGE, "file", "%s is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return fail(why, CLOISTER_E_LIMIT, "file", "%s has more than %llu bytes", path,
			    (unsigned long long)max);
	*fd_out = give(fd, -1);
	*size_out = (uint64_t)st.st_size;
	return CLOISTER_OK;
}

enum cloister_err file_read(int dir_fd, const char *path, size_t max, struct buf *out,
			    struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	uint64_t size;
	uint8_t chunk[16384];
	size_t total = 0;

	TRY(open_regular(dir_fd, path, max, &fd, &size, why));
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "file.read", "%s", path);
		if (n == 0)
			return buf_ok(out, path, why);
		total += (size_t)n;
		if (total > max)
			return fail(why, CLOISTER_E_LIMIT, "file", "%s has more than %zu bytes", path,
				    max);
		buf_put(out, chunk, (size_t)n);
	}
}

static enum cloister_err map(int fd, uint64_t size, const char *path, struct bytes *out,
			     struct cloister_fault *why)
{
	if (size == 0) {
		*out = BYTES_NONE;
		return CLOISTER_OK;
	}
	void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return fail_sys(why, "file.map", "%s", path);
	*out = bytes_of(p, size);
	return CLOISTER_OK;
}

enum cloister_err file_map(int dir_fd, const char *path, uint64_t max, struct bytes *out,
			   struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	uint64_t size;

	TRY(open_regular(dir_fd, path, max, &fd, &size, why));
	return map(fd, size, path, out, why);
}

enum cloister_err file_map_fd(int fd, uint64_t max, struct bytes *out, struct cloister_fault *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_sys(why, "file.stat", "an open file");
	if ((uint64_t)st.st_size > max)
		return fail(why, CLOISTER_E_LIMIT, "file", "more than %llu bytes",
			    (unsigned long long)max);
	return map(fd, (uint64_t)st.st_size, "an open file", out, why);
}

void drop_map(struct bytes *map)
{
	if (map->data)
		munmap((void *)map->data, map->len);
	*map = BYTES_NONE;
}

/*
 * A file that has no name until file_commit(), so that not even SIGKILL leaves
 * anything behind; where the file system cannot do that, one under its
 * temporary name.
 */
static int open_nameless(struct file_new *f, int dir_len)
{
	char dir[sizeof f->path];

	snprintf(dir, sizeof dir, "%.*s", dir_len ? dir_len : 1, dir_len ? f->path : ".");
	int fd = openat(f->dir_fd, dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	f->named = fd < 0;
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	/* A leftover of a process that had our number and was killed. */
	unlinkat(f->dir_fd, f->temp, 0);
	return openat(f->dir_fd, f->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* rename() would put a file in place of a device or a socket. */
static enum cloister_err check_target(int dir_fd, const char *path, struct cloister_fault *why)
{
	struct stat st;

	if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode) ||
	    S_ISLNK(st.st_mode))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_USAGE, "file", "%s is there and is no regular file", path);
}

enum cloister_err file_new(int dir_fd, const char *path, mode_t mode, struct file_new *out,
			   struct cloister_fault *why)
{
	struct file_new f = { .fd = -1, .dir_fd = dir_fd };
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) + 1 : 0;

	int n = snprintf(f.path, sizeof f.path, "%s", path);
	int m = snprintf(f.temp, sizeof f.temp, "%.*s.%s.%d.tmp", dir_len, path, path + dir_len,
			 (int)getpid());
	if (n < 0 || m < 0 || (size_t)n >= sizeof f.path || (size_t)m >= sizeof f.temp)
		return fail(why, CLOISTER_E_LIMIT, "file", "the path is too long");
	TRY(check_target(dir_fd, path, why));
	f.fd = open_nameless(&f, dir_len);
	if (f.fd < 0)
		return fail_sys(why, "file.create", "%s", path);
	*out = f;
	/* fchmod() and not the mode of open(): the umask must not decide. */
	if (fchmod(f.fd, mode) < 0) {
		enum cloister_err err = fail_sys(why, "file.chmod", "%s", path);
		file_drop(out);
		return err;
	}
	return CLOISTER_OK;
}

/* Give a nameless file its temporary name; linkat() cannot replace, rename does. */
static enum cloister_err link_temp(struct file_new *f, struct cloister_fault *why)
{
	char self[32];

	if (f->named)
		return CLOISTER_OK;
	snprintf(self, sizeof self, "/proc/self/fd/%d", f->fd);
	unlinkat(f->dir_fd, f->temp, 0);
	if (linkat(AT_FDCWD, self, f->dir_fd, f->temp, AT_SYMLINK_FOLLOW) < 0)
		return fail_sys(why, "file.link", "%s", f->path);
	f->named = true;
	return CLOISTER_OK;
}

enum cloister_err file_commit(struct file_new *f, struct cloister_fault *why)
{
	if (fsync(f->fd) < 0)
		return fail_sys(why, "file.sync", "%s", f->path);
	TRY(link_temp(f, why));
	if (renameat(f->dir_fd, f->temp, f->dir_fd, f->path) < 0)
		return fail_sys(why, "file.rename", "%s", f->path);
	drop_fd(&f->fd);
	return CLOISTER_OK;
}

void file_drop(struct file_new *f)
{
	if (f->fd < 0)
		return;
	if (f->named)
		unlinkat(f->dir_fd, f->temp, 0);
	drop_fd(&f->fd);
}

enum cloister_err file_write(int dir_fd, const char *path, mode_t mode, struct bytes content,
			     struct cloister_fault *why)
{
	own(file_drop) struct file_new f = FILE_NEW_INIT;

	TRY(file_new(dir_fd, path, mode, &f, why));
	TRY(io_write_full(f.fd, content.data, content.len, why));
	return file_commit(&f, why);
}

enum cloister_err file_once(int dir_fd, const char *path, mode_t mode, struct bytes content,
			    struct cloister_fault *why)
{
	own(file_drop) struct file_new f = FILE_NEW_INIT;

	TRY(file_new(dir_fd, path, mode, &f, why));
	TRY(io_write_full(f.fd, content.data, content.len, why));
	if (fsync(f.fd) < 0)
		return fail_sys(why, "file.sync", "%s", path);
	TRY(link_temp(&f, why));
	/* link() and not rename(): it does not replace. */
	if (linkat(dir_fd, f.temp, dir_fd, path, 0) < 0 && errno != EEXIST)
		return fail_sys(why, "file.link", "%s", path);
	return CLOISTER_OK;
}

enum cloister_err file_scratch(const char *dir, int *fd_out, struct cloister_fault *why)
{
	if (!dir)
		dir = getenv("TMPDIR");
	if (!dir || !*dir)
		dir = "/var/tmp";
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd < 0)
		return fail_sys(why, "file.scratch", "no scratch file in %s", dir);
	*fd_out = fd;
	return CLOISTER_OK;
}
