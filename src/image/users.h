/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_USERS_H
#define IMAGE_USERS_H

/*
 * users.h - USER as Docker means it: "", "name", "uid", "name:group",
 * "uid:gid". Names are looked up in the image's own /etc/passwd and
 * /etc/group by readers of ours; a number needs no file and is never taken for
 * a name. Supplementary groups are the primary one and those of /etc/group that
 * list the user; when a group was named, that one alone.
 *
 * Lines that are not entries (blank, comments, NIS) are passed over as libc
 * does, but a damaged line of the very name looked for is an error.
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define USER_GROUPS_MAX 256

struct image_user {
	uint32_t uid, gid;
	uint32_t groups[USER_GROUPS_MAX]; /* ascending, without repeats */
	size_t n_groups;
	char home[4096]; /* "/" when the image does not say */
};

/* `passwd` and `group` are the files' contents, BYTES_NONE when the image has none. */
enum cloister_err user_resolve(const char *spec, struct bytes passwd, struct bytes group,
			       struct image_user *out, struct cloister_fault *why);

#endif
