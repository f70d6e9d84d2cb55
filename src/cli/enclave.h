/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ENCLAVE_H
#define CLI_ENCLAVE_H

/* enclave.h - what the commands about running enclaves share: asking a shim, and waiting for its end. */

#include <sys/types.h>

#include "codec/json.h"
#include "enclave/state.h"

/*
 * Send one request (a JSON object, without newline) to the enclave's shim
 * (shim/ctl.h) and read its reply, which must say "ok": a refusal is a fault
 * with the shim's sentence. `text` keeps the bytes that *top_out views.
 */
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

/* "2026-11-24T10:00:00Z", or "-" for 0. */
const char *enclave_time(uint64_t unix_ms, char *out, size_t room);

#endif
