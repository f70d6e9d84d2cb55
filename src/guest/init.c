/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - cloister-init, the first process of an enclave: the table below,
 * top to bottom, and then the supervision of two children until power-off.
 *
 * Whatever fails is told to the host in one sentence and ends the machine.
 * There is no shell, no login, no rescue mode and no configuration but the
 * measured manifest.
 */

#include "guest/init.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "guest/kernel.h"
#include "sys/io.h"

typedef enum cloister_err step_fn(struct boot *b, struct cloister_fault *why);

static step_fn do_dev, do_proc, do_sys, do_files, do_cmdline, do_modules, do_lock, do_manifest, do_docker, do_lo;

enum { OPTIONAL, VITAL };

static const struct step {
	const char *name;
	step_fn *run;
	int vital; /* the machine does not live without it */
	const char *what;
} steps[] = {
	{ "dev", do_dev, VITAL, "mount devtmpfs; the console, where there is one, is only written to" },
	{ "proc", do_proc, VITAL, "mount /proc" },
	{ "sys", do_sys, VITAL, "mount /sys" },
	{ "files", do_files, VITAL, "every file that /files lists is there, with its exact length" },
	{ "modules", do_modules, VITAL, "load the kernel modules, in the order of /files" },
	{ "lock", do_lock, VITAL, "no more modules, no kexec, no sysrq, no kernel log for the workload" },
	{ "cmdline", do_cmdline, VITAL, "/proc/cmdline is /cmdline and nothing else but known additions" },
	{ "heartbeat", host_heartbeat, VITAL, "one byte to the host's port 9000 and back" },
	{ "entropy", host_entropy, VITAL, "two draws from the security module, tested, into the pool" },
	{ "clock", host_clock, VITAL, "the clock from the security module's document" },
	{ "manifest", do_manifest, VITAL, "read the measured manifest" },
	{ "rootfs", root_mount, VITAL, "the squashfs at the end of the ramdisk, through a loop device" },
	{ "overlay", root_overlay, VITAL, "a tmpfs on top of it" },
	{ "volumes", root_volumes, VITAL, "a tmpfs per volume, seeded from the image" },
	{ "names", root_names, VITAL, "hostname, /etc/hosts, an empty /etc/resolv.conf" },
	{ "docker", do_docker, OPTIONAL, "two network settings that Docker gives to containers" },
	{ "lo", do_lo, VITAL, "the loopback interface" },
	{ "agent", run_agent, VITAL, "start cloister-agent and wait until it serves" },
	{ "workload", run_workload, VITAL, "start the image's program in its namespaces" },
	{ "serve", run_until_done, VITAL, "stop, signal, reap; power off when the host has the result" },
};

/* The first kernel mounts nothing and may open no console: descriptors 0, 1, 2 begin here. */
static enum cloister_err do_dev(struct boot *b, struct cloister_fault *why)
{
	(void)b;
	TRY(kernel_mount("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, NULL, why));
	int null_fd = open("/dev/null", O_RDWR);
	int console = open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK);
	if (null_fd < 0)
		return fail_sys(why, "dev.open", "/dev/null");
	int out = console < 0 ? null_fd : console;
	if (dup2(null_fd, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		return fail_sys(why, "dev.dup", "/dev/console");
	for (int fd = 3; fd < 8; fd++)
		close(fd);
	return CLOISTER_OK;
}

static enum cloister_err do_proc(struct boot *b, struct cloister_fault *why)
{
	(void)b;
	return kernel_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, why);
}

static enum cloister_err do_sys(struct boot *b, struct cloister_fault *why)
{
	(void)b;
	return kernel_mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, why);
}

static enum cloister_err do_files(struct boot *b, struct cloister_fault *why)
{
	own(buf_fini) struct buf list = BUF_INIT(BOOT_LIST_MAX);

	TRY(file_read(AT_FDCWD, "/files", BOOT_LIST_MAX, &list, why));
	TRY(boot_files(buf_bytes(&list), b->files, &b->n_files, why));
	if (chdir("/") < 0)
		return fail_sys(why, "files", "/");
	for (size_t i = 0; i < b->n_files; i++) {
		struct stat st;
		if (lstat(b->files[i].name, &st) < 0)
			return fail_sys(why, "files", "%s", b->files[i].name);
		if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != b->files[i].len)
			return fail(why, CLOISTER_E_MISSING, "files", "%s has %llu bytes, not %llu",
				    b->files[i].name, (unsigned long long)st.st_size,
				    (unsigned long long)b->files[i].len);
	}
	return CLOISTER_OK;
}

static enum cloister_err do_modules(struct boot *b, struct cloister_fault *why)
{
	for (size_t i = 0; i < b->n_files; i++)
		if (strncmp(b->files[i].name, "modules/", 8) == 0)
			TRY(kernel_load_module(b->files[i].name, why));
	return CLOISTER_OK;
}

