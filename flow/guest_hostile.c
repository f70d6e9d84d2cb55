/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_hostile.c - run as the image's root, it tries what a workload must
 * not be able to do, and prints one line per attempt. Exit status 0 when
 * nothing worked; otherwise the number of things that did.
 *
 * A refusal is only a refusal if the attempt was a real one: each row makes
 * the system call itself, not through a library that might give up earlier.
 */

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Each returns what it reached (static text), or NULL with errno saying how it was refused. */
typedef const char *attempt_fn(void);

static const char *reached(long rc, const char *what)
{
	return rc < 0 ? NULL : what;
}

/* --- the agent and init */

static const char *see_agent(void)
{
	DIR *d = opendir("/proc");
	char path[64], name[64];

	for (struct dirent *e; d && (e = readdir(d));) {
		snprintf(path, sizeof path, "/proc/%.16s/comm", e->d_name);
		int fd = open(path, O_RDONLY);
		ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof name - 1);
		if (fd >= 0)
			close(fd);
		if (n > 0 && (name[n] = 0, strstr(name, "agent") || strstr(name, "cloister-init")))
			return "a process of the platform's in /proc";
	}
	errno = ENOENT;
	return NULL;
}

/* Init and agent have small numbers in the outer namespace; here only our own must answer. */
static const char *signal_others(void)
{
	int worst = ESRCH;

	for (pid_t pid = 1; pid < 4096; pid++) {
		if (kill(pid, 0) == 0) {
			char link[64], root[256];
			snprintf(link, sizeof link, "/proc/%d/ns/pid", pid);
			ssize_t n = readlink(link, root, sizeof root - 1);
			char own[256];
			ssize_t m = readlink("/proc/self/ns/pid", own, sizeof own - 1);
			if (n != m || n < 0 || strncmp(root, own, (size_t)n) != 0)
				return "a process of another namespace took a signal";
		} else if (errno != ESRCH) {
			worst = errno;
		}
	}
	errno = worst;
	return NULL;
}

static const char *read_kernel_memory(void)
{
	int fd = open("/dev/mem", O_RDONLY);

	if (fd < 0)
		fd = open("/proc/kcore", O_RDONLY);
	char b[64];
	ssize_t n = fd < 0 ? -1 : read(fd, b, sizeof b);
	if (n == 0)
		errno = ENODATA;
	return n > 0 ? "bytes of kernel memory" : NULL;
}

static const char *node(const char *path, mode_t type, dev_t number)
{
	unlink(path);
	if (syscall(SYS_mknod, path, type | 0600, number) == 0)
		return "a device node";
	if (syscall(SYS_mknodat, AT_FDCWD, path, type | 0600, number) == 0)
		return "a device node by mknodat";
	return NULL;
}

static const char *make_cuse(void)
{
	return node("/dev/cuse2", S_IFCHR, makedev(10, 203));
}

static const char *make_loop(void)
{
	return node("/tmp/loop0", S_IFBLK, makedev(7, 0));
}

static const char *make_mem(void)
{
	return node("/dev/mem2", S_IFCHR, makedev(1, 1));
}

static const char *open_first(const char *const *paths)
{
	for (; *paths; paths++) {
		int fd = open(*paths, O_RDWR);
		if (fd < 0 && errno != EACCES)
			fd = open(*paths, O_RDONLY);
		if (fd >= 0)
			return *paths;
	}
	return NULL;
}

static const char *open_devices(void)
{
	static const char *const paths[] = { "/dev/cuse", "/dev/fuse", "/dev/loop-control", "/dev/loop0",
					     "/dev/mem", "/dev/kmsg", "/dev/port", "/dev/vsock",
					     "/dev/net/tun", "/dev/kvm", "/dev/hwrng", "/dev/vhci", NULL };
	return open_first(paths);
}

/* --- the console */

static const char *open_console(void)
{
	static const char *const paths[] = { "/dev/console", "/dev/ttyS0", "/dev/tty0", "/dev/tty1",
					     "/dev/hvc0", NULL };
	return open_first(paths);
}

static const char *make_console(void)
{
	return node("/dev/ttyS9", S_IFCHR, makedev(4, 64));
}

/* --- the host's files and the ramdisk */

static const char *read_ramdisk(void)
{
	static const char *const paths[] = { "/sys/firmware/initrd", "/cloister/manifest.json", "/init",
					     "/agent", "/cmdline", "/files", "/proc/1/root/init", NULL };
	return open_first(paths);
}

/* The classic walk out of a chroot: a second one below, and then up from outside it. */
static const char *leave_chroot(void)
{
	int here = open("/", O_RDONLY | O_DIRECTORY);
	const char *out = NULL;

	mkdir("/tmp/below", 0700);
	if (chroot("/tmp/below") < 0 || fchdir(here) < 0)
		return NULL;
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			break;
	if (chroot(".") == 0 && access("/agent", F_OK) == 0)
		out = "the first root";
	errno = ENOENT;
	return out;
}

