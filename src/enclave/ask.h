/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_ASK_H
#define ENCLAVE_ASK_H

/*
 * ask.h - asking the shim of a living enclave by its control socket (shim/ctl.h),
 * and waiting for its end. In a loop, or standing still.
 */

#include <sys/types.h>

#include "codec/json.h"
#include "enclave/state.h"
#include "sys/loop.h"

#define ASK_REPLY_MAX (128u << 10) /* bytes, the longest reply believed */

/*
 * A question that is under way. `answered` is called once, from the loop, and the
 * question is over then: `top` is the shim's reply when it said "ok", else JSON_NONE
 * and `why` has the shim's sentence, or what went wrong. Both are loans.
 */
struct ask;
typedef void ask_answered(void *owner, struct json top, const struct cloister_fault *why);

/* `request` is a JSON object without newline, copied. Errors: CLOISTER_E_MISSING, nobody runs there; … */
enum cloister_err ask_open(struct loop *loop, const struct state *s, const char *name, struct bytes request,
			   unsigned timeout_ms, ask_answered *answered, void *owner, struct ask **out,
			   struct cloister_fault *why);
/* Without an answer. NULL is fine. */
void ask_free(struct ask *a);

/* The same, waited for. `text` keeps the bytes that *top_out views. */
enum cloister_err enclave_ask(const struct state *s, const char *name, struct bytes request,
			      unsigned timeout_ms, struct buf *text, struct json *top_out,
			      struct cloister_fault *why);

/* The shim of a living enclave as a pidfd, -1 when nobody holds it. */
enum cloister_err enclave_shim(const struct state *s, const char *name, int *pidfd_out,
			       struct cloister_fault *why);

/*
 * Stop it and wait until its shim has ended; one that has ended already is
 * fine. grace_ms < 0 leaves the grace to the enclave.
 */
enum cloister_err enclave_stop(const struct state *s, const char *name, int64_t grace_ms,
			       struct cloister_fault *why);

/* End its shim by force and wait; the kernel ends the machine with it. */
enum cloister_err enclave_kill(const struct state *s, const char *name, struct cloister_fault *why);

#endif
