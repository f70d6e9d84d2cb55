/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_CPIO_H
#define CODEC_CPIO_H

/*
 * cpio.h - the "newc" archives of Linux's initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 *
 * The writer knows files and directories, all owned by root, at time zero,
 * with inode numbers counted from 1, so that the same calls give the same
 * bytes. The reader walks archives of that kind and refuses what the kernel
 * would read in a way of its own: other magics, signs and blanks in numbers,
 * hard links, devices, owners, names that are absolute, climb, repeat a slash
 * or contain a NUL, padding that is not zero.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"

struct cpio_out {
	struct buf *to;
	size_t start; /* where the archive begins in `to` */
	uint32_t ino;
};

/* Failures are the buffer's, sticky: ask buf_ok(). Names have no leading slash. */
struct cpio_out cpio_out(struct buf *to);
void cpio_put_file(struct cpio_out *c, const char *name, uint32_t perm, struct bytes content);
void cpio_put_dir(struct cpio_out *c, const char *name, uint32_t perm);
/* The trailer, then zeros until the archive's length is a multiple of `align`. */
void cpio_end(struct cpio_out *c, size_t align);

enum cpio_type { CPIO_FILE = 0100000, CPIO_DIR = 0040000 };

struct cpio_entry {
	struct bytes name; /* no leading slash, no NUL; borrowed, as is the content */
	uint32_t mode;     /* st_mode: type and permissions */
	struct bytes content;
};

struct cpio {
	struct bytes all;
	size_t at;  /* of the next entry; behind the trailer once `end` */
	bool end;
};

struct cpio cpio_open(struct bytes archive);

/* The next entry, or c->end set and *out untouched at the trailer. */
enum cloister_err cpio_next(struct cpio *c, struct cpio_entry *out, struct cloister_fault *why);

/* What follows the trailer. */
struct bytes cpio_behind(const struct cpio *c);

/* Walk the whole archive; CLOISTER_E_MISSING when `name` is not in it, refused when it is there twice. */
enum cloister_err cpio_find(struct bytes archive, const char *name, struct cpio_entry *out,
			    struct cloister_fault *why);

#endif
