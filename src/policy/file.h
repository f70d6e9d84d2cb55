/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_FILE_H
#define POLICY_FILE_H

/*
 * file.h - policy files. doc/policy.md has the grammar, which is the table of
 * keys.c and no more: no anchors, aliases, tags, directives, second documents or
 * unknown keys. The only place of this folder that meets libyaml.
 */

#include "base/bytes.h"
#include "cloister/policy.h"

/*
 * `measurements: { file: PATH }`: put what the file says into set `set` of `p`. The
 * caller opens files; this folder does not.
 */
typedef enum cloister_err policy_file(void *ctx, const char *path, unsigned set,
				      struct cloister_policy *p, struct cloister_fault *why);

/* As cloister_policy_read(). `file` NULL: a policy that names one is refused. */
enum cloister_err policy_read(struct bytes yaml, policy_file *file, void *ctx,
			      struct cloister_policy **out, struct cloister_fault *why);

#endif
