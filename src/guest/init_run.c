/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_run.c - the agent and the workload, from fork to power-off. Init is
 * the parent of both, carries messages between them and reaps whoever ends.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/init.h"
#include "guest/kernel.h"
#include "guest/talk.h"
#include "sys/clock.h"
#include "sys/io.h"

#define WAIT_AGENT_MS 30000 /* for READY, and for DONE after the workload's end */
#define WAIT_FAULT_MS 5000

/* Wait for the agent's next message; CLOISTER_E_TIMEOUT after `wait_ms`. */
static enum cloister_err hear(const struct boot *b, int wait_ms, struct talk *out,
			      struct cloister_fault *why)
{
	struct pollfd p = { b->agent_fd, POLLIN, 0 };
	uint8_t room[TALK_MAX];
	int none = -1;
	int n;

	do
		n = poll(&p, 1, wait_ms);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return fail(why, CLOISTER_E_TIMEOUT, "agent", "no word from it in %d ms", wait_ms);
	return talk_receive(b->agent_fd, TALK_AGENT, room, out, &none, why);
}

static _Noreturn void become_agent(int fd)
{
	char *const argv[] = { (char *)"cloister-agent", NULL };
	char *const env[] = { NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, TALK_FD) == TALK_FD && (fd != TALK_FD || fcntl(fd, F_SETFD, 0) == 0))
		execve("/agent", argv, env);
	_exit(127);
}

/* Memory is the workload's to use up; what then has to go is not the one that tells the host. */
static enum cloister_err spare_agent(pid_t pid, struct cloister_fault *why)
{
	char path[48];

	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)pid);
	return kernel_write_text(path, "-1000", why);
}

enum cloister_err run_agent(struct boot *b, struct cloister_fault *why)
{
	int ends[2];
	struct talk t;

	TRY(io_pair(SOCK_SEQPACKET, ends, why));
	own(drop_fd) int ours = ends[0];
	own(drop_fd) int theirs = ends[1];
	pid_t pid = kernel_fork(0);
	if (pid < 0)
		return fail_sys(why, "agent.fork", "no process");
	if (pid == 0)
		become_agent(theirs);
	b->agent = pid;
	b->agent_fd = give(ours, -1);
	drop_fd(&theirs);
	TRY(spare_agent(pid, why));
	TRY(hear(b, WAIT_AGENT_MS, &t, why));
	if (t.type != TALK_READY)
		return fail(why, CLOISTER_E_PEER, "agent", "it began with `%c`", (int)t.type);
	return CLOISTER_OK;
}

/* A pipe whose read end goes to the agent; *write_out is the workload's. -1 when it stays inside. */
static enum cloister_err stream(const struct boot *b, bool leaves, enum talk_type name,
				int *write_out, struct cloister_fault *why)
{
	int ends[2];

	if (!leaves)
		return CLOISTER_OK;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_sys(why, "workload.pipe", "no pipe");
	own(drop_fd) int in = ends[0];
	*write_out = ends[1];
	/* The image's user may open it again by name (/dev/stdout), as nginx's log does. */
	if (fchown(ends[1], b->manifest.uid, b->manifest.gid) < 0)
		return fail_sys(why, "workload.pipe", "fchown");
	return talk_send(b->agent_fd, &(struct talk){ .type = name }, in, why);
}

static void drop_list(char ***list)
{
	for (size_t i = 0; *list && (*list)[i]; i++)
		free((*list)[i]);
	free(*list);
}

/* A JSON array of strings as C strings, NULL-terminated; freed by drop_list(). */
static enum cloister_err strings(struct json array, char ***out, struct cloister_fault *why)
{
	own(drop_list) char **list = calloc(json_count(array) + 1, sizeof *list);
	struct json_walk w = json_walk(array);
	struct json item;
	size_t n = 0;

	if (!list)
		return fail(why, CLOISTER_E_NOMEM, "manifest", "out of memory");
	while (json_next(&w, NULL, &item)) {
		list[n] = malloc(item.text.len + 1);
		if (!list[n])
			return fail(why, CLOISTER_E_NOMEM, "manifest", "out of memory");
		if (!json_text(item, list[n], item.text.len + 1))
			return fail(why, CLOISTER_E_MALFORMED, "manifest", "string %zu of a list", n);
		n++;
	}
	*out = give(list, NULL);
	return CLOISTER_OK;
}

static enum cloister_err numbers(struct json array, gid_t *out, size_t room, size_t *n_out,
				 struct cloister_fault *why)
{
	struct json_walk w = json_walk(array);
	struct json item;
	uint64_t v;
	size_t n = 0;

	while (json_next(&w, NULL, &item)) {
		if (n == room || !json_u64(item, &v) || v >= UINT32_MAX)
			return fail(why, CLOISTER_E_MALFORMED, "manifest", "group %zu", n);
		out[n++] = (gid_t)v;
	}
	*n_out = n;
	return CLOISTER_OK;
}

enum cloister_err run_workload(struct boot *b, struct cloister_fault *why)
{
	const struct manifest *m = &b->manifest;
	own(drop_list) char **argv = NULL;
	own(drop_list) char **env = NULL;
	own(drop_fd) int out = -1;
	own(drop_fd) int err = -1;
	static gid_t groups[1024];
	struct stat nsm;
	struct cage c = { .cwd = m->cwd, .hostname = m->hostname, .uid = m->uid, .gid = m->gid,
			  .groups = groups };

