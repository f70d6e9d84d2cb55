/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_EXPECT_H
#define EVIDENCE_EXPECT_H

/* expect.h - what the caller wants to hear, against what the document says: R13 to R20. */

#include "evidence/nitro.h"
#include "evidence/verdict.h"

/* Whether everything was said and is possible: CLOISTER_E_USAGE otherwise. */
enum cloister_err expect_ready(const struct cloister_expect *e, struct cloister_fault *why);

/* Answer R13 to R20 about a document whose signature has held. */
enum cloister_err expect_check(const struct cloister_expect *e, const struct nitro_doc *d,
			       uint64_t now_s, struct cloister_verdict *v,
			       struct cloister_fault *why);

/* Whether PCR0, 1 or 2 is zero, as in debug mode. */
bool expect_is_debug(const struct nitro_doc *d);

#endif
