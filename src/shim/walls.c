/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walls.c - what a shim may still do once the machine runs: carry bytes between
 * descriptors that it has, take connections, speak to unix sockets, keep its
 * log and its record, and end QEMU. It starts no program, opens no network
 * connection, and knows no path but its own two directories.
 *
 * A call that is not on the list fails and does not kill: the shim's death is
 * the enclave's.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "shim/life.h"
#include "sys/confine.h"
#include "sys/io.h"

static const int allowed[] = {
	/* the loop, sockets, descriptors */
	SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_ctl, SYS_poll, SYS_read, SYS_write, SYS_writev,
	SYS_pread64, SYS_recvfrom, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_accept4, SYS_socket,
	SYS_socketpair, SYS_connect, SYS_shutdown, SYS_getsockopt, SYS_setsockopt, SYS_close, SYS_fcntl,
	SYS_timerfd_create, SYS_timerfd_settime,
	/* the log, the record, the sockets' directory */
	SYS_openat, SYS_fstat, SYS_newfstatat, SYS_lseek, SYS_fchmod, SYS_fsync, SYS_linkat, SYS_renameat,
	SYS_unlinkat, SYS_unlink, SYS_rmdir, SYS_getdents64,
	/* QEMU and the device */
	SYS_kill, SYS_pidfd_send_signal, SYS_waitid, SYS_wait4,
	/* memory, time, chance, and the end */
	SYS_mmap, SYS_mprotect, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_clock_gettime,
	SYS_gettimeofday, SYS_getrandom, SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid,
	SYS_getegid, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_tgkill,
	SYS_restart_syscall, SYS_exit, SYS_exit_group,
};

enum cloister_err shim_walls(struct shim *s, struct cloister_fault *why)
{
	own(drop_fd) int above_run = openat(s->run_fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	own(drop_fd) int groups = -1;
	struct confine_dir dirs[4] = { { s->dir_fd, .files = true }, { s->run_fd, .files = true } };
	struct confine c = { .allow = allowed, .n_allow = sizeof allowed / sizeof *allowed,
			     .no_files = true, .dirs = dirs, .n_dirs = 2, .gentle = true };
	char above_group[sizeof s->cgroup.path + 4];
	const char *degraded;

	if (above_run >= 0)
		dirs[c.n_dirs++] = (struct confine_dir){ above_run, .rmdir = true };
	snprintf(above_group, sizeof above_group, "%s/..", s->cgroup.path);
	if (s->cgroup.path[0])
		groups = open(above_group, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (groups >= 0)
		dirs[c.n_dirs++] = (struct confine_dir){ groups, .rmdir = true };
	TRY(confine(&c, &degraded, why));
	shim_event(s, "the shim: no program, no network, %s",
		   degraded ? degraded : "no files but its own");
	return CLOISTER_OK;
}
