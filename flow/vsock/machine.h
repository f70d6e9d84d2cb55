/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLOW_MACHINE_H
#define FLOW_MACHINE_H

/*
 * machine.h - a real machine for tests of the vsock device: QEMU with the
 * kernel and modules of a platform bundle, an init of the test's, and our
 * device as the process it is meant to be, confined.
 */

#include <stdint.h>

#include "base/fault.h"
#include "sys/proc.h"

struct machine_options {
	const char *platform; /* an EIF made by `cloister platform` */
	const char *init;     /* a static program */
	uint32_t window;      /* of the device, bytes; 0 for its default */
	unsigned mem_mib;
};

struct machine {
	struct proc device, qemu;
	int channel; /* the parent's end, see shim/vsock.h */
};

#define MACHINE_INIT { .device = PROC_INIT, .qemu = PROC_INIT, .channel = -1 }
#define MACHINE_CID 7u

/* The guest's console goes to our standard error. */
enum cloister_err machine_start(const struct machine_options *o, struct machine *out,
				struct cloister_fault *why);

/* Wait for both to end by themselves: QEMU with status 0, the device without a complaint. */
enum cloister_err machine_end(struct machine *m, int timeout_ms, struct cloister_fault *why);

void machine_drop(struct machine *m); /* kills what still runs; for own() */

/* The guest connected to host port *port (*fd is ours), or its driver is up (*port 0, *fd -1). */
enum cloister_err machine_event(struct machine *m, uint32_t *port, int *fd,
				struct cloister_fault *why);

/* Connect the guest's port; *fd is ours. */
enum cloister_err machine_dial(struct machine *m, uint32_t port, int *fd,
			       struct cloister_fault *why);

#endif
