/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_BLOBS_H
#define IMAGE_BLOBS_H

/*
 * blobs.h - where an image's files are: an OCI layout directory or an archive.
 * Both answer one question: where are the bytes called `blobs/sha256/…`?
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/mem.h"
#include "image/tar.h"

struct blobs {
	int fd; /* the directory or the archive; owned */
	bool is_archive;
	struct tar tar;
};

#define BLOBS_INIT { .fd = -1 }

enum cloister_err blobs_open_dir(const char *path, struct blobs *out, struct cloister_fault *why);
enum cloister_err blobs_open_archive(const char *path, struct blobs *out,
				     struct cloister_fault *why);
void blobs_close(struct blobs *s);

/* A run of bytes in an open file. */
struct span {
	int fd; /* owned */
	uint64_t at, len;
};

#define SPAN_INIT { .fd = -1 }

/* The file called `name`; links inside an archive are followed inside it. CLOISTER_E_MISSING. */
enum cloister_err blobs_find(const struct blobs *s, const char *name, struct span *out,
			     struct cloister_fault *why);
bool blobs_has(const struct blobs *s, const char *name);
void span_close(struct span *span);

/* A whole small document. */
enum cloister_err blobs_read(const struct blobs *s, const char *name, size_t max, struct buf *out,
			     struct cloister_fault *why);

#endif
