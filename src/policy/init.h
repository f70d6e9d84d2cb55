/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_INIT_H
#define POLICY_INIT_H

/*
 * init.h - write a policy file from evidence that was accepted: what was seen becomes
 * what is expected, with a remark at each key. A start for a person, who alone
 * knows whether what was seen is what should run.
 */

#include "base/mem.h"
#include "cloister/verify.h"

/* Errors: CLOISTER_E_USAGE (the verdict does not accept), CLOISTER_E_NOMEM, CLOISTER_E_LIMIT. */
enum cloister_err policy_init(const struct cloister_verdict *v, struct buf *out,
			      struct cloister_fault *why);

#endif
