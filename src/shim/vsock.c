/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vsock.c - the device as a process: confine, then serve. See vsock.h for the
 * contract, vsock_dev.c for the device.
 */

#include "shim/vsock.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include "shim/vsock_dev.h"
#include "sys/confine.h"

/* Descriptors that it was given or is passed, memory, time, and the end. No path, no new peer. */
static const int allowed[] = {
	SYS_epoll_wait, SYS_epoll_ctl, SYS_recvmsg, SYS_recvfrom, SYS_sendmsg, SYS_sendto, SYS_read,
	SYS_write, SYS_socketpair, SYS_shutdown, SYS_close, SYS_fcntl, SYS_fstat, SYS_newfstatat, SYS_mmap,
	SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_clock_gettime, SYS_getrandom,
	SYS_rt_sigreturn, SYS_exit, SYS_exit_group,
};

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
	/* No limit on memory: the guest's is mapped later, and ours is bounded by vsock_conn.h. */
	if (options.confine)
		TRY(confine(&(struct confine){ .allow = allowed, .no_files = true,
					       .n_allow = sizeof allowed / sizeof *allowed },
			    NULL, why));
	while (!over)
		TRY(vsock_dev_turn(d, -1, &over, why));
	return CLOISTER_OK;
}
