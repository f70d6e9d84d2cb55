/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOISTER_ERR_H
#define CLOISTER_ERR_H

/*
 * err.h - how every call reports that it could not do its work.
 *
 * The enum tells the program what to do; the fault tells a person what
 * happened and where. A call that fails is not evidence that is refused: a
 * forged document is a successful call with a refusing verdict (verify.h).
 *
 * Threads: a fault belongs to its caller; nothing here is shared.
 */

#include <stddef.h>

#include "cloister/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__STDC_VERSION__) && __STDC_VERSION__ > 201710L
#define CLOISTER_NODISCARD [[nodiscard]]
#elif defined(__cplusplus) && __cplusplus >= 201703L
#define CLOISTER_NODISCARD [[nodiscard]]
#else
#define CLOISTER_NODISCARD
#endif

enum CLOISTER_NODISCARD cloister_err {
	CLOISTER_OK = 0,
	CLOISTER_E_USAGE,       /* the caller broke this call's contract */
	CLOISTER_E_MALFORMED,   /* the bytes are not in the format they claim */
	CLOISTER_E_UNSUPPORTED, /* well formed, but a version or algorithm unknown here */
	CLOISTER_E_LIMIT,       /* a configured limit was reached; fault.what names it */
	CLOISTER_E_MISSING,     /* the thing named does not exist */
	CLOISTER_E_NOMEM,
	CLOISTER_E_SYSTEM,      /* a system call failed; fault.sys holds errno */
	CLOISTER_E_PEER,        /* the other end refused or broke protocol */
	CLOISTER_E_TIMEOUT
};

#define CLOISTER_NOTE_MAX 160
#define CLOISTER_NOWHERE ((size_t)-1) /* what is wrong is not at one place */

/* Owned by the caller, never allocates, may be reused. */
struct cloister_fault {
	enum cloister_err err;
	int sys;          /* errno for CLOISTER_E_SYSTEM, else 0 */
	size_t at;        /* offset in the input, bytes, or CLOISTER_NOWHERE; for CLOISTER_E_MALFORMED */
	const char *what; /* static: the field, step or limit; NULL while healthy */
	char note[CLOISTER_NOTE_MAX]; /* one short sentence, terminated, possibly empty */
};

/* The enum's name in lower case without prefix, "malformed" say. Never NULL. */
const char *cloister_err_name(enum cloister_err err);

/*
 * Write one sentence about `why` into `out` (terminated, cut at `size` bytes).
 * Returns `out`. `size` must be at least 1.
 */
const char *cloister_fault_text(const struct cloister_fault *why, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
