/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - the workload's seccomp filter, as a table and thirty lines of BPF.
 *
 * Which calls: moby's profiles/seccomp/default.json, read as "what is refused
 * when only the default capabilities are held". A call that is newer than the
 * ones we know is ENOSYS, so that programs fall back; a known one that is
 * refused is EPERM, as under Docker.
 */

#include "guest/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Calls newer than some C library's headers; mseal is the last one known. */
enum {
	NR_quotactl_fd = 443,
	NR_set_mempolicy_home_node = 450,
	NR_statmount = 457, /* then listmount and three of the security modules' */
	NR_lsm_list_modules = 461,
	NR_mseal = 462,
};

#define X32_BIT 0x40000000u

static const uint16_t refused[] = {
	/* other people's file systems and the view of one's own */
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
	SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_quotactl, NR_quotactl_fd, SYS_swapon, SYS_swapoff,
	SYS_fanotify_init, SYS_open_by_handle_at, SYS_lookup_dcookie, SYS_acct,
	SYS_nfsservctl,
	/* namespaces; clone() is below */
	SYS_unshare, SYS_setns,
	/* the kernel itself */
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_create_module, SYS_query_module,
	SYS_get_kernel_syms, SYS_kexec_load, SYS_kexec_file_load, SYS_bpf, SYS_perf_event_open,
	SYS_userfaultfd, SYS_reboot, SYS_syslog, SYS__sysctl, SYS_sysfs, SYS_uselib, SYS_ustat,
	SYS_vhangup, SYS_iopl, SYS_ioperm,
	/* the clock, which came from the security module */
	SYS_settimeofday, SYS_clock_settime,
	/* keys live in a keyring that knows no container */
	SYS_add_key, SYS_request_key, SYS_keyctl,
	/* memory placement and naming, which want capabilities */
	SYS_mbind, SYS_migrate_pages, SYS_move_pages, SYS_set_mempolicy, SYS_get_mempolicy,
	NR_set_mempolicy_home_node, SYS_sethostname, SYS_setdomainname,
	/* would reach sockets past the rule on socket() below */
	SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
};

#define NEW_NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	 CLONE_NEWNET)

/* personality(2): Linux, 32-bit layout tricks that old programs use, or "tell me". */
static const uint32_t personalities[] = { 0, 0x8, 0x20000, 0x20008, 0xffffffff };

struct program {
	struct sock_filter *at;
	size_t room, n;
};

static void put(struct program *p, struct sock_filter f)
{
	if (p->n < p->room)
		p->at[p->n] = f;
	p->n++;
}

static void load(struct program *p, size_t offset)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *p, uint32_t what)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* Jump over the next `skip` instructions unless the test `op` against `k` holds. */
static void unless(struct program *p, unsigned op, uint32_t k, uint8_t skip)
{
	put(p, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | op | BPF_K), k, 0, skip));
}

#define DENY(error) (SECCOMP_RET_ERRNO | (uint32_t)(error))
#define ARG(i) (offsetof(struct seccomp_data, args) + (size_t)(i) * 8)

static void refuse_call(struct program *p, uint32_t nr, int error)
{
	unless(p, BPF_JEQ, nr, 1);
	answer(p, DENY(error));
}

/* mknod and mknodat: a fifo or a socket is fine, a device is not. */
static void refuse_devices(struct program *p, uint32_t nr, int mode_arg)
{
	unless(p, BPF_JEQ, nr, 7);
	load(p, ARG(mode_arg));
	put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, S_IFMT));
	unless(p, BPF_JEQ, S_IFCHR, 1);
	answer(p, DENY(EPERM));
	unless(p, BPF_JEQ, S_IFBLK, 1);
	answer(p, DENY(EPERM));
	answer(p, SECCOMP_RET_ALLOW);
}

static void refuse_vsock(struct program *p)
{
	unless(p, BPF_JEQ, SYS_socket, 4);
	load(p, ARG(0));
	unless(p, BPF_JEQ, AF_VSOCK, 1);
	answer(p, DENY(EPERM));
	answer(p, SECCOMP_RET_ALLOW);
}

