/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.c - system calls with their fault, and nothing that decides anything. */

#include "guest/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <linux/random.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "codec/wire.h"
#include "sys/clock.h"
#include "sys/io.h"

enum cloister_err kernel_mount(const char *source, const char *target, const char *type,
			       unsigned long flags, const char *data, struct cloister_fault *why)
{
	if (mount(source, target, type, flags, data) < 0)
		return fail_sys(why, "mount", "%s on %s", type ? type : source, target);
	return CLOISTER_OK;
}

enum cloister_err kernel_mount_at(const char *source, int target_fd, const char *type,
				  unsigned long flags, const char *data, struct cloister_fault *why)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", target_fd);
	return kernel_mount(source, path, type, flags, data, why);
}

enum cloister_err kernel_open_in(int root_fd, const char *path, int flags, mode_t mode, int *fd_out,
				 struct cloister_fault *why)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof how);

	if (fd < 0)
		return fail_sys(why, "open", "%s", path);
	*fd_out = (int)fd;
	return CLOISTER_OK;
}

enum cloister_err kernel_mkdirs_in(int root_fd, const char *path, int *fd_out,
				   struct cloister_fault *why)
{
	own(drop_fd) int at = -1;
	char part[4096];
	size_t len = 0;

	TRY(kernel_open_in(root_fd, "/", O_PATH | O_DIRECTORY, 0, &at, why));
	if (strlen(path) >= sizeof part)
		return fail(why, CLOISTER_E_LIMIT, "mkdir", "the path is too long");
	/* Every prefix of the path in turn; what is there may be a link to a directory. */
	do {
		own(drop_fd) int parent = give(at, -1);
		size_t name_at = len + strspn(path + len, "/");
		len = name_at + strcspn(path + name_at, "/");
		if (len == name_at) {
			at = give(parent, -1);
			break;
		}
		memcpy(part, path, len);
		part[len] = 0;
		if (kernel_open_in(root_fd, part, O_PATH | O_DIRECTORY, 0, &at, NULL) == CLOISTER_OK)
			continue;
		if (mkdirat(parent, part + name_at, 0755) < 0)
			return fail_sys(why, "mkdir", "%s", part);
		TRY(kernel_open_in(root_fd, part, O_PATH | O_DIRECTORY, 0, &at, why));
	} while (path[len]);
	*fd_out = give(at, -1);
	return CLOISTER_OK;
}

