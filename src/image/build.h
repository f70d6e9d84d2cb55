/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_BUILD_H
#define IMAGE_BUILD_H

/*
 * build.h - from an unmodified image to an enclave image file.
 *
 * The output appears whole or not at all: it is predicted, written under no
 * name, read back through the strict readers, measured again, and only then
 * named. The same image, wish, bundle and compressor versions give the same
 * bytes on every machine.
 */

#include "image/launch.h"
#include "image/measure.h"

enum build_step { BUILD_OPEN, BUILD_LAYERS, BUILD_ROOTFS, BUILD_MEASURE };

/* In BUILD_LAYERS: layer `layer` of `n_layers`, from 1, of whose file `bytes` are read; 0 elsewhere. */
struct build_news {
	enum build_step step;
	size_t layer, n_layers;
	uint64_t bytes;
};
typedef void build_progress(void *ctx, const struct build_news *news);

struct build_request {
	const char *reference; /* "docker-archive:redis.tar", see source.h */
	const char *platform;  /* path of the bundle */
	const char *output;
	const char *name, *version; /* metadata; NULL for the image's name and digest */
	const struct launch_wish *wish;
	bool has_epoch; /* SOURCE_DATE_EPOCH instead of the image's creation date */
	uint64_t epoch; /* seconds */
	build_progress *progress; /* may be NULL */
	void *ctx;
};

struct build_result {
	struct measurements measurements;
	uint64_t len; /* bytes */
	uint32_t memory_mib;
	size_t n_layers, n_nodes;
	struct buf record; /* JSON: every input and part by digest, and what compressed them */
};

enum cloister_err build_image(const struct build_request *q, struct build_result *out,
			      struct cloister_fault *why);
void build_result_fini(struct build_result *r);

/*
 * The least memory that an image of this many bytes boots in: the machine
 * holds the file once, and the kernel, init, agent and a small program need
 * the rest.
 */
uint32_t build_memory_mib(uint64_t image_len);

#endif
