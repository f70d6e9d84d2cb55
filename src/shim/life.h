/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_LIFE_H
#define SHIM_LIFE_H

/*
 * life.h - everything one shim holds, shared by start.c, which acquires it, and
 * shim.c, which lives with it.
 */

#include "enclave/backend.h"
#include "enclave/emulator.h"
#include "enclave/kvmprobe.h"
#include "enclave/nsm.h"
#include "enclave/record.h"
#include "enclave/state.h"
#include "shim/control.h"
#include "shim/ctl.h"
#include "shim/device.h"
#include "enclave/log.h"
#include "shim/parent.h"
#include "shim/payload.h"
#include "shim/ports.h"
#include "shim/relay.h"
#include "shim/service.h"
#include "shim/shim.h"
#include "shim/uds.h"
#include "sys/cgroup.h"

enum phase {
	PHASE_STARTING = 0, /* nothing kept yet: a failure is a refusal */
	PHASE_KEPT,         /* name and record exist */
	PHASE_BOOTING,      /* the machine runs, the agent is not there */
	PHASE_GREETED,      /* the agent is there, the workload is not */
	PHASE_RUNNING,
	PHASE_EXITED,       /* the workload ended, the machine is about to */
	PHASE_ENDING,       /* the outcome is decided, the machine is being killed */
	PHASE_OVER,
};

struct shim {
	const struct shim_options *options;
	enum phase phase;
	struct loop *loop;
	int signal_fd, timer_fd;
	struct watch on_signal, on_timer;
	struct parent parent;

	struct state state;
	int dir_fd, lock_fd, run_fd; /* STATE/enclaves/NAME, its hold, RUN/NAME */
	int uid_fd;                  /* the claim on QEMU's user id */
	bool change_user;
	struct record record;
	struct log log, console;
	char last_line[160]; /* of the console, printable */
	size_t last_line_len;
	bool last_line_whole;

	struct payload payload;
	struct accelerator accelerator;
	struct cgroup cgroup;
	struct emulator emulator;
	struct nsm nsm;

	struct device *device;
	int vhost_fd;
	const struct backend *backend;
	struct machine *machine;
	struct control control;
	struct services services;
	struct relays relays;
	struct ports *ports;
	struct uds *uds;
	struct ctl *ctl;
	char suspicion[160]; /* something is gone; why, somebody else may know in a moment */
	unsigned stops; /* how often a stop was asked for */
	bool pausing;   /* the machine was asked to stop or go on, and has not said so */
};

/* start.c: acquire everything, in order; on failure `s` holds what it got. */
enum cloister_err shim_start(struct shim *s, struct cloister_fault *why);

/* walls.c: from here on only what a living enclave needs. */
enum cloister_err shim_walls(struct shim *s, struct cloister_fault *why);

/* shim.c: the callbacks that start.c hooks up. */
extern const struct ctl_events shim_ctl_events;
void shim_signal(struct watch *w, uint32_t events);
void shim_timer(struct watch *w, uint32_t events);
void shim_hook(struct shim *s);
void shim_device_events(struct shim *s, struct device_events *out);
void shim_machine_events(struct shim *s, struct machine_events *out);
void shim_event(struct shim *s, const char *fmt, ...) PRINTF(2, 3); /* into the log */

#endif
