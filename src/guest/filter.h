/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_FILTER_H
#define GUEST_FILTER_H

/*
 * filter.h - the system calls that a workload may not make: Docker's default
 * profile for a container with Docker's default capabilities, and on top of
 * it no AF_VSOCK, no device nodes and no io_uring (which could open either).
 *
 * Only x86-64: another architecture's calls end the process.
 */

#include <stddef.h>

#include "base/fault.h"

struct sock_filter;

/* Build the program; *n_out instructions of the `room` given. */
enum cloister_err filter_build(struct sock_filter *out, size_t room, size_t *n_out,
			       struct cloister_fault *why);

/*
 * The agent's own, once it has opened everything: an allow list of what its
 * event loop does. Any other call ends it, and with it the enclave.
 */
enum cloister_err filter_install_agent(struct cloister_fault *why);

/* Install it on this process; needs CAP_SYS_ADMIN, since setuid programs stay allowed. */
enum cloister_err filter_install(struct cloister_fault *why);

#endif
