/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - the list of checks and the one function that says yes. Anything
 * that was asked and that nobody looked at is a no, unless it is among the few
 * checks that a caller may waive, and this caller did.
 */

#include "evidence/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *id, *word, *question;
	bool waivable; /* may a caller say "any" */
} rules[CHECK_COUNT] = {
#define RULE(name, id, word, question, waivable) { id, word, question, waivable },
#include "evidence/rules.def"
#undef RULE
};

/*
 * Waived checks that cost nothing, because another one stands in for them; doc/rules.md
 * says which. Whatever else is waived keeps the verdict from being HIGH. R18 and R21 stand
 * in for each other.
 */
static const bool is_free[CHECK_COUNT] = {
	[CHECK_SNP_MITIGATIONS] = true, /* S22: reports before version 5 have none */
	[CHECK_SNP_GUEST_POLICY] = true, /* R15, S20: debug and migration; S23 has the rest as it is */
	[CHECK_AGE] = true,             /* R18, R21: the nonce is as fresh as its maker knows */
	[CHECK_USER_DATA] = true,       /* what the program says, not which program it is */
	[CHECK_PUBLIC_KEY] = true,
	[CHECK_REPORT_DATA] = true,     /* R18, which is not free without it */
	[CHECK_PLATFORM] = true,        /* which machine, of those that a root vouches for */
	[CHECK_PROGRAM_SVN] = true,     /* R16 names the program; where it names a signer, this is due */
};

struct cloister_verdict verdict_new(const char *kind)
{
	struct cloister_verdict v = { .kind = kind, .scratch = BUF_INIT(LIMIT_EVIDENCE_FILE) };

	v.asked[CHECK_KIND] = true;
	return v;
}

void verdict_fini(struct cloister_verdict *v)
{
	buf_fini(&v->scratch);
}

void verdict_ask(struct cloister_verdict *v, enum check first, enum check last)
{
	for (int c = (int)first; c <= (int)last; c++)
		v->asked[c] = true;
}

/* Whether it is the first answer, the one that stands. */
PRINTF(4, 0)
static bool answer(struct cloister_verdict *v, enum check c, enum cloister_finding f,
		   const char *fmt, va_list args)
{
	if (v->finding[c] != CLOISTER_UNCHECKED || v->reason[c][0])
		return false;
	v->asked[c] = true;
	v->finding[c] = f;
	vsnprintf(v->reason[c], sizeof v->reason[c], fmt, args);
	return true;
}

void verdict_held(struct cloister_verdict *v, enum check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)answer(v, c, CLOISTER_HELD, fmt, args);
	va_end(args);
}

void verdict_failed(struct cloister_verdict *v, enum check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)answer(v, c, CLOISTER_FAILED, fmt, args);
	va_end(args);
}

void verdict_tolerated(struct cloister_verdict *v, enum check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	v->tolerated[c] |= answer(v, c, CLOISTER_HELD, fmt, args);
	va_end(args);
}

bool verdict_answer(struct cloister_verdict *v, enum check c, bool held, const char *say)
{
	if (held)
		verdict_held(v, c, "%s", say);
	else
		verdict_failed(v, c, "%s", say);
	return held;
}

void verdict_fault(struct cloister_verdict *v, enum check c, const struct cloister_fault *why)
{
	char text[CLOISTER_NOTE_MAX];

	verdict_failed(v, c, "%s", cloister_fault_text(why, text, sizeof text));
}

void verdict_waived(struct cloister_verdict *v, enum check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)answer(v, c, CLOISTER_UNCHECKED, fmt, args);
	va_end(args);
	v->waived[c] = true;
}

void verdict_seal(struct cloister_verdict *v)
{
	enum check first = verdict_first_failed(v);

	for (int c = 0; c < CHECK_COUNT; c++)
		if (v->asked[c] && v->finding[c] == CLOISTER_UNCHECKED && !v->reason[c][0])
			snprintf(v->reason[c], sizeof v->reason[c], "not reached: %s (%s) failed",
				 check_id(first), check_word(first));
}

static bool is_waived(const struct cloister_verdict *v, int c)
{
	return v->finding[c] == CLOISTER_UNCHECKED && rules[c].waivable && v->waived[c];
}

bool verdict_held_to(const struct cloister_verdict *v, enum check last)
{
	for (int c = 0; c <= (int)last; c++)
		if (v->asked[c] && v->finding[c] != CLOISTER_HELD && !is_waived(v, c))
			return false;
	return true;
}

