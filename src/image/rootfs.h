/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_ROOTFS_H
#define IMAGE_ROOTFS_H

/*
 * rootfs.h - the merged tree as one squashfs image (zstd), through libsquashfs.
 *
 * The same tree gives the same bytes on every machine: nodes in path order,
 * all times clamped to `mtime`, one id table order, no export table surprises.
 * The image is padded with zeros to 4096 bytes.
 */

#include <stdint.h>

#include "base/fault.h"
#include "image/tree.h"

struct rootfs_options {
	uint32_t mtime;     /* seconds; the upper bound of every time stamp, and the superblock's */
	unsigned n_workers; /* 0 for one per processor; the output does not depend on it */
};

/* Write at the current position of `fd` (which must be seekable); *len_out bytes, padding included. */
enum cloister_err rootfs_write(const struct tree *t, const struct rootfs_options *options, int fd,
			       uint64_t *len_out, struct cloister_fault *why);

/* "libsquashfs 1.2.0, zstd 1.5.4": for the build record. */
const char *rootfs_writer_version(void);

#endif
