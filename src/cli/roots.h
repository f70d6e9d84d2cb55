/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ROOTS_H
#define CLI_ROOTS_H

/* roots.h - `--root [FAMILY:]PEM`, for the commands that judge. */

#include "base/fault.h"
#include "cloister/verify.h"

/*
 * Read the file and give it to `trust`. The part before the first colon is a family when
 * it is the name of one (nitro, snp, dcap, token, google); any other text is a path.
 */
enum cloister_err root_give(struct cloister_trust *trust, const char *text, struct cloister_fault *why);

#endif
