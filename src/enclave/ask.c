/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.c - asking a shim by its control socket, and waiting for its end. What a shim
 * says is bounded and read strictly: it has read a guest's bytes.
 */

#include "enclave/ask.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/io.h"
#include "sys/proc.h"
#include "sys/stream.h"

#define GRACE_MAX_MS 3600000u
#define AFTER_GRACE_MS 30000 /* for the guest to power off, and the shim to write its record */

struct ask {
	struct loop *loop;
	struct stream stream;
	int timer_fd;
	struct watch timer;
	ask_answered *answered;
	void *owner;
	char name[64];
};

static enum cloister_err connect_to(const struct state *s, const char *name, int *out,
				    struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;
	struct state_entry e = { 0 };

	TRY(state_enclave_read(s, name, &e, why));
	if (!e.alive)
		return fail(why, CLOISTER_E_MISSING, "name", "the enclave `%s` is not running (%s)", name,
			    record_state_name(e.record.state));
	enum cloister_err err = state_run_open(e.record.run_dir, &dir, why);
	if (err == CLOISTER_E_SYSTEM)
		return fail_sys(why, "enclave", "`%s` cannot be asked yet", name);
	TRY(err);
	return io_unix_connect_now(dir, "ctl.sock", out, why);
}

void ask_free(struct ask *a)
{
	if (!a)
		return;
	loop_remove(a->loop, &a->timer);
	drop_fd(&a->timer_fd);
	stream_fini(&a->stream);
	free(a);
}

static void drop_ask(struct ask **a)
{
	ask_free(*a);
}

/* The last thing that happens to it. */
static void answer(struct ask *a, struct json top, const struct cloister_fault *why)
{
	own(drop_ask) struct ask *over = a; /* `top` looks into it */

	loop_remove(a->loop, &a->timer);
	loop_remove(a->loop, &a->stream.watch);
	over->answered(over->owner, top, why);
}

static void refuse(struct ask *a, enum cloister_err err, const char *what)
{
	struct cloister_fault why;

	(void)fail(&why, err, "enclave", "`%s` %s", a->name, what);
	answer(a, (struct json){ 0 }, &why);
}

static void judge(struct ask *a, struct bytes line)
{
	char sentence[CLOISTER_NOTE_MAX];
	struct cloister_fault why;
	struct json top;
	bool ok = false;

	if (json_read(line, &top, &why) != CLOISTER_OK) {
		answer(a, (struct json){ 0 }, &why);
	} else if (json_bool(json_get(top, "ok"), &ok) && ok) {
		answer(a, top, NULL);
	} else if (!json_text(json_get(top, "error"), sentence, sizeof sentence)) {
		refuse(a, CLOISTER_E_PEER, "refused");
	} else {
		(void)fail(&why, CLOISTER_E_PEER, "enclave", "%s", sentence);
		answer(a, (struct json){ 0 }, &why);
	}
}

static void heard(struct stream *s)
{
	if (s->in.len > 0 && s->in.data[s->in.len - 1] == '\n')
		judge(s->owner, bytes_of(s->in.data, s->in.len - 1));
}

static void hung_up(struct stream *s)
{
	refuse(s->owner, CLOISTER_E_PEER, "ended before it answered");
}

static void late(struct watch *w, uint32_t events)
{
	(void)events;
	refuse(w->owner, CLOISTER_E_TIMEOUT, "did not answer in time");
}

enum cloister_err ask_open(struct loop *loop, const struct state *s, const char *name, struct bytes request,
			   unsigned timeout_ms, ask_answered *answered, void *owner, struct ask **out,
			   struct cloister_fault *why)
{
	own(drop_ask) struct ask *a = calloc(1, sizeof *a);
	int fd = -1;

	if (!a)
		return fail(why, CLOISTER_E_NOMEM, "enclave", "out of memory");
	*a = (struct ask){ .loop = loop, .stream = STREAM_INIT, .timer_fd = -1, .timer = WATCH_INIT,
			   .answered = answered, .owner = owner };
	snprintf(a->name, sizeof a->name, "%s", name);
	TRY(connect_to(s, name, &fd, why));
	TRY(stream_open(&a->stream, loop, fd, ASK_REPLY_MAX, ASK_REPLY_MAX, heard, hung_up, a, why));
	TRY(timer_open(&a->timer_fd, why));
	TRY(loop_add(loop, &a->timer, a->timer_fd, EPOLLIN, late, a, why));
	timer_set(a->timer_fd, timeout_ms ? timeout_ms : 1);
	if (!stream_put(&a->stream, request) || !stream_put(&a->stream, bytes_text("\n")))
		return fail(why, CLOISTER_E_LIMIT, "enclave", "the request is too long");
	*out = give(a, NULL);
	return CLOISTER_OK;
}

