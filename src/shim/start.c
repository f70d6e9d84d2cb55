/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - what a shim acquires before its enclave lives, in the order of the
 * table at the end. Until the name is taken a failure leaves nothing behind;
 * from then on it is a record. Everything that can be refused is refused
 * before anything boots.
 */

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "enclave/qemu.h"
#include "shim/life.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/proc.h"

/* QEMU's user: systemd's range for users that exist only while something runs. */
#define UID_FIRST 61184u
#define UID_LAST 65519u

/* What QEMU itself needs beside the guest's memory: its code, its caches. */
#define QEMU_OVERHEAD_MIB 512u

static enum cloister_err loop_and_timer(struct shim *s, struct cloister_fault *why)
{
	TRY(loop_new(&s->loop, why));
	TRY(timer_open(&s->timer_fd, why));
	return loop_add(s->loop, &s->on_timer, s->timer_fd, EPOLLIN, shim_timer, s, why);
}

static enum cloister_err parent(struct shim *s, struct cloister_fault *why)
{
	shim_hook(s);
	return parent_open(&s->parent, s->loop, s->options->parent_fd, why);
}

static enum cloister_err signals(struct shim *s, struct cloister_fault *why)
{
	sigset_t ours;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ours, NULL) < 0)
		return fail_sys(why, "shim.signals", "they cannot be blocked");
	s->signal_fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return fail_sys(why, "shim.signals", "no signalfd");
	return loop_add(s->loop, &s->on_signal, s->signal_fd, EPOLLIN, shim_signal, s, why);
}

/* A thousand connections with two ends each. */
static enum cloister_err descriptors(struct shim *s, struct cloister_fault *why)
{
	struct rlimit l;

	(void)s;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return fail_sys(why, "shim.descriptors", "their limit is unknown");
	l.rlim_cur = l.rlim_max < 8192 ? l.rlim_max : 8192;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		return fail_sys(why, "shim.descriptors", "their limit cannot be raised");
	return CLOISTER_OK;
}

/* The name is taken later; asking now spares a clash the reading of the image. */
static enum cloister_err state(struct shim *s, struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;

	TRY(state_open(s->options->state, &s->state, why));
	if (!s->options->name)
		return CLOISTER_OK;
	TRY(state_name_check(s->options->name, why));
	if (state_enclave_open(&s->state, s->options->name, &dir, NULL) != CLOISTER_OK)
		return CLOISTER_OK;
	drop_fd(&dir);
	TRY(state_enclave_new(&s->state, s->options->name, &dir, why));
	/* Forgotten in between: the name is free after all. */
	return state_enclave_remove(&s->state, s->options->name, why);
}

static enum cloister_err image(struct shim *s, struct cloister_fault *why)
{
	TRY(payload_open(s->options->image, &s->payload, why));
	if (!realpath(s->options->image, s->record.image))
		return fail_sys(why, "image.path", "%.120s", s->options->image);
	if (chdir("/") < 0)
		return fail_sys(why, "shim.chdir", "/");
	return CLOISTER_OK;
}

static enum cloister_err memory(struct shim *s, struct cloister_fault *why)
{
	uint32_t asked = s->options->memory_mib, least = s->payload.memory_mib;

	if (asked && asked < least)
		return fail(why, CLOISTER_E_USAGE, "memory",
			    "%u MiB were asked for, this image needs at least %u MiB", asked, least);
	if (!asked)
		asked = least > SHIM_MEMORY_MIB ? least : SHIM_MEMORY_MIB;
	s->record.memory_mib = asked;
	s->record.cpus = s->options->cpus;
	return CLOISTER_OK;
}

/* The agent would refuse each connection; here it is one sentence, and before the boot. */
static enum cloister_err published(struct shim *s, struct cloister_fault *why)
{
	for (size_t i = 0; i < s->options->n_ports; i++)
		if (!manifest_port_open(&s->payload.ports, s->options->ports[i].guest))
			return fail(why, CLOISTER_E_USAGE, "publish",
				    "the image does not let port %u be reached: EXPOSE it, or list it in "
				    "the `ports` of a build manifest",
				    s->options->ports[i].guest);
	return CLOISTER_OK;
}

static enum cloister_err listeners(struct shim *s, struct cloister_fault *why)
{
	s->record.n_ports = s->options->n_ports;
	memcpy(s->record.ports, s->options->ports, sizeof s->record.ports);
	return ports_open(s->loop, s->record.ports, s->record.n_ports, &s->ports, why);
}

