/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_CAGE_H
#define GUEST_CAGE_H

/*
 * cage.h - the workload's side of the wall between it and the agent: its own
 * mount, pid, ipc and uts namespaces, a /dev of a dozen nodes, /proc and /sys
 * as Docker shows them, Docker's default capabilities and a seccomp filter.
 */

#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"

#define CAGE_ROOT "/root"               /* the overlay: what becomes the workload's / */
#define CAGE_SOCKET "/run/cloister.sock" /* the agent's socket, here and inside */

struct cage {
	char *const *argv, *const *env; /* NULL-terminated, borrowed */
	const char *cwd, *hostname;
	uint32_t uid, gid;
	const gid_t *groups;
	size_t n_groups;
	int stdout_fd, stderr_fd; /* -1 for /dev/null; borrowed */
	dev_t nsm;                /* device number of /dev/nsm */
};

/*
 * Start the workload as the first process of its namespaces; returns when its
 * execve has succeeded. Otherwise the fault says why, and the process, if
 * *pid_out was set, ends with the status that Docker gives: 127 not found, 126
 * not executable, 125 the cage could not be built.
 */
enum cloister_err cage_start(const struct cage *c, pid_t *pid_out, struct cloister_fault *why);

#endif
