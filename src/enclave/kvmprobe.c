/* SPDX-License-Identifier: Apache-2.0 */
/* kvmprobe.c - boot once, remember the answer. */

#include "enclave/kvmprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "codec/json.h"
#include "enclave/qemu.h"
#include "sys/io.h"

#define CACHE "kvm.json"
#define CACHE_MAX 4096u
#define TIMEOUT_MS 20000u

/* No root file system: the kernel panics, and `panic=-1` resets at once. */
#define PROBE_CMDLINE "reboot=t panic=-1 quiet"

static unsigned timeout_of(const struct probe_spec *spec)
{
	return spec->timeout_ms ? spec->timeout_ms : TIMEOUT_MS;
}

enum cloister_err accelerator_try(const char *name, const struct probe_spec *spec, bool *boots_out,
				  char *reason, size_t room, struct cloister_fault *why)
{
	bool tcg = strcmp(name, "tcg") == 0;
	struct machine_spec machine = { .name = "probe", .kernel_fd = spec->kernel_fd, .initrd_fd = -1,
					.cmdline = tcg ? PROBE_CMDLINE QEMU_TCG_CMDLINE : PROBE_CMDLINE,
					.memory_mib = 128, .cpus = 1,
					.accelerator = name, .vsock_fd = -1,
					.change_user = spec->change_user, .uid = spec->uid,
					.cgroup_procs = -1 };
	unsigned timeout_ms = timeout_of(spec);
	own(proc_drop) struct proc p = PROC_INIT;
	struct proc_spec process;
	struct qemu_args args;
	struct proc_end end;
	char path[4096];
	bool ended;

	TRY(qemu_find(path, sizeof path, why));
	qemu_args(&machine, path, false, &args);
	qemu_process(&machine, path, &args, -1, -1, -1, &process);
	TRY(proc_start(&process, &p, why));
	TRY(proc_wait(&p, (int)timeout_ms, &ended, &end, why));
	*boots_out = ended && end.status == 0;
	if (*boots_out)
		snprintf(reason, room, "a kernel boots with it");
	else if (!ended)
		snprintf(reason, room, "a kernel did not boot with it in %u ms", timeout_ms);
	else if (end.signal >= 0)
		snprintf(reason, room, "QEMU was killed by signal %d", end.signal);
	else
		snprintf(reason, room, "QEMU refuses it with status %d", end.status);
	return CLOISTER_OK;
}

enum cloister_err probe_qemu_version(unsigned timeout_ms, char *out, size_t room,
				     struct cloister_fault *why)
{
	own(proc_drop) struct proc p = PROC_INIT;
	own(drop_fd) int ours = -1;
	own(drop_fd) int theirs = -1;
	struct proc_spec spec = PROC_SPEC_INIT;
	char path[4096];
	int ends[2];

	TRY(qemu_find(path, sizeof path, why));
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_sys(why, "kvm.pipe", "no pipe");
	ours = ends[0];
	theirs = ends[1];
	const char *argv[] = { path, "--version", NULL };
	spec.path = path;
	spec.argv = argv;
	spec.in = spec.err = -1;
	spec.out = theirs;
	spec.die_with_parent = true;
	TRY(proc_start(&spec, &p, why));
	drop_fd(&theirs);
	struct pollfd word = { .fd = ours, .events = POLLIN };
	if (poll(&word, 1, (int)timeout_ms) == 0)
		return fail(why, CLOISTER_E_TIMEOUT, "kvm.version", "%.80s --version said nothing in %u ms",
			    path, timeout_ms);
	ssize_t n = read(ours, out, room - 1);
	if (n <= 0)
		return fail(why, CLOISTER_E_PEER, "kvm.version", "%.100s --version said nothing", path);
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return CLOISTER_OK;
}

static bool cached(int state_fd, const char *kernel, const char *qemu, bool *boots, char *reason,
		   size_t room)
{
	own(buf_fini) struct buf text = BUF_INIT(CACHE_MAX);
	struct json top;

	return state_fd >= 0 && file_read(state_fd, CACHE, CACHE_MAX, &text, NULL) == CLOISTER_OK &&
	       json_read(buf_bytes(&text), &top, NULL) == CLOISTER_OK &&
	       json_is(json_get(top, "kernel"), kernel) && json_is(json_get(top, "qemu"), qemu) &&
	       json_bool(json_get(top, "boots"), boots) &&
	       json_text(json_get(top, "reason"), reason, room);
}

static enum cloister_err remember(int state_fd, const char *kernel, const char *qemu, bool boots,
				  const char *reason, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(CACHE_MAX);
	struct json_out w = json_out(&text);

	if (state_fd < 0)
		return CLOISTER_OK;
	json_open(&w, NULL, '{');
	json_put_text(&w, "kernel", kernel);
	json_put_text(&w, "qemu", qemu);
	json_put_bool(&w, "boots", boots);
	json_put_text(&w, "reason", reason);
	json_close(&w, '}');
	TRY(buf_ok(&text, "kvm", why));
	return file_write(state_fd, CACHE, 0600, buf_bytes(&text), why);
}

/* *boots_out and why, from the cache or by trying. */
static enum cloister_err ask(const struct probe_spec *spec, bool *boots_out, char *reason,
			     size_t room, struct cloister_fault *why)
{
	struct utsname host;
	char qemu[160];

	own(drop_fd) int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0) {
		*boots_out = false;
		snprintf(reason, room, "/dev/kvm: %s", strerror(errno));
		return CLOISTER_OK;
	}
	if (uname(&host) < 0)
		return fail_sys(why, "kvm.uname", "the host's kernel does not say its release");
	TRY(probe_qemu_version(timeout_of(spec), qemu, sizeof qemu, why));
	if (cached(spec->state_fd, host.release, qemu, boots_out, reason, room))
		return CLOISTER_OK;
	TRY(accelerator_try("kvm", spec, boots_out, reason, room, why));
	return remember(spec->state_fd, host.release, qemu, *boots_out, reason, why);
}

enum cloister_err accelerator_pick(const char *wanted, const struct probe_spec *spec,
				   struct accelerator *out, struct cloister_fault *why)
{
	struct accelerator a = { .name = "tcg", .reason = "asked for" };
	char reason[160];
	bool boots = false;

	if (strcmp(wanted, "tcg") != 0) {
		TRY(ask(spec, &boots, reason, sizeof reason, why));
		a.name = boots ? "kvm" : "tcg";
		snprintf(a.reason, sizeof a.reason, "KVM %s: %s", boots ? "works" : "does not work here",
			 reason);
	}
	if (strcmp(wanted, "kvm") == 0 && !boots)
		return fail(why, CLOISTER_E_UNSUPPORTED, "accel", "KVM does not work here: %s", reason);
	*out = a;
	return CLOISTER_OK;
}
