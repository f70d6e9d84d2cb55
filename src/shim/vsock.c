/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock.c - the device as a process: confine, then serve. See vsock.h for the
 * contract, vsock_dev.c for the device.
 */

#include "shim/vsock.h"

#include <sys/resource.h>

#include "shim/vsock_dev.h"

/* Each connection is a descriptor; the usual soft limit is below LIMIT_VSOCK_CONNS. */
static void raise_descriptor_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur == l.rlim_max)
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l); /* fewer connections, should it be refused */
}

enum cloister_err vsock_serve(struct vsock_options options, struct cloister_fault *why)
{
	own(drop_vsock_dev) struct vsock_dev *d = NULL;
	bool over = false;

	raise_descriptor_limit();
	TRY(vsock_dev_new(options, &d, why));
	while (!over)
		TRY(vsock_dev_turn(d, -1, &over, why));
	return CLOISTER_OK;
}
