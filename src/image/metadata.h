/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_METADATA_H
#define IMAGE_METADATA_H

/*
 * metadata.h - the metadata section as AWS's tools know it. Not measured, so
 * never a fact: whoever shows it says so. Nothing of the building machine is in it.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"

struct metadata {
	const char *name, *version;  /* ImageName, ImageVersion */
	uint64_t build_time;         /* seconds since 1970; the image's, not the clock's */
	const char *kernel_version;
	struct bytes custom;         /* JSON text for CustomMetadata, or empty for null */
};

#define METADATA_CUSTOM_MAX 4096u /* as AWS's tools bound it */

enum cloister_err metadata_write(const struct metadata *m, struct buf *out,
				 struct cloister_fault *why);

#endif
