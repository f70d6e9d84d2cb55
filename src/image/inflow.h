/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_INFLOW_H
#define IMAGE_INFLOW_H

/*
 * inflow.h - a layer's tar stream: compressed bytes come in, chunks of the
 * stream go out, are counted against a ceiling and hashed. gzip (any number of
 * members), zstd (any number of frames, window capped) or neither. Runs in the
 * confined worker; inflow_open() is called before the walls go up.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "crypto/hash.h"

enum layer_codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD };

/* What the first bytes of a layer say. */
enum layer_codec codec_of(struct bytes magic);

/* Fill up to `room` bytes; *len_out 0 is the end. */
typedef enum cloister_err inflow_pull(void *ctx, void *room, size_t len, size_t *len_out,
				      struct cloister_fault *why);

struct inflow_job {
	enum layer_codec codec;
	uint64_t ceiling; /* bytes of tar stream */
	bool hash;        /* whether to compute the stream's SHA-256 */
	inflow_pull *pull;
	void *ctx;
};

struct inflow;

enum cloister_err inflow_open(const struct inflow_job *job, struct inflow **out,
			      struct cloister_fault *why);
void inflow_close(struct inflow *f);
void drop_inflow(struct inflow **f);

/* The next chunk, valid until the next call; empty at the end. */
enum cloister_err inflow_next(struct inflow *f, struct bytes *out, struct cloister_fault *why);

uint64_t inflow_total(const struct inflow *f);   /* bytes handed out */
uint64_t inflow_nonzero(const struct inflow *f); /* end of the last byte that was not zero */
enum cloister_err inflow_digest(struct inflow *f, uint8_t out[static SHA256_LEN],
				struct cloister_fault *why);

#endif
