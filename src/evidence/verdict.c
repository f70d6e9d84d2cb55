/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - the list of checks and the one function that says yes. Anything
 * that nobody looked at is a no, unless it is among the few checks that a
 * caller may waive, and this caller did.
 */

#include "evidence/verdict.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *id, *name, *question;
	bool waivable; /* may a caller say "any" */
} checks[CLOISTER_CHECK_COUNT] = {
	[CLOISTER_CHECK_SIZE] = { "R1", "size", "the document is not empty and not larger than 32 KiB",
				  false },
	[CLOISTER_CHECK_ENVELOPE] = { "R2", "envelope",
				      "it is one strict COSE_Sign1 with nothing left over", false },
	[CLOISTER_CHECK_ALGORITHM] = { "R3", "algorithm",
				       "it is signed with ES384 and has no other header", false },
	[CLOISTER_CHECK_PAYLOAD] = { "R4", "payload", "the payload is one strictly encoded map",
				     false },
	[CLOISTER_CHECK_MEMBERS] = { "R5", "members",
				     "every member is there once and within its bounds", false },
	[CLOISTER_CHECK_ROOT] = { "R6", "root", "the first certificate is a root we were given",
				  false },
	[CLOISTER_CHECK_CERTIFICATES] = { "R7", "certificates",
					  "each certificate is P-384, version 3, strict DER", false },
	[CLOISTER_CHECK_PATH] = { "R8", "path", "authorities may sign and the leaf may only speak",
				  false },
	[CLOISTER_CHECK_NAMES] = { "R9", "names", "each issuer is the subject above it", false },
	[CLOISTER_CHECK_VALIDITY] = { "R10", "certificate-validity",
				      "each certificate is valid at the chosen time", false },
	[CLOISTER_CHECK_CHAIN] = { "R11", "chain", "each certificate is signed by the one above it",
				   false },
	[CLOISTER_CHECK_SIGNATURE] = { "R12", "signature",
				       "the leaf signed exactly the bytes that were read", false },
	[CLOISTER_CHECK_TIMESTAMP] = { "R13", "timestamp", "it was not made in the future", false },
	[CLOISTER_CHECK_AGE] = { "R14", "age", "it is not older than allowed", true },
	[CLOISTER_CHECK_DEBUG] = { "R15", "debug", "it is not from a debug enclave", true },
	[CLOISTER_CHECK_MEASUREMENTS] = { "R16", "measurements", "the program is the one expected",
					  true },
	[CLOISTER_CHECK_INSTANCE] = { "R17", "instance", "PCR4 is the instance that module_id names",
				      false },
	[CLOISTER_CHECK_NONCE] = { "R18", "nonce", "it was made for this nonce", true },
	[CLOISTER_CHECK_USER_DATA] = { "R19", "user-data", "the user data are those expected", true },
	[CLOISTER_CHECK_PUBLIC_KEY] = { "R20", "public-key", "the public key is the one expected",
					true },
};

struct cloister_verdict verdict_new(const char *kind)
{
	return (struct cloister_verdict){ .kind = kind };
}

PRINTF(4, 0)
static void answer(struct cloister_verdict *v, enum cloister_check c, enum cloister_finding f,
		   const char *fmt, va_list args)
{
	if (v->finding[c] != CLOISTER_UNCHECKED || v->reason[c][0])
		return;
	v->finding[c] = f;
	vsnprintf(v->reason[c], sizeof v->reason[c], fmt, args);
}

void verdict_held(struct cloister_verdict *v, enum cloister_check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	answer(v, c, CLOISTER_HELD, fmt, args);
	va_end(args);
}

void verdict_failed(struct cloister_verdict *v, enum cloister_check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	answer(v, c, CLOISTER_FAILED, fmt, args);
	va_end(args);
}

void verdict_fault(struct cloister_verdict *v, enum cloister_check c,
		   const struct cloister_fault *why)
{
	char text[CLOISTER_NOTE_MAX];

	verdict_failed(v, c, "%s", cloister_fault_text(why, text, sizeof text));
}

void verdict_waived(struct cloister_verdict *v, enum cloister_check c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	answer(v, c, CLOISTER_UNCHECKED, fmt, args);
	va_end(args);
	v->waived |= 1u << c;
}

void verdict_seal(struct cloister_verdict *v)
{
	enum cloister_check first = cloister_verdict_first_failed(v);

	for (int c = 0; c < CLOISTER_CHECK_COUNT; c++)
		if (v->finding[c] == CLOISTER_UNCHECKED && !v->reason[c][0])
			snprintf(v->reason[c], sizeof v->reason[c], "not reached: %s (%s) failed",
				 cloister_check_id(first), cloister_check_name(first));
}

bool verdict_held_to(const struct cloister_verdict *v, enum cloister_check last)
{
	for (int c = 0; c <= (int)last; c++)
		if (v->finding[c] != CLOISTER_HELD)
			return false;
	return true;
}

bool cloister_verdict_accepts(const struct cloister_verdict *v)
{
	for (int c = 0; c < CLOISTER_CHECK_COUNT; c++) {
		bool waived = v->finding[c] == CLOISTER_UNCHECKED && checks[c].waivable &&
			      (v->waived >> c & 1);
		if (v->finding[c] != CLOISTER_HELD && !waived)
			return false;
	}
	return true;
}

enum cloister_level cloister_verdict_level(const struct cloister_verdict *v)
{
	if (!cloister_verdict_accepts(v))
		return CLOISTER_LEVEL_NONE;
	if (!v->claims.root_is_builtin || v->claims.is_debug)
		return CLOISTER_LEVEL_LOW;
	if (v->finding[CLOISTER_CHECK_NONCE] != CLOISTER_HELD ||
	    v->finding[CLOISTER_CHECK_MEASUREMENTS] != CLOISTER_HELD)
		return CLOISTER_LEVEL_MEDIUM;
	return CLOISTER_LEVEL_HIGH;
}

enum cloister_check cloister_verdict_first_failed(const struct cloister_verdict *v)
{
	for (int c = 0; c < CLOISTER_CHECK_COUNT; c++)
		if (v->finding[c] == CLOISTER_FAILED)
			return (enum cloister_check)c;
	return CLOISTER_CHECK_COUNT;
}

const char *cloister_check_id(enum cloister_check check)
{
	return (unsigned)check < CLOISTER_CHECK_COUNT ? checks[check].id : "R0";
}

const char *cloister_check_name(enum cloister_check check)
{
	return (unsigned)check < CLOISTER_CHECK_COUNT ? checks[check].name : "none";
}

const char *cloister_check_question(enum cloister_check check)
{
	return (unsigned)check < CLOISTER_CHECK_COUNT ? checks[check].question : "";
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