enum check verdict_first_failed(const struct cloister_verdict *v)
{
	for (int c = 0; c < CHECK_COUNT; c++)
		if (v->finding[c] == CLOISTER_FAILED)
			return (enum check)c;
	return CHECK_COUNT;
}

/* Claims are there only when somebody vouched; a verdict without any says nothing to accept. */
bool cloister_verdict_accepts(const struct cloister_verdict *v)
{
	return v && v->n_claims > 0 && v->finding[CHECK_KIND] == CLOISTER_HELD &&
	       verdict_first_failed(v) == CHECK_COUNT && verdict_held_to(v, CHECK_COUNT - 1);
}

static bool held(const struct cloister_verdict *v, enum check c)
{
	return v->finding[c] == CLOISTER_HELD;
}

/* Whether this check is why the verdict is not HIGH. */
static bool lowers(const struct cloister_verdict *v, int c)
{
	if (c == CHECK_NONCE && held(v, CHECK_REPORT_DATA))
		return false;
	return (held(v, (enum check)c) && v->tolerated[c]) || (is_waived(v, c) && !is_free[c]);
}

enum cloister_level cloister_verdict_level(const struct cloister_verdict *v)
{
	if (!cloister_verdict_accepts(v))
		return CLOISTER_LEVEL_NONE;
	if (!v->root_is_builtin || v->is_debug)
		return CLOISTER_LEVEL_LOW;
	if (!held(v, CHECK_MEASUREMENTS) || !(held(v, CHECK_NONCE) || held(v, CHECK_REPORT_DATA)))
		return CLOISTER_LEVEL_MEDIUM;
	for (int c = 0; c < CHECK_COUNT; c++)
		if (lowers(v, c))
			return CLOISTER_LEVEL_MEDIUM;
	return CLOISTER_LEVEL_HIGH;
}

const char *check_id(enum check c)
{
	return (unsigned)c < CHECK_COUNT ? rules[c].id : "R0";
}

const char *check_word(enum check c)
{
	return (unsigned)c < CHECK_COUNT ? rules[c].word : "none";
}

const char *check_question(enum check c)
{
	return (unsigned)c < CHECK_COUNT ? rules[c].question : "";
}

/* ---- Claims ---------------------------------------------------------------- */

static struct claim *new_claim(struct cloister_verdict *v, const char *name,
			       enum cloister_claim_type type)
{
	if (v->n_claims == LIMIT_CLAIMS || verdict_claim(v, name))
		return NULL;
	v->claims[v->n_claims] = (struct claim){ .name = name, .type = type };
	return &v->claims[v->n_claims++];
}

static void loan(struct cloister_verdict *v, const char *name, enum cloister_claim_type type,
		 struct bytes b)
{
	struct claim *c = b.data ? new_claim(v, name, type) : NULL;

	if (c)
		c->loan = b;
}

static void copy(struct cloister_verdict *v, const char *name, enum cloister_claim_type type,
		 struct bytes b)
{
	if (b.len > sizeof v->room - v->room_used)
		return;
	struct claim *c = new_claim(v, name, type);
	if (!c)
		return;
	c->kept = true;
	c->at = v->room_used;
	c->len = b.len;
	if (b.len)
		memcpy(v->room + c->at, b.data, b.len);
	v->room_used += b.len;
}

static void number(struct cloister_verdict *v, const char *name, enum cloister_claim_type type,
		   uint64_t n)
{
	struct claim *c = new_claim(v, name, type);

	if (c)
		c->number = n;
}

void verdict_claim_bytes(struct cloister_verdict *v, const char *name, struct bytes b)
{
	loan(v, name, CLOISTER_CLAIM_BYTES, b);
}

void verdict_claim_text(struct cloister_verdict *v, const char *name, struct bytes utf8)
{
	loan(v, name, CLOISTER_CLAIM_TEXT, utf8);
}

void verdict_claim_bytes_copy(struct cloister_verdict *v, const char *name, struct bytes b)
{
	copy(v, name, CLOISTER_CLAIM_BYTES, b);
}

void verdict_claim_text_copy(struct cloister_verdict *v, const char *name, const char *text)
{
	copy(v, name, CLOISTER_CLAIM_TEXT, bytes_text(text));
}

void verdict_claim_u64(struct cloister_verdict *v, const char *name, uint64_t n)
{
	number(v, name, CLOISTER_CLAIM_NUMBER, n);
}

void verdict_claim_time(struct cloister_verdict *v, const char *name, uint64_t unix_s)
{
	number(v, name, CLOISTER_CLAIM_TIME, unix_s);
}

void verdict_claim_bool(struct cloister_verdict *v, const char *name, bool yes)
{
	number(v, name, CLOISTER_CLAIM_BOOL, yes);
}

