/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGISTRY_LAYOUT_H
#define REGISTRY_LAYOUT_H

/*
 * layout.h - an OCI image layout directory that grows: `oci-layout`, `index.json` with
 * a name for each image, and `blobs/sha256/HEX`, which images share.
 *
 * A blob appears under its digest whole or not at all, after its content had that
 * digest; it is believed again only after it was hashed again. Processes may add to
 * one directory at the same time.
 */

#include "base/fault.h"
#include "base/mem.h"
#include "crypto/hash.h"
#include "sys/io.h"

struct layout {
	int dir_fd; /* -1 while idle */
};

#define LAYOUT_INIT { .dir_fd = -1 }

/* Open, making what is missing. A directory that holds another version is refused. */
enum cloister_err layout_open(const char *path, struct layout *out, struct cloister_fault *why);
void layout_close(struct layout *l); /* for own() */

/* *there_out: a blob of that digest and size is there, and its content is what its name says. */
enum cloister_err layout_check(const struct layout *l, const uint8_t digest[static SHA256_LEN], uint64_t size,
			       bool *there_out, struct cloister_fault *why);

/* A checked document onto the end of `out`, as far as its ceiling; CLOISTER_E_MISSING when it is not there or not right. */
enum cloister_err layout_read(const struct layout *l, const uint8_t digest[static SHA256_LEN],
			      struct buf *out, struct cloister_fault *why);

/* A blob under construction; file_commit() it once its digest held. */
enum cloister_err layout_new(const struct layout *l, const uint8_t digest[static SHA256_LEN],
			     struct file_new *out, struct cloister_fault *why);

/* A small blob, whose digest the caller knows to hold. */
enum cloister_err layout_put(const struct layout *l, const uint8_t digest[static SHA256_LEN],
			     struct bytes content, struct cloister_fault *why);

struct layout_entry {
	const char *name;       /* "docker.io/library/nginx:latest" */
	const char *media_type; /* of the manifest */
	const char *arch;
	uint8_t digest[SHA256_LEN];
	uint64_t size;
};

/* Name an image in index.json, in place of the one that had this name. */
enum cloister_err layout_name(const struct layout *l, const struct layout_entry *e,
			      struct cloister_fault *why);

#endif
