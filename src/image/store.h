/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_STORE_H
#define IMAGE_STORE_H

/*
 * store.h - where an image's files are: an OCI layout directory or an archive.
 * Both answer one question: where are the bytes called `blobs/sha256/…`?
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/mem.h"
#include "image/tar.h"

struct store {
	int fd; /* the directory or the archive; owned */
	bool is_archive;
	struct tar tar;
};

#define STORE_INIT { .fd = -1 }

enum cloister_err store_open_dir(const char *path, struct store *out, struct cloister_fault *why);
enum cloister_err store_open_archive(const char *path, struct store *out,
				     struct cloister_fault *why);
void store_close(struct store *s);

/* A run of bytes in an open file. */
struct span {
	int fd; /* owned */
	uint64_t at, len;
};

#define SPAN_INIT { .fd = -1 }

/* The file called `name`; links inside an archive are followed inside it. CLOISTER_E_MISSING. */
enum cloister_err store_find(const struct store *s, const char *name, struct span *out,
			     struct cloister_fault *why);
bool store_has(const struct store *s, const char *name);
void span_close(struct span *span);

/* A whole small document. */
enum cloister_err store_read(const struct store *s, const char *name, size_t max, struct buf *out,
			     struct cloister_fault *why);

#endif
