/* SPDX-License-Identifier: Apache-2.0 */
/* score.c - which check counts for what, what that is worth, and what follows. doc/api.md, "Scores". */

#include "daemon/score.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

enum part { PART_NONE, PART_PCRS, PART_CHAIN, PART_TIMESTAMP, PART_SIGNATURE, PART_NONCE, PARTS };

/* Points of ERC-8004's proposal for TEEs. */
static const unsigned worth[PARTS] = {
	[PART_PCRS] = 40, [PART_CHAIN] = 20, [PART_TIMESTAMP] = 15, [PART_SIGNATURE] = 15, [PART_NONCE] = 10,
};

#define REFUSED_MOST 39u /* "less than 40: significant problems" */
#define MEDIUM_RISK 11u  /* published: above 10 is MEDIUM, … */
#define LOW_RISK 31u     /* … above 30 is LOW */

/*
 * What a rule counts for; a part holds when it has a decisive check that held, and none that
 * failed or was not reached. Rules that are not here make a verdict or break it.
 */
static const struct {
	const char *id;
	enum part part;
	bool is_decisive;
} rules[] = {
	{ "R15", PART_PCRS, false },	 { "R16", PART_PCRS, true },	  { "R17", PART_PCRS, false },
	{ "G4", PART_PCRS, false },	 { "G5", PART_PCRS, false },	  { "A7", PART_PCRS, false },
	{ "R6", PART_CHAIN, true },	 { "R7", PART_CHAIN, false },	  { "R8", PART_CHAIN, false },
	{ "R9", PART_CHAIN, false },	 { "R11", PART_CHAIN, true },	  { "S5", PART_CHAIN, false },
	{ "S6", PART_CHAIN, false },	 { "S7", PART_CHAIN, true },	  { "S8", PART_CHAIN, false },
	{ "S9", PART_CHAIN, false },	 { "S11", PART_CHAIN, true },	  { "S12", PART_CHAIN, false },
	{ "S13", PART_CHAIN, false },	 { "S14", PART_CHAIN, false },	  { "S15", PART_CHAIN, false },
	{ "D4", PART_CHAIN, false },	 { "D5", PART_CHAIN, true },	  { "D6", PART_CHAIN, false },
	{ "D7", PART_CHAIN, false },	 { "D9", PART_CHAIN, true },	  { "D10", PART_CHAIN, false },
	{ "D11", PART_CHAIN, false },	 { "D13", PART_CHAIN, false },	  { "T3", PART_CHAIN, false },
	{ "T4", PART_CHAIN, false },	 { "T5", PART_CHAIN, true },	  { "T6", PART_CHAIN, true },
	{ "G2", PART_CHAIN, false },	 { "R10", PART_TIMESTAMP, true }, { "R13", PART_TIMESTAMP, true },
	{ "R14", PART_TIMESTAMP, false }, { "S10", PART_TIMESTAMP, true }, { "D8", PART_TIMESTAMP, true },
	{ "D15", PART_TIMESTAMP, false }, { "D18", PART_TIMESTAMP, false }, { "T8", PART_TIMESTAMP, true },
	{ "R12", PART_SIGNATURE, true }, { "S16", PART_SIGNATURE, true }, { "D14", PART_SIGNATURE, false },
	{ "D17", PART_SIGNATURE, false }, { "D19", PART_SIGNATURE, false }, { "D20", PART_SIGNATURE, false },
	{ "D22", PART_SIGNATURE, true }, { "A4", PART_SIGNATURE, false }, { "A6", PART_SIGNATURE, false },
	{ "T7", PART_SIGNATURE, true },	 { "G3", PART_SIGNATURE, false }, { "R18", PART_NONCE, true },
	{ "R21", PART_NONCE, true },	 { "T12", PART_NONCE, false },
};

struct parts {
	bool has[PARTS], lacks[PARTS];
};

static void count(struct parts *p, const struct cloister_answer *a)
{
	size_t i = 0;

	while (i < sizeof rules / sizeof *rules && strcmp(rules[i].id, a->id) != 0)
		i++;
	if (i == sizeof rules / sizeof *rules)
		return;
	switch (a->finding) {
	case CLOISTER_HELD:
		p->has[rules[i].part] |= rules[i].is_decisive;
		break;
	case CLOISTER_FAILED:
		p->lacks[rules[i].part] = true;
		break;
	default:
		p->lacks[rules[i].part] |= !a->is_waived;
	}
}

static void tell(struct strv *list, const char *fmt, ...) PRINTF(2, 3);
static void tell(struct strv *list, const char *fmt, ...)
{
	char *line = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&line, fmt, args) < 0)
		line = NULL;
	va_end(args);
	strv_take(list, line);
}

static bool is_debug(const struct cloister_verdict *v)
{
	struct cloister_claim c;

	return cloister_verdict_claim_named(v, "debug", &c) && c.number;
}

