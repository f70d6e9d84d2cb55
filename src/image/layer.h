/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_LAYER_H
#define IMAGE_LAYER_H

/*
 * layer.h - one layer's file, from hostile bytes to checked records.
 *
 * The caller's process reads the file once, hashes it and feeds it to a
 * confined worker (layer_worker.c), which decompresses it, walks the tar with
 * libarchive and answers with the records of layer_record.h. Both digests are
 * those of the very bytes that were read. Nothing a sink was told may be
 * believed before layer_read() returned CLOISTER_OK.
 */

#include "image/inflow.h"
#include "image/layer_record.h"

struct layer_source {
	int fd; /* a regular file; borrowed */
	uint64_t at, len;
	const uint8_t *blob;    /* SHA-256 of the file's bytes; NULL when nobody said */
	const uint8_t *diff_id; /* SHA-256 of the tar stream */
};

struct layer_sink {
	enum cloister_err (*entry)(void *ctx, const struct layer_entry *e, struct cloister_fault *why);
	/* Content of the last entry, which is a file; within its size, ascending. */
	enum cloister_err (*data)(void *ctx, const struct layer_data *d, struct cloister_fault *why);
	void (*progress)(void *ctx, uint64_t bytes); /* of the file, so far; may be NULL */
	void *ctx;
};

enum cloister_err layer_read(const struct layer_source *src, const struct layer_sink *sink,
			     struct cloister_fault *why);

/* The most bytes of tar stream, and of content, that a layer file of `len` bytes may hold. */
uint64_t layer_ceiling(uint64_t len);

/* The records of one stream, in order; the last is END or REFUSED. For layer.c and its fuzzer. */
struct record_feed {
	const struct layer_sink *sink;
	uint64_t ceiling, total; /* bytes of content */
	uint64_t size, written;  /* of the current file */
	bool in_file, ended;
	struct layer_end end;
};
enum cloister_err record_feed_take(struct record_feed *f, uint8_t type, struct bytes body,
				   struct cloister_fault *why);

/* The worker's side. `push` takes whole frames. */
typedef bool layer_push(void *ctx, struct bytes frames);
void layer_decode(struct inflow *in, layer_push *push, void *ctx);

struct layer_job {
	enum layer_codec codec;
	uint64_t ceiling;
	bool hash;
};
int layer_worker(void *job); /* a proc_fn: confines itself, then layer_decode() on WORKER_FD */

#endif
