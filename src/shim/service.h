/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_SERVICE_H
#define SHIM_SERVICE_H

/*
 * service.h - two of the ports that the shim serves itself (codec/wire.h):
 * 9000, the heartbeat, and 9001, the NSM. Connections that say anything else
 * than they should, or nothing for too long, are closed.
 */

#include "base/fault.h"
#include "enclave/nsm.h"
#include "sys/loop.h"

#define SERVICE_MAX 64u             /* connections at a time, both ports together */
#define SERVICE_IDLE_MS 10000u      /* for the heartbeat's byte and for the rest of a request */

struct service_client;

struct services {
	struct loop *loop;
	struct nsm *nsm;
	struct service_client *first;
	size_t n;
	void *owner;
	void (*beat)(void *owner);                      /* a good heartbeat */
	void (*trouble)(void *owner, const char *what); /* our own failure, for the log */
};

/* A guest's connection to either port; `fd` is taken. */
void services_beat(struct services *s, int fd);
void services_nsm(struct services *s, int fd);
void services_end(struct services *s);

#endif
