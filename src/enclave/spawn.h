/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_SPAWN_H
#define ENCLAVE_SPAWN_H

/* spawn.h - starting a shim, which is to say an enclave: cloister-shim(8) has its options. */

#include "base/fault.h"
#include "sys/proc.h"

/*
 * `argv` ends with NULL; argv[0] is set here, to the shim that belongs to this program:
 * $CLOISTER_SHIM, else beside it in its build or where it was installed. *fd_out is our end of its
 * channel (channel.h), which blocks. Its standard error is `err_fd`, -1 for nowhere. Until it listens to
 * the channel the kernel ends it when we end.
 */
enum cloister_err shim_spawn(const char **argv, int err_fd, struct proc *out, int *fd_out,
			     struct cloister_fault *why);

#endif
