/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cage.c - from fork to execve of the workload, in order. What runs here is
 * ours until the last line; after it, nothing of ours is left inside.
 *
 * The new root is moved over the old one and entered by chroot, because the
 * first root of a kernel cannot be pivoted away. Everything else is unmounted
 * in this namespace before, so a walk upwards ends in the new root.
 */

#include "guest/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest/filter.h"
#include "guest/kernel.h"
#include "sys/io.h"

#define CAP(name) (UINT64_C(1) << CAP_##name)

/* moby: oci/caps/defaults.go */
static const uint64_t docker_caps =
	CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) | CAP(MKNOD) | CAP(NET_RAW) |
	CAP(SETGID) | CAP(SETUID) | CAP(SETFCAP) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) |
	CAP(SYS_CHROOT) | CAP(KILL) | CAP(AUDIT_WRITE);

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* Mounted below the new root, in this order; flags and options are Docker's. */
static const struct {
	const char *target, *type;
	unsigned long flags;
	const char *data;
} mounts[] = {
	{ "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
	{ "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k" },
	{ "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL },
};

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "ptmx", "pts/ptmx" },
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

/* moby: oci/defaults.go, and what newer kernels added to the same kind */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/kmsg", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/kernel/debug",
	"/sys/kernel/security",
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static enum cloister_err mount_all(int root, struct cloister_fault *why)
{
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		own(drop_fd) int at = -1;
		TRY(kernel_mkdirs_in(root, mounts[i].target, &at, why));
		TRY(kernel_mount_at(mounts[i].type, at, mounts[i].type, mounts[i].flags, mounts[i].data,
				    why));
	}
	return CLOISTER_OK;
}

static enum cloister_err make_node(int dev, const char *name, dev_t number,
				   struct cloister_fault *why)
{
	if (mknodat(dev, name, S_IFCHR | 0666, number) < 0 || fchmodat(dev, name, 0666, 0) < 0)
		return fail_sys(why, "dev.mknod", "%s", name);
	return CLOISTER_OK;
}

static enum cloister_err make_dev(int root, dev_t nsm, struct cloister_fault *why)
{
	own(drop_fd) int dev = -1;

	TRY(kernel_open_in(root, "/dev", O_PATH | O_DIRECTORY, 0, &dev, why));
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		TRY(make_node(dev, nodes[i].name, makedev(nodes[i].major, nodes[i].minor), why));
	TRY(make_node(dev, "nsm", nsm, why));
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return fail_sys(why, "dev.link", "%s", links[i].name);
	return CLOISTER_OK;
}

/* Open `path` if this kernel has it; -1 otherwise. */
static int if_there(int root, const char *path, bool *is_dir)
{
	struct stat st;
	own(drop_fd) int fd = -1;

	if (kernel_open_in(root, path, O_PATH | O_NOFOLLOW, 0, &fd, NULL) != CLOISTER_OK ||
	    fstat(fd, &st) < 0)
		return -1;
	*is_dir = S_ISDIR(st.st_mode);
	return give(fd, -1);
}

static enum cloister_err hide(int root, struct cloister_fault *why)
{
	own(drop_fd) int null_fd = -1;
	bool is_dir = false;
	char null_path[32];

	TRY(kernel_open_in(root, "/dev/null", O_PATH, 0, &null_fd, why));
	snprintf(null_path, sizeof null_path, "/proc/self/fd/%d", null_fd);
	for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
		own(drop_fd) int at = if_there(root, masked[i], &is_dir);
		if (at < 0)
			continue;
		if (is_dir)
			TRY(kernel_mount_at("tmpfs", at, "tmpfs",
					    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
					    "size=0k,mode=755", why));
		else
			TRY(kernel_mount_at(null_path, at, NULL, MS_BIND, NULL, why));
	}
	for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
		own(drop_fd) int at = if_there(root, read_only[i], &is_dir);
		own(drop_fd) int bound = -1;
		char self[32];
		if (at < 0)
			continue;
		snprintf(self, sizeof self, "/proc/self/fd/%d", at);
		TRY(kernel_mount_at(self, at, NULL, MS_BIND | MS_REC, NULL, why));
		/* `at` is below the new mount; what is remounted is the one on top. */
		TRY(kernel_open_in(root, read_only[i], O_PATH | O_NOFOLLOW, 0, &bound, why));
		TRY(kernel_mount_at(NULL, bound, NULL,
				    MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
				    NULL, why));
	}
	return CLOISTER_OK;
}

/* The agent's socket, at the same path inside, whatever the image has there. */
static enum cloister_err bind_socket(int root, struct cloister_fault *why)
{
	own(drop_fd) int run = -1;
	own(drop_fd) int at = -1;

	TRY(kernel_mkdirs_in(root, "/run", &run, why));
	TRY(kernel_open_in(run, "cloister.sock", O_CREAT | O_NOFOLLOW | O_WRONLY | O_NONBLOCK, 0666, &at,
			   why));
	return kernel_mount_at(CAGE_SOCKET, at, NULL, MS_BIND, NULL, why);
}

/* Make the new root the only thing mounted here, and stand in it. */
static enum cloister_err enter(struct cloister_fault *why)
{
	static const char *const old[] = { "/run", "/sys", "/dev", "/proc" };

