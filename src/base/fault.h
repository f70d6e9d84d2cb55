/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

/*
 * fault.h - the four words by which our code fails and cleans up.
 *
 *   TRY(call)            go on only if the call held
 *   return fail(why, …)  say what went wrong and return the code, in one line
 *   own(drop_x) T v = …  released when the scope ends
 *   give(v, idle)        hand ownership on; v becomes idle
 */

#include <stddef.h>

#include "cloister/err.h"

#define TRY(call)                                          \
	do {                                               \
		enum cloister_err try_err_ = (call);       \
		if (try_err_ != CLOISTER_OK)               \
			return try_err_;                   \
	} while (0)

#define own(drop) __attribute__((cleanup(drop)))

#define give(var, idle)                    \
	({                                 \
		__typeof__(var) give_ = (var); \
		(var) = (idle);            \
		give_;                     \
	})

#define PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* Each fills `why` (NULL is fine) and returns `err`. `what` must be static text. */
enum cloister_err fail(struct cloister_fault *why, enum cloister_err err, const char *what,
		       const char *fmt, ...) PRINTF(4, 5);

/* As fail(), with CLOISTER_E_SYSTEM and the current errno. */
enum cloister_err fail_sys(struct cloister_fault *why, const char *what, const char *fmt, ...)
	PRINTF(3, 4);

/* As fail(), with CLOISTER_E_MALFORMED and the offset where the input went wrong. */
enum cloister_err fail_at(struct cloister_fault *why, size_t at, const char *what, const char *fmt,
			  ...) PRINTF(4, 5);

#endif