/* A user id that no account has and no other shim of this host uses. */
static enum cloister_err user(struct shim *s, struct cloister_fault *why)
{
	s->change_user = geteuid() == 0;
	s->record.uid = geteuid();
	if (!s->change_user)
		return CLOISTER_OK;
	s->uid_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->uid_fd < 0)
		return fail_sys(why, "shim.user", "no socket");
	for (uid_t n = 0; n <= UID_LAST - UID_FIRST; n++) {
		uid_t uid = UID_FIRST + ((uid_t)getpid() + n) % (UID_LAST - UID_FIRST + 1);
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		/* An abstract name: one owner at a time, gone with its process. */
		int len = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "cloister-uid-%u", uid);
		socklen_t size = (socklen_t)(sizeof a.sun_family + 1 + (size_t)len);
		if (getpwuid(uid) || bind(s->uid_fd, (struct sockaddr *)&a, size) < 0)
			continue;
		s->record.uid = uid;
		return CLOISTER_OK;
	}
	return fail(why, CLOISTER_E_LIMIT, "shim.user", "no free user id is left for QEMU");
}

static enum cloister_err accelerator(struct shim *s, struct cloister_fault *why)
{
	struct probe_spec spec = { .state_fd = s->state.dir_fd, .kernel_fd = s->payload.kernel_fd,
				   .change_user = s->change_user, .uid = s->record.uid };

	TRY(accelerator_pick(s->options->accelerator, &spec, &s->accelerator, why));
	snprintf(s->record.accelerator, sizeof s->record.accelerator, "%s", s->accelerator.name);
	return CLOISTER_OK;
}

static enum cloister_err take_name(struct shim *s, struct cloister_fault *why)
{
	if (s->options->name) {
		snprintf(s->record.name, sizeof s->record.name, "%s", s->options->name);
		return state_enclave_new(&s->state, s->record.name, &s->dir_fd, why);
	}
	for (int tries = 0;; tries++) {
		TRY(state_name_pick(&s->state, s->record.name, why));
		enum cloister_err err = state_enclave_new(&s->state, s->record.name, &s->dir_fd, why);
		if (err != CLOISTER_E_USAGE || tries == 16) /* else somebody was faster */
			return err;
	}
}

/* From here on there is something to find after a failure. */
static enum cloister_err name(struct shim *s, struct cloister_fault *why)
{
	TRY(take_name(s, why));
	s->record.state = RECORD_STARTING;
	s->record.pid = getpid();
	s->record.exit_code = -1;
	s->record.debug = s->options->debug;
	s->record.created_ms = clock_unix_ms();
	memcpy(s->record.pcr0, s->payload.measured.pcr0, RECORD_PCR);
	memcpy(s->record.pcr1, s->payload.measured.pcr1, RECORD_PCR);
	memcpy(s->record.pcr2, s->payload.measured.pcr2, RECORD_PCR);
	memcpy(s->record.pcr8, s->payload.measured.pcr8, RECORD_PCR);
	s->phase = PHASE_KEPT;
	TRY(state_enclave_hold(s->dir_fd, &s->lock_fd, why));
	TRY(record_write(s->dir_fd, &s->record, why));
	parent_say(&s->parent, CHANNEL_NAME, bytes_text(s->record.name));
	return CLOISTER_OK;
}

static enum cloister_err logs(struct shim *s, struct cloister_fault *why)
{
	TRY(log_open(&s->log, s->dir_fd, "log", LIMIT_LOG_BYTES, why));
	if (s->options->debug)
		TRY(log_open(&s->console, s->dir_fd, "console", LIMIT_LOG_BYTES / 4, why));
	shim_event(s, "accelerator %s: %s", s->accelerator.name, s->accelerator.reason);
	return CLOISTER_OK;
}

static enum cloister_err identity(struct shim *s, struct cloister_fault *why)
{
	uint64_t now_s = clock_unix_ms() / 1000;

	TRY(emulator_open(s->state.dir_fd, now_s, &s->emulator, why));
	TRY(emulator_start(&s->emulator, now_s, why));
	snprintf(s->record.id, sizeof s->record.id, "%s", s->emulator.module_id);
	return nsm_init(s->emulator.module_id, &s->payload.measured, s->options->debug,
			emulator_nsm_host(&s->emulator), &s->nsm, why);
}

