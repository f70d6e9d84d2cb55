/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_UDS_H
#define SHIM_UDS_H

/*
 * uds.h - vsock for other programs of the host, as Firecracker's users know it:
 * connect to `vsock.sock`, send "CONNECT PORT\n", read "OK …\n"; a guest's
 * connection to a port that the shim does not serve arrives at
 * `vsock.sock_PORT` when somebody listens there.
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "shim/device.h"
#include "shim/relay.h"

#define UDS_ASKING_MAX 64u   /* clients whose CONNECT line has not arrived */
#define UDS_LINE_MS 10000u   /* how long it may take */

struct uds;

/* `run_fd`, `device` and `relays` are borrowed. */
enum cloister_err uds_open(struct loop *loop, int run_fd, struct device *device,
			   struct relays *relays, struct uds **out, struct cloister_fault *why);
void uds_free(struct uds *u); /* NULL is fine */

/* A guest's connection to `port`; `fd` is taken, and closed when nobody listens. */
void uds_arrived(struct uds *u, uint32_t port, int fd);

/* "CONNECT 5000\n" exactly; the whole of it is in `line`. */
enum cloister_err uds_line_read(struct bytes line, uint32_t *port_out, struct cloister_fault *why);

#endif
