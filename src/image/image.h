/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

/* image.h - the inside of `struct image`, for the readers of each format and for merge.c. */

#include "base/limits.h"
#include "image/config.h"
#include "image/source.h"
#include "image/blobs.h"

struct image_layer {
	char name[LIMIT_PATH]; /* as its source calls it */
	uint64_t size;         /* bytes of its file */
	bool has_blob;         /* whether the manifest gave the file's own digest */
	uint8_t blob[SHA256_LEN];
	uint8_t diff_id[SHA256_LEN]; /* of the tar stream, compression removed */
};

struct image {
	struct blobs blobs;
	struct image_config config;
	char *name;
	char digest[2 * SHA256_LEN + 1];
	struct image_layer *layers;
	size_t n_layers;
};

/* Fill everything but `blobs`, which is open. `tag` may be NULL. */
enum cloister_err oci_open(struct image *im, const char *tag, const char *arch,
			   struct cloister_fault *why);
enum cloister_err docker_open(struct image *im, struct cloister_fault *why);

/* Take the configuration's text: read it, and room for its layers with their diff_ids set. */
enum cloister_err image_configure(struct image *im, struct bytes text, size_t n_layers,
				  struct cloister_fault *why);

#endif