static enum cloister_err limits(struct shim *s, struct cloister_fault *why)
{
	struct cgroup_spec spec = { .name = s->emulator.module_id, .cpus = s->record.cpus,
				    .memory = (uint64_t)(s->record.memory_mib + QEMU_OVERHEAD_MIB) << 20 };

	(void)why;
	cgroup_new(&spec, &s->cgroup);
	snprintf(s->record.limits, sizeof s->record.limits, "%s", s->cgroup.said);
	shim_event(s, "%s", s->cgroup.said);
	return CLOISTER_OK;
}

static enum cloister_err device(struct shim *s, struct cloister_fault *why)
{
	struct device_events events;

	shim_device_events(s, &events);
	return device_start(s->loop, &events, &s->device, &s->vhost_fd, why);
}

static enum cloister_err sockets(struct shim *s, struct cloister_fault *why)
{
	struct ctl_events events = shim_ctl_events;

	events.owner = s;
	TRY(state_run_new(&s->state, s->record.name, s->record.run_dir, sizeof s->record.run_dir,
			  &s->run_fd, why));
	TRY(ctl_open(s->loop, s->run_fd, &events, &s->ctl, why));
	return uds_open(s->loop, s->run_fd, s->device, &s->relays, &s->uds, why);
}

static enum cloister_err machine(struct shim *s, struct cloister_fault *why)
{
	bool tcg = strcmp(s->accelerator.name, "tcg") == 0;
	char cmdline[LIMIT_EIF_CMDLINE + sizeof QEMU_TCG_CMDLINE];
	struct machine_events events;
	struct machine_spec spec = { .name = s->record.name, .kernel_fd = s->payload.kernel_fd,
				     .initrd_fd = s->payload.initrd_fd, .cmdline = cmdline,
				     .memory_mib = s->record.memory_mib, .cpus = s->record.cpus,
				     .accelerator = s->accelerator.name, .vsock_fd = s->vhost_fd,
				     .debug = s->options->debug, .change_user = s->change_user,
				     .uid = s->record.uid, .cgroup_procs = s->cgroup.procs_fd };

	snprintf(cmdline, sizeof cmdline, "%s%s", s->payload.cmdline, tcg ? QEMU_TCG_CMDLINE : "");
	shim_machine_events(s, &events);
	s->backend = &backend_qemu;
	TRY(s->backend->start(s->loop, &spec, &events, &s->machine, why));
	s->phase = PHASE_BOOTING;
	drop_fd(&s->vhost_fd);
	payload_close(&s->payload); /* QEMU has its own */
	snprintf(s->record.confinement, sizeof s->record.confinement, "%s",
		 s->backend->confinement(s->machine));
	timer_set(s->timer_fd, SHIM_BOOT_MS);
	return record_write(s->dir_fd, &s->record, why);
}

/* Of root's rights one is needed: QEMU is another user's process. */
static enum cloister_err privileges(struct shim *s, struct cloister_fault *why)
{
	(void)s;
	return proc_keep_capabilities(1u << CAP_KILL, why);
}

/* The going of the command that started us is heard on its channel now, and not as a signal. */
static enum cloister_err alone(struct shim *s, struct cloister_fault *why)
{
	(void)s;
	(void)why;
	proc_outlive_parent();
	return CLOISTER_OK;
}

static enum cloister_err serve(struct shim *s, struct cloister_fault *why)
{
	return ports_serve(s->ports, s->device, &s->relays, why);
}

/* clang-format off */
static enum cloister_err (*const steps[])(struct shim *, struct cloister_fault *) = {
	loop_and_timer,
	parent,
	signals,
	descriptors,
	state,
	image,       /* the gate: read, check, measure */
	memory,
	published,   /* only where the image lets the host in */
	listeners,   /* a port in use is refused here */
	user,
	accelerator,
	name,        /* from here on a failure is a record */
	logs,
	device,      /* a fork: before there is any key that it could inherit */
	identity,
	limits,
	sockets,
	machine,
	privileges,
	serve,
	alone,
	shim_walls,  /* strangers are met from the loop only, which begins now */
};
/* clang-format on */

enum cloister_err shim_start(struct shim *s, struct cloister_fault *why)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		TRY(steps[i](s, why));
	return CLOISTER_OK;
}
