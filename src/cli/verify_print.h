/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERIFY_PRINT_H
#define CLI_VERIFY_PRINT_H

/* verify_print.h - a verdict as a table for people and as JSON for programs. */

#include "base/mem.h"
#include "cloister/verify.h"

#define VERIFY_EVENT_MAX 1536u /* bytes for one event, in either form */

struct verdict_print {
	const struct cloister_verdict *verdict;
	const char *file;
	uint64_t at_s;         /* the chosen time */
	bool at_given;         /* by --at; else it is the clock's */
	bool explain;          /* say of each check that did not hold what it means */
	const char *const *warnings; /* NULL-terminated */
};

void verify_print_table(const struct verdict_print *p, bool colour, struct buf *out);
void verify_print_json(const struct verdict_print *p, struct buf *out);

#endif
