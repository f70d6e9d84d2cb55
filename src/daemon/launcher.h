/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_LAUNCHER_H
#define DAEMON_LAUNCHER_H

/*
 * launcher.h - the half of the control plane that may start machines. It takes orders
 * (order.h) from one socket, of a server that strangers talk to, and checks each as
 * the command line checks an operator's words. It tells of every enclave of
 * the state directory, those that others started too, and outlives none of them:
 * shims go on when it ends, and the next launcher finds them.
 *
 * Not here yet: BUILD, SEAL and CHECKPOINT are refused.
 */

#include "enclave/state.h"
#include "sys/loop.h"

#define LAUNCHER_LIVES 256u /* enclaves that are watched at once; more are not started */
#define LAUNCHER_ASKS 64u   /* questions under way */

struct launcher;

/*
 * Serve `server_fd`, which is taken whatever happens, until it closes or says something
 * that it may not: `over` is called then, once, with the reason, and must not free it. `s` is borrowed;
 * STATE/built is made when it is missing.
 */
enum cloister_err launcher_new(struct loop *loop, const struct state *s, int server_fd,
			       void (*over)(void *owner, const char *reason), void *owner,
			       struct launcher **out, struct cloister_fault *why);
/* NULL is fine. Enclaves go on. */
void launcher_free(struct launcher *l);

#endif
