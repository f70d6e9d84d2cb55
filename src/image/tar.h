/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_TAR_H
#define IMAGE_TAR_H

/*
 * tar.h - the members of an outer archive (docker save, oci-archive), found by
 * name. POSIX.1-2001 ustar and pax, and GNU's long names.
 *
 * This reader is ours and not libarchive's in its worker, because an outer
 * archive is not unpacked: its members are read in place, in an order that the
 * manifest decides, and the headers of a few hundred members are all that has
 * to be understood. Content is looked at only after its digest held.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

enum tar_kind { TAR_FILE, TAR_DIR, TAR_SYMLINK, TAR_HARDLINK };

struct tar_member {
	char *name;   /* without leading "./" or "/", without trailing "/" */
	char *target; /* links; NULL otherwise */
	enum tar_kind kind;
	uint64_t at;  /* where its content begins in the file */
	uint64_t len; /* bytes */
};

struct tar {
	struct tar_member *members; /* sorted by name */
	size_t n_members, room;
};

/* Index the archive in `fd`, which stays the caller's. Two members of one name are refused. */
enum cloister_err tar_index(int fd, struct tar *out, struct cloister_fault *why);
void tar_fini(struct tar *t);

/* NULL when there is none. */
const struct tar_member *tar_find(const struct tar *t, const char *name);

#endif
