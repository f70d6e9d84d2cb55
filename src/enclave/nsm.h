/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_NSM_H
#define ENCLAVE_NSM_H

/*
 * nsm.h - an emulated Nitro Secure Module: 32 PCRs with locks, random bytes,
 * and attestation documents in AWS's exact format (doc/emulator.md). Requests
 * are the guest's and hostile.
 *
 * A pure state machine: no clock, file or socket. The time is an argument;
 * random bytes, the certificate chain and the signature come from a `struct
 * nsm_host`. One request at a time, from one thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "crypto/sign.h"
#include "image/measure.h"

/* "i-" 17 hex "-enc" 16 hex, and a terminator. */
#define NSM_INSTANCE_ID_LEN 19u
#define NSM_MODULE_ID_LEN (NSM_INSTANCE_ID_LEN + 4u + 16u)
#define NSM_RANDOM_LEN 256u /* bytes in one GetRandom reply */
#define NSM_LOCKED_AT_START 16u /* PCR 0..15 */

/* Who signs: views that stay good until the next call. The bundle is root first. */
struct nsm_identity {
	struct bytes certificate;
	struct bytes cabundle[LIMIT_CHAIN];
	size_t n_cabundle;
};

/* What the emulator cannot do itself. `ctx` is handed back as it is. */
struct nsm_host {
	void *ctx;
	enum cloister_err (*random)(void *ctx, uint8_t *out, size_t len,
				    struct cloister_fault *why);
	/* The chain whose leaf will sign at now_ms. */
	enum cloister_err (*identity)(void *ctx, uint64_t now_ms, struct nsm_identity *out,
				      struct cloister_fault *why);
	enum cloister_err (*sign)(void *ctx, const uint8_t digest[static SHA384_LEN],
				  uint8_t sig_out[static SIGN_SIG_LEN], struct cloister_fault *why);
};

struct nsm {
	char module_id[NSM_MODULE_ID_LEN + 1];
	uint8_t pcr[LIMIT_PCRS][PCR_LEN];
	uint32_t locked; /* bit per PCR */
	struct nsm_host host;
};

/*
 * The state at an enclave's start: PCR 0, 1, 2 and 8 of the image, or zero for
 * a debug enclave; PCR3 zero (no role); PCR4 = H(0^48 || instance id), the
 * part of `module_id` before "-enc"; all others zero; 0..15 locked.
 */
enum cloister_err nsm_init(const char *module_id, const struct measurements *image, bool is_debug,
			   struct nsm_host host, struct nsm *out, struct cloister_fault *why);

/*
 * Answer one request; `room` has LIMIT_NSM_RESPONSE bytes. *response_out is
 * always one whole reply, {"Error": …} for whatever is wrong with the request.
 * Only a failing host is not CLOISTER_OK: the guest is then told InternalError,
 * and `why` is for our own log.
 */
enum cloister_err nsm_answer(struct nsm *n, uint64_t now_ms, struct bytes request,
			     uint8_t room[static LIMIT_NSM_RESPONSE], struct bytes *response_out,
			     struct cloister_fault *why);

#endif