/* Whoever stands still for an answer. */
struct waiting {
	struct loop *loop;
	struct buf *text;
	struct cloister_fault *why;
	enum cloister_err err;
};

static void stop_waiting(void *owner, struct json top, const struct cloister_fault *why)
{
	struct waiting *w = owner;

	w->err = why ? why->err : CLOISTER_OK;
	if (why && w->why)
		*w->why = *why;
	buf_put(w->text, top.text.data, top.text.len);
	loop_stop(w->loop);
}

enum cloister_err enclave_ask(const struct state *s, const char *name, struct bytes request,
			      unsigned timeout_ms, struct buf *text, struct json *top_out,
			      struct cloister_fault *why)
{
	own(drop_loop) struct loop *loop = NULL;
	struct waiting w = { .text = text, .why = why };
	struct ask *a = NULL;

	TRY(loop_new(&loop, why));
	w.loop = loop;
	TRY(ask_open(loop, s, name, request, timeout_ms, stop_waiting, &w, &a, why));
	TRY(loop_run(loop, why));
	TRY(w.err);
	TRY(buf_ok(text, "reply", why));
	return json_read(buf_bytes(text), top_out, why);
}

enum cloister_err enclave_shim(const struct state *s, const char *name, int *pidfd_out,
			       struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;
	own(drop_fd) int pidfd = -1;
	pid_t pid = 0, still = 0;

	TRY(state_enclave_open(s, name, &dir, why));
	TRY(state_enclave_holder(dir, &pid, why));
	pidfd = proc_open_pid(pid);
	/* Asked again: the number may have gone to another process in between. */
	TRY(state_enclave_holder(dir, &still, why));
	*pidfd_out = still == pid ? give(pidfd, -1) : -1;
	return CLOISTER_OK;
}

static enum cloister_err wait_for(int pidfd, const char *name, int64_t timeout_ms,
				  struct cloister_fault *why)
{
	if (pidfd >= 0 && !proc_gone(pidfd, (int)timeout_ms))
		return fail(why, CLOISTER_E_TIMEOUT, "enclave",
			    "`%s` has not ended; `cloister rm -f %s` ends it by force", name, name);
	return CLOISTER_OK;
}

enum cloister_err enclave_stop(const struct state *s, const char *name, int64_t grace_ms,
			       struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(ASK_REPLY_MAX);
	own(drop_fd) int pidfd = -1;
	int64_t longest = (grace_ms < 0 ? GRACE_MAX_MS : grace_ms) + AFTER_GRACE_MS;
	char request[64] = "{\"op\":\"stop\"}";
	struct cloister_fault asked;
	struct json top;

	TRY(enclave_shim(s, name, &pidfd, why));
	if (pidfd < 0)
		return CLOISTER_OK;
	if (grace_ms >= 0)
		snprintf(request, sizeof request, "{\"op\":\"stop\",\"grace_ms\":%lld}", (long long)grace_ms);
	enum cloister_err err =
		enclave_ask(s, name, bytes_text(request), (unsigned)longest, &text, &top, &asked);
	if (err == CLOISTER_E_SYSTEM || err == CLOISTER_E_USAGE) /* no socket: about to start, to end, replaced */
		(void)proc_pidfd_signal(pidfd, SIGTERM);
	else if (err == CLOISTER_E_TIMEOUT) {
		if (why)
			*why = asked;
		return err;
	}
	return wait_for(pidfd, name, longest, why);
}

enum cloister_err enclave_kill(const struct state *s, const char *name, struct cloister_fault *why)
{
	own(drop_fd) int pidfd = -1;

	TRY(enclave_shim(s, name, &pidfd, why));
	if (pidfd < 0)
		return CLOISTER_OK;
	if (!proc_pidfd_signal(pidfd, SIGKILL))
		return fail_sys(why, "enclave", "`%s` cannot be killed", name);
	return wait_for(pidfd, name, 10000, why);
}
