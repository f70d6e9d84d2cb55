/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_QEMU_H
#define ENCLAVE_QEMU_H

/*
 * qemu.h - what the QEMU backend shares with the KVM probe: where QEMU is and
 * the command line that describes a machine.
 */

#include "enclave/backend.h"
#include "sys/proc.h"

/* The descriptors of the child, by number. */
enum qemu_fd { QEMU_FD_KERNEL = 3, QEMU_FD_INITRD, QEMU_FD_VSOCK, QEMU_FD_QMP, QEMU_FD_SERIAL };

/*
 * Appended, unmeasured, where TCG emulates the processor: on a busy host the
 * guest's calibration of its own clock may never end. init accepts exactly these.
 */
#define QEMU_TCG_CMDLINE " tsc_early_khz=2500000 lpj=10000000 no_timer_check"

/* Room for all arguments; the texts live in `text`. */
struct qemu_args {
	const char *argv[64];
	size_t n;
	char text[8][512];
	size_t n_text;
};

/* $CLOISTER_QEMU, else qemu-system-x86_64 along PATH. */
enum cloister_err qemu_find(char *out, size_t room, struct cloister_fault *why);

/* Fill `out`; `qmp` says whether descriptor QEMU_FD_QMP is there. */
void qemu_args(const struct machine_spec *spec, const char *path, bool qmp, struct qemu_args *out);

/* The spec of the process: descriptors, user, limits. `args` must live until it has started. */
void qemu_process(const struct machine_spec *spec, const char *path, const struct qemu_args *args,
		  int out_fd, int qmp_fd, int serial_fd, struct proc_spec *out);

#endif