static const char *open_by_handle(void)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char id[8];
	} handle = { 8, 1, { 2 } };
	int at = open("/", O_RDONLY);

	return reached(syscall(SYS_open_by_handle_at, at, &handle, O_RDONLY), "a file by its handle");
}

static const char *mount_old(void)
{
	static const char *const types[] = { "devtmpfs", "proc", "sysfs", "tmpfs", "debugfs", "9p",
					     "virtiofs", NULL };

	mkdir("/tmp/m", 0700);
	for (const char *const *t = types; *t; t++)
		if (mount("none", "/tmp/m", *t, 0, NULL) == 0)
			return *t;
	return NULL;
}

static const char *mount_bind(void)
{
	return reached(mount("/", "/tmp", NULL, MS_BIND, NULL), "a bind mount");
}

static const char *mount_new(void)
{
	return reached(syscall(430 /* fsopen */, "tmpfs", 0), "a file system context");
}

static const char *remount(void)
{
	return reached(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL), "a writable /proc/sys");
}

static const char *unmask(void)
{
	return reached(umount2("/sys/firmware", MNT_DETACH), "what was masked");
}

static const char *pivot(void)
{
	return reached(syscall(SYS_pivot_root, "/tmp", "/tmp"), "another root");
}

/* --- the kernel */

static const char *load_module(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	if (syscall(SYS_finit_module, fd, "", 0) == 0)
		return "finit_module";
	if (errno != EPERM)
		return "a module's format was looked at";
	return reached(syscall(SYS_init_module, "", 0L, ""), "init_module");
}

static const char *load_kernel(void)
{
	return reached(syscall(SYS_kexec_load, 0L, 0L, NULL, 0L), "kexec");
}

static const char *load_kernel_file(void)
{
	return reached(syscall(SYS_kexec_file_load, 0, 0, 0L, "", 0L), "kexec_file_load");
}

static const char *write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	return fd < 0 ? NULL : reached(write(fd, text, strlen(text)), path);
}

static const char *core_pattern(void)
{
	return write_to("/proc/sys/kernel/core_pattern", "|/bin/sh");
}

static const char *modprobe_path(void)
{
	return write_to("/proc/sys/kernel/modprobe", "/bin/sh");
}

static const char *sysrq(void)
{
	return write_to("/proc/sysrq-trigger", "b");
}

static const char *sysfs(void)
{
	return write_to("/sys/kernel/uevent_helper", "/bin/sh") ? "uevent_helper"
								 : write_to("/sys/power/state", "mem");
}

static const char *binfmt(void)
{
	return write_to("/proc/sys/fs/binfmt_misc/register", ":x:M::x::/bin/sh:");
}

static const char *use_bpf(void)
{
	union {
		uint32_t words[32];
	} attr = { { 1, 4, 4, 1 } };
	return reached(syscall(SYS_bpf, 0, &attr, sizeof attr), "a BPF map");
}

static const char *use_perf(void)
{
	uint32_t attr[32] = { 1, sizeof attr };

	return reached(syscall(SYS_perf_event_open, attr, 0, -1, -1, 0L), "a performance counter");
}

static const char *use_userfaultfd(void)
{
	return reached(syscall(SYS_userfaultfd, 0), "userfaultfd");
}

static const char *use_io_uring(void)
{
	uint8_t params[120] = { 0 };

	return reached(syscall(SYS_io_uring_setup, 1, params), "io_uring");
}

static const char *use_keyring(void)
{
	if (syscall(SYS_add_key, "user", "x", "y", 1L, -4) >= 0)
		return "add_key";
	return reached(syscall(SYS_keyctl, 0, -3, 1), "keyctl");
}

static const char *read_kernel_log(void)
{
	char b[64];

	return reached(syscall(SYS_syslog, 3, b, (int)sizeof b), "the kernel's log");
}

static const char *reboot_machine(void)
{
	return reached(syscall(SYS_reboot, 0xfee1dead, 672274793, RB_AUTOBOOT, NULL), "a reboot");
}

static const char *set_clock(void)
{
	struct timespec t = { 1, 0 };

	return reached(syscall(SYS_clock_settime, CLOCK_REALTIME, &t), "the clock");
}

static const char *set_hostname(void)
{
	return reached(sethostname("x", 1), "the host name");
}

static const char *io_ports(void)
{
	return reached(syscall(SYS_iopl, 3), "I/O ports");
}

/* 32-bit and x32 calls would be numbers that the filter does not mean. */
static const char *other_numbers(void)
{
	return reached(syscall(0x40000000 | SYS_getpid), "a call by its x32 number");
}

