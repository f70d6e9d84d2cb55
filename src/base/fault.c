/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c - failures, worded once. Never prints, never allocates. */

#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const err_names[] = {
	[CLOISTER_OK] = "ok",
	[CLOISTER_E_USAGE] = "usage",
	[CLOISTER_E_MALFORMED] = "malformed",
	[CLOISTER_E_UNSUPPORTED] = "unsupported",
	[CLOISTER_E_LIMIT] = "limit",
	[CLOISTER_E_MISSING] = "missing",
	[CLOISTER_E_NOMEM] = "nomem",
	[CLOISTER_E_SYSTEM] = "system",
	[CLOISTER_E_PEER] = "peer",
	[CLOISTER_E_TIMEOUT] = "timeout",
};

const char *cloister_err_name(enum cloister_err err)
{
	if ((size_t)err >= sizeof err_names / sizeof *err_names)
		return "unknown";
	return err_names[err];
}

const char *cloister_fault_text(const struct cloister_fault *why, char *out, size_t size)
{
	const char *what = why->what ? why->what : cloister_err_name(why->err);
	const char *colon = why->note[0] ? ": " : "";
	char reason[64] = "";

	/* Thread-safe in glibc since 2.32 and in musl, whose strerror_r() differ. */
	if (why->err == CLOISTER_E_SYSTEM && why->sys)
		snprintf(reason, sizeof reason, ": %s", strerror(why->sys));
	if (why->err == CLOISTER_E_MALFORMED && why->at != CLOISTER_NOWHERE)
		snprintf(out, size, "%s at byte %zu%s%s", what, why->at, colon, why->note);
	else
		snprintf(out, size, "%s%s%s%s", what, colon, why->note, reason);
	return out;
}

static PRINTF(3, 0) enum cloister_err fill(struct cloister_fault *why, struct cloister_fault f,
					   const char *fmt, va_list args)
{
	if (!why)
		return f.err;
	vsnprintf(f.note, sizeof f.note, fmt, args);
	*why = f;
	return f.err;
}

enum cloister_err fail(struct cloister_fault *why, enum cloister_err err, const char *what,
		       const char *fmt, ...)
{
	struct cloister_fault f = { .err = err, .at = CLOISTER_NOWHERE, .what = what };
	va_list args;

	va_start(args, fmt);
	err = fill(why, f, fmt, args);
	va_end(args);
	return err;
}

enum cloister_err fail_sys(struct cloister_fault *why, const char *what, const char *fmt, ...)
{
	struct cloister_fault f = { .err = CLOISTER_E_SYSTEM, .sys = errno, .what = what };
	va_list args;

	va_start(args, fmt);
	enum cloister_err err = fill(why, f, fmt, args);
	va_end(args);
	return err;
}

enum cloister_err fail_at(struct cloister_fault *why, size_t at, const char *what, const char *fmt,
			  ...)
{
	struct cloister_fault f = { .err = CLOISTER_E_MALFORMED, .at = at, .what = what };
	va_list args;

	va_start(args, fmt);
	enum cloister_err err = fill(why, f, fmt, args);
	va_end(args);
	return err;
}