/* A kernel without a setting is one without what it restricts. */
static enum cloister_err write_settings(const char *const (*settings)[2], size_t n,
					struct cloister_fault *why)
{
	for (size_t i = 0; i < n; i++)
		if (access(settings[i][0], F_OK) == 0)
			TRY(kernel_write_text(settings[i][0], settings[i][1], why));
	return CLOISTER_OK;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

static enum cloister_err do_lock(struct boot *b, struct cloister_fault *why)
{
	static const char *const settings[][2] = {
		{ "/proc/sys/kernel/modules_disabled", "1" },
		{ "/proc/sys/kernel/kexec_load_disabled", "1" },
		{ "/proc/sys/kernel/sysrq", "0" },
		{ "/proc/sys/kernel/dmesg_restrict", "1" },
		{ "/proc/sys/kernel/kptr_restrict", "2" },
		{ "/proc/sys/kernel/core_pattern", "core" },
		{ "/proc/sys/user/max_user_namespaces", "0" },
	};

	(void)b;
	return write_settings(settings, COUNT(settings), why);
}

static enum cloister_err do_docker(struct boot *b, struct cloister_fault *why)
{
	static const char *const settings[][2] = {
		{ "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0" },
		{ "/proc/sys/net/ipv4/ping_group_range", "0 2147483647" },
	};

	(void)b;
	return write_settings(settings, COUNT(settings), why);
}

/* Behind the modules, so that the host can be told, and so that it is known what machine this is. */
static enum cloister_err do_cmdline(struct boot *b, struct cloister_fault *why)
{
	own(buf_fini) struct buf running = BUF_INIT(2 * LIMIT_EIF_CMDLINE);
	own(buf_fini) struct buf measured = BUF_INIT(LIMIT_EIF_CMDLINE);
	struct stat st;
	bool timing = false;

	TRY(file_read(AT_FDCWD, "/proc/cmdline", 2 * LIMIT_EIF_CMDLINE, &running, why));
	TRY(file_read(AT_FDCWD, "/cmdline", LIMIT_EIF_CMDLINE, &measured, why));
	TRY(boot_cmdline(buf_bytes(&running), buf_bytes(&measured), &timing, why));
	b->real_tee = stat("/dev/nsm", &st) == 0;
	if (b->real_tee && timing)
		return fail(why, CLOISTER_E_PEER, "cmdline",
			    "timing parameters beside a real security module");
	return CLOISTER_OK;
}

static enum cloister_err do_manifest(struct boot *b, struct cloister_fault *why)
{
	TRY(file_read(AT_FDCWD, "/" MANIFEST_PATH, LIMIT_MANIFEST, &b->text, why));
	return manifest_read(buf_bytes(&b->text), &b->manifest, why);
}

static enum cloister_err do_lo(struct boot *b, struct cloister_fault *why)
{
	(void)b;
	return kernel_lo_up(why);
}

static _Noreturn void halt(struct boot *b, const struct step *step, const struct cloister_fault *why)
{
	char reason[256], sentence[320];

	cloister_fault_text(why, reason, sizeof reason);
	/* The step's name in front, unless the reason begins with it. */
	size_t len = strlen(step->name);
	bool named = strncmp(reason, step->name, len) == 0 && !isalpha((unsigned char)reason[len]);
	snprintf(sentence, sizeof sentence, "%s%s%s", named ? "" : step->name, named ? "" : ": ", reason);
	fprintf(stderr, "cloister-init: %s\n", sentence);
	run_fault(b, sentence);
	kernel_power_off();
}

static void print_steps(void)
{
	for (size_t i = 0; i < COUNT(steps); i++)
		printf("%2zu  %-10s %-9s %s\n", i + 1, steps[i].name,
		       steps[i].vital ? "vital" : "optional", steps[i].what);
}

static int usage(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--steps") == 0) {
		print_steps();
		return 0;
	}
	fprintf(argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr,
		"cloister-init: the first process of an enclave; elsewhere it only answers --steps\n");
	return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	static struct boot b = { .text = BUF_INIT(LIMIT_MANIFEST), .agent_fd = -1 };
	struct cloister_fault why = { 0 };
	sigset_t all;

	if (getpid() != 1)
		return usage(argc, argv);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	umask(0);
	for (size_t i = 0; i < COUNT(steps); i++) {
		if (steps[i].run(&b, &why) == CLOISTER_OK)
			continue;
		if (steps[i].vital)
			halt(&b, &steps[i], &why);
		fprintf(stderr, "cloister-init: %s: not done, going on\n", steps[i].name);
	}
	kernel_power_off();
}
