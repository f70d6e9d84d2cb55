/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_OCI_H
#define IMAGE_OCI_H

/*
 * oci.h - the documents of an OCI image layout, read from bytes (OCI image-spec
 * 1.1: image-index.md, manifest.md, descriptor.md, and Docker's equals).
 */

#include "image/image.h"

struct descriptor {
	bool is_index; /* else an image manifest */
	uint8_t digest[SHA256_LEN];
	uint64_t size; /* bytes */
};

/*
 * Choose from an index: by `tag` (NULL: the only image there is), then by
 * platform. CLOISTER_E_MISSING says which tags or platforms there are.
 * *name_out is the reference name, "" without one; the caller frees it.
 */
enum cloister_err oci_index_pick(struct bytes text, const char *tag, const char *arch,
				 struct descriptor *out, char **name_out,
				 struct cloister_fault *why);

/* A manifest's configuration and layers; diff_id and the names of its files are not set here. */
enum cloister_err oci_manifest_read(struct bytes text, struct descriptor *config,
				    struct image_layer **layers_out, size_t *n_out,
				    struct cloister_fault *why);

#endif