	TRY(strings(m->argv, &argv, why));
	TRY(strings(m->env, &env, why));
	TRY(numbers(m->groups, groups, sizeof groups / sizeof *groups, &c.n_groups, why));
	TRY(stream(b, m->log_stdout, TALK_STDOUT, &out, why));
	TRY(stream(b, m->log_stderr, TALK_STDERR, &err, why));
	if (stat("/dev/nsm", &nsm) < 0 || !S_ISCHR(nsm.st_mode))
		return fail_sys(why, "workload.nsm", "/dev/nsm");
	c.argv = argv;
	c.env = env;
	c.stdout_fd = out;
	c.stderr_fd = err;
	c.nsm = nsm.st_rdev;
	if (cage_start(&c, &b->workload, why) == CLOISTER_OK)
		return talk_send(b->agent_fd, &(struct talk){ .type = TALK_RUNNING }, -1, why);
	if (b->workload == 0)
		return why->err;
	/* The image's program cannot be started. That is its end, not ours: reap() reports it. */
	cloister_fault_text(why, b->reason, sizeof b->reason);
	fprintf(stderr, "cloister-init: workload: %s\n", b->reason);
	return CLOISTER_OK;
}

/* The state of the wait for the end; deadlines in clock_mono_ms(), UINT64_MAX for none. */
struct wait {
	bool exited;    /* the workload has ended and the agent knows */
	uint64_t kill_at, give_up_at;
};

static enum cloister_err reap(struct boot *b, struct wait *w, struct cloister_fault *why)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == b->agent) {
			b->agent = 0;
			return fail(why, CLOISTER_E_PEER, "agent", "it ended (status %04x)", status);
		}
		if (pid != b->workload)
			continue;
		struct talk t = { .type = TALK_EXITED, .text = bytes_text(b->reason) };
		t.kind = WIFSIGNALED(status) ? 1 : 0;
		t.value = (uint8_t)(t.kind ? WTERMSIG(status) : WEXITSTATUS(status));
		b->workload = 0;
		w->exited = true;
		w->kill_at = UINT64_MAX;
		w->give_up_at = clock_mono_ms() + WAIT_AGENT_MS;
		TRY(talk_send(b->agent_fd, &t, -1, why));
	}
	return CLOISTER_OK;
}

static enum cloister_err obey(struct boot *b, struct wait *w, bool *done_out,
			      struct cloister_fault *why)
{
	uint8_t room[TALK_MAX];
	struct talk t;
	int none = -1;

	TRY(talk_receive(b->agent_fd, TALK_AGENT, room, &t, &none, why));
	if (t.type == TALK_DONE)
		*done_out = true;
	if (b->workload == 0)
		return CLOISTER_OK;
	if (t.type == TALK_SIGNAL)
		kill(b->workload, t.signal);
	if (t.type == TALK_STOP) {
		kill(b->workload, b->manifest.stop_signal);
		w->kill_at = clock_mono_ms() + t.grace_ms;
	}
	return CLOISTER_OK;
}

static int poll_wait(const struct wait *w)
{
	uint64_t until = w->kill_at < w->give_up_at ? w->kill_at : w->give_up_at;
	uint64_t now = clock_mono_ms();

	if (until == UINT64_MAX)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT32_MAX ? INT32_MAX : (int)(until - now);
}

enum cloister_err run_until_done(struct boot *b, struct cloister_fault *why)
{
	struct wait w = { .kill_at = UINT64_MAX, .give_up_at = UINT64_MAX };
	struct signalfd_siginfo info;
	bool done = false;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	own(drop_fd) int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return fail_sys(why, "init.signalfd", "no signalfd");
	/* Children that ended before now raised their signal when nobody listened. */
	TRY(reap(b, &w, why));
	while (!done) {
		struct pollfd p[] = { { signals, POLLIN, 0 }, { b->agent_fd, POLLIN, 0 } };
		if (poll(p, 2, poll_wait(&w)) < 0 && errno != EINTR)
			return fail_sys(why, "init.poll", "poll");
		if (p[0].revents && read(signals, &info, sizeof info) > 0)
			TRY(reap(b, &w, why));
		if (p[1].revents)
			TRY(obey(b, &w, &done, why));
		uint64_t now = clock_mono_ms();
		if (b->workload && now >= w.kill_at) {
			kill(b->workload, SIGKILL);
			w.kill_at = UINT64_MAX;
		}
		if (now >= w.give_up_at)
			return fail(why, CLOISTER_E_TIMEOUT, "agent", "the host did not take the result");
	}
	return CLOISTER_OK;
}

void run_fault(struct boot *b, const char *sentence)
{
	const struct talk t = { .type = TALK_FAULT, .text = bytes_text(sentence) };
	struct talk answer;

	if (b->agent == 0 || talk_send(b->agent_fd, &t, -1, NULL) != CLOISTER_OK) {
		host_fault(sentence);
		return;
	}
	/* Other messages may be on their way; the agent's DONE or its silence ends this. */
	uint64_t until = clock_mono_ms() + WAIT_FAULT_MS;
	while (clock_mono_ms() < until &&
	       hear(b, WAIT_FAULT_MS, &answer, NULL) == CLOISTER_OK && answer.type != TALK_DONE)
		;
}
