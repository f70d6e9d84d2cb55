/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CONFINE_H
#define SYS_CONFINE_H

/*
 * confine.h - what a process says before it meets strangers' bytes: from here
 * on only these system calls, no file, no more memory than this, no way back.
 *
 * Three walls, one behind the other: no-new-privs and resource limits; a
 * seccomp allow-list (a call that is not on it kills the process); Landlock,
 * where the kernel has it, so that no path can be opened even if the list is
 * wrong. The first two are demanded, the third is reported when it is missing.
 * Call it when everything needed is open, in a process with one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* A directory that stays open to a process which may open no other path. */
struct confine_dir {
	int fd;     /* borrowed */
	bool files; /* in it regular files may be made, read, written, renamed and removed */
	bool rmdir; /* empty directories in it may be removed */
	bool system; /* what is in it may be read and executed */
	bool devices; /* devices in it may be read, written and controlled */
};

/*
 * Landlock alone, for a child before its exec: nothing is allocated or locked.
 * What lies below `dirs` (paths, ends with NULL; those that do not exist count
 * for nothing) may be read and executed, devices below /dev used, and nothing
 * else opened. False, and nothing is changed, when the kernel cannot do that.
 */
bool confine_to_system(const char *const *dirs);

struct confine {
	const int *allow; /* system call numbers, SCMP_SYS(…) or __NR_…; borrowed */
	size_t n_allow;   /* mmap and mprotect are let through without PROT_EXEC, socket for AF_UNIX */
	uint64_t memory;  /* bytes of address space beyond what is mapped now; 0 sets no limit */
	bool no_files;    /* no path may be opened any more, no TCP port bound (Landlock) … */
	const struct confine_dir *dirs; /* … but in these; borrowed */
	size_t n_dirs;
	bool gentle; /* other calls fail with EPERM: for one whose death costs more than they do */
};

/*
 * *degraded_out (may be NULL) becomes a static sentence when Landlock was asked
 * for and is not there, else NULL.
 */
enum cloister_err confine(const struct confine *c, const char **degraded_out,
			  struct cloister_fault *why);

#endif