static const char *other_architecture(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		long rc = 20; /* getpid of i386 */
		__asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	errno = EPERM;
	return WIFSIGNALED(status) ? NULL : "a 32-bit system call";
}

/* --- namespaces and rights */

static const char *new_namespaces(void)
{
	if (unshare(CLONE_NEWUSER) == 0)
		return "a user namespace";
	if (unshare(CLONE_NEWNS) == 0)
		return "a mount namespace";
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0L, 0L, 0L, 0L);
	if (pid == 0)
		_exit(0);
	return reached(pid, "a user namespace by clone");
}

static const char *clone3_namespace(void)
{
	uint64_t args[11] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	long pid = syscall(435, args, sizeof args);

	if (pid == 0)
		_exit(0);
	return reached(pid, "clone3");
}

static const char *enter_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY);

	return reached(syscall(SYS_setns, fd, 0), "setns");
}

static const char *more_rights(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { ~0u, ~0u, 0 }, { 0x1ff, 0x1ff, 0 } };

	return reached(syscall(SYS_capset, &head, data), "all capabilities");
}

/* --- a second way out */

static const char *vsock(void)
{
	static const unsigned cids[] = { 3, 2, 1 };

	for (size_t i = 0; i < 3; i++) {
		struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = cids[i], .svm_port = 9002 };
		int fd = socket(AF_VSOCK, SOCK_STREAM, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
			return "the host over vsock";
		if (fd >= 0)
			return "a vsock socket";
	}
	return NULL;
}

static const char *network(void)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		if (strcmp(i->if_name, "lo") != 0)
			return "an interface besides lo";
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(53),
				 .sin_addr.s_addr = htonl(0x08080808) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	return reached(connect(fd, (struct sockaddr *)&a, sizeof a), "a route off this machine");
}

static const char *make_interface(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	r.ifr_flags = 0;
	return reached(ioctl(fd, SIOCSIFFLAGS, &r), "the interface's state");
}

static const struct {
	const char *name;
	attempt_fn *run;
} attempts[] = {
	{ "see the agent or init in /proc", see_agent },
	{ "signal a process outside", signal_others },
	{ "read kernel memory", read_kernel_memory },
	{ "make /dev/cuse", make_cuse },
	{ "make a loop device", make_loop },
	{ "make /dev/mem", make_mem },
	{ "open the platform's devices", open_devices },
	{ "open a console", open_console },
	{ "make a console", make_console },
	{ "read the ramdisk or the platform's files", read_ramdisk },
	{ "walk out of the root", leave_chroot },
	{ "open a file by handle", open_by_handle },
	{ "mount a file system", mount_old },
	{ "bind mount", mount_bind },
	{ "open a file system context", mount_new },
	{ "make /proc/sys writable", remount },
	{ "unmount a mask", unmask },
	{ "pivot the root", pivot },
	{ "load a module", load_module },
	{ "load a kernel", load_kernel },
	{ "load a kernel from a file", load_kernel_file },
	{ "write core_pattern", core_pattern },
	{ "write the modprobe path", modprobe_path },
	{ "press sysrq", sysrq },
	{ "write sysfs", sysfs },
	{ "register a binary format", binfmt },
	{ "use bpf", use_bpf },
	{ "use perf", use_perf },
	{ "use userfaultfd", use_userfaultfd },
	{ "use io_uring", use_io_uring },
	{ "use the keyring", use_keyring },
	{ "read the kernel's log", read_kernel_log },
	{ "reboot", reboot_machine },
	{ "set the clock", set_clock },
	{ "set the host name", set_hostname },
	{ "reach I/O ports", io_ports },
	{ "call by x32 numbers", other_numbers },
	{ "call as i386", other_architecture },
	{ "make namespaces", new_namespaces },
	{ "make namespaces by clone3", clone3_namespace },
	{ "enter a namespace", enter_namespace },
	{ "take more capabilities", more_rights },
	{ "use vsock", vsock },
	{ "use another network", network },
	{ "change the interface", make_interface },
};

/* In a child each, so that one attempt leaves nothing for the next. */
static int attempt(size_t i)
{
	int status = 0;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		errno = 0;
		const char *what = attempts[i].run();
		if (what)
			printf("REACHED  %s: %s\n", attempts[i].name, what);
		else
			printf("refused  %s (%s)\n", attempts[i].name, strerror(errno));
		fflush(stdout);
		_exit(what != NULL);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("refused  %s (signal %d)\n", attempts[i].name, WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

int main(void)
{
	const size_t n = sizeof attempts / sizeof *attempts;
	int worked = 0;

	for (size_t i = 0; i < n; i++)
		worked += attempt(i);
	printf("%d of %zu attempts worked\n", worked, n);
	return worked;
}
