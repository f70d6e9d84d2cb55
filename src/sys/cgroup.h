/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

/*
 * cgroup.h - a control group (version 2) around one process, so that a machine
 * that misbehaves has its own memory and processor to use up and not the host's.
 *
 * Not every host lets us: without the controllers, without the right to make
 * groups, or under version 1 there is none, and `said` tells why. That is no
 * failure; whoever asked writes it into the record.
 */

#include <stdbool.h>
#include <stdint.h>

struct cgroup {
	char path[512]; /* "" for none */
	int procs_fd;   /* cgroup.procs, for proc_spec; -1 for none */
	char said[160]; /* what holds, or why nothing does */
};

#define CGROUP_INIT { .procs_fd = -1 }

struct cgroup_spec {
	const char *root;  /* NULL: where version 2 is mounted on this host */
	const char *name;  /* of the group, below `cloister` */
	uint64_t memory;   /* bytes; swap is not allowed beyond it */
	unsigned cpus;     /* whole processors */
};

void cgroup_new(const struct cgroup_spec *spec, struct cgroup *out);

/*
 * Close, and remove the group. The kernel refuses while somebody is in it; then
 * it is kept in `path` for another call. Idle is fine.
 */
void cgroup_drop(struct cgroup *g);

/* Remove the group that a killed process left; `root` as in struct cgroup_spec. */
void cgroup_remove(const char *root, const char *name);

#endif
