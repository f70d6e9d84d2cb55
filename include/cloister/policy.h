/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOISTER_POLICY_H
#define CLOISTER_POLICY_H

/*
 * policy.h - what a caller wants to hear from evidence: which program, for which
 * nonce, on which machines, how up to date. A key that matters to every kind and
 * was neither given a value nor called `any` makes cloister_verify() fail.
 *
 * doc/policy.md has the table of keys. They are the same here, in policy files
 * and in messages.
 *
 * Threads: a policy that nobody changes any more may be shared.
 */

#include "cloister/bytes.h"
#include "cloister/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cloister_policy;

/* Nothing is said yet. Errors: CLOISTER_E_NOMEM. */
enum cloister_err cloister_policy_new(struct cloister_policy **out, struct cloister_fault *why);
void cloister_policy_free(struct cloister_policy *policy); /* NULL is fine */

/*
 * Read a policy file: YAML, of which only mappings, lists and plain values of
 * known keys are accepted. It must say kinds, nonce, user_data, public_key,
 * report_data, measurements, platforms, max_age and debug, if only as `any`. Where it
 * says `required`, the caller owes the value (cloister_policy_set()). A file that
 * it names is not opened here, and so is refused.
 *
 * Errors: CLOISTER_E_MALFORMED (with the line in the note), CLOISTER_E_LIMIT, CLOISTER_E_NOMEM.
 */
enum cloister_err cloister_policy_read(struct cloister_bytes yaml, struct cloister_policy **out,
				       struct cloister_fault *why);

/*
 * Say one thing: `key` as in doc/policy.md ("nonce", "measurements.pcr0",
 * "max_age"), `value` as a policy file would have it (hexadecimal digits, a
 * number, a word, `any`). Each key may be said once, a list once per value;
 * "measurements.NAME" belongs to the first set of registers, "measurements.2.NAME"
 * to the third.
 *
 * Errors: CLOISTER_E_USAGE (unknown key, impossible value, said twice), CLOISTER_E_LIMIT.
 */
enum cloister_err cloister_policy_set(struct cloister_policy *policy, const char *key,
				      const char *value, struct cloister_fault *why);

#ifdef __cplusplus
}
#endif

#endif
