/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_BACKEND_H
#define ENCLAVE_BACKEND_H

/*
 * backend.h - a machine that runs an enclave, as one vtable. The shim knows
 * this and not what is behind it.
 *
 * A machine lives in the shim's loop and speaks through three calls: what its
 * console printed (debug only), that its processors were stopped or go on, and
 * that it ended. It never outlives the shim.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "sys/loop.h"

/* Everything is borrowed until start() returns. */
struct machine_spec {
	const char *name;
	int kernel_fd;       /* sealed memfd: exactly the bytes that were measured */
	int initrd_fd;       /* likewise, all ramdisks; -1 for none */
	const char *cmdline; /* measured, and what the shim appends */
	uint32_t memory_mib, cpus;
	const char *accelerator; /* "kvm" or "tcg" */
	int vsock_fd;            /* connected socket to the vhost-user vsock device; -1 for none */
	bool debug;              /* a serial console */
	bool change_user;        /* to uid and gid `uid`; needs root */
	uid_t uid;
	int cgroup_procs; /* -1 for none */
};

/* How a machine ended. */
struct machine_end {
	bool by_guest;    /* the guest switched it off */
	char reason[512]; /* one sentence, printable */
};

struct machine_events {
	void *owner;
	void (*console)(void *owner, struct bytes text);
	/* After pause(), when it is so. */
	void (*paused)(void *owner, bool is_paused);
	/* Last call; the machine may be freed in it. */
	void (*ended)(void *owner, const struct machine_end *end);
};

struct machine; /* each backend's own */

struct backend {
	const char *name;
	enum cloister_err (*start)(struct loop *loop, const struct machine_spec *spec,
				   const struct machine_events *events, struct machine **out,
				   struct cloister_fault *why);
	/* One sentence about what the machine's process may not do; static or the machine's. */
	const char *(*confinement)(const struct machine *m);
	/*
	 * Stop the processors, or let them go on; paused() follows. Once at a time.
	 * NULL where the platform cannot. Errors: CLOISTER_E_SYSTEM, it does not listen.
	 */
	enum cloister_err (*pause)(struct machine *m, bool stop, struct cloister_fault *why);
	/* End it now; ended() follows. */
	void (*kill)(struct machine *m);
	/* Kill, reap, forget. NULL is fine; ended() does not follow. */
	void (*free)(struct machine *m);
};

extern const struct backend backend_qemu;

#endif
