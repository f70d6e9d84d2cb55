/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

/*
 * explain.h - what it means that a check did not hold, and what to do about it, in
 * plain sentences. Public: cloister_verdict_explain(). The sentences are explain.def.
 */

#include "base/mem.h"
#include "cloister/verify.h"
#include "evidence/verdict.h"

/* How a check ended, for a reader who was not there. */
enum ending {
	ENDED_FAILED = 1,
	ENDED_WAIVED,     /* the caller said `any` */
	ENDED_UNREACHED,  /* an earlier one failed */
};

/* CHECK_COUNT when there is no such id ("R18") or word ("nonce"). */
enum check check_named(const char *id_or_word);

bool explain_has_row(enum check c);

/* Onto the end of `out`, at most CLOISTER_EXPLANATION_MAX bytes. */
void explain(enum check c, enum ending ending, struct buf *out);

#endif
