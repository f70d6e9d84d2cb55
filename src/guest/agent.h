/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_AGENT_H
#define GUEST_AGENT_H

/*
 * agent.h - the parts of cloister-agent, each one file, in one event loop.
 * A part is opened at the start, while the process may still open things, and
 * lives as long as the process: nothing here is ever closed but connections.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "guest/talk.h"
#include "image/manifest.h"
#include "sys/loop.h"

/*
 * agent_nsm.c - the queue before the security module, which answers one
 * request at a time: the machine's own device, or the host's emulator.
 */
typedef void nsm_done(void *owner, enum cloister_err err, struct bytes answer,
		      const struct cloister_fault *why);
struct nsm_job;

/* Whether the machine has a device of its own; decided before /dev/nsm is made by us. */
enum cloister_err nsm_open(struct loop *l, bool *is_real_out, struct cloister_fault *why);

/* Ask; `done` is called once, later or at once. *job_out (may be NULL) is valid until then. */
enum cloister_err nsm_submit(struct bytes request, nsm_done *done, void *owner,
			     struct nsm_job **job_out, struct cloister_fault *why);
/* The owner goes away: `done` will not be called. NULL is fine. */
void nsm_forget(struct nsm_job *job);

/* agent_cuse.c - /dev/nsm where the machine has none. */
enum cloister_err cuse_open(struct loop *l, struct cloister_fault *why);

/* agent_control.c - the connection to the host, and the workload's output. */
enum cloister_err control_open(struct loop *l, struct cloister_fault *why);
enum cloister_err control_hello(struct cloister_fault *why);
/* A message of init's, with its descriptor (taken; -1 for none). */
enum cloister_err control_told(const struct talk *t, int fd, struct cloister_fault *why);

/* agent_ingress.c - the host's connections to the workload's TCP ports, as far as `ports` lets it. */
enum cloister_err ingress_open(struct loop *l, const struct manifest_ports *ports,
			       struct cloister_fault *why);

/* agent_api.c - /run/cloister.sock. `manifest` is hashed, not kept. */
enum cloister_err api_open(struct loop *l, struct bytes manifest, bool is_emulated,
			   struct cloister_fault *why);

/* The agent cannot go on: say why on the console and end; init tells the host. */
_Noreturn void agent_die(const char *where, const struct cloister_fault *why);

#endif
