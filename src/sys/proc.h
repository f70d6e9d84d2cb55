/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_PROC_H
#define SYS_PROC_H

/*
 * proc.h - the only place where processes start.
 *
 * A child gets what its spec lists and nothing else: descriptors 0, 1, 2 and
 * the listed ones from 3 upwards (everything else is closed), a clean signal
 * state, no privileges it could gain back. What must happen in an order (the
 * cgroup while still root, then the user, then the parent-death signal, which
 * a change of user clears) happens in that order, once, in proc.c.
 *
 * A child is known by its pidfd, so its number cannot be mistaken for a later
 * process. Call from a process with one thread.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/fault.h"

/* The life of a forked child that does not exec: its exit status is what it returns. */
typedef int proc_fn(void *ctx);

struct proc_limit {
	int resource; /* RLIMIT_… */
	rlim_t value; /* soft and hard */
};

#define PROC_FDS_MAX 16
#define PROC_GROUPS_MAX 4

struct proc_spec {
	/* Either a program … */
	const char *path;
	const char *const *argv; /* ends with NULL */
	const char *const *env;  /* ends with NULL; NULL keeps ours */
	/* … or a function of ours. */
	proc_fn *fn;
	void *ctx;

	int in, out, err;       /* borrowed; -1 is /dev/null. PROC_SPEC_INIT keeps ours */
	int fds[PROC_FDS_MAX];  /* borrowed; fds[i] is descriptor 3 + i in the child */
	size_t n_fds;

	bool change_user; /* to uid and gid with exactly `groups`; needs root */
	uid_t uid;
	gid_t gid;
	gid_t groups[PROC_GROUPS_MAX];
	size_t n_groups;

	const struct proc_limit *limits;
	size_t n_limits;
	int cgroup_procs;     /* borrowed, an open cgroup.procs to enter; -1 for none */
	const char *const *system_dirs; /* it may open devices and what lies in these, see confine.h; NULL: no limit */
	bool new_session;     /* setsid() */
	bool isolate;         /* network and IPC namespaces of its own, where the kernel lets us */
	bool die_with_parent; /* SIGKILL when we end */
};

#define PROC_SPEC_INIT { .in = 0, .out = 1, .err = 2, .cgroup_procs = -1 }

struct proc {
	pid_t pid;     /* 0 while idle */
	int pidfd;     /* -1 while idle; readable once the child has ended */
	bool isolated; /* `isolate` was asked for and granted */
	bool walled;   /* `system_dirs` were given and hold */
};

#define PROC_INIT { .pid = 0, .pidfd = -1 }

/*
 * Start. For a program this returns after its exec succeeded, so a missing or
 * refused one is a failure here and not a child that dies.
 */
enum cloister_err proc_start(const struct proc_spec *spec, struct proc *out,
			     struct cloister_fault *why);

/* How a child ended: exactly one of the two is >= 0. */
struct proc_end {
	int status; /* exit status */
	int signal;
};

/* Reap if it has ended: *ended_out says. Waits at most timeout_ms (0 just looks, -1 for ever). */
enum cloister_err proc_wait(struct proc *p, int timeout_ms, bool *ended_out,
			    struct proc_end *end_out, struct cloister_fault *why);

enum cloister_err proc_signal(const struct proc *p, int signal, struct cloister_fault *why);

/* Kill, reap, close. Idle is fine. For own(). */
void proc_drop(struct proc *p);

/* Undo die_with_parent for this process, which was started with it. */
void proc_outlive_parent(void);

/*
 * Give up every capability that is not in `keep` (bits, linux/capability.h), in
 * this process and for whatever it starts, and the way back with them.
 */
enum cloister_err proc_keep_capabilities(uint64_t keep, struct cloister_fault *why);

/* A pidfd for somebody else's process; -1 when there is none such. */
int proc_open_pid(pid_t pid);
/* A signal to it; false with errno when it may not be sent. One that is gone is fine. */
bool proc_pidfd_signal(int pidfd, int signal);
/* Wait until the process behind `pidfd` has ended; false at the timeout. */
bool proc_gone(int pidfd, int timeout_ms);

/* Find a program: `name` itself if it has a slash, else along PATH. CLOISTER_E_MISSING. */
enum cloister_err proc_find(const char *name, char *out, size_t room, struct cloister_fault *why);

#endif
