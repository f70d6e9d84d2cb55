/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_cuse.c - /dev/nsm for programs that expect AWS's driver, through CUSE.
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

#include "guest/agent.h"
#include "guest/cuse.h"
#include "sys/io.h"

#define DEVICE_NAME "DEVNAME=nsm"

/* The kernel wants room for its largest write besides headers. */
#define ROOM (FUSE_MIN_READ_BUFFER + (64u << 10))

static struct {
	struct loop *loop;
	int fd;
	struct watch watch;
	uint64_t unique;           /* of the request at the module */
	uint8_t raw[CUSE_RAW_LEN]; /* its struct, sent back with the response's length */
	size_t response_room;
	uint8_t room[ROOM];
} cuse = { .fd = -1, .watch = WATCH_INIT };

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
	      (struct iovec[]){ { &out, sizeof out }, { cuse.raw, CUSE_RAW_LEN },
				{ (void *)answer.data, len } }, 3);
}

static void submit(const struct cuse_call *c)
{
	cuse.unique = c->unique;
	cuse.response_room = (size_t)c->room;
	memcpy(cuse.raw, c->raw.data, CUSE_RAW_LEN);
	loop_change(cuse.loop, &cuse.watch, 0);
	if (nsm_submit(c->request, on_answer, NULL, NULL, NULL) != CLOISTER_OK) {
		loop_change(cuse.loop, &cuse.watch, EPOLLIN);
		reply(c->unique, ENOMEM, NULL, 0);
	}
}

static void on_ioctl(const struct cuse_call *c)
{
	const struct fuse_ioctl_iovec v[] = { { c->arg, CUSE_RAW_LEN }, { c->request_at, c->request_len },
					      { c->arg, CUSE_RAW_LEN }, { c->response_at, c->room } };

	switch (c->step) {
	case CUSE_REFUSE:
		reply(c->unique, c->error, NULL, 0);
		break;
	case CUSE_WANT_RAW:
		reply_again(c->unique, v, 1, 0);
		break;
	case CUSE_WANT_BUFFERS:
		reply_again(c->unique, v, 2, 2);
		break;
	case CUSE_SUBMIT:
		submit(c);
	}
}

static void serve(struct bytes message)
{
	struct cuse_call c;

	if (cuse_read(message, &c, NULL) != CLOISTER_OK)
		return;
	switch (c.kind) {
	case CUSE_OPENED:
		reply_open(c.unique);
		break;
	case CUSE_IOCTL:
		on_ioctl(&c);
		break;
	case CUSE_CLOSED:
		reply(c.unique, 0, NULL, 0);
		break;
	case CUSE_UNANSWERED:
		break;
	case CUSE_HELLO:
	case CUSE_UNKNOWN:
		reply(c.unique, ENOSYS, NULL, 0);
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
	struct cuse_call c;
	ssize_t n = read(cuse.fd, cuse.room, sizeof cuse.room);

	if (n <= 0)
		return fail_sys(why, "cuse.init", "/dev/cuse");
	TRY(cuse_read(bytes_of(cuse.room, (size_t)n), &c, why));
	if (c.kind != CUSE_HELLO)
		return fail(why, CLOISTER_E_PEER, "cuse.init", "another operation came first");
	reply(c.unique, 0,
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
