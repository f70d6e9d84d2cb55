/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_cuse.c - /dev/nsm for programs that expect AWS's driver, through CUSE.
 *
 * The driver's only call is an ioctl on a struct that points at a request and
 * at room for the response. A CUSE server does not see its clients' memory; it
 * answers "ask again with these ranges" (FUSE_IOCTL_RETRY), first for the
 * struct, then for what it points at. The client may change its struct between
 * the rounds, so each round checks all of it again.
 *
 * While one request is at the module nothing more is read, so that callers
 * queue in the kernel, where their count is bounded by their processes.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/rd.h"
#include "guest/agent.h"
#include "sys/io.h"

#define NSM_IOCTL_RAW 0xC0200A00u
#define RAW_LEN 32u /* u64 address and length of the request, then of the response */
#define DEVICE_NAME "DEVNAME=nsm"

/* The kernel wants room for its largest write besides headers. */
#define ROOM (FUSE_MIN_READ_BUFFER + (64u << 10))

static struct {
	struct loop *loop;
	int fd;
	struct watch watch;
	uint64_t unique;        /* of the request at the module */
	uint8_t raw[RAW_LEN];   /* its struct, sent back with the response's length */
	size_t response_room;
	uint8_t room[ROOM];
} cuse = { .fd = -1, .watch = WATCH_INIT };

struct raw {
	uint64_t request, request_len, response, response_len;
};

static struct raw raw_read(struct rd *r)
{
	struct raw w;

	w.request = rd_le64(r, "request.addr");
	w.request_len = rd_le64(r, "request.len");
	w.response = rd_le64(r, "response.addr");
	w.response_len = rd_le64(r, "response.len");
	return w;
}

/* A reply is a head and up to three parts; the kernel takes it in one write or not at all. */
static void reply(uint64_t unique, int error, const struct iovec *parts, int n_parts)
{
	struct fuse_out_header head = { .unique = unique, .error = -error };
	struct iovec v[4] = { { &head, sizeof head } };

	for (int i = 0; i < n_parts; i++)
		v[i + 1] = parts[i];
	for (int i = 0; i <= n_parts; i++)
		head.len += (uint32_t)v[i].iov_len;
	/* ENOENT: the caller was killed meanwhile. Nothing to be done in any case. */
	(void)!writev(cuse.fd, v, n_parts + 1);
}

static void reply_open(uint64_t unique)
{
	struct fuse_open_out out = { .open_flags = FOPEN_DIRECT_IO };

	reply(unique, 0, &(struct iovec){ &out, sizeof out }, 1);
}

static void reply_again(uint64_t unique, const struct fuse_ioctl_iovec *v, uint32_t n_in,
			uint32_t n_out)
{
	struct fuse_ioctl_out out = { .flags = FUSE_IOCTL_RETRY, .in_iovs = n_in, .out_iovs = n_out };

	reply(unique, 0,
	      (struct iovec[]){ { &out, sizeof out }, { (void *)v, (n_in + n_out) * sizeof *v } }, 2);
}

static void on_answer(void *owner, enum cloister_err err, struct bytes answer,
		      const struct cloister_fault *why)
{
	struct fuse_ioctl_out out = { .result = 0 };

	(void)owner;
	(void)why;
	loop_change(cuse.loop, &cuse.watch, EPOLLIN);
	if (err != CLOISTER_OK) {
		reply(cuse.unique, EIO, NULL, 0);
		return;
	}
	/* As AWS's driver: a response that does not fit is cut, and its length says so. */
	size_t len = answer.len < cuse.response_room ? answer.len : cuse.response_room;
	for (size_t i = 0; i < 8; i++)
		cuse.raw[24 + i] = (uint8_t)((uint64_t)len >> (8 * i));
	reply(cuse.unique, 0,
	      (struct iovec[]){ { &out, sizeof out }, { cuse.raw, RAW_LEN },
				{ (void *)answer.data, len } }, 3);
}

/* All data are here: the struct, then the request. */
static void submit(uint64_t unique, struct rd r, uint32_t out_size)
{
	const uint8_t *raw_at = r.at;
	struct raw w = raw_read(&r);
	struct bytes request = rd_rest(&r, "request");

	if (rd_close(&r, "ioctl") != CLOISTER_OK || request.len != w.request_len ||
	    out_size < RAW_LEN || request.len == 0) {
		reply(unique, EINVAL, NULL, 0);
		return;
	}
	cuse.unique = unique;
	cuse.response_room = out_size - RAW_LEN;
	if (cuse.response_room > w.response_len)
		cuse.response_room = (size_t)w.response_len;
	memcpy(cuse.raw, raw_at, RAW_LEN);
	loop_change(cuse.loop, &cuse.watch, 0);
	if (nsm_submit(request, on_answer, NULL, NULL, NULL) != CLOISTER_OK) {
		loop_change(cuse.loop, &cuse.watch, EPOLLIN);
		reply(unique, ENOMEM, NULL, 0);
	}
}

