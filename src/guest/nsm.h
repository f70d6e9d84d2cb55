/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_NSM_H
#define GUEST_NSM_H

/*
 * nsm.h - the words of the Nitro security module as its users in the enclave
 * need them: requests out, answers in. Pure; how they travel is the caller's.
 *
 * In an emulated enclave the host answers, so every answer is a stranger's.
 * Views borrow from the answer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

/* Each writes one request into `room` (room_len bytes) and sets *out to it. */
enum cloister_err nsm_ask_random(uint8_t *room, size_t room_len, struct bytes *out,
				 struct cloister_fault *why);
enum cloister_err nsm_ask_pcr(unsigned index, uint8_t *room, size_t room_len, struct bytes *out,
			      struct cloister_fault *why);
enum cloister_err nsm_ask_extend(unsigned index, struct bytes data, uint8_t *room, size_t room_len,
				 struct bytes *out, struct cloister_fault *why);

/* Absent fields have data == NULL. */
struct nsm_fields {
	struct bytes nonce, user_data, public_key;
};
enum cloister_err nsm_ask_document(const struct nsm_fields *fields, uint8_t *room, size_t room_len,
				   struct bytes *out, struct cloister_fault *why);

/* The answers. {"Error": code} is CLOISTER_E_PEER with the code as its note. */
enum cloister_err nsm_read_random(struct bytes answer, struct bytes *random_out,
				  struct cloister_fault *why);
enum cloister_err nsm_read_pcr(struct bytes answer, struct bytes *value_out, bool *locked_out,
			       struct cloister_fault *why);
enum cloister_err nsm_read_extend(struct bytes answer, struct bytes *value_out,
				  struct cloister_fault *why);
enum cloister_err nsm_read_document(struct bytes answer, struct bytes *document_out,
				    struct cloister_fault *why);

/* What a document says about its machine. Read, not verified: the guest has no root to check against. */
struct nsm_identity {
	struct bytes module_id;
	uint64_t unix_ms; /* time of issue, milliseconds since 1970 */
	struct bytes pcrs[LIMIT_PCRS]; /* len 0 for those not in it */
};
enum cloister_err nsm_document_identity(struct bytes document, struct nsm_identity *out,
					struct cloister_fault *why);

#define NSM_SEED_MIN 32u

/*
 * The health test of two draws: each at least NSM_SEED_MIN bytes, neither one
 * value over and over, and not the same twice. It finds a source that is
 * stuck; it cannot find one that lies well.
 */
enum cloister_err nsm_seed_check(struct bytes first, struct bytes second, struct cloister_fault *why);

#endif
