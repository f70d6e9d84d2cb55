/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_BUILD_RECORD_H
#define IMAGE_BUILD_RECORD_H

/*
 * build_record.h - the build record: what went into an image and what came out, by
 * digest, so that somebody else can build it again and compare.
 */

#include "image/platform.h"

struct build_record {
	const char *image_name, *image_digest; /* reference and SHA-256, hex */
	const char *rootfs_writer;             /* rootfs_writer_version() */
	const struct platform *platform;
	uint64_t epoch;                        /* the clamp of all times, seconds */
	const struct ramdisk1 *workload;
	struct bytes file;                     /* the finished image */
};

/* The part that is known before the root filesystem is: CustomMetadata of the image. */
enum cloister_err build_record_inputs(const struct build_record *r, struct buf *out,
				      struct cloister_fault *why);

/* The whole record. */
enum cloister_err build_record_write(const struct build_record *r, struct buf *out, struct cloister_fault *why);

#endif
