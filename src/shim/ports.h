/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_PORTS_H
#define SHIM_PORTS_H

/*
 * ports.h - published TCP ports: listener here, vsock port 9100 there. A
 * client's connection is asked for with the guest's port number; when the
 * guest answers 0 the two are relayed, else the client is reset.
 *
 * Opened before anything is booted, so that a port in use is a refusal.
 */

#include "base/fault.h"
#include "enclave/publish.h"
#include "shim/device.h"
#include "shim/relay.h"

#define PORTS_ASKING_MAX 256u  /* clients that the guest has not answered yet */
#define PORTS_RELAYS_MAX 900u  /* connections at a time; the device takes 1024 */
#define PORTS_ANSWER_MS 30000u

struct ports;

/* Bind `n` ports; a host port of 0 is replaced by the one that was free. */
enum cloister_err ports_open(struct loop *loop, struct publish *published, size_t n,
			     struct ports **out, struct cloister_fault *why);
/* Take clients from now on. */
enum cloister_err ports_serve(struct ports *p, struct device *device, struct relays *relays,
			      struct cloister_fault *why);
/* Take no more; what is open goes on. */
void ports_close(struct ports *p);
void ports_free(struct ports *p); /* NULL is fine */

#endif
