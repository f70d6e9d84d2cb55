/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_DEVICE_H
#define SHIM_DEVICE_H

/*
 * device.h - the shim's side of the vsock device (vsock.h): the process that
 * is forked for it and the channel between the two.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "sys/loop.h"
#include "sys/proc.h"

struct device;

struct device_events {
	void *owner;
	/* The guest connected to host port `port`; `fd` is the callee's. */
	void (*arrived)(void *owner, uint32_t port, int fd);
	void (*up)(void *owner); /* the guest's driver is there */
	/* Last call: the process ended, by a signal or not; one sentence. */
	void (*ended)(void *owner, bool killed, const char *reason);
};

/* Fork it. *vhost_fd_out is the socket for QEMU's end, the caller's. */
enum cloister_err device_start(struct loop *loop, const struct device_events *events,
			       struct device **out, int *vhost_fd_out, struct cloister_fault *why);
void device_free(struct device *d); /* kills it; NULL is fine */

/*
 * Connect to the guest's `port`; `fd`, a unix stream socket, becomes that
 * connection (borrowed: a copy travels). With `answer` the device writes
 * "OK PORT\n" to it when the guest accepts.
 */
enum cloister_err device_connect(struct device *d, uint32_t port, int fd, bool answer,
				 struct cloister_fault *why);

#endif