const struct claim *verdict_claim(const struct cloister_verdict *v, const char *name)
{
	for (size_t i = 0; i < v->n_claims; i++)
		if (strcmp(v->claims[i].name, name) == 0)
			return &v->claims[i];
	return NULL;
}

struct bytes claim_bytes(const struct cloister_verdict *v, const struct claim *c)
{
	return c->kept ? bytes_of(v->room + c->at, c->len) : c->loan;
}

/* ---- What the public may ask ------------------------------------------------ */

const char *cloister_verdict_kind(const struct cloister_verdict *v)
{
	return v->kind;
}

bool cloister_verdict_root_is_builtin(const struct cloister_verdict *v)
{
	return v->root_is_builtin;
}

static struct cloister_answer answer_of(const struct cloister_verdict *v, int c)
{
	return (struct cloister_answer){
		.id = rules[c].id,
		.name = rules[c].word,
		.question = rules[c].question,
		.reason = v->reason[c],
		.finding = v->finding[c],
		.is_waived = is_waived(v, c),
		.lowers_level = lowers(v, c),
	};
}

bool cloister_verdict_answer(const struct cloister_verdict *v, size_t index,
			     struct cloister_answer *out)
{
	for (int c = 0; c < CHECK_COUNT; c++) {
		if (!v->asked[c] || index-- > 0)
			continue;
		*out = answer_of(v, c);
		return true;
	}
	return false;
}

bool cloister_verdict_refusal(const struct cloister_verdict *v, struct cloister_answer *out)
{
	enum check first = verdict_first_failed(v);

	if (first == CHECK_COUNT)
		return false;
	*out = answer_of(v, (int)first);
	return true;
}

static bool tell_claim(const struct cloister_verdict *v, const struct claim *c, struct cloister_claim *out)
{
	if (!c)
		return false;
	*out = (struct cloister_claim){
		.name = c->name,
		.type = c->type,
		.bytes = lend(claim_bytes(v, c)),
		.number = c->number,
	};
	return true;
}

bool cloister_verdict_claim(const struct cloister_verdict *v, size_t index,
			    struct cloister_claim *out)
{
	return tell_claim(v, index < v->n_claims ? &v->claims[index] : NULL, out);
}

bool cloister_verdict_claim_named(const struct cloister_verdict *v, const char *name,
				  struct cloister_claim *out)
{
	return tell_claim(v, verdict_claim(v, name), out);
}

/* ---- The event log ---------------------------------------------------------- */

_Static_assert(CLOISTER_EVENT_TEXT_MAX == EVENT_TEXT_MAX && CLOISTER_EVENT_LABEL_MAX == EVENT_LABEL_MAX,
	       "texts are handed on whole");

static const char *const log_registers[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

bool cloister_verdict_register(const struct cloister_verdict *v, size_t index,
			       struct cloister_register *out)
{
	if (!v->has_log || index >= CCEL_RTMRS)
		return false;
	*out = (struct cloister_register){ .name = log_registers[index + 1],
					   .n_events = v->log.n_extended[index],
					   .is_reproduced = v->reproduced[index] };
	memcpy(out->replayed, v->log.rtmr[index], sizeof out->replayed);
	return true;
}

bool cloister_verdict_next_event(const struct cloister_verdict *v, size_t *at,
				 struct cloister_event *out)
{
	struct log_event e;

	if (!event_log_next(&v->log, at, &e)) /* one that was not read has no events */
		return false;
	*out = (struct cloister_event){ .reg = log_registers[e.reg], .type = e.type,
					.type_name = event_log_type_name(&v->log, e.type) };
	out->is_measured = e.is_extended && v->reproduced[e.reg - 1]; /* nothing extends MRTD */
	out->is_proven = out->is_measured && e.proof == CCEL_PROVEN;
	memcpy(out->digest, e.digest, sizeof out->digest);
	memcpy(out->text, e.text, sizeof out->text);
	memcpy(out->label, e.label, sizeof out->label);
	return true;
}

const char *cloister_finding_name(enum cloister_finding finding)
{
	return finding == CLOISTER_HELD	  ? "held" :
	       finding == CLOISTER_FAILED ? "failed" :
					    "not checked";
}

const char *cloister_level_name(enum cloister_level level)
{
	return level == CLOISTER_LEVEL_HIGH   ? "HIGH" :
	       level == CLOISTER_LEVEL_MEDIUM ? "MEDIUM" :
	       level == CLOISTER_LEVEL_LOW    ? "LOW" :
						"NONE";
}
