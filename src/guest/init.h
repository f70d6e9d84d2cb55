/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_INIT_H
#define GUEST_INIT_H

/*
 * init.h - what the steps of cloister-init share: one struct, filled from the
 * first step to the last, in the order of the table in init.c.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/limits.h"
#include "guest/boot.h"
#include "guest/cage.h"
#include "image/manifest.h"

struct boot {
	struct boot_file files[BOOT_FILES_MAX];
	size_t n_files;
	bool real_tee;  /* /dev/nsm is a device of the machine's own */
	struct buf text; /* the manifest's bytes, which `manifest` borrows */
	struct manifest manifest;
	pid_t agent, workload; /* 0 while not started */
	int agent_fd;          /* our end of the pair, -1 before */
	char reason[320];      /* why the workload's program never started; "" when it did */
};

/* init_root.c: the file system that the workload will see, at CAGE_ROOT. */
enum cloister_err root_mount(struct boot *b, struct cloister_fault *why);   /* squashfs, /run/lower */
enum cloister_err root_overlay(struct boot *b, struct cloister_fault *why); /* + tmpfs on top */
enum cloister_err root_volumes(struct boot *b, struct cloister_fault *why);
enum cloister_err root_names(struct boot *b, struct cloister_fault *why); /* hosts, hostname, … */

/* init_host.c: what init itself asks of the host, before there is an agent. */
enum cloister_err host_heartbeat(struct boot *b, struct cloister_fault *why);
enum cloister_err host_entropy(struct boot *b, struct cloister_fault *why);
enum cloister_err host_clock(struct boot *b, struct cloister_fault *why);
void host_fault(const char *sentence); /* best effort, at most some seconds */

/* init_run.c: the two processes, from fork to power-off. */
enum cloister_err run_agent(struct boot *b, struct cloister_fault *why);
enum cloister_err run_workload(struct boot *b, struct cloister_fault *why);
/* Serve the agent and reap until it says that the host has everything. */
enum cloister_err run_until_done(struct boot *b, struct cloister_fault *why);
void run_fault(struct boot *b, const char *sentence); /* tell the host, through the agent if there is one */

#endif