static struct parts count_all(const struct cloister_verdict *v, struct score *s)
{
	struct cloister_answer a;
	struct parts p = { 0 };

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++) {
		count(&p, &a);
		if (a.finding == CLOISTER_FAILED)
			tell(&s->errors, "%s (%s) failed: %s", a.id, a.name, a.reason);
	}
	p.lacks[PART_PCRS] |= is_debug(v); /* a debug enclave's program can be changed */
	return p;
}

static unsigned points(const struct score *s)
{
	return s->pcrs * worth[PART_PCRS] + s->chain * worth[PART_CHAIN] + s->timestamp * worth[PART_TIMESTAMP] +
	       s->signature * worth[PART_SIGNATURE] + s->nonce * worth[PART_NONCE];
}

/* The verdict's level, and never HIGH without what HIGH stands for. */
static enum cloister_level level(const struct score_input *in, const struct score *s)
{
	enum cloister_level l = cloister_verdict_level(in->verdict);
	bool is_high = s->pcrs && s->chain && s->timestamp && s->signature &&
		       cloister_verdict_root_is_builtin(in->verdict);

	if (in->is_emulated && l > CLOISTER_LEVEL_LOW)
		return CLOISTER_LEVEL_LOW;
	return l == CLOISTER_LEVEL_HIGH && !is_high ? CLOISTER_LEVEL_MEDIUM : l;
}

static unsigned risk(const struct score *s)
{
	unsigned least = s->level == CLOISTER_LEVEL_HIGH   ? 0 :
			 s->level == CLOISTER_LEVEL_MEDIUM ? MEDIUM_RISK :
							     LOW_RISK;
	unsigned r = 100 - s->integrity;

	return r < least ? least : r;
}

static void advise(const struct score_input *in, struct score *s)
{
	struct cloister_answer a;

	if (!s->is_valid)
		tell(&s->recommendations, "Send this enclave nothing that it must not give away");
	for (size_t i = 0; cloister_verdict_answer(in->verdict, i, &a); i++) {
		char text[CLOISTER_NOTE_MAX + 8];
		snprintf(text, sizeof text, "%s", a.reason[0] ? a.reason : a.question);
		if (a.finding == CLOISTER_FAILED)
			tell(&s->recommendations, "Find out why %s (%s) failed: %s", a.id, a.name, text);
		else if (s->is_valid && a.lowers_level)
			tell(&s->recommendations, "Consider %s (%s), which was let pass: %s", a.id, a.name, text);
	}
	if (in->is_emulated)
		tell(&s->recommendations, "The local emulator made this evidence: it is for development, use enclave hardware for secrets");
	if (is_debug(in->verdict))
		tell(&s->recommendations, "Start the enclave without debug: its host can read and change it now");
	if (in->nonce == SCORE_NONCE_SERVER)
		tell(&s->recommendations, "Send a nonce of your own: only then do you know that the evidence was made for you");
	if (in->nonce == SCORE_NONCE_NONE)
		tell(&s->recommendations, "Ask for evidence with a nonce of your own: this may have been made for somebody else, or long ago");
}

enum cloister_err score_of(const struct score_input *in, struct score *out, struct cloister_fault *why)
{
	struct score s = { 0 };

	if (in->verdict) {
		struct parts p = count_all(in->verdict, &s);

		s.is_valid = cloister_verdict_accepts(in->verdict);
		s.pcrs = p.has[PART_PCRS] && !p.lacks[PART_PCRS];
		s.chain = p.has[PART_CHAIN] && !p.lacks[PART_CHAIN];
		s.timestamp = p.has[PART_TIMESTAMP] && !p.lacks[PART_TIMESTAMP];
		s.signature = p.has[PART_SIGNATURE] && !p.lacks[PART_SIGNATURE];
		s.nonce = p.has[PART_NONCE] && !p.lacks[PART_NONCE] && in->nonce == SCORE_NONCE_CLIENT;
		s.level = level(in, &s);
		s.integrity = points(&s);
		if (!s.is_valid && s.integrity > REFUSED_MOST)
			s.integrity = REFUSED_MOST;
		advise(in, &s);
	}
	s.risk = risk(&s);
	if (s.level >= CLOISTER_LEVEL_MEDIUM)
		s.compliance = in->operator_says;
	if (s.errors.failed || s.recommendations.failed) {
		score_fini(&s);
		return fail(why, CLOISTER_E_NOMEM, "score", "out of memory");
	}
	*out = s;
	return CLOISTER_OK;
}

void score_fini(struct score *s)
{
	strv_fini(&s->recommendations);
	strv_fini(&s->errors);
}

const char *score_level_name(const struct score *s)
{
	return s->level == CLOISTER_LEVEL_NONE ? "LOW" : cloister_level_name(s->level);
}
