/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COLLATERAL_DIR_H
#define CLI_COLLATERAL_DIR_H

/* collateral_dir.h - where collateral is kept, and handing it to a verifier. */

#include <stddef.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "cloister/verify.h"

/* `option` (NULL when not given), else $CLOISTER_COLLATERAL_DIR, else `collateral` in the state directory. */
enum cloister_err collateral_dir(const char *option, char *out, size_t room,
				 struct cloister_fault *why);

/* The file or directory `path`, as far as `evidence` can need it; NULL: the directory above, if it exists. */
enum cloister_err collateral_give(const char *path, struct bytes evidence, struct cloister_trust *trust,
				  struct cloister_fault *why);

#endif
