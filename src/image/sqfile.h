/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_SQFILE_H
#define IMAGE_SQFILE_H

/* sqfile.h - a descriptor, from some offset on, as the file that libsquashfs writes to. */

#include <stdint.h>

#include <sqfs/io.h>

struct sqfile {
	sqfs_file_t base; /* first, so that both are one object */
	int fd;           /* borrowed; open for reading and writing */
	uint64_t start;   /* where the image begins in the file */
	uint64_t size;    /* bytes of the image so far */
	int err;          /* errno of the first call that failed, for the sentence */
};

void sqfile_init(struct sqfile *f, int fd, uint64_t start);

#endif
