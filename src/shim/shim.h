/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

/*
 * shim.h - one enclave's life on the host, from its image to its record. The
 * program cloister-shim is this and its options (man/cloister-shim.8).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "enclave/publish.h"

struct shim_options {
	const char *state; /* directory; NULL for the default */
	const char *name;  /* NULL for one that is free */
	const char *image;
	const char *accelerator; /* "auto", "kvm", "tcg" */
	uint32_t memory_mib;     /* 0: 512, or more if the image wants it */
	uint32_t cpus;
	uint32_t grace_ms; /* between STOPSIGNAL and SIGKILL */
	bool debug;
	bool detach; /* outlive the parent once the workload has started */
	struct publish ports[PUBLISH_MAX];
	size_t n_ports;
	int parent_fd; /* parent.h; taken */
};

#define SHIM_MEMORY_MIB 512u
#define SHIM_BOOT_MS 300000u  /* until the agent says HELLO; TCG on a busy host is slow */
#define SHIM_START_MS 120000u /* from there until the workload runs */
#define SHIM_OFF_MS 10000u    /* from EXITED until the machine is off */
#define SHIM_GRACE_MAX_MS 3600000u

/* Returns the process's exit status; everything else is told to the parent and the record. */
int shim_run(const struct shim_options *options);

#endif
