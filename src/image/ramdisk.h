/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_RAMDISK_H
#define IMAGE_RAMDISK_H

/*
 * ramdisk.h - the two ramdisks of our images (doc/build.md, "Ramdisks").
 *
 * Ramdisk 0 is the platform: /init first, so that whoever moves the section's
 * border to cut something off the front cuts init off; /agent; /cmdline, the
 * command line that was meant; /modules/NN-name.ko in load order; /files, one
 * line `LENGTH NAME` per file before it; then empty directories.
 * Ramdisk 1 is the workload: an archive with the manifest, zeros up to a whole
 * page, and the root filesystem raw behind it.
 *
 * The readers accept exactly what the writers write. They allocate nothing;
 * views borrow from the section.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"
#include "image/manifest.h"

#define RAMDISK_PAGE 4096u
#define RAMDISK_MODULES_MAX 60u

struct ramdisk_module {
	char name[64]; /* "03-vsock.ko" */
	struct bytes content;
};

struct ramdisk0 {
	struct bytes init, agent, cmdline;
	size_t n_modules;
	struct ramdisk_module modules[RAMDISK_MODULES_MAX];
};

/* Append ramdisk 0 to `out`; what was written is read back and checked. */
enum cloister_err ramdisk0_write(const struct ramdisk0 *files, struct buf *out,
				 struct cloister_fault *why);
enum cloister_err ramdisk0_read(struct bytes ramdisk, struct ramdisk0 *out,
				struct cloister_fault *why);

/*
 * The part of ramdisk 1 before the root filesystem. Its length depends on
 * everything in `spec` but `rootfs_len`, whose value may not be known yet:
 * there is room for the longest.
 */
enum cloister_err ramdisk1_head_len(const struct manifest_spec *spec, size_t *len_out,
				    struct cloister_fault *why);
enum cloister_err ramdisk1_head_write(const struct manifest_spec *spec, struct buf *out,
				      struct cloister_fault *why);

struct ramdisk1 {
	struct bytes manifest_text, rootfs;
	struct manifest manifest;
};

enum cloister_err ramdisk1_read(struct bytes ramdisk, struct ramdisk1 *out,
				struct cloister_fault *why);

#endif
