/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_VSOCK_H
#define SHIM_VSOCK_H

/*
 * vsock.h - our own vhost-user vsock device (virtio 1.2 section 5.10 over the
 * vhost-user protocol), as a process that holds nothing: no files, no keys,
 * no network. The guest's rings are hostile, and so is QEMU.
 *
 * The parent owns policy. Between the two runs a SOCK_SEQPACKET channel:
 *
 *   to the device    'C' u32 port + fd   connect the guest's port; bytes of fd (a unix stream
 *                                        socket) become that connection. Refused: fd is closed
 *                    'F' u32 port + fd   the same, and when the guest accepts, "OK <host port>\n" is
 *                                        written to fd first (Firecracker's answer to CONNECT)
 *   from the device  'I' u32 port + fd   the guest connected to host port `port`; fd is the
 *                                        parent's end of a stream socket. Closing it resets
 *   from the device  'U'                 the guest's driver is up (rings enabled)
 *
 * Big-endian. Half-closes travel both ways (shutdown(2) ⇄ VIRTIO_VSOCK_OP_SHUTDOWN).
 * Credit: each connection may hold LIMIT_VSOCK_WINDOW bytes; a stalled connection
 * stalls nobody else. At most LIMIT_VSOCK_CONNS connections.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct vsock_options {
	int vhost_fd;   /* connected socket to QEMU's vhost-user front end; taken */
	int channel_fd; /* SOCK_SEQPACKET to the parent; taken */
	uint32_t guest_cid; /* 3 < cid < 2^32-1 */
	uint32_t window;    /* receive window per connection, bytes; 0 for LIMIT_VSOCK_WINDOW */
	bool confine;       /* seccomp and friends before the first byte is read */
};

/*
 * Serve until QEMU or the parent goes away. Meant as the whole life of a
 * forked child. Returns CLOISTER_OK at an orderly end.
 */
enum cloister_err vsock_serve(struct vsock_options options, struct cloister_fault *why);

#endif
