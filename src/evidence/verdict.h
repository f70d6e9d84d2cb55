/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_VERDICT_H
#define EVIDENCE_VERDICT_H

/*
 * verdict.h - how the checks of this folder write into a verdict. A check is
 * answered once; what comes after the first answer is ignored, so "no" can not
 * be talked out of.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "cloister/verify.h"

struct cloister_verdict verdict_new(const char *kind);

void verdict_held(struct cloister_verdict *v, enum cloister_check c, const char *fmt, ...)
	PRINTF(3, 4);
void verdict_failed(struct cloister_verdict *v, enum cloister_check c, const char *fmt, ...)
	PRINTF(3, 4);
/* Failed, in the words of a reader's fault. */
void verdict_fault(struct cloister_verdict *v, enum cloister_check c,
		   const struct cloister_fault *why);
/* Not checked because the caller said so; `fmt` says what was passed over. */
void verdict_waived(struct cloister_verdict *v, enum cloister_check c, const char *fmt, ...)
	PRINTF(3, 4);

/* Give every check that nobody answered the reason why: the first one that failed. */
void verdict_seal(struct cloister_verdict *v);

/* Whether every check from R1 up to and including `last` held. */
bool verdict_held_to(const struct cloister_verdict *v, enum cloister_check last);

static inline struct cloister_bytes lend(struct bytes b)
{
	return (struct cloister_bytes){ b.data, b.len };
}

static inline struct bytes borrow(struct cloister_bytes b)
{
	return (struct bytes){ b.data, b.len };
}

#endif