enum cloister_err kernel_write_text(const char *path, const char *text, struct cloister_fault *why)
{
	own(drop_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_sys(why, "open", "%s", path);
	if (write(fd, text, strlen(text)) < 0)
		return fail_sys(why, "write", "%s", path);
	return CLOISTER_OK;
}

enum cloister_err kernel_load_module(const char *path, struct cloister_fault *why)
{
	own(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_sys(why, "module.open", "%s", path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		return fail_sys(why, "module.load", "%s", path);
	return CLOISTER_OK;
}

enum cloister_err kernel_loop(int file_fd, uint64_t offset, uint64_t len, char path[static 32],
			      struct cloister_fault *why)
{
	struct loop_config config = {
		.fd = (uint32_t)file_fd,
		.info = { .lo_offset = offset, .lo_sizelimit = len, .lo_flags = LO_FLAGS_READ_ONLY },
	};
	own(drop_fd) int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return fail_sys(why, "loop.open", "/dev/loop-control");
	int n = ioctl(control, LOOP_CTL_GET_FREE);
	if (n < 0)
		return fail_sys(why, "loop.free", "no loop device");
	snprintf(path, 32, "/dev/loop%d", n);
	own(drop_fd) int loop = open(path, O_RDONLY | O_CLOEXEC);
	if (loop < 0)
		return fail_sys(why, "loop.open", "%s", path);
	if (ioctl(loop, LOOP_CONFIGURE, &config) < 0)
		return fail_sys(why, "loop.configure", "%s", path);
	return CLOISTER_OK;
}

enum cloister_err kernel_add_entropy(struct bytes seed, struct cloister_fault *why)
{
	union {
		struct rand_pool_info info;
		uint8_t room[sizeof(struct rand_pool_info) + 512];
	} pool = { .info = { .entropy_count = (int)seed.len * 8, .buf_size = (int)seed.len } };

	if (seed.len > 512)
		return fail(why, CLOISTER_E_LIMIT, "entropy", "%zu bytes at once", seed.len);
	memcpy(pool.room + sizeof pool.info, seed.data, seed.len);
	own(drop_fd) int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_sys(why, "entropy.open", "/dev/urandom");
	int rc = ioctl(fd, RNDADDENTROPY, &pool.info);
	mem_wipe(&pool, sizeof pool);
	if (rc < 0)
		return fail_sys(why, "entropy.add", "%zu bytes", seed.len);
	/* Draw new keys from the pool now, not in a minute. */
	if (ioctl(fd, RNDRESEEDCRNG) < 0)
		return fail_sys(why, "entropy.reseed", "the kernel did not reseed");
	return CLOISTER_OK;
}

enum cloister_err kernel_set_clock(uint64_t unix_ms, struct cloister_fault *why)
{
	struct timespec t = { (time_t)(unix_ms / 1000), (long)(unix_ms % 1000) * 1000000 };

	if (clock_settime(CLOCK_REALTIME, &t) < 0)
		return fail_sys(why, "clock.set", "the clock cannot be set");
	return CLOISTER_OK;
}

enum cloister_err kernel_lo_up(struct cloister_fault *why)
{
	struct ifreq r = { .ifr_name = "lo" };
	own(drop_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail_sys(why, "lo.socket", "no IPv4");
	if (ioctl(fd, SIOCGIFFLAGS, &r) < 0)
		return fail_sys(why, "lo.flags", "no loopback interface");
	r.ifr_flags = (short)(r.ifr_flags | IFF_UP | IFF_RUNNING);
	if (ioctl(fd, SIOCSIFFLAGS, &r) < 0)
		return fail_sys(why, "lo.up", "the loopback interface stays down");
	return CLOISTER_OK;
}

pid_t kernel_fork(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);
}

struct nsm_raw {
	uint64_t request, request_len;
	uint64_t response, response_len;
};

enum cloister_err kernel_nsm_ioctl(int fd, struct bytes request, uint8_t *room, size_t room_len,
				   size_t *len_out, struct cloister_fault *why)
{
	struct nsm_raw raw = { (uintptr_t)request.data, request.len, (uintptr_t)room, room_len };

	if (ioctl(fd, _IOWR(0x0a, 0, struct nsm_raw), &raw) < 0)
		return fail_sys(why, "nsm", "the device refused a request of %zu bytes", request.len);
	if (raw.response_len > room_len)
		return fail(why, CLOISTER_E_PEER, "nsm", "a response of %llu bytes",
			    (unsigned long long)raw.response_len);
	*len_out = (size_t)raw.response_len;
	return CLOISTER_OK;
}

static int try_connect(unsigned cid, unsigned port)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
	own(drop_fd) int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		return -1;
	return give(fd, -1);
}

enum cloister_err kernel_vsock_connect(unsigned port, unsigned wait_ms, int *fd_out,
				       struct cloister_fault *why)
{
	uint64_t until = clock_mono_ms() + wait_ms;

	for (;;) {
		/* CID 3 is the parent on Nitro; 2 is where other hosts answer. */
		int fd = try_connect(WIRE_CID_HOST, port);
		if (fd < 0)
			fd = try_connect(WIRE_CID_HOST_VMADDR, port);
		if (fd >= 0) {
			*fd_out = fd;
			return CLOISTER_OK;
		}
		if (clock_mono_ms() >= until)
			return fail_sys(why, "vsock.connect", "port %u of the host", port);
		/* The host may still be binding its port: ask again, twenty times a second. */
		poll(NULL, 0, 50);
	}
}

enum cloister_err kernel_vsock_listen(unsigned port, int *fd_out, struct cloister_fault *why)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port };
	own(drop_fd) int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail_sys(why, "vsock.socket", "no vsock");
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 128) < 0)
		return fail_sys(why, "vsock.listen", "port %u", port);
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

enum cloister_err kernel_caps_bound(uint64_t mask, struct cloister_fault *why)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* The kernel refuses the first number that it does not know. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(mask >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return fail_sys(why, "caps.bound", "capability %lu", cap);
	return CLOISTER_OK;
}

enum cloister_err kernel_caps_set(uint64_t mask, struct cloister_fault *why)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	uint32_t lo = (uint32_t)mask, hi = (uint32_t)(mask >> 32);
	struct __user_cap_data_struct data[2] = { { .effective = lo, .permitted = lo },
						  { .effective = hi, .permitted = hi } };

	if (syscall(SYS_capset, &head, data) < 0)
		return fail_sys(why, "caps.set", "capset");
	return CLOISTER_OK;
}

_Noreturn void kernel_power_off(void)
{
	/* With reboot=t this is a triple fault, which ends QEMU (-no-reboot) and a Nitro enclave. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
