/* SPDX-License-Identifier: Apache-2.0 */
/* agent_nsm.c - one request at a time to the security module, first come first served. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/wr.h"
#include "codec/wire.h"
#include "guest/agent.h"
#include "guest/flow.h"
#include "guest/kernel.h"
#include "sys/io.h"

#define WAIT_MS 60000u /* AWS's driver waits 120 s */

struct nsm_job {
	struct nsm_job *next;
	nsm_done *done; /* NULL once forgotten */
	void *owner;
	size_t len;
	uint8_t request[];
};

static struct {
	struct loop *loop;
	bool is_real;
	int fd; /* the device, or the connection while there is one; else -1 */
	struct nsm_job *first, **last; /* the first is being asked when `busy` */
	bool busy;
	struct flow out, in; /* length-prefixed, over vsock */
	struct watch watch, timeout;
	int timer;
} nsm = { .fd = -1, .last = &nsm.first, .watch = WATCH_INIT, .timeout = WATCH_INIT, .timer = -1 };

static void pump(void);

/* The first job has its answer, or its fault. Its owner may submit another from `done`. */
static void finish(enum cloister_err err, struct bytes answer, const struct cloister_fault *why)
{
	struct nsm_job *job = nsm.first;

	nsm.first = job->next;
	if (!nsm.first)
		nsm.last = &nsm.first;
	nsm.busy = false;
	timer_set(nsm.timer, 0);
	if (job->done)
		job->done(job->owner, err, answer, why);
	free(job);
}

static void hang_up(void)
{
	loop_remove(nsm.loop, &nsm.watch);
	drop_fd(&nsm.fd);
	nsm.out.len = nsm.in.len = nsm.out.head = nsm.in.head = 0;
}

static void give_up(enum cloister_err err, const struct cloister_fault *why)
{
	hang_up();
	if (nsm.busy)
		finish(err, BYTES_NONE, why);
	pump();
}

/* The answer's length once its four bytes are there, 0 before; too long is a fault. */
static enum cloister_err answer_len(size_t *len_out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(flow_bytes(&nsm.in), &local);

	*len_out = 0;
	if (nsm.in.len < 4)
		return CLOISTER_OK;
	uint32_t len = rd_be32(&r, "length");
	if (len == 0 || len > LIMIT_NSM_RESPONSE)
		return fail(why, CLOISTER_E_PEER, "nsm.host", "an answer of %u bytes", len);
	*len_out = len;
	return CLOISTER_OK;
}

static void on_event(struct watch *w, uint32_t events)
{
	struct cloister_fault why = { 0 };
	size_t len = 0;

	(void)w;
	enum flow_state s = flow_write(&nsm.out, nsm.fd);
	if (s == FLOW_OK && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		s = flow_read(&nsm.in, nsm.fd);
	/* Nobody asked, so nobody may answer: that connection has lost its place. */
	if (s != FLOW_OK || (!nsm.busy && nsm.in.len > 0)) {
		give_up(fail(&why, CLOISTER_E_PEER, "nsm.host", "the host ended the connection"), &why);
		return;
	}
	enum cloister_err err = answer_len(&len, &why);
	if (err != CLOISTER_OK) {
		give_up(err, &why);
		return;
	}
	loop_change(nsm.loop, &nsm.watch, nsm.out.len ? EPOLLIN | EPOLLOUT : EPOLLIN);
	if (len == 0 || nsm.in.len < 4 + len)
		return;
	if (nsm.in.len > 4 + len) {
		give_up(fail(&why, CLOISTER_E_PEER, "nsm.host", "more than one answer"), &why);
		return;
	}
	/* The owner copies what it needs before it returns; nothing reads into the room meanwhile. */
	struct bytes answer = bytes_of(nsm.in.data + nsm.in.head + 4, len);
	nsm.in.len = nsm.in.head = 0;
	finish(CLOISTER_OK, answer, NULL);
	pump();
}

static void on_timeout(struct watch *w, uint32_t events)
{
	struct cloister_fault why;

	(void)events;
	timer_clear(w->fd);
	if (nsm.busy)
		give_up(fail(&why, CLOISTER_E_TIMEOUT, "nsm.host", "no answer in %u s", WAIT_MS / 1000), &why);
}

static enum cloister_err start_over_vsock(const struct nsm_job *job, struct cloister_fault *why)
{
	uint8_t head[4];
	struct wr w = wr_open(head, sizeof head);

	if (nsm.fd < 0) {
		TRY(kernel_vsock_connect(WIRE_PORT_NSM, 0, &nsm.fd, why));
		TRY(io_nonblock(nsm.fd, true, why));
		TRY(loop_add(nsm.loop, &nsm.watch, nsm.fd, EPOLLIN, on_event, NULL, why));
	}
	wr_be32(&w, (uint32_t)job->len);
	flow_put(&nsm.out, BYTES_OF(head));
	flow_put(&nsm.out, bytes_of(job->request, job->len));
	loop_change(nsm.loop, &nsm.watch, EPOLLIN | EPOLLOUT);
	timer_set(nsm.timer, WAIT_MS);
	return CLOISTER_OK;
}

/* Start what is first in the queue, if the module is free. */
static void pump(void)
{
	struct cloister_fault why;

	while (nsm.first && !nsm.busy) {
		nsm.busy = true;
		if (nsm.is_real) {
			static uint8_t room[LIMIT_NSM_RESPONSE];
			size_t len = 0;
			enum cloister_err err = kernel_nsm_ioctl(
				nsm.fd, bytes_of(nsm.first->request, nsm.first->len), room, sizeof room,
				&len, &why);
			finish(err, bytes_of(room, len), &why);
			continue;
		}
		enum cloister_err err = start_over_vsock(nsm.first, &why);
		if (err == CLOISTER_OK)
			return;
		hang_up();
		finish(err, BYTES_NONE, &why);
	}
}

enum cloister_err nsm_open(struct loop *l, bool *is_real_out, struct cloister_fault *why)
{
	nsm.loop = l;
	TRY(timer_open(&nsm.timer, why));
	TRY(loop_add(l, &nsm.timeout, nsm.timer, EPOLLIN, on_timeout, NULL, why));
	TRY(flow_init(&nsm.out, 4 + LIMIT_NSM_REQUEST, why));
	TRY(flow_init(&nsm.in, 4 + LIMIT_NSM_RESPONSE + 1, why));
	nsm.fd = open("/dev/nsm", O_RDWR | O_CLOEXEC);
	if (nsm.fd < 0 && errno != ENOENT)
		return fail_sys(why, "nsm.open", "/dev/nsm");
	nsm.is_real = nsm.fd >= 0;
	*is_real_out = nsm.is_real;
	return CLOISTER_OK;
}

enum cloister_err nsm_submit(struct bytes request, nsm_done *done, void *owner,
			     struct nsm_job **job_out, struct cloister_fault *why)
{
	if (request.len == 0 || request.len > LIMIT_NSM_REQUEST)
		return fail(why, CLOISTER_E_LIMIT, "nsm", "a request of %zu bytes", request.len);
	struct nsm_job *job = malloc(sizeof *job + request.len);
	if (!job)
		return fail(why, CLOISTER_E_NOMEM, "nsm", "out of memory");
	*job = (struct nsm_job){ .done = done, .owner = owner, .len = request.len };
	memcpy(job->request, request.data, request.len);
	if (job_out)
		*job_out = job;
	*nsm.last = job;
	nsm.last = &job->next;
	pump();
	return CLOISTER_OK;
}

void nsm_forget(struct nsm_job *job)
{
	if (job)
		job->done = NULL;
}
