/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VSOCK_DEV_H
#define SHIM_VSOCK_DEV_H

/*
 * vsock_dev.h - the device itself: the front end's messages on one side, the
 * parent's channel on the other, the guest's rings and the connections in
 * between. vsock_serve() is this, confined, in a loop; tests turn it by hand.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "shim/vsock.h"

struct vsock_dev;

/* Takes both descriptors of `options`, also when it fails. */
enum cloister_err vsock_dev_new(struct vsock_options options, struct vsock_dev **out,
				struct cloister_fault *why);
void vsock_dev_free(struct vsock_dev *d); /* NULL is fine */
void drop_vsock_dev(struct vsock_dev **d);

/*
 * Wait at most timeout_ms (-1: for ever) for an event, then do what is due: a
 * bounded amount. *over: QEMU or the parent went away in good order and
 * everything that the guest sent was delivered, or its time was up.
 */
enum cloister_err vsock_dev_turn(struct vsock_dev *d, int timeout_ms, bool *over,
				 struct cloister_fault *why);

#endif
