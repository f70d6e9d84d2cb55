/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLATERAL_SHELF_H
#define COLLATERAL_SHELF_H

/*
 * shelf.h - collateral on disk: a directory of plain files, one piece each, that
 * can be copied to a machine without a network. There is no index: names say
 * what is inside (doc/collateral.md), and what a name says is believed by nobody.
 * A file is there whole or not at all.
 */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "cloister/verify.h"

struct shelf {
	int dir_fd;      /* -1 while idle */
	char path[4096]; /* as it was named */
};
#define SHELF_INIT { .dir_fd = -1 }

/* With `make` a missing directory is made (0755, its parents 0700); else it is CLOISTER_E_MISSING. */
enum cloister_err shelf_open(const char *path, bool make, struct shelf *out,
			     struct cloister_fault *why);
void shelf_close(struct shelf *s); /* for own() */

/* `content` lives until the call returns. */
typedef enum cloister_err shelf_visit(void *ctx, const char *name, struct bytes content,
				      struct cloister_fault *why);

/*
 * Every piece, by name in the order of bytes: regular files whose names end in .der,
 * .crt, .cer, .crl, .pem, .json or .table and do not begin with a dot. Errors: CLOISTER_E_LIMIT (too
 * many files, one too large), CLOISTER_E_SYSTEM, and those of `visit`.
 */
enum cloister_err shelf_each(const struct shelf *s, shelf_visit *visit, void *ctx,
			     struct cloister_fault *why);

/* One piece; CLOISTER_E_MISSING when there is none of that name. */
struct buf;
enum cloister_err shelf_get(const struct shelf *s, const char *name, struct buf *out,
			    struct cloister_fault *why);

/* Write a piece as a whole, 0644, in place of one of the same name. */
enum cloister_err shelf_put(const struct shelf *s, const char *name, struct bytes content,
			    struct cloister_fault *why);

/*
 * Hand `trust` the file `path`, or every piece of the directory `path`. Faults name
 * the file. Of a directory with more than SHELF_ALL pieces, certificates of chips
 * whose id is not in `evidence` are left out: a fleet's would not fit. Their names
 * say whose they are; one that lies is left out, or refused like any other.
 */
#define SHELF_ALL 128u
enum cloister_err shelf_give(const char *path, struct bytes evidence, struct cloister_trust *trust,
			     struct cloister_fault *why);

#endif
