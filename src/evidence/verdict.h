/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_VERDICT_H
#define EVIDENCE_VERDICT_H

/*
 * verdict.h - how the checks of this folder write into a verdict. A kind first
 * says which checks are asked of it; each is answered once, and what comes after
 * the first answer is ignored, so "no" can not be talked out of. Claims are
 * appended only after it is known who speaks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cloister/verify.h"
#include "evidence/event_log.h"

enum check {
#define RULE(name, id, word, question, waivable) CHECK_##name,
#include "evidence/rules.def"
#undef RULE
	CHECK_COUNT
};

struct claim {
	const char *name; /* static */
	enum cloister_claim_type type;
	struct bytes loan;  /* of the evidence; only when `kept` is false */
	bool kept;          /* the value lies in the verdict's own room, `len` bytes from `at` */
	size_t at, len;
	uint64_t number;    /* numbers, times and truth values */
};

struct cloister_verdict {
	const char *kind;
	bool asked[CHECK_COUNT];
	enum cloister_finding finding[CHECK_COUNT];
	bool waived[CHECK_COUNT];
	bool tolerated[CHECK_COUNT]; /* held, but only as far as the caller lets it */
	char reason[CHECK_COUNT][CLOISTER_NOTE_MAX]; /* one sentence; may be "" when held */
	bool root_is_builtin; /* as the judges found */
	bool is_debug;
	size_t n_claims;
	struct claim claims[LIMIT_CLAIMS];
	struct buf scratch; /* evidence that had to be decoded; claims may lie in it */
	size_t room_used;
	uint8_t room[LIMIT_CLAIM_BYTES]; /* values that no evidence holds as they are */
	bool has_log;               /* one was read, whether it leads to the registers or not */
	struct event_log log;       /* a loan */
	bool reproduced[CCEL_RTMRS]; /* it leads to this register of evidence that held */
};

struct cloister_verdict verdict_new(const char *kind);
void verdict_fini(struct cloister_verdict *v);

/* These checks, from `first` to `last` in the order of rules.def, are asked. */
void verdict_ask(struct cloister_verdict *v, enum check first, enum check last);

void verdict_held(struct cloister_verdict *v, enum check c, const char *fmt, ...) PRINTF(3, 4);
void verdict_failed(struct cloister_verdict *v, enum check c, const char *fmt, ...) PRINTF(3, 4);
/* One or the other, with a sentence; returns `held`. */
bool verdict_answer(struct cloister_verdict *v, enum check c, bool held, const char *say);
/* Failed, in the words of a reader's fault. */
void verdict_fault(struct cloister_verdict *v, enum check c, const struct cloister_fault *why);
/*
 * Held, but less was compared than could be, or something was found that the caller
 * tolerates: accepted, and never HIGH. `fmt` says what is missing.
 */
void verdict_tolerated(struct cloister_verdict *v, enum check c, const char *fmt, ...) PRINTF(3, 4);
/* Not checked because the caller said so; `fmt` says what was passed over. */
void verdict_waived(struct cloister_verdict *v, enum check c, const char *fmt, ...) PRINTF(3, 4);

/* Give every check that nobody answered the reason why: the first one that failed. */
void verdict_seal(struct cloister_verdict *v);

/* Whether every check asked, up to and including `last`, held or was waived. */
bool verdict_held_to(const struct cloister_verdict *v, enum check last);

/* The first check that failed, or CHECK_COUNT. */
enum check verdict_first_failed(const struct cloister_verdict *v);

const char *check_id(enum check c);
const char *check_word(enum check c);
const char *check_question(enum check c);

/* ---- Claims. A name that is there already is not appended again. ---------- */

/* A loan: the evidence outlives the verdict's use. Absent (data == NULL) is not appended. */
void verdict_claim_bytes(struct cloister_verdict *v, const char *name, struct bytes b);
void verdict_claim_text(struct cloister_verdict *v, const char *name, struct bytes utf8);
/* Copies, for what does not lie in the evidence. */
void verdict_claim_bytes_copy(struct cloister_verdict *v, const char *name, struct bytes b);
void verdict_claim_text_copy(struct cloister_verdict *v, const char *name, const char *text);
void verdict_claim_u64(struct cloister_verdict *v, const char *name, uint64_t n);
void verdict_claim_time(struct cloister_verdict *v, const char *name, uint64_t unix_s);
void verdict_claim_bool(struct cloister_verdict *v, const char *name, bool yes);

/* The claim of that name, or NULL; and its bytes wherever they lie. */
const struct claim *verdict_claim(const struct cloister_verdict *v, const char *name);
struct bytes claim_bytes(const struct cloister_verdict *v, const struct claim *c);

static inline struct cloister_bytes lend(struct bytes b)
{
	return (struct cloister_bytes){ b.data, b.len };
}

static inline struct bytes borrow(struct cloister_bytes b)
{
	return (struct bytes){ b.data, b.len };
}

#endif
