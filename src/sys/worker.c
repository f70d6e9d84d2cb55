/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - feeding and draining a confined child without a deadlock between the two. */

#include "sys/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/io.h"

/* Two hours of CPU is far past the largest layer and ends a decoder that spins. */
static const struct proc_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_CPU, 7200 },
};

enum cloister_err worker_start(proc_fn *fn, void *ctx, struct worker *out,
			       struct cloister_fault *why)
{
	own(drop_fd) int ours = -1;
	own(drop_fd) int theirs = -1;
	struct proc_spec spec = PROC_SPEC_INIT;
	struct worker w = WORKER_INIT;
	int pair[2];

	TRY(io_pair(SOCK_STREAM, pair, why));
	ours = pair[0];
	theirs = pair[1];
	TRY(io_nonblock(ours, true, why));
	spec.fn = fn;
	spec.ctx = ctx;
	spec.in = spec.out = spec.err = -1;
	spec.fds[0] = theirs;
	spec.n_fds = 1;
	spec.limits = limits;
	spec.n_limits = sizeof limits / sizeof *limits;
	spec.die_with_parent = true;
	TRY(proc_start(&spec, &w.proc, why));
	w.fd = give(ours, -1);
	*out = w;
	return CLOISTER_OK;
}

static enum cloister_err send_some(struct worker *w, struct bytes *feed, struct cloister_fault *why)
{
	ssize_t n = send(w->fd, feed->data, feed->len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		n = (ssize_t)feed->len;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		n = 0;
	if (n < 0)
		return fail_sys(why, "worker", "sending failed");
	*feed = bytes_of(feed->data + n, feed->len - (size_t)n);
	return CLOISTER_OK;
}

enum cloister_err worker_turn(struct worker *w, struct bytes *feed, void *room, size_t len,
			      size_t *got_out, bool *ended_out, struct cloister_fault *why)
{
	short want = (short)(POLLIN | (feed->len ? POLLOUT : 0));
	struct pollfd p = { .fd = w->fd, .events = want };

	*got_out = 0;
	*ended_out = false;
	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		return fail_sys(why, "worker", "waiting failed");
	if (p.revents & POLLOUT)
		TRY(send_some(w, feed, why));
	if (!(p.revents & (POLLIN | POLLHUP | POLLERR)))
		return CLOISTER_OK;
	ssize_t n = recv(w->fd, room, len, MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNRESET)
		return fail_sys(why, "worker", "receiving failed");
	*ended_out = n == 0 || (n < 0 && errno == ECONNRESET);
	*got_out = n > 0 ? (size_t)n : 0;
	return CLOISTER_OK;
}

void worker_fed(struct worker *w)
{
	if (!w->fed)
		(void)shutdown(w->fd, SHUT_WR);
	w->fed = true;
}

enum cloister_err worker_wait(struct worker *w, int *status_out, struct cloister_fault *why)
{
	struct proc_end end;
	bool ended;

	TRY(proc_wait(&w->proc, -1, &ended, &end, why));
	if (end.signal == SIGSYS)
		return fail(why, CLOISTER_E_PEER, "worker",
			    "it tried a system call that it may not use, and was killed");
	if (end.signal >= 0)
		return fail(why, CLOISTER_E_PEER, "worker", "it was killed by signal %d", end.signal);
	*status_out = end.status;
	return CLOISTER_OK;
}

void worker_drop(struct worker *w)
{
	proc_drop(&w->proc);
	drop_fd(&w->fd);
}