static void ask_buffers(uint64_t unique, uint64_t arg, struct rd r)
{
	struct raw w = raw_read(&r);
	uint64_t room = w.response_len < LIMIT_NSM_RESPONSE ? w.response_len : LIMIT_NSM_RESPONSE;
	const struct fuse_ioctl_iovec v[] = { { arg, RAW_LEN }, { w.request, w.request_len },
					      { arg, RAW_LEN }, { w.response, room } };

	if (rd_close(&r, "ioctl") != CLOISTER_OK)
		reply(unique, EINVAL, NULL, 0);
	else if (w.request_len > LIMIT_NSM_REQUEST)
		reply(unique, EMSGSIZE, NULL, 0);
	else
		reply_again(unique, v, 2, 2);
}

static void on_ioctl(uint64_t unique, struct rd r)
{
	/* struct fuse_ioctl_in */
	rd_le64(&r, "fh");
	rd_le32(&r, "flags");
	uint32_t cmd = rd_le32(&r, "cmd");
	uint64_t arg = rd_le64(&r, "arg");
	uint32_t in_size = rd_le32(&r, "in_size");
	uint32_t out_size = rd_le32(&r, "out_size");
	const struct fuse_ioctl_iovec v = { arg, RAW_LEN };

	rd_want(&r, in_size == rd_left(&r), "in_size");
	if (!rd_ok(&r))
		reply(unique, EINVAL, NULL, 0);
	else if (cmd != NSM_IOCTL_RAW)
		reply(unique, ENOTTY, NULL, 0);
	else if (in_size == 0)
		reply_again(unique, &v, 1, 0);
	else if (out_size == 0)
		ask_buffers(unique, arg, r);
	else
		submit(unique, r, out_size);
}

/* One request of the kernel's. It is the kernel's, but part of it is a client's. */
static void serve(struct bytes in)
{
	struct cloister_fault why;
	struct rd r = rd_open(in, &why);

	/* struct fuse_in_header */
	uint32_t len = rd_le32(&r, "len");
	uint32_t opcode = rd_le32(&r, "opcode");
	uint64_t unique = rd_le64(&r, "unique");
	rd_take(&r, sizeof(struct fuse_in_header) - 16, "nodeid, uid, gid, pid");
	rd_want(&r, len == in.len, "len");
	if (!rd_ok(&r))
		return;
	switch (opcode) {
	case FUSE_OPEN:
		reply_open(unique);
		break;
	case FUSE_IOCTL:
		on_ioctl(unique, r);
		break;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		reply(unique, 0, NULL, 0);
		break;
	case FUSE_INTERRUPT:
	case FUSE_FORGET:
		break; /* have no reply; the interrupted request gets its own */
	default:
		reply(unique, ENOSYS, NULL, 0);
	}
}

static void on_event(struct watch *w, uint32_t events)
{
	struct cloister_fault why;

	(void)events;
	ssize_t n = read(w->fd, cuse.room, sizeof cuse.room);
	if (n > 0)
		serve(bytes_of(cuse.room, (size_t)n));
	else if (n == 0 || (errno != EAGAIN && errno != EINTR && errno != ENOENT))
		agent_die("cuse", (fail_sys(&why, "cuse.read", "/dev/cuse") ? &why : NULL));
}

/* The first request of all: name the device, and that its ioctls follow pointers. */
static enum cloister_err greet(struct cloister_fault *why)
{
	struct cuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.flags = CUSE_UNRESTRICTED_IOCTL,
		.max_read = 64u << 10,
		.max_write = 64u << 10,
	};
	struct cloister_fault local;
	ssize_t n = read(cuse.fd, cuse.room, sizeof cuse.room);

	if (n <= 0)
		return fail_sys(why, "cuse.init", "/dev/cuse");
	struct rd r = rd_open(bytes_of(cuse.room, (size_t)n), &local);
	rd_le32(&r, "len");
	uint32_t opcode = rd_le32(&r, "opcode");
	uint64_t unique = rd_le64(&r, "unique");
	if (!rd_ok(&r) || opcode != CUSE_INIT)
		return fail(why, CLOISTER_E_PEER, "cuse.init", "operation %u came first", opcode);
	reply(unique, 0,
	      (struct iovec[]){ { &out, sizeof out }, { (void *)DEVICE_NAME, sizeof DEVICE_NAME } }, 2);
	return CLOISTER_OK;
}

/* The kernel makes the node while it takes our reply, in a thread of devtmpfs's. */
static enum cloister_err wait_for_node(struct cloister_fault *why)
{
	struct stat st;

	for (int i = 0; i < 500; i++) {
		if (stat("/dev/nsm", &st) == 0 && S_ISCHR(st.st_mode))
			return CLOISTER_OK;
		poll(NULL, 0, 10);
	}
	return fail(why, CLOISTER_E_TIMEOUT, "cuse", "/dev/nsm did not appear");
}

enum cloister_err cuse_open(struct loop *l, struct cloister_fault *why)
{
	cuse.loop = l;
	cuse.fd = open("/dev/cuse", O_RDWR | O_CLOEXEC);
	if (cuse.fd < 0)
		return fail_sys(why, "cuse.open", "/dev/cuse");
	TRY(greet(why));
	TRY(wait_for_node(why));
	TRY(io_nonblock(cuse.fd, true, why));
	return loop_add(l, &cuse.watch, cuse.fd, EPOLLIN, on_event, NULL, why);
}
