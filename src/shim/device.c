/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.c - forks the vsock device and speaks its channel. The device reads
 * the guest's memory, so what it says is believed no more than the guest is.
 */

#include "shim/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/wr.h"
#include "shim/vsock.h"
#include "sys/io.h"

/* 0 to 2 are reserved (vsock(7)), 3 is the host as Nitro's guests know it (codec/wire.h). */
#define GUEST_CID 16u

struct device {
	struct loop *loop;
	struct device_events events;
	struct proc proc;
	int channel; /* -1 while idle */
	struct watch on_channel, on_end;
};

/* The child: descriptor 3 is the vhost-user socket, 4 the channel. */
static int serve(void *ctx)
{
	struct vsock_options options = { .vhost_fd = 3, .channel_fd = 4, .guest_cid = GUEST_CID,
					 .confine = true };
	struct cloister_fault why;
	char text[256];

	(void)ctx;
	if (vsock_serve(options, &why) == CLOISTER_OK)
		return 0;
	dprintf(STDERR_FILENO, "vsock device: %s\n", cloister_fault_text(&why, text, sizeof text));
	return 1;
}

static void message(struct watch *w, uint32_t events)
{
	struct device *d = w->owner;
	struct cloister_fault why;
	uint8_t room[16];
	size_t len = 0;
	own(drop_fd) int fd = -1;

	(void)events;
	enum cloister_err err = io_recv_msg(d->channel, room, sizeof room, &len, &fd, &why);
	if (err == CLOISTER_E_LIMIT)
		return; /* no descriptor was left for this connection: the kernel has closed it */
	if (err != CLOISTER_OK || len == 0) {
		loop_remove(d->loop, &d->on_channel); /* its end is told by on_end */
		return;
	}
	struct rd r = rd_open(bytes_of(room, len), &why);
	uint8_t type = rd_u8(&r, "type");
	uint32_t port = type == 'I' ? rd_be32(&r, "port") : 0;
	if (rd_close(&r, "device message") != CLOISTER_OK)
		return;
	if (type == 'I' && fd >= 0)
		d->events.arrived(d->events.owner, port, give(fd, -1));
	else if (type == 'U')
		d->events.up(d->events.owner);
}

static void ended(struct watch *w, uint32_t events)
{
	struct device *d = w->owner;
	struct proc_end end;
	char reason[128];
	bool is_over;

	(void)events;
	if (proc_wait(&d->proc, 0, &is_over, &end, NULL) != CLOISTER_OK || !is_over)
		return;
	loop_remove(d->loop, &d->on_end);
	if (end.signal >= 0)
		snprintf(reason, sizeof reason, "the vsock device was killed by signal %d", end.signal);
	else
		snprintf(reason, sizeof reason, "the vsock device ended with status %d", end.status);
	d->events.ended(d->events.owner, end.signal >= 0, reason);
}

void device_free(struct device *d)
{
	if (!d)
		return;
	loop_remove(d->loop, &d->on_channel);
	loop_remove(d->loop, &d->on_end);
	proc_drop(&d->proc);
	drop_fd(&d->channel);
	free(d);
}

static void drop_device(struct device **d)
{
	device_free(*d);
}

enum cloister_err device_start(struct loop *loop, const struct device_events *events,
			       struct device **out, int *vhost_fd_out, struct cloister_fault *why)
{
	own(drop_device) struct device *d = calloc(1, sizeof *d);
	own(drop_fd) int theirs = -1;
	own(drop_fd) int vhost_theirs = -1;
	own(drop_fd) int vhost_ours = -1;
	static const struct proc_limit limits[] = { { RLIMIT_CORE, 0 } };
	struct proc_spec spec = PROC_SPEC_INIT;
	int ends[2];

	if (!d)
		return fail(why, CLOISTER_E_NOMEM, "device", "out of memory");
	*d = (struct device){ .loop = loop, .events = *events, .proc = PROC_INIT, .channel = -1,
			      .on_channel = WATCH_INIT, .on_end = WATCH_INIT };
	TRY(io_pair(SOCK_SEQPACKET, ends, why));
	d->channel = ends[0];
	theirs = ends[1];
	TRY(io_pair(SOCK_STREAM, ends, why));
	vhost_ours = ends[0];
	vhost_theirs = ends[1];
	spec.fn = serve;
	spec.in = spec.out = -1;
	spec.fds[0] = vhost_theirs;
	spec.fds[1] = theirs;
	spec.n_fds = 2;
	spec.limits = limits;
	spec.n_limits = 1;
	spec.die_with_parent = true;
	TRY(proc_start(&spec, &d->proc, why));
	TRY(io_nonblock(d->channel, true, why));
	TRY(loop_add(loop, &d->on_channel, d->channel, EPOLLIN, message, d, why));
	TRY(loop_add(loop, &d->on_end, d->proc.pidfd, EPOLLIN, ended, d, why));
	*vhost_fd_out = give(vhost_ours, -1);
	*out = give(d, NULL);
	return CLOISTER_OK;
}

enum cloister_err device_connect(struct device *d, uint32_t port, int fd, bool answer,
				 struct cloister_fault *why)
{
	uint8_t room[5];
	struct wr w = wr_open(room, sizeof room);
	struct bytes body;

	if (!d)
		return fail(why, CLOISTER_E_PEER, "device", "the enclave has no device");
	wr_u8(&w, answer ? 'F' : 'C');
	wr_be32(&w, port);
	TRY(wr_close(&w, "device message", &body, why));
	return io_send_msg(d->channel, body, fd, why);
}