static void refuse_namespaces(struct program *p)
{
	unless(p, BPF_JEQ, SYS_clone, 4);
	load(p, ARG(0));
	unless(p, BPF_JSET, NEW_NAMESPACES, 1);
	answer(p, DENY(EPERM));
	answer(p, SECCOMP_RET_ALLOW);
}

static void refuse_personalities(struct program *p)
{
	const size_t n = sizeof personalities / sizeof *personalities;

	unless(p, BPF_JEQ, SYS_personality, (uint8_t)(2 * n + 2));
	load(p, ARG(0));
	for (size_t i = 0; i < n; i++) {
		unless(p, BPF_JEQ, personalities[i], 1);
		answer(p, SECCOMP_RET_ALLOW);
	}
	answer(p, DENY(EPERM));
}

enum cloister_err filter_build(struct sock_filter *out, size_t room, size_t *n_out,
			       struct cloister_fault *why)
{
	struct program p = { out, room, 0 };

	load(&p, offsetof(struct seccomp_data, arch));
	put(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
	answer(&p, SECCOMP_RET_KILL_PROCESS);
	load(&p, offsetof(struct seccomp_data, nr));
	unless(&p, BPF_JGE, X32_BIT, 1);
	answer(&p, DENY(ENOSYS));
	unless(&p, BPF_JGT, NR_mseal, 1);
	answer(&p, DENY(ENOSYS));
	/* Its flags are in memory, where a filter cannot look: ENOSYS makes libcs use clone(). */
	refuse_call(&p, SYS_clone3, ENOSYS);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		refuse_call(&p, refused[i], EPERM);
	for (uint32_t nr = NR_statmount; nr <= NR_lsm_list_modules; nr++)
		refuse_call(&p, nr, ENOSYS);
	refuse_namespaces(&p);
	refuse_vsock(&p);
	refuse_devices(&p, SYS_mknod, 1);
	refuse_devices(&p, SYS_mknodat, 2);
	refuse_personalities(&p);
	answer(&p, SECCOMP_RET_ALLOW);
	if (p.n > room)
		return fail(why, CLOISTER_E_LIMIT, "filter", "%zu instructions do not fit", p.n);
	*n_out = p.n;
	return CLOISTER_OK;
}

static const uint16_t agent_calls[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg,
	SYS_close, SYS_shutdown, SYS_socket, SYS_connect, SYS_accept4, SYS_getsockopt, SYS_setsockopt,
	SYS_fcntl, SYS_epoll_ctl, SYS_epoll_wait, SYS_epoll_pwait, SYS_timerfd_settime, SYS_poll,
	SYS_clock_gettime, SYS_getrandom, SYS_ioctl, SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap,
	SYS_madvise, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_exit, SYS_exit_group, SYS_restart_syscall,
};

static enum cloister_err install(const struct program *p, struct cloister_fault *why)
{
	const struct sock_fprog program = { (unsigned short)p->n, p->at };

	if (p->n > p->room)
		return fail(why, CLOISTER_E_LIMIT, "filter", "%zu instructions do not fit", p->n);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return fail_sys(why, "filter", "the kernel did not take the filter");
	return CLOISTER_OK;
}

enum cloister_err filter_install_agent(struct cloister_fault *why)
{
	struct sock_filter code[128];
	struct program p = { code, sizeof code / sizeof *code, 0 };

	load(&p, offsetof(struct seccomp_data, arch));
	put(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
	answer(&p, SECCOMP_RET_KILL_PROCESS);
	load(&p, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < sizeof agent_calls / sizeof *agent_calls; i++) {
		unless(&p, BPF_JEQ, agent_calls[i], 1);
		answer(&p, SECCOMP_RET_ALLOW);
	}
	answer(&p, SECCOMP_RET_KILL_PROCESS);
	return install(&p, why);
}

enum cloister_err filter_install(struct cloister_fault *why)
{
	struct sock_filter code[256];
	struct program p = { code, sizeof code / sizeof *code, 0 };

	TRY(filter_build(code, p.room, &p.n, why));
	return install(&p, why);
}
