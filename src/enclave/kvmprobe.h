/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_KVMPROBE_H
#define ENCLAVE_KVMPROBE_H

/*
 * kvmprobe.h - KVM where it really runs a kernel, TCG where it does not.
 *
 * /dev/kvm may be there, open and even create a machine, and still not run an
 * ordinary kernel: QEMU then stands still and does not exit. So the image's
 * own kernel is booted with nothing behind it; it panics for want of a root
 * file system, resets, and QEMU exits. A watchdog decides the other case. The
 * answer is kept in STATE/kvm.json until the host's kernel or QEMU changes.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"

struct accelerator {
	const char *name; /* "kvm" or "tcg"; static */
	char reason[200]; /* why it is this one */
};

struct probe_spec {
	int state_fd;  /* STATE, for the answer; -1 keeps none */
	int kernel_fd; /* sealed memfd with a bzImage */
	bool change_user;
	uid_t uid;
	unsigned timeout_ms; /* for a boot, and for QEMU to say its version; 0 for the default, 20 s */
};

/* `wanted` is "auto", "kvm" or "tcg". "kvm" fails where KVM does not boot. */
enum cloister_err accelerator_pick(const char *wanted, const struct probe_spec *spec,
				   struct accelerator *out, struct cloister_fault *why);

/* The first line of `qemu --version`. CLOISTER_E_PEER when it is silent, CLOISTER_E_TIMEOUT. */
enum cloister_err probe_qemu_version(unsigned timeout_ms, char *out, size_t room,
				     struct cloister_fault *why);

/* Boot once with `name` and see: *boots_out, and a sentence when it does not. */
enum cloister_err accelerator_try(const char *name, const struct probe_spec *spec, bool *boots_out,
				  char *reason, size_t room, struct cloister_fault *why);

#endif