	for (size_t i = 0; i < sizeof old / sizeof *old; i++)
		if (umount2(old[i], MNT_DETACH) < 0)
			return fail_sys(why, "cage.detach", "%s", old[i]);
	if (chdir(CAGE_ROOT) < 0)
		return fail_sys(why, "cage.enter", CAGE_ROOT);
	TRY(kernel_mount(".", "/", NULL, MS_MOVE, NULL, why));
	if (chroot(".") < 0 || chdir("/") < 0)
		return fail_sys(why, "cage.chroot", "the new root");
	return CLOISTER_OK;
}

static enum cloister_err build(const struct cage *c, struct cloister_fault *why)
{
	own(drop_fd) int root = open(CAGE_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return fail_sys(why, "cage.root", CAGE_ROOT);
	TRY(kernel_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL, why));
	TRY(mount_all(root, why));
	TRY(make_dev(root, c->nsm, why));
	TRY(hide(root, why));
	TRY(bind_socket(root, why));
	if (sethostname(c->hostname, strlen(c->hostname)) < 0)
		return fail_sys(why, "cage.hostname", "%s", c->hostname);
	return enter(why);
}

static enum cloister_err take_stdio(const struct cage *c, struct cloister_fault *why)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0)
		return fail_sys(why, "cage.stdio", "/dev/null");
	if (dup2(null_fd, 0) < 0 || dup2(c->stdout_fd < 0 ? null_fd : c->stdout_fd, 1) < 0 ||
	    dup2(c->stderr_fd < 0 ? null_fd : c->stderr_fd, 2) < 0)
		return fail_sys(why, "cage.stdio", "dup2");
	return CLOISTER_OK;
}

static void set_limit(int what, rlim_t soft, rlim_t hard)
{
	setrlimit(what, &(struct rlimit){ soft, hard });
}

static void reset_process(void)
{
	sigset_t none;

	for (int s = 1; s <= 64; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	set_limit(RLIMIT_NOFILE, 1024, 524288);
	set_limit(RLIMIT_NPROC, RLIM_INFINITY, RLIM_INFINITY);
	set_limit(RLIMIT_CORE, 0, RLIM_INFINITY);
}

/* From here on this process is the image's user. */
static enum cloister_err become(const struct cage *c, struct cloister_fault *why)
{
	/* Every descriptor of init's, should one lack its flag. */
	if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) < 0)
		return fail_sys(why, "cage.close", "close_range");
	TRY(kernel_caps_bound(docker_caps, why));
	TRY(filter_install(why));
	if (setgroups(c->n_groups, c->groups) < 0 || setresgid(c->gid, c->gid, c->gid) < 0)
		return fail_sys(why, "cage.group", "group %u", c->gid);
	/* Leaving uid 0 clears permitted and effective; uid 0 keeps what we say. */
	if (setresuid(c->uid, c->uid, c->uid) < 0)
		return fail_sys(why, "cage.user", "user %u", c->uid);
	return kernel_caps_set(c->uid == 0 ? docker_caps : 0, why);
}

static const char *path_of(char *const *env)
{
	for (; *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	return default_path;
}

/* execvp() with the image's PATH and without its shell fallback. Returns errno. */
static int exec_image(const struct cage *c)
{
	const char *name = c->argv[0];
	int error = ENOENT;
	char file[4096];

	if (strchr(name, '/')) {
		execve(name, c->argv, c->env);
		return errno;
	}
	for (const char *p = path_of(c->env); *p;) {
		size_t len = strcspn(p, ":");
		int n = snprintf(file, sizeof file, "%.*s/%s", (int)len, len ? p : ".", name);
		if (n > 0 && (size_t)n < sizeof file)
			execve(file, c->argv, c->env);
		/* Go on past what is not there; remember what was there and refused. */
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return errno;
		if (errno == EACCES)
			error = EACCES;
		p += len + (p[len] == ':');
	}
	return error;
}

static int child(const struct cage *c, struct cloister_fault *why)
{
	own(drop_fd) int cwd = -1;

	setsid();
	if (build(c, why) != CLOISTER_OK || take_stdio(c, why) != CLOISTER_OK)
		return 125;
	reset_process();
	own(drop_fd) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Docker makes a missing WORKDIR, root's, and then enters it as the user. */
	if (kernel_mkdirs_in(root, c->cwd, &cwd, why) != CLOISTER_OK || become(c, why) != CLOISTER_OK)
		return 125;
	if (chdir(c->cwd) < 0) {
		why->err = fail_sys(why, "workdir", "%s", c->cwd);
		return 126;
	}
	errno = exec_image(c);
	int status = errno == ENOENT ? 127 : 126;
	why->err = fail_sys(why, "exec", "%s", c->argv[0]);
	return status;
}

/*
 * The child tells why it failed by writing its fault whole: it is our own
 * image in memory, so the static text that the fault points at is there too.
 */
enum cloister_err cage_start(const struct cage *c, pid_t *pid_out, struct cloister_fault *why)
{
	struct cloister_fault told = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_sys(why, "cage.pipe", "no pipe");
	own(drop_fd) int in = ends[0];
	own(drop_fd) int out = ends[1];
	pid_t pid = kernel_fork(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS);
	if (pid < 0)
		return fail_sys(why, "cage.fork", "no process");
	if (pid == 0) {
		int status = child(c, &told);
		(void)!write(out, &told, sizeof told);
		_exit(status);
	}
	drop_fd(&out);
	*pid_out = pid;
	ssize_t n = read(in, &told, sizeof told);
	if (n == 0)
		return CLOISTER_OK;
	if (n != sizeof told)
		return fail(why, CLOISTER_E_PEER, "cage", "the child ended without a word");
	*why = told;
	return told.err;
}
