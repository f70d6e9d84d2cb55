/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.c - fork, prepare, exec. The child's preparation is the table below,
 * read downwards; the parent hears which row failed through a pipe that a
 * successful exec closes.
 *
 * Between fork() and exec the child calls nothing that allocates or locks.
 */

#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "sys/confine.h"
#include "sys/io.h"

/* What a child knows while it prepares. */
struct child {
	const struct proc_spec *spec;
	int report; /* to the parent; CLOEXEC */
	int dev_null;
	pid_t parent;
	bool isolated, walled;
};

static bool signals(struct child *c)
{
	sigset_t none;

	(void)c;
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL); /* KILL, STOP and libc's own refuse; nothing to do about that */
	return sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static bool session(struct child *c)
{
	return !c->spec->new_session || setsid() >= 0;
}

/* Numbers that no target below can collide with. */
static int lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 64 + PROC_FDS_MAX);
}

static bool descriptors(struct child *c)
{
	const struct proc_spec *s = c->spec;
	int from[3 + PROC_FDS_MAX] = { s->in, s->out, s->err };
	size_t n = 3 + s->n_fds;

	memcpy(from + 3, s->fds, s->n_fds * sizeof *s->fds);
	for (size_t i = 0; i < n; i++)
		if ((from[i] = lift(from[i] < 0 ? c->dev_null : from[i])) < 0)
			return false;
	if ((c->report = lift(c->report)) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (dup2(from[i], (int)i) < 0)
			return false;
	if (dup3(c->report, (int)n, O_CLOEXEC) < 0)
		return false;
	c->report = (int)n;
	return true;
}

static bool cgroup(struct child *c)
{
	return c->spec->cgroup_procs < 0 || write(c->spec->cgroup_procs, "0", 1) == 1;
}

static bool close_rest(struct child *c)
{
	return syscall(SYS_close_range, (unsigned)c->report + 1, ~0U, 0) == 0;
}

/* Unprivileged, the namespaces need a user namespace around them, which some hosts forbid. */
static bool isolate(struct child *c)
{
	int flags = CLONE_NEWNET | CLONE_NEWIPC | (geteuid() == 0 ? 0 : CLONE_NEWUSER);

	c->isolated = c->spec->isolate && unshare(flags) == 0;
	return true;
}

static bool limits(struct child *c)
{
	for (size_t i = 0; i < c->spec->n_limits; i++) {
		struct rlimit l = { c->spec->limits[i].value, c->spec->limits[i].value };
		if (setrlimit((__rlimit_resource_t)c->spec->limits[i].resource, &l) < 0)
			return false;
	}
	return true;
}

static bool user(struct child *c)
{
	const struct proc_spec *s = c->spec;

	if (!s->change_user)
		return true;
	return setgroups(s->n_groups, s->groups) == 0 && setresgid(s->gid, s->gid, s->gid) == 0 &&
	       setresuid(s->uid, s->uid, s->uid) == 0;
}

static bool no_new_privileges(struct child *c)
{
	(void)c;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool files(struct child *c)
{
	c->walled = c->spec->system_dirs && confine_to_system(c->spec->system_dirs);
	return true;
}

/* After `user`, because a change of user clears it; then ask whether the parent died before. */
static bool parent_death(struct child *c)
{
	if (!c->spec->die_with_parent)
		return true;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return false;
	if (getppid() != c->parent)
		_exit(125);
	return true;
}

/* clang-format off */
static const struct {
	const char *name;
	bool (*step)(struct child *);
} steps[] = {
	{ "signals",           signals },
	{ "session",           session },
	{ "cgroup",            cgroup },
	{ "descriptors",       descriptors },
	{ "close_range",       close_rest },
	{ "namespaces",        isolate },
	{ "limits",            limits },
	{ "user",              user },
	{ "no_new_privileges", no_new_privileges },
	{ "files",             files },
	{ "parent_death",      parent_death },
	{ "exec",              NULL }, /* named here, done in run_child() */
};
/* clang-format on */
enum { N_STEPS = sizeof steps / sizeof *steps };

/* What the child says before exec: which step failed with which errno, or N_STEPS for "all well". */
struct report {
	int step;
	int sys;
	bool isolated, walled;
};

static void say(struct child *c, int step)
{
	struct report r = { step, errno, c->isolated, c->walled };

	if (write(c->report, &r, sizeof r) != sizeof r)
		_exit(126);
}

static _Noreturn void run_child(struct child *c)
{
	const struct proc_spec *s = c->spec;

	for (int i = 0; steps[i].step; i++)
		if (!steps[i].step(c)) {
			say(c, i);
			_exit(126);
		}
	say(c, N_STEPS);
	if (s->fn) {
		close(c->report);
		_exit(s->fn(s->ctx));
	}
	if (s->env)
		execve(s->path, (char *const *)s->argv, (char *const *)s->env);
	else
		execv(s->path, (char *const *)s->argv);
	say(c, N_STEPS - 1);
	_exit(127);
}

/* Two reports mean that the last step, exec, failed; one of N_STEPS means that all went well. */
static enum cloister_err hear(int fd, const char *name, struct proc *p, struct cloister_fault *why)
{
	struct report r = { -1, 0, false, false };
	struct report next;
	ssize_t n;

	while ((n = read(fd, &next, sizeof next)) == sizeof next || (n < 0 && errno == EINTR))
		if (n > 0)
			r = next;
	p->isolated = r.isolated;
	p->walled = r.walled;
	if (r.step == N_STEPS)
		return CLOISTER_OK;
	if (r.step < 0)
		return fail(why, CLOISTER_E_SYSTEM, "proc.start", "%s ended before it began", name);
	errno = r.sys;
	return fail_sys(why, "proc.start", "%s: %s", name, steps[r.step].name);
}

static int pidfd_open_(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0); /* CLOEXEC by itself */
}

enum cloister_err proc_start(const struct proc_spec *spec, struct proc *out,
			     struct cloister_fault *why)
{
	const char *name = spec->fn ? "worker" : spec->path;
	struct child c = { .spec = spec, .parent = getpid() };
	struct proc p = PROC_INIT;
	int ends[2];

	if (spec->n_fds > PROC_FDS_MAX || spec->n_groups > PROC_GROUPS_MAX)
		return fail(why, CLOISTER_E_USAGE, "proc.start", "%zu descriptors", spec->n_fds);
	own(drop_fd) int dev_null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (dev_null < 0)
		return fail_sys(why, "proc.open", "/dev/null");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_sys(why, "proc.pipe", "%s", name);
	own(drop_fd) int hear_fd = ends[0];
	own(drop_fd) int say_fd = ends[1];
	c.report = say_fd;
	c.dev_null = dev_null;
	fflush(NULL); /* or the child would say it twice */

	p.pid = fork();
	if (p.pid < 0)
		return fail_sys(why, "proc.fork", "%s", name);
	if (p.pid == 0)
		run_child(&c);
	drop_fd(&say_fd);
	p.pidfd = pidfd_open_(p.pid);
	int pidfd_errno = errno;
	enum cloister_err err = hear(hear_fd, name, &p, why);
	if (err == CLOISTER_OK && p.pidfd < 0) {
		errno = pidfd_errno;
		err = fail_sys(why, "proc.pidfd", "%s", name);
	}
	if (err != CLOISTER_OK) {
		proc_drop(&p);
		return err;
	}
	*out = p;
	return CLOISTER_OK;
}

bool proc_gone(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

enum cloister_err proc_wait(struct proc *p, int timeout_ms, bool *ended_out,
			    struct proc_end *end_out, struct cloister_fault *why)
{
	siginfo_t info = { 0 };

	*ended_out = false;
	if (p->pid <= 0)
		return fail(why, CLOISTER_E_USAGE, "proc.wait", "there is no child");
	if (!proc_gone(p->pidfd, timeout_ms))
		return CLOISTER_OK;
	if (waitid(P_PID, (id_t)p->pid, &info, WEXITED) < 0)
		return fail_sys(why, "proc.wait", "process %d", (int)p->pid);
	bool exited = info.si_code == CLD_EXITED;
	*end_out = (struct proc_end){ exited ? info.si_status : -1, exited ? -1 : info.si_status };
	*ended_out = true;
	p->pid = 0; /* reaped: the number is free for others */
	drop_fd(&p->pidfd);
	return CLOISTER_OK;
}

bool proc_pidfd_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) == 0 || errno == ESRCH;
}

