/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/*
 * schema.h - the tables, as steps from one version to the next. A step that was
 * released is never changed; what is to be different is a step behind it.
 */

#include <sqlite3.h>

#include "base/fault.h"
#include "store/store.h"

struct schema {
	const char *const *steps; /* steps[0] makes version 1 of nothing */
	int n_steps;
};

extern const struct schema schema_ours;

/*
 * Whose file it is: *version_out 0 for an empty one. A file of another program,
 * of another kind (0: either will do) or of a newer version is refused.
 */
enum cloister_err schema_look(sqlite3 *db, const struct schema *schema, enum store_kind kind,
			      int *version_out, struct cloister_fault *why);

/* Each step in a transaction of its own. */
enum cloister_err schema_apply(sqlite3 *db, const struct schema *schema, enum store_kind kind,
			       int version, struct cloister_fault *why);

/* Run `sql`, whose answer is one number or one text (cut at `room`). */
enum cloister_err schema_ask_int(sqlite3 *db, const char *sql, int64_t *out,
				 struct cloister_fault *why);
enum cloister_err schema_ask_text(sqlite3 *db, const char *sql, char *out, size_t room,
				  struct cloister_fault *why);

#endif