enum cloister_err proc_signal(const struct proc *p, int sig, struct cloister_fault *why)
{
	if (p->pid > 0 && !proc_pidfd_signal(p->pidfd, sig))
		return fail_sys(why, "proc.signal", "signal %d to process %d", sig, (int)p->pid);
	return CLOISTER_OK;
}

void proc_drop(struct proc *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL); /* ours and not reaped, so the number is still its own */
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	p->pid = 0;
	drop_fd(&p->pidfd);
}

void proc_outlive_parent(void)
{
	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

enum cloister_err proc_keep_capabilities(uint64_t keep, struct cloister_fault *why)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[2], wanted[2];

	if (syscall(SYS_capget, &head, have) < 0)
		return fail_sys(why, "proc.capabilities", "they cannot be read");
	for (int i = 0; i < 2; i++) {
		uint32_t bits = (uint32_t)(keep >> 32 * i) & have[i].permitted;
		wanted[i] = (struct __user_cap_data_struct){ .effective = bits, .permitted = bits };
	}
	/* The bounding set takes CAP_SETPCAP to shrink; no-new-privs does as much for everybody. */
	for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		if (!(keep >> c & 1))
			(void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &head, wanted) < 0)
		return fail_sys(why, "proc.capabilities", "they cannot be given up");
	return CLOISTER_OK;
}

int proc_open_pid(pid_t pid)
{
	return pid > 0 ? pidfd_open_(pid) : -1;
}

enum cloister_err proc_find(const char *name, char *out, size_t room, struct cloister_fault *why)
{
	const char *path = strchr(name, '/') ? "" : getenv("PATH");

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t len = strcspn(path, ":");
		int n = snprintf(out, room, "%.*s%s%s", (int)len, path, len ? "/" : "", name);
		if (n > 0 && (size_t)n < room && access(out, X_OK) == 0)
			return CLOISTER_OK;
		if (!path[len])
			break;
		path += len + 1;
	}
	return fail(why, CLOISTER_E_MISSING, "program", "`%s` is not installed or not in PATH", name);
}
